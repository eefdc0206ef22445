"""The browser behind RENDER_ENABLED: started late, kept on the portal, its pages closed and its contexts renewed."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod
from scrapy_playwright.provider import PlaywrightBrowserProvider

from wartacrawl.folder import portal_origin
from wartacrawl.page import Page
from wartacrawl.render import RENDER_CONTEXT_PAGES, RENDER_SECONDS, is_article_shell, number
from wartacrawl.shutdown import Abandonable
from wartacrawl.site import listings, urls

if TYPE_CHECKING:
    from playwright.async_api import Browser
    from playwright.async_api import Page as Tab
    from playwright.async_api import Request as TabRequest
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from wartacrawl.discovery import ListWalk
    from wartacrawl.ledger import Ledger

# Pages open at the same time: a page takes about a second and 100 MB.
PAGES_AT_ONCE = 2
# What a reader of text has no use for.
UNWANTED = frozenset({"image", "font", "media", "websocket", "eventsource", "manifest", "ping", "other"})
# Seconds that scripts are given to come to rest, then to show what they fetched, and to bring more where it is asked for.
_REST_SECONDS = 8.0
_SHOW_SECONDS = 1.0
_MORE_SECONDS = 5.0
# Milliseconds between two looks.
_LOOK_MS = 100
# A list that always has more is followed so far; the rest is asked for by page number.
_MOST_CLICKS = 50


class LateBrowser(PlaywrightBrowserProvider):
    """Starts nothing before the first page needs it."""

    async def start(self) -> None:
        """Wait."""

    async def launch_browser(self) -> Browser:
        """Start playwright, once, and a browser."""
        if self.browser_type is None:
            await super().start()
        return await super().launch_browser()


class BrowserHandler(Abandonable, ScrapyPlaywrightDownloadHandler):
    """Scrapy's own handler, and a browser for requests that ask for one."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self.abort_request = self._is_unwanted
        self._origin = portal_origin(settings)
        self._seconds = number(settings, "RENDER_SECONDS", RENDER_SECONDS)
        self._pages_each = int(number(settings, "RENDER_CONTEXT_PAGES", RENDER_CONTEXT_PAGES))
        self._turns = asyncio.Semaphore(PAGES_AT_ONCE)
        self._opened = 0
        self._in_use: Counter[str] = Counter()

    async def download_request(self, request: Request) -> Response:
        """Download as Scrapy does, or render."""
        download = self._render(request) if request.meta.get("playwright") else super().download_request(request)
        return await self.or_abandon(download)

    async def _render(self, request: Request) -> Response:
        async with self._turns:
            name = self._context_name()
            request.meta["playwright_context"] = name
            request.meta["playwright_context_kwargs"] = {"service_workers": "block", "accept_downloads": False}
            request.meta["playwright_page_methods"] = [PageMethod(self._fill, request)]
            self._in_use[name] += 1
            try:
                async with asyncio.timeout(3 * self._seconds):
                    return await super().download_request(request)
            except (PlaywrightTimeoutError, TimeoutError) as error:
                raise DownloadTimeoutError(f"the browser took over {self._seconds:g} s") from error
            except PlaywrightError as error:
                raise DownloadFailedError(f"the browser: {_first_line(error)}") from error
            finally:
                self._in_use[name] -= 1
                await self._clear(request)

    def _context_name(self) -> str:
        """Return the context for the next page: a new one after so many, as browsers grow with every page."""
        name = f"render-{self._opened // self._pages_each}"
        self._opened += 1
        return name

    async def _clear(self, request: Request) -> None:
        """Close the page of a request, whatever became of it, and contexts whose time is over."""
        with suppress(PlaywrightError):
            page: Tab | None = request.meta.pop("playwright_page", None)
            if page is not None and not page.is_closed():
                await page.close()
            current = f"render-{self._opened // self._pages_each}"
            for name, wrapper in list(self.context_wrappers.items()):
                if name != current and not self._in_use[name]:
                    await wrapper.context.close()
        self.stats.set_value("render/open_pages", self._get_total_page_count())

    def _is_unwanted(self, request: TabRequest) -> bool:
        """Refuse what is no text, and everything that is not on the portal."""
        is_here = request.url == self._origin or request.url.startswith(self._origin + "/")
        return request.resource_type in UNWANTED or not is_here

    # -- waiting for the scripts --------------------------------------------------------------------------------------

    async def _fill(self, tab: Tab, request: Request) -> None:
        """Wait until scripts have filled the page, and have a list show all that is new."""
        with suppress(PlaywrightTimeoutError):
            await tab.wait_for_load_state("networkidle", timeout=1000 * _REST_SECONDS)
        walk = request.cb_kwargs.get("walk")
        if walk is None:
            await self._until_words(tab)
        else:
            await self._follow(tab, walk, self._crawler.spider.store.ledger)
        # With scripts at work, what a page says to browsers without them is no part of it.
        await tab.evaluate("document.querySelectorAll('noscript').forEach(element => element.remove())")

    async def _until_words(self, tab: Tab) -> None:
        end = monotonic() + _SHOW_SECONDS
        while is_article_shell(await self._page(tab)) and monotonic() < end:
            await tab.wait_for_timeout(_LOOK_MS)

    async def _follow(self, tab: Tab, walk: ListWalk, ledger: Ledger) -> None:
        """Press "load more" until what comes is known, nothing more comes, or there is no such button."""
        shown = await self._more_than(tab, set(), _SHOW_SECONDS)
        fresh = shown
        for _ in range(_MOST_CLICKS):
            if not fresh or _is_known(fresh, walk, ledger) or not await self._press(tab):
                return
            self.stats.inc_value("render/load_more")
            now = await self._more_than(tab, shown, _MORE_SECONDS)
            fresh, shown = now - shown, now

    async def _press(self, tab: Tab) -> bool:
        button = tab.locator("button, a").filter(has_text=listings._LOAD_MORE, visible=True).first
        if not await button.count():
            return False
        try:
            await button.click(timeout=2000)
        except PlaywrightError:
            return False  # gone, or covered: what is shown is taken
        return True

    async def _more_than(self, tab: Tab, shown: set[int], seconds: float) -> set[int]:
        """Return the identifiers a list shows as soon as there are others than those, or after a while."""
        end = monotonic() + seconds
        while (now := await self._shown(tab)) <= shown and monotonic() < end:
            await tab.wait_for_timeout(_LOOK_MS)
        return now

    async def _shown(self, tab: Tab) -> set[int]:
        page = await self._page(tab)
        listing = listings.read_listing(page, origin=self._origin, now=page.fetched_at)
        return {int(card.id) for card in listing.cards}

    async def _page(self, tab: Tab) -> Page:
        return Page(urls.ORIGIN + tab.url.removeprefix(self._origin), await tab.content(), datetime.now(UTC), "render")


def _is_known(fresh: set[int], walk: ListWalk, ledger: Ledger) -> bool:
    """Tell whether nothing new can lie beyond these articles, by the same rule as a walk ends by."""
    if fresh <= walk.seen:
        return True
    return not walk.full and max(fresh) <= walk.before.frontier and len(ledger.articles(fresh)) == len(fresh)


def _first_line(error: Any) -> str:
    return (str(error).splitlines() or [""])[0][:200]
