"""Answer times, and the report, which is written when the outcome is known."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wartacrawl.component import Component
from wartacrawl.reporting import report
from wartacrawl.reporting.facts import facts
from wartacrawl.reporting.latency import Latency
from wartacrawl.storage.ledger import LedgerError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Stopwatch(Component):
    """Measure answer times; they are in the stats before the ledger takes those over."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._latency = Latency()

    def response_downloaded(self, request: Request) -> None:
        """Note how long an answer took, including answers that are retried."""
        seconds = request.meta.get("download_latency")
        if seconds is not None:
            self._latency.add(seconds)

    def spider_closed(self) -> None:
        """Put the result into the stats."""
        for name, value in self._latency.stats().items():
            self._stats.set_value(name, value)


class Reporter(Component):
    """Write the report once the outcome is known. It can fail; the crawl does not."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._before: dict[str, int] = {}

    def spider_opened(self) -> None:
        """Note the lengths of the parts."""
        try:
            self._before = self._crawl.ledger.parts()
        except LedgerError as error:
            logger.warning("The report will also count lines of earlier crawls: %s", error)

    def spider_closed(self) -> None:
        """Write the report, then the page of all crawls. A fault in either does not change the outcome."""
        crawl, stats = self._crawl, self._stats.get_stats()
        try:
            found = facts(crawl.store.folder, crawl.run, origin=crawl.origin, before=self._before, stats=stats)
            _, page = report.write(crawl.store.folder, found)
        except Exception as error:  # noqa: BLE001 - see above
            logger.error("No report of this crawl: %s; `scrapy report` tries again", error)  # noqa: TRY400
            return
        self._stats.set_value("report", str(page))
        logger.info("Report: %s", page)
        try:
            report.write_index(crawl.store.folder)
        except Exception as error:  # noqa: BLE001 - see above
            logger.error("The page of all crawls was not updated: %s; `scrapy report` tries again", error)  # noqa: TRY400
