"""All crawls of a folder and all days of its archive, as plain JSON values: what `reports/index.html` shows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from contextlib import closing, suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wartacrawl import __version__
from wartacrawl.language import dates
from wartacrawl.reporting.figures import Figures
from wartacrawl.storage.folder import REJECTED
from wartacrawl.storage.ledger import FILE_NAME, HEARTBEAT_PATIENCE, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

Facts = dict[str, Any]
# Of each part: the length to which its articles were counted, and their number by section.
Counts = dict[str, tuple[int, dict[str, int]]]

# Crawls that have a row of their own; all others are in the sums of their months.
CRAWL_LIMIT = 150
# Days of the two charts, ending today.
TREND_DAYS = 365
# Days of the calendar at most: an article of a wrong year must not make it endless.
CALENDAR_LIMIT = 366 * 30


def index_facts(folder: Path, counts: Counts, now: datetime | None = None) -> Facts:
    """Return what the page of all crawls shows, at a moment (aware).

    `counts` is what was counted of the parts before; it is brought up to date. Raises `LedgerError` when the ledger
    cannot be read.
    """
    now = now or datetime.now(UTC)
    today = dates.day(now)
    with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
        return {
            "version": __version__,
            "folder": str(folder),
            "made": now.isoformat(timespec="seconds"),
            "pending": ledger.count_pending(),
            "crawls": _crawls(ledger, folder),
            "months": _months(ledger),
            "days": _days(ledger, today),
            "sections": _sections(ledger, folder, counts, today),
        }


def _crawls(ledger: Ledger, folder: Path) -> list[Facts]:
    """Return the last crawls, the latest first; `page` is the file name of the report, None without one."""
    pages = {path.stem.rpartition("-")[2]: path.name for path in (folder / "reports").glob("*-*.html")}
    rows = ledger.query(
        "SELECT id, spider, arguments, started, ended, heartbeat, outcome, stats FROM runs ORDER BY id DESC LIMIT ?",
        (CRAWL_LIMIT,),
    )
    found = []
    for number, spider, arguments, started, ended, heartbeat, outcome, stats in rows:
        figures = Figures(json.loads(stats or "{}"))
        is_alive = ended is None and heartbeat > ledger.clock() - HEARTBEAT_PATIENCE
        found.append(
            {
                "number": number,
                "spider": spider,
                "arguments": {k: v for k, v in json.loads(arguments).items() if k != "_job"},
                "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
                "seconds": round((ended if ended is not None else heartbeat) - started, 1),
                "outcome": outcome or ("running" if is_alive else "crashed"),
                "why": figures.stats.get("outcome/why"),
                "written": figures.written,
                "failed": figures.failed,
                "requests": figures.count("downloader/request_count"),
                "page": pages.get(str(number)),
            }
        )
    return found


def _months(ledger: Ledger) -> list[Facts]:
    """Return the sums of all crawls by month (of their start, in Asia/Jakarta), the latest first."""
    found: dict[str, Facts] = {}
    for started, ended, outcome, stats in ledger.query(
        "SELECT started, ended, outcome, stats FROM runs ORDER BY id DESC"
    ):
        month = datetime.fromtimestamp(started, dates.JAKARTA).strftime("%Y-%m")
        row = found.setdefault(
            month, {"month": month, "outcomes": Counter(), "written": 0, "failed": 0, "requests": 0, "seconds": 0.0}
        )
        figures = Figures(json.loads(stats or "{}"))
        row["outcomes"][outcome or "crashed"] += 1
        row["written"] += figures.written
        row["failed"] += figures.failed
        row["requests"] += figures.count("downloader/request_count")
        row["seconds"] += (ended or started) - started
    return list(found.values())


def _days(ledger: Ledger, today: date) -> list[Facts]:
    """Return every day from the first of which an article is known until today: total, exported, missing, state."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for iso, state, number in ledger.query(
        "SELECT day, state, count(*) FROM articles WHERE day IS NOT NULL AND day <= ? GROUP BY day, state",
        (today.isoformat(),),
    ):
        counts[iso][state] = number
    first = min((day for day in map(_day, counts) if day is not None), default=today)
    first = max(first, today - timedelta(days=CALENDAR_LIMIT))
    found = []
    for number in range((today - first).days + 1):
        day = first + timedelta(days=number)
        iso = day.isoformat()
        states = counts.get(iso, Counter())
        missing = sum(states[state] for state in states if state not in {"exported", "gone", "rejected"})
        midnight = datetime.combine(day + timedelta(days=1), time(), dates.JAKARTA).timestamp()
        found.append(
            {
                "day": iso,
                "total": states.total(),
                "exported": states["exported"],
                "missing": missing,
                "state": _state(states.total(), missing, is_walked=ledger.is_walked(iso, midnight)),
            }
        )
    return found


def _day(iso: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(iso)
    return None


def _state(total: int, missing: int, *, is_walked: bool) -> str:
    if missing:
        return "missing"
    if not total:
        return "empty" if is_walked else "unknown"
    return "closed" if is_walked else "open"


# -- sections ---------------------------------------------------------------------------------------------------------


def _sections(ledger: Ledger, folder: Path, counts: Counts, today: date) -> dict[str, dict[str, int]]:
    """Return the new articles (first versions) of each day of the last year by section: {day: {section: articles}}."""
    since = (today - timedelta(days=TREND_DAYS - 1)).isoformat()
    before = dict(counts)
    counts.clear()
    for path, length in sorted(ledger.parts().items()):
        if path == REJECTED or not since <= Path(path).stem <= today.isoformat():
            continue
        start, sections = before.get(path, (0, {}))
        if start > length:
            start, sections = 0, {}
        counts[path] = length, dict(Counter(sections) + Counter(_added(folder / path, start, length)))
    return {Path(path).stem: sections for path, (_, sections) in counts.items()}


def _added(path: Path, start: int, end: int) -> Iterator[str]:
    """Yield the section of each new article between two of the committed lengths of a part, "" where it has none."""
    if start == end:
        return
    with path.open("rb") as file:
        file.seek(start)
        while file.tell() < end:
            line = json.loads(file.readline())
            if line["version"] == 1:
                yield line["article_section"] or ""


def read_counts(path: Path) -> Counts:
    """Return what was counted before; nothing where the file is missing or unusable."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): (int(length), {str(section): int(number) for section, number in sections.items()})
            for name, (length, sections) in kept.items()
        }
    return {}
