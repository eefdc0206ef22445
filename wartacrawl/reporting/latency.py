"""Answer times in bounded memory."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

# Upper bounds (seconds) of the columns in which answer times are shown.
BOUNDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, math.inf)


class Latency:
    """Counts of answer times by steps of 5 %, from a millisecond to an hour."""

    _STEP = math.log(1.05)

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count an answer."""
        self.longest = max(self.longest, seconds)
        self._counts[round(math.log(min(max(seconds, 0.001), 3600)) / self._STEP)] += 1

    @property
    def count(self) -> int:
        """Number of answers."""
        return self._counts.total()

    def percentile(self, share: float) -> float | None:
        """Return the seconds within which that share of the answers came, to 5 %; None without answers.

        >>> times = Latency()
        >>> for seconds in (0.1, 0.2, 0.3, 4.0): times.add(seconds)
        >>> round(times.percentile(0.5), 2)
        0.2
        """
        wanted, seen = share * self.count, 0
        for step in sorted(self._counts):
            seen += self._counts[step]
            if seen >= wanted:
                return self._seconds(step)
        return None

    def stats(self) -> dict[str, Any]:
        """Return count, percentiles and the columns of the chart as stats; nothing where nothing was measured."""
        if not self.count:
            return {}
        columns: Counter[float] = Counter()
        for step, number in self._counts.items():
            columns[next(bound for bound in BOUNDS if self._seconds(step) <= bound)] += number
        return {
            "latency/p50": _rounded(self.percentile(0.5)),
            "latency/p90": _rounded(self.percentile(0.9)),
            "latency/p99": _rounded(self.percentile(0.99)),
            "latency/max": _rounded(self.longest),
            **{f"latency/within/{bound:g}": columns[bound] for bound in BOUNDS if columns[bound]},
        }

    def _seconds(self, step: int) -> float:
        return min(math.exp(step * self._STEP), self.longest)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
