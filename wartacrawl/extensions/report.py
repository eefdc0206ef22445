"""Measuring answer times, and writing the report when the outcome is known."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured

from wartacrawl.crawl import Crawl
from wartacrawl.reporting import report
from wartacrawl.reporting.facts import facts
from wartacrawl.reporting.latency import Latency
from wartacrawl.storage.ledger import LedgerError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


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
        """Note how long an answer took, including answers that are retried."""
        seconds = request.meta.get("download_latency")
        if seconds is not None:
            self._latency.add(seconds)

    def spider_closed(self) -> None:
        """Put the result into the stats."""
        for name, value in self._latency.stats().items():
            self._stats.set_value(name, value)


class Reporter:
    """Write the report once the outcome is known. It can fail; the crawl does not."""

    def __init__(self, crawler: Crawler) -> None:
        self._stats = crawler.stats
        self._crawl = Crawl.of(crawler)
        self._before: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reporter:
        """Make the extension of a crawl; raise `NotConfigured` for a spider that is not ours."""
        if Crawl.of(crawler).opened is None:
            raise NotConfigured
        reporter = cls(crawler)
        crawler.signals.connect(reporter.spider_opened, signals.spider_opened)
        crawler.signals.connect(reporter.spider_closed, signals.spider_closed)
        return reporter

    def spider_opened(self) -> None:
        """Note the lengths of the parts."""
        try:
            self._before = self._crawl.ledger.parts()
        except LedgerError as error:
            logger.warning("The report will also count lines of earlier crawls: %s", error)

    def spider_closed(self) -> None:
        """Write the report, then the page of all crawls. Whatever is wrong with them, the crawl was what it was."""
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
            logger.error("The page of all crawls is as it was: %s; `scrapy report` tries again", error)  # noqa: TRY400
