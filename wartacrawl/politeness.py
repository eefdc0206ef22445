"""How we behave towards the portal, and that we go nowhere else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from wartacrawl.folder import portal_origin
from wartacrawl.site import urls

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class LeavesThePortal(IgnoreRequest):
    """A request, most often a redirect, that would have gone to another host."""


class OnlyThePortal:
    """Map the newspaper's own hosts to WARTA_URL and refuse every other origin, redirects included."""

    def __init__(self, crawler: Crawler) -> None:
        self._origin = portal_origin(crawler.settings)
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OnlyThePortal:
        """Make the middleware of a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> Request | None:
        """Let a request to the portal pass, turn one to a host of the newspaper into one, refuse all others."""
        if request.url.startswith("data:"):
            return None
        local = urls.localize(request.url, base=self._origin, origin=self._origin)
        if local is None:
            self._stats.inc_value("offsite/refused")
            logger.warning("Refused to leave the portal for %s", request.url)
            raise LeavesThePortal(f"{request.url} is not on {self._origin}")
        if request.url.startswith(self._origin + "/") or request.url == self._origin:
            return None
        return request.replace(url=local, dont_filter=True)
