"""robots.txt is obeyed, and nothing is sent while it fails."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest

from wartacrawl.crawl import Crawl

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)


class NoRobots(IgnoreRequest):
    """A request that was not sent because robots.txt could not be had: what is allowed is unknown."""


def _is_robots(request: Request) -> bool:
    """Tell whether this is Scrapy's own request for robots.txt, redirected ones included."""
    first = request.meta.get("redirect_urls", [request.url])[0]
    return bool(request.meta.get("dont_obey_robotstxt")) and first.endswith("/robots.txt")


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's robots.txt for every request, and nothing sent while robots.txt fails (RFC 9309, 2.3.1.4).

    Scrapy 2.19 hands the rules to the first two requests that wait for them and lets all others of the first batch
    pass (they share one Deferred, whose result is gone after the first); and it takes a robots.txt that answers 5xx,
    or not at all, for leave to ask for everything. It stands above Scrapy's retries: what fails here was tried again.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawl = Crawl.of(crawler)
        self._one_asks = asyncio.Lock()
        self._failure: str | None = None

    async def process_request(self, request: Request) -> None:
        """Refuse what robots.txt forbids, and every page once robots.txt has failed."""
        await super().process_request(request)
        if self._failure is not None and not request.meta.get("dont_obey_robotstxt"):
            raise NoRobots(self._failure)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules; the others wait until they are there."""
        async with self._one_asks:
            return await super().robot_parser(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Take a server error for the whole portal's; leave out what an error page says, it is no robots.txt."""
        if not _is_robots(request) or response.status < 400:
            return response
        if response.status >= 500:
            raise self._fail(f"HTTP {response.status}")
        return response.replace(body=b"")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Take a failed connection for the whole portal's."""
        if _is_robots(request) and not isinstance(exception, IgnoreRequest):
            words = (str(exception).splitlines() or [""])[0][:200]
            raise self._fail(f"{type(exception).__name__}: {words}") from exception

    def _fail(self, why: str) -> NoRobots:
        self._failure = f"robots.txt: {why}; without it nothing may be asked for"
        self._crawl.why["unreachable"] = self._failure
        logger.warning("No page is asked for: %s", self._failure)
        return NoRobots(self._failure)
