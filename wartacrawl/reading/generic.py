"""Where the text stands in a template nobody knows.

trafilatura says what is text; the element around what it found is then read by our own rules, which keep paragraphs
whole and know what Indonesian portals put between them.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from wartacrawl.language import text
from wartacrawl.reading import blocks
from wartacrawl.site import layouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wartacrawl.page import Element

# A paragraph is known again by so many of its letters.
_KEY = 48
_PARAGRAPHS = frozenset({"p", "li", "ul", "ol", "blockquote", "tr", "table", "tbody", "figure"})
# A text is parted into several elements when all of them hold so much more of it than the one that holds most.
_MUCH_MORE = 1.15
# Elements this far around a paragraph may make it the teaser in a card of another article, if they hold no more than
# so many paragraphs.
_CARD_DEPTH = 3
_CARD_PARAGRAPHS = 2


class _Found(NamedTuple):
    """A paragraph that was found again: the element it begins in, and its letters."""

    element: Element
    weight: int


def is_noise(element: Element, inside: bool) -> bool:
    """Tell whether an element holds nothing of the article, where no template says what stands beside it."""
    return layouts.is_noise(element, inside) or layouts.is_beside(element)


def locate(html: str, tree: Element, title: Element | None, is_elsewhere: Callable[[str], bool]) -> Element | None:
    """Return the element that holds the text, `None` for a page without any.

    `title` is the element of the headline (what stands above it is no text), `is_elsewhere` tells of an address whether
    it is another article's.
    """
    found = _find(_lines(html), tree, title)
    held = Counter(element for one in found for element in _around(one.element))
    cards = {one: _card(one.element, held, is_elsewhere) for one in found}
    shapes = Counter(card for card in cards.values() if card is not None)
    texts = [one for one, card in cards.items() if card is None or shapes[card] < 2]
    weights: Counter[Element] = Counter()
    for one in texts:
        weights[_holder(one.element)] += one.weight
    return _widened(max(weights, key=weights.__getitem__), weights) if weights else None


def _holder(element: Element) -> Element:
    """Return the element that holds a paragraph among others: the paragraph itself where breaks part its text."""
    return element.getparent() if element.tag in _PARAGRAPHS and element.getparent() is not None else element


def _widened(best: Element, weights: Counter[Element]) -> Element:
    """Return the parent of `best` where its children share the text: one text in several elements."""
    parent = best.getparent()
    if parent is None or parent.tag in {"body", "html"}:
        return best
    shared = sum(weight for element, weight in weights.items() if element.getparent() is parent)
    return parent if shared > _MUCH_MORE * weights[best] else best


def _lines(html: str) -> set[str]:
    """Return the beginnings of all paragraphs trafilatura takes for text."""
    # Loading it costs as much as a hundred pages, and almost none come here.
    import trafilatura  # noqa: PLC0415

    # It tells its own log what it could not read; what that means for the article is said by us.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = trafilatura.extract(html, favor_recall=True, include_comments=False, include_tables=True)
    except Exception:  # noqa: BLE001 - whatever a foreign parser stumbles over, the text was not found
        found = None
    return {text.folded(line)[:_KEY] for line in (found or "").splitlines()} - {""}


def _find(keys: set[str], tree: Element, title: Element | None) -> list[_Found]:
    found: list[_Found] = []
    for piece in blocks.read(next(tree.iter("body"), tree), (), is_noise):
        if piece.element is title:
            found.clear()
        if isinstance(piece, blocks.Block) and piece.kind != "heading":
            words = text.folded(" ".join(blocks.string(line) for line in piece.lines))
            if words[:_KEY] in keys:
                found.append(_Found(piece.element, len(words)))
    return found


def _around(element: Element) -> Iterable[Element]:
    return (element, *element.iterancestors())


def _card(element: Element, held: Counter[Element], is_elsewhere: Callable[[str], bool]) -> tuple[str, ...] | None:
    """Return the shape of the card a paragraph is the teaser of: little text beside the link to another article."""
    for around in list(element.iterancestors())[:_CARD_DEPTH]:
        if held[around] > _CARD_PARAGRAPHS:
            return None
        if any(is_elsewhere(link.get("href") or "") for link in around.iter("a")):
            return (around.tag, around.get("class") or "", element.tag, element.get("class") or "")
    return None
