"""What an article costs in a whole crawl, against a bare Scrapy spider that downloads the same pages; and memory.

Start-up is taken out: each is run for few and for many articles, and the difference counts. Environment:
WARTA_BENCH_ARTICLES (default 1,500), WARTA_BENCH_MEMORY (default "2000,20000").
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks._material import Cost, asked, middle, run, say, scrapy, served

FEW = 150
MANY = int(os.environ.get("WARTA_BENCH_ARTICLES", "1500"))
SIZES = [int(word) for word in os.environ.get("WARTA_BENCH_MEMORY", "2000,20000").split(",") if word]
ROUNDS = 3
GOAL = 1.5


def crawl(url: str, folder: str, **settings: object) -> Cost:
    return scrapy("crawl", "warta", WARTA_URL=url, OUTPUT_DIR=folder, DOWNLOAD_DELAY=0, **settings)


def bare(addresses: list[str]) -> Cost:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(addresses))
        file.flush()
        return run(sys.executable, "-m", "tests.benchmarks._bare", file.name)


def costs(number: int, **settings: object) -> tuple[float, float]:
    """Return the CPU seconds of a crawl of so many articles and of the bare download of what it asked for."""
    ours, theirs = [], []
    with served(number) as (url, hits):
        for turn in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                ours.append(crawl(url, folder, **settings).cpu)
                if not turn:
                    addresses = asked(url, hits)
            theirs.append(bare(addresses).cpu)
    return min(ours), min(theirs)


def main() -> None:
    few, many = costs(FEW), costs(MANY)
    ours, theirs = ((more - less) / (MANY - FEW) * 1000 for more, less in zip(many, few, strict=True))
    say(f"CPU an article of 80 KB, start-up taken out ({MANY - FEW:,} articles, best of {ROUNDS}):")
    say(f"  bare Scrapy, the same pages  {theirs:6.2f} ms   1.00")
    say(f"  scrapy crawl warta           {ours:6.2f} ms   {ours / theirs:4.2f}   (goal {GOAL})")
    few, many = costs(FEW, ARCHIVE_ENABLED=1), costs(MANY, ARCHIVE_ENABLED=1)
    archived = (many[0] - few[0]) / (MANY - FEW) * 1000
    say(f"  … with ARCHIVE_ENABLED       {archived:6.2f} ms   {archived / theirs:4.2f}")
    say(f"  start of a crawl, once       {middle([few[0]]) - FEW * archived / 1000:6.2f} s")
    for size in SIZES:
        with served(size, heavy=False) as (url, _), tempfile.TemporaryDirectory() as folder:
            cost = crawl(url, folder)
            lines = sum(file.read_bytes().count(b"\n") for file in Path(folder, "articles").rglob("*.jsonl"))
        say(f"memory after {lines:6,} articles   {cost.memory:6.0f} MB   ({lines / cost.wall:,.0f} articles a second)")


if __name__ == "__main__":
    main()
