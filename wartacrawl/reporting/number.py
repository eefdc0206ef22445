"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "article"), counted(1200, "list page")
    ('1 article', '1,200 list pages')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
