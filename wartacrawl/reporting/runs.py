"""Earlier crawls, as the ledger remembers them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wartacrawl.reporting.figures import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wartacrawl.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Run:
    """A crawl that has ended; times are seconds since the epoch."""

    number: int
    arguments: dict[str, str]
    started: float
    ended: float | None
    outcome: str | None
    stats: dict[str, Any]

    @property
    def kind(self) -> dict[str, str]:
        """What the crawl is about: two crawls of one kind may be compared."""
        return kind_of(self.arguments)


def kind_of(arguments: dict[str, str]) -> dict[str, str]:
    """Return those arguments of a crawl that make it comparable with another: not how much, nor which job.

    >>> kind_of({"sections": "ekbis", "limit": "5", "_job": "a1"})
    {'sections': 'ekbis'}
    """
    return {name: value for name, value in arguments.items() if name not in {"limit", "full", "_job"}}


def earlier_runs(ledger: Ledger, spider: str, before: int, limit: int) -> list[Run]:
    """Return the crawls of a spider that ended before run `before`, the latest first, at most `limit`.

    Those that version 0.1 refused for a bad argument counted nothing, and are left out.
    """
    rows = ledger.query(
        "SELECT id, arguments, started, ended, outcome, stats FROM runs"
        " WHERE spider = ? AND id < ? AND ended IS NOT NULL AND outcome IS NOT 'usage' ORDER BY id DESC LIMIT ?",
        (spider, before, limit),
    )
    return [
        Run(number, json.loads(arguments), started, ended, outcome, json.loads(stats or "{}"))
        for number, arguments, started, ended, outcome, stats in rows
    ]


def comparable_runs(ledger: Ledger, spider: str, run: int, arguments: dict[str, str], limit: int) -> list[Run]:
    """Return at most `limit` earlier crawls of the same kind, the latest first."""
    # Crawls of other kinds may lie between; five times as far back is far enough.
    runs = earlier_runs(ledger, spider, run, limit * 5)
    return [earlier for earlier in runs if earlier.kind == kind_of(arguments)][:limit]


def pooled(runs: Iterable[Run]) -> Figures:
    """Return the sums of what good crawls counted."""
    total: dict[str, int] = {}
    for run in runs:
        if run.outcome in {"ok", "partial"}:
            for name, value in run.stats.items():
                if isinstance(value, int):
                    total[name] = total.get(name, 0) + value
    return Figures(total)
