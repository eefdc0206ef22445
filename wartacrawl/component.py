"""What middlewares, pipelines and extensions have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from wartacrawl.crawl import Crawl

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class Component:
    """A part of a crawl: its methods with the name of a signal of Scrapy are called when that signal is sent."""

    # False for what also serves spiders without an output folder (`scrapy shell`, `scrapy fetch`).
    needs_folder: ClassVar[bool] = True

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._crawl = Crawl.of(crawler)
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make the component of a crawl; raise `NotConfigured` for a spider that is not ours."""
        if cls.needs_folder and Crawl.of(crawler).opened is None:
            raise NotConfigured
        component = cls(crawler)
        for name, signal in vars(signals).items():
            if not name.startswith("_") and hasattr(component, name):
                crawler.signals.connect(getattr(component, name), signal)
        return component
