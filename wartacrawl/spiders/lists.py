"""Spiders that follow lists: announce what stands on them, ask for what is new, and know when a list has ended."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy import Request

from wartacrawl.language import dates
from wartacrawl.reading.budget import PageTooSlowError
from wartacrawl.rendering import escalation
from wartacrawl.site import notices, urls
from wartacrawl.spiders.base import PortalSpider, set_validators, validators_of
from wartacrawl.spiders.failures import TOO_SLOW, Reason, reason_of, request_of
from wartacrawl.spiders.walk import ListWalk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from wartacrawl.page import Page
    from wartacrawl.rendering.escalation import Shown
    from wartacrawl.site import listings
    from wartacrawl.spiders.walk import End


# Days of the index that are remembered, to know a list again that stands under the address of another day.
DAYS_COMPARED = 16


class ListSpider(PortalSpider):
    """A crawl that finds articles on lists of the portal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._firsts: dict[date, frozenset[str]] = {}  # the identifiers on the first page of a day, the latest days
        self._copies = 0  # days in a row that showed the list of another

    def walk(self, name: str, url: str, *, source: str | None = None, day: date | None = None) -> ListWalk:
        """Return a walk along a list, noted in the ledger as begun."""
        before = self.ledger.open_walk(name)
        since = None if day else self.arguments.since
        return ListWalk(
            name,
            source or name,
            url,
            self.origin,
            before,
            began=self.ledger.clock(),
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
            meta={
                escalation.IS_ENOUGH: partial(self._is_enough, walk),
                # Beyond the end of a list stands an empty page; it is worth a browser where one filled the list.
                escalation.MAY_BE_FILLED: number == 1 or walk.is_rendered,
            },
            dont_filter=True,
        )
        if number == 1 and walk.may_be_unchanged:
            self.ask_conditionally(request)
        return request

    def _is_enough(self, walk: ListWalk, shown: Shown, fresh: Shown) -> bool:
        """Return whether nothing that this crawl wants can lie beyond: by the rules a walk ends by, and by `limit`."""
        known = self.ledger.articles(shown)
        if walk.may_stop_at(fresh, are_known=fresh.keys() <= known.keys()):
            return True
        if self.crawl.remaining is None:
            return False
        return sum(key not in known or not known[key].version for key in shown) >= self.crawl.remaining

    def parse_list(self, response: Response, walk: ListWalk, number: int) -> Iterator[Request]:
        """Announce the articles of a list page, ask for the new ones and for the next page."""
        self.count("page/list")
        if response.status == 304:
            walk.end = "unchanged"
            self.end_walk(walk)
            return
        try:
            page = self.crawl.page(response, walk.source)
            listing = self.reader.listing(page)
            walk.is_rendered = walk.is_rendered or escalation.is_rendered(response)
            walk.end = self._end_before(response, page, listing, walk, number)
        except PageTooSlowError:
            yield from self._pass_over(walk, number, response.url, TOO_SLOW)
            return
        if walk.end is not None:
            self.end_walk(walk)
            return
        yield from self._take(response, listing, walk, number)
        if self.crawl.is_spent and walk.end is None:
            walk.end = "limit"
        if number >= self.config.discovery.list_pages and walk.end is None:
            walk.end = "bound"
            self.logger.warning("%s goes on after %d pages (LIST_PAGES): it is left there", walk.url, number)
        if walk.try_other_form(number):
            yield self.ask_list(walk, number)
        elif walk.end is None:
            yield self.ask_list(walk, number + 1)
        else:
            self.end_walk(walk)

    def _take(self, response: Response, listing: listings.Listing, walk: ListWalk, number: int) -> Iterator[Request]:
        """Announce what stands on a page, and ask for what is wanted of it."""
        if listing.cards:
            self.count("list/cards", len(listing.cards))
            self.count(f"list/form/{listing.form}")
        with self.ledger.transaction():
            walk.take(listing.cards, self.ledger)
            if number == 1:
                walk.last_page = listing.last_page or 1
                walk.promises_more = listing.next_url is not None or walk.last_page > 1
                if listing.cards:  # a list that we read as empty is fetched whole the next time
                    self.keep_validators(response, walk.url)
        wanted = [(int(card.id), card.slug) for card in listing.cards if self.arguments.covers(card.day)]
        yield from self.ask_articles(wanted, walk.source, refetch=self.arguments.full)

    def _end_before(
        self, response: Response, page: Page, listing: listings.Listing, walk: ListWalk, number: int
    ) -> End | None:
        """Return the end of a walk that a page means before anything of it is taken in; None to take it in."""
        trouble = response.meta.get(escalation.TROUBLE)
        if trouble is not None:
            self.count("list/failed/server")
            self.logger.warning("%s may be incomplete: %s", response.url, trouble)
            walk.failed += 1  # what it shows is taken, and the walk is not a complete one
            return None if listing.cards else "unsaid"
        if number > 1:
            return "redirect" if self._was_sent_elsewhere(response, walk, number) else None
        if listing.cards:
            return "copy" if self._is_copy(listing, walk) else None
        return None if self._is_believed(page, listing, walk) else "unsaid"

    def _was_sent_elsewhere(self, response: Response, walk: ListWalk, number: int) -> bool:
        return response.url != walk.url_of(number) and bool(response.meta.get("redirect_urls"))

    def _is_copy(self, listing: listings.Listing, walk: ListWalk) -> bool:
        """Return whether the index shows the same list for another day: it knows no such day."""
        ref, day = urls.parse(walk.url, origin=self.origin), walk.day
        if day is None or ref is None or ref.day is None:
            return False  # the index without a day may show the latest articles, of yesterday too
        shown = frozenset(card.id for card in listing.cards)
        other = next((known for known, first in self._firsts.items() if known != day and shown <= first), None)
        if other is not None:
            self.count("list/copied")
            self._copies += 1
            self.logger.warning("%s shows the list of %s: it is not believed", walk.url, other.isoformat())
            return True
        self._copies = 0
        self._firsts[day] = shown
        while len(self._firsts) > DAYS_COMPARED:
            del self._firsts[next(iter(self._firsts))]
        return False

    def is_beyond_index(self) -> bool:
        """Return whether the index shows one list for many days (INDEX_EMPTY_DAYS): it does not go back so far."""
        return self._copies >= self.config.discovery.index_empty_days

    def _is_believed(self, page: Page, listing: listings.Listing, walk: ListWalk) -> bool:
        """Return whether a list without articles has none; only a page that says so is believed."""
        if walk.day is None:
            is_said = not walk.before.frontier and self.reader.says_empty(page, None)
        else:
            is_said = self.reader.says_empty(page, walk.day)
            if is_said and notices.is_fresh(walk.day, page.fetched_at):
                # There is news every day: today's may be still to come, yesterday's cannot.
                self.count("list/doubted")
                return walk.day >= dates.day(page.fetched_at)
            is_said = is_said and not self.ledger.knows_day(walk.day.isoformat())
            self.count("list/said_empty", int(is_said))
        if is_said:
            self.logger.info("%s says that it has no articles", walk.url)
            return True
        if walk.is_rendered:  # its scripts have run
            self.count("list/doubted")
            return True
        if self.is_quiet(page, listing, walk):
            return True
        if listing.shell or listing.scripted:
            self.count("list/shell")
            how = "is an empty shell that a script fills" if listing.shell else "lists nothing; a script may fill it"
            self.logger.warning("%s %s: set RENDER_ENABLED=True to have a browser open it", walk.url, how)
        else:
            self.count("list/empty")
            self.logger.warning("%s lists no article and does not say that there is none", walk.url)
        return False

    def list_failed(self, failure: Failure, /) -> Iterator[Request]:
        """Pass over a page of a list that could not be fetched, or end the walk."""
        walk: ListWalk = request_of(failure).cb_kwargs["walk"]
        number: int = request_of(failure).cb_kwargs["number"]
        reason = reason_of(failure)
        if reason.is_not_there and (number > 1 or self.is_dead_link(walk)):
            walk.end = "gone"
            self.end_walk(walk)
            return
        if reason.kind == "not_sent":
            walk.failed += 1
            self.end_walk(walk)
            return
        yield from self._pass_over(walk, number, request_of(failure).url, reason)

    def _pass_over(self, walk: ListWalk, number: int, url: str, reason: Reason) -> Iterator[Request]:
        """Go on behind a page of a list that failed, or end the walk."""
        self.count(f"list/failed/{'gone' if reason.is_not_there else reason.kind}")
        self.logger.warning("No list page %s: %s", url, reason.sentence)
        if walk.skip() and number > 1:
            yield self.ask_list(walk, number + 1)
        else:
            self.end_walk(walk)

    def is_dead_link(self, walk: ListWalk) -> bool:  # noqa: ARG002 - for those who follow links they were given
        """Return whether a list that is not there (404, 410) is a fault of the portal, and nothing we could miss."""
        return False

    def is_quiet(self, page: Page, listing: listings.Listing, walk: ListWalk) -> bool:  # noqa: ARG002 - as above
        """Return whether a list is known to have no articles although it does not say so."""
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
        if walk.end == "bound":
            self.count("list/bounded")
        # A list with a bound is complete as far as it goes: the next walk ends at what is known by now.
        if walk.is_clean or walk.end == "bound":
            self.ledger.complete_walk(walk.name, walk.frontier(), began=walk.began)
        if walk.day is not None:
            self.record_day(walk, walk.day)

    def record_day(self, walk: ListWalk, day: date) -> None:
        """Note in the ledger whether the index of a day was walked to its end.

        That nothing stands on it is believed where other lists show articles: else our selectors may be at fault.
        """
        is_believed = walk.lists_articles or self.crawler.stats.get_value("list/cards", 0) > 0
        self.ledger.record_day(day.isoformat(), clean=walk.is_clean and is_believed, began=walk.began)

    def ask_conditionally(self, request: Request) -> None:
        """Ask for a document only if it has changed since it was last taken in."""
        set_validators(request, *self.ledger.validators(request.url))

    def keep_validators(self, response: Response, url: str) -> None:
        """Remember ETag and Last-Modified of a document."""
        etag, last_modified = validators_of(response)
        if etag or last_modified:
            self.ledger.keep_validators(url, etag, last_modified)
