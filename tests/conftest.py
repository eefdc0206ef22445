"""What the tests of whole crawls share: a crawl as a process of its own, and reading what it left behind."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


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
    flags = [word for name, value in (settings or {}).items() for word in ("-s", f"{name}={value}")]
    return [sys.executable, "-m", "scrapy.cmdline", *arguments, *flags]


def run(*arguments: str, settings: dict[str, object] | None = None, timeout: float = 120, env=None) -> Run:
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
