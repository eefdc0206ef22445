"""A bare Scrapy spider: downloads the addresses in a file and does nothing with them.

With `--sparing` it has `CONCURRENT_ITEMS=1`, as ours has: Scrapy starts that number of tasks for each response, 100
unless another is given.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


SETTINGS = {
    "LOG_LEVEL": "WARNING",
    "ROBOTSTXT_OBEY": True,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 8,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
}


class Bare(Spider):
    name = "bare"

    urls: list[str]

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url, dont_filter=True)

    def parse(self, response: Any) -> None:
        self.bytes = len(response.body)


def main() -> None:
    process = CrawlerProcess(SETTINGS | ({"CONCURRENT_ITEMS": 1} if "--sparing" in sys.argv else {}))
    process.crawl(Bare, urls=Path(sys.argv[1]).read_text(encoding="utf-8").split())
    process.start()


if __name__ == "__main__":
    main()
