"""The memory of the crawl: what was announced, what was written and where, what failed, which walks are complete.

One SQLite file (`database`) with the tables of `runs`, `articles`, `walks` and `captures`, and that of parts. The lines
of the data set are written under the same lock (`store`). After a crash the two may disagree; then the ledger is right
(see docs/durability.md). Lines, and what must be known before them, are committed durably. A power cut may lose
announcements, claims and walks: the next crawl finds them again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from wartacrawl.storage import articles, captures, runs, walks
from wartacrawl.storage.articles import Articles, Row
from wartacrawl.storage.captures import Captures
from wartacrawl.storage.database import LedgerError
from wartacrawl.storage.generation import Generation
from wartacrawl.storage.runs import HEARTBEAT_PATIENCE
from wartacrawl.storage.walks import Walk, Walks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FILE_NAME", "HEARTBEAT_PATIENCE", "Ledger", "LedgerError", "PartRow", "Row", "Walk"]

FILE_NAME = "ledger.sqlite"
FORMAT = 3

# Seconds by which a time may lie in the future before the clock of the run that wrote it is taken to have been wrong.
CLOCK_MARGIN = 3_600

_PARTS = """
CREATE TABLE parts (
  path TEXT PRIMARY KEY, length INTEGER NOT NULL, lines INTEGER NOT NULL, last_length INTEGER NOT NULL DEFAULT 0,
  checksum TEXT) WITHOUT ROWID;
"""
_GENERATION = """
CREATE TABLE generation (mark TEXT NOT NULL, commits INTEGER NOT NULL);
INSERT INTO generation VALUES (lower(hex(randomblob(8))), 0);
"""
# What a ledger of format 1 lacks, and the index of the archive that it may have.
_FROM_1 = """
DROP TABLE IF EXISTS archive;
DROP TABLE IF EXISTS archive_files;
ALTER TABLE parts ADD COLUMN last_length INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parts ADD COLUMN checksum TEXT;
ALTER TABLE articles ADD COLUMN body_layer TEXT;
ALTER TABLE articles ADD COLUMN layouts INTEGER;
CREATE INDEX articles_generic ON articles (layouts) WHERE body_layer = 'generic';
"""
# A check of the future never happened; what was walked then is walked again.
_SET_BACK = (
    "UPDATE runs SET started = min(started, :now), heartbeat = min(heartbeat, :now), ended = min(ended, :now)",
    "UPDATE articles SET checked = NULL WHERE checked > :now",
    "UPDATE articles SET first_seen = :now WHERE first_seen > :now",
    "UPDATE articles SET next_try = 0 WHERE next_try > :now AND state IN ('announced', 'failed')",
    "UPDATE announcements SET seen = :now WHERE seen > :now",
    "UPDATE walks SET finished = NULL, complete = 0 WHERE finished > :now",
    "UPDATE days SET clean = 0, walked = :now WHERE walked > :now",
    "UPDATE listing_pages SET added = min(added, :now), read = min(read, :now)",
)


@dataclass(frozen=True, slots=True)
class PartRow:
    """What the ledger has committed of a part: bytes, lines, and length (bytes) and checksum of its last line.

    `checksum` is None for a new part, and for one that an older version of wartacrawl wrote.
    """

    path: str
    length: int = 0
    lines: int = 0
    last_length: int = 0
    checksum: str | None = None


def checksum(line: bytes) -> str:
    """Return a short digest of a line, which the ledger keeps of the last one of each part."""
    return blake2b(line, digest_size=8).hexdigest()


class Ledger(Articles, Walks, Captures):
    """The open ledger of an output folder. Not to be shared between threads or forks."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time, read_only: bool = False) -> None:
        super().__init__(path, clock=clock, read_only=read_only)
        with self._closed_on_error():
            self._migrate(read_only=read_only)

    def _migrate(self, *, read_only: bool) -> None:
        """Make the tables of a new ledger; bring an older one to this format, in place unless it is `read_only`."""
        if not read_only:
            if self._format() < FORMAT:
                with self.transaction(durable=True):
                    self._make_tables()
        elif 0 < self._format() < FORMAT:
            self._move_to_memory()
            self._make_tables()
        found = self._format()
        if found != FORMAT:
            raise LedgerError(
                f"{self.path} was written by another version of wartacrawl (ledger format {found}, this one reads "
                f"{FORMAT}): update wartacrawl, or run `scrapy rebuild-ledger`."
            )

    def _make_tables(self) -> None:
        found = self._format()  # looked at again: another process may have been faster
        if found == 0:
            for schema in (runs.SCHEMA, articles.SCHEMA, walks.SCHEMA, _PARTS, _GENERATION):
                self.create(schema)
        elif found == 1:
            self.create(_FROM_1 + _GENERATION)
        if found < FORMAT:
            self.create(captures.SCHEMA)  # what format 2 lacks
        self.execute(f"PRAGMA user_version = {FORMAT}")

    def _format(self) -> int:
        return int(self.query("PRAGMA user_version")[0][0])

    # -- parts --------------------------------------------------------------------------------------------------------

    def part(self, path: str) -> PartRow:
        """Return what is committed of a part; a new one is empty."""
        row = self.first("SELECT path, length, lines, last_length, checksum FROM parts WHERE path = ?", (path,))
        return PartRow(*row) if row else PartRow(path)

    def parts(self) -> dict[str, int]:
        """Return the committed length in bytes of every part, by path relative to the output folder."""
        return dict(self.query("SELECT path, length FROM parts"))

    def parts_without_checksum(self) -> list[str]:
        """Return the paths of parts with lines that an older version of wartacrawl wrote."""
        return [path for (path,) in self.query("SELECT path FROM parts WHERE length AND checksum IS NULL")]

    def extend_part(self, path: str, *, length: int, lines: int, last_line: bytes) -> None:
        """Commit to a part being `length` bytes long, `lines` lines more than before, with `last_line` at its end."""
        with self.transaction():
            self.execute(
                "INSERT INTO parts (path, length, lines, last_length, checksum) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET length = excluded.length, lines = lines + excluded.lines,"
                " last_length = excluded.last_length, checksum = excluded.checksum",
                (path, length, lines, len(last_line), checksum(last_line) if last_line else None),
            )

    # -- generation ---------------------------------------------------------------------------------------------------

    def generation(self) -> Generation:
        """Return which ledger this is and how many times it has committed lines."""
        return Generation(*self.query("SELECT mark, commits FROM generation")[0])

    def count_commit(self) -> Generation:
        """Count a commit of lines, inside its transaction, and return the generation it makes."""
        self.execute("UPDATE generation SET commits = commits + 1")
        return self.generation()

    # -- the clock ----------------------------------------------------------------------------------------------------

    def set_back_future_times(self) -> list[int]:
        """Set back what was noted by a clock that was ahead, and return the runs that had it.

        Without that, their articles would count as looked at, and their days as walked, until that time has come.
        """
        now = self.clock()
        rows = self.query(
            "SELECT id FROM runs WHERE max(started, heartbeat, coalesce(ended, 0)) > ?", (now + CLOCK_MARGIN,)
        )
        ahead = [run for (run,) in rows]
        if ahead:
            with self.transaction():
                for change in _SET_BACK:
                    self.execute(change, {"now": now})
        return ahead
