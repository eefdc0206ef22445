"""A bare Scrapy spider: downloads the addresses in a file and does nothing with them, or (`--parse`) makes its tree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lxml.html
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Bare(Spider):
    name = "bare"

    urls: list[str]
    makes_tree = False

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url, dont_filter=True)

    def parse(self, response: Any) -> None:
        self.bytes = len(response.body)
        if self.makes_tree:
            lxml.html.document_fromstring(response.body)


def main() -> None:
    settings = {
        "LOG_LEVEL": "WARNING",
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": 8,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
    }
    process = CrawlerProcess(settings)
    urls = Path(sys.argv[1]).read_text(encoding="utf-8").split()
    process.crawl(Bare, urls=urls, makes_tree="--parse" in sys.argv)
    process.start()


if __name__ == "__main__":
    main()
