"""The memory of the crawl: what was announced, what was written and where, what failed, which walks are complete.

One SQLite file. Every change to it is made inside `Ledger.transaction()`, which holds the write lock of SQLite; the
lines of the data set are written under the same lock (`export`), so the two can never disagree for longer than a
crash, and after one the ledger is right (see docs/durability.md).
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

FILE_NAME = "ledger.sqlite"
VERSION = 1

State = Literal["announced", "failed", "exported", "gone", "rejected"]

# Seconds until an article that failed is asked for again; the first time it is the next run, then ever more slowly.
RETRY_PAUSES = (0, 600, 3_600, 21_600, 86_400, 259_200, 604_800)
# A run on another machine counts as alive for so long after its last heartbeat (seconds).
HEARTBEAT_PATIENCE = 120
# A day of the index may still get late articles for so long after midnight (seconds).
DAY_MARGIN = 3_600
# A process waits so long for another one's transaction (seconds); a transaction takes milliseconds.
LOCK_PATIENCE = 30

_SCHEMA = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, spider TEXT NOT NULL, job TEXT, arguments TEXT NOT NULL, host TEXT NOT NULL,
  pid INTEGER NOT NULL, pid_started TEXT, started REAL NOT NULL, heartbeat REAL NOT NULL, ended REAL,
  outcome TEXT, stats TEXT);
CREATE TABLE articles (
  identifier INTEGER PRIMARY KEY, slug TEXT, day TEXT, state TEXT NOT NULL, first_seen REAL NOT NULL,
  version INTEGER NOT NULL DEFAULT 0, signature TEXT, part TEXT, offset INTEGER, length INTEGER, published REAL,
  checked REAL, next_check REAL, attempts INTEGER NOT NULL DEFAULT 0, next_try REAL, reason TEXT, lease INTEGER);
CREATE INDEX articles_pending ON articles (next_try) WHERE state IN ('announced', 'failed');
CREATE INDEX articles_due ON articles (next_check) WHERE next_check IS NOT NULL;
CREATE INDEX articles_leased ON articles (lease) WHERE lease IS NOT NULL;
CREATE INDEX articles_day ON articles (day);
CREATE TABLE announcements (
  identifier INTEGER NOT NULL, source TEXT NOT NULL, day TEXT, seen REAL NOT NULL,
  PRIMARY KEY (identifier, source)) WITHOUT ROWID;
CREATE INDEX announcements_day ON announcements (day);
CREATE TABLE parts (path TEXT PRIMARY KEY, length INTEGER NOT NULL, lines INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE walks (
  name TEXT PRIMARY KEY, complete INTEGER NOT NULL, frontier INTEGER NOT NULL, reached TEXT,
  finished REAL) WITHOUT ROWID;
CREATE TABLE days (day TEXT PRIMARY KEY, walked REAL NOT NULL, clean INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE validators (url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT) WITHOUT ROWID;
CREATE TABLE bands (band INTEGER NOT NULL, identifier INTEGER NOT NULL, PRIMARY KEY (band, identifier)) WITHOUT ROWID;
"""


class LedgerError(Exception):
    """The output folder cannot be trusted or used; the message says what, where and what to do."""


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


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a list was followed.

    `frontier` is the highest identifier that was known when the walk was last complete: everything up to it has been
    seen. `reached` is the day (ISO) up to which the chain of dated index pages is complete, `finished` when it ended.
    """

    name: str
    complete: bool
    frontier: int
    reached: str | None
    finished: float | None


_ROW = "identifier, slug, day, state, version, signature, part, offset, length, attempts, next_try, reason"


class Ledger:
    """The open ledger of an output folder. Not to be shared between threads or forks."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.clock = clock
        try:
            self._db = sqlite3.connect(path, timeout=LOCK_PATIENCE, isolation_level=None, cached_statements=256)
            self._db.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit is on the disk before anything that depends on it happens.
            self._db.execute("PRAGMA synchronous = FULL")
            self._migrate()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _migrate(self) -> None:
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            with self.transaction():
                if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for statement in filter(str.strip, _SCHEMA.split(";")):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {VERSION}")
        elif found != VERSION:
            raise LedgerError(
                f"{self.path} was written by another version of wartacrawl (ledger format {found}, this one reads "
                f"{VERSION}): update wartacrawl, or run `scrapy rebuild-ledger`."
            )

    def _fault(self, error: sqlite3.Error) -> LedgerError:
        text = str(error)
        if "locked" in text or "busy" in text:
            advice = f"another process has held it for over {LOCK_PATIENCE} s; look for a stuck crawl"
        elif "full" in text:
            advice = "the disk is full; free some space and run again, nothing written so far is lost"
        elif "readonly" in text or "unable to open" in text:
            advice = "it cannot be written; check the rights of the folder"
        else:
            advice = "the file is damaged; run `scrapy rebuild-ledger`, which makes it anew from the exported lines"
        return LedgerError(f"The ledger {self.path} cannot be used ({text}): {advice}.")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock; commit at the end, roll back on any error. Nested use joins the outer transaction."""
        if self._db.in_transaction:
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._fault(error) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; what was not committed is forgotten."""
        self._db.close()

    def query(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Run a reading statement (for reports and coverage)."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    # -- runs ---------------------------------------------------------------------------------------------------------

    def begin_run(self, spider: str, arguments: dict[str, str], job: str | None = None) -> int:
        """Note that a crawl has started and return its number."""
        now = self.clock()
        with self.transaction():
            self._release_dead_leases()
            cursor = self._db.execute(
                "INSERT INTO runs (spider, job, arguments, host, pid, pid_started, started, heartbeat)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    spider,
                    job,
                    json.dumps(arguments, sort_keys=True),
                    socket.gethostname(),
                    os.getpid(),
                    _process_started(os.getpid()),
                    now,
                    now,
                ),
            )
        assert cursor.lastrowid is not None  # noqa: S101 - an INSERT has one
        return cursor.lastrowid

    def beat(self, run: int) -> None:
        """Say that the run is alive."""
        with self.transaction():
            self._db.execute("UPDATE runs SET heartbeat = ? WHERE id = ?", (self.clock(), run))

    def end_run(self, run: int, outcome: str, stats: dict[str, Any]) -> None:
        """Note how a run ended and give back its leases."""
        with self.transaction():
            self._db.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))
            self._db.execute(
                "UPDATE runs SET ended = ?, outcome = ?, stats = ? WHERE id = ?",
                (self.clock(), outcome, json.dumps(stats, default=str), run),
            )

    def _release_dead_leases(self) -> None:
        leased = [run for (run,) in self._db.execute("SELECT DISTINCT lease FROM articles WHERE lease IS NOT NULL")]
        for run in leased:
            if not self._is_alive(run):
                self._db.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))

    def _is_alive(self, run: int) -> bool:
        row = self._db.execute(
            "SELECT host, pid, pid_started, heartbeat, ended FROM runs WHERE id = ?", (run,)
        ).fetchone()
        if row is None or row[4] is not None:
            return False
        host, pid, pid_started, heartbeat, _ = row
        if host == socket.gethostname():
            return _process_started(pid) == pid_started if pid_started else _exists(pid)
        return bool(heartbeat > self.clock() - HEARTBEAT_PATIENCE)

    # -- articles -----------------------------------------------------------------------------------------------------

    def article(self, identifier: int) -> Row | None:
        """Return what is known of an article."""
        row = self._db.execute(f"SELECT {_ROW} FROM articles WHERE identifier = ?", (identifier,)).fetchone()
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
                cursor = self._db.execute(
                    "INSERT INTO articles (identifier, slug, day, state, first_seen, next_try)"
                    " VALUES (?, ?, ?, 'announced', ?, 0) ON CONFLICT DO NOTHING",
                    (identifier, slug, day, now),
                )
                if cursor.rowcount:
                    fresh.add(identifier)
                elif day is not None:
                    self._db.execute(
                        "UPDATE articles SET day = ? WHERE identifier = ? AND day IS NULL", (day, identifier)
                    )
                self._db.execute(
                    "INSERT INTO announcements (identifier, source, day, seen) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET day = excluded.day"
                    " WHERE announcements.day IS NULL AND excluded.day IS NOT NULL",
                    (identifier, source, day, now),
                )
        return fresh

    def first_source(self, identifier: int) -> str | None:
        """Return the source that announced an article first."""
        row = self._db.execute(
            "SELECT source FROM announcements WHERE identifier = ? ORDER BY seen, source LIMIT 1", (identifier,)
        ).fetchone()
        return row[0] if row else None

    def claim(
        self, identifiers: Iterable[int], run: int, *, anew: bool = False, most: int | None = None
    ) -> list[int]:
        """Lease to `run` those of the articles that are still to be fetched, at most `most`; return them in order.

        Left out are articles already exported or given up (unless `anew`), those whose pause after a failure is not
        over, those this run has asked for already, and those that another living run is fetching now.
        """
        now = self.clock()
        claimed: list[int] = []
        alive: dict[int, bool] = {run: True}
        with self.transaction():
            began = self._began(run)
            for identifier in identifiers:
                if most is not None and len(claimed) >= most:
                    break
                row = self._db.execute(
                    "SELECT state, next_try, lease, coalesce(checked, 0) FROM articles WHERE identifier = ?",
                    (identifier,),
                ).fetchone()
                state, next_try, lease, checked = row or ("gone", None, None, now)
                is_open = state in {"announced", "failed"} and (next_try or 0) <= now
                if checked >= began or not (anew or is_open):
                    continue
                if lease is not None:
                    if lease not in alive:
                        alive[lease] = self._is_alive(lease)
                    if alive[lease]:
                        continue
                self._db.execute("UPDATE articles SET lease = ? WHERE identifier = ?", (run, identifier))
                claimed.append(identifier)
        return claimed

    def put_back(self, identifier: int, day: str | None) -> None:
        """Give back the lease of an article that turned out to be of a day nobody asked for."""
        with self.transaction():
            self._db.execute(
                "UPDATE articles SET lease = NULL, day = coalesce(?, day) WHERE identifier = ?", (day, identifier)
            )

    def _began(self, run: int) -> float:
        row = self._db.execute("SELECT started FROM runs WHERE id = ?", (run,)).fetchone()
        return float(row[0])

    def pending(
        self, run: int, *, sources: Sequence[str] | None = None, since: str | None = None, until: str | None = None
    ) -> list[Row]:
        """Return announced articles that were never had, whose pause is over and that `run` has not tried, newest first.

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
        return [Row(*row) for row in self._db.execute(sql + " ORDER BY identifier DESC", values)]

    def due(self) -> list[Row]:
        """Return exported articles whose next check for changes has come."""
        sql = f"SELECT {_ROW} FROM articles WHERE next_check <= ? AND state = 'exported' ORDER BY identifier DESC"
        return [Row(*row) for row in self._db.execute(sql, (self.clock(),))]

    def highest(self) -> int:
        """Return the highest identifier ever announced, 0 for none."""
        return int(self._db.execute("SELECT coalesce(max(identifier), 0) FROM articles").fetchone()[0])

    def record_failure(self, identifier: int, reason: str, *, final: State | None = None) -> None:
        """Remember that an article could not be had: tried again later, or given up as `gone` or `rejected`."""
        now = self.clock()
        with self.transaction():
            self._db.execute(
                "INSERT INTO articles (identifier, state, first_seen, next_try) VALUES (?, 'announced', ?, 0)"
                " ON CONFLICT DO NOTHING",
                (identifier, now),
            )
            row = self._db.execute(
                "SELECT attempts, state, version FROM articles WHERE identifier = ?", (identifier,)
            ).fetchone()
            attempts = row[0] + 1
            # An article that was exported once stays exported, whatever a later visit meets.
            state = "exported" if row[2] else (final or "failed")
            pause = RETRY_PAUSES[min(attempts, len(RETRY_PAUSES)) - 1]
            self._db.execute(
                "UPDATE articles SET state = ?, attempts = ?, reason = ?, next_try = ?, checked = ?, lease = NULL,"
                " next_check = CASE WHEN ? THEN NULL ELSE next_check END WHERE identifier = ?",
                (state, attempts, reason, now + pause, now, final is not None, identifier),
            )

    def record_export(
        self, identifier: int, *, slug: str | None, day: str | None, published: float | None, version: int,
        signature: str, part: str, offset: int, length: int, next_check: float | None,
    ) -> None:  # fmt: skip
        """Remember a line: where it stands (`part`, byte `offset`, `length` with line feed) and what it says."""
        now = self.clock()
        with self.transaction():
            self._db.execute(
                "INSERT INTO articles (identifier, slug, day, state, first_seen, version, signature, part, offset,"
                " length, published, checked, next_check) VALUES (?, ?, ?, 'exported', ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET slug = excluded.slug, day = excluded.day, state = 'exported',"
                " version = excluded.version, signature = excluded.signature, part = excluded.part,"
                " offset = excluded.offset, length = excluded.length, published = excluded.published,"
                " checked = excluded.checked, next_check = excluded.next_check, attempts = 0, next_try = NULL,"
                " reason = NULL, lease = NULL",
                (
                    identifier, slug, day, now, version, signature, part, offset, length, published, now, next_check,
                ),
            )  # fmt: skip

    def record_check(self, identifier: int, next_check: float | None) -> None:
        """Remember that an exported article was looked at again and found unchanged."""
        with self.transaction():
            self._db.execute(
                "UPDATE articles SET checked = ?, next_check = ?, attempts = 0, reason = NULL, lease = NULL"
                " WHERE identifier = ?",
                (self.clock(), next_check, identifier),
            )

    # -- near-duplicates ----------------------------------------------------------------------------------------------

    def add_bands(self, identifier: int, bands: Iterable[int]) -> None:
        """Index the MinHash bands of an article."""
        with self.transaction():
            self._db.executemany(
                "INSERT INTO bands (band, identifier) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(band, identifier) for band in bands],
            )

    def similar(self, identifier: int, bands: Sequence[int], *, most: int = 8) -> list[Row]:
        """Return exported articles that share a band, those with most in common first."""
        marks = ", ".join("?" * len(bands))
        rows = self._db.execute(
            f"SELECT identifier FROM bands WHERE band IN ({marks}) AND identifier != ?"
            " GROUP BY identifier ORDER BY count(*) DESC, identifier LIMIT ?",
            (*bands, identifier, most),
        )
        return [row for row in self.articles(found for (found,) in rows).values() if row.version]

    # -- parts --------------------------------------------------------------------------------------------------------

    def part(self, path: str) -> tuple[int, int]:
        """Return the committed length in bytes and in lines of a part, (0, 0) for a new one."""
        row = self._db.execute("SELECT length, lines FROM parts WHERE path = ?", (path,)).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def parts(self) -> dict[str, int]:
        """Return the committed length in bytes of every part, by path relative to the output folder."""
        return dict(self.query("SELECT path, length FROM parts"))

    def extend_part(self, path: str, *, length: int, lines: int) -> None:
        """Commit to a part being `length` bytes long, `lines` lines more than before."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO parts (path, length, lines) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET length = excluded.length, lines = lines + excluded.lines",
                (path, length, lines),
            )

    # -- walks, days, validators --------------------------------------------------------------------------------------

    def walk(self, name: str) -> Walk:
        """Return how far the list `name` was followed; an unknown one has never been."""
        row = self._db.execute(
            "SELECT name, complete, frontier, reached, finished FROM walks WHERE name = ?", (name,)
        ).fetchone()
        return Walk(row[0], bool(row[1]), row[2], row[3], row[4]) if row else Walk(name, False, 0, None, None)

    def open_walk(self, name: str) -> Walk:
        """Note that a list is being followed, so that a crash is seen as an incomplete walk; return what was known."""
        before = self.walk(name)
        with self.transaction():
            self._db.execute(
                "INSERT INTO walks (name, complete, frontier) VALUES (?, 0, 0) ON CONFLICT DO UPDATE SET complete = 0",
                (name,),
            )
        return before

    def complete_walk(self, name: str, frontier: int, reached: str | None = None) -> None:
        """Note that a list was followed to its end or to what was known; the frontier never moves back."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO walks (name, complete, frontier, reached, finished) VALUES (?, 1, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET complete = 1, frontier = max(frontier, excluded.frontier),"
                " reached = coalesce(excluded.reached, reached), finished = excluded.finished",
                (name, frontier, reached, self.clock()),
            )

    def record_day(self, day: str, *, clean: bool) -> None:
        """Note that the index of a day was walked, `clean` when to its true end."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO days (day, walked, clean) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET walked = excluded.walked, clean = excluded.clean",
                (day, self.clock(), clean),
            )

    def is_walked(self, day: str, day_end: float) -> bool:
        """Tell whether the index of a day was walked to its end after the day was over (`day_end`: its midnight)."""
        row = self._db.execute("SELECT walked, clean FROM days WHERE day = ?", (day,)).fetchone()
        return bool(row and row[1] and row[0] >= day_end + DAY_MARGIN)

    def is_closed(self, day: str, day_end: float) -> bool:
        """Tell whether a day needs no further visit: walked to its end, every article exported or failed for good."""
        return self.is_walked(day, day_end) and not self.query(
            "SELECT 1 FROM articles WHERE day = ? AND state IN ('announced', 'failed') LIMIT 1", (day,)
        )

    def validators(self, url: str) -> tuple[str | None, str | None]:
        """Return the ETag and Last-Modified that came with a document the last time."""
        row = self._db.execute("SELECT etag, last_modified FROM validators WHERE url = ?", (url,)).fetchone()
        return (row[0], row[1]) if row else (None, None)

    def keep_validators(self, url: str, etag: str | None, last_modified: str | None) -> None:
        """Remember the validators of a document whose content has been taken in."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO validators (url, etag, last_modified) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified",
                (url, etag, last_modified),
            )


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _process_started(pid: int) -> str | None:
    """Return a mark that tells a process from a later one with the same number; None where /proc is missing."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[19]
