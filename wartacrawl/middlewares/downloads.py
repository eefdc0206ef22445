"""Downloads that can be given up: under way and to come, when the crawl is being stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadFailedError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

# The signal that tells download handlers to give up.
ABANDON = object()


class StoppedError(DownloadFailedError):
    """A download that was given up because the crawl is being stopped.

    Scrapy retries this kind of failure. As the retry never starts, the page does not count as failed.
    """


class Abandonable:
    """The part of a download handler that cancels its downloads on the signal `ABANDON`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)  # type: ignore[call-arg]  # it is mixed into a handler
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
