"""What extraction costs on pages of 80 KB, against lxml's parse alone, and which part of it costs how much."""

from __future__ import annotations

import cProfile
import os
import pstats

import lxml.html
from wartacrawl.extract import extract

from tests.benchmarks._material import afresh, articles, say, seconds_each
from wartacrawl.page import Page

NUMBER = int(os.environ.get("WARTA_BENCH_PAGES", "300"))
SHOWN = 12


def parse(page: Page) -> object:
    return lxml.html.document_fromstring(page.html.encode())


def main() -> None:
    pages = articles(NUMBER)
    alone = seconds_each(parse, pages)
    say(f"CPU a page of {sum(len(page.html) for page in pages) // NUMBER:,} characters ({NUMBER} pages, best of 3):")
    tasks = [
        ("lxml parse alone", parse),
        ("Page.tree", lambda page: page.tree),
        ("extract(page), parse included", extract),
    ]
    for name, task in tasks:
        cost = seconds_each(task, pages)
        say(f"  {name:30} {1000 * cost:6.2f} ms   {cost / alone:5.2f}   {1 / cost:6,.0f} a second a core")
    say("where it goes (own time, share of all):")
    profile = cProfile.Profile()
    fresh = [afresh(page) for page in pages]
    profile.enable()
    for page in fresh:
        extract(page)
    profile.disable()
    stats = pstats.Stats(profile)
    rows = sorted(stats.stats.items(), key=lambda row: -row[1][2])
    for (file, line, name), (_, calls, own, _, _) in rows[:SHOWN]:
        where = f"{file.rpartition('/')[2]}:{line}" if line else "C"
        say(f"  {own / stats.total_tt:5.1%}  {name[:50]:50} {where:24} {calls / NUMBER:7.1f} calls a page")


if __name__ == "__main__":
    main()
