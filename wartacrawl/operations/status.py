"""The state of an output folder, as plain JSON values: what `scrapy status` shows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wartacrawl.language import dates
from wartacrawl.reporting.index import index_facts, read_counts
from wartacrawl.reporting.report import COUNTS
from wartacrawl.storage.folder import REJECTED
from wartacrawl.storage.ledger import FILE_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from wartacrawl.operations.timetable import Timetable
    from wartacrawl.storage.ledger import Ledger

Record = dict[str, Any]

CRAWL_LIMIT = 5
_FOLDERS = ("articles", "archive", "reports", "cut")


def status(folder: Path, ledger: Ledger, timetable: Timetable | None, now: datetime | None = None) -> Record:
    """Return what there is, what is pending, the last crawls and the next one, at a moment (aware).

    Sizes are bytes, times ISO 8601 in Asia/Jakarta, days those of publication. `sections` counts the new articles of
    the last 365 days, as the page of all crawls does; those without a section are under "".
    """
    now = now or datetime.now(UTC)
    facts = index_facts(folder, read_counts(folder / COUNTS), now)
    states = dict(ledger.query("SELECT state, count(*) FROM articles GROUP BY state"))
    ((first, last),) = ledger.query("SELECT min(day), max(day) FROM articles WHERE state = 'exported'")
    ((lines,),) = ledger.query("SELECT coalesce(sum(lines), 0) FROM parts WHERE path != ?", (REJECTED,))
    ((undated,),) = ledger.query("SELECT count(*) FROM articles WHERE state = 'exported' AND published IS NULL")
    sections: Counter[str] = Counter()
    for day in facts["sections"].values():
        sections.update(day)
    return {
        "version": facts["version"],
        "folder": str(folder),
        "made": _local(now.timestamp()),
        "articles": states.get("exported", 0),
        "versions": lines,
        "undated": undated,
        "first_day": first,
        "last_day": last,
        "days": dict(Counter(day["state"] for day in facts["days"])),
        "sections": dict(sections.most_common()),
        "size": _sizes(folder),
        "pending": _pending(ledger),
        "to_replay": ledger.count_waiting(),
        "given_up": {state: states[state] for state in ("gone", "rejected") if state in states},
        "crawls": facts["crawls"][:CRAWL_LIMIT],
        "next": _next(timetable, now),
    }


def _pending(ledger: Ledger) -> Record:
    """Return how many articles are still to be fetched: never tried, failed by reason, and when the next try is due."""
    rows = ledger.query(
        "SELECT state, reason, count(*), min(next_try) FROM articles WHERE state IN ('announced', 'failed')"
        " GROUP BY state, reason ORDER BY count(*) DESC"
    )
    tries = [due for _, _, _, due in rows if due]
    return {
        "articles": sum(number for _, _, number, _ in rows),
        "not_tried": sum(number for state, _, number, _ in rows if state == "announced"),
        "failed": {reason or "unknown": number for state, reason, number, _ in rows if state == "failed"},
        "next_try": _local(min(tries)) if tries else None,
    }


def _sizes(folder: Path) -> dict[str, int]:
    sizes = {name: _size(folder / name) for name in _FOLDERS}
    sizes["ledger"] = sum(file.stat().st_size for file in folder.glob(f"{FILE_NAME}*"))
    return {name: size for name, size in sizes.items() if size}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _next(timetable: Timetable | None, now: datetime) -> Record | None:
    entries = timetable.entries if timetable is not None else ()
    dues = [due for entry in entries if (due := entry.next_due(now)) is not None]
    if not dues:
        return None
    due = min(dues, key=lambda due: due.moment)
    return {
        "name": due.entry.name,
        "spider": due.entry.spider,
        "due": _local(due.moment.timestamp()),
        "folder": due.entry.settings["OUTPUT_DIR"],
    }


def _local(moment: float) -> str:
    return datetime.fromtimestamp(moment, dates.JAKARTA).isoformat(timespec="seconds")
