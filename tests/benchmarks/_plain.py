"""A plain Scrapy spider as people write it: eight CSS selectors and a JSON Lines feed, nothing looked after.

It gets the addresses of the same pages in a file, so that what it does not do costs it nothing: find them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

from tests.benchmarks._bare import SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Plain(Spider):
    name = "plain"

    urls: list[str]

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url, callback=self.parse_article if "/read" in url else self.parse, dont_filter=True)

    def parse(self, response: Any) -> None:
        if hasattr(response, "css"):
            self.found = len(response.css("a::attr(href)").getall())

    def parse_article(self, response: Any) -> Iterator[dict[str, Any]]:
        yield {
            "url": response.url,
            "title": response.css("h1::text").get(default="").strip(),
            "date": response.css('meta[property="article:published_time"]::attr(content)').get(),
            "section": response.css(".breadcrumb li:last-child a::text").get(),
            "author": response.css('meta[name="author"]::attr(content)').get(),
            "image": response.css('meta[property="og:image"]::attr(content)').get(),
            "description": response.css('meta[name="description"]::attr(content)').get(),
            "tags": response.css('a[href*="/tag"]::text').getall(),
            "body": "\n".join(response.css("article p::text").getall()),
        }


def main() -> None:
    source, target = sys.argv[1:]
    settings = SETTINGS | {"FEEDS": {target: {"format": "jsonlines"}}, "FEED_EXPORT_ENCODING": "utf-8"}
    process = CrawlerProcess(settings)
    process.crawl(Plain, urls=Path(source).read_text(encoding="utf-8").split())
    process.start()


if __name__ == "__main__":
    main()
