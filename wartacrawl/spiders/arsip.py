"""History from public web archives: what they have of articles that are missing, without asking the portal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import Request

from wartacrawl.archives import cdx, commoncrawl
from wartacrawl.archives.source import Answer, ArchiveError, Ask, UnfitError, is_excluded
from wartacrawl.config import ConfigError, require_warc
from wartacrawl.middlewares.politeness import ARCHIVE
from wartacrawl.page import Page
from wartacrawl.reading.budget import PageTooSlowError
from wartacrawl.reporting.number import counted
from wartacrawl.site import urls
from wartacrawl.spiders.base import PortalSpider
from wartacrawl.spiders.failures import reason_of, request_of
from wartacrawl.spiders.recovery import Recovery

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from wartacrawl.archives.captures import Capture
    from wartacrawl.archives.source import Listing, Source
    from wartacrawl.config import Config
    from wartacrawl.reading.extract import Extraction
    from wartacrawl.spiders.arguments import Arguments
    from wartacrawl.spiders.base import Batch
    from wartacrawl.storage.captures import CapturedArticle
    from wartacrawl.storage.keeper import Keeper

    Steps = Generator[Ask, Answer, Listing]

# Seconds for which the listing of an archive that grows is not read again.
LISTING_SECONDS = 24 * 3_600.0
_REFUSALS = frozenset({401, 403})
# Articles with a known day, next to one without, that must all lie outside the days asked for to leave it out.
NEIGHBOURS = 3


class ArsipSpider(PortalSpider):
    """`scrapy crawl arsip`: lists the captures of articles, and fetches those of articles that are missing."""

    name = "arsip"
    allowed_arguments: ClassVar[frozenset[str]] = frozenset({"source", "crawls", "since", "until", "limit", "count"})

    _sources: dict[str, Source]
    _keeper: Keeper
    _wanted: set[int] | None = None  # what is missing by the pages so far, where `limit` ends the listing

    @classmethod
    def check(cls, settings: BaseSettings, given: Mapping[str, object]) -> tuple[Arguments, Config]:
        """Require what writes and reads archive files."""
        arguments, config = super().check(settings, given)
        require_warc("scrapy crawl arsip")
        return arguments, config

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider of a crawl, which may ask the archives alone."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if "crawl" in vars(spider):
            from wartacrawl.storage.keeper import Keeper  # its packages are an extra

            spider._refuse_second()
            spider._sources = {}
            spider.crawl.archives = frozenset(spider._origins())
            spider._keeper = Keeper(
                spider.crawl.store.folder,
                spider.ledger,
                crawl=f"{cls.name} {spider.crawl.run}",
                origin=spider.origin,
                roll_bytes=spider.config.archive.file_bytes,
                job=spider.crawl.job,
            )
        return spider

    def _refuse_second(self) -> None:
        """Raise `ConfigError` while another such crawl is under way: the two would fetch the same."""
        other = self.ledger.earlier_under_way(self.name, self.crawl.run)
        if other is not None:
            self.ledger.end_run(self.crawl.run, "usage", {})
            self.crawl.store.close()
            raise ConfigError(
                f"crawl {other} of {self.name} is still under way on {self.crawl.store.folder}: wait for its end, or "
                "stop it."
            )

    def _origins(self) -> Iterator[str]:
        archives = self.config.arsip
        for archive in self.arguments.archives:
            if archive == commoncrawl.NAME:
                yield from (archives.index_url, archives.data_url)
            elif archive == cdx.WAYBACK:
                yield archives.wayback_url
            else:
                yield from ("/".join(archive.split("/")[:3]), archives.data_url)

    def plan(self) -> Iterator[Batch]:
        """List what is not listed yet, count, then fetch what is missing."""
        if healed := self._keeper.heal():
            self.logger.info(
                "Found %s in the archive that a crawl had fetched before it was killed", counted(healed, "record")
            )
        archives = self.config.arsip
        for archive in self.arguments.archives:
            if archive == commoncrawl.NAME:
                if names := self._known_crawls():
                    self._choose_crawls(names)
                    continue
                ask = Ask(f"{archives.index_url}/collinfo.json", commoncrawl.SLOT)
                yield [self._ask(ask, self.read_crawls, self.page_failed)]
            elif archive == cdx.WAYBACK:
                self._add_server(cdx.WAYBACK, f"{archives.wayback_url}/cdx/search/cdx")
            else:
                self._add_server(cdx.name_of(archive), archive)
        for source in self._sources.values():
            yield from self._list(source)
        self._count()
        if not self.arguments.count:
            yield from self._fetch()

    def _add_server(self, name: str, address: str) -> None:
        self._sources[name] = cdx.CdxServer(name, address, data_url=self.config.arsip.data_url, origin=self.origin)

    def _ask(self, ask: Ask, callback: Callable[..., Any], errback: Callable[..., Any], **values: Any) -> Request:
        return Request(
            ask.url,
            callback,
            headers=dict(ask.headers),
            errback=errback,
            cb_kwargs=values,
            dont_filter=True,
            meta={
                ARCHIVE: ask.pause,
                "handle_httpstatus_list": list(ask.accepts),
                "dont_redirect": not ask.follows,
                "download_slot": ask.slot,
                "download_maxsize": ask.max_bytes,
                "download_warnsize": 0,
                # These are interfaces made for programs, with limits of their own: see docs/archives.md.
                "dont_obey_robotstxt": True,
            },
        )

    # -- listing ------------------------------------------------------------------------------------------------------

    def read_crawls(self, response: Response) -> None:
        """Take the list of the crawls of Common Crawl."""
        self.count("page/archive")
        try:
            names = commoncrawl.read_crawls(answer_of(response))
        except ArchiveError as error:
            self._note_problem(str(error))
            return
        self.ledger.remember_crawls(self.config.arsip.index_url, names)
        self._choose_crawls(names)

    def _known_crawls(self) -> list[str]:
        """Return the crawls that were listed within a day; [] where one that is asked for is not among them."""
        names = self.ledger.remembered_crawls(self.config.arsip.index_url, self.ledger.clock() - LISTING_SECONDS)
        return names if set(self._named_crawls()) <= set(names) else []

    def _named_crawls(self) -> list[str]:
        wanted = self.arguments.crawls
        return wanted.split(",") if wanted.startswith("CC-") else []

    def _choose_crawls(self, names: list[str]) -> None:
        """Take the crawls that are asked for as sources."""
        for name in self._named_crawls():
            if name not in names:
                latest = ", ".join(names[:5])
                raise self.refuse(
                    f"crawls={name!r} is not a crawl of Common Crawl, which has {len(names):,} (the latest: {latest}): "
                    "give their names, latest:N or all."
                )
        # What ended before `since` cannot have captures of articles that were published later.
        since, wanted = self.arguments.since or date.min, self.arguments.crawls
        chosen = [name for name in commoncrawl.chosen(wanted, names) if commoncrawl.may_reach(name, since)]
        self.logger.info("%d of %d crawls of Common Crawl are searched (crawls=%s)", len(chosen), len(names), wanted)
        for name in chosen:
            source = commoncrawl.CommonCrawl(name, data_url=self.config.arsip.data_url, origin=self.origin)
            self._sources[source.name] = source

    def _list(self, source: Source) -> Iterator[Batch]:
        """Read the pages of a listing that are still unread, one after the other."""
        until = self.ledger.clock() - LISTING_SECONDS if source.grows else None
        self.ledger.begin_listing(source.name, source.first_pages(), until=until)
        asked: set[str] = set()
        while pages := [page for page in self.ledger.unread_pages(source.name) if page not in asked]:
            for page in pages:
                if self._has_enough():
                    return
                asked.add(page)
                steps = source.read_page(page)
                yield [self._ask_step(next(steps), source.name, page, steps)]

    def _has_enough(self) -> bool:
        """Return whether the articles that are listed as missing use up `limit`."""
        limit = self.crawl.remaining
        if limit is None or self.arguments.count:
            return False
        if self._wanted is None:
            self._wanted = {article.identifier for article in self._missing()}
        return len(self._wanted) >= limit

    def _ask_step(self, ask: Ask, source: str, page: str, steps: Steps) -> Request:
        return self._ask(ask, self.read_page, self.page_failed, source=source, page=page, steps=steps)

    def read_page(self, response: Response, source: str, page: str, steps: Steps) -> Iterator[Request]:
        """Take a page of a listing into the ledger, or ask for what it takes to read it."""
        answer = answer_of(response)
        if answer.status in _REFUSALS and not is_excluded(answer):
            self._note_problem(f"{answer.url} answers HTTP {answer.status}", "blocked")
            return
        self.count("page/archive")
        try:
            yield self._ask_step(steps.send(answer), source, page, steps)
        except ArchiveError as error:
            self._note_problem(str(error))
        except StopIteration as done:
            listing: Listing = done.value
            found = listing.captures
            self.count("captures/listed", self.ledger.take_page(source, page, found, listing.further))
            if self._wanted is not None:
                self._wanted |= {each.identifier for each in self._missing({capture.identifier for capture in found})}
            for problem in listing.problems:
                self.logger.warning("%s", problem)

    def page_failed(self, failure: Failure, /) -> None:
        """Leave a page of a listing unread: the next crawl asks for it again."""
        reason = reason_of(failure)
        if reason.kind != "not_sent":
            self._note_problem(f"{request_of(failure).url} could not be read: {reason.sentence}", reason.kind)

    def _note_problem(self, sentence: str, kind: str = "archive") -> None:
        self.count(f"list/failed/{kind}")
        self.logger.warning("%s", sentence)

    # -- what is missing ----------------------------------------------------------------------------------------------

    def _captured(self, among: set[int] | None = None) -> list[CapturedArticle]:
        """Return the articles of the sources, or those `among` some, whose day may be one that is asked for."""
        found = self.ledger.captured_articles(tuple(self._sources), among) if self._sources else []
        return [article for article in found if self._may_be_covered(article)]

    def _may_be_covered(self, article: CapturedArticle) -> bool:
        if self.arguments.since is None and self.arguments.until is None:
            return True
        if article.day is not None:
            return self.arguments.covers(date.fromisoformat(article.day))
        # Numbers rise with the days, but for some minutes: neighbours with a known day show where an article lies.
        before, after = self.ledger.days_around(article.identifier, NEIGHBOURS)
        since, until, day = self.arguments.since, self.arguments.until, timedelta(days=1)
        is_before = since is not None and len(after) == NEIGHBOURS and max(after) < (since - day).isoformat()
        is_after = until is not None and len(before) == NEIGHBOURS and min(before) > (until + day).isoformat()
        return not (is_before or is_after or (since is not None and article.latest < since.isoformat()))

    def _missing(self, among: set[int] | None = None) -> list[CapturedArticle]:
        found = self._captured(among)
        return [each for each in found if each.has_listed and not (each.is_exported or each.is_fetched)]

    def _count(self) -> None:
        """Note how many captures and articles there are, and how many of them are missing."""
        found = self._captured()
        known = sum(article.is_exported for article in found)
        fetched = sum(article.is_fetched and not article.is_exported for article in found)
        numbers = {
            "captures": sum(article.captures for article in found),
            "articles": len(found),
            "known": known,
            "fetched": fetched,
            "missing": len(found) - known - fetched,
            "unusable": sum(not (each.is_exported or each.is_fetched or each.has_listed) for each in found),
        }
        for name, number in numbers.items():
            self.crawler.stats.set_value(f"captures/count/{name}", number)
        self.logger.info(
            "%(captures)d captures of %(articles)d articles: %(known)d known, %(fetched)d fetched before, "
            "%(missing)d missing",
            numbers,
        )

    # -- fetching -----------------------------------------------------------------------------------------------------

    def _fetch(self) -> Iterator[Batch]:
        """Ask for the articles that are missing, as many as `limit` allows.

        One after the other, so that a kill costs the pages of one article, and a refusal no more than one request.
        """
        missing, limit = self._missing(), self.crawl.remaining
        self.count("article/asked", len(missing) if limit is None else min(len(missing), limit))
        for article in missing:
            if self.crawl.is_spent:
                return
            self.crawl.give_back(-1)
            captures = self.ledger.captures_of(article.identifier)
            yield list(self._try_next(Recovery.of(article.identifier, captures, self._sources.keys())))

    def _try_next(self, recovery: Recovery) -> Iterator[Request]:
        """Ask for the next capture of an article's first page, or say that none is left."""
        start = recovery.next_start()
        if start is not None:
            yield self._ask_capture(recovery, start)
            return
        self.crawl.give_back()
        self.count(f"article/failed/{recovery.put_off}" if recovery.put_off else "article/unfit")
        self.logger.warning("Article %d has no other capture in these archives", recovery.identifier)

    def _ask_capture(self, recovery: Recovery, capture: Capture) -> Request:
        ask = self._sources[capture.source].ask_record(capture)
        return self._ask(ask, self.read_record, self.record_failed, recovery=recovery, capture=capture)

    def read_record(self, response: Response, recovery: Recovery, capture: Capture) -> Iterator[Request]:
        """Take the record of a capture, and keep all of the article's when they make a whole one."""
        from wartacrawl.reading.extract import next_page  # loaded for the first article

        answer = answer_of(response)
        if answer.status in _REFUSALS and not is_excluded(answer):
            self._put_off(recovery, f"{answer.url} answers HTTP {answer.status}", "blocked")
            yield from self._try_next(recovery)
            return
        self.count("page/archive")
        try:
            record = self._sources[capture.source].read_record(capture, answer)
            recovery.parts.append(self._read(record, capture))
            recovery.taken.append((capture, record))
            wanted = next_page(recovery.parts)
            further = self._next_capture(recovery, wanted) if wanted is not None else None
        except UnfitError as error:
            self._leave_out_capture(capture, str(error))
            yield from self._try_next(recovery)
            return
        if further is not None:
            yield self._ask_capture(recovery, further)
            return
        self._keeper.keep(recovery.taken)
        self.count("captures/fetched", len(recovery.taken))
        self.count("article/fetched")
        day = recovery.parts[0].article.day
        if not self.arguments.covers(day):
            self.crawl.give_back()  # kept all the same: it is not to be fetched twice

    def _read(self, record: bytes, capture: Capture) -> Extraction:
        """Read the page in a record; raise `UnfitError` where it is not the article."""
        from wartacrawl.storage import warc_reading  # its packages are an extra

        local = urls.localize(capture.url, base=urls.ORIGIN, origin=self.origin)
        try:
            document = warc_reading.read_response(record)
            page = Page.from_bytes(
                urls.ORIGIN + (local or "").removeprefix(self.origin),
                document.body,
                fetched_at=capture.moment,
                via=capture.source,
                content_type=document.content_type,
                origin=self.origin,
            )
            extraction = self.reader.article(page)
        except (OSError, ValueError, PageTooSlowError) as error:
            raise UnfitError(f"its page cannot be read ({error})") from error
        if extraction.doubt is not None:
            raise UnfitError(f"not the article: {extraction.doubt}")
        return extraction

    def _next_capture(self, recovery: Recovery, url: str) -> Capture:
        """Return a capture of the further page that an article goes on at; raise `UnfitError` without any."""
        ref = urls.parse(url, origin=self.origin)
        capture = recovery.next_page(ref.page) if ref is not None and isinstance(ref.page, int) else None
        if capture is None:
            raise UnfitError(f"it goes on at {url}, of which there is no capture")
        return capture

    def _leave_out_capture(self, capture: Capture, why: str) -> None:
        """Remember that a capture cannot be used."""
        self.count("captures/unfit")
        self.logger.warning("Left out: %s of %s in %s: %s", capture.url, capture.timestamp, capture.source, why)
        self.ledger.settle_captures([capture], "unfit", why)

    def record_failed(self, failure: Failure, /) -> Iterator[Request]:
        """Try another capture of the article; the one that failed is asked for again by the next crawl."""
        request, reason = request_of(failure), reason_of(failure)
        recovery, capture = request.cb_kwargs["recovery"], request.cb_kwargs["capture"]
        if reason.kind == "not_sent":
            self.crawl.give_back()
            return
        if reason.is_not_there:
            self._leave_out_capture(capture, f"its file {request.url} is gone ({reason.sentence})")
        else:
            self._put_off(recovery, f"{request.url}: {reason.sentence}", reason.kind)
        yield from self._try_next(recovery)

    def _put_off(self, recovery: Recovery, why: str, kind: str) -> None:
        """Leave a capture to the next crawl."""
        recovery.put_off = kind
        self.logger.warning("Could not be fetched: %s", why)

    def closed(self, reason: str) -> None:
        """Close the archive file; Scrapy calls this before the outcome is judged."""
        super().closed(reason)
        if "_keeper" in vars(self):
            self.crawl.with_store(self._keeper.close)


def answer_of(response: Response) -> Answer:
    """Return a response as the archives room reads it."""
    headers = {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    return Answer(response.url, response.status, headers, response.body)
