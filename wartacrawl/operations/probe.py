"""Asking the portal for a handful of pages outside a crawl, through the same downloader, as politely as a crawl."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from scrapy import Request, Spider
from twisted.python.failure import Failure

from wartacrawl.config import Config
from wartacrawl.crawl import Crawl
from wartacrawl.operations.cases import Source
from wartacrawl.reading.extract import Extraction, merge, next_page
from wartacrawl.reading.page_reader import PageReader
from wartacrawl.reporting.outcome import CommandError
from wartacrawl.site import urls
from wartacrawl.spiders.failures import REFUSALS, Reason, reason_of, reason_of_status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from scrapy.crawler import CrawlerProcessBase
    from scrapy.http import Response

    from wartacrawl.page import Page
    from wartacrawl.reporting.outcome import Word

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: a response (of any status), or the reason why there is none."""

    url: str
    response: Response | None
    reason: Reason | None
    seconds: float

    @property
    def status(self) -> int | None:
        """The HTTP status, None without a response."""
        return self.response.status if self.response is not None else None

    @property
    def failure(self) -> Reason | None:
        """Why there is no page, None when there is one."""
        return self.reason or reason_of_status(self.status or 0)

    @property
    def location(self) -> str | None:
        """Where a redirect leads, an absolute address; None for any other answer."""
        response = self.response
        if response is None or not 300 <= response.status < 400 or b"Location" not in response.headers:
            return None
        return str(response.urljoin((response.headers.get("Location") or b"").decode("latin-1")))

    def source(self, origin: str) -> Source:
        """Return the document as it came, under the portal's real address."""
        assert self.response is not None  # noqa: S101 - callers look at `reason` first
        header = self.response.headers.get("Content-Type")
        return Source(
            urls.ORIGIN + self.response.url.removeprefix(origin),
            self.response.body,
            header.decode("latin-1") if header else None,
            datetime.now(UTC),
            origin,
        )

    def page(self, origin: str, via: str) -> Page:
        """Return the response as a page under the portal's real address."""
        return self.source(origin).page(via)


class Probe(Spider):
    """A spider without callbacks: a script asks for pages, each after the other."""

    name = "probe"
    custom_settings: dict[str, Any] | None = {  # noqa: RUF012 - Scrapy reads it from the class
        "ITEM_PIPELINES": {},
        "EXTENSIONS": {},
        "RETRY_TIMES": 1,
        "LOG_LEVEL": "ERROR",
        "REQUEST_BUDGET": 14,
        # A person is waiting: a portal that asks for more patience is reported as it is.
        "PATIENCE_SECONDS": 20,
        "BACKOFF_SECONDS": 2,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
    }

    script: Callable[[Probe], Awaitable[None]]

    async def start(self) -> AsyncIterator[Request]:
        """Run the script; there is nothing to schedule."""
        # When patience or budget are used up, the script goes on and gets no more pages.
        Crawl.of(self.crawler).close = str
        await self.script(self)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    @cached_property
    def reader(self) -> PageReader:
        """Reads what came, within PAGE_SECONDS a page."""
        config = Config.of(self.settings)
        return PageReader(config.origin, config.page_seconds)

    @property
    def sent(self) -> int:
        """The number of requests sent, robots.txt, redirects and retries included."""
        return int(self.crawler.stats.get_value("downloader/request_count", 0))

    async def ask(self, url: str, **options: Any) -> Answer:
        """Ask for a page and return what came; never raises for what the network or the portal do."""
        began = datetime.now(UTC)
        response = reason = None
        try:
            response = await self.crawler.engine.download_async(Request(url, dont_filter=True, **options))
        except Exception as error:  # noqa: BLE001 - every failure of a download is an answer here
            reason = reason_of(Failure(error))  # type: ignore[no-untyped-call]
        return Answer(url, response, reason, (datetime.now(UTC) - began).total_seconds())


class NoArticleError(LookupError):
    """What was given is neither the id nor the address of an article."""


async def fetch_article(ask: Probe, ref: urls.Ref, origin: str) -> tuple[list[Source], Extraction]:
    """Fetch and read all pages of an article as a crawl would.

    Raises `CommandError` when one could not be fetched, `PageTooSlowError` when one cannot be read in time.
    """
    url: str | None = urls.build(replace(ref, page="all"), origin=origin)
    sources: list[Source] = []
    parts: list[Extraction] = []
    while url is not None:
        answer = await ask.ask(url)
        sources.append(_source(answer, ref, origin))
        parts.append(ask.reader.article(sources[-1].page("artikel")))
        further = next_page(parts)
        url = urls.localize(further, base=further, origin=origin) if further else None
    return sources, merge(parts)


def not_fetched(reason: Reason, what: str, cause: str) -> CommandError:
    """Return the end of a command that got no page: what failed, why, and where to look for the cause."""
    word: Word = "blocked" if reason.kind in REFUSALS else "unreachable"
    return CommandError(word, f"{what} ({reason.sentence}): check {cause}.")


def _source(answer: Answer, ref: urls.Ref, origin: str) -> Source:
    if answer.failure is not None:
        raise not_fetched(answer.failure, f"{answer.url} could not be fetched", "the address and WARTA_URL")
    landed = urls.parse(answer.response.url, origin=origin) if answer.response is not None else None
    if landed is None or landed.id != ref.id:
        raise CommandError("unreachable", f"{answer.url} leads to a page other than article {ref.id}: check it.")
    return answer.source(origin)


def fetched(process: CrawlerProcessBase, address: str, origin: str) -> tuple[list[Source], Extraction]:
    """Fetch and read all pages of an article given by its id or address; blocks until then.

    Raises `NoArticleError` for what is not an article, and what `fetch_article` does.
    """
    identifier = urls.identity(address, origin=origin)
    if identifier is None:
        raise NoArticleError(address)
    ref = urls.parse(address, origin=origin)
    wanted = urls.Ref("article", id=identifier, slug=ref.slug if ref else None)
    return probe(process, lambda ask: fetch_article(ask, wanted, origin))


def probe(process: CrawlerProcessBase, script: Callable[[Probe], Awaitable[Result]]) -> Result:
    """Run a script of requests to its end and return what it returns, or raise what it raises; blocks until then."""
    results: list[Result] = []
    faults: list[Exception] = []

    async def run(ask: Probe) -> None:
        try:
            results.append(await script(ask))
        except Exception as error:  # noqa: BLE001 - raised again below, outside the event loop
            faults.append(error)

    process.crawl(process.create_crawler(Probe), script=run)
    process.start()
    if faults:
        raise faults[0]
    if not results:
        raise CommandError("crashed", "The command was stopped before it had an answer.")
    return results[0]
