"""Charts as paths of SVG: what the page of all crawls draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def smoothed(values: Sequence[float], width: int = 7) -> list[float]:
    """Return the mean of each value and those before it, `width` at most.

    >>> smoothed([0, 7, 14], 2)
    [0.0, 3.5, 10.5]
    """
    return [sum(values[max(0, n + 1 - width) : n + 1]) / min(width, n + 1) for n in range(len(values))]


def stacked(series: Sequence[Sequence[float]], height: float) -> list[str]:
    """Return an area for each series, stacked on the one before: x is the position, y from `height` (0) up to 0.

    >>> stacked([[1, 2], [1, 0]], 100)
    ['M0 100V50L1 0V100Z', 'M0 50V0L1 0V0Z']
    """
    top = max((sum(column) for column in zip(*series, strict=True)), default=0) or 1
    below = [0.0] * len(series[0]) if series else []
    areas = []
    for values in series:
        above = [low + value for low, value in zip(below, values, strict=True)]
        upper = [_short(height - high / top * height) for high in above]
        lower = [_short(height - low / top * height) for low in below]
        forth = "".join(f"L{x} {y}" for x, y in enumerate(upper) if x)
        back = "".join(f"L{x} {lower[x]}" for x in range(len(lower) - 2, 0, -1))
        areas.append(f"M0 {lower[0]}V{upper[0]}{forth}V{lower[-1]}{back}Z")
        below = above
    return areas


def steps(shares: Sequence[float | None], height: float) -> str:
    """Return a line of steps, one for each share (0 to 1); none is drawn for None.

    >>> steps([1.0, None, 0.5], 100)
    'M0 0h1M2 50h1'
    """
    path, last = "", None
    for x, share in enumerate(shares):
        if share is None:
            last = None
            continue
        y = _short(height - share * height)
        path += "h1" if y == last else (f"V{y}h1" if last is not None else f"M{x} {y}h1")
        last = y
    return path


def _short(number: float) -> str:
    """Return a coordinate with a digit at most behind the point.

    >>> _short(12.0), _short(12.34)
    ('12', '12.3')
    """
    return f"{number:.1f}".removesuffix(".0")
