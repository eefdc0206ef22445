"""Appending lines to the parts of an output folder, and cutting off what was never committed.

Only bytes that are proven to be ours are cut: the file has one of our names and is not a link, a run that may have left
them did not end, the last committed line is the one in the ledger, and what follows is what we would have written next.
What is cut is kept in `OUTPUT_DIR/cut/`. Anything else is refused and stays as it is.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.storage import folder as folders
from wartacrawl.storage import generation
from wartacrawl.storage.database import LedgerError
from wartacrawl.storage.folder import REJECTED
from wartacrawl.storage.ledger import checksum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wartacrawl.storage.ledger import Ledger, PartRow

logger = logging.getLogger(__name__)

# Lines one transaction may hold, and so the number that one crashed run can leave uncommitted over all parts.
BATCH_LINES = 64
# Bytes that a tail may have to be looked into: 64 lines of the longest pages are less.
_TAIL_BYTES = 256 * 1024 * 1024

# How our lines begin; a line that a crash has torn has at least the beginning of it.
_BEGINNING, _REJECTED_BEGINNING = b'{"identifier":"', b'{"reasons":'


@dataclass(frozen=True, slots=True)
class Tail:
    """Bytes of a part beyond its committed length. `why` is the reason why they cannot be ours, None where they can."""

    path: str
    length: int
    lines: int
    why: str | None


class Parts:
    """Parts opened within one transaction, and how to undo what was appended."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._open: dict[str, _Part] = {}

    def __len__(self) -> int:
        return len(self._open)

    def append(self, path: str, line: bytes) -> int:
        """Append a line to a part and return the byte offset at which it begins."""
        part = self._open.get(path)
        if part is None:
            part = self._open[path] = self._open_part(path)
        offset = part.length
        folders.write_all(part.descriptor, line, offset)
        part.length += len(line)
        part.lines += 1
        part.last_line = line
        return offset

    def _open_part(self, path: str) -> _Part:
        target = self._folder / path
        known = self._ledger.part(path)
        is_new = not known.length and not target.exists()
        if is_new:
            folders.make_folder(target.parent)
        try:
            # A part with lines is never created again: that would hide that it was deleted.
            descriptor = folders.open_file(self._folder, path, create=not known.length)
        except FileNotFoundError:
            raise missing(target, 0, known.length) from None
        try:
            self._make_whole(target, descriptor, known)
            if is_new:
                folders.sync(target.parent)
        except BaseException:
            os.close(descriptor)
            raise
        return _Part(descriptor, known.length, known.length, 0)

    def _make_whole(self, target: Path, descriptor: int, known: PartRow) -> None:
        """Cut off what a crash has left, and see that the next line goes where the last one ended."""
        tail = read_tail(target, descriptor, known, self._ledger)
        if tail is not None:
            refuse(self._folder, [tail], self._ledger)
            cut(self._folder, known.path, descriptor, known.length)
        elif why := _wrong_end(descriptor, known):
            raise LedgerError(
                f"{target} was changed from outside: {why}; restore the file, or run `scrapy rebuild-ledger`."
            )

    def commit(self) -> None:
        """Bring every line to the disk and tell the ledger; its own commit makes them count."""
        for path, part in self._open.items():
            os.fsync(part.descriptor)
            self._ledger.extend_part(path, length=part.length, lines=part.lines, last_line=part.last_line)

    def undo(self) -> None:
        """Cut off what was appended. Failing here is harmless: the next opening does the same."""
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
    last_line: bytes = b""


def recover(folder: Path, ledger: Ledger) -> None:
    """Cut every part back to its committed length, inside a transaction.

    Raises `LedgerError`, and cuts nothing at all, when lines are missing or a tail cannot be ours.
    """
    committed = ledger.parts()
    found = (file.relative_to(folder).as_posix() for file in folders.find_parts(folder))
    tails: list[Tail] = []
    for path in sorted({*found, REJECTED, *committed}):
        if _size(folder / path) == committed.get(path, 0):
            continue
        try:
            with folders.opened(folder, path) as descriptor:
                tail = read_tail(folder / path, descriptor, ledger.part(path), ledger)
        except FileNotFoundError:
            raise missing(folder / path, 0, committed[path]) from None
        if tail is not None:
            tails.append(tail)
    if not tails:
        return
    refuse(folder, tails, ledger)
    for tail in tails:
        with folders.opened(folder, tail.path) as descriptor:
            cut(folder, tail.path, descriptor, committed.get(tail.path, 0))


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:
        return 0


def read_tail(target: Path, descriptor: int, known: PartRow, ledger: Ledger) -> Tail | None:
    """Return what an open part holds beyond its committed length, None when it ends there.

    Raises `LedgerError` when it is shorter, or no regular file.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise LedgerError(f"{target} is not a regular file: move it away and run again.")
    if status.st_size == known.length:
        return None
    if status.st_size < known.length:
        raise missing(target, status.st_size, known.length)
    length = status.st_size - known.length
    chunks = (os.pread(descriptor, 1 << 20, offset) for offset in range(known.length, status.st_size, 1 << 20))
    lines = sum(chunk.count(b"\n") for chunk in chunks)
    why = _wrong_end(descriptor, known)
    if why is None and (lines > BATCH_LINES * ledger.runs_with_tails() or length > _TAIL_BYTES):
        why = f"no crash can have left so much ({lines:,} lines, {length:,} bytes)"
    if why is None and not _is_ours(os.pread(descriptor, length, known.length), known.path, ledger):
        why = "they are not what the crawl would have written next"
    return Tail(known.path, length, lines, why)


def _wrong_end(descriptor: int, known: PartRow) -> str | None:
    """Return why the committed bytes of a part cannot be what was committed, as far as their last line says."""
    if not known.length:
        return None
    if os.pread(descriptor, 1, known.length - 1) != b"\n":
        return f"the line that ended at byte {known.length:,} no longer ends there"
    if known.checksum is None:
        return None
    last = os.pread(descriptor, known.last_length, known.length - known.last_length)
    return None if checksum(last) == known.checksum else "the last line that was committed has changed"


def _is_ours(tail: bytes, path: str, ledger: Ledger) -> bool:
    *whole, torn = tail.split(b"\n")
    beginning = _REJECTED_BEGINNING if path == REJECTED else _BEGINNING
    # Where a power cut took a block that was not synced, the file has zeros; our lines and a user's have none.
    is_beginning = torn.startswith(beginning) or beginning.startswith(torn) or b"\0" in torn
    return is_beginning and all(b"\0" in line or _is_our_line(line + b"\n", path, ledger) for line in whole)


def _is_our_line(line: bytes, path: str, ledger: Ledger) -> bool:
    """Return whether a line is one that we would write to this part and have not committed."""
    try:
        record: dict[str, Any] = json.loads(line)
        if path == REJECTED:
            return next(iter(record)) == "reasons"
        identifier, version = int(record["identifier"]), int(record["version"])
        article = items.Article(identifier=record["identifier"], url="", date_published=record["date_published"])
        is_of_the_part = article.part == path and items.dump(record) == line
        content = items.signature(record["headline"], record["article_body"])
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, OverflowError, RecursionError):
        return False
    known = ledger.article(identifier)
    if not is_of_the_part or known is None or version > known.version:
        return is_of_the_part
    # The same text, written meanwhile by another run to the part of another day.
    return version == known.version and known.signature == content


def refuse(folder: Path, tails: Iterable[Tail], ledger: Ledger) -> None:
    """Raise `LedgerError` when uncommitted bytes cannot be what crashed runs have left."""
    tails = list(tails)
    why = next((tail.why for tail in tails if tail.why), None)
    lines, runs = sum(tail.lines for tail in tails), ledger.runs_with_tails()
    if why is None and not runs:
        why = "no run is open that can have left them"
    if why is None and lines > BATCH_LINES * runs:
        why = f"no crash can have left so much ({lines:,} lines)"
    if why is None and _is_older_than_lines(folder, ledger):
        why = "the ledger was restored from a backup"
    if why is not None:
        first = next((tail for tail in tails if tail.why), tails[0])
        others = f" (and {len(tails) - 1:,} more)" if len(tails) > 1 else ""
        raise LedgerError(
            f"{folder / first.path}{others} holds {first.length:,} bytes that the ledger does not know and no "
            f"crash can have left: {why}. The ledger is older than the lines, or a part was changed from outside; "
            "nothing was touched, run `scrapy rebuild-ledger`."
        )


def _is_older_than_lines(folder: Path, ledger: Ledger) -> bool:
    outside, own = generation.read(folder), ledger.generation()
    return outside is not None and (outside.mark != own.mark or outside.commits > own.commits)


def missing(path: Path, length: int, committed: int) -> LedgerError:
    """Return the error for a part of `length` bytes of which the ledger has committed more."""
    state = f"has {length:,} of its {committed:,} bytes" if length else "is missing or empty"
    return LedgerError(
        f"{path} {state}: restore the file, or run `scrapy rebuild-ledger`, after which the crawl fetches again what "
        "was in it."
    )


def cut(folder: Path, path: str, descriptor: int, committed: int) -> None:
    """Cut an open part back to its committed length (bytes), durably, after keeping the rest aside."""
    kept = folders.keep_aside(folder, path, descriptor, committed)
    os.ftruncate(descriptor, committed)
    os.fsync(descriptor)
    logger.warning("Cut %s back to its %d committed bytes; what a crash left is kept in %s", path, committed, kept)


def last_lines(folder: Path, ledger: Ledger) -> Iterator[tuple[str, bytes]]:
    """Yield (path, last committed line) of the parts whose last line the ledger has no checksum of and can vouch for.

    These are the parts of a ledger of format 1.
    """
    for path in ledger.parts_without_checksum():
        try:
            with folders.opened(folder, path) as descriptor:
                line = _last_line(descriptor, ledger.part(path).length)
        except OSError:
            continue
        if line is not None and _is_known(line, path, ledger):
            yield path, line


def _last_line(descriptor: int, length: int) -> bytes | None:
    for window in (1 << 16, 1 << 24):
        data = os.pread(descriptor, min(window, length), max(length - window, 0))
        if len(data) != min(window, length) or not data.endswith(b"\n"):
            return None
        start = data.rfind(b"\n", 0, len(data) - 1)
        if start >= 0 or length <= window:
            return data[start + 1 :]
    return None


def _is_known(line: bytes, path: str, ledger: Ledger) -> bool:
    """Return whether the last line of a part is the one that the ledger has committed, as far as it knows."""
    try:
        record: dict[str, Any] = json.loads(line)
        if path == REJECTED:
            return True
        known = ledger.article(int(record["identifier"]))
        version, content = int(record["version"]), record["metadata"]["content_hash"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    if known is None or known.version < version:
        return False
    return known.version > version or known.signature == content
