"""Request identity is site identity: an article has one fingerprint under every slug, host and generation of URL."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING

from scrapy.utils.request import RequestFingerprinter

from wartacrawl.config import portal_origin
from wartacrawl.site import urls

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class IdentityFingerprinter:
    """Fingerprint articles by identifier and page, everything else as Scrapy does."""

    def __init__(self, crawler: Crawler) -> None:
        self._origin = portal_origin(crawler.settings)
        self._other = RequestFingerprinter(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> IdentityFingerprinter:
        """Make the fingerprinter of a crawl."""
        return cls(crawler)

    def fingerprint(self, request: Request) -> bytes:
        """Return 20 bytes that are the same for the same document."""
        ref = urls.parse(request.url, origin=self._origin)
        if ref is None or ref.kind != "article" or request.method != "GET":
            return self._other.fingerprint(request)
        return sha1(f"article {ref.id} {ref.page or 1}".encode(), usedforsecurity=False).digest()
