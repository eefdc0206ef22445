"""All that is known of a crawl, as plain JSON values."""

from __future__ import annotations

import json
import math
from collections import Counter, deque
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wartacrawl import __version__
from wartacrawl.config import JUDGED_FIELDS
from wartacrawl.language import dates
from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.latency import BOUNDS
from wartacrawl.reporting.monitors import FAILED, MONITORS
from wartacrawl.reporting.outcome import CODES
from wartacrawl.reporting.runs import added, comparable_runs, earlier_runs, find_runs, moment, pooled
from wartacrawl.site import urls
from wartacrawl.storage.coverage import as_record, coverage
from wartacrawl.storage.folder import REJECTED
from wartacrawl.storage.ledger import FILE_NAME, Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wartacrawl.reporting.runs import Run

REPORT_VERSION = 1

Facts = dict[str, Any]

# Rows of a list in the report; further ones are only counted.
ROW_LIMIT = 200
# Articles shown with their headlines.
RECENT_LIMIT = 12
# Days of the coverage calendar, ending today, where no days were asked for; and its limit.
CALENDAR_DAYS = 28
CALENDAR_LIMIT = 366
# Crawls shown beside this one.
EARLIER_LIMIT = 12

_OUTCOME_UNKNOWN = (
    "the process ended before it could report (it was killed, or the machine went down); every line it wrote is "
    "complete, and the next crawl continues from there"
)


def facts(
    folder: Path,
    run: int,
    *,
    origin: str | None = None,
    before: Mapping[str, int] | None = None,
    stats: Mapping[str, Any] | None = None,
) -> Facts:
    """Return all that is known of a run, as plain JSON values.

    `before` are the lengths of the parts when the run began: what was added since is what it wrote. Without it (when a
    report is rebuilt from the ledger alone) days and sections are unknown. `stats` are those of the ledger by
    default. Raises `LedgerError` when the ledger cannot be read, `LookupError` for an unknown run.
    """
    with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
        crawl = next(find_runs(ledger, "id = ?", run), None)
        if crawl is None:
            raise LookupError(f"{folder / FILE_NAME} has no run {run}.")
        comparable = pooled(comparable_runs(ledger, crawl.spider, run, crawl.arguments, EARLIER_LIMIT))
        figures = Figures(stats) if stats is not None else crawl.figures
        written = _written(folder, ledger, before) if before is not None else None
        return {
            "report_version": REPORT_VERSION,
            "outcome": _outcome(crawl, figures),
            "run": {
                "number": run,
                "spider": crawl.spider,
                "arguments": crawl.given,
                "job": crawl.job,
                "origin": origin,
                "started": moment(crawl.started),
                "ended": None if crawl.ended is None else moment(crawl.ended),
                "seconds": crawl.seconds,
                "version": __version__,
                "alongside": _alongside(ledger, crawl),
            },
            "paths": {"articles": str(folder / "articles"), "rejected": str(folder / REJECTED)},
            "numbers": _numbers(figures),
            **(written or {"days": None, "sections": None, "recent": []}),
            "coverage": _calendar(ledger, crawl, written),
            "fields": _fields(figures, comparable),
            "lists": {
                "walks": figures.under("walk/"),
                "failed": figures.under("list/failed/"),
                "dead": sorted(figures.under("list/dead/")),
                "quiet": sorted(figures.under("list/quiet/")),
            },
            "feeds": {"failed": figures.under("feed/failed/")},
            "responses": {"statuses": figures.under("downloader/response_status_count/"), "latency": _latency(figures)},
            "rejected": _rejected(folder, ledger, before),
            "failed": _failed(ledger, crawl),
            "monitors": _monitors(figures.stats),
            "earlier": _earlier(ledger, crawl),
            "stats": json.loads(json.dumps(figures.stats, default=str)),
        }


def _outcome(run: Run, figures: Figures) -> Facts:
    # A ledger that made the crawl fail could not take its outcome, either: the stats have it.
    known = run.outcome or figures.stats.get("outcome")
    unknown = "the crawl is still under way; this page shows how far it is" if run.is_alive else _OUTCOME_UNKNOWN
    word = known or run.word
    why = figures.stats.get("outcome/why") if known else unknown
    return {"word": word, "code": CODES.get(word), "why": why}  # type: ignore[arg-type]


def _numbers(figures: Figures) -> Facts:
    return {
        "written": figures.written,
        "new": figures.count("classify/new"),
        "revision": figures.count("classify/revision"),
        "unchanged": figures.count("classify/unchanged"),
        "near_duplicate": figures.count("classify/near_duplicate"),
        "rejected": figures.rejected,
        "asked": figures.count("article/asked"),
        "extracted": figures.extracted,
        "failed": figures.failed,
        "gone": figures.count("article/failed/gone"),
        "failed_by_kind": figures.under("article/failed/"),
        "archives": _archives(figures),
        "healed": sum(figures.under("healing/").values()),
        "requests": figures.count("downloader/request_count"),
        "bytes": figures.count("downloader/response_bytes"),
    }


def _archives(figures: Figures) -> Facts | None:
    """Return what a crawl of web archives found, None for any other crawl."""
    if "captures/count/captures" not in figures.stats:
        return None
    names = ("captures", "articles", "known", "fetched", "missing", "unusable")
    found = {name: figures.count(f"captures/count/{name}") for name in names}
    return {**found, "fetched_now": figures.count("article/fetched"), "unfit": figures.count("article/unfit")}


def _latency(figures: Figures) -> Facts | None:
    columns = figures.under("latency/within/")
    return columns and {
        **{name: figures.stats.get(f"latency/{name}") for name in ("p50", "p90", "p99", "max")},
        "count": sum(columns.values()),
        "columns": [
            {"up_to": None if bound == math.inf else bound, "count": columns[f"{bound:g}"]}
            for bound in BOUNDS
            if f"{bound:g}" in columns
        ],
    }


def _monitors(stats: Mapping[str, Any]) -> list[Facts]:
    """Return what the monitors found, the failed ones first; nothing for a crawl that was not judged."""
    failed = {name.removeprefix(FAILED): stats[name] for name in stats if name.startswith(FAILED)}
    if not failed and "monitors/passed" not in stats:
        return []
    passed = {monitor.name: monitor.promise for monitor in MONITORS if monitor.name not in failed}
    return [
        {"name": name, "passed": is_passed, "sentence": sentence}
        for found, is_passed in ((failed, False), (passed, True))
        for name, sentence in found.items()
    ]


def _alongside(ledger: Ledger, run: Run) -> int:
    """Return the number of other crawls that ran at the same time: the report counts their lines, too."""
    rows = ledger.query(
        "SELECT count(*) FROM runs WHERE id != ? AND started < ? AND coalesce(ended, heartbeat) > ?",
        (run.number, run.end, run.started),
    )
    return int(rows[0][0])


def _written(folder: Path, ledger: Ledger, before: Mapping[str, int]) -> Facts:
    days: Counter[str] = Counter()
    sections: Counter[str] = Counter()
    recent: deque[Facts] = deque(maxlen=RECENT_LIMIT)
    for path, length in sorted(ledger.parts().items()):
        if path == REJECTED:
            continue
        for line in added(folder / path, before.get(path, 0), length):
            days[Path(path).stem] += 1
            sections[line["article_section"] or ""] += 1
            kept = ("headline", "url", "article_section", "date_published", "version", "word_count")
            recent.append({name: line[name] for name in kept})
    recent_first = sorted(recent, key=lambda line: line["date_published"] or "", reverse=True)
    return {"days": dict(sorted(days.items())), "sections": dict(sections.most_common()), "recent": recent_first}


def _rejected(folder: Path, ledger: Ledger, before: Mapping[str, int] | None) -> Facts:
    length = ledger.part(REJECTED).length
    start = before.get(REJECTED, 0) if before is not None else length
    rows: list[Facts] = []
    count = 0
    for line in added(folder / REJECTED, start, length):
        count += 1
        if len(rows) < ROW_LIMIT:
            rows.append({name: line.get(name) for name in ("identifier", "url", "headline", "reasons")})
    return {"count": count, "rows": rows}


def _failed(ledger: Ledger, run: Run) -> Facts:
    """Return the articles this run could not fetch, and how many are pending in all."""
    known = (run.started, run.end + 1)
    count = ledger.query(
        "SELECT count(*) FROM articles WHERE state IN ('failed', 'gone') AND checked BETWEEN ? AND ?", known
    )[0][0]
    rows = ledger.query(
        "SELECT identifier, slug, day, state, reason, attempts FROM articles WHERE state IN ('failed', 'gone')"
        " AND checked BETWEEN ? AND ? ORDER BY state, identifier DESC LIMIT ?",
        (*known, ROW_LIMIT),
    )
    return {
        "count": count,
        "pending": ledger.count_pending(),
        "rows": [
            {
                "identifier": str(identifier),
                "url": urls.build(urls.Ref("article", id=str(identifier), slug=slug)),
                "day": day,
                "is_final": state == "gone",
                "reason": reason,
                "attempts": attempts,
            }
            for identifier, slug, day, state, reason, attempts in rows
        ],
    }


def _calendar(ledger: Ledger, run: Run, written: Facts | None) -> list[Facts]:
    """Return the coverage of the days asked for, else of the last weeks and the days that were written to."""
    today = dates.day(datetime.fromtimestamp(run.end, UTC))
    until = min(_day(run.arguments.get("until")) or today, today)
    touched = [day for day in map(_day, (written or {}).get("days") or ()) if day is not None and day <= until]
    earliest = until - timedelta(days=CALENDAR_DAYS - 1)
    since = _day(run.arguments.get("since")) or min([earliest, *touched])
    since = max(since, until - timedelta(days=CALENDAR_LIMIT - 1))
    return [as_record(day) for day in coverage(ledger, min(since, until), until)]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _fields(figures: Figures, earlier: Figures) -> list[Facts]:
    return [
        {
            "name": name,
            "count": figures.had(name),
            "of": figures.possible(name),
            "share": figures.share(name),
            "earlier": earlier.share(name),
            "layers": dict(sorted(figures.layers.get(name, {}).items(), key=lambda pair: -pair[1])),
            "disagreements": figures.count(f"extract/{name}/disagreement"),
        }
        for name in JUDGED_FIELDS
    ]


def _earlier(ledger: Ledger, run: Run) -> list[Facts]:
    rows = []
    for earlier in earlier_runs(ledger, run.spider, run.number, EARLIER_LIMIT):
        numbers = _numbers(earlier.figures)
        rows.append(
            {
                "number": earlier.number,
                "started": moment(earlier.started),
                "seconds": earlier.seconds,
                "outcome": earlier.outcome,
                "is_same_kind": earlier.kind == run.kind,
                "arguments": earlier.given,
                "p50": earlier.stats.get("latency/p50"),
                **{name: numbers[name] for name in ("written", "unchanged", "rejected", "failed", "requests")},
            }
        )
    return rows
