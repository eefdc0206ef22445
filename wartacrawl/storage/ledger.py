"""The memory of the crawl: what was announced, what was written and where, what failed, which walks are complete.

One SQLite file. Every change to it is made inside `Ledger.transaction()`, which holds the write lock of SQLite; the
lines of the data set are written under the same lock (`export`), so the two can never disagree for longer than a
crash, and after one the ledger is right (see docs/durability.md).

Two strengths of commit: a durable one is on the disk when it returns, which costs an fsync and is kept for lines and
for what must be known before lines. The others (announcements, claims, walks) reach the disk with the next durable
one; a power cut may lose the last of them, all after a point and none before it, and they are only found out again.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from collections import Counter
from contextlib import contextmanager, suppress
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
# A lease holds for so long after the last heartbeat of its run (seconds): a run that hangs gives its articles free.
HEARTBEAT_PATIENCE = 120
# A day of the index may still get late articles for so long after midnight (seconds).
DAY_MARGIN = 3_600
# A process waits so long for another one's transaction (seconds); a transaction takes milliseconds.
LOCK_PATIENCE = 30
# Articles looked at for each band of a text: what a thousand articles share says nothing of two of them.
BAND_DEPTH = 32

# A list that answers 404 or 410 has a walk of this name beside its own, whose end is when it last did so.
_GONE = "gone:"

_SCHEMA = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, spider TEXT NOT NULL, job TEXT, arguments TEXT NOT NULL, host TEXT NOT NULL,
  pid INTEGER NOT NULL, pid_started TEXT, started REAL NOT NULL, heartbeat REAL NOT NULL, ended REAL,
  outcome TEXT, stats TEXT, tails INTEGER NOT NULL DEFAULT 1);
CREATE INDEX runs_tails ON runs (tails) WHERE tails;
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
    published: float | None


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a list was followed.

    `frontier` is the highest identifier that was known when the walk was last complete: everything up to it has been
    seen. `reached` is the day (ISO) up to which the chain of dated index pages is complete, `finished` the moment up to
    which all is known: when the last complete walk began.
    """

    name: str
    complete: bool
    frontier: int
    reached: str | None
    finished: float | None


_CANNOT_WRITE = "it cannot be written; check the rights of the folder and of the files in it"
_DAMAGED = "the file is damaged; run `scrapy rebuild-ledger`, which makes it anew from the exported lines"
_ADVICE = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: f"another process has held it for over {LOCK_PATIENCE} s; look for a stuck crawl",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run again, every line written so far is kept",
    sqlite3.SQLITE_IOERR: "the disk refused to read or write; see whether it is full or failing, then run again, every "
    "line written so far is kept",
    sqlite3.SQLITE_READONLY: _CANNOT_WRITE,
    sqlite3.SQLITE_CANTOPEN: _CANNOT_WRITE,
    sqlite3.SQLITE_PERM: _CANNOT_WRITE,
}

_ROW = "identifier, slug, day, state, version, signature, part, offset, length, attempts, next_try, reason, published"


class Ledger:
    """The open ledger of an output folder. Not to be shared between threads or forks."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time, read_only: bool = False) -> None:
        self.path = path
        self.clock = clock
        try:
            self._db = _connect(path, read_only=read_only)
            if not read_only:
                self._persist(self._turn_on_wal)
            self._migrate(read_only=read_only)
        except sqlite3.Error as error:
            raise self._fault(error) from error
        self._file = _file_mark(path)

    def _turn_on_wal(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")

    def _persist(self, action: Callable[[], None]) -> None:
        """Do what SQLite refuses at once, not waiting as elsewhere, while another process opens the same new file."""
        end = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                return action()
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def _migrate(self, *, read_only: bool) -> None:
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found == 0 and not read_only:
            with self.transaction(durable=True):
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
        advice = _ADVICE.get(_code(error), "this is a fault of wartacrawl itself; please report it")
        return LedgerError(f"The ledger {self.path} cannot be used ({error}): {advice}.")

    def check_in_place(self) -> None:
        """Raise `LedgerError` when the file we have open is no longer the one under our path."""
        if _file_mark(self.path) != self._file:
            raise LedgerError(
                f"The ledger {self.path} was deleted or replaced while it was in use: stop every crawl on this folder, "
                "put the file back or run `scrapy rebuild-ledger`, and start again."
            )

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """Hold the write lock; commit at the end, roll back on any error. Nested use joins the outer transaction.

        A `durable` one is on the disk, with all before it, when the block has ended; of a nested use, the outer one
        decides.
        """
        if self._db.in_transaction:
            yield
            return
        try:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
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
            # The first error is the one to tell; SQLite rolls back by itself at the next opening.
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; what was not committed is forgotten."""
        self._db.close()

    def query(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Run a reading statement (for reports and coverage)."""
        return self._read(sql, values)

    def _read(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return next(iter(self._read(sql, values)), None)

    # -- runs ---------------------------------------------------------------------------------------------------------

    def begin_run(self, spider: str, arguments: dict[str, str], job: str | None = None) -> int:
        """Note that a crawl has started and return its number."""
        now = self.clock()
        # Durable: a tail that a crash leaves is trusted to be one because an open run stands here.
        with self.transaction(durable=True):
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
        with self.transaction(durable=True):
            self._db.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))
            # A run that crashed on a full disk may have left a tail behind that it could not cut.
            self._db.execute(
                "UPDATE runs SET ended = ?, outcome = ?, stats = ?, tails = ? WHERE id = ?",
                (self.clock(), outcome, json.dumps(stats, default=str), outcome == "crashed", run),
            )

    def runs_with_tails(self) -> int:
        """Return how many runs may have left uncommitted bytes: under way, or killed or crashed and not yet buried."""
        return int(self._read("SELECT count(*) FROM runs WHERE tails")[0][0])

    def bury_runs(self) -> None:
        """Note that every part has been cut back, and end the runs whose process is gone."""
        with self.transaction():
            for run, host, pid, pid_started, heartbeat, ended in self._read(
                "SELECT id, host, pid, pid_started, heartbeat, ended FROM runs WHERE tails"
            ):
                if ended is not None:
                    self._db.execute("UPDATE runs SET tails = 0 WHERE id = ?", (run,))
                elif not self._has_process(host, pid, pid_started, heartbeat):
                    self._db.execute(
                        "UPDATE runs SET tails = 0, ended = heartbeat, outcome = 'killed' WHERE id = ?", (run,)
                    )
                    self._db.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))

    def is_in_use(self) -> bool:
        """Tell whether a run is under way."""
        rows = self._read("SELECT host, pid, pid_started, heartbeat FROM runs WHERE tails AND ended IS NULL")
        return any(self._has_process(*row) for row in rows)

    def _release_dead_leases(self) -> None:
        for (run,) in self._read("SELECT DISTINCT lease FROM articles WHERE lease IS NOT NULL"):
            if not self._holds_leases(run):
                self._db.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))

    def _holds_leases(self, run: int) -> bool:
        rows = self._read("SELECT host, pid, pid_started, heartbeat, ended FROM runs WHERE id = ?", (run,))
        if not rows or rows[0][4] is not None:
            return False
        host, pid, pid_started, heartbeat, _ = rows[0]
        return self._is_recent(heartbeat) and self._has_process(host, pid, pid_started, heartbeat)

    def _has_process(self, host: str, pid: int, pid_started: str | None, heartbeat: float) -> bool:
        if host != socket.gethostname():
            return self._is_recent(heartbeat)
        return _process_started(pid) == pid_started if pid_started else _exists(pid)

    def _is_recent(self, heartbeat: float) -> bool:
        return heartbeat > self.clock() - HEARTBEAT_PATIENCE

    # -- articles -----------------------------------------------------------------------------------------------------

    def article(self, identifier: int) -> Row | None:
        """Return what is known of an article."""
        row = self._row(f"SELECT {_ROW} FROM articles WHERE identifier = ?", (identifier,))
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
        row = self._row(
            "SELECT source FROM announcements WHERE identifier = ? ORDER BY seen, source LIMIT 1", (identifier,)
        )
        return row[0] if row else None

    def claim(self, identifiers: Iterable[int], run: int, *, anew: bool = False, most: int | None = None) -> list[int]:
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
                row = self._row(
                    "SELECT state, next_try, lease, coalesce(checked, 0) FROM articles WHERE identifier = ?",
                    (identifier,),
                )
                state, next_try, lease, checked = row or ("gone", None, None, now)
                is_open = state in {"announced", "failed"} and (next_try or 0) <= now
                if checked >= began or not (anew or is_open):
                    continue
                if lease is not None:
                    if lease not in alive:
                        alive[lease] = self._holds_leases(lease)
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
        row = self._row("SELECT started FROM runs WHERE id = ?", (run,))
        if row is None:
            raise LookupError(f"there is no run {run} in {self.path}")
        return float(row[0])

    def pending(
        self, run: int, *, sources: Sequence[str] | None = None, since: str | None = None, until: str | None = None
    ) -> list[Row]:
        """Return announced articles never had, whose pause is over and that `run` has not tried, newest first.

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
        return [Row(*row) for row in self._read(sql + " ORDER BY +identifier DESC", values)]

    def due(self) -> list[Row]:
        """Return exported articles whose next check for changes has come."""
        sql = f"SELECT {_ROW} FROM articles WHERE next_check <= ? AND state = 'exported' ORDER BY +identifier DESC"
        return [Row(*row) for row in self._read(sql, (self.clock(),))]

    def owed(self) -> int:
        """Return how many announced articles were never had and not given up."""
        return int(self._read("SELECT count(*) FROM articles WHERE state IN ('announced', 'failed')")[0][0])

    def highest(self) -> int:
        """Return the highest identifier ever announced, 0 for none."""
        return int(self._read("SELECT coalesce(max(identifier), 0) FROM articles")[0][0])

    def record_failure(self, identifier: int, reason: str, *, final: State | None = None) -> None:
        """Remember that an article could not be had: tried again later, or given up as `gone` or `rejected`."""
        now = self.clock()
        with self.transaction():
            self._db.execute(
                "INSERT INTO articles (identifier, state, first_seen, next_try) VALUES (?, 'announced', ?, 0)"
                " ON CONFLICT DO NOTHING",
                (identifier, now),
            )
            attempts, version = self._read(
                "SELECT attempts + 1, version FROM articles WHERE identifier = ?", (identifier,)
            )[0]
            # An article that was exported once stays exported, whatever a later visit meets.
            state = "exported" if version else (final or "failed")
            pause = RETRY_PAUSES[min(attempts, len(RETRY_PAUSES)) - 1]
            is_given_up = final is not None or attempts >= len(RETRY_PAUSES)
            self._db.execute(
                "UPDATE articles SET state = ?, attempts = ?, reason = ?, next_try = ?, checked = ?, lease = NULL,"
                " next_check = CASE WHEN ? THEN NULL ELSE max(next_check, ?) END WHERE identifier = ?",
                (state, attempts, reason, now + pause, now, is_given_up, now + pause, identifier),
            )

    def reopen_rejected(self, run: int) -> int:
        """Have what was rejected since a run began tried again, as the fault was in our reading; return how many."""
        with self.transaction():
            return self._db.execute(
                "UPDATE articles SET state = 'failed' WHERE state = 'rejected' AND checked >= ?", (self._began(run),)
            ).rowcount

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
        """Return exported articles that share a band, those with most in common first, of each band the newest."""
        shared: Counter[int] = Counter()
        for band in bands:
            rows = self._read(
                "SELECT identifier FROM bands WHERE band = ? ORDER BY identifier DESC LIMIT ?", (band, BAND_DEPTH)
            )
            shared.update(found for (found,) in rows if found != identifier)
        ranked = sorted(shared, key=lambda found: (-shared[found], found))[:most]
        return [row for row in self.articles(ranked).values() if row.version]

    # -- parts --------------------------------------------------------------------------------------------------------

    def part(self, path: str) -> tuple[int, int]:
        """Return the committed length in bytes and in lines of a part, (0, 0) for a new one."""
        row = self._row("SELECT length, lines FROM parts WHERE path = ?", (path,))
        return (row[0], row[1]) if row else (0, 0)

    def parts(self) -> dict[str, int]:
        """Return the committed length in bytes of every part, by path relative to the output folder."""
        return dict(self._read("SELECT path, length FROM parts"))

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
        row = self._row("SELECT name, complete, frontier, reached, finished FROM walks WHERE name = ?", (name,))
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

    def complete_walk(
        self, name: str, frontier: int, reached: str | None = None, *, began: float | None = None
    ) -> None:
        """Note that a list was followed to its end or to what was known; the frontier never moves back.

        `began` says when the walk did: what the portal adds later it may have missed. The default is now.
        """
        with self.transaction():
            self._db.execute(
                "INSERT INTO walks (name, complete, frontier, reached, finished) VALUES (?, 1, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET complete = 1, frontier = max(frontier, excluded.frontier),"
                " reached = coalesce(excluded.reached, reached), finished = excluded.finished",
                (name, frontier, reached, self.clock() if began is None else began),
            )

    def record_gone(self, name: str) -> bool:
        """Note that a list answers 404 or 410; return whether that is news: it listed articles when it was last there.

        It is news once, and once more after the list came back and was walked to its end.
        """
        with self.transaction():
            walked, told = self.walk(name), self.walk(_GONE + name)
            is_news = told.finished is None or (walked.finished or 0) > told.finished
            is_news = is_news and (walked.frontier > 0 or self._has_listed(name))
            self.complete_walk(_GONE + name, 0)
        return is_news

    def _has_listed(self, source: str) -> bool:
        return bool(self._read("SELECT 1 FROM announcements WHERE source = ? LIMIT 1", (source,)))

    def gone_lists(self) -> list[str]:
        """Return the names of the lists that answered 404 or 410 when they were last asked for."""
        rows = self._read(
            "SELECT substr(gone.name, ?) FROM walks AS gone LEFT JOIN walks AS own ON own.name = substr(gone.name, ?)"
            " WHERE substr(gone.name, 1, ?) = ? AND gone.finished >= coalesce(own.finished, 0) ORDER BY gone.name",
            (len(_GONE) + 1, len(_GONE) + 1, len(_GONE), _GONE),
        )
        return [name for (name,) in rows]

    def record_day(self, day: str, *, clean: bool, began: float | None = None) -> None:
        """Note that the index of a day was walked, `clean` when to its true end; `began` as of a walk."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO days (day, walked, clean) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET walked = excluded.walked, clean = excluded.clean",
                (day, self.clock() if began is None else began, clean),
            )

    def is_walked(self, day: str, day_end: float) -> bool:
        """Tell whether the index of a day was walked to its end after the day was over (`day_end`: its midnight)."""
        row = self._row("SELECT walked, clean FROM days WHERE day = ?", (day,))
        return bool(row and row[1] and row[0] >= day_end + DAY_MARGIN)

    def is_closed(self, day: str, day_end: float) -> bool:
        """Tell whether a day needs no further visit: walked to its end, every article exported or failed for good."""
        return self.is_walked(day, day_end) and not self._read(
            "SELECT 1 FROM articles WHERE day = ? AND state IN ('announced', 'failed') LIMIT 1", (day,)
        )

    def knows_day(self, day: str) -> bool:
        """Tell whether any article of a day was ever announced."""
        return bool(self._read("SELECT 1 FROM articles WHERE day = ? LIMIT 1", (day,)))

    def validators(self, url: str) -> tuple[str | None, str | None]:
        """Return the ETag and Last-Modified that came with a document the last time."""
        row = self._row("SELECT etag, last_modified FROM validators WHERE url = ?", (url,))
        return (row[0], row[1]) if row else (None, None)

    def keep_validators(self, url: str, etag: str | None, last_modified: str | None) -> None:
        """Remember the validators of a document whose content has been taken in; forget them where both are None."""
        with self.transaction():
            if etag is None and last_modified is None:
                self._db.execute("DELETE FROM validators WHERE url = ?", (url,))
                return
            self._db.execute(
                "INSERT INTO validators (url, etag, last_modified) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified",
                (url, etag, last_modified),
            )


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Connect to the file; reading only, even where the folder cannot be written."""
    address = str(path)
    if read_only:
        # A ledger nobody writes has no -wal beside it, and then SQLite need not make any file to read it.
        is_still = not path.with_name(path.name + "-wal").exists()
        address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}"
    return sqlite3.connect(address, timeout=LOCK_PATIENCE, isolation_level=None, cached_statements=256, uri=read_only)


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, SQLITE_MISUSE for errors of Python's own making."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)) & 0xFF


def _file_mark(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


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
