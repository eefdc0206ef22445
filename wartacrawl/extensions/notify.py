"""Messages to people about a crawl that did not end well."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured
from twisted.internet.threads import deferToThread

from wartacrawl.component import Component
from wartacrawl.config import NotifyConfig
from wartacrawl.reporting import notification
from wartacrawl.reporting.outcome import Outcome

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

logger = logging.getLogger(__name__)


class Notifier(Component):
    """Send a message to NOTIFY_URLS when the outcome is neither ok nor partial; the crawl ends when it has gone."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._addresses = notification.addresses(NotifyConfig.read(crawler.settings))
        if not self._addresses:
            raise NotConfigured

    def spider_closed(self, spider: Spider) -> Deferred[None] | None:
        """Send the message; it blocks, so a thread does it."""
        stats = self._stats.get_stats()
        word = stats.get("outcome")
        if word is None or word in notification.QUIET:
            return None
        outcome = Outcome(word, str(stats.get("outcome/why")))
        message = notification.compose(spider.name, outcome, stats)
        return deferToThread(self._send, message)

    def _send(self, message: notification.Message) -> None:
        for trouble in notification.send(self._addresses, message):
            logger.error("%s", trouble)
