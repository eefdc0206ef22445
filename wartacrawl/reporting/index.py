"""All crawls of a folder and all days of its archive, as plain JSON values: what `reports/index.html` shows."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from wartacrawl import __version__
from wartacrawl.language import dates
from wartacrawl.reporting.runs import added, find_runs, moment
from wartacrawl.storage.coverage import days_between
from wartacrawl.storage.folder import REJECTED
from wartacrawl.storage.ledger import FILE_NAME, Ledger

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
    return [
        {
            "number": run.number,
            "spider": run.spider,
            "arguments": run.given,
            "started": moment(run.started),
            "seconds": run.seconds,
            "outcome": run.word,
            "why": run.stats.get("outcome/why"),
            "written": run.figures.written,
            "failed": run.figures.failed,
            "requests": run.figures.count("downloader/request_count"),
            "page": pages.get(str(run.number)),
        }
        for run in find_runs(ledger, "true ORDER BY id DESC LIMIT ?", CRAWL_LIMIT)
    ]


def _months(ledger: Ledger) -> list[Facts]:
    """Return the sums of all crawls by month (of their start, in Asia/Jakarta), the latest first."""
    found: dict[str, Facts] = {}
    for run in find_runs(ledger, "true ORDER BY id DESC"):
        month = datetime.fromtimestamp(run.started, dates.JAKARTA).strftime("%Y-%m")
        row = found.setdefault(
            month, {"month": month, "outcomes": Counter(), "written": 0, "failed": 0, "requests": 0, "seconds": 0.0}
        )
        row["outcomes"][run.outcome or "crashed"] += 1
        row["written"] += run.figures.written
        row["failed"] += run.figures.failed
        row["requests"] += run.figures.count("downloader/request_count")
        row["seconds"] += (run.ended or run.started) - run.started
    return list(found.values())


def _days(ledger: Ledger, today: date) -> list[Facts]:
    """Return every day from the first with a known article to today: total, exported, missing, state."""
    earliest = today - timedelta(days=CALENDAR_LIMIT)
    bounds = (earliest.isoformat(), today.isoformat())
    ((first,),) = ledger.query("SELECT min(day) FROM articles WHERE day BETWEEN ? AND ?", bounds)
    return [
        {"day": day.day, "total": day.total, "exported": day.exported, "missing": day.missing, "state": day.state}
        for day in days_between(ledger, date.fromisoformat(first) if first else today, today)
    ]


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
        new = (line["article_section"] or "" for line in added(folder / path, start, length) if line["version"] == 1)
        counts[path] = length, dict(Counter(sections) + Counter(new))
    return {Path(path).stem: sections for path, (_, sections) in counts.items()}


def read_counts(path: Path) -> Counts:
    """Return what was counted before; nothing where the file is missing or unusable."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): (int(length), {str(section): int(number) for section, number in sections.items()})
            for name, (length, sections) in kept.items()
        }
    return {}
