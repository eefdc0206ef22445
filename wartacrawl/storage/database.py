"""The SQLite file of the ledger: connection, transactions, and errors as sentences.

Every change is made inside `Database.transaction()`, which holds the write lock of SQLite. There are two strengths of
commit. A durable one is on the disk when it returns, which costs an fsync. Any other reaches the disk with the next
durable one: a power cut may lose the latest of them, but never one from the middle.
"""

from __future__ import annotations

import math
import sqlite3
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    Values = Sequence[Any] | Mapping[str, Any]

# Seconds a process waits for the transaction of another one; a transaction takes milliseconds.
LOCK_PATIENCE = 30
# Seconds of that for a process that is being stopped.
LOCK_PATIENCE_AT_END = 1.0
# SQLite waits in pieces of this length (milliseconds): in between, Python hears of signals.
_LOCK_PIECE = 250


class LedgerError(Exception):
    """The output folder cannot be trusted or used; the message says what, where and what to do.

    `word` is the outcome of what it ends.
    """

    word = "crashed"


_CANNOT_WRITE = "it cannot be written; check the permissions of the folder and of the files in it"
_DAMAGED = "the file is damaged; run `scrapy rebuild-ledger`, which makes a new one from the exported lines"
_ADVICE = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: "another process holds it and does not let go; look for a stuck crawl",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run again, every line written so far is kept",
    sqlite3.SQLITE_IOERR: "the disk refused to read or write; check whether it is full or failing, then run again, "
    "every line written so far is kept",
    sqlite3.SQLITE_READONLY: _CANNOT_WRITE,
    sqlite3.SQLITE_CANTOPEN: _CANNOT_WRITE,
    sqlite3.SQLITE_PERM: _CANNOT_WRITE,
}


class Database:
    """An open SQLite file. Not to be shared between threads or forks.

    `clock` returns the time in seconds since the epoch. Subclasses add the tables and what is asked of them.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time, read_only: bool = False) -> None:
        self.path = path
        self.clock = clock
        self._give_up_at = math.inf
        try:
            self._db = _connect(path, read_only=read_only)
        except sqlite3.Error as error:
            raise self._fault(error) from error
        with self._closed_on_error():
            if not read_only:
                self._persist(self._turn_on_wal)
        self._file = _file_mark(path)

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        """Leave no connection behind when the file cannot be opened whole; SQLite's errors become `LedgerError`."""
        try:
            yield
        except BaseException as error:
            self._db.close()
            if isinstance(error, sqlite3.Error):
                raise self._fault(error) from error
            raise

    def _turn_on_wal(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")

    def _persist(self, action: Callable[[], None]) -> None:
        """Repeat what SQLite refuses without its usual waiting while another process opens the same new file."""
        end = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                return action()
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.02)

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
            self._begin()
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._fault(error) from error
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def building(self) -> Iterator[None]:
        """Fill a new file in one transaction, fast: it must be synced after, and discarded when the block fails."""
        try:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.execute("BEGIN EXCLUSIVE")
            yield
            self._db.execute("COMMIT")
            self._turn_on_wal()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _begin(self) -> None:
        end = time.monotonic() + LOCK_PATIENCE
        self._db.execute(f"PRAGMA busy_timeout = {_LOCK_PIECE}")
        try:
            while True:
                try:
                    self._db.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > min(end, self._give_up_at):
                        raise
                else:
                    return
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {LOCK_PATIENCE * 1000}")

    def hurry(self) -> None:
        """Wait no longer than `LOCK_PATIENCE_AT_END` for other processes from now on: this one is being stopped."""
        self._give_up_at = min(self._give_up_at, time.monotonic() + LOCK_PATIENCE_AT_END)

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            # The first error is the one to report; SQLite rolls back by itself at the next opening.
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def make_room(self) -> None:
        """Take the log into the file, so that a last small transaction fits even on a full disk."""
        with suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint")

    def close(self) -> None:
        """Close the file; what was not committed is discarded."""
        self._db.close()

    def query(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Run a statement that reads and return all of its rows."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def first(self, sql: str, values: Values = ()) -> tuple[Any, ...] | None:
        """Run a statement that reads and return its first row, None where there is none."""
        try:
            row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise self._fault(error) from error
        return row

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run a statement that writes, inside a `transaction()`; the cursor has `rowcount` and `lastrowid`."""
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def execute_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run a statement that writes once for each row, inside a `transaction()`."""
        try:
            self._db.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _move_to_memory(self) -> None:
        """Go on with a copy in memory, which may be changed where the file may not."""
        copy = sqlite3.connect(":memory:", isolation_level=None)
        old, self._db = self._db, copy
        try:
            old.backup(copy)
        except sqlite3.Error as error:
            raise self._fault(error) from error
        finally:
            old.close()

    def create(self, schema: str) -> None:
        """Run the statements of a schema, which are separated by semicolons."""
        for statement in filter(str.strip, schema.split(";")):
            self.execute(statement)


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Connect to the file; reading only, even where the folder cannot be written."""
    address = str(path)
    if read_only:
        # Without a -wal beside it no process is writing, and SQLite needs no files of its own to read it.
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
