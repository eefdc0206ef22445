"""What the tests of whole crawls share: a crawl as a process of its own, and reading what it left behind."""

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.launcher import Launcher

ROOT = Path(__file__).parents[1]

# How long one example takes says how busy the machine is: figures belong in tests/benchmarks.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")


@dataclass
class Run:
    """How a `scrapy` process ended."""

    code: int
    log: str
    out: str

    @property
    def last_line(self) -> str:
        return self.log.strip().splitlines()[-1]

    @property
    def stats(self) -> dict[str, object]:
        dumped = self.log.rpartition("Dumping Scrapy stats:\n")[2]
        body = dumped[: dumped.index("}\n") + 1]
        body = re.sub(r"datetime\.datetime\([^()]*(?:\([^()]*\))?[^()]*\)", "None", body)
        return eval(body, {"__builtins__": {}})  # noqa: S307 - our own process's log


@dataclass
class Output:
    """An output folder."""

    folder: Path

    @property
    def records(self) -> list[dict[str, object]]:
        files = sorted((self.folder / "articles").glob("**/*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]

    @property
    def ids(self) -> list[str]:
        return sorted(record["identifier"] for record in self.records)


def command(*arguments: str, settings: dict[str, object] | None = None) -> list[str]:
    if arguments[0] == "crawl":
        settings = {"STATS_DUMP": True, **(settings or {})}  # `Run.stats` reads them
    flags = [word for name, value in (settings or {}).items() for word in ("-s", f"{name}={value}")]
    return [sys.executable, "-m", "scrapy.cmdline", *arguments, *flags]


# Modules of helpers that start processes.
STARTING = {
    "tests.archives.captures",
    "tests.archives.commoncrawl",
    "tests.archives.server",
    "tests.archives.wayback",
    "tests.browser",
    "tests.daemon",
    "tests.launcher",
    "tests.newcomer",
}

# Variables that Python reads when it starts: a fork of the launcher would not see them.
AT_START = ("PYTHON", "LC_", "LANG", "COVERAGE_")


def run(*arguments: str, settings: dict[str, object] | None = None, timeout: float = 120, env=None) -> Run:
    """Run a `scrapy` command to its end: as a fork of the launcher, or as a process of its own where that matters."""
    if any(name.startswith(AT_START) for name in env or {}):
        return run_from_scratch(*arguments, settings=settings, timeout=timeout, env=env)
    words = command(*arguments, settings=settings)[3:]
    with tempfile.TemporaryDirectory(prefix="wartacrawl-run-") as folder:
        stdout, stderr = Path(folder, "stdout"), Path(folder, "stderr")
        code = launcher().run(
            words, cwd=ROOT, env={**os.environ, **(env or {})}, timeout=timeout, stdout=stdout, stderr=stderr
        )
        return Run(code, stderr.read_text(encoding="utf-8"), stdout.read_text(encoding="utf-8"))


@cache
def launcher() -> Launcher:
    """Return the launcher of this test process."""
    folder = tempfile.mkdtemp(prefix="wartacrawl-launcher-")
    started = Launcher(Path(folder))
    atexit.register(started.close)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return started


def run_from_scratch(*arguments: str, settings: dict[str, object] | None = None, timeout: float = 120, env=None) -> Run:
    """Run a `scrapy` command in a Python of its own, as a shell does."""
    process = subprocess.run(
        command(*arguments, settings=settings),
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Run(process.returncode, process.stderr, process.stdout)


@pytest.fixture
def output(tmp_path):
    return Output(tmp_path / "output")


@pytest.fixture
def crawl(output):
    """Crawls a portal into `output`, with spider arguments as keywords."""

    def crawl(portal, spider="warta", settings=None, **arguments):
        url = portal if isinstance(portal, str) else portal.url
        wired = {"WARTA_URL": url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0, **(settings or {})}
        given = [word for name, value in arguments.items() for word in ("-a", f"{name}={value}")]
        return run("crawl", spider, *given, settings=wired)

    return crawl


@pytest.fixture(scope="session")
def scrapyd(tmp_path_factory):
    """Start one real scrapyd for all tests and send the project to it."""
    from .daemon import Daemon, clone

    with Daemon(tmp_path_factory.mktemp("scrapyd")) as server:
        server.deploy(clone(tmp_path_factory.mktemp("clone") / "wartacrawl", server.url))
        yield server


def pytest_collection_modifyitems(items):
    """Mark the tests that start processes, and have them run first: they take the longest.

    What starts a process stands in the module under its own name, or comes as a fixture. `make check` leaves these out.
    """
    starters = {run, run_from_scratch, command, subprocess}
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        names = vars(item.module).values() if getattr(item, "module", None) else ()
        starts = any(isinstance(value, Hashable) and value in starters for value in names)
        from_helpers = any(getattr(value, "__module__", None) in STARTING for value in names)
        if starts or from_helpers or {"crawl", "scrapyd"} & fixtures:
            item.add_marker(pytest.mark.process)
        if "scrapyd" in fixtures:
            item.add_marker(pytest.mark.xdist_group("scrapyd"))  # one server for all of them
    items.sort(key=lambda item: item.get_closest_marker("process") is None)


@pytest.fixture
def mailbox():
    """Run a mail server on loopback that keeps what it is given."""
    from .mailbox import Mailbox

    with Mailbox() as box:
        yield box
