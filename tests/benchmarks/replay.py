"""How fast archived pages are extracted again, against reading them with fastwarc and parsing them with lxml alone.

Environment: WARTA_BENCH_REPLAY (pages, default 1,500).
"""

from __future__ import annotations

import gzip
import os
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import lxml.html
from fastwarc.warc import ArchiveIterator, WarcRecordType

from tests.benchmarks._material import MAY_2026, ROOT, articles, scrapy
from tests.benchmarks._tables import Table
from wartacrawl.operations import replay
from wartacrawl.reading.visits import Archives, visits
from wartacrawl.site import urls
from wartacrawl.storage import warc, warc_writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wartacrawl.page import Page

    # CPU and wall seconds.
    Spent = tuple[float, float]

DOCUMENT = ROOT / "docs" / "performance.md"
NUMBER = int(os.environ.get("WARTA_BENCH_REPLAY", "1500"))
ROUNDS = 3
GOAL = 400
# Pages of a second, smaller archive: what the command takes for them is taken off, its start above all.
FEW = NUMBER // 5


def archive(folder: Path, pages: list[Page]) -> None:
    """Keep pages as a crawl does: packed by the server, a request and a response each."""
    writer = warc_writing.Writer(folder, info={"software": "benchmark", warc.PORTAL: urls.ORIGIN})
    for number, page in enumerate(pages):
        body = gzip.compress(page.html.encode(), 6)
        headers = [("Content-Type", "text/html; charset=UTF-8"), ("Content-Encoding", "gzip")]
        at = MAY_2026 + timedelta(seconds=number)
        writer.write(warc.Exchange(page.url, at, 200, "OK", headers, body, "GET", [("Accept", "text/html")], via="rss"))
    writer.close()


def bare(paths: list[Path]) -> int:
    number = 0
    for path in paths:
        for record in ArchiveIterator(str(path), record_types=WarcRecordType.response, auto_decode="all"):
            lxml.html.document_fromstring(record.reader.read())
            number += 1
    return number


def ours(paths: list[Path]) -> int:
    with Archives(paths, origin=urls.ORIGIN) as archives:
        found = visits(archives.found())
        return sum(result.article is not None for result in replay.replay(found, jobs=1, page_seconds=60))


def tables(*, long: bool) -> Iterator[Table]:  # noqa: ARG001 - every benchmark is asked alike
    """Yield how many pages a second are read by either, and by the command, its start taken out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = articles(NUMBER)
        archive(folder / "archive", pages)
        archive(folder / "few", pages[:FEW])
        ways: dict[str, Callable[[], Spent]] = {
            "fastwarc and lxml alone": lambda: inside(bare, warc.files([folder / "archive"])),
            "replay, nothing written": lambda: inside(ours, warc.files([folder / "archive"])),
        }
        for jobs in (1, 2):
            title = f"`scrapy replay --jobs {jobs}`, writing included"
            ways[title] = lambda jobs=jobs: added(folder, jobs)
        spent: dict[str, list[Spent]] = {title: [] for title in ways}
        for _ in range(ROUNDS):
            for title, way in ways.items():
                spent[title].append(way())
    base, *_, alone, together = spent.values()
    gain = statistics.median(one[1] / two[1] for one, two in zip(alone, together, strict=True))
    rows = []
    for title, each in spent.items():
        cpu, wall = (NUMBER / statistics.median(values) for values in zip(*each, strict=True))
        ratio = statistics.median(bare[0] / ours[0] for ours, bare in zip(each, base, strict=True))
        rows.append([title, f"{cpu:,.0f}", f"{ratio:.2f}", f"{wall:,.0f}"])
    title = f"Pages of 80 KB read from an archive ({NUMBER:,} pages, median of {ROUNDS} rounds)"
    columns = ["way", "pages a second a core", "ratio", "pages a second by the clock"]
    goals = f"Goals: {GOAL} pages a second a core, and 1.9 times as many by the clock with two processes ({gain:.2f})."
    yield Table("replay", title, columns, rows, goals)


def inside(task: Callable[[list[Path]], int], paths: list[Path]) -> Spent:
    """Return what a task in this process took. Raises `RuntimeError` when it did not read every page."""
    cpu, wall = time.process_time(), time.perf_counter()
    if (read := task(paths)) != NUMBER:
        raise RuntimeError(f"{task.__name__} read {read} of {NUMBER} pages")
    return time.process_time() - cpu, time.perf_counter() - wall


def added(folder: Path, jobs: int) -> Spent:
    """Return what the command would take for all pages if it took nothing for its start."""
    few, all_pages = command(folder, "few", FEW, jobs), command(folder, "archive", NUMBER, jobs)
    share = NUMBER / (NUMBER - FEW)
    return (all_pages[0] - few[0]) * share, (all_pages[1] - few[1]) * share


def command(folder: Path, name: str, number: int, jobs: int) -> Spent:
    """Return what the command took, its processes together. Raises `RuntimeError` when an article is missing."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        cost = scrapy("replay", str(folder / name), "--out", out, "--jobs", str(jobs))
        written = sum(file.read_bytes().count(b"\n") for file in Path(out).rglob("*.jsonl"))
    if written != number:
        raise RuntimeError(f"scrapy replay wrote {written} of {number} articles")
    return cost.cpu, cost.wall
