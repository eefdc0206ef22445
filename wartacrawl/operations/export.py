"""One file of all articles, for other programs: written under a temporary name and renamed when it is complete."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from wartacrawl.config import ConfigError
from wartacrawl.items import ARTICLES
from wartacrawl.operations import tables
from wartacrawl.reporting.outcome import CommandError
from wartacrawl.storage.folder import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wartacrawl.storage.reader import Line, Reader

SUFFIXES = (".parquet", ".csv", ".jsonl", ".sqlite")
_INSTALL = {"pyarrow": "pip install 'pyarrow>=26'", "sqlite_utils": "pip install 'sqlite-utils>=4'"}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the number of lines, and of bytes."""

    lines: int
    size: int


def check(target: Path, folder: Path, *, excel: bool = False) -> None:
    """Raise `ConfigError` where no export of `folder` can be written to `target`."""
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"{target.name!r} has no suffix of a known format: name a file that ends in {_listed()}.")
    if excel and suffix != ".csv":
        raise ConfigError(f"--excel is for CSV, and {target.name!r} is not: name a file that ends in .csv.")
    if target.is_dir():
        raise ConfigError(f"{target} is a folder: name a file in it.")
    if not target.parent.is_dir():
        raise ConfigError(f"{target.parent} is not a folder: make it first, or name a file elsewhere.")
    if target.resolve().is_relative_to((folder / ARTICLES).resolve()):
        raise ConfigError(
            f"{target} would be taken for a part of the data set: name a file outside {folder / ARTICLES}."
        )


def export(
    reader: Reader,
    target: Path,
    *,
    excel: bool = False,
    all_versions: bool = False,
    advance: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Write what a reader yields to `target`, in the format of its suffix; `advance` gets the bytes read so far.

    An existing file is replaced when the new one is complete and on the disk, and left alone otherwise. Raises
    `ConfigError` where a package is missing, `CommandError` where the file cannot be written.
    """
    formats: dict[str, Callable[[Path, Iterator[Line]], None]] = {
        ".parquet": tables.write_parquet,
        ".csv": partial(tables.write_csv, excel=excel),
        ".jsonl": tables.write_jsonl,
        ".sqlite": partial(tables.write_sqlite, all_versions=all_versions),
    }
    count = 0

    def counted() -> Iterator[Line]:
        nonlocal count
        for count, line in enumerate(reader, 1):  # noqa: B007 - the number is the result
            advance(reader.position)
            yield line

    with _beside(target) as building:
        formats[target.suffix.lower()](building, counted())
        if not count and reader.others:
            raise ConfigError(f"No article is of that section: there are {', '.join(sorted(reader.others))}.")
        size = building.stat().st_size
    return Exported(count, size)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Yield a new file that takes the place of `target`; what prevents that becomes a sentence."""
    try:
        with replacing(target) as building:
            yield building
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _INSTALL:
            raise
        raise ConfigError(
            f"A file that ends in {target.suffix} needs the package {package.replace('_', '-')}: install it with "
            f"`{_INSTALL[package]}`, or name one that ends in .csv or .jsonl."
        ) from None
    except (OSError, sqlite3.Error) as error:
        raise _fault(error, target) from error


def _fault(error: OSError | sqlite3.Error, target: Path) -> CommandError:
    if isinstance(error, OSError):
        is_disk, why = error.errno in _DISK, error.strerror or str(error)
    else:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        is_disk, why = code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}, str(error)
    advice = "see whether the disk is full or failing" if is_disk else "check its permissions, or name a file elsewhere"
    sentence = f"{target} cannot be written ({why}): {advice}, then run again; an earlier file is unchanged."
    return CommandError("crashed", sentence)


def _listed() -> str:
    return f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
