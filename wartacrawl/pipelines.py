"""What happens to an article between extraction and its line: Validate, Classify, Export."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem
from twisted.internet.task import LoopingCall

from wartacrawl import items
from wartacrawl.component import Component
from wartacrawl.config import ExportConfig
from wartacrawl.storage.parts import BATCH_LINES

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from wartacrawl.items import Article

logger = logging.getLogger(__name__)


class Validate(Component):
    """Drop articles that are not valid, and keep them in rejected.jsonl with the reasons."""

    def process_item(self, item: Article) -> Article:
        """Return a valid article; write any other to rejected.jsonl and drop it."""
        reasons = items.problems(item)
        if not reasons:
            return item
        self._stats.inc_value("validate/rejected")
        logger.warning("Rejected article %s: %s", item.identifier, "; ".join(reasons))
        crawl = self._crawl
        crawl.with_store(crawl.store.reject, {"reasons": reasons, "job": crawl.job, **item.record()})
        raise DropItem(f"article {item.identifier} is not valid")


class Classify(Component):
    """Drop articles whose text is already in the ledger; the others get their version when they are written."""

    def process_item(self, item: Article) -> Article:
        """Return an article that is new or changed; drop one that is neither."""
        crawl = self._crawl
        known = crawl.with_store(crawl.ledger.article, int(item.identifier))
        if known is None or known.signature != item.signature():
            return item
        crawl.with_store(crawl.store.confirm, item)
        self._stats.inc_value("classify/unchanged")
        raise DropItem(f"article {item.identifier} has not changed since version {known.version}")


class Export(Component):
    """Write articles in small batches: when a batch is full, and every few seconds."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._waiting: list[Article] = []
        self._config = ExportConfig.read(crawler.settings)
        self._limit = min(self._config.batch, BATCH_LINES)
        self._timer = LoopingCall(self.flush)

    def open_spider(self) -> None:
        """Start the timer: a slow crawl writes before a batch is full."""
        self._timer.start(self._config.seconds, now=False)

    def process_item(self, item: Article) -> Article:
        """Queue an article; write the batch when it is full."""
        self._waiting.append(item)
        if len(self._waiting) >= self._limit:
            self.flush()
        return item

    def flush(self) -> None:
        """Write the queued articles."""
        batch, self._waiting = self._waiting, []
        try:
            self._write(batch)
        except Exception:
            logger.exception("%s could not be written", ", ".join(f"article {article.identifier}" for article in batch))
            if len(batch) == 1:
                # It stays announced in the ledger, and the next run tries it again.
                self._stats.inc_value("item_error_count")
                return
            # An article that cannot be written must not keep the others from being written.
            for article in batch:
                self._waiting = [article]
                self.flush()

    def _write(self, batch: list[Article]) -> None:
        if batch:
            for written in self._crawl.with_store(self._crawl.store.write, batch) or ():
                for name in written.stats:
                    self._stats.inc_value(name)

    def close_spider(self) -> None:
        """Write the last batch."""
        if self._timer.running:
            self._timer.stop()
        self.flush()
