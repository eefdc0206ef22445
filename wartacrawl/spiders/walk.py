"""Following a list page by page: what to take, when to go on, when the end is the end.

Portals end a list in several ways: an empty page, the last page again, a 404, a redirect to an earlier page. A list
that was followed to its end before may be left sooner, at a whole page of articles that were known by then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from wartacrawl.site.listings import Card
    from wartacrawl.storage.ledger import Ledger, Walk

End = Literal[
    "empty", "repeat", "gone", "redirect", "known", "unchanged",
    # Nothing stands on it and nothing says so; the same articles as another day; LIST_PAGES; `since`; `limit`.
    "unsaid", "copy", "bound", "since", "limit",
]  # fmt: skip

# Ends that say the walk saw all there is (or all that was new).
CLEAN_ENDS: frozenset[End] = frozenset({"empty", "repeat", "gone", "redirect", "known", "unchanged"})
# Pages of a list that may fail in a row before the walk gives up.
FAILURES_IN_A_ROW = 2


@dataclass(slots=True)
class ListWalk:
    """A list being followed.

    `name` identifies the list over all runs (`section:ekbis`, `indeks:2026-07-12`), `source` is what articles found
    here are said to be discovered via, `before` what the ledger knew when the walk began (`began`, seconds since the
    epoch), `day` the day a dated index page stands for, `since` the day before which nothing is wanted.
    """

    name: str
    source: str
    url: str
    origin: str
    before: Walk
    began: float = 0.0
    day: date | None = None
    since: date | None = None
    full: bool = False
    seen: set[int] = field(default_factory=set)
    fresh: int = 0
    pages: int = 0
    failed_in_a_row: int = 0
    failed: int = 0
    promises_more: bool = False
    last_page: int = 1
    first_page: int = 0
    in_path: bool = False
    is_rendered: bool = False
    end: End | None = None

    def url_of(self, number: int) -> str:
        """Return the address of a page of the list, numbers from 1."""
        if number == 1:
            return self.url
        if self.in_path and self.day is not None:
            return urls.index_path_form(self.day, number, origin=self.origin)
        return urls.with_page(self.url, number)

    def try_other_form(self, number: int) -> bool:
        """Turn to the page form of 2020 when `?page=2` was only the first page again although a pager promised more."""
        if self.end == "repeat" and number == 2 and self.promises_more and self.day is not None and not self.in_path:
            self.in_path = True
            self.end = None
            return True
        return False

    @property
    def is_clean(self) -> bool:
        """True when the walk has ended where all was seen, and no page of it failed."""
        return self.end in CLEAN_ENDS and not self.failed and not self.is_cut_short

    @property
    def is_cut_short(self) -> bool:
        """True when the pager numbered pages that could not be reached: nothing came but the first one."""
        is_at_end = self.end in {"empty", "repeat", "gone", "redirect"}
        return is_at_end and self.last_page > 1 and len(self.seen) == self.first_page

    @property
    def lists_articles(self) -> bool:
        """True when articles stand on the list: seen on this walk, or before, and it has not changed since."""
        return bool(self.seen) or (self.end == "unchanged" and self.before.frontier > 0)

    @property
    def may_be_unchanged(self) -> bool:
        """True when the first page may be asked for conditionally: all it held then has been taken in."""
        return self.before.complete and not self.full

    def take(self, cards: Iterable[Card], ledger: Ledger) -> list[Card]:
        """Announce the cards of a page; set `end` when it was the last one. Return the cards not seen on this walk."""
        self.pages += 1
        self.failed_in_a_row = 0
        page = list(cards)
        new_here = [card for card in page if int(card.id) not in self.seen]
        if not page:
            self.end = "empty"
        elif not new_here:
            self.end = "repeat"
        self.seen.update(int(card.id) for card in new_here)
        self.first_page = self.first_page or len(self.seen)
        entries = [(int(card.id), card.slug, self._day_of(card)) for card in new_here]
        fresh = ledger.announce(entries, self.source)
        self.fresh += len(fresh)
        if self.end is None:
            self.end = self._early_end(page, fresh)
        return new_here

    def _day_of(self, card: Card) -> str | None:
        day = self.day or card.day
        return day.isoformat() if day else None

    def _early_end(self, page: list[Card], fresh: set[int]) -> End | None:
        # Known is not enough: after a walk that broke off, known articles hide unknown ones behind them. Only what was
        # known when the walk was last complete proves that nothing new lies beyond.
        ids = {int(card.id) for card in page}
        if not self.full and not fresh and max(ids) <= self.before.frontier:
            return "known"
        if self.since is not None and all(card.day is not None and card.day < self.since for card in page):
            return "since"
        return None

    def may_stop_at(self, fresh: Mapping[int, date | None], *, are_known: bool) -> bool:
        """Return whether a list that grows may be left at what came last (`fresh`: days by identifier, not empty)."""
        return (
            fresh.keys() <= self.seen
            or (self.since is not None and all(day is not None and day < self.since for day in fresh.values()))
            or (are_known and not self.full and max(fresh) <= self.before.frontier)
        )

    def skip(self) -> bool:
        """Note that a page could not be fetched; return whether the next one is worth trying."""
        self.pages += 1
        self.failed += 1
        self.failed_in_a_row += 1
        return self.failed_in_a_row <= FAILURES_IN_A_ROW

    def frontier(self) -> int:
        """Return the highest identifier that is certainly known once the walk is complete."""
        return max(self.seen, default=self.before.frontier)
