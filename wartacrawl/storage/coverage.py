"""What was announced, exported and missing, by day of publication."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from wartacrawl.language import dates
from wartacrawl.storage.walks import DAY_MARGIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wartacrawl.storage.ledger import Ledger

# How the names under which articles were announced are grouped in the table.
SOURCES = ("sections", "indeks", "rss", "sitemap", "artikel")


@dataclass(slots=True)
class Day:
    """A day of publication (Asia/Jakarta) and the articles known of it.

    `announced` counts articles by source, `total` each article once; `missing` are those announced that were neither
    exported nor given up, `failed` those of them that were tried, with the reason and how often; `gone` and `rejected`
    were given up. `is_walked` is True when the day's own index was followed to its end after the day was over.
    """

    day: str
    announced: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    total: int = 0
    exported: int = 0
    rejected: int = 0
    gone: int = 0
    failed: int = 0
    missing: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    is_walked: bool = False

    @property
    def is_closed(self) -> bool:
        """True when the day needs no further visit."""
        return self.is_walked and not self.missing

    @property
    def state(self) -> str:
        """See `state_of`."""
        return state_of(self.total, self.missing, is_walked=self.is_walked)


def state_of(total: int, missing: int, *, is_walked: bool) -> str:
    """Return the state of a day with a number of articles: missing, empty, unknown, closed or open."""
    if missing:
        return "missing"
    if not total:
        return "empty" if is_walked else "unknown"
    return "closed" if is_walked else "open"


def coverage(ledger: Ledger, since: date, until: date) -> list[Day]:
    """Return the coverage of every day from `since` to `until`, oldest first."""
    found = days_between(ledger, since, until)
    days = {day.day: day for day in found}
    for iso, group, number in ledger.query(
        "SELECT articles.day, CASE WHEN source LIKE 'section:%' THEN 'sections'"
        " WHEN source LIKE 'indeks:%' THEN 'indeks' ELSE source END AS name,"
        " count(DISTINCT identifier) FROM articles JOIN announcements USING (identifier)"
        " WHERE articles.day BETWEEN ? AND ? GROUP BY articles.day, name",
        (since.isoformat(), until.isoformat()),
    ):
        days[iso].announced[group] = number
    return found


def days_between(ledger: Ledger, since: date, until: date) -> list[Day]:
    """Return every day from `since` to `until`, oldest first, without saying who announced the articles."""
    days = {}
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        midnight = datetime.combine(day + timedelta(days=1), time(), dates.JAKARTA).timestamp()
        iso = day.isoformat()
        days[iso] = Day(iso, is_walked=ledger.is_walked(iso, midnight))
    for iso, state, reason, number in ledger.query(
        "SELECT day, state, reason, count(*) FROM articles WHERE day BETWEEN ? AND ? GROUP BY day, state, reason",
        (since.isoformat(), until.isoformat()),
    ):
        _add(days[iso], state, reason, number)
    return list(days.values())


def _add(day: Day, state: str, reason: str | None, number: int) -> None:
    day.total += number
    if state == "exported":
        day.exported += number
    elif state in {"gone", "rejected"}:
        setattr(day, state, getattr(day, state) + number)
    else:
        day.missing += number
        if state == "failed":
            day.failed += number
    if reason and state != "exported":
        day.reasons[reason] = day.reasons.get(reason, 0) + number


def unwalked(days: Iterable[Day], now: datetime) -> list[Day]:
    """Return the days whose index was never walked to its end and should have been by `now` (aware).

    In the hour after midnight yesterday is not among them yet: late articles may still come.
    """
    first_open = dates.day(now - timedelta(seconds=DAY_MARGIN)).isoformat()
    return [day for day in days if not day.is_walked and day.day < first_open]


def undated(ledger: Ledger) -> dict[str, int]:
    """Return how many articles of no known day there are, by state."""
    return dict(ledger.query("SELECT state, count(*) FROM articles WHERE day IS NULL GROUP BY state"))


def dead_sections(ledger: Ledger) -> list[str]:
    """Return the slugs of sections that the menu named and the portal did not have when they were last asked for."""
    return [name.removeprefix("section:") for name in ledger.gone_lists() if name.startswith("section:")]


def as_record(day: Day) -> dict[str, Any]:
    """Return a day as plain JSON values."""
    return {**asdict(day), "is_closed": day.is_closed}
