"""What a ledger of a million articles costs: looking up, committing, opening, memory.

Environment: WARTA_BENCH_ROWS (default 1,000,000).
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.articles import NOON, article
from wartacrawl.language import similarity
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.parts import BATCH_LINES
from wartacrawl.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = int(os.environ.get("WARTA_BENCH_ROWS", "1000000"))
A_DAY = 120
FIRST = 100_000
CHUNK = 5_000
REPEATS = 200
BANDS = len(similarity.bands("sawit rupiah saham nikel beras gula kopi teh karet kakao " * 30))


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def resident() -> float:
    """Return the memory of this process in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def fill(folder: Path, begin: int, end: int, rng: random.Random) -> None:
    """Put rows for articles into the ledger as a crawl would, a part a day; the lines themselves are holes."""
    ledger = Ledger(folder / FILE_NAME)
    now = time.time()
    for start in range(begin, end, CHUNK):
        with ledger.transaction():
            for row in range(start, min(start + CHUNK, end)):
                day = (NOON - timedelta(days=row // A_DAY)).date().isoformat()
                identifier = FIRST + row
                ledger.announce([(identifier, f"berita-{row}", day)], f"indeks:{day}")
                path = f"articles/{day[:4]}/{day}.jsonl"
                ledger.record_export(
                    identifier,
                    slug=f"berita-tentang-sawit-dan-rupiah-{row}",
                    day=day,
                    published=now,
                    version=1,
                    signature=f"{rng.getrandbits(256):064x}",
                    part=path,
                    offset=row % A_DAY * 4_000,
                    length=4_000,
                    next_check=None,
                )
                ledger.add_bands(identifier, [rng.getrandbits(62) for _ in range(BANDS)])
                if row % A_DAY == A_DAY - 1 or row == end - 1:
                    length = (row % A_DAY + 1) * 4_000
                    ledger.extend_part(path, length=length, lines=row % A_DAY + 1, last_line=b"")
                    target = folder / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.touch()
                    os.truncate(target, length)
    ledger.close()


def timed(action: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return median and 99th percentile in milliseconds."""
    spent = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        spent.append((time.perf_counter() - began) * 1_000)
    return statistics.median(spent), sorted(spent)[int(repeats * 0.99)]


def measure(folder: Path, rows: int, rng: random.Random) -> None:
    """Print what the operations of a crawl cost with so many rows."""
    began = time.perf_counter()
    store = Store.open(folder)
    opening = time.perf_counter() - began
    run = store.ledger.begin_run("bench", {})
    before = resident()
    fresh = iter(range(FIRST + ROWS + rows, FIRST + ROWS + rows + REPEATS * BATCH_LINES))

    def batch() -> None:
        day = NOON + timedelta(days=1 + rng.randrange(3))
        store.write([article(next(fresh), published=day) for _ in range(32)])

    def page() -> None:
        ids = [FIRST + rng.randrange(rows) for _ in range(20)]
        store.ledger.announce([(one, None, None) for one in ids], "rss")
        store.ledger.claim(ids, run)

    look = timed(lambda: store.ledger.article(FIRST + rng.randrange(rows)), REPEATS * 20)
    listing = timed(page)
    pending = timed(lambda: store.ledger.pending(run), 20)
    writing = timed(batch, 60)
    size = sum(file.stat().st_size for file in folder.glob(f"{FILE_NAME}*")) / 1e6
    cells = [
        f"{rows:,}",
        f"{opening:.2f} s",
        *(f"{median:.3g} / {worst:.3g}" for median, worst in (look, listing, writing, pending)),
        f"{resident() - before:+.1f} MB",
        f"{size:,.0f} MB",
    ]
    say(f"| {' | '.join(cells)} |")
    store.ledger.end_run(run, "ok", {})
    store.close()


def main() -> int:
    """Fill a ledger step by step and measure at each."""
    rng = random.Random(1)
    say(f"{BANDS} bands an article; times in ms, median / 99th percentile")
    say("| articles | opening | look-up | list page of 20 | 32 lines written | pending | memory | ledger |")
    say("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=os.environ.get("WARTA_BENCH_DIR")) as name:
        folder, done = Path(name), 0
        for rows in (ROWS // 100, ROWS // 10, ROWS):
            fill(folder, done, rows, rng)
            done = rows
            measure(folder, rows, rng)
    return 0


if __name__ == "__main__":
    sys.exit(main())
