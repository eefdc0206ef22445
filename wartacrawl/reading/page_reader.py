"""Reading the pages of a portal, each within its time: spiders, browser and commands read through this alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wartacrawl.reading.budget import time_limit
from wartacrawl.site import feeds, listings, notices, sections, shells

if TYPE_CHECKING:
    from datetime import date, datetime

    from wartacrawl.page import Page
    from wartacrawl.reading.extract import Extraction


class PageReader:
    """Reads pages of the portal at `origin`.

    Every method raises `PageTooSlowError` when a page takes more than `seconds` of processor time (PAGE_SECONDS).
    """

    def __init__(self, origin: str, seconds: float) -> None:
        self._origin = origin
        self._seconds = seconds

    def article(self, page: Page) -> Extraction:
        """Extract an article; raises `ValueError` for a page that says nowhere which article it is."""
        # Loaded for the first article: an hourly crawl that finds nothing new has none.
        from wartacrawl.reading.extract import extract  # noqa: PLC0415

        with time_limit(self._seconds):
            return extract(page)

    def listing(self, page: Page) -> listings.Listing:
        """Read a list page."""
        with time_limit(self._seconds):
            return listings.read_listing(page, origin=self._origin, now=page.fetched_at)

    def menu(self, page: Page) -> list[sections.Section]:
        """Read the menu of a page."""
        with time_limit(self._seconds):
            return sections.read_menu(page.tree, base=page.url, origin=self._origin)

    def says_empty(self, page: Page, day: date | None) -> bool:
        """Return whether a list, or the index of a day, says itself that it has no articles."""
        with time_limit(self._seconds):
            if day is None:
                return notices.is_empty_list(page, origin=self._origin)
            return notices.is_empty_index(page, day, origin=self._origin)

    def is_section(self, page: Page, url: str) -> bool:
        """Return whether a page proves to be the section at an address of the portal."""
        with time_limit(self._seconds):
            return notices.is_section(page, url, origin=self._origin)

    def is_article_shell(self, page: Page) -> bool:
        """Return whether an article has next to no words although a script seems to bring them."""
        with time_limit(self._seconds):
            return shells.has_few_words(page.tree) and shells.is_shell(page.tree)

    def has_few_words(self, page: Page) -> bool:
        """Return whether a page has next to no words, menus and side columns left out."""
        with time_limit(self._seconds):
            return shells.has_few_words(page.tree)

    def rss(self, body: bytes, now: datetime) -> tuple[feeds.Entry, ...]:
        """Read an RSS feed; `now` is aware."""
        with time_limit(self._seconds):
            return feeds.read_rss(body, origin=self._origin, now=now)

    def sitemap(self, body: bytes, now: datetime) -> feeds.Sitemap:
        """Read a sitemap or an index of sitemaps; `now` is aware."""
        with time_limit(self._seconds):
            return feeds.read_sitemap(body, origin=self._origin, now=now)
