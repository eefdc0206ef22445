"""Reading one page that is at hand, without a crawl."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wartacrawl.page import Page
from wartacrawl.reading.extract import extract as extract_page

if TYPE_CHECKING:
    from wartacrawl.items import Article


def extract(html: str | bytes, url: str, *, fetched_at: datetime | None = None) -> Article:
    """Return the article of a page, `html` as text or as the bytes of a response, `url` the address it came from.

    `fetched_at` (aware; now unless given) counts where a page says "20 minutes ago". Messages on what is wrong with the
    page are in `metadata["validation_messages"]`; `scrapy explain` shows which layer each value came from.

    Raises `ValueError` for a page that does not prove to be the article of its address: an error page, a list, a login.
    """
    moment = fetched_at or datetime.now(UTC)
    page = (
        Page(url=url, html=html, fetched_at=moment, via="artikel")
        if isinstance(html, str)
        else Page.from_bytes(url, html, fetched_at=moment, via="artikel")
    )
    extraction = extract_page(page)
    if extraction.doubt is not None:
        raise ValueError(f"{url} does not hold its article: {extraction.doubt}")
    return extraction.article
