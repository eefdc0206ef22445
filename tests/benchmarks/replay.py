"""How fast archived pages are extracted again, against reading them with fastwarc and parsing them with lxml alone."""

from __future__ import annotations

import gzip
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import lxml.html
from fastwarc.warc import ArchiveIterator, WarcRecordType

from tests.benchmarks._material import MAY_2026, articles, say, scrapy
from wartacrawl import replaying, warc
from wartacrawl.page import Page
from wartacrawl.site import urls

NUMBER = int(os.environ.get("WARTA_BENCH_REPLAY", "3000"))
GOAL = 300


def archive(folder: Path, pages: list[Page]) -> None:
    """Keep pages as a crawl does: packed by the server, a request and a response each."""
    writer = warc.Writer(folder, info={"software": "benchmark", warc.PORTAL: urls.ORIGIN})
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
    with replaying.Archives(paths, origin=urls.ORIGIN) as archives:
        found = replaying.visits(archives.found())
        return sum(result.article is not None for result in replaying.replay(found, jobs=1))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = articles(NUMBER)
        archive(folder / "archive", pages)
        paths = warc.files([folder / "archive"])
        rates = {}
        for title, task in (("fastwarc + lxml alone", bare), ("replay, one process, nothing written", ours)):
            began = time.process_time()
            assert task(paths) == NUMBER
            rates[title] = NUMBER / (time.process_time() - began)
        say(f"pages of 80 KB a second a core ({NUMBER:,} pages, {sum(p.stat().st_size for p in paths) // 10**6} MB):")
        base = next(iter(rates.values()))
        for title, rate in rates.items():
            say(f"  {title:40} {rate:7,.0f}   {rate / base:4.2f}")
        for jobs in sorted({1, len(os.sched_getaffinity(0))}):
            cost = scrapy("replay", str(folder / "archive"), "--out", str(folder / f"out-{jobs}"), "--jobs", str(jobs))
            title = f"scrapy replay --jobs {jobs}, start included"
            say(f"  {title:40} {NUMBER / cost.wall:7,.0f}   {NUMBER / cost.wall / base:4.2f}")
        say(f"  goal: {GOAL} a core")


if __name__ == "__main__":
    main()
