"""Near-duplicates: texts that are almost the same, found by MinHash bands and judged by their words.

Bands only propose: two texts that share one are compared for real by `resemblance`, so a chance hit costs a look and
marks nothing. MinHash is rensa's (0.012 ms a document where datasketch takes 0.73, measured in 2026).
"""

from __future__ import annotations

import codecs
from hashlib import blake2b
from struct import Struct
from typing import TYPE_CHECKING

from rensa import RMinHash

if TYPE_CHECKING:
    from collections.abc import Iterable

# Texts that share so large a part of their three-word runs are almost the same: one paragraph of seven rewritten, or
# every twentieth word replaced, is still above it.
THRESHOLD = 0.7

# Fewer words than these are a caption or a formula, alike by nature.
_FEWEST_WORDS = 15
_RUN = 3
# 14 bands of 4: a pair at the threshold shares one in 98 of 100 cases, a pair at 0.8 in 9,994 of 10,000.
_BANDS = 14
_ROWS = 4
_SEED = 2026
_AS_INTEGERS = Struct(f">{_BANDS}q")
# The names of the bands, a line each, for the numbers of a sketch. Two bands with the same numbers are still two bands:
# the place is hashed with them.
_NAMES = b"\n".join(b"%d,%%d,%%d,%%d,%%d" % place for place in range(0, _BANDS * _ROWS, _ROWS))
# What an expression for words finds in folded text, in half of its time: a table blanks each ASCII character that is no
# part of a word and folds the others; those beyond ASCII, which are few, are left to an error handler of the encoding.
_LETTERS = bytes(code if code > 127 or chr(code).isalnum() or code == ord("_") else 32 for code in range(256)).lower()
_KEEP = f"{__name__}.words"


def _keep_letters(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - we only encode
    found = error.object[error.start : error.end].casefold()
    return "".join(char if char.isalnum() or char.isascii() else " " for char in found).encode(), error.end


codecs.register_error(_KEEP, _keep_letters)


def _words(text: str) -> list[bytes]:
    """Return the words of a text in lower case, as UTF-8.

    >>> b" ".join(_words("Harga Ökologi “naik” 2,5% (year_on_year)")).decode()
    'harga ökologi naik 2 5 year_on_year'
    """
    return text.encode("ascii", _KEEP).translate(_LETTERS).split()


def _runs(text: str) -> Iterable[bytes]:
    words = _words(text)
    if len(words) < _FEWEST_WORDS:
        return ()
    return map(b" ".join, zip(*(words[start:] for start in range(_RUN)), strict=False))


def bands(text: str) -> tuple[int, ...]:
    """Return the bands of a text, signed integers of 64 bits; none for a text too short to be a duplicate.

    >>> bands("Harga sawit naik")
    ()
    """
    runs = _runs(text)
    if not runs:
        return ()
    sketch = RMinHash(num_perm=_BANDS * _ROWS, seed=_SEED)
    sketch.update(runs)
    names = (_NAMES % tuple(sketch.digest())).splitlines()
    return _AS_INTEGERS.unpack(b"".join([blake2b(name, digest_size=8).digest() for name in names]))


def resemblance(first: str, other: str) -> float:
    """Return the share of three-word runs that two texts have in common, 0 to 1.

    >>> resemblance("Harga sawit naik", "Harga sawit naik")
    0.0
    """
    mine, yours = set(_runs(first)), set(_runs(other))
    return len(mine & yours) / len(mine | yours) if mine and yours else 0.0
