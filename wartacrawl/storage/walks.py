"""The tables of lists: how far each was followed, which days are complete, and the validators of documents."""

from __future__ import annotations

from dataclasses import dataclass

from wartacrawl.storage.database import Database

# Seconds after midnight during which a day of the index may still get late articles.
DAY_MARGIN = 3_600

# A list that answers 404 or 410 has a second walk under this prefix, whose end is when it last did so.
_GONE = "gone:"
# The same for a list that never listed an article and shows none.
_QUIET = "quiet:"

SCHEMA = """
CREATE TABLE walks (
  name TEXT PRIMARY KEY, complete INTEGER NOT NULL, frontier INTEGER NOT NULL, reached TEXT,
  finished REAL) WITHOUT ROWID;
CREATE TABLE days (day TEXT PRIMARY KEY, walked REAL NOT NULL, clean INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE validators (url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT) WITHOUT ROWID;
"""


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


class Walks(Database):
    """Walks by the name of their list, days of the index, validators by URL."""

    def walk(self, name: str) -> Walk:
        """Return how far the list `name` was followed; an unknown one has never been."""
        row = self.first("SELECT name, complete, frontier, reached, finished FROM walks WHERE name = ?", (name,))
        return Walk(row[0], bool(row[1]), row[2], row[3], row[4]) if row else Walk(name, False, 0, None, None)

    def open_walk(self, name: str) -> Walk:
        """Note that a list is being followed, so that a crash is seen as an incomplete walk; return what was known."""
        before = self.walk(name)
        with self.transaction():
            self.execute(
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
            self.execute(
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
            walked, reported = self.walk(name), self.walk(_GONE + name)
            is_news = reported.finished is None or (walked.finished or 0) > reported.finished
            is_news = is_news and (walked.frontier > 0 or self._has_listed(name))
            self.complete_walk(_GONE + name, 0)
        return is_news

    def record_quiet(self, name: str) -> bool:
        """Note that a list shows no article; return whether that is known: it did so before, and never listed any."""
        with self.transaction():
            is_known = self.walk(_QUIET + name).complete
            if self.walk(name).frontier > 0 or self._has_listed(name):
                return False
            self.complete_walk(_QUIET + name, 0)
        return is_known

    def _has_listed(self, source: str) -> bool:
        return bool(self.query("SELECT 1 FROM announcements WHERE source = ? LIMIT 1", (source,)))

    def gone_lists(self) -> list[str]:
        """Return the names of the lists that answered 404 or 410 when they were last asked for."""
        rows = self.query(
            "SELECT substr(gone.name, ?) FROM walks AS gone LEFT JOIN walks AS own ON own.name = substr(gone.name, ?)"
            " WHERE substr(gone.name, 1, ?) = ? AND gone.finished >= coalesce(own.finished, 0) ORDER BY gone.name",
            (len(_GONE) + 1, len(_GONE) + 1, len(_GONE), _GONE),
        )
        return [name for (name,) in rows]

    def record_day(self, day: str, *, clean: bool, began: float | None = None) -> None:
        """Note that the index of a day was walked, `clean` when to its true end; `began` as of a walk."""
        with self.transaction():
            self.execute(
                "INSERT INTO days (day, walked, clean) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET walked = excluded.walked, clean = excluded.clean",
                (day, self.clock() if began is None else began, clean),
            )

    def is_walked(self, day: str, day_end: float) -> bool:
        """Return whether the index of a day was walked to its end after the day was over (`day_end`: its midnight)."""
        row = self.first("SELECT walked, clean FROM days WHERE day = ?", (day,))
        return bool(row and row[1] and row[0] >= day_end + DAY_MARGIN)

    def is_closed(self, day: str, day_end: float) -> bool:
        """Return whether a day needs no further visit: walked to its end, every article exported or failed for good."""
        return self.is_walked(day, day_end) and not self.query(
            "SELECT 1 FROM articles WHERE day = ? AND state IN ('announced', 'failed') LIMIT 1", (day,)
        )

    def knows_day(self, day: str) -> bool:
        """Return whether any article of a day was ever announced."""
        return bool(self.query("SELECT 1 FROM articles WHERE day = ? LIMIT 1", (day,)))

    def validators(self, url: str) -> tuple[str | None, str | None]:
        """Return the ETag and Last-Modified that came with a document the last time."""
        row = self.first("SELECT etag, last_modified FROM validators WHERE url = ?", (url,))
        return (row[0], row[1]) if row else (None, None)

    def keep_validators(self, url: str, etag: str | None, last_modified: str | None) -> None:
        """Remember the validators of a document whose content has been taken in; forget them where both are None."""
        with self.transaction():
            if etag is None and last_modified is None:
                self.execute("DELETE FROM validators WHERE url = ?", (url,))
                return
            self.execute(
                "INSERT INTO validators (url, etag, last_modified) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified",
                (url, etag, last_modified),
            )
