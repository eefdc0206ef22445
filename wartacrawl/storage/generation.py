"""Telling a ledger that was restored from a backup from one that a crash has left.

The ledger counts its commits of lines; after each, the count is written to a small file beside it as well. The file may
lag behind, as it is not synced, but is never ahead: a ledger with a lower count than the file is an older copy.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "ledger.generation"


class Generation(NamedTuple):
    """Which ledger it is (`mark`, random), and how many times it has committed lines."""

    mark: str
    commits: int


def read(folder: Path) -> Generation | None:
    """Return what the file says, None where there is none that can be read."""
    try:
        mark, commits = (folder / FILE_NAME).read_text(encoding="ascii").split()
        return Generation(mark, int(commits))
    except (OSError, ValueError):
        return None


def write(folder: Path, generation: Generation) -> None:
    """Write the file, without a sync; where that fails, only a restored ledger may go unnoticed."""
    with suppress(OSError):
        descriptor = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            # Always the same length, so that a shorter text never leaves the end of a longer one.
            os.pwrite(descriptor, f"{generation.mark} {generation.commits:020}\n".encode("ascii"), 0)
        finally:
            os.close(descriptor)
