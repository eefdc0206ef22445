"""Everything new: index, RSS, sections and news sitemaps, the cheap sources first."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request

from wartacrawl.language import dates
from wartacrawl.reading.budget import PageTooSlowError
from wartacrawl.site import sections, urls
from wartacrawl.spiders.arguments import SOURCES, Source
from wartacrawl.spiders.failures import TOO_SLOW, reason_of, request_of
from wartacrawl.spiders.healing import Healing
from wartacrawl.spiders.lists import ListSpider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from wartacrawl.page import Page
    from wartacrawl.site import feeds, listings
    from wartacrawl.site.sections import Section
    from wartacrawl.spiders.base import Batch
    from wartacrawl.spiders.failures import Reason
    from wartacrawl.spiders.walk import ListWalk

# Names of walks that cover more than one list.
CHAIN = "indeks"
RSS = "rss"
SITEMAP = "sitemap"

# Clocks differ and caches lag: a sitemap counts as unchanged only when it is older than our last look by so much (s).
LASTMOD_SLACK = 3_600


class WartaSpider(ListSpider):
    """`scrapy crawl warta`: what the portal announces and we do not have."""

    name = "warta"
    allowed_arguments: ClassVar[frozenset[str]] = frozenset({"sections", "since", "until", "limit", "via", "full"})

    def plan(self) -> Iterator[Batch]:
        """Ask index and RSS; where they may have missed something, sections and sitemaps; then pending articles."""
        via = self._sources()
        self.menu: list[Section] = []
        self.quiet: set[str] = set()  # sections without articles, by the names of their walks
        self.overflowed = False
        self.failed_feeds = 0
        if "rss" in via:
            yield [self._ask_rss()]
        if "indeks" in via:
            yield from self._index_days(is_only_source=not via & {"sections", "sitemap"})
        if "sections" in via and self._should_reconcile("sections", via):
            yield from self._sections()
        if "sitemap" in via and self._should_reconcile(SITEMAP, via):
            yield from self._sitemaps()
        yield from self._pending(via)

    def _sources(self) -> frozenset[Source]:
        if self.arguments.sections:
            return frozenset({"sections"})
        return self.arguments.via or frozenset(SOURCES)

    def _should_reconcile(self, name: str, via: frozenset[Source]) -> bool:
        """Return whether a costly source is due: asked for, never complete, long ago, or the cheap ones fell short."""
        if self.crawl.is_spent:
            return False
        if not via & {"indeks", "rss"} or self.arguments.full or self.overflowed or self.failed_feeds:
            return True
        walk = self.ledger.walk(name)
        patience = self.config.discovery.reconcile_hours * 3600
        return not walk.complete or walk.finished is None or time.time() - walk.finished > patience

    # -- dated index --------------------------------------------------------------------------------------------------

    def _index_days(self, *, is_only_source: bool) -> Iterator[Batch]:
        """Walk today, yesterday and every day back to where the last complete chain began."""
        chain = self.ledger.open_walk(CHAIN)
        today = dates.day(datetime.now(UTC))
        last = self.arguments.until or today
        floor = self._chain_floor(chain.reached, last, is_only_source=is_only_source)
        walks: list[ListWalk] = []
        day, empty = min(last, today), 0
        oldest = floor or day - timedelta(days=self.config.discovery.index_days - 1)
        # A walk back without a floor ends where nothing is listed any more.
        patience = math.inf if floor else self.config.discovery.index_empty_days
        while not self.crawl.is_spent and day >= oldest and empty < patience and not self.is_beyond_index():
            batch = [self._index_walk(day - timedelta(days=back), today) for back in range(2)]
            walks += batch
            yield [self.ask_list(walk) for walk in batch]
            empty = 0 if any(walk.lists_articles for walk in batch) else empty + len(batch)
            day -= timedelta(days=len(batch))
        self.failed_feeds += sum(not walk.is_clean for walk in walks)
        is_whole = bool(walks) and not self.crawl.is_spent and self._joins(chain.reached)
        if is_whole and all(walk.is_clean for walk in walks):
            frontier = max(walk.frontier() for walk in walks)
            self.ledger.complete_walk(CHAIN, frontier, today.isoformat(), began=walks[0].began)
            self._make_up_for_rss()

    def _make_up_for_rss(self) -> None:
        if self.overflowed:
            self.ledger.complete_walk(RSS, self.rss_frontier)

    def _joins(self, reached: str | None) -> bool:
        """Return whether the days asked for leave no gap between the chain so far and today."""
        since = self.arguments.since
        return self.arguments.until is None and (
            since is None or (reached is not None and since.isoformat() <= reached)
        )

    def _chain_floor(self, reached: str | None, last: date, *, is_only_source: bool) -> date | None:
        """Return the oldest day to walk, None for back to where nothing is listed any more."""
        if self.arguments.since is not None:
            return self.arguments.since
        yesterday = last - timedelta(days=1)
        if self.arguments.full:
            return yesterday
        if reached is not None:
            return min(type(last).fromisoformat(reached), yesterday)
        return None if is_only_source else yesterday

    def _index_walk(self, day: date, today: date) -> ListWalk:
        # Today's page has a name that stays, so that its validators and its frontier serve the next run as well.
        shown = urls.Ref("index", day=None if day == today else day)
        return self.walk(f"indeks:{day.isoformat()}", urls.build(shown, origin=self.origin), day=day)

    # -- sections -----------------------------------------------------------------------------------------------------

    def _sections(self) -> Iterator[Batch]:
        home = urls.build(urls.Ref("home"), origin=self.origin)
        self.ledger.open_walk("sections")
        yield [Request(home, callback=self.parse_home, errback=self.home_failed, dont_filter=True)]
        chosen = self._chosen()
        walks = [self.walk(f"section:{section.slug}", section.url) for section in chosen]
        yield [self.ask_list(walk) for walk in walks]
        if walks and all(walk.end == "gone" and not walk.pages for walk in walks):
            self.count("list/failed/gone", len(walks))  # a menu of nothing but dead links: it is we who misread it
            return
        if 2 * len(self.quiet) > len(walks):
            self.count("list/empty", len(self.quiet))  # most sections list nothing: likewise
            return
        if walks and all(walk.is_clean for walk in walks) and not self.arguments.sections:
            self.ledger.complete_walk("sections", max(walk.frontier() for walk in walks))
            self._make_up_for_rss()

    def parse_home(self, response: Response) -> None:
        """Read the menu; end the crawl over a section that does not exist."""
        self.count("page/home")
        try:
            self.menu = self.reader.menu(self.crawl.page(response, "menu"))
        except PageTooSlowError:
            self._note_no_home(response.url, TOO_SLOW)
            return
        if not self.menu:
            self.count("list/empty")
            self.logger.warning("The menu of %s names no section", response.url)
        missing = [name for name in self.arguments.sections if sections.find(self.menu, name) is None]
        if missing and self.menu:
            names = ", ".join(f"{section.slug} ({section.name})" for section in self.menu)
            raise self.refuse(f"sections={missing[0]!r} is not a section of {self.origin}: the sections are {names}.")

    def is_dead_link(self, walk: ListWalk) -> bool:
        """Return whether the menu names a section that the portal does not have.

        One that listed articles is missed the first time; one that was asked for by name, always.
        """
        if walk.day is not None or self.arguments.sections:
            return False
        if self.ledger.record_gone(walk.name):
            self.logger.warning("%s listed articles and is gone; from now on it is a dead link of the menu", walk.url)
            return False
        self.count(f"list/dead/{walk.name}")
        self.logger.warning("The menu names %s, and the portal has no such page: a dead link of its own", walk.url)
        return True

    def is_quiet(self, page: Page, listing: listings.Listing, walk: ListWalk) -> bool:
        """Return whether a section has no articles: never had any, and a crawl before this one saw that, too.

        The page must prove to be the section, so that the crawl is partial once, and not for ever.
        """
        if walk.day is not None or self.arguments.sections or listing.shell:
            return False
        if not self.reader.is_section(page, walk.url) or not self.ledger.record_quiet(walk.name):
            return False
        self.quiet.add(walk.name)
        self.count(f"list/quiet/{walk.name}")
        self.logger.warning("%s lists no article, as in earlier crawls", walk.url)
        return True

    def home_failed(self, failure: Failure, /) -> None:
        """Count a home page that could not be fetched: without it no section is known."""
        self._note_no_home(request_of(failure).url, reason_of(failure))

    def _note_no_home(self, url: str, reason: Reason) -> None:
        self.count(f"list/failed/{'gone' if reason.is_not_there else reason.kind}")
        self.logger.warning("No home page %s: %s", url, reason.sentence)

    def _chosen(self) -> list[Section]:
        if not self.arguments.sections:
            return self.menu
        found = (sections.find(self.menu, name) for name in self.arguments.sections)
        return list({section.slug: section for section in found if section is not None}.values())

    # -- feeds --------------------------------------------------------------------------------------------------------

    def _ask_rss(self) -> Request:
        url = urls.build(urls.Ref("rss"), origin=self.origin)
        self.rss_before = self.ledger.walk(RSS)
        return self._ask_feed(url, self.parse_rss, conditionally=self.rss_before.complete)

    def _ask_feed(self, url: str, callback: Callable[[Response], Any], *, conditionally: bool) -> Request:
        request = Request(url, callback=callback, errback=self.feed_failed, dont_filter=True)
        if conditionally and not self.arguments.full:
            self.ask_conditionally(request)
        return request

    def parse_rss(self, response: Response) -> Iterator[Request]:
        """Announce what the feed lists; a feed of nothing but news may have lost some.

        Until index or sections were walked, such a feed counts as not taken in, so that the next crawl that may ask
        them makes up for it.
        """
        self.count("page/feed")
        if response.status == 304:
            self.ledger.complete_walk(RSS, self.rss_before.frontier)
            return
        try:
            entries = self.reader.rss(response.body, datetime.now(UTC))
        except PageTooSlowError:
            self._count_failed_feed(response.url, TOO_SLOW)
            return
        with self.ledger.transaction():
            fresh = self._announce(entries, RSS)
            self.overflowed = bool(entries) and (len(fresh) == len(entries) or not self.rss_before.complete)
            self.rss_frontier = max((int(entry.id) for entry in entries), default=0)
            if entries:
                self.keep_validators(response, response.url)
            if self.overflowed:
                self.count("feed/rss/overflowed")
                self.ledger.open_walk(RSS)
            elif entries:
                self.ledger.complete_walk(RSS, self.rss_frontier)
        if self.overflowed and not self._sources() & {"indeks", "sections"}:
            self.logger.warning(
                "The feed lists nothing but new articles and may have dropped others: the next crawl without via makes "
                "up for it"
            )
        self._note_feed(RSS, len(entries))
        if not entries:
            # A newspaper has news every day: this is not its feed, or not one that can be read.
            self.count("list/empty")
        yield from self._ask_entries(entries, RSS)

    def _announce(self, entries: Iterable[feeds.Entry], source: str) -> set[int]:
        described = (
            (int(entry.id), entry.slug, dates.day(entry.published).isoformat() if entry.published else None)
            for entry in entries
        )
        return self.ledger.announce(described, source)

    def _ask_entries(self, entries: Iterable[feeds.Entry], source: str) -> Iterator[Request]:
        wanted = (
            entry for entry in entries if self.arguments.covers(dates.day(entry.published) if entry.published else None)
        )
        yield from self.ask_articles(
            ((int(entry.id), entry.slug) for entry in wanted), source, refetch=self.arguments.full
        )

    def _note_feed(self, name: str, entries: int) -> None:
        self.count(f"feed/{name}/entries", entries)
        if not entries:
            self.failed_feeds += 1
            self.logger.warning("The %s of %s lists no article", name, self.origin)

    def feed_failed(self, failure: Failure, /) -> None:
        """Count a feed that failed; the other sources make up for it."""
        self._count_failed_feed(request_of(failure).url, reason_of(failure))

    def _count_failed_feed(self, url: str, reason: Reason) -> None:
        if (reason.is_not_there or reason.kind == "robots") and self._sources() - {"rss", "sitemap"}:
            # The portal has no such feed, or keeps it to itself: index and sections are asked anyway.
            self.count("feed/absent")
        else:
            self.failed_feeds += 1
            self.count(f"feed/failed/{'gone' if reason.is_not_there else reason.kind}")
        self.logger.warning("No feed %s: %s", url, reason.sentence)

    # -- sitemaps -----------------------------------------------------------------------------------------------------

    def _sitemaps(self) -> Iterator[Batch]:
        self.sitemap_before = self.ledger.open_walk(SITEMAP)
        self.sitemap_failures = self.failed_feeds
        began = self.ledger.clock()
        if self.crawl.sitemaps is None:  # before any other page: robots.txt is read on the way to this one
            robots = f"{self.origin}/robots.txt"
            yield [Request(robots, callback=self.parse_robots, errback=self.robots_failed, dont_filter=True)]
        self.roots = self._root_sitemaps()
        self.sitemaps_seen = set(self.roots)
        is_known = self.sitemap_before.complete
        yield [self._ask_feed(url, self.parse_sitemap, conditionally=is_known) for url in self.roots]
        if self.failed_feeds == self.sitemap_failures and not self.crawl.is_spent:
            self.ledger.complete_walk(SITEMAP, self.ledger.highest(), began=began)

    def parse_robots(self, response: Response) -> None:
        """Do nothing: the sitemaps that robots.txt names are known by now."""

    def robots_failed(self, failure: Failure, /) -> None:
        """Do nothing: without robots.txt the usual sitemap is asked for, or fails likewise."""

    def _root_sitemaps(self) -> list[str]:
        """Return the sitemaps on the portal that robots.txt names, or its usual one where that names none."""
        named = (urls.localize(url, base=self.origin, origin=self.origin) for url in self.crawl.sitemaps or ())
        found = list(dict.fromkeys(url for url in named if url is not None))
        return found[: self.config.discovery.sitemap_files] or [urls.build(urls.Ref("sitemap"), origin=self.origin)]

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """Follow the news children of a sitemap index; announce the entries of a child."""
        self.count("page/feed")
        if response.status == 304:
            return
        try:
            sitemap = self.reader.sitemap(response.body, datetime.now(UTC))
        except PageTooSlowError:
            self._count_failed_feed(response.url, TOO_SLOW)
            return
        for child in sitemap.children:
            if child.kind == "news" and child.url not in self.sitemaps_seen and not self._is_stale(child):
                if len(self.sitemaps_seen) >= self.config.discovery.sitemap_files:
                    self.count("list/bounded")
                    self.logger.warning("There are more than %d sitemaps (SITEMAP_FILES)", len(self.sitemaps_seen))
                    break
                self.sitemaps_seen.add(child.url)
                yield self._ask_feed(child.url, self.parse_sitemap, conditionally=self.sitemap_before.complete)
        if sitemap.kind == "urlset":
            with self.ledger.transaction():
                self._announce(sitemap.entries, SITEMAP)
                self.keep_validators(response, response.url)
            if sitemap.entries or response.url not in self.roots or len(self.roots) == 1:
                self._note_feed(SITEMAP, len(sitemap.entries))  # one of several may well be of other pages
            yield from self._ask_entries(sitemap.entries, SITEMAP)

    def _is_stale(self, child: feeds.Child) -> bool:
        """Return whether a child says it has not changed since all of them were taken in."""
        before = self.sitemap_before
        if child.lastmod is None or not before.complete or before.finished is None or self.arguments.full:
            return False
        return child.lastmod.timestamp() < before.finished - LASTMOD_SLACK

    # -- pending ------------------------------------------------------------------------------------------------------

    def _pending(self, via: frozenset[Source]) -> Iterator[Batch]:
        """Ask again for announced articles that were never fetched, then check recent articles for changes."""
        sources = [f"section:{section.slug}" for section in self._chosen()] if self.arguments.sections else None
        since, until = (day.isoformat() if day else None for day in (self.arguments.since, self.arguments.until))
        rows = self.ledger.pending(self.crawl.run, sources=sources, since=since, until=until)
        yield from self.ask_rows(rows)
        if not self.arguments.sections and via == frozenset(SOURCES):
            yield from self.ask_rows(self.ledger.due(), refetch=True)
            if not (since or until or self.arguments.limit):
                yield from self._outdated()

    def _outdated(self) -> Iterator[Batch]:
        """Read again what only the generic layer could read before the layouts changed: archived pages, then others."""
        healing = Healing(self.crawl, self.config, self._is_ending, self.count)
        if healing.is_due:
            # A request that is never sent: while its callback waits, the crawl is not idle.
            meta = {"dont_obey_robotstxt": True}
            yield [Request("data:,", self.heal, cb_kwargs={"healing": healing}, dont_filter=True, meta=meta)]
        if not healing.has_more:
            yield from self.ask_rows(self.crawl.store.outdated(), refetch=True, whole=True)

    def _is_ending(self) -> bool:
        return self.crawl.ended is not None or not self.crawler.engine.running

    async def heal(self, response: Response, healing: Healing) -> None:  # noqa: ARG002 - nothing was fetched
        """Read archived pages again."""
        await healing.run()
