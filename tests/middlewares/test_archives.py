"""Requests to web archives: to them alone, one at a time, and as slowly as each asks for."""

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from wartacrawl.crawl import Crawl
from wartacrawl.middlewares.politeness import ARCHIVE, PolitenessMiddleware
from wartacrawl.middlewares.portal import LeavesThePortal, PortalOnlyMiddleware
from wartacrawl.spiders.arsip import ArsipSpider


@pytest.fixture
def crawler():
    wired = Settings()
    wired.setmodule("wartacrawl.settings")
    crawler = Crawler(ArsipSpider, wired)
    crawler.stats = MemoryStatsCollector(crawler)
    Crawl.of(crawler).archives = frozenset({"https://data.commoncrawl.org"})
    return crawler


@pytest.mark.parametrize(
    "url",
    [
        "https://wartaekonomi.co.id/read7/kopi",
        "https://data.commoncrawl.org.example/x",
        "http://data.commoncrawl.org/x",
        "https://data.commoncrawl.org:8443/x",
    ],
)
def test_only_the_archives_are_asked_redirects_included(crawler, url):
    middleware = PortalOnlyMiddleware.from_crawler(crawler)
    with pytest.raises(LeavesThePortal, match="is not on https://data"):
        middleware.process_request(Request(url, meta={"redirect_urls": ["https://data.commoncrawl.org/x"]}))
    assert middleware.process_request(Request("https://data.commoncrawl.org/x")) is None


def test_each_archive_has_a_pace_of_its_own(crawler):
    politeness = PolitenessMiddleware.from_crawler(crawler)

    def pace(url, slot, pause):
        return politeness._pace(Request(url, meta={ARCHIVE: pause, "download_slot": slot}))

    files = pace("https://data.commoncrawl.org/x", "commoncrawl", 0.6)
    lists = pace("https://web.archive.org/cdx", "wayback-list", 2.0)
    mirror = pace("http://127.0.0.1:8000/x", "mirror", 2.0)
    assert (files.floor, lists.floor, mirror.floor) == (0.6, 2.0, 0.0)
    assert (files.backoff, mirror.backoff) == (60.0, 0.0)
    lists.slow_down(1.0, 30.0)
    assert (files.extra, lists.extra) == (0.0, 1.0)
    assert pace("https://web.archive.org/cdx?x", "wayback-list", 2.0) is lists
    assert politeness._pace(Request("https://wartaekonomi.co.id/")).who == "the portal"
