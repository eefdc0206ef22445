"""The report of a crawl: the facts as JSON, and a page to read that opens without a network."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import tempfile
from collections import Counter, deque
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from scrapy import signals

from wartacrawl import __version__
from wartacrawl.crawl import Crawl
from wartacrawl.extensions.monitors import MONITORS, PAGE_FIELDS, Figures, earlier_runs, kind_of, pooled
from wartacrawl.language import dates
from wartacrawl.reporting.outcome import CODES
from wartacrawl.site import urls
from wartacrawl.storage.coverage import as_record, coverage
from wartacrawl.storage.ledger import FILE_NAME, HEARTBEAT_PATIENCE, Ledger, LedgerError
from wartacrawl.storage.parts import REJECTED
from wartacrawl.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler


logger = logging.getLogger(__name__)

REPORT_VERSION = 1
FOLDER = "reports"

Facts = dict[str, Any]

# Rows of a list in the report; what lies beyond is counted.
MOST_ROWS = 200
# Articles shown with their headlines.
MOST_RECENT = 12
# Days of the coverage calendar, ending today, where no days were asked for; and the most it shows at all.
CALENDAR_DAYS = 28
MOST_CALENDAR_DAYS = 366
# Crawls shown beside this one.
MOST_EARLIER = 12
# Upper bounds (seconds) of the columns in which answer times are shown.
LATENCY_BOUNDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, math.inf)

# What to do about an outcome, in one line; docs/operations.md says more.
ADVICE = {
    "crashed": "The traceback is in the log. What was written is whole; the next crawl goes on from there.",
    "usage": "Correct what the sentence names and run again.",
    "unreachable": "Check the network and WARTA_URL, and whether the portal opens in a browser; then `scrapy doctor`.",
    "blocked": "Do not work around it: slow down (DOWNLOAD_DELAY), wait a day, or ask the portal's people.",
    "drift": (
        "Run `scrapy doctor`, look at an article with `scrapy explain URL`, then follow CONTRIBUTING.md (the site "
        "changed its template). What was good has been kept."
    ),
    "partial": "Run the same crawl again: it asks only for what is missing.",
    "running": "Run `scrapy report` again when it has ended.",
}

_OUTCOME_UNKNOWN = (
    "the process ended without a word (killed, or the machine went down); every line it wrote is whole, and the next "
    "crawl goes on where it stopped"
)


class Latency:
    """Answer times in bounded memory: counts by steps of 5 %, from a millisecond to an hour."""

    _STEP = math.log(1.05)

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.most = 0.0

    def add(self, seconds: float) -> None:
        """Count an answer."""
        self.most = max(self.most, seconds)
        self._counts[round(math.log(min(max(seconds, 0.001), 3600)) / self._STEP)] += 1

    @property
    def count(self) -> int:
        """How many answers there were."""
        return self._counts.total()

    def percentile(self, share: float) -> float | None:
        """Return the seconds within which that share of the answers came, to 5 %; None without answers.

        >>> times = Latency()
        >>> for seconds in (0.1, 0.2, 0.3, 4.0): times.add(seconds)
        >>> round(times.percentile(0.5), 2)
        0.2
        """
        wanted, seen = share * self.count, 0
        for step in sorted(self._counts):
            seen += self._counts[step]
            if seen >= wanted:
                return min(math.exp(step * self._STEP), self.most)
        return None

    def stats(self) -> Facts:
        """Return count, percentiles and the columns of the chart as stats; nothing where nothing was measured."""
        if not self.count:
            return {}
        columns: Counter[float] = Counter()
        for step, number in self._counts.items():
            seconds = min(math.exp(step * self._STEP), self.most)
            columns[next(bound for bound in LATENCY_BOUNDS if seconds <= bound)] += number
        return {
            "latency/p50": _rounded(self.percentile(0.5)),
            "latency/p90": _rounded(self.percentile(0.9)),
            "latency/p99": _rounded(self.percentile(0.99)),
            "latency/max": _rounded(self.most),
            **{f"latency/within/{bound:g}": columns[bound] for bound in LATENCY_BOUNDS if columns[bound]},
        }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


# -- facts ------------------------------------------------------------------------------------------------------------


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
    report is made anew from the ledger alone) days and sections are unknown. `stats` are those of the ledger by
    default. Raises `LedgerError` when the ledger cannot be read, `LookupError` for an unknown run.
    """
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    try:
        row = ledger.query(
            "SELECT spider, job, arguments, started, ended, outcome, stats, heartbeat FROM runs WHERE id = ?", (run,)
        )
        if not row:
            raise LookupError(f"{folder / FILE_NAME} knows no run {run}.")
        spider, job, arguments, started, ended, word, kept, heartbeat = row[0]
        figures = Figures(stats if stats is not None else json.loads(kept or "{}"))
        end = ended if ended is not None else heartbeat
        written = _written(folder, ledger, before) if before is not None else None
        return {
            "report_version": REPORT_VERSION,
            "outcome": _outcome(
                figures,
                # A ledger that made the crawl fail could not take its outcome, either: the stats have it.
                word or figures.stats.get("outcome"),
                is_alive=ended is None and heartbeat > ledger.clock() - HEARTBEAT_PATIENCE,
            ),
            "run": {
                "number": run,
                "spider": spider,
                "arguments": {name: value for name, value in json.loads(arguments).items() if name != "_job"},
                "job": job,
                "origin": origin,
                "started": _moment(started),
                "ended": _moment(ended),
                "seconds": round(end - started, 1),
                "version": __version__,
                "alongside": _alongside(ledger, run, started, end),
            },
            "paths": {"articles": str(folder / "articles"), "rejected": str(folder / REJECTED)},
            "numbers": _numbers(figures),
            **(written or {"days": None, "sections": None, "recent": []}),
            "coverage": _calendar(ledger, json.loads(arguments), written, end),
            "fields": _fields(figures, _comparable(ledger, spider, run, arguments)),
            "lists": {
                "walks": figures.under("walk/"),
                "failed": figures.under("list/failed/"),
                "dead": sorted(figures.under("list/dead/")),
            },
            "feeds": {"failed": figures.under("feed/failed/")},
            "responses": {
                "statuses": figures.under("downloader/response_status_count/"),
                "latency": _latency(figures),
            },
            "rejected": _rejected(folder, ledger, before),
            "failed": _failed(ledger, started, end),
            "monitors": _verdicts(figures.stats),
            "earlier": _earlier(ledger, spider, run, arguments),
            "stats": json.loads(json.dumps(figures.stats, default=str)),
        }
    finally:
        ledger.close()


def _outcome(figures: Figures, word: str | None, *, is_alive: bool) -> Facts:
    if word is None:
        why = "the crawl is still under way; this page shows how far it is" if is_alive else _OUTCOME_UNKNOWN
        return {
            "word": "running" if is_alive else "crashed",
            "code": None if is_alive else CODES["crashed"],
            "why": why,
        }
    return {"word": word, "code": CODES.get(word), "why": figures.stats.get("outcome/why")}  # type: ignore[call-overload]


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


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
        "requests": figures.count("downloader/request_count"),
        "bytes": figures.count("downloader/response_bytes"),
    }


def _latency(figures: Figures) -> Facts | None:
    columns = figures.under("latency/within/")
    return columns and {
        **{name: figures.stats.get(f"latency/{name}") for name in ("p50", "p90", "p99", "max")},
        "count": sum(columns.values()),
        "columns": [
            {"up_to": None if bound == math.inf else bound, "count": columns[f"{bound:g}"]}
            for bound in LATENCY_BOUNDS
            if f"{bound:g}" in columns
        ],
    }


def _verdicts(stats: Mapping[str, Any]) -> list[Facts]:
    """Return what the monitors found, the failed ones first; nothing for a crawl that was not judged."""
    prefix = "monitors/failed/"
    failed = {name.removeprefix(prefix): stats[name] for name in stats if name.startswith(prefix)}
    if not failed and "monitors/passed" not in stats:
        return []
    passed = {one.__name__: one.__doc__ for one in MONITORS if one.__name__ not in failed}
    return [
        {"name": name, "passed": is_passed, "sentence": sentence}
        for found, is_passed in ((failed, False), (passed, True))
        for name, sentence in found.items()
    ]


def _alongside(ledger: Ledger, run: int, started: float, ended: float) -> int:
    """Return how many other crawls ran at the same time: their lines cannot be told from ours."""
    rows = ledger.query(
        "SELECT count(*) FROM runs WHERE id != ? AND started < ? AND coalesce(ended, heartbeat) > ?",
        (run, ended, started),
    )
    return int(rows[0][0])


def _added(folder: Path, path: str, start: int, end: int) -> Iterator[Facts]:
    """Yield the lines of a part between two of its committed lengths."""
    with (folder / path).open("rb") as file:
        file.seek(start)
        while file.tell() < end:
            yield json.loads(file.readline())


def _written(folder: Path, ledger: Ledger, before: Mapping[str, int]) -> Facts:
    days: Counter[str] = Counter()
    sections: Counter[str] = Counter()
    recent: deque[Facts] = deque(maxlen=MOST_RECENT)
    for path, length in sorted(ledger.parts().items()):
        start = before.get(path, 0)
        if path == REJECTED or length <= start:
            continue
        for line in _added(folder, path, start, length):
            days[Path(path).stem] += 1
            sections[line["article_section"] or ""] += 1
            kept = ("headline", "url", "article_section", "date_published", "version", "word_count")
            recent.append({name: line[name] for name in kept})
    recent_first = sorted(recent, key=lambda line: line["date_published"] or "", reverse=True)
    return {"days": dict(sorted(days.items())), "sections": dict(sections.most_common()), "recent": recent_first}


def _rejected(folder: Path, ledger: Ledger, before: Mapping[str, int] | None) -> Facts:
    length = ledger.part(REJECTED)[0]
    start = before.get(REJECTED, 0) if before is not None else length
    rows: list[Facts] = []
    count = 0
    for line in _added(folder, REJECTED, start, length) if length > start else ():
        count += 1
        if len(rows) < MOST_ROWS:
            rows.append({name: line.get(name) for name in ("identifier", "url", "headline", "reasons")})
    return {"count": count, "rows": rows}


def _failed(ledger: Ledger, started: float, ended: float) -> Facts:
    """Return the articles this run could not have, and how many are owed from before."""
    known = (started, ended + 1)
    count = ledger.query(
        "SELECT count(*) FROM articles WHERE state IN ('failed', 'gone') AND checked BETWEEN ? AND ?", known
    )[0][0]
    rows = ledger.query(
        "SELECT identifier, slug, day, state, reason, attempts FROM articles WHERE state IN ('failed', 'gone')"
        " AND checked BETWEEN ? AND ? ORDER BY state, identifier DESC LIMIT ?",
        (*known, MOST_ROWS),
    )
    return {
        "count": count,
        "owed": ledger.count_pending(),
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


def _calendar(ledger: Ledger, arguments: Mapping[str, str], written: Facts | None, end: float) -> list[Facts]:
    """Return the coverage of the days the run was about: those asked for, else the last weeks and what was written."""
    today = dates.day(datetime.fromtimestamp(end, UTC))
    until = min(_day(arguments.get("until")) or today, today)
    touched = [day for day in map(_day, (written or {}).get("days") or ()) if day is not None and day <= until]
    least = until - timedelta(days=CALENDAR_DAYS - 1)
    since = _day(arguments.get("since")) or min([least, *touched])
    since = max(since, until - timedelta(days=MOST_CALENDAR_DAYS - 1))
    return [as_record(day) for day in coverage(ledger, min(since, until), until)]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _comparable(ledger: Ledger, spider: str, run: int, arguments: str) -> Figures:
    runs = earlier_runs(ledger, spider, run, MOST_EARLIER * 5)
    return pooled([one for one in runs if one.kind == kind_of(arguments)][:MOST_EARLIER])


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
        for name in PAGE_FIELDS
    ]


def _earlier(ledger: Ledger, spider: str, run: int, arguments: str) -> list[Facts]:
    rows = []
    for one in earlier_runs(ledger, spider, run, MOST_EARLIER, refused=True):
        figures = Figures(one.stats)
        numbers = _numbers(figures)
        rows.append(
            {
                "number": one.number,
                "started": _moment(one.started),
                "seconds": round((one.ended or one.started) - one.started, 1),
                "outcome": one.outcome,
                "is_same_kind": one.kind == kind_of(arguments),
                "arguments": {name: value for name, value in one.arguments.items() if name != "_job"},
                "p50": one.stats.get("latency/p50"),
                **{name: numbers[name] for name in ("written", "unchanged", "rejected", "failed", "requests")},
            }
        )
    return rows


# -- files ------------------------------------------------------------------------------------------------------------


def stem(report: Facts) -> str:
    """Return the file name of a report without its ending: names sort by time.

    >>> stem({"run": {"started": "2026-11-24T08:34:07+00:00", "spider": "warta", "number": 12}})
    '20261124T083407Z-warta-12'
    """
    run = report["run"]
    started = datetime.fromisoformat(run["started"]).astimezone(UTC)
    # A spider that does not exist is called whatever was typed.
    spider = re.sub(r"[^\w.]+", "-", run["spider"])
    return f"{started:%Y%m%dT%H%M%SZ}-{spider}-{run['number']}"


def write(folder: Path, report: Facts) -> tuple[Path, Path]:
    """Write a report as JSON and HTML under `folder`/reports and return their paths; no file is ever half there."""
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    paths = target / f"{stem(report)}.json", target / f"{stem(report)}.html"
    _put(paths[0], json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    _put(paths[1], render(report))
    return paths


def write_refusal(folder: Path, spider: str, given: Mapping[str, str], sentence: str) -> Path:
    """Note a crawl that a bad argument or setting ended before it began; return the page of its report.

    Raises `LedgerError` or `OSError` when the folder cannot be used.
    """
    stats = {"usage": sentence, "outcome": "usage", "outcome/why": sentence, "outcome/code": CODES["usage"]}
    store = Store.open(folder)
    try:
        run = store.ledger.begin_run(spider, dict(given), given.get("_job"))
        store.ledger.end_run(run, "usage", stats)
        before = store.ledger.parts()
    finally:
        store.close()
    _, page = write(folder, facts(folder, run, before=before, stats=stats))
    return page


def _put(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def render(report: Facts) -> str:
    """Return the page of a report: one HTML document that needs nothing else."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        number=_number, percent=_percent, seconds=_seconds, wib=_wib, link=_link, size=_size, weekday=_weekday
    )
    source = files("wartacrawl.reporting").joinpath("report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        report=report, months=_months(report["coverage"]), advice=ADVICE.get(report["outcome"]["word"])
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def _percent(share: float | None) -> str:
    """Return a share for reading: only what is whole says 100 %.

    >>> _percent(0.9996), _percent(1.0), _percent(0.0004)
    ('99.9%', '100%', '0.1%')
    """
    if share is None:
        return "–"
    if 0 < share < 0.001:
        return "0.1%"
    if 0.995 <= share < 1:
        return f"{math.floor(share * 1000) / 10:.1f}%"
    return f"{share:.0%}"


def _seconds(value: float | None) -> str:
    """Return a duration for reading.

    >>> _seconds(0.034), _seconds(2.5), _seconds(59.96), _seconds(3725)
    ('34 ms', '2.5 s', '60 s', '1 h 2 min')
    """
    if value is None:
        return "–"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 120:
        return f"{value:.1f} s" if value < 10 and value % 1 else f"{value:.0f} s"
    minutes = int(value // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _size(value: int) -> str:
    return f"{value / 1e6:,.1f} MB" if value >= 1e5 else f"{value / 1e3:,.1f} kB"


def _wib(text: str | None, shape: str = "%-d %b %Y, %H:%M WIB") -> str:
    return "–" if text is None else datetime.fromisoformat(text).astimezone(dates.JAKARTA).strftime(shape)


def _weekday(iso: str) -> str:
    try:
        return date.fromisoformat(iso).strftime("%a %-d %b %Y")
    except ValueError:
        return "no date"


def _link(url: str | None) -> str | None:
    """Return an address that may stand in a link: whatever a page held, only web addresses are followed."""
    return url if url and url.startswith(("https://", "http://")) else None


def _months(days: list[Facts]) -> list[Facts]:
    """Return the days of the calendar by month, each with the empty places before its first day (Monday first)."""
    months: list[Facts] = []
    for one in days:
        day = date.fromisoformat(one["day"])
        name = day.strftime("%B %Y")
        if not months or months[-1]["name"] != name:
            months.append({"name": name, "blanks": day.weekday(), "days": []})
        months[-1]["days"].append({**one, "number": day.day, "state": _state(one), "title": _title(one)})
    return months


def _state(day: Facts) -> str:
    if day["missing"]:
        return "missing"
    if not day["total"]:
        return "empty" if day["is_walked"] else "unknown"
    return "closed" if day["is_closed"] else "open"


def _title(day: Facts) -> str:
    words = {
        "missing": f"{day['missing']:,} missing",
        "empty": "walked, nothing listed",
        "unknown": "not walked, nothing known",
        "closed": "complete",
        "open": "all of it exported so far, the day's index not walked to its end yet",
    }
    reasons = "; ".join(f"{reason}: {number}" for reason, number in day["reasons"].items())
    told = f"{_weekday(day['day'])}: {words[_state(day)]}; {day['exported']:,} of {day['total']:,} articles exported"
    return f"{told} ({reasons})" if reasons else told


# -- made anew --------------------------------------------------------------------------------------------------------


def rebuild(folder: Path, number: int | None = None) -> list[Path]:
    """Write the pages of all reports anew (or of one run), and return their paths, oldest first.

    A report is made from its JSON; a run that left none (it was killed) from the ledger.
    Raises `LedgerError` or `LookupError`.
    """
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    try:
        runs = [run for (run,) in ledger.query("SELECT id FROM runs ORDER BY id")]
    finally:
        ledger.close()
    if number is not None and number not in runs:
        raise LookupError(f"{folder / FILE_NAME} knows no run {number}: the last one is {max(runs, default=0)}.")
    made = []
    for run in runs if number is None else [number]:
        kept = next(iter(sorted((folder / FOLDER).glob(f"*-{run}.json"))), None)
        made.append(_render_kept(kept) if kept is not None else write(folder, facts(folder, run))[1])
    return made


def _render_kept(path: Path) -> Path:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        page = render(report)
    except (ValueError, KeyError, TypeError, jinja2.UndefinedError) as error:
        raise LookupError(
            f"{path} is no report of this version ({error}): delete it, and the ledger is used."
        ) from error
    target = path.with_suffix(".html")
    _put(target, page)
    return target


# -- extension --------------------------------------------------------------------------------------------------------


class Stopwatch:
    """Measure answer times; they are in the stats before the ledger takes those over."""

    def __init__(self, crawler: Crawler) -> None:
        self._stats = crawler.stats
        self._latency = Latency()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Stopwatch:
        """Make the extension of a crawl."""
        watch = cls(crawler)
        crawler.signals.connect(watch.response_downloaded, signals.response_downloaded)
        crawler.signals.connect(watch.spider_closed, signals.spider_closed)
        return watch

    def response_downloaded(self, request: Request) -> None:
        """Note how long an answer took, retried ones among them."""
        seconds = request.meta.get("download_latency")
        if seconds is not None:
            self._latency.add(seconds)

    def spider_closed(self) -> None:
        """Hand over."""
        for name, value in self._latency.stats().items():
            self._stats.set_value(name, value)


class Reporter:
    """Write the report once the outcome is known. It can fail; the crawl does not."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._before: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reporter:
        """Make the extension of a crawl."""
        reporter = cls(crawler)
        crawler.signals.connect(reporter.spider_opened, signals.spider_opened)
        crawler.signals.connect(reporter.spider_closed, signals.spider_closed)
        return reporter

    def spider_opened(self) -> None:
        """Note how long the parts are."""
        try:
            self._before = Crawl.of(self._crawler).ledger.parts()
        except LedgerError as error:
            logger.warning("The report will count lines of earlier crawls, too: %s", error)

    def spider_closed(self) -> None:
        """Write the report."""
        try:
            stats, crawl = self._crawler.stats.get_stats(), Crawl.of(self._crawler)
            report = facts(crawl.store.folder, crawl.run, origin=crawl.origin, before=self._before, stats=stats)
            _, page = write(crawl.store.folder, report)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a report, the crawl itself was what it was
            logger.error("No report of this crawl: %s; `scrapy report` tries again", error)  # noqa: TRY400
            return
        self._crawler.stats.set_value("report", str(page))
        logger.info("Report: %s", page)
