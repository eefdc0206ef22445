"""The tables of public web archives: which pages of their listings are read, and the captures that stood on them.

Captures are never announcements: what an archive has, the portal is not asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wartacrawl.archives.captures import Capture, Place
from wartacrawl.storage.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wartacrawl.archives.captures import State

# Captures and pages are few columns; a listing of a year may have a million of them.
SCHEMA = """
CREATE TABLE listing_pages (
  source TEXT NOT NULL, page TEXT NOT NULL, added REAL NOT NULL, read REAL, PRIMARY KEY (source, page)) WITHOUT ROWID;
CREATE TABLE captures (
  identifier INTEGER NOT NULL, source TEXT NOT NULL, moment INTEGER NOT NULL, page INTEGER NOT NULL,
  state TEXT NOT NULL, url TEXT NOT NULL, digest TEXT, file TEXT, offset INTEGER, length INTEGER, reason TEXT,
  PRIMARY KEY (identifier, source, moment, page)) WITHOUT ROWID;
CREATE TABLE capture_files (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class CapturedArticle:
    """What is known of an article that archives have: its day, whether it has a line, and how far its captures are.

    `day` and `latest`, the day of the latest capture, are ISO days in Asia/Jakarta.
    """

    identifier: int
    day: str | None
    latest: str
    captures: int
    is_exported: bool
    is_fetched: bool
    has_listed: bool


_COLUMNS = "identifier, page, url, moment, digest, file, offset, length, source, state"


class Captures(Runs):
    """Listings of archives by source and page; captures by article."""

    def begin_listing(self, source: str, pages: Iterable[str], *, until: float | None = None) -> None:
        """Note the first pages of a listing, unless it has begun; one read to its end before `until` begins again."""
        with self.transaction():
            row = self.first(
                "SELECT count(*), count(read), min(added) FROM listing_pages WHERE source = ?", (source,)
            ) or (0, 0, None)
            number, read, added = row
            if number and read == number and until is not None and added < until:
                self.execute("DELETE FROM listing_pages WHERE source = ?", (source,))
                number = 0
            if not number:
                self._add_pages(source, pages)

    def remember_crawls(self, archive: str, names: Iterable[str]) -> None:
        """Remember which crawls an archive consists of, newest first."""
        with self.transaction():
            self.execute("DELETE FROM listing_pages WHERE source = ?", (archive,))
            self._add_pages(archive, (f"{number:05} {name}" for number, name in enumerate(names)))

    def remembered_crawls(self, archive: str, since: float) -> list[str]:
        """Return the crawls of an archive, newest first, when they were remembered after `since`; else none."""
        rows = self.query(
            "SELECT page FROM listing_pages WHERE source = ? AND added > ? ORDER BY page", (archive, since)
        )
        return [page.partition(" ")[2] for (page,) in rows]

    def _add_pages(self, source: str, pages: Iterable[str]) -> None:
        now = self.clock()
        self.execute_many(
            "INSERT INTO listing_pages (source, page, added) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(source, page, now) for page in pages],
        )

    def unread_pages(self, source: str) -> list[str]:
        """Return the pages of a listing that are still to be read."""
        rows = self.query("SELECT page FROM listing_pages WHERE source = ? AND read IS NULL ORDER BY page", (source,))
        return [page for (page,) in rows]

    def take_page(self, source: str, page: str, captures: Iterable[Capture], further: Iterable[str]) -> int:
        """Note that a page is read, with the captures on it and the pages it leads to; return the new captures."""
        with self.transaction():
            fresh = sum(self._add(capture) for capture in captures)
            self._add_pages(source, further)
            self.execute(
                "UPDATE listing_pages SET read = ? WHERE source = ? AND page = ?", (self.clock(), source, page)
            )
        return fresh

    def _add(self, capture: Capture) -> int:
        return self.execute(
            f"INSERT INTO captures ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            _row_of(capture),
        ).rowcount

    def captured_articles(self, sources: Sequence[str], among: Collection[int] | None = None) -> list[CapturedArticle]:
        """Return the articles, or those `among` some, that these sources have captures of, highest identifier first."""
        marks = ", ".join("?" * len(sources))
        among_them = "" if among is None else " AND c.identifier IN (SELECT value FROM json_each(?))"
        rows = self.query(
            "SELECT c.identifier, a.day, date(max(c.moment), 'unixepoch', '+7 hours'), count(*),"
            " coalesce(a.version, 0) > 0, max(c.state = 'fetched'), max(c.state = 'listed' AND c.page <= 1)"
            " FROM captures c LEFT JOIN articles a USING (identifier)"
            f" WHERE c.source IN ({marks}){among_them} GROUP BY c.identifier ORDER BY c.identifier DESC",
            (*sources, *([] if among is None else [json.dumps([*among])])),
        )
        return [CapturedArticle(*row[:4], *map(bool, row[4:])) for row in rows]

    def count_waiting(self) -> int:
        """Return the number of articles without a line whose captures are fetched: `scrapy replay` makes it."""
        rows = self.query(
            "SELECT count(DISTINCT c.identifier) FROM captures c LEFT JOIN articles a USING (identifier)"
            " WHERE c.state = 'fetched' AND coalesce(a.version, 0) = 0"
        )
        return int(rows[0][0])

    def days_around(self, identifier: int, number: int) -> tuple[list[str], list[str]]:
        """Return the days (ISO) of the nearest articles with lower and with higher identifiers, `number` of each."""
        sides = (("<", "DESC"), (">", "ASC"))
        lower, higher = (
            self.query(
                f"SELECT day FROM articles WHERE identifier {sign} ? AND version > 0 AND day IS NOT NULL"
                f" ORDER BY identifier {order} LIMIT ?",
                (identifier, number),
            )
            for sign, order in sides
        )
        return [day for (day,) in lower], [day for (day,) in higher]

    def captures_of(self, identifier: int) -> list[Capture]:
        """Return all captures of an article, the latest first."""
        rows = self.query(
            f"SELECT {_COLUMNS} FROM captures WHERE identifier = ? ORDER BY moment DESC, source, page", (identifier,)
        )
        return [_capture_of(*row) for row in rows]

    def settle_captures(self, captures: Iterable[Capture], state: State, reason: str | None = None) -> None:
        """Remember durably what became of captures; those that no listing knows are added."""
        with self.transaction(durable=True):
            for each in captures:
                self._add(each)
                self.execute(
                    "UPDATE captures SET state = ?, reason = ?"
                    " WHERE identifier = ? AND source = ? AND moment = ? AND page = ?",
                    (state, reason, each.identifier, each.source, int(each.moment.timestamp()), each.page),
                )

    def is_read_file(self, name: str) -> bool:
        """Return whether the captures in a file of our archive are all known."""
        return self.first("SELECT 1 FROM capture_files WHERE name = ?", (name,)) is not None

    def note_read_file(self, name: str) -> None:
        """Remember that the captures in a file of our archive are all known."""
        with self.transaction():
            self.execute("INSERT INTO capture_files (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))


def _row_of(capture: Capture) -> tuple[Any, ...]:
    """Return a capture as the columns of its row."""
    place = capture.place
    where = (place.file, place.offset, place.length) if place is not None else (None, None, None)
    moment = int(capture.moment.timestamp())
    about = (capture.identifier, capture.page, capture.url, moment, capture.digest)
    return (*about, *where, capture.source, capture.state)


def _capture_of(identifier: int, page: int, url: str, moment: int, digest: str | None, *rest: Any) -> Capture:
    """Return the capture of a row: the inverse of `_row_of`."""
    file, offset, length, source, state = rest
    place = Place(file, offset, length) if file is not None else None
    return Capture(identifier, page, url, datetime.fromtimestamp(moment, UTC), digest, place, source, state)
