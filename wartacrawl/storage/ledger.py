"""The memory of the crawl: what was announced, what was written and where, what failed, which walks are complete.

One SQLite file (`database`) with the tables of `runs`, `articles` and `walks`, and that of parts. The lines of the data
set are written under the same lock (`store`), so the two can never disagree for longer than a crash, and after one the
ledger is right (see docs/durability.md). Durable commits are kept for lines and for what must be known before lines;
announcements, claims and walks are only found out again when a power cut loses them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wartacrawl.storage import articles, runs, walks
from wartacrawl.storage.articles import Articles, Row
from wartacrawl.storage.database import LedgerError
from wartacrawl.storage.runs import HEARTBEAT_PATIENCE
from wartacrawl.storage.walks import Walk, Walks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FILE_NAME", "HEARTBEAT_PATIENCE", "Ledger", "LedgerError", "Row", "Walk"]

FILE_NAME = "ledger.sqlite"
FORMAT = 1

_PARTS = """
CREATE TABLE parts (path TEXT PRIMARY KEY, length INTEGER NOT NULL, lines INTEGER NOT NULL) WITHOUT ROWID;
"""


class Ledger(Articles, Walks):
    """The open ledger of an output folder. Not to be shared between threads or forks."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time, read_only: bool = False) -> None:
        super().__init__(path, clock=clock, read_only=read_only)
        self._migrate(read_only=read_only)

    def _migrate(self, *, read_only: bool) -> None:
        found = self._format()
        if found == 0 and not read_only:
            with self.transaction(durable=True):
                if self._format() == 0:
                    for schema in (runs.SCHEMA, articles.SCHEMA, walks.SCHEMA, _PARTS):
                        self.create(schema)
                    self.execute(f"PRAGMA user_version = {FORMAT}")
        elif found != FORMAT:
            raise LedgerError(
                f"{self.path} was written by another version of wartacrawl (ledger format {found}, this one reads "
                f"{FORMAT}): update wartacrawl, or run `scrapy rebuild-ledger`."
            )

    def _format(self) -> int:
        return int(self.query("PRAGMA user_version")[0][0])

    def part(self, path: str) -> tuple[int, int]:
        """Return the committed length in bytes and in lines of a part, (0, 0) for a new one."""
        row = self.first("SELECT length, lines FROM parts WHERE path = ?", (path,))
        return (row[0], row[1]) if row else (0, 0)

    def parts(self) -> dict[str, int]:
        """Return the committed length in bytes of every part, by path relative to the output folder."""
        return dict(self.query("SELECT path, length FROM parts"))

    def extend_part(self, path: str, *, length: int, lines: int) -> None:
        """Commit to a part being `length` bytes long, `lines` lines more than before."""
        with self.transaction():
            self.execute(
                "INSERT INTO parts (path, length, lines) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET length = excluded.length, lines = lines + excluded.lines",
                (path, length, lines),
            )
