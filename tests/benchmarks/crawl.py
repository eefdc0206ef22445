"""What an article costs in a whole crawl, against a bare Scrapy spider that downloads the same pages; and memory.

Start-up is taken out: each is run for few and for many articles, and the difference counts. Environment:
WARTA_BENCH_ARTICLES (default 1,500), WARTA_BENCH_ROUNDS (default 3).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.benchmarks._material import ROOT, Cost, asked, machine, run, say, scrapy, served, written
from tests.benchmarks._tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT = ROOT / "docs" / "performance.md"
FEW = 150
MANY = int(os.environ.get("WARTA_BENCH_ARTICLES", "1500"))
ROUNDS = int(os.environ.get("WARTA_BENCH_ROUNDS", "3"))
SIZES, LONG_SIZES = [2_000], [2_000, 20_000]
GOAL = 1.5


def crawl(url: str, folder: str, **settings: object) -> Cost:
    return scrapy("crawl", "warta", WARTA_URL=url, OUTPUT_DIR=folder, DOWNLOAD_DELAY=0, **settings)


def bare(addresses: list[str], *flags: str) -> Cost:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(addresses))
        file.flush()
        return run(sys.executable, "-m", "tests.benchmarks._bare", file.name, *flags)


class Side:
    """A replica with so many articles, and what crawling it costs; the first crawl tells what the others ask for."""

    def __init__(self, number: int, stack: ExitStack) -> None:
        self.number = number
        self.url, hits = stack.enter_context(served(number))
        self.crawled()
        self.addresses = asked(self.url, hits)

    def crawled(self, **settings: object) -> float:
        """Return the CPU seconds of a crawl of everything. Raises `RuntimeError` when it did not get everything."""
        with tempfile.TemporaryDirectory() as folder:
            cost = crawl(self.url, folder, **settings)
            if (number := written(folder)) != self.number:
                raise RuntimeError(f"the crawl wrote {number} of {self.number} articles")
        return cost.cpu

    def downloaded(self) -> float:
        return bare(self.addresses).cpu

    def least(self) -> float:
        return bare(self.addresses, "--least").cpu


def tables(*, long: bool) -> Iterator[Table]:
    """Yield the cost of an article, and the memory of a crawl; `long` is 20,000 articles, too."""
    yield Table("machine", "Measured on", ["what", "is"], machine())
    yield _cost()
    yield _memory(LONG_SIZES if long else SIZES)


def _cost() -> Table:
    ways: dict[str, Callable[[Side], float]] = {
        "bare Scrapy, the same pages": Side.downloaded,
        "the same with `CONCURRENT_ITEMS=1`, each page parsed by lxml": Side.least,
        "`scrapy crawl warta`": Side.crawled,
        "`scrapy crawl warta -s ARCHIVE_ENABLED=1`": lambda side: side.crawled(ARCHIVE_ENABLED=1),
    }
    each: dict[str, list[float]] = {way: [] for way in ways}
    starts: list[float] = []
    with ExitStack() as stack:
        few, many = Side(FEW, stack), Side(MANY, stack)
        for turn in range(ROUNDS):
            for way, task in ways.items():
                less, more = task(few), task(many)
                each[way].append((more - less) / (MANY - FEW))
                if task is Side.crawled:
                    starts.append(less - FEW * each[way][-1])
            say(f"round {turn + 1}: {', '.join(f'{1000 * costs[-1]:.2f} ms' for costs in each.values())}")
    base = next(iter(each.values()))
    rows = [
        [way, f"{1000 * statistics.median(costs):.2f} ms", f"{_ratio(costs, base):.2f}"] for way, costs in each.items()
    ]
    note = (
        f"Goal: a ratio of {GOAL} at most without archive. Starting a crawl costs "
        f"{statistics.median(starts):.1f} s more, once."
    )
    title = f"CPU an article of 80 KB, its share of lists included ({MANY - FEW:,} articles, median of {ROUNDS} rounds)"
    return Table("crawl", title, ["way", "CPU an article", "ratio"], rows, note)


def _ratio(costs: list[float], base: list[float]) -> float:
    return statistics.median(cost / bare for cost, bare in zip(costs, base, strict=True))


def _memory(sizes: list[int]) -> Table:
    rows = []
    for size in sizes:
        with served(size, heavy=False) as (url, _), tempfile.TemporaryDirectory() as folder:
            cost = crawl(url, folder)
            if (number := written(folder)) != size:
                raise RuntimeError(f"the crawl wrote {number} of {size} articles")
        each = f"{1000 * cost.cpu / size:.2f} ms"
        rows.append([f"{size:,}", f"{cost.memory:,.0f} MB", each, f"{size / cost.wall:,.0f}"])
    columns = ["articles", "peak memory", "CPU an article, start included", "articles a second by the clock"]
    return Table("memory", "Memory of a crawl of everything, light pages", columns, rows)
