"""The table of runs: which crawls were made, which are alive, and how they ended."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from wartacrawl.storage.database import Database

# Seconds after its last heartbeat for which a run keeps its leases: a run that hangs gives its articles free.
HEARTBEAT_PATIENCE = 120

SCHEMA = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, spider TEXT NOT NULL, job TEXT, arguments TEXT NOT NULL, host TEXT NOT NULL,
  pid INTEGER NOT NULL, pid_started TEXT, started REAL NOT NULL, heartbeat REAL NOT NULL, ended REAL,
  outcome TEXT, stats TEXT, tails INTEGER NOT NULL DEFAULT 1);
CREATE INDEX runs_tails ON runs (tails) WHERE tails;
"""


class Runs(Database):
    """Runs, and the leases on articles that end with them."""

    def begin_run(self, spider: str, arguments: dict[str, str], job: str | None = None) -> int:
        """Note that a crawl has started and return its number."""
        now = self.clock()
        # Durable: a tail that a crash leaves is trusted to be one because an open run stands here.
        with self.transaction(durable=True):
            self._release_dead_leases()
            cursor = self.execute(
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

    def heartbeat(self, run: int) -> None:
        """Say that the run is alive."""
        with self.transaction():
            self.execute("UPDATE runs SET heartbeat = ? WHERE id = ?", (self.clock(), run))

    def end_run(self, run: int, outcome: str, stats: dict[str, Any]) -> None:
        """Note how a run ended and give back its leases."""
        self.make_room()
        with self.transaction(durable=True):
            self.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))
            # A run that crashed on a full disk may have left a tail behind that it could not cut.
            self.execute(
                "UPDATE runs SET ended = ?, outcome = ?, stats = ?, tails = ? WHERE id = ?",
                (self.clock(), outcome, json.dumps(stats, default=str), outcome == "crashed", run),
            )

    def runs_with_tails(self) -> int:
        """Return how many runs may have left uncommitted bytes: those running, killed or crashed."""
        return int(self.query("SELECT count(*) FROM runs WHERE tails")[0][0])

    def close_dead_runs(self) -> None:
        """Note that every part has been cut back, and end the runs whose process is gone."""
        with self.transaction():
            for run, host, pid, pid_started, heartbeat, ended in self.query(
                "SELECT id, host, pid, pid_started, heartbeat, ended FROM runs WHERE tails"
            ):
                if ended is not None:
                    self.execute("UPDATE runs SET tails = 0 WHERE id = ?", (run,))
                elif not self._has_process(host, pid, pid_started, heartbeat):
                    self.execute(
                        "UPDATE runs SET tails = 0, ended = heartbeat, outcome = 'killed' WHERE id = ?", (run,)
                    )
                    self.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))

    def is_in_use(self) -> bool:
        """Return whether a run is in progress."""
        rows = self.query("SELECT host, pid, pid_started, heartbeat FROM runs WHERE tails AND ended IS NULL")
        return any(self._has_process(*row) for row in rows)

    def earlier_under_way(self, spider: str, run: int) -> int | None:
        """Return an earlier run of the same spider that is still running, None without any."""
        for other, *process in self.query(
            "SELECT id, host, pid, pid_started, heartbeat FROM runs WHERE spider = ? AND id < ? AND ended IS NULL",
            (spider, run),
        ):
            if self._has_process(*process):
                return int(other)
        return None

    def _release_dead_leases(self) -> None:
        for (run,) in self.query("SELECT DISTINCT lease FROM articles WHERE lease IS NOT NULL"):
            if not self._holds_leases(run):
                self.execute("UPDATE articles SET lease = NULL WHERE lease = ?", (run,))

    def _holds_leases(self, run: int) -> bool:
        rows = self.query("SELECT host, pid, pid_started, heartbeat, ended FROM runs WHERE id = ?", (run,))
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

    def _began(self, run: int) -> float:
        row = self.first("SELECT started FROM runs WHERE id = ?", (run,))
        if row is None:
            raise LookupError(f"there is no run {run} in {self.path}")
        return float(row[0])


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
