"""The state of one crawl, shared by the spider and by the components around it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from wartacrawl.page import Page
from wartacrawl.site import urls
from wartacrawl.storage.database import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wartacrawl.storage.ledger import Ledger
    from wartacrawl.storage.store import Store

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# What can end a crawl early, or prove it a failure: each is also the reason that Scrapy closes the spider with.
# "fault" is an output folder that cannot be used, "budget" a spent REQUEST_BUDGET; the others are outcomes.
Word = Literal["usage", "fault", "unreachable", "blocked", "drift", "budget"]


@dataclass(eq=False, slots=True)
class Crawl:
    """One crawl: where it asks, where it writes, and why it ends.

    `close` ends the crawl for a reason. `opened` is the output folder, None for a spider that is not ours (`scrapy
    shell`, `scrapy fetch`). `run` is the number of the crawl in the ledger, `job` its name under scrapyd. `remaining`
    is the number of articles that `limit` still allows, None where there is no limit. `why` gives a sentence for each
    word that applies: the outcome is judged by it. `ended` is the word that ended the crawl early, or None.
    `listed` are the articles that lists have named so far, `sitemaps` what robots.txt names as such, None as long as it
    has not been read. `archives` are the origins of web archives that are asked in place of the portal.
    """

    close: Callable[[str], object]
    origin: str = ""
    opened: Store | None = None
    run: int = 0
    job: str | None = None
    remaining: int | None = None
    why: dict[Word, str] = field(default_factory=dict)
    ended: Word | None = None
    listed: set[int] = field(default_factory=set)
    archives: frozenset[str] = frozenset()
    sitemaps: tuple[str, ...] | None = None

    @classmethod
    def of(cls, crawler: Any) -> Crawl:
        """Return the state of a crawler, made on the first call."""
        found: Crawl | None = crawler.__dict__.get("crawl_state")
        if found is None:

            def close(reason: str) -> object:
                # What is under way is still taken in. The engine holds the task.
                return asyncio.ensure_future(crawler.engine.close_spider_async(reason=reason))

            found = crawler.crawl_state = cls(close)
        return found

    @property
    def store(self) -> Store:
        """The output folder; raises `LookupError` for a spider that is not ours."""
        if self.opened is None:
            raise LookupError("this spider has no output folder")
        return self.opened

    @property
    def ledger(self) -> Ledger:
        """The memory in the output folder."""
        return self.store.ledger

    @property
    def asked(self) -> str:
        """The origins that are asked: the portal's, or those of the web archives."""
        return " and ".join(sorted(self.archives)) or self.origin

    @property
    def is_spent(self) -> bool:
        """True when `limit` allows no further article."""
        return self.remaining is not None and self.remaining <= 0

    def give_back(self, number: int = 1) -> None:
        """Allow other articles in place of those that `limit` counted and that were not exported."""
        if self.remaining is not None:
            self.remaining += number

    def note_listed(self, identifiers: Iterable[int], claimed: Iterable[int]) -> int:
        """Note articles that a list names; return how many of them no list named before and need not be fetched."""
        fresh = set(identifiers) - self.listed
        self.listed |= fresh
        return len(fresh.difference(claimed))

    def end(self, word: Word, why: str) -> None:
        """End the crawl for a reason, in a sentence; a crawl that is already ending is not ended again."""
        if self.ended is None or word not in self.why:
            self.why[word] = why
        if self.ended is None:
            self.ended = word
            self.close(word)

    def end_by_fault(self, error: LedgerError) -> None:
        """End the crawl over an output folder that cannot be used, and log the sentence once."""
        if "fault" not in self.why:
            logger.error("%s", error)
            self.end("fault", str(error))

    def with_store(self, action: Callable[..., Result], *arguments: object) -> Result | None:
        """Do something to the output folder and return what it returns; return None and end the crawl if it fails."""
        if "fault" in self.why:
            return None
        try:
            return action(*arguments)
        except LedgerError as error:
            self.end_by_fault(error)
            return None

    def page(self, response: Any, via: str) -> Page:
        """Return a Scrapy response as a page under the portal's real address."""
        path = response.url[len(self.origin) :] if response.url.startswith(self.origin) else "/"
        header = response.headers.get("Content-Type")
        # The archive's time where there is one, so that a replay dates the page alike.
        archived_at = response.request.meta.get("archived_at") if response.request is not None else None
        return Page.from_bytes(
            urls.ORIGIN + path,
            response.body,
            fetched_at=archived_at or datetime.now(UTC),
            via=via,
            content_type=header.decode("latin-1") if header else None,
            origin=self.origin,
        )
