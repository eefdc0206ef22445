"""The long drills: a fault at every file operation, a power cut after every one, and a hundred kills of real crawls.

The kills come at any stage of daily crawls, backfills and changes; then one clean run must have everything. Faults and
power cuts are in `_faults.py`.

Environment: WARTA_BENCH_KILLS (default 100), WARTA_BENCH_SEED (default: another each time, and printed).
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.articles import keys
from tests.benchmarks._disk import run_on_it
from tests.storage.test_crash import check_days, crawl, crawling, keys_so_far, kill_after, truth
from wartacrawl.portal.server import Portal
from wartacrawl.storage.verify import verify

KILLS = int(os.environ.get("WARTA_BENCH_KILLS", "100"))
SEED = int(os.environ.get("WARTA_BENCH_SEED", str(time.time_ns() % 1_000_000)))
ARTICLES = 400


def drill(portal: Portal, folder: Path, rng: random.Random) -> dict[str, int]:
    """Kill crawls, sometimes two at once, and change the news in between; return the versions of what changed."""
    changed: dict[str, int] = {}
    kept: set[tuple[int, int]] = set()
    for number in range(KILLS):
        portal.clear()
        options = {"full": 1} if rng.random() < 0.3 else {}
        with crawling(portal, folder, rng.choice(["warta", "indeks"]), **options) as one:
            if rng.random() < 0.25:
                with crawling(portal, folder, "warta") as other:
                    kill_after(other, portal, rng.randrange(100), rng.uniform(0, 0.1))
            kill_after(one, portal, rng.choice([0, 1, 3, *range(5, 120)]), rng.uniform(0, 0.1))
        now = keys_so_far(folder)
        written = {identifier for identifier, _ in now}
        lost = {identifier for identifier, _ in kept} - written
        assert not lost, f"kill {number}: committed articles lost: {sorted(lost)}"
        check_days(portal, folder)
        kept = now
        changed |= change(portal, written, changed, rng)
        if number % 10 == 9:
            sys.stdout.write(f"{number + 1} kills, {len(written)} of {ARTICLES} articles\n")
            sys.stdout.flush()
    return changed


def change(portal: Portal, written: set[int], changed: dict[str, int], rng: random.Random) -> dict[str, int]:
    """Rewrite a story that is exported and was not changed yet, so that its last version is known to be the second."""
    untouched = sorted(written - {int(identifier) for identifier in changed})
    if not untouched or rng.random() < 0.5:
        return {}
    identifier = str(rng.choice(untouched))
    portal.revise(identifier, headline=f"Ralat {identifier}: Harga Berubah Lagi")
    return {identifier: 2}


def main() -> int:
    """Run all drills; 1 when anything is lost, twice or torn."""
    return run_on_it("tests.benchmarks._faults") or kills()


def kills() -> int:
    """Kill crawls, run once to the end, and compare with what the newsroom knows."""
    rng = random.Random(SEED)
    sys.stdout.write(f"seed {SEED}\n")
    with tempfile.TemporaryDirectory() as name, Portal(seed=SEED, articles=ARTICLES, days=5) as portal:
        folder = Path(name) / "output"
        changed = drill(portal, folder, rng)
        code, log = crawl(portal, folder, full=1)
        if code:
            sys.stdout.write(log)
            return 1
        findings = verify(folder).findings
        expected = truth(portal, changed)
        got = keys(folder)
        check_days(portal, folder)
        sys.stdout.write(
            f"{KILLS} kills, then a clean run: {len(got)} lines of {len(expected)} expected, {len(changed)} of them "
            f"second versions; missing {sorted(set(expected) - set(got))}, surplus {sorted(set(got) - set(expected))}, "
            f"findings {findings}\n"
        )
        return 0 if got == expected and not findings else 1


if __name__ == "__main__":
    sys.exit(main())
