"""What the extensions have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from wartacrawl.crawl import Crawl

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_SIGNALS = (
    "spider_opened",
    "response_downloaded",
    "item_scraped",
    "item_dropped",
    "item_error",
    "spider_closed",
    "engine_stopped",
)


class Extension:
    """What watches a crawl: a method with the name of a signal of Scrapy is called when that signal is sent."""

    # False for an extension that also serves spiders without an output folder (`scrapy shell`, `scrapy fetch`).
    needs_folder: ClassVar[bool] = True

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._crawl = Crawl.of(crawler)
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the extension of a crawl; raise `NotConfigured` for a spider that is not ours."""
        if cls.needs_folder and Crawl.of(crawler).opened is None:
            raise NotConfigured
        extension = cls(crawler)
        for name in _SIGNALS:
            if hasattr(extension, name):
                crawler.signals.connect(getattr(extension, name), getattr(signals, name))
        return extension
