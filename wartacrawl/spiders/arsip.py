"""History from public web archives: what they have of articles that are missing, without asking the portal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wartacrawl.archives import cdx, commoncrawl
from wartacrawl.archives.source import Answer, ArchiveError, Ask, is_excluded
from wartacrawl.config import ConfigError, require_warc
from wartacrawl.reporting.number import counted
from wartacrawl.spiders.captures import REFUSALS, CaptureSpider, answer_of
from wartacrawl.spiders.failures import reason_of, request_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from wartacrawl.archives.source import Listing, Source
    from wartacrawl.config import Config
    from wartacrawl.spiders.arguments import Arguments
    from wartacrawl.spiders.base import Batch
    from wartacrawl.storage.captures import CapturedArticle

    Steps = Generator[Ask, Answer, Listing]

# Seconds for which the listing of an archive that grows is not read again.
LISTING_SECONDS = 24 * 3_600.0
# Articles with a known day, next to one without, that must all lie outside the days asked for to leave it out.
NEIGHBOURS = 3


class ArsipSpider(CaptureSpider):
    """`scrapy crawl arsip`: lists the captures of articles, and fetches those of articles that are missing."""

    name = "arsip"
    allowed_arguments: ClassVar[frozenset[str]] = frozenset({"source", "crawls", "since", "until", "limit", "count"})

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
            spider.sources = {}
            spider.crawl.archives = frozenset(spider._origins())
            spider.keeper = Keeper(
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
        if healed := self.keeper.heal():
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
                yield [self.ask(ask, self.read_crawls, self.page_failed)]
            elif archive == cdx.WAYBACK:
                self._add_server(cdx.WAYBACK, f"{archives.wayback_url}/cdx/search/cdx")
            else:
                self._add_server(cdx.name_of(archive), archive)
        for source in self.sources.values():
            yield from self._list(source)
        self._count()
        if not self.arguments.count:
            yield from self.fetch(self._missing())

    def _add_server(self, name: str, address: str) -> None:
        self.sources[name] = cdx.CdxServer(name, address, data_url=self.config.arsip.data_url, origin=self.origin)

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
            self.sources[source.name] = source

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
        return self.ask(ask, self.read_page, self.page_failed, source=source, page=page, steps=steps)

    def read_page(self, response: Response, source: str, page: str, steps: Steps) -> Iterator[Request]:
        """Take a page of a listing into the ledger, or ask for what it takes to read it."""
        answer = answer_of(response)
        if answer.status in REFUSALS and not is_excluded(answer):
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
        found = self.ledger.captured_articles(tuple(self.sources), among) if self.sources else []
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
