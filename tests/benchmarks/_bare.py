"""A bare Scrapy spider: downloads the addresses in a file and does nothing with them.

With `--least` it does what a crawl cannot do without: it has lxml make the tree of each page, and is as sparing with
tasks as ours is.
"""

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
    makes_trees = False

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url, dont_filter=True)

    def parse(self, response: Any) -> None:
        self.bytes = len(response.body)
        if self.makes_trees:
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
    is_least = "--least" in sys.argv
    process = CrawlerProcess(settings | ({"CONCURRENT_ITEMS": 1} if is_least else {}))
    process.crawl(Bare, urls=Path(sys.argv[1]).read_text(encoding="utf-8").split(), makes_trees=is_least)
    process.start()


if __name__ == "__main__":
    main()
