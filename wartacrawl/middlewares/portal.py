"""Requests go to the portal alone, and say who we are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from wartacrawl.component import Component
from wartacrawl.config import Config
from wartacrawl.site import urls

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class LeavesThePortal(IgnoreRequest):
    """A request, most often a redirect, that would have gone to another host."""


class PortalOnlyMiddleware(Component):
    """Map the newspaper's own hosts to WARTA_URL, refuse every other origin, redirects included, and say who we are.

    A crawl of web archives keeps to their origins instead.
    """

    needs_folder = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        config = Config.of(crawler.settings)
        self._origin = config.origin
        self._user_agent = config.politeness.user_agent

    def process_request(self, request: Request) -> Request | None:
        """Let requests to the portal pass, map those to other hosts of the newspaper, refuse all others."""
        if request.url.startswith("data:"):
            return None
        request.headers.setdefault(b"User-Agent", self._user_agent)
        if self._crawl.archives:
            self._keep_to_archives(request)
            return None
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
            self._crawl.why["unreachable"] = why
            raise LeavesThePortal(why)
        return request.replace(url=local, dont_filter=True)

    def _keep_to_archives(self, request: Request) -> None:
        """Refuse every origin but those of the archives, the portal's included: it is not asked for what they have."""
        if "/".join(request.url.split("/")[:3]) not in self._crawl.archives:
            self._stats.inc_value("offsite/refused")
            raise LeavesThePortal(f"{request.url} is not on {' or '.join(sorted(self._crawl.archives))}")
