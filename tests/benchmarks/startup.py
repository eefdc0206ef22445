"""What it costs to learn that nothing is new, and to list the spiders, beside Scrapy alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks._material import ROOT, run, say, scrapy
from tests.benchmarks._tables import Table
from wartacrawl.portal.server import Portal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks._material import Cost

DOCUMENT = ROOT / "docs" / "performance.md"
MINUTES, LONG_MINUTES = 1, 2
ROUNDS, LONG_ROUNDS = 5, 15
ARTICLES = 60
GOAL = 1.2


def tables(*, long: bool) -> Iterator[Table]:
    """Yield the CPU of each way, taken in turns; `long` is fifteen rounds."""
    with Portal(seed=1, articles=ARTICLES, days=2) as portal, tempfile.TemporaryDirectory() as folder:
        settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": f"{folder}/output", "DOWNLOAD_DELAY": 0}
        for _ in range(3):  # everything, then what the first crawl left to compare, then nothing new
            scrapy("crawl", "warta", **settings)
        before = len(portal.hits)
        scrapy("crawl", "warta", **settings)
        requests = len(portal.hits) - before
        pages = Path(folder, "urls.txt")
        pages.write_text("".join(f"{portal.url}{path}\n" for path in ("/", "/rss", "/indeks")), encoding="utf-8")
        empty = Path(folder, "empty")
        subprocess.run(
            [sys.executable, "-m", "scrapy.cmdline", "startproject", "empty", empty], capture_output=True, check=True
        )
        ways: dict[str, Callable[[], Cost]] = {
            "a bare spider, three pages": lambda: run(sys.executable, "-m", "tests.benchmarks._bare", str(pages)),
            f"nothing new ({requests} requests)": lambda: scrapy("crawl", "warta", **settings),
            "`scrapy list` in an empty project": lambda: run(*_LIST_ELSEWHERE, str(empty)),
            "`scrapy list` here": lambda: scrapy("list"),
        }
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(LONG_ROUNDS if long else ROUNDS):
            for name, way in ways.items():
                spent[name].append(way().cpu)
            say(f"round {number + 1}: {[f'{seconds[-1]:.2f} s' for seconds in spent.values()]}")
    found = {name: median(seconds) for name, seconds in spent.items()}
    bases = list(found.values())
    rows = [
        [name, f"{1000 * cpu:,.0f} ms", f"{cpu / bases[number - number % 2]:.2f}", str(GOAL) if number % 2 else ""]
        for number, (name, cpu) in enumerate(found.items())
    ]
    title = f"CPU of a whole process, start-up and end included (median of {LONG_ROUNDS if long else ROUNDS} rounds)"
    yield Table("startup", title, ["way", "CPU", "ratio", "goal"], rows)


# An empty project must not find this one by its scrapy.cfg.
_LIST_ELSEWHERE = (
    sys.executable,
    "-c",
    "import os, sys; os.chdir(sys.argv.pop(1)); from scrapy.cmdline import execute; execute(['scrapy', 'list'])",
)
