"""The files of an output folder: appending lines, cutting back what was not committed, and holding the folder."""

from __future__ import annotations

import errno
import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wartacrawl.storage.ledger import Ledger, LedgerError

if TYPE_CHECKING:
    from pathlib import Path

ARTICLES = "articles"
UNDATED = f"{ARTICLES}/undated.jsonl"
REJECTED = "rejected.jsonl"

# Lines one transaction may hold, and so the most that one crashed run can leave uncommitted over all parts.
BATCH_LINES = 64


class Parts:
    """Files of an output folder opened within one transaction, and how to undo what was appended."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._open: dict[str, _Part] = {}

    def append(self, path: str, line: bytes) -> int:
        """Append a line to a part and return the byte offset at which it begins."""
        part = self._open.get(path)
        if part is None:
            part = self._open[path] = self._open_part(path)
        offset = part.length
        written = 0
        while written < len(line):
            written += os.pwrite(part.descriptor, line[written:], offset + written)
        part.length += len(line)
        part.lines += 1
        return offset

    def _open_part(self, path: str) -> _Part:
        target = self._folder / path
        committed, _ = self._ledger.part(path)
        is_new = not committed and not target.exists()
        if is_new:
            make_folder(target.parent)
        try:
            # A part with lines is never created again: that would hide that it was deleted.
            descriptor = os.open(target, os.O_RDWR | (0 if committed else os.O_CREAT), 0o644)
        except FileNotFoundError:
            raise missing(target, 0, committed) from None
        try:
            tail = uncommitted(target, committed, descriptor)
            if tail is not None:
                refuse_lines(self._folder, {path: tail}, self._ledger)
                cut_back(descriptor, committed)
            if is_new:
                sync_folder(target.parent)
        except BaseException:
            os.close(descriptor)
            raise
        return _Part(descriptor, committed, committed, 0)

    def commit(self) -> None:
        """Bring every line to the disk and tell the ledger; its own commit makes them count."""
        for path, part in self._open.items():
            os.fsync(part.descriptor)
            self._ledger.extend_part(path, length=part.length, lines=part.lines)

    def undo(self) -> None:
        """Cut away what was appended. Failing here is harmless: the next opening does the same."""
        for part in self._open.values():
            try:
                os.ftruncate(part.descriptor, part.committed)
            except OSError:
                continue

    def close(self) -> None:
        """Close the files."""
        for part in self._open.values():
            os.close(part.descriptor)
        self._open.clear()


@dataclass(slots=True)
class _Part:
    descriptor: int
    committed: int
    length: int
    lines: int


def uncommitted(path: Path, committed: int, descriptor: int | None = None) -> int | None:
    """Return how many line feeds a part holds beyond its committed length (bytes), None when it ends there.

    Raises `LedgerError` when the part is missing or shorter.
    """
    try:
        length = os.fstat(descriptor).st_size if descriptor is not None else path.stat().st_size
    except FileNotFoundError:
        length = 0
    if length == committed:
        return None
    if length < committed:
        raise missing(path, length, committed)
    with path.open("rb") as file:
        file.seek(committed)
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def refuse_lines(folder: Path, tails: dict[str, int], ledger: Ledger) -> None:
    """Raise `LedgerError` when there are more uncommitted lines than crashed runs can have left."""
    lines, runs = sum(tails.values()), ledger.runs_with_tails()
    if tails and (not runs or lines > BATCH_LINES * runs):
        parts = f"{folder / min(tails)}" + (f" and {len(tails) - 1:,} other parts" if len(tails) > 1 else "")
        raise LedgerError(
            f"{parts} hold what the ledger does not know and no crash can have left ({lines:,} lines): the ledger is "
            "older than the lines, or a part was changed from outside; run `scrapy rebuild-ledger`."
        )


def missing(path: Path, length: int, committed: int) -> LedgerError:
    """Return the error for a part of `length` bytes of which the ledger has committed more."""
    state = f"has {length:,} of its {committed:,} bytes" if length else "is missing or empty"
    return LedgerError(
        f"{path} {state}: restore the file, or run `scrapy rebuild-ledger`, after which the crawl fetches again what "
        "was in it."
    )


def cut_back(descriptor: int, committed: int) -> None:
    """Cut an open part back to its committed length (bytes), durably."""
    os.ftruncate(descriptor, committed)
    os.fsync(descriptor)


def hold_folder(folder: Path, *, alone: bool) -> int:
    """Take the folder into use until the returned descriptor is closed or the process ends, however it ends.

    Any number may share it; `alone` is for rebuilding the ledger. Raises `LedgerError` when the others forbid it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        if alone:
            raise LedgerError(f"A crawl is running on {folder}: stop it first, then run this again.") from None
        raise LedgerError(f"`scrapy rebuild-ledger` is at work on {folder}: run again when it has ended.") from None
    except OSError:
        # A file system without such locks; the ledger's own lock still keeps crawls apart.
        return descriptor
    return descriptor


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, each entered durably into its own."""
    for step in reversed([step for step in (folder, *folder.parents) if not step.exists()]):
        step.mkdir(exist_ok=True)
        sync_folder(step.parent)


def sync_folder(folder: Path) -> None:
    """Bring the entries of a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the quota is used up; free some space",
    errno.EFBIG: "a limit on the size of files is reached; lift it",
    errno.EROFS: "the file system is read-only; choose another OUTPUT_DIR",
    errno.EACCES: "set the rights of OUTPUT_DIR, or choose another",
    errno.EPERM: "set the rights of OUTPUT_DIR, or choose another",
    errno.ENOTDIR: "choose an OUTPUT_DIR that is a folder",
    errno.EEXIST: "choose an OUTPUT_DIR that is a folder",
}


def fault(error: OSError, folder: Path) -> LedgerError:
    """Return the error for an output folder that the system will not have us write."""
    advice = _ADVICE.get(error.errno or 0, "see whether the disk is full, failing or gone")
    return LedgerError(
        f"{error.filename or folder} cannot be written ({error.strerror or error}): {advice}, then run again; every "
        "line written so far is kept."
    )
