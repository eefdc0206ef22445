"""A callback that finds that the output folder cannot be used ends the crawl: every other would find the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wartacrawl.component import Component
from wartacrawl.storage.database import LedgerError

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure


class EndOnFault(Component):
    """The spider middleware that ends the crawl over a `LedgerError`."""

    needs_folder = False

    def spider_error(self, failure: Failure) -> None:
        """End the crawl over an error in an errback: those do not pass through spider middlewares."""
        if isinstance(failure.value, LedgerError):
            self._crawl.end_by_fault(failure.value)

    def process_spider_exception(self, response: Response, exception: Exception) -> tuple[()] | None:  # noqa: ARG002
        """Log the sentence once, in place of a traceback a page; leave any other exception to Scrapy."""
        if not isinstance(exception, LedgerError):
            return None
        self._crawl.end_by_fault(exception)
        return ()
