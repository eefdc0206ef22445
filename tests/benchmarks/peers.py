"""Articles a second: fetched from the same server and read, by us and by others, each in an environment of its own.

Start-up is taken out: each is run for few and for many articles, and the difference counts. What each does for an
article is its own affair: ours is checked against the schema, compared with what is known and written durably; the
others' is printed as JSON. Environment: WARTA_BENCH_PEERS (articles, default 150), WARTA_BENCH_ROUNDS (default 3).
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import _peers
from tests.benchmarks._material import ROOT, Cost, run, say, scrapy, served, written
from tests.benchmarks._tables import Table
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT = ROOT / "docs" / "performance.md"
MINUTES = 4
MANY = int(os.environ.get("WARTA_BENCH_PEERS", "150"))
FEW = MANY // 10
ROUNDS = int(os.environ.get("WARTA_BENCH_ROUNDS", "3"))
PEERS = [_peers.SCRIPT, _peers.TRAFILATURA, _peers.NEWSPAPER, _peers.NEWS_PLEASE]


def tables(*, long: bool) -> Iterator[Table]:  # noqa: ARG001 - every benchmark is asked alike
    """Yield what an article costs each of them."""
    ways: dict[str, Callable[[str, Path], Cost]] = {"wartacrawl, `scrapy crawl artikel`": ours}
    missing = []
    for peer in PEERS:
        try:
            _peers.python(peer)
        except _peers.UnavailableError as error:
            missing.append(f"{peer.label} could not be installed: {error}")
        else:
            ways[peer.label] = theirs(peer)
    spent: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    with served(MANY) as (url, hits):
        few, many = hits.with_name("few"), hits.with_name("articles")
        few.write_text("\n".join(many.read_text(encoding="utf-8").split()[:FEW]), encoding="utf-8")
        for turn in range(ROUNDS):
            for way, task in ways.items():
                less, more = task(url, few), task(url, many)
                spent[way].append(((more.cpu - less.cpu) / (MANY - FEW), (more.wall - less.wall) / (MANY - FEW)))
            say(f"round {turn + 1}: {', '.join(f'{1000 * each[-1][0]:.1f} ms' for each in spent.values())}")
    yield _table(spent, missing)


def ours(url: str, file: Path) -> Cost:
    """Return what our crawl of the articles in a file costs. Raises `RuntimeError` when it did not get all of them."""
    addresses = file.read_text(encoding="utf-8")
    wanted = len(addresses.split())
    with tempfile.TemporaryDirectory() as folder:
        # The argument takes the portal's real addresses, whatever stands in for it.
        real = Path(folder, "addresses")
        real.write_text(addresses.replace(url, urls.ORIGIN), encoding="utf-8")
        cost = scrapy("crawl", "artikel", "-a", f"file={real}", WARTA_URL=url, OUTPUT_DIR=folder, DOWNLOAD_DELAY=0)
        number = written(folder)
    if number != wanted:
        raise RuntimeError(f"the crawl wrote {number} of {wanted} articles")
    return cost


def theirs(peer: _peers.Peer) -> Callable[[str, Path], Cost]:
    """Return how a peer fetches and reads the articles in a file."""

    def fetch(_: str, file: Path) -> Cost:
        return run(*_peers.command(peer, "crawl", file))

    return fetch


def _table(spent: dict[str, list[tuple[float, float]]], missing: list[str]) -> Table:
    base, rows = next(iter(spent.values())), []
    for way, each in spent.items():
        cpu, wall = (statistics.median(values) for values in zip(*each, strict=True))
        ratio = statistics.median(one[0] / our[0] for one, our in zip(each, base, strict=True))
        rows.append([way, f"{1000 * cpu:.1f} ms", f"{1 / cpu:,.0f}", f"{ratio:.1f}", f"{1 / wall:,.0f}"])
    columns = ["tool", "CPU an article", "articles a second a core", "ratio", "articles a second by the clock"]
    title = f"Articles of 80 KB fetched and read ({MANY - FEW} articles, start-up taken out, median of {ROUNDS} rounds)"
    return Table("peers", title, columns, rows, "; ".join(missing))
