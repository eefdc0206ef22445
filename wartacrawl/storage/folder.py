"""The output folder: the names of its files, finding and opening them, sharing it, and its errors as sentences."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wartacrawl.items import ARTICLES, UNDATED
from wartacrawl.storage.database import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REJECTED = "rejected.jsonl"
# Bytes that recovery took off a file are kept here.
CUT = "cut"

_DAY_PART = re.compile(rf"{ARTICLES}/([0-9]{{4}})/\1-[0-9]{{2}}-[0-9]{{2}}\.jsonl")


def is_part(path: str) -> bool:
    """Return whether a path, relative to the output folder, has the form of the names that we give to parts.

    >>> is_part("articles/2026/2026-07-12.jsonl"), is_part("articles/2026/mine.jsonl")
    (True, False)
    """
    return path == UNDATED or _DAY_PART.fullmatch(path) is not None


def find_parts(folder: Path) -> list[Path]:
    """Return the part files of an output folder, oldest day first, undated last; files of other names are not ours.

    Raises `LedgerError` for a link in their place.
    """
    articles = folder / ARTICLES
    refuse_link(folder, ARTICLES)
    if not articles.is_dir():
        return []
    found = [articles / "undated.jsonl"] if os.path.lexists(folder / UNDATED) else []
    for year in articles.iterdir():
        if re.fullmatch(r"[0-9]{4}", year.name):
            refuse_link(folder, f"{ARTICLES}/{year.name}")
            found += year.iterdir() if year.is_dir() else ()
    found = [file for file in found if is_part(file.relative_to(folder).as_posix())]
    for file in found:
        refuse_link(folder, file.relative_to(folder).as_posix())
    return sorted(found, key=lambda file: (file.stem == "undated", file.stem))


def find_strangers(folder: Path) -> list[str]:
    """Return the files under `articles/` that look like parts and have not the name of one, as relative paths."""
    files = (folder / ARTICLES).glob("**/*.jsonl") if (folder / ARTICLES).is_dir() else ()
    return sorted(path for file in files if not is_part(path := file.relative_to(folder).as_posix()))


def refuse_link(folder: Path, path: str) -> None:
    """Raise `LedgerError` when `path`, relative to the output folder, is a link: we do not cut what it leads to."""
    if (folder / path).is_symlink():
        raise LedgerError(
            f"{folder / path} is a link, and wartacrawl writes to no file through a link inside its output folder: put "
            "what it leads to in its place, or link the whole folder and name it as OUTPUT_DIR."
        )


def open_file(folder: Path, path: str, *, create: bool = False) -> int:
    """Open a part (`path` relative to the output folder) for reading and writing and return its descriptor.

    Raises `LedgerError` where it or a folder above it is a link or not a regular file, `OSError` as `os.open` does.
    """
    steps = path.split("/")
    for depth in range(1, len(steps) + 1):
        refuse_link(folder, "/".join(steps[:depth]))
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | (os.O_CREAT if create else 0)
    return os.open(folder / path, flags, 0o644)


@contextmanager
def opened(folder: Path, path: str) -> Iterator[int]:
    """Open a part as `open_file` does, and close it at the end."""
    descriptor = open_file(folder, path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a new file beside `target`, which takes its place, durably, when the block ends without an error."""
    building = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    os.close(os.open(building, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield building
        sync(building)
        building.replace(target)
        sync(target.parent)
    finally:
        building.unlink(missing_ok=True)


def keep_aside(folder: Path, path: str, descriptor: int, start: int) -> Path:
    """Copy what stands in an open file from byte `start` on to `OUTPUT_DIR/cut/`, durably; return the copy."""
    make_folder(folder / CUT)
    stamp = f"{path.replace('/', '-')}.{start}.{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"
    number = 0
    while True:
        target = folder / CUT / (f"{stamp}.{number}" if number else stamp)
        try:
            copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            break
        except FileExistsError:
            number += 1
    try:
        position = start
        while data := os.pread(descriptor, 1 << 20, position):
            write_all(copy, data, position - start)
            position += len(data)
        os.fsync(copy)
    finally:
        os.close(copy)
    sync(folder / CUT)
    return target


def write_all(descriptor: int, data: bytes, offset: int) -> None:
    """Write all of `data` at a byte offset."""
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], offset + written)


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
        raise LedgerError(f"`scrapy rebuild-ledger` is running on {folder}: run again when it has ended.") from None
    except OSError:
        # A file system without such locks; the ledger's own lock still keeps crawls apart.
        return descriptor
    return descriptor


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, each entered durably into its own."""
    for step in reversed([step for step in (folder, *folder.parents) if not step.exists()]):
        step.mkdir(exist_ok=True)
        sync(step.parent)


def sync(path: Path) -> None:
    """Bring a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the quota is used up; free some space",
    errno.EFBIG: "a limit on the size of files is reached; lift it",
    errno.EROFS: "the file system is read-only; choose another OUTPUT_DIR",
    errno.EACCES: "set the permissions of OUTPUT_DIR, or choose another",
    errno.EPERM: "set the permissions of OUTPUT_DIR, or choose another",
    errno.ENOTDIR: "choose an OUTPUT_DIR that is a folder",
    errno.EEXIST: "choose an OUTPUT_DIR that is a folder",
}


def fault(error: OSError, folder: Path) -> LedgerError:
    """Return the error for an output folder that the system does not let us write."""
    advice = _ADVICE.get(error.errno or 0, "check whether the disk is full, failing or gone")
    return LedgerError(
        f"{error.filename or folder} cannot be written ({error.strerror or error}): {advice}, then run again; every "
        "line written so far is kept."
    )
