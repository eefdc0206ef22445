"""Ending a crawl early: within seconds when it is told to, at once when the output folder cannot be used.

Scrapy ends gracefully by waiting for every download under way: with a portal that hangs, for DOWNLOAD_TIMEOUT and the
retries after it. Whoever stops a crawl (a person, scrapyd, a machine going down) kills it before that.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadFailedError
from twisted.internet.task import LoopingCall

from wartacrawl.pipelines import fail
from wartacrawl.storage.ledger import LedgerError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

logger = logging.getLogger(__name__)

# Seconds between two looks at whether the crawl is being stopped. Scrapy has no signal for it.
_LOOK = 0.25
# The signal that tells download handlers to give up.
ABANDON = object()


class StoppedError(DownloadFailedError):
    """A download that was given up because the crawl is being stopped.

    A kind of failure that is retried: the retry is never begun, so nobody takes the page for one that failed.
    """


class Abandonable:
    """What a download handler needs to give up its downloads when told to."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._under_way: set[asyncio.Task[Response]] = set()
        self._is_abandoned = False
        crawler.signals.connect(self.abandon, ABANDON)

    async def or_abandon(self, download: Coroutine[Any, Any, Response]) -> Response:
        """Return what the download brings; raise `StoppedError` once `abandon` was called."""
        if self._is_abandoned:
            download.close()
            raise StoppedError("the crawl is being stopped")
        task = asyncio.ensure_future(download)
        self._under_way.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if not self._is_abandoned:
                raise
            raise StoppedError("the crawl is being stopped") from None
        finally:
            self._under_way.discard(task)

    def abandon(self) -> None:
        """Give up every download, under way and to come."""
        self._is_abandoned = True
        for task in self._under_way:
            task.cancel()


class HTTPHandler(Abandonable, HTTP11DownloadHandler):
    """Scrapy's own handler, able to give up."""

    async def download_request(self, request: Request) -> Response:
        """Download as Scrapy does."""
        return await self.or_abandon(super().download_request(request))


class EndOnFault:
    """End the crawl when a callback finds that the output folder cannot be used: every other would find the same."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> EndOnFault:
        """Make the spider middleware of a crawl."""
        middleware = cls(crawler)
        # Errbacks do not pass through spider middlewares; what they raise is told by this signal alone.
        crawler.signals.connect(middleware.spider_error, signals.spider_error)
        return middleware

    def spider_error(self, failure: Failure) -> None:
        """End the crawl when it was an errback that found out."""
        if isinstance(failure.value, LedgerError):
            fail(self._crawler, failure.value)

    def process_spider_exception(self, response: Response, exception: Exception) -> tuple[()] | None:  # noqa: ARG002
        """Say the sentence once, in place of a traceback a page; leave any other exception to Scrapy."""
        if not isinstance(exception, LedgerError):
            return None
        fail(self._crawler, exception)
        return ()


class Shutdown:
    """Give downloads SHUTDOWN_SECONDS once the crawl is being stopped, and then give them up."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._patience = crawler.settings.getfloat("SHUTDOWN_SECONDS", 3.0)
        self._waited = 0.0
        self._watch = LoopingCall(self._look)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Shutdown:
        """Make the extension of a crawl."""
        extension = cls(crawler)
        crawler.signals.connect(extension._start, signals.spider_opened)
        crawler.signals.connect(extension._stop, signals.spider_closed)
        return extension

    def _start(self) -> None:
        self._watch.start(_LOOK, now=False)

    def _stop(self) -> None:
        if self._watch.running:
            self._watch.stop()

    def _look(self) -> None:
        engine = self._crawler.engine
        if engine.running and self._crawler.stats.get_value("fault") is None:
            return
        self._waited += _LOOK
        if self._waited >= self._patience:
            self._stop()
            self._abandon()

    def _abandon(self) -> None:
        downloader = self._crawler.engine.downloader
        if downloader.active:
            logger.info("Giving up %d downloads that take too long; they are remembered", len(downloader.active))
        self._crawler.signals.send_catch_log(ABANDON)
