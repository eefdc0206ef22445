"""A callback that finds that the output folder cannot be used ends the crawl: every other would find the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals

from wartacrawl.crawl import Crawl
from wartacrawl.storage.database import LedgerError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure


class EndOnFault:
    """The spider middleware that ends the crawl over a `LedgerError`."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawl = Crawl.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> EndOnFault:
        """Make the spider middleware of a crawl."""
        middleware = cls(crawler)
        # Errbacks do not pass through spider middlewares; what they raise is reported by this signal alone.
        crawler.signals.connect(middleware.spider_error, signals.spider_error)
        return middleware

    def spider_error(self, failure: Failure) -> None:
        """End the crawl when it was an errback that found out."""
        if isinstance(failure.value, LedgerError):
            self._crawl.end_by_fault(failure.value)

    def process_spider_exception(self, response: Response, exception: Exception) -> tuple[()] | None:  # noqa: ARG002
        """Log the sentence once, in place of a traceback a page; leave any other exception to Scrapy."""
        if not isinstance(exception, LedgerError):
            return None
        self._crawl.end_by_fault(exception)
        return ()
