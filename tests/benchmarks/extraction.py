"""What extraction costs on pages of 80 KB, against lxml's parse alone, and which part of it costs how much.

Environment: WARTA_BENCH_PAGES (default 300).
"""

from __future__ import annotations

import cProfile
import os
import pstats
from typing import TYPE_CHECKING

import lxml.html

from tests.benchmarks._material import ROOT, afresh, articles, rounds
from tests.benchmarks._tables import Table
from wartacrawl.reading.extract import extract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wartacrawl.page import Page

DOCUMENT = ROOT / "docs" / "performance.md"
MINUTES = 1
NUMBER = int(os.environ.get("WARTA_BENCH_PAGES", "300"))
ROUNDS = 5
SHOWN = 15
GOAL = 2.8  # times the parse


def parse(page: Page) -> object:
    return lxml.html.document_fromstring(page.html.encode())


def tables(*, long: bool) -> Iterator[Table]:  # noqa: ARG001 - every benchmark is asked alike
    """Yield the cost of a page, and where it goes."""
    pages = articles(NUMBER)
    tasks = {
        "lxml parse alone": parse,
        "`Page.tree`": lambda page: page.tree,
        "`extract(page)`, parse included": extract,
    }
    rows = [
        [
            name,
            f"{1000 * figure.seconds:.2f} ms",
            f"{figure.ratio:.2f}",
            str(GOAL) if "extract" in name else "",
            f"{1 / figure.seconds:,.0f}",
        ]
        for name, figure in rounds(tasks, pages, ROUNDS).items()
    ]
    size = sum(len(page.html.encode()) for page in pages) // NUMBER
    title = f"CPU a page of {size:,} bytes ({NUMBER} pages, median of {ROUNDS} rounds)"
    yield Table("extraction", title, ["task", "CPU a page", "ratio", "goal", "pages a second a core"], rows)
    yield _profile(pages)


def _profile(pages: list[Page]) -> Table:
    profile = cProfile.Profile()
    fresh = [afresh(page) for page in pages]
    profile.enable()
    for page in fresh:
        extract(page)
    profile.disable()
    stats = pstats.Stats(profile)
    by_own_time = sorted(stats.stats.items(), key=lambda row: -row[1][2])
    rows = []
    for (file, line, name), (_, calls, own, _, _) in by_own_time[:SHOWN]:
        where = f"{file.rpartition('/')[2]}:{line}" if line else "C"
        shown = name.replace("|", "/")[:60]
        rows.append([f"`{shown}`", where, f"{own / stats.total_tt:.1%}", f"{calls / NUMBER:,.1f}"])
    title = "Where it goes, by cProfile (which makes small functions look dearer than they are)"
    return Table("profile", title, ["function", "where", "own time", "calls a page"], rows)
