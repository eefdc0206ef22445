"""Spiders that follow lists: announce what stands on them, ask for what is new, and know when a list has ended."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scrapy import Request

from wartacrawl.rendering import escalation
from wartacrawl.site import listings, notices
from wartacrawl.spiders.base import PortalSpider, set_validators, validators_of
from wartacrawl.spiders.failures import reason_of
from wartacrawl.spiders.walk import ListWalk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from wartacrawl.page import Page
    from wartacrawl.rendering.escalation import Shown


class ListSpider(PortalSpider):
    """A crawl that finds articles on lists of the portal."""

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
            meta={escalation.IS_ENOUGH: partial(self._is_enough, walk)},
            dont_filter=True,
        )
        if number == 1 and walk.may_be_unchanged:
            self.ask_conditionally(request)
        return request

    def _is_enough(self, walk: ListWalk, shown: Shown, fresh: Shown) -> bool:
        """Tell whether nothing that this crawl wants can lie beyond: by the rules a walk ends by, and by `limit`."""
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
        page = self.crawl.page(response, walk.source)
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
        with self.ledger.transaction():
            walk.take(listing.cards, self.ledger)
            if number == 1:
                walk.last_page = listing.last_page or 1
                walk.promises_more = listing.next_url is not None or walk.last_page > 1
                if listing.cards:  # what shows nothing, maybe only to us, is asked for whole the next time
                    self.keep_validators(response, walk.url)
        yield from self.ask_articles(
            ((int(card.id), card.slug) for card in cards), walk.source, refetch=self.arguments.full
        )
        if self.crawl.is_spent and walk.end is None:
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
        is_contradicted = self.ledger.knows_day(day.isoformat())
        return not is_contradicted and notices.says_no_articles(page, day, origin=self.origin)

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
