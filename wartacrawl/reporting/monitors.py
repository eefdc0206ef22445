"""What a crawl brought, compared with thresholds and with earlier crawls of the same kind.

Each rule is a row of `MONITORS`. docs/operations.md explains each setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wartacrawl.config import JUDGED_FIELDS
from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.number import counted
from wartacrawl.reporting.share import bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wartacrawl.config import MonitorsConfig

# The stats of failed monitors begin like this; the sentence is the value.
FAILED = "monitors/failed/"
# The layer that reads any page of any site: good to have, but a sign that the layouts no longer fit.
FALLBACK = "generic"
# A field that fewer articles had in earlier crawls depends on the articles, not on the layout.
STEADY = 0.8
# Fewer articles of earlier crawls are no base to compare with.
BASELINE_ARTICLES = 50
# Fields that an article may well lack: when they vanish, a person should look, and the crawl is still a good one.
OPTIONAL_FIELDS = frozenset(
    {
        "alternative_headline", "authors", "breadcrumbs", "date_modified", "date_modified_raw", "dateline", "images",
        "is_accessible_for_free", "keywords", "related", "videos",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What a monitor judges by.

    `figures` are those of this crawl, `earlier` the sums of earlier crawls of the same kind; `silence` is the age of
    the newest article in hours, None where it does not matter.
    """

    figures: Figures
    earlier: Figures
    limits: MonitorsConfig
    silence: float | None = None


@dataclass(frozen=True, slots=True)
class Monitor:
    """A rule: `look` returns what is wrong, in sentences; `promise` is what holds when nothing is.

    What a drifting monitor finds makes the outcome of the crawl `drift`; the others only warn.
    """

    name: str
    promise: str
    look: Callable[[Case], list[str]]
    is_drift: bool = False


def _percent(share: float) -> str:
    return f"{share:.0%}"


# -- rules that make the outcome drift --------------------------------------------------------------------------------


def lists(case: Case) -> list[str]:
    """Report lists without any article, and pagers with numbers of pages that do not exist."""
    figures, found = case.figures, []
    if not figures.count("list/cards") and not figures.count("walk/unchanged"):
        # The index of a day may well say that it has none.
        pages = figures.count("page/list") - figures.count("list/said_empty")
        empty = sum(figures.count(f"list/{how}") for how in ("empty", "shell", "doubted"))
        if pages >= 3:
            found.append(f"{pages:,} list pages came, none of them with an article")
        elif empty and not figures.count("feed/rss/entries"):
            found.append(f"{counted(empty, 'list')} came without any article")
    cut = figures.count("list/cut_short")
    if cut >= 3:
        found.append(f"the pagers of {cut:,} lists name pages that do not exist: their addresses may have changed")
    return found


def rejected(case: Case, minimum: float = 0.0) -> list[str]:
    """Compare the share of articles without a headline or text with MONITORS_REJECTED_SHARE."""
    figures = case.figures
    extracted = figures.extracted
    if not _exceeds(figures.rejected, extracted, case.limits.rejected_share, minimum):
        return []
    return [f"{figures.rejected:,} of {counted(extracted, 'article')} were rejected, see rejected.jsonl"]


def _exceeds(count: int, of: int, limit: float, minimum: float) -> bool:
    """Return whether a share is above a limit by more than chance, and above `minimum`."""
    return of > 0 and bounds(count, of)[0] > limit and count / of > minimum


def field_coverage(case: Case, tolerance: float = 1.0) -> list[str]:
    """Name the fields that fewer articles had than MONITORS_FIELD_COVERAGE (times `tolerance`) asks for."""
    figures, limits, found = case.figures, case.limits, []
    for name, wanted in limits.field_coverage.items():
        had, possible = figures.had(name), figures.possible(name)
        if possible >= limits.min_articles and bounds(min(had, possible), possible)[1] < wanted * tolerance:
            found.append(
                f"{_percent(had / possible)} of {counted(possible, 'article')} had {name}, {_percent(wanted)} should"
            )
    return found


def coverage_drop(case: Case) -> list[str]:
    """Name the fields (optional ones aside) that most articles had, and whose share fell by MONITORS_COVERAGE_DROP."""
    return [sentence for name, sentence in _drops(case).items() if name not in OPTIONAL_FIELDS]


def optional_drop(case: Case) -> list[str]:
    """Name the optional fields that most articles had, and whose share fell by MONITORS_COVERAGE_DROP."""
    return [sentence for name, sentence in _drops(case).items() if name in OPTIONAL_FIELDS]


def _drops(case: Case) -> dict[str, str]:
    figures, earlier, limits = case.figures, case.earlier, case.limits
    if figures.extracted < limits.min_articles or earlier.extracted < BASELINE_ARTICLES:
        return {}
    found = {}
    for name in JUDGED_FIELDS:
        now, before = figures.share(name), earlier.share(name)
        if now is None or before is None or before < STEADY:
            continue
        highest_now = bounds(min(figures.had(name), figures.possible(name)), figures.possible(name))[1]
        lowest_before = bounds(min(earlier.had(name), earlier.possible(name)), earlier.possible(name))[0]
        if lowest_before - highest_now >= limits.coverage_drop:
            found[name] = f"{name} fell from {_percent(before)} of the articles in earlier crawls to {_percent(now)}"
    return found


def fallback_share(case: Case, minimum: float = 0.0) -> list[str]:
    """Compare the share of texts from the layer that fits any page with MONITORS_FALLBACK_SHARE."""
    figures, limits = case.figures, case.limits
    bodies = figures.had("article_body")
    guessed = figures.layers.get("article_body", {}).get(FALLBACK, 0)
    if bodies < limits.min_articles or not _exceeds(guessed, bodies, limits.fallback_share, minimum):
        return []
    return [f"{_percent(guessed / bodies)} of {bodies:,} texts came from the {FALLBACK} layer: no layout fits them"]


# -- rules that only warn ---------------------------------------------------------------------------------------------


def articles(case: Case) -> list[str]:
    """Compare with MONITORS_ITEMS and MONITORS_SILENT_HOURS."""
    brought, wanted, found = case.figures.extracted, case.limits.items, []
    if brought < wanted:
        found.append(f"{counted(brought, 'article')} came, at least {wanted:,.0f} should")
    if case.silence is not None and 0 < case.limits.silent_hours < case.silence:
        found.append(
            f"the newest article is {counted(round(case.silence), 'hour')} old: see whether the portal still publishes"
        )
    return found


def failed(case: Case) -> list[str]:
    """Compare with MONITORS_FAILED_SHARE."""
    asked, lost = case.figures.count("article/asked"), case.figures.failed
    if asked < case.limits.min_articles or lost / asked <= case.limits.failed_share:
        return []
    return [f"{lost:,} of {counted(asked, 'article')} could not be fetched"]


def errors(case: Case) -> list[str]:
    """Compare with MONITORS_ERRORS."""
    number = case.figures.count("log_count/ERROR") + case.figures.count("log_count/CRITICAL")
    return [f"{counted(number, 'error')} in the log"] if number > case.limits.errors else []


MONITORS = (
    Monitor("Lists", "Lists show articles, and continue as their pagers say.", lists, is_drift=True),
    Monitor("Rejected", "Articles have what an article needs.", rejected, is_drift=True),
    Monitor("FieldCoverage", "Fields are filled as MONITORS_FIELD_COVERAGE asks.", field_coverage, is_drift=True),
    Monitor("CoverageDrop", "Fields are filled as in the last crawls of the same kind.", coverage_drop, is_drift=True),
    Monitor("FallbackShare", "Texts come from layers that know the portal.", fallback_share, is_drift=True),
    Monitor("OptionalFields", "Optional fields are filled as in the last crawls of the same kind.", optional_drop),
    Monitor("Items", "Enough articles came, and the newest is recent.", articles),
    Monitor("Failed", "Articles can be fetched.", failed),
    Monitor("Errors", "The log has few errors.", errors),
)


def judge(case: Case) -> dict[str, list[str]]:
    """Return what is wrong by the name of each monitor, [] for those that pass; in the order of `MONITORS`."""
    return {monitor.name: monitor.look(case) for monitor in MONITORS}


def drift(found: Mapping[str, list[str]]) -> list[str]:
    """Return those sentences of `judge` that make the outcome drift."""
    return [sentence for monitor in MONITORS if monitor.is_drift for sentence in found[monitor.name]]


def early_drift(figures: Figures, limits: MonitorsConfig) -> list[str]:
    """Return why the first articles already show that the layout has changed; stricter than `judge` at the end."""
    case = Case(figures, Figures({}), limits)
    return [*rejected(case, minimum=0.5), *field_coverage(case, tolerance=0.5), *fallback_share(case, minimum=0.9)]
