"""What the benchmarks of the crawl share: pages of a real portal's weight, a server for them, and measuring processes.

`python -m tests.benchmarks._material` serves the replica with every article made as heavy as on a real portal: menus,
side lists and scripts up to 80 KB.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import dataclasses
import os
import platform
import re
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from ipaddress import ip_address
from operator import truediv
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from wartacrawl.page import Page
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.portal.pages import Look, Pages
from wartacrawl.portal.server import Portal
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

ROOT = Path(__file__).parents[2]
# Bytes of a page of the portal.
WEIGHT = 80_000
# Seconds after which a process is ended and its benchmark given up.
LIMIT = 900
_PR_SET_CHILD_SUBREAPER = 36
MAY_2026 = datetime(2026, 5, 20, 12, tzinfo=UTC)

_ITEM = (
    '<li class="menuItem item-{n}"><a class="menuLink" href="/tag-{n}/topik-{n}" title="Topik {n}">Topik {n}</a></li>\n'
)
_CODE = (
    "window.dataLayer=window.dataLayer||[];dataLayer.push({{event:'slot{n}',size:[[300,250],[728,90]],lazy:true}});\n"
)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def weigh(html: bytes, weight: int = WEIGHT) -> bytes:
    """Return an article page with menus and scripts around it up to a weight in bytes, half of each."""
    lacking = max(weight - len(html), 0)
    menu = "".join(_ITEM.format(n=n) for n in range(lacking // 2 // len(_ITEM)))
    code = "".join(_CODE.format(n=n) for n in range(lacking // 2 // len(_CODE)))
    heavy = html.replace(b"</header>", f'<nav class="megaMenu"><ul>{menu}</ul></nav></header>'.encode(), 1)
    return heavy.replace(b"</body>", f"<script>{code}</script></body>".encode(), 1)


def articles(number: int) -> list[Page]:
    """Return article pages of the replica at a real page's weight, without any network."""
    newsroom = Newsroom(1, number, max(number // 100, 1), MAY_2026)
    pages = Pages(newsroom, Look())
    return [
        Page(
            f"{urls.ORIGIN}{story.path}?page=all",
            weigh(pages.answer(f"{story.path}?page=all").body).decode(),
            MAY_2026,
            "rss",
        )
        for story in newsroom.stories
    ]


def afresh(page: Page) -> Page:
    """Return a page whose tree is not parsed yet."""
    return dataclasses.replace(page)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a task takes for a page: CPU seconds, and how many times what the first task takes."""

    seconds: float
    ratio: float


def rounds(tasks: dict[str, Callable[[Page], object]], pages: list[Page], number: int) -> dict[str, Figure]:
    """Measure tasks in turns, on pages not parsed yet, and return the medians.

    A page is dropped when it has been read, as in a crawl.
    """
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(number):
        for name, task in tasks.items():
            fresh = [afresh(page) for page in pages]
            began = time.process_time()
            while fresh:
                task(fresh.pop())
            spent[name].append((time.process_time() - began) / len(pages))
    base = next(iter(spent.values()))
    return {
        name: Figure(statistics.median(each), statistics.median(map(truediv, each, base)))
        for name, each in spent.items()
    }


def machine() -> list[tuple[str, str]]:
    """Return what the figures depend on, as rows of a table."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in ("scrapy", "lxml", "parsel", "trafilatura"))
    return [
        ("processor", f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores"),
        ("memory", f"{memory:.0f} GB"),
        ("system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
        ("libraries", versions),
        ("day", datetime.now(UTC).date().isoformat()),
    ]


# -- processes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: CPU and wall seconds, peak memory in MB."""

    cpu: float
    wall: float
    memory: float


def run(*command: str) -> Cost:
    """Run a process to its end and return what it took with all that it started.

    Raises `RuntimeError` with its last words when it failed, and when it took longer than LIMIT.
    """
    _adopt_orphans()
    with tempfile.TemporaryFile() as words:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=words, process_group=0)
        memory, ended = 0.0, 0
        while not ended:
            # What the kernel tells at the end begins with the memory of the process that forked: ours.
            memory = max(memory, _peak(process.pid))
            time.sleep(0.02)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if not ended and time.monotonic() - began > LIMIT:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise RuntimeError(f"{' '.join(command)} took longer than {LIMIT} s")
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        if process.returncode:
            words.seek(0)
            raise RuntimeError(words.read().decode("utf-8", "replace")[-2000:])
    return Cost(used.ru_utime + used.ru_stime + _orphans(process.pid), wall, memory)


def _adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends, as a server that forks workers does not end before it."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _orphans(group: int) -> float:
    """Return the CPU seconds of what is left of a process group, when it has ended."""
    seconds = 0.0
    with contextlib.suppress(ChildProcessError):
        while True:
            _, _, used = os.wait4(-group, 0)
            seconds += used.ru_utime + used.ru_stime
    return seconds


def _peak(pid: int) -> float:
    """Return the most memory in MB a process had until now, 0 for one that ended."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    peak = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(peak[1]) / 1024 if peak else 0.0


def scrapy(*arguments: str, **settings: object) -> Cost:
    """Run a `scrapy` command of this project, quietly."""
    flags = [word for name, value in {"LOG_LEVEL": "WARNING", **settings}.items() for word in ("-s", f"{name}={value}")]
    return run(sys.executable, "-m", "scrapy.cmdline", *arguments, *flags)


def written(folder: str) -> int:
    """Return how many lines a crawl wrote into its output."""
    return sum(file.read_bytes().count(b"\n") for file in Path(folder, "articles").rglob("*.jsonl"))


@contextlib.contextmanager
def served(number: int, *, heavy: bool = True, secure: bool = False) -> Iterator[tuple[str, Path]]:
    """Serve the replica from a process of its own: give its address, and a file that will name what was asked of it.

    The file `articles` beside it names the articles there are. `secure` serves over https.
    """
    with tempfile.TemporaryDirectory() as folder:
        hits = Path(folder) / "hits"
        flags = [*(["--heavy"] if heavy else []), *(["--secure"] if secure else [])]
        options = ["--articles", str(number), "--hits", str(hits), *flags]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks._material", *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), hits
        finally:
            process.communicate()


def asked(url: str, hits: Path) -> list[str]:
    """Return the addresses asked for so far, robots.txt left out."""
    with contextlib.suppress(OSError):
        (hits.parent / "tell").touch()
    end = time.monotonic() + 10
    while not hits.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return [url + path for path in hits.read_text().splitlines() if path != "/robots.txt"]


def certificate(folder: Path) -> ssl.SSLContext:
    """Return what a server needs for https on this machine: a key, and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(plain + signed.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class HeavyPortal(Portal):
    """The replica with articles of a real page's weight."""

    def __enter__(self) -> Self:
        answer = self._pages.answer

        def heavy(target: str, **options: bool) -> object:
            response = answer(target, **options)
            if target.startswith("/read"):
                response.body = weigh(response.body)
            return response

        self._pages.answer = heavy
        super().__enter__()
        return self


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--articles", type=int, default=1000)
    options.add_argument("--hits", type=Path, required=True)
    options.add_argument("--heavy", action="store_true")
    options.add_argument("--secure", action="store_true")
    chosen = options.parse_args()
    kind = HeavyPortal if chosen.heavy else Portal
    secure = certificate(chosen.hits.parent) if chosen.secure else None
    with kind(seed=1, articles=chosen.articles, days=max(chosen.articles // 100, 1), secure=secure) as portal:
        paths = [f"{portal.url}{story.path}?page=all" for story in portal.newsroom.stories]
        chosen.hits.with_name("articles").write_text("\n".join(paths), encoding="utf-8")
        say(portal.url)
        os.set_blocking(sys.stdin.fileno(), False)
        while sys.stdin.buffer.read(1) != b"":
            time.sleep(0.1)
            if (chosen.hits.parent / "tell").exists() and not chosen.hits.exists():
                draft = chosen.hits.with_suffix(".new")
                draft.write_text("\n".join(hit.path for hit in portal.hits) + "\n")
                draft.rename(chosen.hits)


if __name__ == "__main__":
    main()
