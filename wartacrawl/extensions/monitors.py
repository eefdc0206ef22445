"""What a crawl brought, judged against thresholds and against earlier crawls of the same kind.

The monitors are Spidermon's, so that its actions (Telegram, Slack, e-mail, Sentry …) can tell people; they are judged
before the outcome is decided, and what the drifting ones found decides it. See docs/operations.md for each setting.
"""

from __future__ import annotations

import json
import logging
import math
import smtplib
import ssl
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import signals
from scrapy.utils.misc import load_object
from spidermon import Action, Monitor, MonitorSuite
from spidermon.contrib.scrapy.extensions import Spidermon
from spidermon.exceptions import NotConfigured, SpidermonException
from spidermon.runners import MonitorRunner

from wartacrawl import items
from wartacrawl.config import ConfigError
from wartacrawl.crawl import Crawl
from wartacrawl.reporting.outcome import judge
from wartacrawl.storage.ledger import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from wartacrawl.items import Article
    from wartacrawl.reporting.outcome import Outcome as Verdict
    from wartacrawl.storage.ledger import Ledger

logger = logging.getLogger(__name__)

# The layer that reads any page of any site: good to have, but a sign that ours no longer fit.
FALLBACK = "generic"
# Seconds a mail server may take to answer: the crawl waits for it.
MAIL_PATIENCE = 20
# A field that fewer articles had in earlier crawls depends on what they were about, not on the layout.
STEADY = 0.8
# Fields filled by us, not by the page: they cannot drift.
OWN_FIELDS = frozenset(
    {"identifier", "in_language", "publisher", "word_count", "pages", "version", "near_duplicate_of", "metadata"}
)
PAGE_FIELDS = tuple(name for name in items.FIELD_NAMES if name not in OWN_FIELDS)


# -- thresholds -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds: each is the setting MONITORS_<NAME>, and its meaning stands in docs/operations.md."""

    early_articles: int = 20
    min_articles: int = 10
    field_coverage: dict[str, float] = field(
        default_factory=lambda: {"headline": 0.95, "article_body": 0.9, "date_published": 0.9}
    )
    coverage_drop: float = 0.3
    earlier_runs: int = 10
    fallback_share: float = 0.5
    rejected_share: float = 0.2
    failed_share: float = 0.2
    errors: int = 10
    items: int = 0
    silent_hours: float = 48.0

    @classmethod
    def of(cls, settings: BaseSettings) -> Limits:
        """Read the thresholds; raise `ConfigError` for one that is no number of its kind."""
        found = {}
        for one in fields(cls):
            name = f"MONITORS_{one.name.upper()}"
            given = settings.get(name)
            if given is not None:
                found[one.name] = _coverage(name, given) if one.name == "field_coverage" else _number(name, given)
        return cls(**found)


def _number(name: str, given: Any) -> float:
    is_share = name.endswith(("_SHARE", "_DROP"))
    try:
        number = float(given)
        usable = 0 <= number <= 1 if is_share else 0 <= number < math.inf
    except (TypeError, ValueError):
        usable = False
    if not usable:
        allowed = "a share from 0 to 1" if is_share else "a number, 0 or more"
        raise ConfigError(f"{name}={given!r} cannot be used: give {allowed}.")
    return number


def _coverage(name: str, given: Any) -> dict[str, float]:
    try:
        shares = {
            str(key): float(share) for key, share in (json.loads(given) if isinstance(given, str) else given).items()
        }
        strange = [key for key, share in shares.items() if key not in PAGE_FIELDS or not 0 <= share <= 1]
    except (AttributeError, TypeError, ValueError):
        shares, strange = {}, ["?"]
    if strange:
        raise ConfigError(
            f"{name}={given!r} cannot be used: give fields and shares from 0 to 1, such as "
            f'{{"headline": 0.95}}; the fields are {", ".join(PAGE_FIELDS)}.'
        )
    return shares


# -- figures ----------------------------------------------------------------------------------------------------------


class Figures:
    """The stats of a crawl, read as answers."""

    def __init__(self, stats: Mapping[str, Any]) -> None:
        self.stats = stats

    def count(self, name: str) -> int:
        """Return a counter, 0 where nothing was counted."""
        number = self.stats.get(name, 0)
        return number if isinstance(number, int) else 0

    def under(self, prefix: str) -> dict[str, int]:
        """Return the counters below a prefix, by the rest of their names."""
        found = ((name.removeprefix(prefix), self.count(name)) for name in self.stats if name.startswith(prefix))
        return {name: number for name, number in found if number}

    @property
    def written(self) -> int:
        """Lines written: new articles and new versions."""
        return self.count("export/lines")

    @property
    def rejected(self) -> int:
        """Articles that are in rejected.jsonl."""
        return self.count("validate/rejected")

    @property
    def failed(self) -> int:
        """Articles that could not be had and will be tried again."""
        return sum(number for kind, number in self.under("article/failed/").items() if kind != "gone")

    @property
    def settled(self) -> int:
        """Articles asked for of which we know the end: written, unchanged, rejected, failed, gone, outside the days."""
        return self.extracted + sum(self.under("article/failed/").values())

    @property
    def extracted(self) -> int:
        """Articles read out of their pages, whatever became of them."""
        names = ("item_scraped_count", "item_dropped_count", "item_error_count", "article/outside")
        # Scrapy counts what is dropped a moment after it was rejected.
        return max(sum(self.count(name) for name in names), self.rejected)

    @cached_property
    def layers(self) -> dict[str, dict[str, int]]:
        """How many articles had each field from each layer: {field: {layer: articles}}."""
        found: dict[str, dict[str, int]] = {}
        for name, number in self.under("extract/").items():
            field_name, _, layer = name.partition("/")
            if layer and layer != "disagreement":
                found.setdefault(field_name, {})[layer] = number
        return found

    def possible(self, field_name: str) -> int:
        """Return how many of the extracted articles could have had a field: a video page has no text to be missed."""
        return self.extracted - (self.count("extract/without_text") if field_name == "article_body" else 0)

    def had(self, field_name: str) -> int:
        """Return how many articles had a field."""
        return sum(self.layers.get(field_name, {}).values())

    def share(self, field_name: str) -> float | None:
        """Return the share of articles that had a field; None where no article was extracted."""
        possible = self.possible(field_name)
        return min(1.0, self.had(field_name) / possible) if possible > 0 else None


@dataclass(frozen=True, slots=True)
class Run:
    """An earlier crawl as the ledger remembers it; times are seconds since the epoch."""

    number: int
    arguments: dict[str, str]
    started: float
    ended: float | None
    outcome: str | None
    stats: dict[str, Any]

    @property
    def kind(self) -> dict[str, str]:
        """What the crawl is about: two with the same may be compared."""
        return kind_of(json.dumps(self.arguments))


def kind_of(arguments: str) -> dict[str, str]:
    """Return, of a crawl's arguments in JSON, those that make two crawls comparable: not how much, nor which job.

    >>> kind_of('{"sections": "ekbis", "limit": "5", "_job": "a1"}')
    {'sections': 'ekbis'}
    """
    found = json.loads(arguments)
    return {name: value for name, value in found.items() if name not in {"limit", "full", "_job"}}


def earlier_runs(ledger: Ledger, spider: str, before: int, most: int, *, refused: bool = False) -> list[Run]:
    """Return the crawls of a spider that ended before a run, the latest first, at most `most`.

    Those that were refused for a bad argument counted nothing, and are left out unless `refused` is set.
    """
    rows = ledger.query(
        "SELECT id, arguments, started, ended, outcome, stats FROM runs"
        " WHERE spider = ? AND id < ? AND ended IS NOT NULL AND (? OR outcome IS NOT 'usage') ORDER BY id DESC LIMIT ?",
        (spider, before, refused, most),
    )
    return [
        Run(number, json.loads(arguments), started, ended, outcome, json.loads(stats or "{}"))
        for number, arguments, started, ended, outcome, stats in rows
    ]


def pooled(runs: Iterable[Run]) -> Figures:
    """Return the sums of what good crawls counted."""
    total: dict[str, int] = {}
    for run in runs:
        if run.outcome in {"ok", "partial"}:
            for name, value in run.stats.items():
                if isinstance(value, int):
                    total[name] = total.get(name, 0) + value
    return Figures(total)


# -- judgements -------------------------------------------------------------------------------------------------------


def _percent(share: float) -> str:
    return f"{share:.0%}"


def low_coverage(figures: Figures, limits: Limits, tolerance: float = 1.0) -> list[str]:
    """Say which fields fewer articles had than MONITORS_FIELD_COVERAGE asks for (times `tolerance`)."""
    found = []
    for name, wanted in limits.field_coverage.items():
        share = figures.share(name)
        if share is not None and figures.possible(name) >= limits.min_articles and share < wanted * tolerance:
            found.append(
                f"{_percent(share)} of {figures.possible(name):,} articles had {name}, {_percent(wanted)} should"
            )
    return found


def dropped_coverage(figures: Figures, earlier: Figures, limits: Limits) -> list[str]:
    """Say which fields fell by MONITORS_COVERAGE_DROP against earlier crawls, where most articles used to have them."""
    if min(figures.extracted, earlier.extracted) < limits.min_articles:
        return []
    found = []
    for name in PAGE_FIELDS:
        now, before = figures.share(name), earlier.share(name)
        if now is not None and before is not None and before >= STEADY and before - now >= limits.coverage_drop:
            found.append(f"{name} fell from {_percent(before)} of the articles in earlier crawls to {_percent(now)}")
    return found


def fallback_share(figures: Figures, limits: Limits, least: float = 0.0) -> list[str]:
    """Say that too many texts came from the layer that fits any page."""
    bodies = figures.had("article_body")
    guessed = figures.layers.get("article_body", {}).get(FALLBACK, 0)
    if bodies < limits.min_articles or guessed / bodies <= max(limits.fallback_share, least):
        return []
    return [f"{_percent(guessed / bodies)} of {bodies:,} texts came from the {FALLBACK} layer: no layout fits them"]


def rejected_share(figures: Figures, limits: Limits, least: float = 0.0) -> list[str]:
    """Say that too many articles had no headline or no text."""
    extracted = figures.extracted
    if extracted < limits.min_articles or figures.rejected / extracted <= max(limits.rejected_share, least):
        return []
    return [f"{figures.rejected:,} of {extracted:,} articles were rejected, see rejected.jsonl"]


def early_drift(figures: Figures, limits: Limits) -> list[str]:
    """Say why the first articles already show that the layout has changed; stricter than the judgement at the end."""
    return [
        *rejected_share(figures, limits, least=0.5),
        *low_coverage(figures, limits, tolerance=0.5),
        *fallback_share(figures, limits, least=0.9),
    ]


@dataclass(frozen=True, slots=True)
class Case:
    """What a monitor may know: this crawl's figures, the sums of earlier ones, the thresholds.

    `silence` is the age of the newest article in hours (None where it does not matter), `outcome` how the crawl ends.
    """

    figures: Figures
    earlier: Figures
    limits: Limits
    silence: float | None = None
    outcome: Verdict | None = None


class Judgement(Monitor):
    """A monitor that fails with the sentences of its `judge`; a drifting one makes the outcome of the crawl `drift`."""

    is_drift: ClassVar[bool] = False
    longMessage = False
    __test__ = False  # a unittest.TestCase by descent; pytest must not take it for one of its own

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Return what is wrong, in sentences."""
        raise NotImplementedError

    def test_crawl(self) -> None:
        """Fail when something is wrong."""
        found = self.judge(self.data.case)
        if found:
            self.fail("; ".join(found))


class Items(Judgement):
    """Enough articles came, and the newest is young."""

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Compare with MONITORS_ITEMS and MONITORS_SILENT_HOURS."""
        found = []
        brought, wanted = case.figures.extracted, case.limits.items
        if brought < wanted:
            found.append(f"{brought:,} articles came, at least {wanted:,.0f} should")
        if case.silence is not None and 0 < case.limits.silent_hours < case.silence:
            found.append(
                f"the newest article is {case.silence:,.0f} hours old: has the portal fallen silent, or have we?"
            )
        return found


class FieldCoverage(Judgement):
    """Fields are filled as MONITORS_FIELD_COVERAGE asks."""

    is_drift = True

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Compare with the thresholds."""
        return low_coverage(case.figures, case.limits)


class CoverageDrop(Judgement):
    """Fields are filled as in the last crawls of the same kind."""

    is_drift = True

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Compare with the sums of earlier crawls."""
        return dropped_coverage(case.figures, case.earlier, case.limits)


class FallbackShare(Judgement):
    """Texts come from layers that know the portal."""

    is_drift = True

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Compare with MONITORS_FALLBACK_SHARE."""
        return fallback_share(case.figures, case.limits)


class Rejected(Judgement):
    """Articles have what an article needs."""

    is_drift = True

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Compare with MONITORS_REJECTED_SHARE."""
        return rejected_share(case.figures, case.limits)


class Lists(Judgement):
    """Lists list something, and go on as their pagers say."""

    is_drift = True

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Look for a crawl that saw several lists and not one article on any, or never came beyond first pages."""
        # The index of a day may well say that it has none.
        pages = case.figures.count("page/list") - case.figures.count("list/said_empty")
        cut = case.figures.count("list/cut_short")
        found = []
        if pages >= 3 and not case.figures.count("list/cards") and not case.figures.count("walk/unchanged"):
            found.append(f"{pages:,} list pages came and no article stood on any of them")
        if cut >= 3:
            found.append(
                f"the pagers of {cut:,} lists number pages that do not come: their addresses have another form"
            )
        return found


class Failed(Judgement):
    """Articles can be had."""

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Compare with MONITORS_FAILED_SHARE."""
        asked, failed = case.figures.count("article/asked"), case.figures.failed
        if asked < case.limits.min_articles or failed / asked <= case.limits.failed_share:
            return []
        return [f"{failed:,} of {asked:,} articles could not be had"]


class Errors(Judgement):
    """The log holds few errors."""

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Compare with MONITORS_ERRORS."""
        errors = case.figures.count("log_count/ERROR") + case.figures.count("log_count/CRITICAL")
        return [f"{errors:,} errors in the log"] if errors > case.limits.errors else []


class Outcome(Judgement):
    """The crawl ended ok."""

    @staticmethod
    def judge(case: Case) -> list[str]:
        """Return the outcome as it will be, unless it is ok."""
        outcome = case.outcome
        return [] if outcome is None or outcome.word == "ok" else [f"{outcome.word}: {outcome.why}"]


MONITORS: tuple[type[Judgement], ...] = (
    Outcome, Lists, Rejected, FieldCoverage, CoverageDrop, FallbackShare, Items, Failed, Errors,
)  # fmt: skip


class CloseOfCrawl(MonitorSuite):
    """All monitors; what to do then is in MONITORS_FAILED_ACTIONS and MONITORS_PASSED_ACTIONS."""

    monitors: ClassVar[Sequence[type[Monitor]]] = MONITORS

    def __init__(self, name: str | None = None, crawler: Crawler | None = None) -> None:
        settings = crawler.settings if crawler is not None else {}
        super().__init__(
            name,
            crawler=crawler,
            monitors_failed_actions=_actions(settings, "MONITORS_FAILED_ACTIONS"),
            monitors_passed_actions=_actions(settings, "MONITORS_PASSED_ACTIONS"),
        )

    def _add_action(self, action: Any, target_actions_list: list[Any]) -> None:
        try:
            super()._add_action(action, target_actions_list)
        except NotConfigured as error:
            logger.error("No notification by %s: %s", action.__name__, error)  # noqa: TRY400 - the sentence says it all


def _actions(settings: Any, name: str) -> list[Any]:
    """Load the actions named in a setting; one that cannot be loaded is told of and left out: articles matter more."""
    loaded = []
    for path in settings.getlist(name) if settings else ():
        try:
            loaded.append(load_object(path))
        except (ImportError, NameError, ValueError, TypeError) as error:
            logger.error("No notification by %s of %s: %s; see docs/operations.md", path, name, error)  # noqa: TRY400
    return loaded


class SendMail(Action):
    """Send what was found by e-mail.

    Spidermon's own action leaves a letter to the reactor, which stops before it has gone. Settings: those of Spidermon,
    SPIDERMON_SMTP_HOST, _PORT, _USER, _PASSWORD, _ENFORCE_TLS, _ENFORCE_SSL, SPIDERMON_EMAIL_SENDER and _TO.
    """

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__()
        self._settings = settings
        for name in ("SPIDERMON_SMTP_HOST", "SPIDERMON_EMAIL_SENDER", "SPIDERMON_EMAIL_TO"):
            if not settings.get(name):
                raise NotConfigured(f"set {name}")

    @classmethod
    def from_crawler_kwargs(cls, crawler: Crawler) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {"settings": crawler.settings}

    def run_action(self) -> None:
        """Send the letter; an error is told in the log by `Monitors`."""
        settings = self._settings
        secure = settings.getbool("SPIDERMON_SMTP_ENFORCE_SSL")
        port = settings.getint("SPIDERMON_SMTP_PORT") or (465 if secure else 25)
        connect = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with connect(settings["SPIDERMON_SMTP_HOST"], port, timeout=MAIL_PATIENCE) as server:
            if settings.getbool("SPIDERMON_SMTP_ENFORCE_TLS"):
                server.starttls(context=ssl.create_default_context())
            if settings.get("SPIDERMON_SMTP_USER"):
                server.login(settings["SPIDERMON_SMTP_USER"], settings["SPIDERMON_SMTP_PASSWORD"] or "")
            server.send_message(self._letter())

    def _letter(self) -> EmailMessage:
        outcome, spider = self.data.outcome, self.data.spider
        letter = EmailMessage()
        letter["Subject"] = f"wartacrawl {spider.name}: {outcome.word}"
        letter["From"] = self._settings["SPIDERMON_EMAIL_SENDER"]
        letter["To"] = ", ".join(self._settings.getlist("SPIDERMON_EMAIL_TO"))
        found = [f"{one.monitor.monitor_name}: {one.reason}" for one in self.result.monitors_failed_results]
        letter.set_content("\n".join([self.data.message, "", *found, "", f"Reports: {self.data.folder / 'reports'}"]))
        return letter


# -- extension --------------------------------------------------------------------------------------------------------


class Monitors(Spidermon):
    """Judge the first articles and end a crawl that drifts; judge all of it before the outcome is decided."""

    def __init__(self, crawler: Crawler, **suites: Any) -> None:
        super().__init__(crawler, **suites)
        self._limits = Limits.of(crawler.settings)
        self._is_watching = self._limits.early_articles > 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the extension of a crawl."""
        watch: Self = super().from_crawler(crawler)
        crawler.signals.connect(watch.item_settled, signals.item_scraped)
        crawler.signals.connect(watch.item_settled, signals.item_dropped)
        return watch

    def item_settled(self, item: Article) -> None:
        """Count articles without text, and look at the first ones."""
        stats = self.crawler.stats
        if item.article_body is None and (item.videos or item.images):
            stats.inc_value("extract/without_text")
        if not self._is_watching:
            return
        figures = Figures(stats.get_stats())
        if figures.extracted < self._limits.early_articles:
            return
        self._is_watching = False
        found = early_drift(figures, self._limits)
        if found:
            logger.error("Ending early, as the first %d articles show drift: %s", figures.extracted, "; ".join(found))
            Crawl.of(self.crawler).end("drift", f"{'; '.join(found)}: the layout has changed, run `scrapy doctor`")

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Judge the crawl; what drifting monitors found becomes the reason of the outcome `drift`."""
        for task in self.periodic_tasks.pop(spider, []):
            task.stop()
        try:
            case = self._case(spider, reason)
            data = {
                **self._generate_data_for_spider(spider),
                "case": case,
                "folder": Crawl.of(self.crawler).store.folder,
                **_told(spider.name, case, reason),
            }
            for suite in self.spider_closed_suites:
                runner = (
                    MonitorRunner()
                )  # Spidermon's own for spiders logs a screenful, by a call Scrapy has deprecated
                self._keep(runner.run(suite, **data))
        except (LedgerError, SpidermonException) as error:
            logger.error("The crawl could not be judged: %s", error)  # noqa: TRY400 - the sentence says it all

    def engine_stopped(self) -> None:
        """Do nothing: all is judged when the spider closes."""

    def _case(self, spider: Spider, reason: str) -> Case:
        stats, crawl = self.crawler.stats, Crawl.of(self.crawler)
        ledger, most = crawl.ledger, int(self._limits.earlier_runs)
        # Crawls of other kinds may lie between; so far back is far enough.
        runs = earlier_runs(ledger, spider.name, crawl.run, most * 5)
        mine = kind_of(ledger.query("SELECT arguments FROM runs WHERE id = ?", (crawl.run,))[0][0])
        case = Case(
            Figures(stats.get_stats()),
            pooled([run for run in runs if run.kind == mine][:most]),
            self._limits,
            _silence(ledger) if spider.name == "warta" else None,
        )
        drifting = [sentence for one in MONITORS if one.is_drift for sentence in one.judge(case)]
        if drifting:
            crawl.why.setdefault("drift", f"{'; '.join(drifting)}: run `scrapy doctor`")
        return replace(case, outcome=judge(stats.get_stats(), reason, crawl))

    def _keep(self, result: Any) -> None:
        """Put the verdicts into stats and log."""
        stats = self.crawler.stats
        stats.inc_value("monitors/passed", len(result.monitors_passed_results))
        for one in result.monitors_failed_results:
            name, sentence = one.monitor.monitor_name, one.reason or _last_line(one.error)
            stats.set_value(f"monitors/failed/{name}", sentence)
            if not isinstance(one.monitor, Outcome):
                logger.warning("Monitor %s: %s", name, sentence)
        for action in (*result.monitors_passed_action_results, *result.monitors_failed_action_results):
            if action.error:
                logger.error("Notification %s failed: %s", action.action.name, _last_line(action.error))


def _told(spider: str, case: Case, reason: str) -> dict[str, Any]:
    """Return what notifications are made of: a message, the outcome, and stats as they stand after the crawl."""
    warnings = [sentence for one in MONITORS if not (one.is_drift or one is Outcome) for sentence in one.judge(case)]
    outcome = f"{case.outcome.word} ({case.outcome.why})" if case.outcome is not None else reason
    return {
        "message": "; ".join([f"wartacrawl {spider}: {outcome}", *warnings]),
        "outcome": case.outcome,
        "stats": {**case.figures.stats, "finish_reason": reason, "finish_time": datetime.now(UTC)},
    }


def _last_line(traceback: str) -> str:
    return traceback.strip().rpartition("\n")[2]


def _silence(ledger: Ledger) -> float | None:
    """Return the age of the newest article in hours, None without one."""
    newest = ledger.query("SELECT max(published) FROM articles")[0][0]
    return None if newest is None else (ledger.clock() - newest) / 3600
