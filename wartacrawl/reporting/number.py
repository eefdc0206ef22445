"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "article"), counted(1200, "list page")
    ('1 article', '1,200 list pages')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a duration for reading.

    >>> duration(0.034), duration(2.5), duration(7.02), duration(59.96), duration(3725)
    ('34 ms', '2.5 s', '7 s', '60 s', '1 h 2 min')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{f'{seconds:.1f}'.removesuffix('.0')} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
