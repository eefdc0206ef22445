"""The pace of requests: wait as long as the portal asks, slow down in trouble, stop when patience is used up."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest
from scrapy.settings import SETTINGS_PRIORITIES
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from wartacrawl.archives.records import read_date
from wartacrawl.archives.source import Answer, is_excluded
from wartacrawl.component import Component
from wartacrawl.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

    from wartacrawl.crawl import Word

logger = logging.getLogger(__name__)

# The header by which the replica says what it is, and the names of this machine.
REPLICA = b"X-Wartacrawl-Replica"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Marks a request to a web archive in its meta.
ARCHIVE = "web_archive"
# Seconds of the first pause that a web archive asks for without saying how long: the Wayback Machine blocks for an hour
# who goes on within a minute (2026-11).
ARCHIVE_BACKOFF = 60.0
# How often one request is sent again after a pause, before it is reported as failed.
WAITS_PER_REQUEST = 5
# Longest delay (seconds) that failing answers lead to on their own; only a 429 or 503 slows the crawl down further.
TROUBLE_DELAY = 1.0

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


class Challenged(IgnoreRequest):
    """A page that was kept back by a challenge, which only a browser with a person before it can meet."""


class NotSent(IgnoreRequest):
    """A request that was not sent because the crawl is ending: budget spent, patience used up, or told to stop."""


def retry_after(headers: Mapping[bytes, bytes | None] | Any, now: datetime) -> float | None:
    """Return for how many seconds Retry-After asks to be left alone, None where it is missing or means nothing.

    A date is compared with the Date of the answer where there is one, so that a wrong clock on either side does
    not matter; `now` is aware.

    >>> retry_after({b"Retry-After": b"120"}, datetime.now(UTC))
    120.0
    >>> retry_after({b"Retry-After": b"Tue, 24 Nov 2026 08:00:07 GMT", b"Date": b"Tue, 24 Nov 2026 08:00:00 GMT"},
    ...             datetime.now(UTC))
    7.0
    """
    text = _header(headers, b"Retry-After")
    if _SECONDS.fullmatch(text):
        return float(text)
    until = read_date(text)
    if until is None:
        return None
    return max(0.0, (until - (read_date(_header(headers, b"Date")) or now)).total_seconds())


def _header(headers: Any, name: bytes) -> str:
    return (headers.get(name) or b"").decode("latin-1").strip()


@dataclass(slots=True)
class Pace:
    """How fast a host may be asked, and what trouble it is in; `who` names it. Times are in seconds, moments monotonic.

    `floor` is the least delay, `extra` the delay that trouble has led to, `until` the end of the pause. `waiting_since`
    is the first "wait" since the last page that came, `wait_status` the status of the last one, `pauses` their number.
    `refused` counts 401 and 403 in a row, `failed` 5xx and broken connections. `backoff` is the least pause after a
    "wait" that does not say how long.
    """

    who: str
    floor: float = 0.0
    backoff: float = 0.0
    extra: float = 0.0
    until: float = 0.0
    waiting_since: float | None = None
    wait_status: int = 0
    pauses: int = 0
    refused: int = 0
    failed: int = 0

    def slow_down(self, minimum: float, maximum: float) -> bool:
        """Double the extra delay within bounds; return whether it has grown."""
        if self.extra >= maximum:
            return False
        self.extra = min(max(2 * self.extra, minimum), maximum)
        return True

    def recover(self) -> None:
        """Forget the trouble after an answer that was asked for when the last pause was over."""
        if self.until > monotonic():
            return
        self.waiting_since, self.pauses, self.refused, self.failed = None, 0, 0, 0
        self.extra = self.extra * 0.9 if self.extra > 0.05 else 0.0


class PolitenessMiddleware(Component):
    """Wait when asked to, slow down after failures, speed up after pages, stop when patience or budget are used up.

    Stands next to the network, below Scrapy's retries. A pause holds the downloader's slot, hence every request to
    the portal, those already queued included; nothing blocks. `Crawl-delay` is a floor under whatever DOWNLOAD_DELAY
    or AutoThrottle say. Each web archive has a pace of its own: one request at a time, a 503 is a wish to wait, and the
    first refusal ends the crawl.
    """

    needs_folder = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        config = Config.of(crawler.settings)
        self._config = config.politeness
        self._usual = config.download.delay
        self._adapts = config.download.has_autothrottle
        self._portal = Pace("the portal")
        self._archives: dict[str, Pace] = {}  # by slot
        self._sent = 0
        self._is_replica = False
        self._watch = LoopingCall(self._watch_for_the_end)

    def spider_opened(self) -> None:
        """Start to watch for the end: waiting requests must not hold up a crawl that is being stopped."""
        self._watch.start(0.2, now=False)

    def spider_closed(self) -> None:
        """Note what politeness cost."""
        if self._watch.running:
            self._watch.stop()

    # -- the pace -----------------------------------------------------------------------------------------------------

    def robots_parsed(self, robotparser: RobotParser) -> None:
        """Use Crawl-delay as the minimum delay between two requests, up to LONGEST_CRAWL_DELAY."""
        asked = robotparser.crawl_delay(self._config.robots_name)
        if asked is None or not asked > 0:
            return
        self._portal.floor = min(asked, self._config.longest_crawl_delay)
        self._stats.set_value("politeness/crawl_delay", self._portal.floor)
        if asked > self._portal.floor:
            logger.warning(
                "robots.txt asks for a Crawl-delay of %g s, which would take days: %g s are used (LONGEST_CRAWL_DELAY)",
                asked,
                self._portal.floor,
            )
        else:
            logger.info("Crawl-delay of robots.txt: %g s between requests", asked)

    def request_reached_downloader(self, request: Request) -> None:
        """Set the pace before a request is sent."""
        self._set_pace(request)

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Adapt the pace to an answer before the next request is sent."""
        if not self._is_replica and self._says_replica(response):
            self._is_replica = True
            logger.info("The portal is the replica on this machine: it is asked without a pause")
        pace = self._pace(request)
        if _is_asked_to_wait(request, response):
            self._pause(pace, response)
        elif response.status in {401, 403} or _is_challenge(response):
            if ARCHIVE not in request.meta or not _is_excluded(response):
                self._count_refusal(pace, response, 1 if ARCHIVE in request.meta else self._config.refusals)
        elif response.status >= 500:
            self._count_failure(pace, f"HTTP {response.status}")
        else:
            pace.recover()
        self._set_pace(request)

    def _pace(self, request: Request) -> Pace:
        """Return the pace of the host that a request goes to."""
        if ARCHIVE not in request.meta:
            return self._portal
        name = request.meta["download_slot"]
        if name not in self._archives:
            host = urlsplit(request.url)
            # A mirror on this machine is as fast as DOWNLOAD_DELAY says.
            times = (0.0, 0.0) if host.hostname in LOOPBACK else (float(request.meta[ARCHIVE]), ARCHIVE_BACKOFF)
            self._archives[name] = Pace(host.netloc, *times)
        return self._archives[name]

    def _set_pace(self, request: Request) -> None:
        slot, pace = self._slot(request), self._pace(request)
        if slot is None:
            return
        if pace is not self._portal:
            slot.concurrency = 1
        minimum = max(pace.floor, pace.extra)
        # AutoThrottle moves the delay itself, from where it finds it; without it nothing else would reduce it again.
        slot.delay = max(slot.delay if self._adapts else self._usual_delay(request), minimum)
        if pace.floor:
            slot.jitter = min(slot.jitter, 1 - pace.floor / slot.delay)
        if pace.until > monotonic():
            # The slot sends nothing until `delay` after `lastseen`; a slot without any delay would not look.
            slot.delay = max(slot.delay, 0.001)
            slot.lastseen = max(slot.lastseen, pace.until - slot.delay * (1 - slot.jitter))

    def _slot(self, request: Request) -> Slot | None:
        return self._crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))

    def _says_replica(self, response: Response) -> bool:
        """Return whether a portal needs no pause: the replica, on this machine, and nobody has set a delay.

        What else answers here may be a tunnel to the real portal.
        """
        is_set = (self._crawler.settings.getpriority("DOWNLOAD_DELAY") or 0) > SETTINGS_PRIORITIES["project"]
        return REPLICA in response.headers and urlsplit(response.url).hostname in LOOPBACK and not is_set

    def _usual_delay(self, request: Request) -> float:
        if self._is_replica:
            return 0.0
        own = self._crawler.settings.getdict("DOWNLOAD_SLOTS").get(request.meta["download_slot"], {})
        return float(own.get("delay", self._usual))

    def _slow_down(self, pace: Pace, minimum: float, maximum: float) -> None:
        if pace.slow_down(minimum, maximum):
            self._stats.max_value("politeness/slowest_delay", round(pace.extra, 3))

    # -- being asked to wait ------------------------------------------------------------------------------------------

    def _pause(self, pace: Pace, response: Response) -> None:
        """Hold everything for as long as the answer asks, or for a back-off that doubles; give up beyond patience."""
        now = monotonic()
        asked = retry_after(response.headers, datetime.now(UTC))
        if pace.until <= now:
            pace.pauses += 1
        # Answers that came in during a pause do not lengthen a back-off; a longer Retry-After does.
        backoff = max(self._config.backoff, pace.backoff) * 2.0 ** min(pace.pauses - 1, 10)
        pause = (
            min(backoff, max(self._config.slowest, pace.backoff)) if asked is None else max(asked, min(1.0, backoff))
        )
        until = now + pause
        added = until - max(pace.until, now)
        if added <= 0 or self._is_ended:
            return
        pace.wait_status = response.status
        if pace.waiting_since is None:
            pace.waiting_since = now
        if until - pace.waiting_since > self._config.patience:
            self._lose_patience(pace, f"and asks for {pause:,.0f} s more")
            return
        pace.until = until
        self._slow_down(pace, 1.0, self._config.slowest)
        self._stats.inc_value("politeness/pauses")
        self._stats.inc_value("politeness/waited", round(added, 3))  # type: ignore[arg-type]
        logger.warning(
            "HTTP %d: nothing is sent for %.1f s (%s)",
            response.status,
            pause,
            "Retry-After" if asked is not None else "back-off, no Retry-After",
        )

    def _lose_patience(self, pace: Pace, more: str = "") -> None:
        without = monotonic() - pace.waiting_since if pace.waiting_since is not None else 0.0
        self._end(
            "unreachable" if pace.wait_status == 503 else "blocked",
            f"{pace.who} answers HTTP {pace.wait_status}, has sent no page for {without:,.0f} s {more}".rstrip()
            + f" (PATIENCE_SECONDS={self._config.patience:g}): come back later, with a longer DOWNLOAD_DELAY",
        )

    def _is_out_of_patience(self, pace: Pace) -> bool:
        """Return whether the time is over, whatever it was spent on: pauses, slowed requests, answers that hang."""
        since = pace.waiting_since
        return since is not None and monotonic() - since > self._config.patience

    def _count_refusal(self, pace: Pace, response: Response, limit: int) -> None:
        pace.refused += 1
        self._slow_down(pace, 0.05, TROUBLE_DELAY)
        if 0 < limit <= pace.refused:
            self._end(
                "blocked",
                f"HTTP {response.status} to {pace.refused} requests in a row (REFUSALS_IN_A_ROW): {pace.who} does not "
                "want us; ask its people before another try"
                if limit > 1
                else f"{pace.who} answers HTTP {response.status}: it refuses us; wait a day before another try",
            )

    def _count_failure(self, pace: Pace, why: str) -> None:
        pace.failed += 1
        self._slow_down(pace, 0.05, TROUBLE_DELAY)
        if 0 < self._config.failures <= pace.failed:
            self._end(
                "unreachable",
                f"{pace.failed} requests in a row failed (FAILURES_IN_A_ROW), the last with {why}: {pace.who} is in "
                "trouble, come back later",
            )

    # -- the middleware -----------------------------------------------------------------------------------------------

    def process_request(self, request: Request) -> None:
        """Count what is sent, up to the budget."""
        if request.url.startswith("data:"):
            return
        if 0 < self._config.budget <= self._sent and not self._is_ended:
            self._end("budget", f"REQUEST_BUDGET={self._config.budget} is spent")
        if self._is_ended:
            self._stats.inc_value("politeness/not_sent")
            raise NotSent("not asked for: the crawl is ending")
        self._sent += 1

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Send a request again that was answered with "wait", once the pause is over."""
        if _is_challenge(response):
            raise Challenged(f"HTTP {response.status} with cf-mitigated: a challenge stands before the page")
        if not _is_asked_to_wait(request, response):
            return response
        waits = request.meta.get("politeness_waits", 0)
        if self._is_ended or waits >= WAITS_PER_REQUEST:
            request.meta["dont_retry"] = True  # Scrapy would try a 503 again at once
            return response
        again: Request = request.replace(dont_filter=True, priority=request.priority + 1)
        again.meta["politeness_waits"] = waits + 1
        return again

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Slow down when connections break."""
        if not isinstance(exception, IgnoreRequest):
            self._count_failure(self._pace(request), f"{type(exception).__name__}")
            self._set_pace(request)

    # -- the end ------------------------------------------------------------------------------------------------------

    @property
    def _is_ended(self) -> bool:
        return self._crawl.ended is not None

    def _end(self, word: Word, why: str) -> None:
        if not self._is_ended:
            logger.warning("The crawl ends: %s", why)
            self._crawl.end(word, why)

    def _watch_for_the_end(self) -> None:
        """End a crawl without patience, and let go of what waits for its turn: it was not sent, and is remembered."""
        for pace in (self._portal, *self._archives.values()):
            if self._is_out_of_patience(pace):
                self._lose_patience(pace)
        if not (self._is_ended or self._is_closing()):
            return
        for slot in self._crawler.engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                self._stats.inc_value("politeness/not_sent")
                waiting.errback(Failure(NotSent("not asked for: the crawl is ending")))  # type: ignore[no-untyped-call]

    def _is_closing(self) -> bool:
        engine = self._crawler.engine
        if engine.scraper.slot is None:
            return False  # the end is here
        # The engine backs out when it is full, too.
        is_full = engine.downloader.needs_backout() or engine.scraper.slot.needs_backout()
        return not engine.running or (engine.needs_backout() and not is_full)


def _is_asked_to_wait(request: Request, response: Response) -> bool:
    is_wait = ARCHIVE in request.meta or b"Retry-After" in response.headers
    return response.status == 429 or (response.status == 503 and is_wait)


def _is_excluded(response: Response) -> bool:
    mark = _header(response.headers, b"X-Archive-Wayback-Runtime-Error")
    return is_excluded(Answer(response.url, response.status, {"x-archive-wayback-runtime-error": mark}, response.body))


def _is_challenge(response: Response) -> bool:
    # Cloudflare's own mark, whatever the status.
    return b"cf-mitigated" in response.headers
