"""Shares with their uncertainty: what a few articles prove about all of them."""

from __future__ import annotations

import math

# Standard errors between a share and its bounds: by chance alone a share is beyond a bound once in 700 times.
CERTAINTY = 3.0


def bounds(count: int, of: int) -> tuple[float, float]:
    """Return the Wilson bounds of a share: the lowest and the highest true share that `count` of `of` may come from.

    >>> [f"{bound:.2f}" for bound in bounds(13, 15)]
    ['0.48', '0.98']
    >>> bounds(0, 0)
    (0.0, 1.0)
    """
    if of <= 0:
        return 0.0, 1.0
    share, square = count / of, CERTAINTY**2
    middle = share + square / (2 * of)
    width = CERTAINTY * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return (middle - width) / (1 + square / of), (middle + width) / (1 + square / of)
