"""robots.txt is obeyed, and nothing is sent while it fails."""

from __future__ import annotations

import asyncio
import logging
import re
from itertools import islice
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest

from wartacrawl.crawl import Crawl
from wartacrawl.middlewares.connections import words_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)


# Bytes that are read of a robots.txt, as RFC 9309 (2.5) allows, and sitemaps it may name.
BYTES_LIMIT = 512 * 1024
SITEMAPS_LIMIT = 100
# Where a request carries the address to ask for when its own is forbidden: the same page without a query.
PLAIN_URL = "plain_url"
_DELAY = re.compile(rb"^([ \t]{0,9}crawl-delay[ \t]{0,9}:)([^\r\n#]{1,100})", re.IGNORECASE | re.MULTILINE)
_SITEMAP = re.compile(rb"^[ \t]{0,9}sitemap[ \t]{0,9}:[ \t]{0,9}([^\s#]{1,2000})", re.IGNORECASE | re.MULTILINE)
_DURATION = re.compile(r"(?P<whole>[0-9]{1,9})(?:[.,](?P<part>[0-9]{1,9}))?[ \t]{0,9}(?P<unit>[a-z]{0,9})")
_UNITS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds", "detik"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "menit"), 60.0),
    "ms": 0.001,
}


def _plain_delay(found: re.Match[bytes]) -> bytes:
    """Return a line of robots.txt with its Crawl-delay in seconds, as the parser understands it: `1,5` is `1.5`."""
    words = found[2].decode("latin-1").strip().lower()
    duration = _DURATION.fullmatch(words)
    if duration is None or duration["unit"] not in _UNITS:
        logger.warning("robots.txt asks for a Crawl-delay of %r, not a number of seconds: it is ignored", words)
        return found[0]
    seconds = float(f"{duration['whole']}.{duration['part'] or 0}") * _UNITS[duration["unit"]]
    return found[1] + b" %g" % seconds


def _without_excess(body: bytes) -> bytes:
    """Return the lines of a robots.txt up to `BYTES_LIMIT` bytes: every rule is compared with every address."""
    if len(body) <= BYTES_LIMIT:
        return body
    logger.warning("robots.txt has %d bytes: only the first %d are read", len(body), BYTES_LIMIT)
    return body[: body.rfind(b"\n", 0, BYTES_LIMIT) + 1]


class NoRobots(IgnoreRequest):
    """A request that was not sent because robots.txt could not be fetched: what is allowed is unknown."""


def _is_robots(request: Request) -> bool:
    """Return whether this is Scrapy's own request for robots.txt, redirected ones included."""
    first = request.meta.get("redirect_urls", [request.url])[0]
    return bool(request.meta.get("dont_obey_robotstxt")) and first.endswith("/robots.txt")


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's robots.txt for every request, and nothing sent while robots.txt fails (RFC 9309, 2.3.1.4).

    Scrapy 2.19 hands the rules to the first two requests that wait for them and lets all others of the first batch
    pass (they share one Deferred, whose result is gone after the first); and it takes a robots.txt that answers 5xx,
    or not at all, as permission to ask for everything. This middleware stands above Scrapy's retries: what
    fails here was retried.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawl = Crawl.of(crawler)
        self._one_asks = asyncio.Lock()
        self._failure: str | None = None

    async def process_request(self, request: Request) -> Request | None:  # type: ignore[override]
        """Refuse what robots.txt forbids, and every page once robots.txt has failed.

        A request with a `PLAIN_URL` is sent there when only its own address is forbidden.
        """
        try:
            await super().process_request(request)
        except IgnoreRequest:
            plain = request.meta.get(PLAIN_URL)
            if plain is None or plain == request.url or self._failure is not None:
                raise
            return request.replace(url=plain)
        if self._failure is not None and not request.meta.get("dont_obey_robotstxt"):
            raise NoRobots(self._failure)
        return None

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules; the others wait until they are there."""
        async with self._one_asks:
            return await super().robot_parser(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Stop all requests after a server error; ignore the text of an error page, which is not a robots.txt."""
        if not _is_robots(request):
            return response
        self._crawl.sitemaps = ()
        if response.status < 400:
            body = _without_excess(response.body)
            named = islice(_SITEMAP.finditer(body), SITEMAPS_LIMIT)
            self._crawl.sitemaps = tuple(found[1].decode("latin-1") for found in named)
            return response.replace(body=_DELAY.sub(_plain_delay, body))
        if response.status >= 500:
            raise self._fail(f"HTTP {response.status}")
        return response.replace(body=b"")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Stop all requests after a failed connection."""
        if _is_robots(request) and not isinstance(exception, IgnoreRequest):
            raise self._fail(words_of(exception)) from exception

    def _fail(self, why: str) -> NoRobots:
        self._failure = f"robots.txt: {why}; without it no page may be requested"
        self._crawl.why["unreachable"] = self._failure
        logger.warning("No page is requested: %s", self._failure)
        return NoRobots(self._failure)
