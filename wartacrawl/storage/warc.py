"""WARC files of an output folder: their names, and what is kept of an exchange. See `warc_writing`, `warc_reading`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

FOLDER = "archive"
# Our own files are known by their names: only they are ever cut or renamed.
PREFIX, SUFFIX = "warta-", ".warc.gz"
# A file that is being written, or that a killed crawl has left, has this at the end of its name.
OPEN = ".open"
# What `files` takes for a WARC file in a folder.
SUFFIXES = (".warc", ".warc.gz", ".warc.zst", ".warc.lz4", SUFFIX + OPEN)

# Our own fields, next to those of the standard: the discovery source of an article, and where its portal stood.
VIA = "Wartacrawl-Via"
PORTAL = "portal"
JOB = "job"

Kind = Literal["response", "resource"]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer as they were on the wire; `body` is still packed as `Content-Encoding` says.

    `fetched_at` is aware. A document a browser made has no status line of its own: see `Writer.write_rendered`.
    """

    url: str
    fetched_at: datetime
    status: int
    reason: str
    headers: Headers
    body: bytes
    method: str
    request_headers: Headers
    request_body: bytes = b""
    protocol: str = "HTTP/1.1"
    ip_address: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in an archive: what it is and where it stands (byte `offset` of its record in `file`).

    `portal` is the origin it was asked from, None where the archive does not say; `fetched_at` is aware.
    """

    file: str
    offset: int
    url: str
    fetched_at: datetime
    kind: Kind
    status: int
    content_type: str | None
    via: str | None = None
    portal: str | None = None
    job: str | None = None


def is_own(path: Path, folder: Path) -> bool:
    """Return whether a file is one that the crawls of this archive folder have written."""
    name = path.name.removesuffix(OPEN)
    is_named = name.startswith(PREFIX) and name.endswith(SUFFIX)
    return is_named and not path.is_symlink() and path.resolve().parent == folder.resolve()


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the WARC files among paths, folders searched, each once, in the order of their names.

    Raises `FileNotFoundError` for a path that is not there or a folder without any.
    """
    found: dict[Path, None] = {}
    for path in paths:
        here = sorted(file for file in path.rglob("*") if file.name.endswith(SUFFIXES)) if path.is_dir() else [path]
        if not here or not all(file.is_file() for file in here):
            raise FileNotFoundError(
                f"{path} is neither a WARC file nor a folder with any: crawls keep them with -s ARCHIVE_ENABLED=True."
            )
        found.update(dict.fromkeys(here))
    return list(found)
