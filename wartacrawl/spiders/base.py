"""What every spider of the portal does the same way: arguments, articles, lists, failures."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.settings import SETTINGS_PRIORITIES

from wartacrawl.config import output_folder, parse_ages, portal_origin
from wartacrawl.language import dates
from wartacrawl.operations import readiness
from wartacrawl.page import Page
from wartacrawl.pipelines import fail
from wartacrawl.reading.extract import Extraction, extract, merge, next_page
from wartacrawl.rendering import escalation
from wartacrawl.site import listings, notices, urls
from wartacrawl.spiders.arguments import Arguments
from wartacrawl.spiders.failures import Reason, reason_of
from wartacrawl.spiders.walk import ListWalk
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from wartacrawl.storage.ledger import Row

Batch = list[Request]

# Articles before lists: what is found is fetched before more is looked for, so that the queue stays short.
ARTICLE_PRIORITY = 10
# Articles taken from the ledger at a time.
CHUNK = 200
# Hosts that are this machine: the replica of the portal, or a mirror of one's own.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class PortalSpider(Spider):
    """A crawl of the portal in batches: whenever nothing is under way, `plan` says what is next."""

    allowed_arguments: ClassVar[frozenset[str]] = frozenset()

    arguments: Arguments
    origin: str
    store: Store
    job: str | None
    run: int

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Ask a portal on this very machine without a pause, unless one is set: there is nobody to be polite to."""
        super().update_settings(settings)
        host = None
        with suppress(ValueError):  # `check` says what is wrong with it
            host = urlsplit(str(settings.get("WARTA_URL"))).hostname
        if host in LOOPBACK and settings.getpriority("DOWNLOAD_DELAY") <= SETTINGS_PRIORITIES["project"]:
            settings.set("DOWNLOAD_DELAY", 0, priority="spider")

    @classmethod
    def check(cls, settings: BaseSettings, given: dict[str, str]) -> tuple[Arguments, str, Any]:
        """Read arguments and settings; raise `ConfigError` for what cannot be used."""
        readiness.check(settings)
        origin = portal_origin(settings)
        arguments = Arguments.parse(given, cls.allowed_arguments, origin=origin)
        return arguments, origin, output_folder(settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider of a crawl and open its output folder."""
        arguments, origin, folder = cls.check(crawler.settings, kwargs)
        spider = super().from_crawler(crawler, *args)
        spider.arguments = arguments
        spider.origin = origin
        spider.job = kwargs.get("_job")
        spider.store = Store.open(folder, recheck_ages=parse_ages(crawler.settings.getlist("RECHECK_AGES")))
        spider.run = spider.store.ledger.begin_run(cls.name, {k: str(v) for k, v in kwargs.items()}, spider.job)
        spider.budget = arguments.limit
        spider._plan = spider.plan()
        crawler.signals.connect(spider._go_on, signals.spider_idle)
        return spider

    budget: int | None
    _plan: Iterator[Batch]

    def plan(self) -> Iterator[Batch]:
        """Yield batches of requests; each is asked for when all that came of the one before is done."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the first batch."""
        for request in self._next_batch():
            yield request

    def _next_batch(self) -> Batch:
        try:
            return next((batch for batch in self._plan if batch), [])
        except LedgerError as error:
            fail(self.crawler, error)
        except Exception:
            # Scrapy would log it and take the crawl for one that has come to its end.
            self.logger.exception("What is to be asked for next could not be found out")
            self.count("spider_exceptions/count")
        return []

    def _go_on(self) -> None:
        batch = self._next_batch()
        if not batch:
            return
        for request in batch:
            self.crawler.engine.crawl(request)
        raise DontCloseSpider

    def stop(self, reason: str) -> None:
        """End the crawl from outside a callback; what is under way is still taken in."""
        asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=reason))  # noqa: RUF006 - the engine holds it

    def refuse(self, sentence: str) -> CloseSpider:
        """Return the exception that ends the crawl over an argument the portal proved wrong."""
        self.crawler.stats.set_value("usage", sentence)
        return CloseSpider("usage")

    def count(self, name: str, number: int = 1) -> None:
        """Add to a stat."""
        self.crawler.stats.inc_value(name, number)

    # -- articles -----------------------------------------------------------------------------------------------------

    def ask_articles(
        self, found: Iterable[tuple[int, str | None]], via: str | None, *, refetch: bool = False
    ) -> Iterator[Request]:
        """Yield requests for those of the articles (identifier, slug) that this crawl should fetch.

        `via` is the source that lists them, None for the one that announced each first.
        """
        slugs = dict(found)
        if self.budget is not None and self.budget <= 0:
            return
        claimed = self.store.ledger.claim(slugs, self.run, refetch=refetch, limit=self.budget)
        self.count("article/asked", len(claimed))
        if self.budget is not None:
            self.budget -= len(claimed)
        for identifier in claimed:
            ref = urls.Ref("article", id=str(identifier), slug=slugs[identifier], page="all")
            source = via or self.store.ledger.first_source(identifier) or "ledger"
            yield self._ask_article(urls.build(ref, origin=self.origin), identifier, source)

    def _ask_article(self, url: str, identifier: int, via: str, parts: tuple[Extraction, ...] = ()) -> Request:
        request = Request(
            url,
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"identifier": identifier, "via": via, "parts": parts},
            # The ledger's claims keep articles single; a filter here would swallow redirects to another slug.
            dont_filter=True,
            priority=ARTICLE_PRIORITY + len(parts),
        )
        # A look again costs the portal a 304; who asked for an article by name or for everything gets the page.
        if not parts and not self.arguments.full and not self.arguments.articles:
            self._set_validators(request, *self.store.validators(identifier))
        return request

    def ask_rows(self, rows: list[Row], *, refetch: bool = False) -> Iterator[Batch]:
        """Yield requests for articles of the ledger, a chunk at a time."""
        for start in range(0, len(rows), CHUNK):
            chunk = [(row.identifier, row.slug) for row in rows[start : start + CHUNK]]
            yield list(self.ask_articles(chunk, None, refetch=refetch))

    def parse_article(
        self, response: Response, identifier: int, via: str, parts: tuple[Extraction, ...] = ()
    ) -> Iterator[Any]:
        """Extract an article, or ask for the rest of it when the page shows only a part."""
        self.count("page/article")
        landed = urls.parse(response.url, origin=self.origin)
        if landed is None or landed.kind != "article" or landed.id != str(identifier):
            self._give_up_for_now(identifier, Reason("client", f"redirected to {response.url}"))
            return
        if response.status == 304:
            self.count("article/unchanged")
            self.store.confirm_unread(identifier)
            return
        try:
            extraction = extract(self.page(response, via))
        except Exception as error:  # one page that we cannot read must not end the crawl; it is told and remembered
            self.logger.exception("Article %s could not be read", identifier)
            self._give_up_for_now(identifier, Reason("fault", f"its page could not be read ({type(error).__name__})"))
            return
        parts = (*parts, extraction)
        further = next_page(parts)
        if further is not None:
            url = urls.localize(further, base=further, origin=self.origin)
            yield self._ask_article(url, identifier, via, parts)
            return
        if len(parts) == 1:  # those of one page say nothing of the others
            self.store.hold_validators(identifier, *self._validators(response))
        yield from self._finish(merge(list(parts)) if len(parts) > 1 else extraction, identifier)

    def _finish(self, extraction: Extraction, identifier: int) -> Iterator[Any]:
        article = extraction.article
        article.metadata["job"] = self.job
        for name, layer in article.metadata["field_sources"].items():
            self.count(f"extract/{name}/{layer}")
        for name in extraction.disagreements:
            self.count(f"extract/{name}/disagreement")
        published = datetime.fromisoformat(article.date_published) if article.date_published else None
        day = dates.day(published) if published else None
        if not self.arguments.covers(day):
            self._leave_out(identifier, day)
            return
        yield article

    def _leave_out(self, identifier: int, day: date | None) -> None:
        self.count("article/outside")
        if self.budget is not None:
            self.budget += 1
        self.store.ledger.release(identifier, day.isoformat() if day else None)

    def article_failed(self, failure: Failure, /) -> None:
        """Remember an article that could not be had."""
        identifier = failure.request.cb_kwargs["identifier"]
        self._give_up_for_now(identifier, reason_of(failure))

    def _give_up_for_now(self, identifier: int, reason: Reason) -> None:
        if reason.kind == "put_off":
            self.store.ledger.release(identifier, None)
            return
        self.count(f"article/failed/{reason.kind}")
        self.logger.warning("No article %s: %s", identifier, reason.sentence)
        if self.budget is not None:
            self.budget += 1
        self.store.ledger.record_failure(identifier, reason.sentence, final="gone" if reason.is_final else None)

    def page(self, response: Response, via: str) -> Page:
        """Return a response as a page under the portal's real address."""
        path = response.url[len(self.origin) :] if response.url.startswith(self.origin) else "/"
        header = response.headers.get("Content-Type")
        # The archive's time where there is one, so that a replay dates the page alike.
        archived_at = response.request.meta.get("archived_at") if response.request is not None else None
        return Page.from_bytes(
            urls.ORIGIN + path,
            response.body,
            fetched_at=archived_at or datetime.now(UTC),
            via=via,
            content_type=header.decode("latin-1") if header else None,
        )

    # -- lists --------------------------------------------------------------------------------------------------------

    def walk(self, name: str, url: str, *, source: str | None = None, day: date | None = None) -> ListWalk:
        """Return a walk along a list, noted in the ledger as begun."""
        before = self.store.ledger.open_walk(name)
        since = None if day else self.arguments.since
        return ListWalk(
            name,
            source or name,
            url,
            self.origin,
            before,
            began=self.store.ledger.clock(),
            day=day,
            since=since,
            full=self.arguments.full or since is not None,
        )

    def ask_list(self, walk: ListWalk, number: int = 1) -> Request:
        """Return the request for a page of a list; the first page only if it changed since it was taken in."""
        request = Request(
            walk.url_of(number),
            callback=self.parse_list,
            errback=self.list_failed,
            cb_kwargs={"walk": walk, "number": number},
            dont_filter=True,
        )
        if number == 1 and walk.may_be_unchanged:
            self._ask_conditionally(request)
        return request

    def _ask_conditionally(self, request: Request) -> None:
        self._set_validators(request, *self.store.ledger.validators(request.url))

    def _set_validators(self, request: Request, etag: str | None, last_modified: str | None) -> None:
        if etag:
            request.headers["If-None-Match"] = etag
        if last_modified:
            request.headers["If-Modified-Since"] = last_modified
        if etag or last_modified:
            request.meta["handle_httpstatus_list"] = [304]

    def parse_list(self, response: Response, walk: ListWalk, number: int) -> Iterator[Request]:
        """Announce the articles of a list page, ask for the new ones and for the next page."""
        self.count("page/list")
        if response.status == 304:
            walk.end = "unchanged"
            self.end_walk(walk)
            return
        page = self.page(response, walk.source)
        listing = listings.read_listing(page, origin=self.origin, now=page.fetched_at)
        if number > 1 and self._was_sent_elsewhere(response, walk, number):
            walk.end = "redirect"
            self.end_walk(walk)
            return
        if not self._has_come(response, listing, walk):
            # What the script would show is unknown: this is no end, and no state to ask against the next time.
            walk.failed += 1
            self.end_walk(walk)
            return
        self._watch_shape(page, listing, walk, number)
        cards = [card for card in listing.cards if self.arguments.covers(card.day)]
        with self.store.ledger.transaction():
            walk.take(listing.cards, self.store.ledger)
            if number == 1:
                walk.last_page = listing.last_page or 1
                walk.promises_more = listing.next_url is not None or walk.last_page > 1
                if listing.cards:  # what shows nothing, maybe only to us, is asked for whole the next time
                    self.keep_validators(response, walk.url)
        yield from self.ask_articles(
            ((int(card.id), card.slug) for card in cards), walk.source, refetch=self.arguments.full
        )
        if self.budget is not None and self.budget <= 0 and walk.end is None:
            walk.end = "limit"
        if walk.try_other_form(number):
            yield self.ask_list(walk, number)
        elif walk.end is None:
            yield self.ask_list(walk, number + 1)
        else:
            self.end_walk(walk)

    def _was_sent_elsewhere(self, response: Response, walk: ListWalk, number: int) -> bool:
        return response.url != walk.url_of(number) and bool(response.meta.get("redirect_urls"))

    def _has_come(self, response: Response, listing: listings.Listing, walk: ListWalk) -> bool:
        """Tell whether a list shows what it has, as far as scripts fill it; say so when they did not."""
        trouble = response.meta.get(escalation.TROUBLE)
        if trouble is not None:
            self.count("list/failed/server")
            self.logger.warning("%s may be incomplete: %s", response.url, trouble)
            walk.failed += 1  # what it shows is taken, and the walk is no complete one
            return bool(listing.cards)
        if not listing.shell or walk.seen or escalation.is_rendered(response):
            return True
        self.count("list/shell")
        self.logger.warning(
            "%s is an empty shell that a script fills: set RENDER_ENABLED=True to have a browser open it", walk.url
        )
        return False

    def _watch_shape(self, page: Page, listing: listings.Listing, walk: ListWalk, number: int) -> None:
        if listing.cards:
            self.count("list/cards", len(listing.cards))
            self.count(f"list/form/{listing.form}")
        elif number == 1 and walk.day is None:
            self.count("list/empty")
            self.logger.warning("%s lists no article", walk.url)
        elif number == 1 and walk.day is not None and self._is_believed_empty(page, walk.day):
            self.count("list/said_empty")
            self.logger.info("%s says that it has no articles", walk.url)

    def _is_believed_empty(self, page: Page, day: date) -> bool:
        is_contradicted = self.store.ledger.knows_day(day.isoformat())
        return not is_contradicted and notices.says_no_articles(page, day, origin=self.origin)

    def keep_validators(self, response: Response, url: str) -> None:
        """Remember ETag and Last-Modified of a document."""
        etag, last_modified = self._validators(response)
        if etag or last_modified:
            self.store.ledger.keep_validators(url, etag, last_modified)

    def _validators(self, response: Response) -> tuple[str | None, str | None]:
        etag, last_modified = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
        return etag.decode("latin-1") if etag else None, last_modified.decode("latin-1") if last_modified else None

    def list_failed(self, failure: Failure, /) -> Iterator[Request]:
        """Pass over a page of a list that could not be had, or end the walk."""
        walk: ListWalk = failure.request.cb_kwargs["walk"]
        number: int = failure.request.cb_kwargs["number"]
        reason = reason_of(failure)
        if reason.kind == "gone" and (number > 1 or self.is_dead_link(walk)):
            walk.end = "gone"
            self.end_walk(walk)
            return
        if reason.kind == "put_off":
            walk.failed += 1
            self.end_walk(walk)
            return
        self.count(f"list/failed/{reason.kind}")
        self.logger.warning("No list page %s: %s", failure.request.url, reason.sentence)
        if walk.skip() and number > 1:
            yield self.ask_list(walk, number + 1)
        else:
            self.end_walk(walk)

    def is_dead_link(self, walk: ListWalk) -> bool:  # noqa: ARG002 - for those who follow links they were given
        """Tell whether a list that is not there (404, 410) is a fault of the portal, and nothing we could miss."""
        return False

    def end_walk(self, walk: ListWalk) -> None:
        """Note in the ledger how a walk ended."""
        self.count(f"walk/{walk.end or 'failed'}")
        if walk.is_cut_short:
            self.count("list/cut_short")
            self.logger.warning(
                "The pager of %s goes to page %d, and nothing came beyond the first: its addresses have another form, "
                "run `scrapy doctor`",
                walk.url,
                walk.last_page,
            )
        if walk.is_clean:
            self.store.ledger.complete_walk(walk.name, walk.frontier(), began=walk.began)
        if walk.day is not None:
            self.record_day(walk, walk.day)

    def record_day(self, walk: ListWalk, day: date) -> None:
        """Note in the ledger whether the index of a day was walked to its end.

        That nothing stands on it is believed where other lists show articles: else our selectors may be at fault.
        """
        is_believed = walk.lists_articles or self.crawler.stats.get_value("list/cards", 0) > 0
        self.store.ledger.record_day(day.isoformat(), clean=walk.is_clean and is_believed, began=walk.began)

    def closed(self, reason: str) -> None:  # noqa: ARG002 - Scrapy's signature
        """Scrapy's hook; the outcome is kept by `outcome.OutcomeKeeper`."""
        with suppress(ValueError):
            self._plan.close()
