"""What an article costs in a whole crawl, against Scrapy spiders that fetch the same pages; and memory.

Start-up is taken out: each is run for few and for many articles, and the difference counts. Environment:
WARTA_BENCH_ARTICLES (default 750), WARTA_BENCH_ROUNDS (default 3).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks._material import ROOT, Cost, asked, machine, run, say, scrapy, served, written
from tests.benchmarks._tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT = ROOT / "docs" / "performance.md"
MINUTES, LONG_MINUTES = 3, 7
FEW = 150
MANY = int(os.environ.get("WARTA_BENCH_ARTICLES", "750"))
ROUNDS = int(os.environ.get("WARTA_BENCH_ROUNDS", "3"))
SIZES, LONG_SIZES = [2_000], [2_000, 20_000]
# Goals: times a spider that only downloads, whichever its CONCURRENT_ITEMS, and times a plain spider.
GOAL_BARE, GOAL_PLAIN = 2.2, 1.2
GOAL_MEMORY = 30


def crawl(url: str, folder: str, **settings: object) -> Cost:
    return scrapy("crawl", "warta", WARTA_URL=url, OUTPUT_DIR=folder, DOWNLOAD_DELAY=0, **settings)


class Side:
    """A replica with a number of articles, and what crawling it costs; the first crawl finds what the others ask for.

    It is served over https, too, with a certificate that nobody has signed: whether one is checked costs nothing here.
    """

    def __init__(self, number: int, stack: ExitStack) -> None:
        self.number = number
        self.url, hits = stack.enter_context(served(number))
        self.secure_url, _ = stack.enter_context(served(number, secure=True))
        self.crawled()
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._addresses = self._folder / "addresses"
        self._addresses.write_text("\n".join(asked(self.url, hits)), encoding="utf-8")

    def crawled(self, **settings: Any) -> float:
        """Return the CPU seconds of a crawl of everything. Raises `RuntimeError` when it did not get everything."""
        with tempfile.TemporaryDirectory() as folder:
            cost = crawl(settings.pop("url", self.url), folder, **settings)
            if (number := written(folder)) != self.number:
                raise RuntimeError(f"the crawl wrote {number} of {self.number} articles")
        return cost.cpu

    def secure(self) -> float:
        return self.crawled(url=self.secure_url, DOWNLOAD_VERIFY_CERTIFICATES=False)

    def downloaded(self, *flags: str) -> float:
        return run(sys.executable, "-m", "tests.benchmarks._bare", str(self._addresses), *flags).cpu

    def plain(self) -> float:
        """Return the CPU seconds of the plain spider. Raises `RuntimeError` when it did not get everything."""
        feed = self._folder / "articles.jsonl"
        feed.unlink(missing_ok=True)
        cost = run(sys.executable, "-m", "tests.benchmarks._plain", str(self._addresses), str(feed))
        if (number := feed.read_bytes().count(b"\n")) < self.number:
            raise RuntimeError(f"the plain spider wrote {number} of {self.number} articles")
        return cost.cpu


def tables(*, long: bool) -> Iterator[Table]:
    """Yield the cost of an article, and the memory of a crawl; `long` is 20,000 articles, too."""
    yield Table("machine", "Measured on", ["what", "is"], machine())
    yield _cost()
    yield _memory(LONG_SIZES if long else SIZES)


def _cost() -> Table:
    ways: dict[str, Callable[[Side], float]] = {
        "a spider that only downloads": Side.downloaded,
        "the same with `CONCURRENT_ITEMS=1`": lambda side: side.downloaded("--sparing"),
        "a plain spider: eight selectors, a feed": Side.plain,
        "`scrapy crawl warta`": Side.crawled,
        "the same with `ARCHIVE_ENABLED=1`": lambda side: side.crawled(ARCHIVE_ENABLED=1),
        "the same over https": Side.secure,
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
    bases = list(each.values())[:3]
    rows = [
        [way, f"{1000 * statistics.median(costs):.2f} ms", *(f"{_ratio(costs, base):.2f}" for base in bases)]
        for way, costs in each.items()
    ]
    rows.append(["goal without archive, over http", "", f"{GOAL_BARE}", f"{GOAL_BARE}", f"{GOAL_PLAIN}"])
    note = f"Starting a crawl costs {statistics.median(starts):.1f} s more, once."
    title = f"CPU an article of 80 KB, its share of lists included ({MANY - FEW:,} articles, median of {ROUNDS} rounds)"
    columns = ["way", "CPU an article", "to downloads", "to those, `CONCURRENT_ITEMS=1`", "to plain"]
    return Table("crawl", title, columns, rows, note)


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
    goal = f"Goal: at most {GOAL_MEMORY} MB more at 20,000 articles than at 2,000."
    return Table("memory", "Memory of a crawl of everything, light pages", columns, rows, goal)
