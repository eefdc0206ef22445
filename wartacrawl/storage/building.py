"""Filling a new ledger from exported lines, many at a time.

Rows are put in without indexes, which are made at the end, and bands are sorted first: put in one by one they would be
written all over the largest table.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from wartacrawl.storage.articles import EXPORTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wartacrawl.storage.ledger import Ledger

_ANNOUNCED = (
    "INSERT INTO announcements (identifier, source, day, seen) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET day = excluded.day WHERE announcements.day IS NULL AND excluded.day IS NOT NULL"
)

# SQLite sorts as much at a time as its cache holds (KiB): what fits the processor's is sorted in 70 % of the time that
# 64 MB take, and needs as much less memory.
_SORTING = "PRAGMA cache_size = -2000"


class ExportedLine(NamedTuple):
    """What the ledger remembers of an exported line; times are seconds since the epoch, `bands` may be empty."""

    identifier: int
    slug: str | None
    day: str | None
    published: float | None
    version: int
    signature: str
    offset: int
    length: int
    downloaded: float
    next_check: float | None
    body_layer: str | None
    source: str
    bands: Sequence[int]


class Builder:
    """Puts lines into an empty ledger, in the order of their versions or not."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._columns = 0

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Fill the ledger within one transaction and without indexes, and make those at the end."""
        with self._ledger.building():
            indexes = self._ledger.query("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
            for name, _ in indexes:
                self._ledger.execute(f"DROP INDEX {name}")
            yield
            self._ledger.execute(_SORTING)
            self._put_bands()
            for _, sql in indexes:
                self._ledger.execute(sql)

    def add(self, part: str, lines: Iterable[ExportedLine]) -> None:
        """Remember lines of a part; one that is not newer than the known version of its article changes nothing."""
        taken = [line for line in lines if self._add_one(part, line)]
        self._ledger.execute_many(
            _ANNOUNCED, [(line.identifier, line.source, line.day, line.downloaded) for line in taken]
        )
        self._gather_bands([(line.identifier, *line.bands) for line in taken if line.bands])

    def _add_one(self, part: str, line: ExportedLine) -> bool:
        # By which version of the layouts it was read is not known.
        values = (*line[:9], line.downloaded, line.next_check, line.body_layer, part, None)
        return self._ledger.execute(EXPORTED, values).rowcount > 0

    def _gather_bands(self, rows: list[tuple[int, ...]]) -> None:
        if not rows:
            return
        if not self._columns:
            self._columns = len(rows[0]) - 1
            names = ", ".join(f"band{number}" for number in range(self._columns))
            self._ledger.execute(f"CREATE TEMP TABLE gathered (identifier, {names})")
        marks = ", ".join("?" * (self._columns + 1))
        self._ledger.execute_many(f"INSERT INTO gathered VALUES ({marks})", rows)

    def _put_bands(self) -> None:
        if self._columns:
            every = " UNION ALL ".join(
                f"SELECT band{number} AS band, identifier FROM gathered" for number in range(self._columns)
            )
            self._ledger.execute(
                f"INSERT OR IGNORE INTO bands (band, identifier) SELECT band, identifier FROM ({every}) ORDER BY 1, 2"
            )
