"""Monitors of a crawl: while it runs, and of all of it before the outcome is decided."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wartacrawl.component import Component
from wartacrawl.config import MonitorsConfig
from wartacrawl.reporting import monitors
from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.monitors import Case
from wartacrawl.reporting.runs import comparable_runs, find_runs, pooled
from wartacrawl.storage.ledger import LedgerError

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from wartacrawl.items import Article
    from wartacrawl.storage.ledger import Ledger

logger = logging.getLogger(__name__)


class Monitors(Component):
    """End a crawl whose first articles show drift; put what the monitors find into stats and log."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._limits = MonitorsConfig.read(crawler.settings)
        self._is_watching = self._limits.early_articles > 0

    def item_scraped(self, item: Article) -> None:
        """Count articles without text, and look at the first ones."""
        if item.article_body is None and (item.videos or item.images):
            self._stats.inc_value("extract/without_text")
        if not self._is_watching:
            return
        figures = Figures(self._stats.get_stats())
        if figures.extracted < self._limits.early_articles:
            return
        self._is_watching = False
        found = monitors.early_drift(figures, self._limits)
        if found:
            logger.error("Ending early, as the first %d articles show drift: %s", figures.extracted, "; ".join(found))
            self._crawl.end("drift", _advise(found))

    item_dropped = item_scraped

    def spider_closed(self, spider: Spider) -> None:
        """Judge the crawl."""
        try:
            found = monitors.judge(self._case(spider))
        except LedgerError as error:
            logger.error("The crawl could not be judged: %s", error)  # noqa: TRY400 - the sentence says it all
            return
        drift = monitors.drift(found)
        if drift:
            self._crawl.why.setdefault("drift", _advise(drift))
        for name, sentences in found.items():
            if sentences:
                self._stats.set_value(f"{monitors.FAILED}{name}", "; ".join(sentences))
                logger.warning("Monitor %s: %s", name, "; ".join(sentences))
        self._stats.set_value("monitors/passed", sum(not sentences for sentences in found.values()))

    def _case(self, spider: Spider) -> Case:
        ledger, run = self._crawl.ledger, self._crawl.run
        arguments = next(find_runs(ledger, "id = ?", run)).arguments
        earlier = comparable_runs(ledger, spider.name, run, arguments, self._limits.earlier_runs)
        silence = _silence(ledger) if spider.name == "warta" else None
        return Case(Figures(self._stats.get_stats()), pooled(earlier), self._limits, silence)


def _advise(found: list[str]) -> str:
    return f"{'; '.join(found)}: the layout has changed, run `scrapy doctor`"


def _silence(ledger: Ledger) -> float | None:
    """Return the age of the newest article in hours, None without one."""
    newest = ledger.query("SELECT max(published) FROM articles")[0][0]
    return None if newest is None else (ledger.clock() - newest) / 3600
