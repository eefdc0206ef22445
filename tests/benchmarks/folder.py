"""What `scrapy verify` and `scrapy rebuild-ledger` take on a large folder, and so for the whole portal.

The lines are as long as those of the portal, a hundred a day. The rate is the slope between two sizes, so that the
start of the process does not count in it.

Environment: WARTA_BENCH_LINES (default 60,000).
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.articles import NOON, article
from tests.benchmarks._material import ROOT, say, scrapy
from tests.benchmarks._tables import Table
from tests.benchmarks.scale import WHOLE
from wartacrawl import items

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = ROOT / "docs" / "performance.md"
LINES = int(os.environ.get("WARTA_BENCH_LINES", "60000"))
A_DAY = 100
FIRST = 100_000

GOALS = {"verify": 30, "rebuild-ledger": 60}
# Articles with a second version, and articles that almost repeat another: one of this many.
REVISED, REPEATED = 50, 40
_WORD = re.compile(r"\w{4,}")


def texts() -> list[str]:
    """Return the article bodies of the page cases."""
    files = sorted((ROOT / "tests" / "pages").glob("*/*/expected.json"))
    found = (json.loads(file.read_text(encoding="utf-8")).get("article_body") for file in files)
    return [text for text in found if text]


def line(number: int, bodies: list[str]) -> bytes:
    """Return a line for article `number`, whose text resembles no other's, one in `REPEATED` left out."""
    source = number - 1 if number % REPEATED == 0 else number
    text = "\n\n".join(bodies[(source * step) % len(bodies)] for step in (1, 7, 13, 17))
    words = iter(range(len(text)))
    # Every third word is a number's own: two texts of the same cases then share no run of three words.
    body = _WORD.sub(lambda word: word[0] if next(words) % 3 else f"{word[0][:4]}{source}", text)
    day = NOON - timedelta(days=number // A_DAY)
    made = article(FIRST + number, published=day, article_body=body)
    made.description, made.article_section, made.dateline = body[:120], "EkBis", "Jakarta"
    made.keywords = ["ekspor", "pelabuhan", "India", f"topik {number % 500}"]
    made.related = [
        {"headline": f"Berita {n}", "url": f"https://wartaekonomi.co.id/read{n}/berita-{n}"} for n in (1, 2)
    ]
    made.breadcrumbs = [{"name": "EkBis", "url": "https://wartaekonomi.co.id/category-12/ekbis"}]
    layers = ("headline", "article_body", "description", "date_published", "keywords", "related", "dateline")
    made.metadata["field_sources"] = dict.fromkeys(layers, "layout")
    return items.dump(made.record())


def revised(raw: bytes) -> bytes:
    """Return the next version of a line."""
    record = json.loads(raw)
    record["version"] += 1
    record["headline"] += " (Ralat)"
    record["metadata"]["content_hash"] = items.signature(record["headline"], record["article_body"])
    return items.dump(record)


def fill(folder: Path, number: int) -> int:
    """Write parts for `number` articles; return the number of lines."""
    bodies, lines = texts(), 0
    for begin in range(0, number, A_DAY):
        rows = [line(row, bodies) for row in range(begin, min(begin + A_DAY, number))]
        rows += [revised(row) for row in rows[::REVISED]]
        target = _target(folder, begin)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"".join(rows))
        lines += len(rows)
    return lines


def _target(folder: Path, number: int) -> Path:
    day = (NOON - timedelta(days=number // A_DAY)).date()
    return folder / items.ARTICLES / f"{day.year}" / f"{day}.jsonl"


def tables(*, long: bool) -> Iterator[Table]:  # noqa: ARG001 - every benchmark is asked alike
    """Yield how many lines a second both commands read, and what that makes of the whole portal."""
    rows = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("WARTA_BENCH_DIR")) as name:
        sizes = {}
        for size in (LINES // 10, LINES):
            folder = Path(name, str(size))
            sizes[folder] = fill(folder, size)
        small, large = sizes
        more = sizes[large] - sizes[small]
        for command, goal in reversed(GOALS.items()):
            least, most = (scrapy(command, OUTPUT_DIR=str(folder)) for folder in (small, large))
            wall, cpu = (most.wall - least.wall) / more, (most.cpu - least.cpu) / more
            rows.append(
                [f"`scrapy {command}`", f"{1 / wall:,.0f}", f"{1e6 * cpu:,.0f} µs", f"{most.memory:.0f} MB",
                 f"{WHOLE * wall + least.wall:.0f} s", f"{goal} s"]
            )  # fmt: skip
            say(f"{command}: {sizes[small]:,} lines {least}, {sizes[large]:,} lines {most}")
    columns = ["command", "lines a second", "CPU a line", "peak memory", f"{WHOLE:,} lines", "goal"]
    title = f"Lines of a large folder, by what {more:,} lines add on {len(os.sched_getaffinity(0))} cores"
    yield Table("folder", title, columns, rows)
