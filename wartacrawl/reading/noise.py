"""Lines of a page that are never text: adverts, buttons, pagers, calls to the newspaper's channels, other cards."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from wartacrawl.language import dates, promos, text
from wartacrawl.reading.blocks import around, string, tokens
from wartacrawl.reading.credits import without_dates
from wartacrawl.reading.lines import BLANK, EDGES, linked
from wartacrawl.site import layouts

if TYPE_CHECKING:
    from collections.abc import Collection

    from wartacrawl.page import Element
    from wartacrawl.reading.blocks import Block, Line
    from wartacrawl.site.links import Links

_PAGER_CLASS = re.compile(r"pag(?:er|ing|ina)", re.IGNORECASE)
_LEADS_ON = re.compile(r"halaman|berikutnya|selanjutnya|next\b", re.IGNORECASE)
_LONGEST_BUTTON = 60
# Items of a list that are looked at to tell steps from buttons.
_STEPS_READ = 20
_LONGEST_ITEM = 240
_CARDS_READ = 200
# "2/5" on a picture of a gallery.
_NUMBER_OF = re.compile(r"[0-9]{1,3}\s{0,2}(?:/|dari|of)\s{0,2}[0-9]{1,3}")
_HAS_WORD = re.compile(r"\w")
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,400}")
# The reason that lets a label right above go, too.
PLAYER = "place of a player"


class Dropped(NamedTuple):
    """A line of the page that is not in the text, and why: so that a loss can be seen (`scrapy explain`)."""

    words: str
    reason: str


class Noise:
    """Tells the lines of one article that are no text; `containers` are the elements that hold the text."""

    def __init__(self, links: Links, containers: Collection[Element]) -> None:
        self._links = links
        self._containers = containers

    def reason(self, line: Line, words: str, block: Block) -> str | None:
        """Return why a line is an advert, a button or a way to elsewhere, `None` for one that may be text."""
        if text.is_advert(words) and not self._is_step(block):
            return "advert"
        if self._is_share(line, words) and not self._is_step(block):
            return "share"
        if self._is_pager(line, words, block):
            return "pager"
        if text.is_player_place(words):
            return PLAYER
        if self._states_own_address(words):
            return "address of the page"
        return "card of another article" if line.has_link and self._is_dated_card(line) else None

    def _states_own_address(self, words: str) -> bool:
        """Return whether a line is the address of its own article, as below a text made to be printed."""
        found = _ADDRESS.search(words) if "://" in words else None
        if found is None or self._links.of(found[0]).kind != "own":
            return False
        return len(words) - len(found[0]) <= _LONGEST_BUTTON

    def is_promo(self, line: Line, words: str, *, is_last: bool = False) -> bool:
        """Return whether a line calls to the newspaper's own channels."""
        if len(words) > promos.LONGEST or not layouts.may_promote(words):
            return False
        hrefs = [segment.href for segment in line if segment.href] if line.has_link else []
        channels = [href for href in hrefs if self._links.of(href).kind == "channel"]
        is_set_apart = bool(channels) or all(segment.emphasis or not segment.text.strip(BLANK) for segment in line)
        return layouts.PROMOS.is_promo(
            words,
            leads_to_own=any(map(layouts.has_house, channels)),
            leads_to_channel=is_set_apart,
            is_last=is_last,
        )

    def _is_step(self, block: Block) -> bool:
        """Return whether a block is an item of a list whose other items are text: a step, whatever it names."""
        if block.kind != "item" or next(block.element.iter("a", "button", "img", "svg"), None) is not None:
            return False
        home = block.element.getparent()
        others = islice(home.iterchildren("li"), _STEPS_READ) if home is not None else ()
        return any(map(_is_no_button, others))

    def _is_share(self, line: Line, words: str) -> bool:
        if text.is_share(words):
            return True
        if not line.has_link:
            return False
        found = list(linked(line))
        is_button = sum(len(label) for label, _ in found) >= len(words) and len(words) <= _LONGEST_BUTTON
        leads = all(self._links.of(href).kind == "channel" for _, href in found)
        return text.is_platforms(words) or (leads and is_button)

    def _is_pager(self, line: Line, words: str, block: Block) -> bool:
        is_numbered = block.element is not None and block.element.tag == "figure" and _NUMBER_OF.fullmatch(words)
        if is_numbered or text.is_pager_label(words):
            return True
        hrefs = [segment for segment in line if segment.href] if line.has_link else []
        leading = [segment for segment in hrefs if self._links.of(segment.href).page is not None]
        if leading and all(self._links.of(segment.href).kind == "own" for segment in leading):
            rest = string([segment for segment in line if segment not in leading])
            return not rest or text.is_pager(rest)
        if not text.is_pager(words) and _HAS_WORD.search(words):
            return False
        return self.stands_in(block, _PAGER_CLASS) or bool(_LEADS_ON.search(words))

    def stands_in(self, block: Block, named: re.Pattern[str]) -> bool:
        """Return whether an element around a block, within the text, has such a class or id."""
        return any(named.search(token) for outer in around(block, self._containers) for token in tokens(outer))

    def is_table_of_cards(self, block: Block) -> bool:
        """Return whether most rows of a table link to other articles."""
        links = islice(block.element.iter("a"), _CARDS_READ)
        cards = sum(self._links.of(link.get("href") or "").kind == "article" for link in links)
        return 2 * cards > len(block.lines)

    def _is_dated_card(self, line: Line) -> bool:
        """Return whether a line is a link to another article and its date: nobody writes that into a text."""
        found = list(linked(line))
        if not found or any(self._links.of(href).kind != "article" for _, href in found):
            return False
        beside = string([segment for segment in line if not segment.href]).strip(EDGES + "()[],")
        if not 0 < len(beside) <= _LONGEST_BUTTON:
            return False
        stated = dates.spans(beside)
        return bool(stated) and not _HAS_WORD.search(without_dates(beside, stated))


def _is_no_button(item: Element) -> bool:
    words = text.clean(item.text_content()[:_LONGEST_ITEM])
    return bool(words) and not (text.is_share(words) or text.is_platforms(words) or text.is_advert(words))


def without_calls(words: str) -> str:
    """Return a paragraph without sentences at its end that call to the newspaper's own channels."""
    while True:
        head, gap, last = words.rpartition(". ")
        if not gap or not layouts.has_house(last) or not layouts.PROMOS.is_promo(last):
            return words
        words = f"{head}."
