"""The outcome of a crawl: kept in the stats, the ledger and the last line of the log."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import scrapy
from twisted.internet.task import LoopingCall

import wartacrawl
from wartacrawl.component import Component
from wartacrawl.config import PolitenessConfig
from wartacrawl.items import ARTICLES
from wartacrawl.middlewares.politeness import LOOPBACK
from wartacrawl.reporting.outcome import Outcome, judge
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.warc import FOLDER as ARCHIVE

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

# Seconds between two signs of life in the ledger.
HEARTBEAT = 20.0


def is_anonymous(origin: str, contact: str | None) -> bool:
    """Return whether a portal that is not on this machine is crawled without a contact.

    >>> is_anonymous("https://news.example", None), is_anonymous("http://127.0.0.1:8000", None)
    (True, False)
    """
    return contact is None and urlsplit(origin).hostname not in LOOPBACK


class OutcomeKeeper(Component):
    """Judge the crawl when it closes, end its run in the ledger, and log the outcome last of all."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contact = PolitenessConfig.read(crawler.settings).contact
        self._outcome: Outcome | None = None
        self._timer = LoopingCall(self._heartbeat)

    def spider_opened(self) -> None:
        """Log what begins and where its articles go, and begin to show signs of life."""
        crawl = self._crawl
        what, where = ("records", ARCHIVE) if crawl.archives else ("articles", ARTICLES)
        versions = wartacrawl.__version__, scrapy.__version__
        logger.info(
            "wartacrawl %s, Scrapy %s: crawl %d of %s, %s go to %s",
            *versions,
            crawl.run,
            crawl.asked,
            what,
            crawl.store.folder / where,
        )
        if any(is_anonymous(origin, self._contact) for origin in crawl.archives or {crawl.origin}):
            who = "archives'" if crawl.archives else "portal's"
            logger.warning(
                "Set WARTA_CONTACT to an e-mail address or URL of yours: the %s people can then write to you", who
            )
        self._timer.start(HEARTBEAT, now=False)

    def _heartbeat(self) -> None:
        try:
            self._crawl.ledger.heartbeat(self._crawl.run)
        except LedgerError as error:
            logger.warning("%s", error)

    def item_error(self) -> None:
        """Count an unhandled fault of a pipeline: Scrapy logs it without counting it."""
        self._stats.inc_value("item_error_count")

    def spider_closed(self, reason: str) -> None:
        """Judge the crawl and end its run in the ledger."""
        if self._timer.running:
            self._timer.stop()
        stats, crawl = self._stats, self._crawl
        with suppress(LedgerError):  # logged below, where what must be kept cannot be
            stats.set_value("article/pending", crawl.ledger.count_pending())
        self._outcome = judge(stats.get_stats(), reason, crawl)
        stats.set_value("outcome", self._outcome.word)
        stats.set_value("outcome/why", self._outcome.why)
        stats.set_value("outcome/code", self._outcome.code)
        try:
            if self._outcome.word == "drift":
                # Corrected selectors will read what these could not.
                stats.inc_value("drift/reopened", crawl.ledger.reopen_rejected(crawl.run))
            crawl.ledger.end_run(crawl.run, self._outcome.word, stats.get_stats())
        except LedgerError as error:
            logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
        finally:
            crawl.store.close()

    def engine_stopped(self) -> None:
        """Log the outcome."""
        if self._outcome is not None:
            found = self._outcome
            level = logging.INFO if found.word == "ok" else logging.ERROR
            logger.log(level, "Outcome: %s (exit code %d): %s", found.word, found.code, found.why)
