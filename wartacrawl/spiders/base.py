"""What every spider of the portal does the same way: arguments, batches of requests, articles."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, DontCloseSpider

from wartacrawl.config import Config
from wartacrawl.crawl import Crawl
from wartacrawl.middlewares.robots import PLAIN_URL
from wartacrawl.reading.budget import PageTooSlowError
from wartacrawl.reading.page_reader import PageReader
from wartacrawl.rendering import escalation
from wartacrawl.reporting import notification
from wartacrawl.site import layouts, urls
from wartacrawl.spiders.arguments import Arguments, as_texts
from wartacrawl.spiders.failures import (
    MERGED_TRIES,
    OTHER_PAGE_TRIES,
    TOO_SLOW,
    Reason,
    reason_of,
    request_of,
)
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
    from datetime import date

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from wartacrawl.page import Page
    from wartacrawl.reading.extract import Extraction
    from wartacrawl.storage.ledger import Ledger, Row

Batch = list[Request]

# Articles before lists: what is found is fetched before more is looked for, so that the queue stays short.
ARTICLE_PRIORITY = 10
# Articles taken from the ledger at a time.
CHUNK = 200
# From this number of articles that come as empty shells, and half of all, the layout has changed.
FEW_SHELLS = 3
# Two articles may have the same headline and text; a page that comes for more is not an article. Only the
# latest texts are compared.
SAME_TEXT = 2
TEXTS_COMPARED = 500
# Seconds until a page that took too long is asked for again: it is unlikely to change sooner.
SLOW_PAGE_PAUSE = 6 * 3_600.0


class PortalSpider(Spider):
    """A crawl of the portal in batches: whenever nothing is under way, `plan` says what is next."""

    allowed_arguments: ClassVar[frozenset[str]] = frozenset()

    arguments: Arguments
    config: Config
    crawl: Crawl
    reader: PageReader
    _plan: Iterator[Batch] = iter(())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._doubted = 0  # pages in a row that did not prove to be the article asked for
        self._owners: dict[str, set[int]] = {}  # the articles with a text, by its signature

    @property
    def origin(self) -> str:
        """The portal's origin, WARTA_URL."""
        return self.crawl.origin

    @property
    def ledger(self) -> Ledger:
        """The memory of this crawl and those before."""
        return self.crawl.ledger

    @classmethod
    def check(cls, settings: BaseSettings, given: Mapping[str, object]) -> tuple[Arguments, Config]:
        """Read arguments and settings; raise `ConfigError` for what cannot be used."""
        config = Config.of(settings)
        notification.addresses(config.notify)
        escalation.check(config.render)
        return Arguments.parse(given, cls.allowed_arguments, origin=config.origin), config

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider of a crawl and open its output folder; for other commands make one that does nothing."""
        # `scrapy shell` begins no crawl; `fetch`, `parse` and `check` put requests of their own in place of ours.
        is_crawl = crawler.crawling and cls.start is PortalSpider.start
        arguments, config = (
            cls.check(crawler.settings, kwargs) if is_crawl else (Arguments(), Config.of(crawler.settings))
        )
        spider = super().from_crawler(crawler, *args)
        spider.arguments = arguments
        spider.config = config
        spider.reader = PageReader(config.origin, config.page_seconds)
        spider.crawl = crawl = Crawl.of(crawler)
        crawl.origin = config.origin
        if not is_crawl:
            return spider
        crawl.job = kwargs.get("_job")
        crawl.opened = Store.open(config.folder, recheck_ages=config.discovery.recheck_ages)
        crawl.run = crawl.ledger.begin_run(cls.name, as_texts(kwargs), crawl.job)
        crawl.remaining = arguments.limit
        spider._plan = spider.plan()
        crawler.signals.connect(spider._go_on, signals.spider_idle)
        return spider

    def plan(self) -> Iterator[Batch]:
        """Yield batches of requests; each is requested when all that the one before led to is done."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the first batch."""
        for request in self._next_batch():
            yield request

    def _next_batch(self) -> Batch:
        try:
            return next((batch for batch in self._plan if batch), [])
        except LedgerError as error:
            self.crawl.end_by_fault(error)
        except Exception:
            # Scrapy would log it and end the crawl as finished.
            self.logger.exception("Finding the next requests failed")
            self.count("spider_exceptions/count")
        return []

    def _go_on(self) -> None:
        batch = self._next_batch()
        if not batch:
            return
        for request in batch:
            self.crawler.engine.crawl(request)
        raise DontCloseSpider

    def refuse(self, sentence: str) -> CloseSpider:
        """Return the exception that ends the crawl because the portal proved an argument wrong."""
        self.crawl.why["usage"] = sentence
        return CloseSpider("usage")

    def count(self, name: str, number: int = 1) -> None:
        """Add to a stat."""
        self.crawler.stats.inc_value(name, number)

    # -- articles -----------------------------------------------------------------------------------------------------

    def ask_articles(
        self, found: Iterable[tuple[int, str | None]], via: str | None, *, refetch: bool = False, whole: bool = False
    ) -> Iterator[Request]:
        """Yield requests for those of the articles (identifier, slug) that this crawl should fetch.

        `via` is the source that lists them, None for the one that announced each first. Those fetched again are fetched
        only if they have changed, unless `whole`.
        """
        slugs = dict(found)
        if self.crawl.is_spent:
            return
        claimed = self.ledger.claim(slugs, self.crawl.run, refetch=refetch, limit=self.crawl.remaining)
        self.count("article/asked", len(claimed))
        self.crawl.give_back(-len(claimed))
        if via is not None:
            self.count("article/known", self.crawl.note_listed(slugs, claimed))
        for identifier in claimed:
            ref = urls.Ref("article", id=str(identifier), slug=slugs[identifier], page="all")
            source = via or self.ledger.first_source(identifier) or "ledger"
            request = self._ask_article(urls.build(ref, origin=self.origin), identifier, source)
            # Where robots.txt forbids every query, the plain address is asked for; see `RobotsMiddleware`.
            request.meta[PLAIN_URL] = request.url.partition("?")[0]
            # An article asked for by name, or by full=1, is fetched whole; else what did not change costs a 304 only.
            if not (whole or self.arguments.full or self.arguments.articles):
                set_validators(request, *self.crawl.store.validators(identifier))
            yield request

    def _ask_article(self, url: str, identifier: int, via: str, parts: tuple[Extraction, ...] = ()) -> Request:
        return Request(
            url,
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"identifier": identifier, "via": via, "parts": parts},
            # The ledger's claims keep articles single; a filter here would swallow redirects to another slug.
            dont_filter=True,
            priority=ARTICLE_PRIORITY + len(parts),
        )

    def ask_rows(self, rows: list[Row], *, refetch: bool = False, whole: bool = False) -> Iterator[Batch]:
        """Yield requests for articles of the ledger, a chunk at a time; see `ask_articles`."""
        for start in range(0, len(rows), CHUNK):
            chunk = [(row.identifier, row.slug) for row in rows[start : start + CHUNK]]
            yield list(self.ask_articles(chunk, None, refetch=refetch, whole=whole))

    def parse_article(
        self, response: Response, identifier: int, via: str, parts: tuple[Extraction, ...] = ()
    ) -> Iterator[Any]:
        """Extract an article, or ask for the rest of it when the page shows only a part."""
        from wartacrawl.reading.extract import merge, next_page  # loaded for the first article

        self.count("page/article")
        elsewhere = self._sent_elsewhere(response, identifier, via)
        if elsewhere is not None:
            self._give_up_for_now(identifier, elsewhere)
            self._note_doubt(identifier, elsewhere)
            return
        if response.status == 304:
            self.count("article/unchanged")
            self.crawl.store.confirm_unread(identifier)
            return
        page = self.crawl.page(response, via)
        try:
            extraction = self.reader.article(page)
            doubt = self._reason_to_doubt(page, extraction, identifier)
        except PageTooSlowError:
            self._give_up_for_now(identifier, TOO_SLOW)
            return
        except Exception as error:  # one unreadable page must not end the crawl; it is logged and remembered
            self.logger.exception("Article %s could not be read", identifier)
            self._give_up_for_now(identifier, Reason("fault", f"its page could not be read ({type(error).__name__})"))
            return
        self._note_doubt(identifier, doubt)
        if doubt is not None:
            self._give_up_for_now(identifier, doubt)
            return
        parts = (*parts, extraction)
        further = next_page(parts)
        if further is not None:
            url = urls.localize(further, base=further, origin=self.origin)
            yield self._ask_article(url or further, identifier, via, parts)
            return
        if len(parts) == 1:  # the validators of one page say nothing about the others
            self.crawl.store.hold_validators(identifier, *validators_of(response))
        yield from self._finish(merge(list(parts)) if len(parts) > 1 else extraction, identifier)

    def _sent_elsewhere(self, response: Response, identifier: int, via: str) -> Reason | None:
        """Return why a redirect led to another page than the article, None where it did not."""
        landed = urls.parse(response.url, origin=self.origin)
        if landed is None or landed.kind != "article" or landed.id is None:
            return Reason("not_the_article", f"redirected to {response.url}", OTHER_PAGE_TRIES)
        if landed.id == str(identifier):
            return None
        # Merged into another article, which may stand on no list.
        self.ledger.announce([(int(landed.id), landed.slug, None)], via)
        return Reason("merged", f"redirected to article {landed.id}", MERGED_TRIES)

    def _note_doubt(self, identifier: int, reason: Reason | None) -> None:
        """Count pages that were not the articles asked for, and end a crawl that gets nothing else."""
        if reason is not None and reason.kind == "merged":
            return
        self._doubted = self._doubted + 1 if reason is not None else 0
        limit = self.config.politeness.refusals
        if reason is None or not 0 < limit <= self._doubted or self.arguments.articles:
            return
        if reason.kind == "shell":
            self.crawl.end("drift", f"{self._doubted} articles in a row came as {reason.sentence}")
        else:
            self.crawl.end(
                "blocked",
                f"{self._doubted} pages in a row were not the articles asked for (REFUSALS_IN_A_ROW), the last one "
                f"article {identifier}: {reason.sentence}; look at it in a browser",
            )

    def _reason_to_doubt(self, page: Page, extraction: Extraction, identifier: int) -> Reason | None:
        """Return why a page is not taken for the article, None where it is."""
        if extraction.doubt is not None:
            if self.reader.is_article_shell(page):
                return Reason("shell", "an empty shell that a script fills: set RENDER_ENABLED=True")
            return Reason("not_the_article", f"not the article: {extraction.doubt}", OTHER_PAGE_TRIES)
        article = extraction.article
        owners = self._owners.setdefault(article.signature(), set()) if article.article_body else set()
        owners.add(identifier)
        while len(self._owners) > TEXTS_COMPARED:
            del self._owners[next(iter(self._owners))]
        if len(owners) > SAME_TEXT:
            return Reason("not_the_article", "the same page as for other articles", OTHER_PAGE_TRIES)
        return None

    def _finish(self, extraction: Extraction, identifier: int) -> Iterator[Any]:
        article = extraction.article
        article.metadata["job"] = self.crawl.job
        for name, layer in article.metadata["field_sources"].items():
            self.count(f"extract/{name}/{layer}")
        for name in extraction.disagreements:
            self.count(f"extract/{name}/disagreement")
        if not self.arguments.covers(article.day):
            self._leave_out(identifier, article.day)
            return
        yield article

    def _leave_out(self, identifier: int, day: date | None) -> None:
        self.count("article/outside")
        self.crawl.give_back()
        self.ledger.release(identifier, day.isoformat() if day else None)

    def article_failed(self, failure: Failure, /) -> Iterator[Any]:
        """Remember an article that could not be fetched; take it without pages that robots.txt forbids."""
        identifier, parts = (request_of(failure).cb_kwargs[name] for name in ("identifier", "parts"))
        reason = reason_of(failure)
        if parts and reason.kind == "robots":
            from wartacrawl.reading.extract import merge

            extraction = merge(list(parts)) if len(parts) > 1 else parts[0]
            extraction.article.metadata["validation_messages"].append(
                f"article_body: robots.txt forbids page {len(parts) + 1}; the end of the text is missing."
            )
            yield from self._finish(extraction, identifier)
        else:
            self._give_up_for_now(identifier, reason)

    def _give_up_for_now(self, identifier: int, reason: Reason) -> None:
        if reason.kind == "not_sent":
            self.ledger.release(identifier, None)
            return
        row = self.ledger.article(identifier)
        # Failures of several kinds in a row say that the portal is in trouble, not that the article is gone.
        before = row.attempts if row is not None and row.reason == reason.sentence else 0
        # What a list of today names is not gone, however often it is missing.
        is_listed = identifier in self.crawl.listed and not self.arguments.articles
        is_final = reason.is_final(before + 1) and not (reason.kind == "missing" and is_listed)
        self.count("article/failed/gone" if is_final else f"article/failed/{reason.kind}")
        if is_final and identifier in self.arguments.articles:
            self.count("article/named_gone")
        self.logger.warning("No article %s: %s", identifier, reason.sentence)
        self.crawl.give_back()
        pause = SLOW_PAGE_PAUSE if reason.kind == "too_slow" else 0
        self.ledger.record_failure(
            identifier,
            reason.sentence,
            final="gone" if is_final else None,
            for_good=reason.kind != "missing",
            pause=pause,
        )
        if is_final:
            self.ledger.settle_reading(identifier, layouts.VERSION)

    def closed(self, reason: str) -> None:  # noqa: ARG002 - Scrapy's signature
        """Note what the crawl as a whole shows; Scrapy calls this before the outcome is judged."""
        shells = self.crawler.stats.get_value("article/failed/shell", 0)
        if shells >= FEW_SHELLS and 2 * shells >= self.crawler.stats.get_value("page/article", 0):
            self.crawl.why.setdefault(
                "drift", f"{shells:,} articles came as empty shells that a script fills: set RENDER_ENABLED=True"
            )
        if isinstance(self._plan, Generator):
            with suppress(ValueError):
                self._plan.close()


def set_validators(request: Request, etag: str | None, last_modified: str | None) -> None:
    """Ask for a document only if it has changed since it came with these validators."""
    if etag:
        request.headers["If-None-Match"] = etag
    if last_modified:
        request.headers["If-Modified-Since"] = last_modified
    if etag or last_modified:
        request.meta["handle_httpstatus_list"] = [304]


def validators_of(response: Response) -> tuple[str | None, str | None]:
    """Return ETag and Last-Modified of a response."""
    etag, last_modified = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
    return etag.decode("latin-1") if etag else None, last_modified.decode("latin-1") if last_modified else None
