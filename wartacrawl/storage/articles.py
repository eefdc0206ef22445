"""The tables of articles: what was announced, leased, exported, what failed, and which texts resemble each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl.storage.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

State = Literal["announced", "failed", "exported", "gone", "rejected"]

# Seconds until an article that failed is asked for again; the first time it is the next run, then ever more slowly.
RETRY_PAUSES = (0, 600, 3_600, 21_600, 86_400, 259_200, 604_800)
# Articles that are compared for each band of a text: a band that a thousand articles share says nothing of two of them.
BAND_DEPTH = 32

SCHEMA = """
CREATE TABLE articles (
  identifier INTEGER PRIMARY KEY, slug TEXT, day TEXT, state TEXT NOT NULL, first_seen REAL NOT NULL,
  version INTEGER NOT NULL DEFAULT 0, signature TEXT, part TEXT, offset INTEGER, length INTEGER, published REAL,
  checked REAL, next_check REAL, attempts INTEGER NOT NULL DEFAULT 0, next_try REAL, reason TEXT, lease INTEGER,
  body_layer TEXT, layouts INTEGER);
CREATE INDEX articles_pending ON articles (next_try) WHERE state IN ('announced', 'failed');
CREATE INDEX articles_due ON articles (next_check) WHERE next_check IS NOT NULL;
CREATE INDEX articles_leased ON articles (lease) WHERE lease IS NOT NULL;
CREATE INDEX articles_day ON articles (day);
CREATE INDEX articles_generic ON articles (layouts) WHERE body_layer = 'generic';
CREATE TABLE announcements (
  identifier INTEGER NOT NULL, source TEXT NOT NULL, day TEXT, seen REAL NOT NULL,
  PRIMARY KEY (identifier, source)) WITHOUT ROWID;
CREATE INDEX announcements_day ON announcements (day);
CREATE TABLE bands (band INTEGER NOT NULL, identifier INTEGER NOT NULL, PRIMARY KEY (band, identifier)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What the ledger knows of an article. `state` is one of `State`; times are seconds since the epoch."""

    identifier: int
    slug: str | None
    day: str | None
    state: State
    version: int
    signature: str | None
    part: str | None
    offset: int | None
    length: int | None
    attempts: int
    next_try: float | None
    reason: str | None
    published: float | None


_ROW = "identifier, slug, day, state, version, signature, part, offset, length, attempts, next_try, reason, published"


_COLUMNS = (
    "identifier, slug, day, published, version, signature, offset, length, first_seen, checked, next_check, body_layer,"
    " part, layouts"
).split(", ")
# Remembers a line, unless a version as new is known; the values are those of `_COLUMNS`.
EXPORTED = (
    f"INSERT INTO articles ({', '.join(_COLUMNS)}, state) VALUES ({'?, ' * len(_COLUMNS)}'exported')"
    f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS if name != 'first_seen')},"
    " state = 'exported', attempts = 0, next_try = NULL, reason = NULL, lease = NULL WHERE excluded.version > version"
)


class Articles(Runs):
    """Articles by identifier: announcements, leases, lines, failures and near-duplicates."""

    def article(self, identifier: int) -> Row | None:
        """Return what is known of an article."""
        row = self.first(f"SELECT {_ROW} FROM articles WHERE identifier = ?", (identifier,))
        return Row(*row) if row else None

    def articles(self, identifiers: Iterable[int]) -> dict[int, Row]:
        """Return what is known of several articles, by identifier."""
        found = (self.article(identifier) for identifier in identifiers)
        return {row.identifier: row for row in found if row is not None}

    def announce(self, entries: Iterable[tuple[int, str | None, str | None]], source: str) -> set[int]:
        """Note that `source` lists articles given as (identifier, slug, day or None); return those unknown so far."""
        now = self.clock()
        fresh: set[int] = set()
        with self.transaction():
            for identifier, slug, day in entries:
                cursor = self.execute(
                    "INSERT INTO articles (identifier, slug, day, state, first_seen, next_try)"
                    " VALUES (?, ?, ?, 'announced', ?, 0) ON CONFLICT DO NOTHING",
                    (identifier, slug, day, now),
                )
                if cursor.rowcount:
                    fresh.add(identifier)
                elif day is not None:
                    self.execute("UPDATE articles SET day = ? WHERE identifier = ? AND day IS NULL", (day, identifier))
                self.execute(
                    "INSERT INTO announcements (identifier, source, day, seen) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET day = excluded.day"
                    " WHERE announcements.day IS NULL AND excluded.day IS NOT NULL",
                    (identifier, source, day, now),
                )
        return fresh

    def first_source(self, identifier: int) -> str | None:
        """Return the source that announced an article first."""
        row = self.first(
            "SELECT source FROM announcements WHERE identifier = ? ORDER BY seen, source LIMIT 1", (identifier,)
        )
        return row[0] if row else None

    def claim(
        self, identifiers: Iterable[int], run: int, *, refetch: bool = False, limit: int | None = None
    ) -> list[int]:
        """Lease to `run` those of the articles that are still to be fetched, at most `limit`; return them in order.

        Left out are articles already exported or given up for good (unless `refetch`), those whose pause after a
        failure is not over, those this run has asked for already, and those that another living run is fetching now.
        """
        now = self.clock()
        claimed: list[int] = []
        alive: dict[int, bool] = {run: True}
        with self.transaction():
            began = self._began(run)
            for identifier in identifiers:
                if limit is not None and len(claimed) >= limit:
                    break
                row = self.first(
                    "SELECT state, next_try, lease, coalesce(checked, 0) FROM articles WHERE identifier = ?",
                    (identifier,),
                )
                state, next_try, lease, checked = row or ("gone", None, None, now)
                is_open = state in {"announced", "failed"} or (state == "gone" and next_try is not None)
                is_open = is_open and (next_try or 0) <= now
                if checked >= began or not (refetch or is_open):
                    continue
                if lease is not None:
                    if lease not in alive:
                        alive[lease] = self._holds_leases(lease)
                    if alive[lease]:
                        continue
                self.execute("UPDATE articles SET lease = ? WHERE identifier = ?", (run, identifier))
                claimed.append(identifier)
        return claimed

    def release(self, identifier: int, day: str | None) -> None:
        """Give back the lease of an article that is of a day that was not asked for."""
        with self.transaction():
            self.execute(
                "UPDATE articles SET lease = NULL, day = coalesce(?, day) WHERE identifier = ?", (day, identifier)
            )

    def pending(
        self, run: int, *, sources: Sequence[str] | None = None, since: str | None = None, until: str | None = None
    ) -> list[Row]:
        """Return announced articles that are due and that `run` has not tried, newest first.

        `sources` limits them to those announced by one of these names, `since` and `until` to days (ISO, inclusive).
        """
        sql = f"SELECT {_ROW} FROM articles WHERE state IN ('announced', 'failed') AND next_try <= ?"
        sql += " AND coalesce(checked, 0) < ?"
        values: list[Any] = [self.clock(), self._began(run)]
        if sources is not None:
            marks = ", ".join("?" * len(sources))
            sql += f" AND identifier IN (SELECT identifier FROM announcements WHERE source IN ({marks}))"
            values += sources
        if since is not None:
            sql += " AND (day IS NULL OR day >= ?)"
            values.append(since)
        if until is not None:
            sql += " AND (day IS NULL OR day <= ?)"
            values.append(until)
        # The plus keeps SQLite from walking all articles just to have them in order.
        return [Row(*row) for row in self.query(sql + " ORDER BY +identifier DESC", values)]

    def due(self) -> list[Row]:
        """Return exported articles whose next check for changes has come."""
        sql = f"SELECT {_ROW} FROM articles WHERE next_check <= ? AND state = 'exported' ORDER BY +identifier DESC"
        return [Row(*row) for row in self.query(sql, (self.clock(),))]

    def count_pending(self) -> int:
        """Return the number of announced articles that were neither exported nor given up."""
        return int(self.query("SELECT count(*) FROM articles WHERE state IN ('announced', 'failed')")[0][0])

    def highest(self) -> int:
        """Return the highest identifier ever announced, 0 for none."""
        return int(self.query("SELECT coalesce(max(identifier), 0) FROM articles")[0][0])

    def record_failure(
        self,
        identifier: int,
        reason: str,
        *,
        final: State | None = None,
        for_good: bool = True,
        pause: float = 0,
    ) -> None:
        """Remember that an article could not be fetched: tried again later, or given up as `gone` or `rejected`.

        One that is given up, but not `for_good`, is claimed again after its pause when a list names it. `pause` is the
        shortest time in seconds until the next try.
        """
        now = self.clock()
        with self.transaction():
            self.execute(
                "INSERT INTO articles (identifier, state, first_seen, next_try) VALUES (?, 'announced', ?, 0)"
                " ON CONFLICT DO NOTHING",
                (identifier, now),
            )
            attempts, version = self.query(
                "SELECT attempts + 1, version FROM articles WHERE identifier = ?", (identifier,)
            )[0]
            # An article that was exported once stays exported, whatever a later visit meets.
            state = "exported" if version else (final or "failed")
            pause = max(pause, RETRY_PAUSES[min(attempts, len(RETRY_PAUSES)) - 1])
            is_given_up = final is not None or attempts >= len(RETRY_PAUSES)
            next_try = None if state == "gone" and for_good else now + pause
            self.execute(
                "UPDATE articles SET state = ?, attempts = ?, reason = ?, next_try = ?, checked = ?, lease = NULL,"
                " next_check = CASE WHEN ? THEN NULL ELSE max(next_check, ?) END WHERE identifier = ?",
                (state, attempts, reason, next_try, now, is_given_up, now + pause, identifier),
            )

    def reopen_rejected(self, run: int) -> int:
        """Have what was rejected since a run began tried again, as the fault was in our reading; return how many."""
        with self.transaction():
            return self.execute(
                "UPDATE articles SET state = 'failed' WHERE state = 'rejected' AND checked >= ?", (self._began(run),)
            ).rowcount

    def record_export(
        self, identifier: int, *, slug: str | None, day: str | None, published: float | None, version: int,
        signature: str, part: str, offset: int, length: int, next_check: float | None,
        body_layer: str | None = None, layouts: int | None = None,
    ) -> None:  # fmt: skip
        """Remember a line: where it stands (`part`, byte `offset`, `length` with line feed) and what it says.

        `body_layer` is the layer that read the text, `layouts` the version of the layouts by which it did.
        """
        now = self.clock()
        values = identifier, slug, day, published, version, signature, offset, length, now
        with self.transaction():
            self.execute(EXPORTED, (*values, now, next_check, body_layer, part, layouts))

    def record_check(self, identifier: int, next_check: float | None) -> None:
        """Remember that an exported article was looked at again and found unchanged."""
        with self.transaction():
            self.execute(
                "UPDATE articles SET checked = ?, next_check = ?, attempts = 0, reason = NULL, lease = NULL"
                " WHERE identifier = ?",
                (self.clock(), next_check, identifier),
            )

    def record_reading(self, identifier: int, body_layer: str | None, layouts: int) -> None:
        """Remember by which layer and version of the layouts an unchanged article was read again."""
        with self.transaction():
            self.execute(
                "UPDATE articles SET body_layer = ?, layouts = ? WHERE identifier = ?",
                (body_layer, layouts, identifier),
            )

    def settle_reading(self, identifier: int, layouts: int) -> None:
        """Remember that the page of an article is gone, so that this version of the layouts cannot read it again."""
        with self.transaction():
            self.execute("UPDATE articles SET layouts = ? WHERE identifier = ?", (layouts, identifier))

    def outdated(self, layouts: int, *, limit: int) -> list[Row]:
        """Return exported articles that only the generic layer could read, by layouts older than version `layouts`.

        The newest come first, at most `limit` of them; those that failed lately wait for their pause.
        """
        sql = (
            f"SELECT {_ROW} FROM articles WHERE body_layer = 'generic' AND coalesce(layouts, 0) < ?"
            " AND state = 'exported' AND coalesce(next_try, 0) <= ? ORDER BY +identifier DESC LIMIT ?"
        )
        return [Row(*row) for row in self.query(sql, (layouts, self.clock(), limit))]

    # -- near-duplicates -----------------------------------------------------------------------------------------------

    def add_bands(self, identifier: int, bands: Iterable[int]) -> None:
        """Index the MinHash bands of an article."""
        with self.transaction():
            self.execute_many(
                "INSERT INTO bands (band, identifier) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(band, identifier) for band in bands],
            )

    def similar(self, identifier: int, bands: Sequence[int], *, limit: int = 8) -> list[Row]:
        """Return exported articles that share a band, those with most in common first, of each band the newest."""
        shared: Counter[int] = Counter()
        for band in bands:
            rows = self.query(
                "SELECT identifier FROM bands WHERE band = ? ORDER BY identifier DESC LIMIT ?", (band, BAND_DEPTH)
            )
            shared.update(found for (found,) in rows if found != identifier)
        ranked = sorted(shared, key=lambda found: (-shared[found], found))[:limit]
        return [row for row in self.articles(ranked).values() if row.version]
