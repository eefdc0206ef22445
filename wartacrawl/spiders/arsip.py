"""History from public web archives: what they have of articles that are missing, without asking the portal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import Request

from wartacrawl.archives import commoncrawl
from wartacrawl.archives.source import Answer, ArchiveError, Ask
from wartacrawl.middlewares.politeness import ARCHIVE
from wartacrawl.spiders.base import PortalSpider
from wartacrawl.spiders.failures import reason_of, request_of
from wartacrawl.storage.captures import CaptureRow

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from wartacrawl.archives.captures import Capture
    from wartacrawl.archives.source import Listing, Source
    from wartacrawl.spiders.base import Batch
    from wartacrawl.storage.captures import CapturedArticle

    Steps = Generator[Ask, Answer, Listing]

# Seconds for which the listing of an archive that grows is not read again.
LISTING_SECONDS = 24 * 3_600.0
# Articles with a known day, next to one without, that must all lie outside the days asked for to leave it out.
NEIGHBOURS = 3


class ArsipSpider(PortalSpider):
    """`scrapy crawl arsip`: lists the captures of articles, and fetches those of articles that are missing."""

    name = "arsip"
    allowed_arguments: ClassVar[frozenset[str]] = frozenset({"source", "crawls", "since", "until", "limit", "count"})

    _sources: dict[str, Source]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider of a crawl, which may ask the archives alone."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._sources = {}
        spider.crawl.archives = frozenset(spider._origins())
        return spider

    def _origins(self) -> Iterator[str]:
        urls = self.config.arsip
        for archive in self.arguments.archives:
            if archive == commoncrawl.NAME:
                yield from (urls.index_url, urls.data_url)

    def plan(self) -> Iterator[Batch]:
        """List what is not listed yet, count, then fetch what is missing."""
        if commoncrawl.NAME in self.arguments.archives:
            ask = Ask(f"{self.config.arsip.index_url}/collinfo.json", commoncrawl.SLOT)
            yield [self._ask(ask, self.read_crawls, self.page_failed)]
        for source in self._sources.values():
            yield from self._list(source)
        self._count()

    def _ask(self, ask: Ask, callback: Callable[..., Any], errback: Callable[..., Any], **values: Any) -> Request:
        return Request(
            ask.url,
            callback,
            headers=dict(ask.headers),
            errback=errback,
            cb_kwargs=values,
            dont_filter=True,
            meta={
                ARCHIVE: True,
                "download_slot": ask.slot,
                "download_maxsize": ask.max_bytes,
                "download_warnsize": 0,
                # These are interfaces made for programs, with limits of their own: see docs/archives.md.
                "dont_obey_robotstxt": True,
            },
        )

    # -- listing ------------------------------------------------------------------------------------------------------

    def read_crawls(self, response: Response) -> None:
        """Take the crawls of Common Crawl that are asked for as sources."""
        answer, wanted = answer_of(response), self.arguments.crawls
        self.count("page/archive")
        try:
            names = commoncrawl.read_crawls(answer)
        except ArchiveError as error:
            self._note_problem(str(error))
            return
        chosen = commoncrawl.chosen(wanted, names)
        for name in wanted.split(",") if wanted.startswith("CC-") else ():
            if name not in names:
                latest = ", ".join(names[:5])
                raise self.refuse(
                    f"crawls={name!r} is not a crawl of Common Crawl: give one of its {len(names):,} (the latest are "
                    f"{latest}), latest:N or all."
                )
        self.logger.info("%d of %d crawls of Common Crawl are searched (crawls=%s)", len(chosen), len(names), wanted)
        for name in chosen:
            source = commoncrawl.CommonCrawl(name, data_url=self.config.arsip.data_url, origin=self.origin)
            self._sources[source.name] = source

    def _list(self, source: Source) -> Iterator[Batch]:
        """Read the pages of a listing that are still unread, one after the other."""
        until = self.ledger.clock() - LISTING_SECONDS if source.grows else None
        self.ledger.begin_listing(source.name, source.first_pages(), until=until)
        asked: set[str] = set()
        while not self._has_enough():
            page = next((page for page in self.ledger.unread_pages(source.name) if page not in asked), None)
            if page is None:
                return
            asked.add(page)
            steps = source.read_page(page)
            yield [self._ask_step(next(steps), source.name, page, steps)]

    def _has_enough(self) -> bool:
        """Return whether the articles that are listed as missing use up `limit`."""
        limit = self.crawl.remaining
        return limit is not None and not self.arguments.count and len(self._missing()) >= limit

    def _ask_step(self, ask: Ask, source: str, page: str, steps: Steps) -> Request:
        return self._ask(ask, self.read_page, self.page_failed, source=source, page=page, steps=steps)

    def read_page(self, response: Response, source: str, page: str, steps: Steps) -> Iterator[Request]:
        """Take a page of a listing into the ledger, or ask for what it takes to read it."""
        self.count("page/archive")
        try:
            yield self._ask_step(steps.send(answer_of(response)), source, page, steps)
        except ArchiveError as error:
            self._note_problem(str(error))
        except StopIteration as done:
            listing: Listing = done.value
            rows = [row_of(capture, source) for capture in listing.captures]
            self.count("captures/listed", self.ledger.take_page(source, page, rows, listing.further))
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

    def _captured(self) -> list[CapturedArticle]:
        """Return the articles of the sources whose day may be one that is asked for."""
        found = self.ledger.captured_articles(tuple(self._sources)) if self._sources else []
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

    def _missing(self) -> list[CapturedArticle]:
        return [each for each in self._captured() if each.has_listed and not (each.is_exported or each.is_fetched)]

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
        }
        for name, number in numbers.items():
            self.crawler.stats.set_value(f"captures/count/{name}", number)
        self.logger.info(
            "%(captures)d captures of %(articles)d articles: %(known)d known, %(fetched)d fetched before, "
            "%(missing)d missing",
            numbers,
        )


def answer_of(response: Response) -> Answer:
    """Return a response as the archives room reads it."""
    headers = {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    return Answer(response.url, response.status, headers, response.body)


def row_of(capture: Capture, source: str) -> CaptureRow:
    """Return a capture as the ledger keeps it."""
    place = capture.place
    return CaptureRow(
        capture.identifier,
        source,
        int(capture.moment.timestamp()),
        capture.page,
        capture.url,
        capture.digest,
        *((place.file, place.offset, place.length) if place else (None, None, None)),
    )
