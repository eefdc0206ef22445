"""How often a healthy portal is taken for a changed one, and how often a changed one is found.

200 crawls of healthy replicas of 10 to 60 articles, in every layout and form of the date, each on a fresh folder and
after earlier crawls; one article in twenty lacks a date, another one a description. One false alarm is allowed. Then 30
crawls after each of the redesigns: all must be found.
"""

from __future__ import annotations

import sys

from tests.benchmarks._alarms import DRIFTS, drifted, healthy
from tests.benchmarks._material import say

SEED = 20_261_125
HEALTHY = 200
DRIFTED = 30


def main() -> int:
    """Count the alarms; 1 when there are too many or too few."""
    false = [alarm for alarm in healthy(HEALTHY, SEED) if alarm]
    say(f"{len(false)} false alarms in {HEALTHY} crawls of healthy portals {false or ''}")
    missed = 0
    for name in DRIFTS:
        found = sum(bool(alarm) for alarm in drifted(name, DRIFTED, SEED))
        missed += DRIFTED - found
        say(f"{name}: found in {found} of {DRIFTED} crawls")
    return int(len(false) > 1 or missed > 0)


if __name__ == "__main__":
    sys.exit(main())
