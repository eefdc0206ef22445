"""Ending a crawl early: within seconds of a signal, at once of a second, or when the output folder cannot be used.

Scrapy ends gracefully by waiting for every download under way: with a portal that hangs, for DOWNLOAD_TIMEOUT and the
retries after it. Whoever stops a crawl (a person, scrapyd, a machine going down) kills it before that.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING

from twisted.internet.task import LoopingCall

from wartacrawl.component import Component
from wartacrawl.config import DownloadConfig
from wartacrawl.middlewares.downloads import ABANDON

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

# Seconds between two checks whether the crawl is being stopped. Scrapy has no signal for it.
_LOOK = 0.25
_SECOND = 2


class Shutdown(Component):
    """Give downloads SHUTDOWN_SECONDS once the crawl is being stopped, and then give them up; at a second signal, too.

    To Scrapy a second signal means to drop everything, which leaves neither outcome nor report: that is the third here.
    """

    needs_folder = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._patience = DownloadConfig.read(crawler.settings).shutdown
        self._waited = 0.0
        self._watch = LoopingCall(self._look)
        self._handlers: dict[int, Callable[[int, FrameType | None], object]] = {}
        self._signals = 0

    def spider_opened(self) -> None:
        """Begin to look, and to listen to signals."""
        from twisted.internet import reactor  # noqa: PLC0415 - importing it installs one

        # Not at once: Scrapy installs its own handlers when the reactor has started.
        reactor.callLater(0, self._listen)  # type: ignore[arg-type]  # zope's interface has no self
        self._watch.start(_LOOK, now=False)

    def spider_closed(self) -> None:
        """Stop looking."""
        if self._watch.running:
            self._watch.stop()

    def _listen(self) -> None:
        """Handle signals ourselves: while the ledger waits for another program, the reactor cannot run."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._hurry)

    def _hurry(self, number: int, frame: FrameType | None) -> None:
        store = self._crawl.opened
        if store is not None:
            store.ledger.hurry()
        self._signals += 1
        if self._signals == _SECOND:
            from twisted.internet import reactor  # noqa: PLC0415

            reactor.callFromThread(self._abandon)
            return
        self._handlers[number](number, frame)
        if self._signals < _SECOND:
            self._listen()  # Scrapy has put handlers of its own in our place

    def _look(self) -> None:
        engine = self._crawler.engine
        if engine.running and "fault" not in self._crawl.why:
            return
        self._waited += _LOOK
        if self._waited >= self._patience:
            self.spider_closed()
            self._abandon()

    def _abandon(self) -> None:
        downloader = self._crawler.engine.downloader
        if downloader.active:
            logger.info("Giving up %d downloads that take too long; they are remembered", len(downloader.active))
        self._crawler.signals.send_catch_log(ABANDON)
