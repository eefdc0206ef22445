"""How we behave towards the portal, and that we go nowhere else.

Three middlewares, from the spider to the network: `OnlyThePortal` keeps requests on the portal and says who we are,
`Robots` obeys robots.txt and sends nothing while it cannot be had, `Politeness` waits as long as it is told to, slows
down in trouble, recovers in peace, and stops when its patience is used up.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from wartacrawl.config import ConfigError, number, portal_origin
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy import Request, Spider
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

# How often one request is sent again after a pause, before it is reported as failed.
WAITS_PER_REQUEST = 5
# Longest delay (seconds) that failing answers lead to on their own; only being told so slows us down further.
TROUBLE_DELAY = 1.0

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_CONTACT = re.compile(r"https?://[!-'*-~]+|[!-'*-?A-~]+@[!-'*-?A-~]+")


class LeavesThePortal(IgnoreRequest):
    """A request, most often a redirect, that would have gone to another host."""


class NoRobots(IgnoreRequest):
    """A request that was not sent because robots.txt could not be had: what is allowed is unknown."""


class PutOff(IgnoreRequest):
    """A request that was not sent because the crawl is ending: budget spent, patience used up, or told to stop."""


@dataclass(frozen=True, slots=True)
class Manners:
    """The settings of politeness; all times in seconds, `budget` None for no limit."""

    patience: float
    backoff: float
    slowest: float
    longest_crawl_delay: float
    refusals: int
    failures: int
    budget: int | None
    user_agent: str

    @classmethod
    def read(cls, settings: BaseSettings) -> Manners:
        """Read the settings; raise `ConfigError` for one that cannot be used."""
        return cls(
            patience=_setting(settings, "PATIENCE_SECONDS"),
            backoff=_setting(settings, "BACKOFF_SECONDS"),
            slowest=_setting(settings, "SLOWEST_DELAY"),
            longest_crawl_delay=_setting(settings, "LONGEST_CRAWL_DELAY"),
            refusals=int(_setting(settings, "REFUSALS_IN_A_ROW")),
            failures=int(_setting(settings, "FAILURES_IN_A_ROW")),
            budget=int(_setting(settings, "REQUEST_BUDGET")) or None,
            user_agent=_user_agent(settings),
        )


def _setting(settings: BaseSettings, name: str) -> float:
    return number(name, settings.get(name))


def _user_agent(settings: BaseSettings) -> str:
    """Return USER_AGENT with WARTA_CONTACT in its brackets, or in brackets of its own."""
    name, contact = str(settings.get("USER_AGENT")), str(settings.get("WARTA_CONTACT") or "").strip()
    if not contact:
        return name
    if not _CONTACT.fullmatch(contact):
        raise ConfigError(
            f"WARTA_CONTACT={contact!r} is neither an e-mail address nor a URL: give one, such as "
            "WARTA_CONTACT=redaksi@example.org."
        )
    return f"{name[:-1]}; {contact})" if name.endswith(")") else f"{name} ({contact})"


def retry_after(headers: Mapping[bytes, bytes | None] | Any, now: datetime) -> float | None:
    """Return for how many seconds Retry-After asks to be left alone, None where it is missing or means nothing.

    A date is compared with the Date of the answer where there is one, so that a wrong clock on either side is no
    matter; `now` is aware.

    >>> retry_after({b"Retry-After": b"120"}, datetime.now(UTC))
    120.0
    >>> retry_after({b"Retry-After": b"Tue, 24 Nov 2026 08:00:07 GMT", b"Date": b"Tue, 24 Nov 2026 08:00:00 GMT"},
    ...             datetime.now(UTC))
    7.0
    """
    text = _header(headers, b"Retry-After")
    if _SECONDS.fullmatch(text):
        return float(text)
    until = _moment(text)
    if until is None:
        return None
    return max(0.0, (until - (_moment(_header(headers, b"Date")) or now)).total_seconds())


def _header(headers: Any, name: bytes) -> str:
    return (headers.get(name) or b"").decode("latin-1").strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class OnlyThePortal:
    """Map the newspaper's own hosts to WARTA_URL, refuse every other origin, redirects included, and say who we are."""

    def __init__(self, crawler: Crawler) -> None:
        self._origin = portal_origin(crawler.settings)
        self._user_agent = Manners.read(crawler.settings).user_agent
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OnlyThePortal:
        """Make the middleware of a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> Request | None:
        """Let a request to the portal pass, turn one to a host of the newspaper into one, refuse all others."""
        if request.url.startswith("data:"):
            return None
        request.headers.setdefault(b"User-Agent", self._user_agent)
        local = urls.localize(request.url, base=self._origin, origin=self._origin)
        if local is None:
            self._stats.inc_value("offsite/refused")
            logger.warning("Refused to leave the portal for %s", request.url)
            raise LeavesThePortal(f"{request.url} is not on {self._origin}")
        if request.url.startswith(self._origin + "/") or request.url == self._origin:
            return None
        if local in request.meta.get("redirect_urls", ()):
            there = "/".join(request.url.split("/")[:3])
            why = f"{self._origin} sends us to {there}: if that is the portal, run with -s WARTA_URL={there}"
            self._stats.set_value("unreachable/why", why)
            raise LeavesThePortal(why)
        return request.replace(url=local, dont_filter=True)


def _is_robots(request: Request) -> bool:
    """Tell whether this is Scrapy's own request for robots.txt, redirected ones included."""
    first = request.meta.get("redirect_urls", [request.url])[0]
    return bool(request.meta.get("dont_obey_robotstxt")) and first.endswith("/robots.txt")


class Robots(RobotsTxtMiddleware):
    """Scrapy's robots.txt for every request, and nothing sent while robots.txt fails (RFC 9309, 2.3.1.4).

    Scrapy 2.19 hands the rules to the first two requests that wait for them and lets all others of the first batch
    pass (they share one Deferred, whose result is gone after the first); and it takes a robots.txt that answers 5xx,
    or not at all, for leave to ask for everything. It stands above Scrapy's retries: what fails here was tried again.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
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
        self._stats.set_value("unreachable/why", self._failure)
        logger.warning("No page is asked for: %s", self._failure)
        return NoRobots(self._failure)


class Politeness:
    """Wait when told to, slow down in trouble, recover in peace, stop when patience or budget are used up.

    Stands next to the network, below Scrapy's retries. A pause holds the downloader's slot, hence every request to
    the portal, those already queued included; nothing blocks. `Crawl-delay` is a floor under whatever DOWNLOAD_DELAY
    or AutoThrottle say.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._manners = Manners.read(crawler.settings)
        self._robots_name = crawler.settings.get("ROBOTSTXT_USER_AGENT") or self._manners.user_agent
        self._adapts = crawler.settings.getbool("AUTOTHROTTLE_ENABLED")
        self._floor = 0.0  # Crawl-delay
        self._extra = 0.0  # delay that trouble has led to
        self._until = 0.0  # end of the pause, monotonic
        self._waited = 0.0  # since the last page that came
        self._pauses = 0  # since the last page that came
        self._refused = 0  # 401 and 403 in a row
        self._failed = 0  # 5xx and broken connections in a row
        self._sent = 0
        self._ended = False
        self._watch = LoopingCall(self._watch_for_the_end)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Politeness:
        """Make the middleware of a crawl."""
        politeness = cls(crawler)
        crawler.signals.connect(politeness.spider_opened, signals.spider_opened)
        crawler.signals.connect(politeness.spider_closed, signals.spider_closed)
        crawler.signals.connect(politeness.robots_parsed, signals.robots_parsed)
        crawler.signals.connect(politeness.request_reached_downloader, signals.request_reached_downloader)
        crawler.signals.connect(politeness.response_downloaded, signals.response_downloaded)
        return politeness

    def spider_opened(self) -> None:
        """Begin to watch for the end: what is held back must not keep a crawl that was told to stop."""
        self._watch.start(0.2, now=False)

    def spider_closed(self) -> None:
        """Note what politeness cost."""
        if self._watch.running:
            self._watch.stop()

    # -- the pace -----------------------------------------------------------------------------------------------------

    def robots_parsed(self, robotparser: RobotParser) -> None:
        """Take Crawl-delay for the least delay between two requests, up to LONGEST_CRAWL_DELAY."""
        asked = robotparser.crawl_delay(self._robots_name)
        if asked is None or not asked > 0:
            return
        self._floor = min(asked, self._manners.longest_crawl_delay)
        self._stats.set_value("politeness/crawl_delay", self._floor)
        if asked > self._floor:
            logger.warning(
                "robots.txt asks for a Crawl-delay of %g s, which would take days: %g s are kept (LONGEST_CRAWL_DELAY)",
                asked,
                self._floor,
            )
        else:
            logger.info("Crawl-delay of robots.txt: %g s between requests", asked)

    def request_reached_downloader(self, request: Request) -> None:
        """Set the pace before a request may leave."""
        self._set_pace(request)

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Judge an answer before the next request may leave."""
        if _is_asked_to_wait(response):
            self._pause(response)
        elif response.status in {401, 403}:
            self._count_refusal(response)
        elif response.status >= 500:
            self._count_failure(f"HTTP {response.status}")
        else:
            self._recover()
        self._set_pace(request)

    def _set_pace(self, request: Request) -> None:
        slot = self._slot(request)
        if slot is None:
            return
        least = max(self._floor, self._extra)
        # AutoThrottle moves the delay itself, from where it finds it; without it nobody else would bring it back down.
        slot.delay = max(slot.delay if self._adapts else self._usual_delay(request), least)
        if self._floor:
            slot.jitter = min(slot.jitter, 1 - self._floor / slot.delay)
        if self._until > monotonic():
            # The slot sends nothing until `delay` after `lastseen`; a slot without any delay would not look.
            slot.delay = max(slot.delay, 0.001)
            slot.lastseen = max(slot.lastseen, self._until - slot.delay * (1 - slot.jitter))

    def _slot(self, request: Request) -> Slot | None:
        return self._crawler.engine.downloader.slots.get(request.meta.get("download_slot"))

    def _usual_delay(self, request: Request) -> float:
        own = self._crawler.settings.getdict("DOWNLOAD_SLOTS").get(request.meta["download_slot"], {})
        return float(own.get("delay", self._crawler.settings.getfloat("DOWNLOAD_DELAY")))

    def _slow_down(self, least: float, most: float) -> None:
        if self._extra < most:
            self._extra = min(max(2 * self._extra, least), most)
            self._stats.max_value("politeness/slowest_delay", round(self._extra, 3))

    def _recover(self) -> None:
        if self._until > monotonic():
            return  # sent before the pause: no sign of peace
        self._waited, self._pauses, self._refused, self._failed = 0.0, 0, 0, 0
        self._extra = self._extra * 0.9 if self._extra > 0.05 else 0.0

    # -- being told to wait -------------------------------------------------------------------------------------------

    def _pause(self, response: Response) -> None:
        """Hold everything for as long as the answer asks, or for a back-off that doubles; give up beyond patience."""
        now = monotonic()
        asked = retry_after(response.headers, datetime.now(UTC))
        if self._until <= now:
            self._pauses += 1
        # Answers that came in during a pause do not lengthen a back-off; a longer Retry-After does.
        backoff = self._manners.backoff * 2.0 ** min(self._pauses - 1, 10)
        pause = min(backoff, self._manners.slowest) if asked is None else max(asked, min(1.0, backoff))
        until = now + pause
        added = until - max(self._until, now)
        if added <= 0 or self._ended:
            return
        if self._waited + added > self._manners.patience:
            self._lose_patience(response, pause)
            return
        self._waited += added
        self._until = until
        self._slow_down(1.0, self._manners.slowest)
        self._stats.inc_value("politeness/pauses")
        self._stats.inc_value("politeness/waited", round(added, 3))
        logger.warning(
            "HTTP %d: nothing is sent for %.1f s (%s)",
            response.status,
            pause,
            "Retry-After" if asked is not None else "back-off, no Retry-After",
        )

    def _lose_patience(self, response: Response, pause: float) -> None:
        word = "unreachable" if response.status == 503 else "blocked"
        self._end(
            word,
            f"HTTP {response.status} asks for {pause:,.0f} s after {self._waited:,.0f} s of waiting, beyond "
            f"PATIENCE_SECONDS={self._manners.patience:g}: come back later, with a longer DOWNLOAD_DELAY",
        )

    def _count_refusal(self, response: Response) -> None:
        self._refused += 1
        self._slow_down(0.05, TROUBLE_DELAY)
        if 0 < self._manners.refusals <= self._refused:
            self._end(
                "blocked",
                f"HTTP {response.status} to {self._refused} requests in a row (REFUSALS_IN_A_ROW): the portal does not "
                "want us; ask its people before another try",
            )

    def _count_failure(self, why: str) -> None:
        self._failed += 1
        self._slow_down(0.05, TROUBLE_DELAY)
        if 0 < self._manners.failures <= self._failed:
            self._end(
                "unreachable",
                f"{self._failed} requests in a row failed (FAILURES_IN_A_ROW), the last with {why}: the portal is in "
                "trouble, come back later",
            )

    # -- the middleware -----------------------------------------------------------------------------------------------

    def process_request(self, request: Request) -> None:
        """Count what is sent, up to the budget."""
        if request.url.startswith("data:"):
            return
        if self._manners.budget is not None and self._sent >= self._manners.budget and not self._ended:
            self._end("budget", f"REQUEST_BUDGET={self._manners.budget} is spent")
        if self._ended:
            self._stats.inc_value("politeness/put_off")
            raise PutOff("not asked for: the crawl is ending")
        self._sent += 1

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Send a request again that was answered with "wait", once the pause is over."""
        if not _is_asked_to_wait(response):
            return response
        waits = request.meta.get("politeness_waits", 0)
        if self._ended or waits >= WAITS_PER_REQUEST:
            request.meta["dont_retry"] = True  # Scrapy would try a 503 again at once
            return response
        again: Request = request.replace(dont_filter=True, priority=request.priority + 1)
        again.meta["politeness_waits"] = waits + 1
        return again

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Slow down when connections break."""
        if not isinstance(exception, IgnoreRequest):
            self._count_failure(f"{type(exception).__name__}")
            self._set_pace(request)

    # -- the end ------------------------------------------------------------------------------------------------------

    def _end(self, word: str, why: str) -> None:
        if self._ended:
            return
        self._ended = True
        self._stats.set_value(f"{word}/why", why)
        logger.warning("The crawl ends: %s", why)
        spider: Spider | Any = self._crawler.spider
        spider.stop(word)

    def _watch_for_the_end(self) -> None:
        """Let go of what waits for its turn when the crawl is ending: it was not sent, and it is remembered."""
        if not (self._ended or self._is_closing()):
            return
        for slot in self._crawler.engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                self._stats.inc_value("politeness/put_off")
                waiting.errback(Failure(PutOff("not asked for: the crawl is ending")))

    def _is_closing(self) -> bool:
        engine = self._crawler.engine
        if engine.scraper.slot is None:
            return False  # the end is here
        # The engine backs out when it is full, too.
        is_full = engine.downloader.needs_backout() or engine.scraper.slot.needs_backout()
        return not engine.running or (engine.needs_backout() and not is_full)


def _is_asked_to_wait(response: Response) -> bool:
    return response.status == 429 or (response.status == 503 and b"Retry-After" in response.headers)
