"""Asking the portal for a handful of pages outside a crawl, through the same downloader and the same manners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request, Spider
from twisted.python.failure import Failure

from wartacrawl.failures import Reason, reason_of
from wartacrawl.page import Page
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from scrapy.crawler import CrawlerProcessBase
    from scrapy.http import Response


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: a response (of any status), or the reason why there is none."""

    url: str
    response: Response | None
    reason: Reason | None
    seconds: float

    @property
    def status(self) -> int | None:
        """The HTTP status, None without a response."""
        return self.response.status if self.response is not None else None

    def page(self, origin: str, via: str) -> Page:
        """Return the response as a page under the portal's real address."""
        assert self.response is not None  # noqa: S101 - callers look at `reason` first
        header = self.response.headers.get("Content-Type")
        return Page.from_bytes(
            urls.ORIGIN + self.response.url.removeprefix(origin),
            self.response.body,
            fetched_at=datetime.now(UTC),
            via=via,
            content_type=header.decode("latin-1") if header else None,
        )


class Probe(Spider):
    """A spider without callbacks: a script asks for one page after the other."""

    name = "probe"
    custom_settings: ClassVar[dict[str, Any]] = {
        "ITEM_PIPELINES": {},
        "EXTENSIONS": {},
        "RETRY_TIMES": 1,
        "LOG_LEVEL": "ERROR",
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
    }

    script: Callable[[Probe], Awaitable[None]]
    asked = 0

    async def start(self) -> AsyncIterator[Request]:
        """Run the script; there is nothing to schedule."""
        await self.script(self)
        for nothing in ():
            yield nothing

    async def ask(self, url: str, **options: Any) -> Answer:
        """Ask for a page and return what came; never raises for what the network or the portal do."""
        self.asked += 1
        began = datetime.now(UTC)
        response = reason = None
        try:
            response = await self.crawler.engine.download_async(Request(url, dont_filter=True, **options))
        except Exception as error:  # noqa: BLE001 - every failure of a download is an answer here
            reason = reason_of(Failure(error))
        return Answer(url, response, reason, (datetime.now(UTC) - began).total_seconds())


def probe(process: CrawlerProcessBase, script: Callable[[Probe], Awaitable[None]]) -> int:
    """Run a script of requests to its end and return how many it made; blocks until then."""
    crawler = process.create_crawler(Probe)
    process.crawl(crawler, script=script)
    process.start()
    return int(getattr(crawler.spider, "asked", 0))
