"""History: the dated index pages, newest day first, only what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from wartacrawl.config import ConfigError
from wartacrawl.language import dates
from wartacrawl.site import urls
from wartacrawl.spiders.lists import ListSpider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from scrapy.settings import BaseSettings

    from wartacrawl.config import Config
    from wartacrawl.spiders.arguments import Arguments
    from wartacrawl.spiders.base import Batch
    from wartacrawl.spiders.walk import ListWalk

# Days a crawl without `since` goes back.
DEFAULT_DAYS = 7
# Days walked side by side: enough to keep the queue filled, few enough that a crash leaves few of them open.
DAYS_AT_ONCE = 4


class IndeksSpider(ListSpider):
    """`scrapy crawl indeks -a since=DATE -a until=DATE`: the days that are not closed yet."""

    name = "indeks"
    allowed_arguments: ClassVar[frozenset[str]] = frozenset({"since", "until", "limit", "full"})

    @classmethod
    def check(cls, settings: BaseSettings, given: Mapping[str, object]) -> tuple[Arguments, Config]:
        """Refuse days before any index."""
        arguments, config = super().check(settings, given)
        since, limit = arguments.since, config.discovery.index_days
        if since is not None and (dates.day(datetime.now(UTC)) - since).days >= limit:
            raise ConfigError(f"since={since.isoformat()!r} is over {limit:,} days ago (INDEX_DAYS): give a later day.")
        return arguments, config

    def plan(self) -> Iterator[Batch]:
        """Walk every day that was not walked to its end, a few at a time; then ask for what days still lack."""
        today = dates.day(datetime.now(UTC))
        until = min(self.arguments.until or today, today)
        since = self.arguments.since or until - timedelta(days=DEFAULT_DAYS - 1)
        days = [until - timedelta(days=back) for back in range((until - since).days + 1)]
        for start in range(0, len(days), DAYS_AT_ONCE):
            chunk = days[start : start + DAYS_AT_ONCE]
            yield from self._days(chunk)
            if self.crawl.is_spent:
                return
            if self.is_beyond_index():
                self.logger.warning("The index does not go back beyond %s: earlier days are not requested", chunk[-1])
                return

    def _days(self, days: list[date]) -> Iterator[Batch]:
        open_days = [day for day in days if self.arguments.full or not self._is_walked(day)]
        self.count("day/closed", len(days) - len(open_days))
        walks = {day: self._index_walk(day) for day in open_days}
        yield [self.ask_list(walk) for walk in walks.values()]
        for day, walk in walks.items():
            if not walk.lists_articles:
                self.record_day(walk, day)  # the others have shown by now whether lists can be read
        rows = self.ledger.pending(self.crawl.run, since=days[-1].isoformat(), until=days[0].isoformat())
        yield from self.ask_rows([row for row in rows if row.day is not None])

    def _is_walked(self, day: date) -> bool:
        midnight = datetime.combine(day + timedelta(days=1), time(), dates.JAKARTA)
        return self.ledger.is_walked(day.isoformat(), midnight.timestamp())

    def _index_walk(self, day: date) -> ListWalk:
        url = urls.build(urls.Ref("index", day=day), origin=self.origin)
        return self.walk(f"indeks:{day.isoformat()}", url, day=day)
