"""Reading an output folder: its articles in their newest version, a line at a time.

Lines are read in order, part by part, and a line is left out when a newer version of its article exists. So all that
is held in memory are the numbers of the articles that have changed at all, with their newest versions. The ledger
knows them; for a folder without a ledger they are collected by reading all lines once before. The lengths of the parts
are taken once, at the beginning: what a crawl adds meanwhile is not read, nor is a line that is being written.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.items import ARTICLES, UNDATED, Article
from wartacrawl.language import dates
from wartacrawl.site import sections
from wartacrawl.storage.database import LedgerError
from wartacrawl.storage.folder import find_parts
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.parts import BATCH_LINES, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

# A line of ours that says this is a first version: no text can hold these bytes, as its quotes are escaped.
_FIRST = b',"version":1,'


@dataclass(frozen=True, slots=True)
class Line:
    """An exported line: its bytes with the line feed, and the record in it."""

    raw: bytes
    record: dict[str, Any]


class Reader:
    """The lines of an output folder as they are when the reader is made; iterate over it for each `Line`.

    `since` and `until` are days of publication in Asia/Jakarta, inclusive; with either, undated articles are left out.
    `section` is a name or slug, in any case. Without `all_versions` each article comes once, in its newest version.
    `size` and `position` are the bytes to be read and those read so far, `others` the sections that were left out.

    Raises `LedgerError` for a folder without articles and for a part that is missing, shorter than the ledger says, or
    damaged.
    """

    def __init__(
        self,
        folder: Path,
        *,
        since: date | None = None,
        until: date | None = None,
        section: str | None = None,
        all_versions: bool = False,
    ) -> None:
        self.folder = folder
        self.since, self.until = since, until
        self.section = sections.key_of(section) if section is not None else None
        self.others: set[str] = set()
        self.position = 0
        lengths, self._newest = self._snapshot(all_versions=all_versions)
        self._all_versions = all_versions
        self._parts = {path: length for path, length in lengths.items() if self._has_day(path)}
        self.size = sum(self._parts.values())

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines by day of publication, the oldest first, undated ones last."""
        self.position = 0
        for path, length in self._parts.items():
            for number, line in self._lines(path, length):
                self.position += len(line)
                record = self._parse(path, number, line)
                if self._is_wanted(record):
                    yield Line(line, record)

    def _is_wanted(self, record: dict[str, Any]) -> bool:
        if not self._all_versions and record["version"] != self._newest.get(int(record["identifier"]), 1):
            return False
        name = record["article_section"]
        if self.section is None or (name is not None and sections.key_of(name) == self.section):
            return True
        if name is not None:
            self.others.add(name)
        return False

    def _has_day(self, path: str) -> bool:
        if self.since is None and self.until is None:
            return True
        try:
            day = date.fromisoformat(Path(path).stem)
        except ValueError:
            return False
        return (self.since or day) <= day <= (self.until or day)

    # -- contents -----------------------------------------------------------------------------------------------------

    def _snapshot(self, *, all_versions: bool) -> tuple[dict[str, int], dict[int, int]]:
        """Return the length (bytes) of each part, in order, and the newest version of each article that has changed."""
        # In this order: a length that the ledger has committed is then never beyond what was found.
        found = {file.relative_to(self.folder).as_posix(): file.stat().st_size for file in find_parts(self.folder)}
        if not found:
            raise LedgerError(
                f"{self.folder} has no articles: name the folder that a crawl wrote into."
                if self.folder.is_dir()
                else f"{self.folder} is not a folder: name the one that a crawl wrote into."
            )
        if (self.folder / FILE_NAME).exists():
            return self._from_ledger(found)
        newest = {} if all_versions else self._newest_versions(found)
        return found, newest

    def _from_ledger(self, found: dict[str, int]) -> tuple[dict[str, int], dict[int, int]]:
        with closing(Ledger(self.folder / FILE_NAME, read_only=True)) as ledger:
            # One statement, so that lengths and versions are of the same moment while a crawl writes.
            rows = ledger.query(
                "SELECT path, length FROM parts UNION ALL SELECT identifier, version FROM articles WHERE version > 1"
            )
            committed = {key: number for key, number in rows if isinstance(key, str)}
            newest = {key: number for key, number in rows if isinstance(key, int)}
            self._refuse_unknown(found, committed, ledger)
        for path, length in committed.items():
            size = found.get(path, 0)
            if path.startswith(f"{ARTICLES}/") and size < length:
                file = self.folder / path
                if not file.exists() or file.stat().st_size < length:
                    raise missing(file, size, length)
        known = {path: length for path, length in committed.items() if path.startswith(f"{ARTICLES}/")}
        return dict(sorted(known.items(), key=lambda part: (part[0] == UNDATED, part[0]))), newest

    def _refuse_unknown(self, found: dict[str, int], committed: dict[str, int], ledger: Ledger) -> None:
        """Raise `LedgerError` for more uncommitted lines than crashes can have left: they are not to be passed over."""
        unknown = {
            path: lines
            for path, size in found.items()
            if size > committed.get(path, 0) and (lines := self._count(path, committed.get(path, 0), size))
        }
        if sum(unknown.values()) > BATCH_LINES * ledger.runs_with_tails():
            raise LedgerError(
                f"{self.folder / min(unknown)} has lines that the ledger does not know ({sum(unknown.values()):,} in "
                f"{len(unknown):,} parts): run `scrapy rebuild-ledger`."
            )

    def _count(self, path: str, start: int, end: int) -> int:
        with (self.folder / path).open("rb") as file:
            file.seek(start)
            return sum(file.read(min(1 << 20, end - at)).count(b"\n") for at in range(start, end, 1 << 20))

    def _newest_versions(self, found: dict[str, int]) -> dict[int, int]:
        newest: dict[int, int] = {}
        for path, length in found.items():
            for number, line in self._lines(path, length):
                if _FIRST not in line:
                    record = self._parse(path, number, line)
                    identifier = int(record["identifier"])
                    newest[identifier] = max(record["version"], newest.get(identifier, 1))
        return newest

    # -- lines --------------------------------------------------------------------------------------------------------

    def _lines(self, path: str, length: int) -> Iterator[tuple[int, bytes]]:
        """Yield (number from 1, line) of the first `length` bytes of a part; a line without its end is left out."""
        try:
            with (self.folder / path).open("rb") as file:
                number = offset = 0
                while offset < length and (line := file.readline(length - offset)).endswith(b"\n"):
                    number += 1
                    offset += len(line)
                    yield number, line
        except OSError as error:
            raise LedgerError(
                f"{self.folder / path} cannot be read ({error.strerror}): restore it, or its permissions."
            ) from error

    def _parse(self, path: str, number: int, line: bytes) -> dict[str, Any]:
        try:
            record = json.loads(line)
            if isinstance(record["metadata"]["schema_version"], int) and isinstance(record["version"], int):
                int(record["identifier"]), record["article_section"]
                return dict(record)
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
        raise LedgerError(
            f"{self.folder / path}:{number} is not an exported article: `scrapy verify` shows what is wrong."
        )


def read(
    folder: str | Path,
    *,
    since: date | str | None = None,
    until: date | str | None = None,
    section: str | None = None,
    all_versions: bool = False,
) -> Iterator[Article]:
    """Yield the articles of an output folder in their newest version, by day of publication, undated ones last.

    `since` and `until` are days in Asia/Jakarta, inclusive, as `date` or "2026-11-01"; with either, undated articles
    are left out. `section` is a name or slug in any case: "ekbis", "Kabar Sawit", "kabar-sawit". With `all_versions`
    earlier versions come, too. Articles are read one at a time; memory does not grow with the folder.

    Raises `ValueError` for a day that is none, `LedgerError` for a folder that cannot be read.
    """
    reader = Reader(
        Path(folder).expanduser(), since=_day(since), until=_day(until), section=section, all_versions=all_versions
    )
    return (article(line.record) for line in reader)


def article(record: dict[str, Any]) -> Article:
    """Return an exported record as an `Article`; fields that its version of the schema did not have are empty."""
    version = record["metadata"]["schema_version"]
    if version > items.SCHEMA_VERSION:
        raise LedgerError(
            f"Article {record['identifier']} has schema version {version}, and {items.SCHEMA_VERSION} is the newest "
            "known here: install a newer wartacrawl."
        )
    return Article(**{name: record[name] for name in items.FIELD_NAMES if name in record})


def _day(given: date | str | None) -> date | None:
    if isinstance(given, datetime):
        return dates.day(given if given.tzinfo else given.replace(tzinfo=dates.JAKARTA))
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise ValueError(f"{given!r} is not a day: give one such as 2026-11-01") from None
    return given
