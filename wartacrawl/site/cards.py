"""The links to articles on a list page, and which of them are the list.

Known card classes come first; where a redesign changed them, the largest group of article links of one shape is the
list. Side blocks ("Terpopuler", related, latest of all sections) are told apart by where they stand and by the heading
over them, so that articles of other sections do not slip in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from wartacrawl.language import dates
from wartacrawl.page import line_of
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wartacrawl.page import Element, Page

_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
# Words of class names and ids (camelCase and hyphens parted) that mark a block beside the list.
_SIDE_WORDS = frozenset(
    {
        *("sidebar", "aside", "popular", "populer", "terpopuler", "trending", "related", "terkait", "rekomendasi"),
        *("recommended", "recommendation", "footer", "navbar", "breadcrumb", "breadcrumbs", "mostread", "ticker"),
    }
)
_LAYOUT_WORDS = frozenset({"has", "with", "no", "without"})  # `has-sidebar` stands on the whole page
_SIDE_HEADING = re.compile(
    r"\b(?:populer|terpopuler|trending|baca juga|terkait|rekomendasi|pilihan|sorotan)\b|\bpaling (?:banyak )?di",
    re.IGNORECASE,
)
_ADVERT = re.compile(r"\b(?:iklan|advertisement|advertorial|sponsor(?:ed)?)\b", re.IGNORECASE)
# Over a list in the main column these may well be the list itself; beside a longer one they are not.
_LATEST_HEADING = re.compile(r"\b(?:terkini|terbaru|lainnya)\b", re.IGNORECASE)
# Article links that are read, and elements around each that are looked at: more is no list of a newspaper.
_MOST_LINKS = 5_000
_DEEPEST = 128
# A card is a small thing; climbing further would take the page for one.
_CARD_DEPTH = 4
# Articles of another shape that may stand over a list as its top stories.
_TOP_STORIES = 3
_NO_CARD = frozenset({"body", "main", "ul", "ol", "table", "tbody", "section", "html"})


@dataclass(slots=True)
class CardLink:
    """A link to an article, and the heading that stands over it."""

    element: Element
    ref: urls.Ref
    url: str
    is_beside: bool = False
    heading: Element | None = None

    @property
    def id(self) -> str:
        """The identifier of the article."""
        return str(self.ref.id)


@dataclass
class CardLinks:
    """All article links of a page."""

    page: Page
    origin: str
    ids_under: dict[Element, set[str]] = field(default_factory=lambda: defaultdict(set))

    @cached_property
    def base(self) -> str:
        """The address relative links count from."""
        element = next(self.page.tree.iter("base"), None)
        stated = (
            urls.localize(element.get("href") or "", base=self.page.url, origin=self.origin)
            if element is not None
            else None
        )
        return stated or self.page.url

    @cached_property
    def all(self) -> list[CardLink]:
        """Every article link in page order, with its surroundings judged."""
        found = []
        for element in self.page.tree.iter("a"):
            href = element.get("href") or ""
            url = urls.localize(href, base=self.base, origin=self.origin)
            if url is None and href:
                url = urls.by_number(href, base=self.base, origin=self.origin)
            ref = urls.parse(url, origin=self.origin) if url else None
            if url and ref and ref.kind == "article" and ref.id:
                found.append(CardLink(element, ref, url))
                for ancestor in (element, *islice(element.iterancestors(), _DEEPEST)):
                    self.ids_under[ancestor].add(ref.id)
                if len(found) == _MOST_LINKS:
                    break
        sides: dict[Element, bool] = {}
        for link in found:
            link.is_beside = any(
                _is_side(ancestor, sides) for ancestor in islice(link.element.iterancestors(), _DEEPEST)
            )
        self._govern({link.element: link for link in found})
        return found

    def _govern(self, by_element: dict[Element, CardLink]) -> None:
        """Note for every link the last heading over it; a heading rules what follows it in its own block."""
        for heading in self.page.tree.iter("h1", *_HEADINGS):
            if self._rules_nothing(heading):
                continue
            for block in self._ruled_by(heading):
                for element in block.iter("a"):
                    link = by_element.get(element)
                    if link is not None:
                        link.heading = heading
                        link.is_beside = link.is_beside or _is_titled(heading, _SIDE_HEADING)

    def _rules_nothing(self, heading: Element) -> bool:
        """Return whether a heading is a card's own, or stands in a list without ending it (a day, an advertisement)."""
        nearest = next((step for step in (heading, *heading.iterancestors()) if self.ids_under.get(step)), None)
        if nearest is None or nearest is heading:
            return True
        if _is_titled(heading, _SIDE_HEADING) or _is_titled(heading, _LATEST_HEADING):
            return False
        text = line_of(heading)
        return len(self.ids_under[nearest]) == 1 or bool(_ADVERT.search(text)) or dates.parse_day(text) is not None

    def _ruled_by(self, heading: Element) -> Iterator[Element]:
        child = heading
        while child.getparent() is not None and not self.ids_under.get(child.getparent()):
            child = child.getparent()
        for sibling in child.itersiblings():
            if self._opens_with_heading(sibling):
                return
            yield sibling

    def _opens_with_heading(self, block: Element) -> bool:
        if not isinstance(block.tag, str) or len(self.ids_under.get(block, ())) == 1:
            return False
        first = next(block.iter("h1", *_HEADINGS), None)
        return first is not None and not self._rules_nothing(first)

    def choose(self) -> tuple[str, dict[str, list[CardLink]]]:
        """Return the layer that knows this page and the links of each card, by id in page order."""
        inner = [link for link in self.all if not link.is_beside]
        for form, is_card in (("articleListItem", _has_card_class), ("news-title", _is_in_news_title)):
            known = [link for link in inner if is_card(link.element) and not _is_narrow_latest(link)]
            if known:
                return form, self._by_id(known, inner)
        return "group", self._by_id(self._largest_group(inner), inner)

    def _by_id(self, chosen: Iterable[CardLink], inner: list[CardLink]) -> dict[str, list[CardLink]]:
        cards: dict[str, list[CardLink]] = {}
        for link in chosen:
            cards.setdefault(link.id, [link])
        for link in inner:
            if link.id in cards and link is not cards[link.id][0]:
                cards[link.id].append(link)
        return cards

    def _largest_group(self, inner: list[CardLink]) -> list[CardLink]:
        groups: dict[object, list[CardLink]] = defaultdict(list)
        for link in inner:
            groups[(_shape(link.element), link.heading)].append(link)
        ranked = sorted(groups.values(), key=lambda group: (-len({link.id for link in group}), -_weight(group)))
        # Where the only list is headed "Terbaru" it is the list; beside another it is a side block.
        sure = [group for group in ranked if not _is_titled(group[0].heading, _LATEST_HEADING)]
        for group in sure or ranked:
            if len({link.id for link in group}) > 1 or _is_headline(group[0].element):
                return self._with_neighbours(group, inner)
        return []

    def _with_neighbours(self, group: list[CardLink], inner: list[CardLink]) -> list[CardLink]:
        """Add links of another shape from the same block under the same heading: a top story is larger."""
        ids = {link.id for link in group}
        block = self._block_of(group)
        above = {link.id for link in inner if link.heading is group[0].heading and line_of(link.element)}
        wanted = ids | (above & self.ids_under[block])
        return [link for link in inner if link.id in wanted]

    def _block_of(self, group: list[CardLink]) -> Element:
        """Return the highest element around a group that adds no more than a few articles under the same heading."""
        ids = {link.id for link in group}
        alien = {link.id for link in self.all if link.is_beside or link.heading is not group[0].heading} - ids
        block = group[0].element
        for ancestor in islice(group[0].element.iterancestors(), _DEEPEST):
            under = self.ids_under[ancestor]
            is_within = ids <= self.ids_under[block]
            if is_within and (
                ancestor.tag in {"body", "main", "html"} or under & alien or len(under - ids) > _TOP_STORIES
            ):
                break
            block = ancestor
        return block

    def card_root(self, link: CardLink) -> Element:
        """Return the highest element around a link that holds no other article."""
        root = link.element
        for ancestor in islice(link.element.iterancestors(), _CARD_DEPTH):
            if ancestor.tag in _NO_CARD or self.ids_under[ancestor] != {link.id}:
                break
            root = ancestor
        return root


def _is_side(element: Element, known: dict[Element, bool]) -> bool:
    if element not in known:
        known[element] = _judge_side(element)
    return known[element]


def _judge_side(element: Element) -> bool:
    if element.tag in {"nav", "aside"}:
        return True
    if element.tag in {"body", "html", "main"}:
        return False
    if element.tag in {"header", "footer"}:
        # Inside a card they hold its headline; over and under the page they hold the menu.
        return not any(ancestor.tag in {"article", "main", "li"} for ancestor in element.iterancestors())
    tokens = f"{element.get('class') or ''} {element.get('id') or ''}".split()
    if not any(_is_side_token(token) for token in tokens):
        return False
    return next(iter(element.iter("main", "h1")), None) is None


def _is_side_token(token: str) -> bool:
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", token)}
    return bool(words & _SIDE_WORDS) and not words & _LAYOUT_WORDS


def _is_titled(heading: Element | None, pattern: re.Pattern[str]) -> bool:
    return heading is not None and heading.tag != "h1" and bool(pattern.search(line_of(heading)))


def _has_card_class(element: Element) -> bool:
    return "articleListItem" in (element.get("class") or "").split()


def _is_in_news_title(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and any(token.startswith("news-title") for token in (parent.get("class") or "").split())


def _is_narrow_latest(link: CardLink) -> bool:
    """Return whether a link is under "Terkini" in a column much narrower than the one beside it."""
    return _is_titled(link.heading, _LATEST_HEADING) and any(
        0 < _columns(ancestor) <= 4 and any(_columns(other) >= 7 for other in _siblings(ancestor))
        for ancestor in link.element.iterancestors()
    )


def _siblings(element: Element) -> Iterator[Element]:
    yield from element.itersiblings(preceding=True)
    yield from element.itersiblings()


def _columns(element: Element) -> int:
    widths = re.findall(r"\bcol-(?:[a-z]{2,3}-)?([0-9]{1,2})\b", element.get("class") or "")
    return int(widths[-1]) if widths else 0


def _shape(element: Element) -> tuple[str, ...]:
    return tuple(
        f"{step.tag}.{' '.join((step.get('class') or '').split()[:2])}"
        for step in (element, *islice(element.iterancestors(), _DEEPEST))
    )


def _weight(group: list[CardLink]) -> int:
    return sum(len(line_of(link.element)) for link in group)


def _is_headline(element: Element) -> bool:
    parent = element.getparent()
    return next(iter(element.iter(*_HEADINGS)), None) is not None or (parent is not None and parent.tag in _HEADINGS)
