"""Crawls, as the ledger and the parts remember them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wartacrawl.reporting.figures import Figures
from wartacrawl.storage.ledger import HEARTBEAT_PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wartacrawl.storage.ledger import Ledger


@dataclass(frozen=True)
class Run:
    """A crawl; times are seconds since the epoch. `outcome` is None as long as none is known."""

    number: int
    spider: str
    job: str | None
    arguments: dict[str, str]
    started: float
    ended: float | None
    heartbeat: float
    outcome: str | None
    stats: dict[str, Any]
    is_alive: bool

    @property
    def kind(self) -> dict[str, str]:
        """What the crawl is about: two crawls of one kind may be compared."""
        return kind_of(self.arguments)

    @property
    def given(self) -> dict[str, str]:
        """The arguments that a person gave: without the name of the job."""
        return {name: value for name, value in self.arguments.items() if name != "_job"}

    @property
    def end(self) -> float:
        """When it ended, or its last heartbeat."""
        return self.ended if self.ended is not None else self.heartbeat

    @property
    def seconds(self) -> float:
        """How long it took, to a tenth."""
        return round(self.end - self.started, 1)

    @property
    def word(self) -> str:
        """The outcome; "running" or "crashed" for a crawl that has none."""
        return self.outcome or ("running" if self.is_alive else "crashed")

    @cached_property
    def figures(self) -> Figures:
        """The stats, read as answers."""
        return Figures(self.stats)


def kind_of(arguments: dict[str, str]) -> dict[str, str]:
    """Return the arguments by which crawls are compared: without the number of articles and the job.

    >>> kind_of({"sections": "ekbis", "limit": "5", "_job": "a1"})
    {'sections': 'ekbis'}
    """
    return {name: value for name, value in arguments.items() if name not in {"limit", "full", "_job"}}


def find_runs(ledger: Ledger, condition: str, *values: object) -> Iterator[Run]:
    """Yield the crawls that meet a condition of SQL, which may end in an order and a limit."""
    rows = ledger.query(
        "SELECT id, spider, job, arguments, started, ended, heartbeat, outcome, stats FROM runs "  # noqa: S608
        f"WHERE {condition}",
        values,
    )
    for number, spider, job, arguments, started, ended, heartbeat, outcome, stats in rows:
        is_alive = ended is None and heartbeat > ledger.clock() - HEARTBEAT_PATIENCE
        known = json.loads(arguments), started, ended, heartbeat, outcome, json.loads(stats or "{}")
        yield Run(number, spider, job, *known, is_alive)


def earlier_runs(ledger: Ledger, spider: str, before: int, limit: int) -> list[Run]:
    """Return the crawls of a spider that ended before run `before`, the latest first, at most `limit`.

    Those that version 0.1 refused for a bad argument counted nothing, and are left out.
    """
    condition = "spider = ? AND id < ? AND ended IS NOT NULL AND outcome IS NOT 'usage' ORDER BY id DESC LIMIT ?"
    return list(find_runs(ledger, condition, spider, before, limit))


def comparable_runs(ledger: Ledger, spider: str, run: int, arguments: dict[str, str], limit: int) -> list[Run]:
    """Return at most `limit` earlier crawls of the same kind, the latest first."""
    # Crawls of other kinds may have run in between; five times as far back is far enough.
    runs = earlier_runs(ledger, spider, run, limit * 5)
    return [earlier for earlier in runs if earlier.kind == kind_of(arguments)][:limit]


def pooled(runs: Iterable[Run]) -> Figures:
    """Return the sums of the counters of crawls that were ok or partial."""
    total: dict[str, int] = {}
    for run in runs:
        if run.outcome in {"ok", "partial"}:
            for name, value in run.stats.items():
                if isinstance(value, int):
                    total[name] = total.get(name, 0) + value
    return Figures(total)


def added(path: Path, start: int, end: int) -> Iterator[dict[str, Any]]:
    """Yield the lines of a part between two of its committed lengths."""
    if start < end:
        with path.open("rb") as file:
            file.seek(start)
            while file.tell() < end:
                yield json.loads(file.readline())


def moment(seconds: float) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
