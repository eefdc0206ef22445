"""The browser behind RENDER_ENABLED: started late, kept on the portal, its pages closed and its contexts renewed."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from scrapy import signals
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod
from scrapy_playwright.provider import PlaywrightBrowserProvider

from wartacrawl.config import Config
from wartacrawl.middlewares.downloads import Abandonable
from wartacrawl.page import Page
from wartacrawl.reading.page_reader import PageReader
from wartacrawl.rendering.escalation import IS_ENOUGH, TROUBLE
from wartacrawl.site import shells, urls

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from playwright.async_api import Browser
    from playwright.async_api import Page as Tab
    from playwright.async_api import Request as TabRequest
    from playwright.async_api import Response as TabResponse
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

    from wartacrawl.rendering.escalation import IsEnough, Shown

logger = logging.getLogger(__name__)
# Its lines come after the outcome, which is promised to be the last.
logging.getLogger("scrapy-playwright").setLevel(logging.WARNING)
# A traceback for each request of a page that was closed; what matters of it is in the page's `Traffic`.
logging.getLogger("playwright").setLevel(logging.CRITICAL)

# Pages open at the same time: a page takes about a second and 100 MB.
PAGES_AT_ONCE = 2
# Resources that are not needed to read text.
UNWANTED = frozenset({"image", "font", "media", "websocket", "eventsource", "manifest", "ping", "other"})
# Presses of "load more" on one page, which keeps all that it shows in memory.
PRESSES_LIMIT = 200
# What a page may ask for at a time, adverts included, which are refused: a page of a newspaper asks for some hundreds.
REQUESTS_LIMIT = 1_000
# Seconds without a word between scripts and portal after which they have come to rest, and until nothing more comes.
_REST_SECONDS = 0.3
_END_SECONDS = 1.5
# Seconds that a page, a context or the browser may take to close.
_CLOSE_SECONDS = 5.0
# Milliseconds between two looks.
_LOOK_MS = 100


class LateBrowser(PlaywrightBrowserProvider):  # type: ignore[misc]
    """Starts nothing before the first page needs it."""

    pid: int | None = None  # the browser's process, which takes its children along

    async def start(self) -> None:
        """Wait."""

    async def launch_browser(self) -> Browser:
        """Start playwright, once, and a browser."""
        if self.browser_type is None:
            await super().start()
        logger.info("Starting a browser for pages that scripts fill")
        asyncio.get_running_loop().set_exception_handler(_tell_fault)
        browser = await self._launch()
        session = await browser.new_browser_cdp_session()
        found = await session.send("SystemInfo.getProcessInfo")
        self.pid = next((process["id"] for process in found["processInfo"] if process["type"] == "browser"), None)
        return browser

    async def _launch(self) -> Browser:
        """Launch Chromium in its sandbox, which it refuses to root and some machines refuse to it."""
        options = self.config.launch_options
        options["chromium_sandbox"] = os.geteuid() != 0
        try:
            browser: Browser = await super().launch_browser()
        except PlaywrightError as error:
            if not options["chromium_sandbox"]:
                raise
            logger.warning("The browser runs without its sandbox, which this machine refuses: %s", _first_line(error))
            options["chromium_sandbox"] = False
            browser = await super().launch_browser()
        return browser


def _tell_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a task died of, unless its page or browser is gone: that is what they are closed for."""
    task = context.get("task") or context.get("future")
    is_of_browser = "playwright" in repr(task)
    if not (is_of_browser or isinstance(context.get("exception"), PlaywrightError)):
        loop.default_exception_handler(context)


class Traffic:
    """What the scripts of a page ask the portal for: whether anything is under way, and what went wrong."""

    def __init__(self, origin: str, on_flood: Callable[[], None]) -> None:
        self._origin = origin
        self._on_flood = on_flood
        self._under_way: set[TabRequest] = set()
        self._moved = monotonic()
        self.fault: str | None = None
        self.is_flood = False
        self._asked_for = 0
        self.handlers: dict[str, Callable[[Any], Any]] = {
            "request": self._asked,
            "response": self._answered,
            "requestfinished": self._ended,
            "requestfailed": self._failed,
            "popup": _close,
        }

    def expect(self) -> None:
        """Count the quiet from now: something is to come."""
        self._moved = monotonic()
        self._asked_for = 0

    @property
    def quiet(self) -> float:
        """Seconds since the last request ended, 0 while one is under way."""
        return 0.0 if self._under_way else monotonic() - self._moved

    @property
    def trouble(self) -> str | None:
        """Why something may be missing, None where nothing went wrong."""
        return self.fault or ("the portal has not answered its script" if self._under_way else None)

    def _is_of_script(self, request: TabRequest) -> bool:
        return request.resource_type in {"fetch", "xhr", "script"} and _is_on(self._origin, request.url)

    def _asked(self, request: TabRequest) -> None:
        self._asked_for += 1
        if self._asked_for == REQUESTS_LIMIT:
            self.is_flood = True
            self._on_flood()
        elif self._is_of_script(request):
            self._under_way.add(request)

    def _answered(self, response: TabResponse) -> None:
        # Scripts that do not exist are linked everywhere; what a script asks for it needs.
        lowest = 500 if response.request.resource_type == "script" else 400
        if response.status >= lowest and self._is_of_script(response.request):
            self.fault = f"its script got HTTP {response.status} for {response.url}"

    def _ended(self, request: TabRequest) -> None:
        self._under_way.discard(request)
        self._moved = monotonic()

    def _failed(self, request: TabRequest) -> None:
        self._ended(request)
        if self._is_of_script(request):
            self.fault = f"its script could not get {request.url} ({request.failure})"


async def _close(popup: Tab) -> None:
    await _in_time(popup.close())


async def _in_time(closing: Coroutine[Any, Any, None]) -> bool:
    """Wait for something to close, but not for ever; return whether it did.

    A page that reloads itself without end may keep its browser too busy to close it.
    """
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await closing
    except TimeoutError:
        return False
    except PlaywrightError:
        return True  # it was closed already
    return True


def _is_on(origin: str, url: str) -> bool:
    return url == origin or url.startswith(origin + "/")


class BrowserHandler(Abandonable, ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """Scrapy's own handler, and a browser for requests that ask for one."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        config = Config.of(crawler.settings)
        self.abort_request = self._is_unwanted
        self._origin = config.origin
        self._reader = PageReader(config.origin, config.page_seconds)
        self._context = {
            "service_workers": "block",
            "accept_downloads": False,
            "user_agent": config.politeness.user_agent,
        }
        self._seconds = config.render.seconds
        self._pages_each = config.render.context_pages
        self._turns = asyncio.Semaphore(PAGES_AT_ONCE)
        self._opened = 0
        self._in_use: Counter[str] = Counter()
        self._rules: RobotParser | None = None
        self._robots_name = config.politeness.robots_name
        crawler.signals.connect(self._take_rules, signals.robots_parsed)

    def _take_rules(self, robotparser: RobotParser) -> None:
        self._rules = robotparser

    async def download_request(self, request: Request) -> Response:
        """Download as Scrapy does, or render."""
        download = self._render(request) if request.meta.get("playwright") else super().download_request(request)
        return await self.or_abandon(download)

    async def _render(self, request: Request) -> Response:
        async with self._turns:
            name = self._context_name()
            limit = asyncio.timeout(4 * self._seconds)
            traffic = Traffic(self._origin, lambda: limit.reschedule(0.0))
            request.meta.pop(TROUBLE, None)
            request.meta.update(
                playwright_include_page=True,  # so that it is closed by us, whatever happens
                playwright_context=name,
                playwright_context_kwargs=dict(self._context),
                playwright_page_event_handlers=traffic.handlers,
                playwright_page_methods=[PageMethod(self._fill, request, traffic)],
            )
            self._in_use[name] += 1
            try:
                async with limit:
                    response: Response = await super().download_request(request)
                    return response
            except (PlaywrightTimeoutError, TimeoutError) as error:
                if traffic.is_flood:
                    await self._kill()
                    raise DownloadFailedError(f"the browser: over {REQUESTS_LIMIT:,} requests at once") from error
                raise DownloadTimeoutError(f"the browser took over {self._seconds:g} s") from error
            except PlaywrightError as error:
                raise DownloadFailedError(f"the browser: {_first_line(error)}") from error
            finally:
                self._in_use[name] -= 1
                await self._clear(request)

    def _context_name(self) -> str:
        """Return the context for the next page; it is renewed, as browsers grow with every page."""
        name = f"render-{self._opened // self._pages_each}"
        self._opened += 1
        return name

    async def _clear(self, request: Request) -> None:
        """Close the page of a request, whatever became of it, and contexts whose time is over."""
        for name in [name for name in request.meta if name.startswith("playwright_") and name != "playwright_page"]:
            del request.meta[name]  # what the next page of this request must not begin with
        page: Tab | None = request.meta.pop("playwright_page", None)
        if page is not None and not page.is_closed() and not await _in_time(page.close()):
            # Its context takes it along; what else was open there is tried again, and the next page begins a new one.
            self._opened += self._pages_each
            await _in_time(page.context.close())
        current = f"render-{self._opened // self._pages_each}"
        for name, wrapper in list(self.context_wrappers.items()):
            if name != current and not self._in_use[name]:
                await _in_time(wrapper.context.close())
        self.stats.set_value("render/open_pages", self._get_total_page_count())

    async def _kill(self) -> None:
        """End the browser at once: closing a page that floods it would take as long as the flood."""
        logger.warning("The browser is ended, as a page makes over %d requests at once", REQUESTS_LIMIT)
        browser, pid = getattr(self, "browser", None), self.browser_provider.pid
        if browser is None or pid is None:
            return
        ended = asyncio.Event()
        browser.once("disconnected", lambda _: ended.set())
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await ended.wait()

    async def _close(self) -> None:
        """End the browser in seconds, also one that a page keeps busy."""
        for wrapper in list(self.context_wrappers.values()):
            await _in_time(wrapper.context.close())
        self.context_wrappers.clear()
        if hasattr(self, "browser"):
            await _in_time(self.browser.close())
            self.__dict__.pop("browser", None)  # gone already, where the browser said that it has ended
        await _in_time(super()._close())

    def _is_unwanted(self, request: TabRequest) -> bool:
        """Refuse what is not text, what is not on the portal, and what robots.txt forbids."""
        if request.resource_type in UNWANTED or not _is_on(self._origin, request.url):
            return True
        return self._rules is not None and not self._rules.allowed(request.url, self._robots_name)

    # -- waiting for the scripts --------------------------------------------------------------------------------------

    async def _fill(self, tab: Tab, request: Request, traffic: Traffic) -> None:
        """Wait until scripts have filled the page, and have a list show all that is new."""
        is_enough = request.meta.get(IS_ENOUGH)
        if is_enough is None:
            await self._until_words(tab, traffic)
        else:
            trouble = await self._follow(tab, is_enough, traffic)
            if trouble is not None:
                request.meta[TROUBLE] = trouble
        # With scripts at work, what a page says to browsers without them is no part of it.
        await tab.evaluate("document.querySelectorAll('noscript').forEach(element => element.remove())")

    async def _until_words(self, tab: Tab, traffic: Traffic) -> None:
        """Wait for the text of an article; one that scripts failed to load is retried, not judged."""
        end = monotonic() + self._seconds
        traffic.expect()
        while (
            self._reader.is_article_shell(await self._page(tab)) and traffic.quiet < _END_SECONDS and monotonic() < end
        ):
            await tab.wait_for_timeout(_LOOK_MS)
        await self._rest(tab, traffic)
        if traffic.trouble is not None and self._reader.has_few_words(await self._page(tab)):
            raise DownloadFailedError(f"the browser: {traffic.trouble}")

    async def _follow(self, tab: Tab, is_enough: IsEnough, traffic: Traffic) -> str | None:
        """Press "load more" until what comes is known or nothing more comes; return why something may be missing."""
        end = monotonic() + 2 * self._seconds
        shown = fresh = await self._more_than(tab, {}, traffic)
        presses = 0
        while fresh and not is_enough(shown, fresh):
            if monotonic() > end or presses >= PRESSES_LIMIT:
                return f"after {presses} presses of its button there is still more"
            traffic.fault = None
            if not await self._press(tab):
                return None
            presses += 1
            self.stats.inc_value("render/load_more")
            now = await self._more_than(tab, shown, traffic)
            fresh, shown = {key: now[key] for key in now.keys() - shown.keys()}, now
        return None if fresh else traffic.trouble

    async def _press(self, tab: Tab) -> bool:
        button = tab.locator("button, a").filter(has_text=shells.LOAD_MORE, visible=True).first
        if not await button.count():
            return False
        try:
            await button.click(timeout=2000)
        except PlaywrightError:
            return False  # gone, or covered: what is shown is taken
        return True

    async def _more_than(self, tab: Tab, shown: Shown, traffic: Traffic) -> Shown:
        """Return what a list shows as soon as that is more, or once nothing more comes."""
        end = monotonic() + self._seconds / 2
        traffic.expect()
        await tab.wait_for_timeout(_LOOK_MS)
        while (now := await self._shown(tab)).keys() <= shown.keys():
            if traffic.quiet > _END_SECONDS or monotonic() > end:
                return now
            await tab.wait_for_timeout(_LOOK_MS)
        await self._rest(tab, traffic)
        return await self._shown(tab)

    async def _rest(self, tab: Tab, traffic: Traffic) -> None:
        """Let scripts finish what they have begun."""
        end = monotonic() + self._seconds / 4
        while traffic.quiet < _REST_SECONDS and monotonic() < end:
            await tab.wait_for_timeout(_LOOK_MS)

    async def _shown(self, tab: Tab) -> Shown:
        listing = self._reader.listing(await self._page(tab))
        return {int(card.id): card.day for card in listing.cards}

    async def _page(self, tab: Tab) -> Page:
        return Page(urls.ORIGIN + tab.url.removeprefix(self._origin), await tab.content(), datetime.now(UTC), "render")


def _first_line(error: Any) -> str:
    return (str(error).splitlines() or [""])[0][:200]
