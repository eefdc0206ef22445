"""Ending a crawl early: within seconds when it is told to, at once when the output folder cannot be used.

Scrapy ends gracefully by waiting for every download under way: with a portal that hangs, for DOWNLOAD_TIMEOUT and the
retries after it. Whoever stops a crawl (a person, scrapyd, a machine going down) kills it before that.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING

from scrapy import signals
from twisted.internet.task import LoopingCall

from wartacrawl.config import DownloadConfig
from wartacrawl.crawl import Crawl
from wartacrawl.middlewares.downloads import ABANDON

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

# Seconds between two looks at whether the crawl is being stopped. Scrapy has no signal for it.
_LOOK = 0.25


class Shutdown:
    """Give downloads SHUTDOWN_SECONDS once the crawl is being stopped, and then give them up."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._patience = DownloadConfig.read(crawler.settings).shutdown
        self._waited = 0.0
        self._watch = LoopingCall(self._look)
        self._handlers: dict[int, Callable[[int, FrameType | None], object]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Shutdown:
        """Make the extension of a crawl."""
        extension = cls(crawler)
        crawler.signals.connect(extension._start, signals.spider_opened)
        crawler.signals.connect(extension._stop, signals.spider_closed)
        return extension

    def _start(self) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - importing it installs one

        # Not at once: Scrapy installs its own handlers when the reactor has started.
        reactor.callLater(0, self._listen)  # type: ignore[arg-type]  # zope's interface has no self
        self._watch.start(_LOOK, now=False)

    def _stop(self) -> None:
        if self._watch.running:
            self._watch.stop()

    def _listen(self) -> None:
        """Hear of a signal to stop even while the ledger waits for another program, when the reactor cannot run."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._hurry)

    def _hurry(self, number: int, frame: FrameType | None) -> None:
        store = Crawl.of(self._crawler).opened
        if store is not None:
            store.ledger.hurry()
        self._handlers[number](number, frame)

    def _look(self) -> None:
        engine = self._crawler.engine
        if engine.running and "fault" not in Crawl.of(self._crawler).why:
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
