"""What a backfill of the whole portal takes in requests, disk, memory and CPU, from backfills of the replica.

Each size is crawled through the dated index into an empty folder, with an archive; what grows with the number of
articles is the slope between the smallest and the largest.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks._material import ROOT, Cost, asked, say, scrapy, served, written
from tests.benchmarks._tables import Table
from wartacrawl.language import dates

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = ROOT / "docs" / "scale.md"
SIZES, LONG_SIZES = [500, 2_000], [2_000, 20_000]
# Articles of the portal: the counter of its addresses stood near here in September 2026.
WHOLE = 650_000
GB = 1e9


@dataclass(frozen=True, slots=True)
class Backfill:
    """What a backfill of so many articles took: requests, bytes of each kind of file, and its process."""

    articles: int
    requests: int
    lines: int
    ledger: int
    archive: int
    cost: Cost


def backfill(articles: int) -> Backfill:
    """Crawl a replica of so many articles; raise `RuntimeError` when some are missing."""
    with served(articles) as (url, hits), tempfile.TemporaryDirectory() as folder:
        # The replica publishes a hundred a day, as the portal does.
        since = dates.day(datetime.now(UTC)) - timedelta(days=articles // 100 + 1)
        settings = {"WARTA_URL": url, "OUTPUT_DIR": folder, "DOWNLOAD_DELAY": 0, "ARCHIVE_ENABLED": 1}
        cost = scrapy("crawl", "indeks", "-a", f"since={since}", **settings)
        if (number := written(folder)) != articles:
            raise RuntimeError(f"the crawl wrote {number} of {articles} articles")
        lines, archive = (_bytes(Path(folder, name)) for name in ("articles", "archive"))
        ledger = sum(file.stat().st_size for file in Path(folder).glob("ledger.sqlite*"))
        return Backfill(articles, len(asked(url, hits)), lines, ledger, archive, cost)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def tables(*, long: bool) -> Iterator[Table]:
    """Yield what was measured, and what it makes of the whole portal; `long` is 20,000 articles."""
    runs = []
    for size in LONG_SIZES if long else SIZES:
        runs.append(backfill(size))
        say(f"{size:,}: {runs[-1]}")
    rows = [
        [
            f"{run.articles:,}",
            f"{run.requests / run.articles:.3f}",
            *(f"{size / run.articles / 1000:.2f} KB" for size in (run.lines, run.ledger, run.archive)),
            f"{1000 * run.cost.cpu / run.articles:.1f} ms",
            f"{run.cost.memory:.0f} MB",
        ]
        for run in runs
    ]
    columns = ["articles", "requests", "lines", "ledger", "archive", "CPU", "peak memory"]
    yield Table("backfill", "Backfills of the replica; all but memory for each article", columns, rows)
    yield _whole(runs[0], runs[-1])


def _whole(small: Backfill, large: Backfill) -> Table:
    more = large.articles - small.articles

    def grown(less: float, much: float) -> float:
        return much + (much - less) / more * (WHOLE - large.articles)

    requests = grown(small.requests, large.requests)
    sizes = {name: grown(getattr(small, name), getattr(large, name)) for name in ("lines", "ledger", "archive")}
    rows = [
        ["requests", f"{requests:,.0f}"],
        *([f"days at a request every {pace} s", f"{requests * pace / 86_400:.1f}"] for pace in (1, 2)),
        *([f"{name} on disk", f"{size / GB:.1f} GB"] for name, size in sizes.items()),
        ["CPU", f"{grown(small.cost.cpu, large.cost.cpu) / 3600:.1f} h"],
        ["memory, if what it grew by goes on", f"{grown(small.cost.memory, large.cost.memory):,.0f} MB"],
    ]
    return Table("whole", f"Extrapolated to {WHOLE:,} articles", ["what", "takes"], rows)
