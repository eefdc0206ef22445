"""Where the text stands in a template nobody knows.

trafilatura says what is text; the element around what it found is then read by our own rules, which keep paragraphs
whole and know what Indonesian portals put between them.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import suppress
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, Literal, NamedTuple

from wartacrawl.language import captions, dates, people, text
from wartacrawl.reading import blocks, edges
from wartacrawl.reading.credits import without_dates
from wartacrawl.site import layouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wartacrawl.page import Element

# A paragraph is known again by so many of its letters.
_KEY = 48
_PARAGRAPHS = frozenset({"p", "li", "ul", "ol", "blockquote", "tr", "table", "tbody", "figure"})
# A sentence that trafilatura did not take counts this much of one that it took.
_UNCONFIRMED = 0.4
# So many letters of sentences in several blocks that trafilatura did not take are a text all the same.
_FEWEST_UNCONFIRMED = 160
# An element with this share of the text may have sentences of the page's foot behind it.
_MOST_OF_TEXT = 0.6
# A block of fewer letters than this, or without the end of a sentence, is no sign of the text.
_FEWEST_LETTERS = 40
# Elements this far around a paragraph may make it the teaser in a card of another article, if they hold no more than
# so many paragraphs.
_CARD_DEPTH = 3
# Where the label of a box stands, white space counted.
_LONGEST_LABEL = 200
_CARD_PARAGRAPHS = 2
_CARD_PICTURES = 4


class _Found(NamedTuple):
    """A block: its element, its letters, how much of them counts as text, and what it shows to be over, if anything."""

    element: Element
    letters: int
    weight: float
    ends: Literal["article", "page"] | None = None


class _Card(NamedTuple):
    """A box beside a text, and what others of its kind have in common."""

    element: Element
    shape: tuple[str, ...]
    is_sure: bool


def is_noise(element: Element, inside: bool) -> bool:
    """Return whether an element holds nothing of the article, where no template says what stands beside it."""
    if layouts.is_noise(element, inside):
        return True
    return layouts.is_beside(element) and not (inside and _is_also_box(element))


def _is_also_box(element: Element) -> bool:
    """Return whether an element begins with "Baca Juga": a box of related links, whatever it is called."""
    words = text.clean(element.text_content()[:_LONGEST_LABEL])
    return any(label.start == 0 and label.is_also for label in text.related_labels(words))


def locate(
    html: str, tree: Element, title: Element | None, is_elsewhere: Callable[[str | None], bool]
) -> Element | None:
    """Return the element that holds the text, `None` for a page without any.

    `title` is the element of the headline (what stands above it is no text), `is_elsewhere` tells of an address whether
    it is another article's.
    """
    body = next(tree.iter("body"), tree)
    around_title = set(title.iterancestors()) if title is not None else set()
    found = _blocks(body, title, _lines(html), is_elsewhere)
    texts = _without_cards([line for line in found if line.weight], around_title, is_elsewhere)
    if not texts:
        return None
    weights = _sums((line.element, line.weight) for line in texts)
    letters = _sums((line.element, line.letters) for line in found)
    whole = sum(line.weight for line in texts)
    # The mean of two shares: how much of the text an element holds, and how much of what it holds is text.
    best = max(weights, key=lambda element: weights[element] / (whole + letters[element]))
    best = _without_strays(best, around_title, found, weights)
    held = set(best.iter())
    inside = [line for line in texts if line.element in held]
    if all(line.weight < line.letters for line in inside):
        many = len(inside) > 1 and sum(line.letters for line in inside) >= _FEWEST_UNCONFIRMED
        return _holder(best) if many else None
    return _holder(best)


def _without_strays(
    best: Element, around_title: set[Element], found: list[_Found], weights: dict[Element, float]
) -> Element:
    """Return the element within `best` that holds the text, where the rest of it are sentences of the page's foot.

    Such a sentence stands in a box of another kind behind most of the text. The element around the headline ends before
    it, or a byline, buttons, or links that lead to no article stand between or in the box itself.
    """
    while True:
        inner = max(best.iterchildren(), key=lambda child: weights.get(child, 0.0), default=None)
        if inner is None or weights.get(inner, 0.0) < _MOST_OF_TEXT * weights[best] or inner.tag in _PARAGRAPHS:
            return best
        beside = [child for child in inner.itersiblings() if weights.get(child)]
        is_alone = sum(weights.get(child, 0.0) for child in (inner, *beside)) >= weights[best]
        behind = _behind(inner, found) if is_alone and beside else []
        if not is_alone or not all(_is_stray(box, inner, behind, is_whole=inner in around_title) for box in beside):
            return best
        best = inner


def _behind(element: Element, found: list[_Found]) -> list[_Found]:
    """Return the blocks behind an element that holds some."""
    held = set(element.iter())
    return found[max(place for place, line in enumerate(found) if line.element in held) + 1 :]


def _is_stray(box: Element, inner: Element, behind: list[_Found], *, is_whole: bool) -> bool:
    if box.tag in _PARAGRAPHS or (box.tag, box.get("class")) == (inner.tag, inner.get("class")):
        return False
    if is_whole or box.tag == "footer" or next(box.iter("button", "input", "textarea", "select"), None) is not None:
        return True
    held = set(box.iter())
    between = takewhile(lambda line: line.element not in held, behind)
    return any(line.ends for line in between) or any(line.ends == "page" and line.element in held for line in behind)


def _sums(parts: Iterable[tuple[Element, float]]) -> dict[Element, float]:
    """Add up numbers of elements in each element around them, the inner ones first where their sums are equal."""
    sums: dict[Element, float] = {}
    depths: dict[Element | None, int] = {None: 0}
    for inner, number in parts:
        fresh = list(takewhile(lambda element: element not in sums, _around(inner)))
        sums.update(dict.fromkeys(fresh, 0.0))
        sums[inner] += number
        for element in reversed(fresh):
            depths[element] = depths[element.getparent()] + 1
    # Each element hands its sum on once, so that deep nesting costs no more than many elements.
    for element in sorted(sums, key=depths.__getitem__, reverse=True):
        outer = element.getparent()
        if outer is not None:
            sums[outer] += sums[element]
    return sums


def _without_cards(
    found: list[_Found], around_title: set[Element], is_elsewhere: Callable[[str | None], bool]
) -> list[_Found]:
    """Leave out what stands in boxes beside a text: a writer's portrait, a poll, the teasers of other articles.

    A teaser is little text beside a link: below a linked heading, or one of several of one shape.
    """
    held = _sums((line.element, 1) for line in found)
    cards = [_card(line.element, held, around_title, is_elsewhere) for line in found]
    shapes = Counter(card.shape for card in set(cards) if card is not None)
    return [
        line
        for line, card in zip(found, cards, strict=True)
        if card is None or not (card.is_sure or shapes[card.shape] > 1)
    ]


def _holder(element: Element) -> Element:
    """Return the element that holds a paragraph among others: the paragraph itself where breaks part its text."""
    while element.tag in _PARAGRAPHS and element.getparent() is not None:
        element = element.getparent()
    return element


def _lines(html: str) -> set[str]:
    """Return the beginnings of all paragraphs trafilatura takes for text, whether it looks for much or for little.

    On 43 real pages of 16 Indonesian portals each alone lost paragraphs, both together none of 425 (2026-11).
    """
    # Loading it costs as much as a hundred pages, and almost none come here.
    import trafilatura  # noqa: PLC0415

    # It tells its own log what it could not read; what that means for the article is said by us.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = []
    for recall in (True, False):
        with suppress(Exception):  # whatever a foreign parser stumbles over, the text was not found
            found.append(
                trafilatura.extract(
                    html, favor_recall=recall, favor_precision=not recall, include_comments=False, include_tables=True
                )
            )
    return {text.comparison_key(line)[:_KEY] for lines in found for line in (lines or "").splitlines()} - {""}


def _blocks(
    body: Element, title: Element | None, keys: set[str], is_elsewhere: Callable[[str | None], bool]
) -> list[_Found]:
    """Return the blocks of a page; sentences below the headline count as text, fully where trafilatura took them."""
    found: list[_Found] = []
    is_below = False  # what readers wrote
    for piece in blocks.read(body, (), is_noise):
        if piece.element is title:
            found = [line._replace(weight=0.0) for line in found]
        if not isinstance(piece, blocks.Block):
            continue
        words = " ".join(line.words for line in piece.lines)
        letters = text.comparison_key(words)
        share = 0.0
        is_byline = people.bylines(words) is not None
        is_linked = _is_linked(piece)
        is_below = is_below or (text.heads_comments(words) and any(line.weight for line in found))
        is_imprint, is_share = edges.is_imprint(words), text.is_share(words)
        if is_below or is_byline or is_imprint or is_share or captions.is_caption(words):
            pass
        elif piece.kind != "heading" and (len(letters) >= _FEWEST_LETTERS or words.endswith(text.PAUSES)):
            share = 0.0 if is_linked else 1.0 if letters[:_KEY] in keys else _UNCONFIRMED
        hrefs = [segment.href for line in piece.lines for segment in line if segment.href] if is_linked else []
        leads_away = is_linked and not any(map(is_elsewhere, hrefs))
        is_foot = is_imprint or (leads_away and piece.kind == "item")
        ends: Literal["article", "page"] | None = (
            "page" if is_foot else "article" if leads_away or is_byline or is_share else None
        )
        found.append(_Found(piece.element, len(letters), share * len(letters), ends))
    return found


def _is_linked(block: blocks.Block) -> bool:
    """Return whether most of a block is links; the date beside a link is no text."""
    if not any(line.has_link for line in block.lines):
        return False
    segments = [segment for line in block.lines for segment in line]
    linked = sum(len(segment.text) for segment in segments if segment.href)
    beside = blocks.string([segment for segment in segments if not segment.href])
    return linked > len(without_dates(beside, dates.spans(beside)))


def _around(element: Element) -> Iterable[Element]:
    return chain((element,), element.iterancestors())


def _card(
    element: Element, held: dict[Element, float], around_title: set[Element], is_elsewhere: Callable[[str | None], bool]
) -> _Card | None:
    """Return the box a paragraph stands in, with little else; `None` for one among others."""
    for around in islice(element.iterancestors(), _CARD_DEPTH):
        if held[around] > _CARD_PARAGRAPHS or around in around_title or around.tag in {"body", "html"}:
            return None
        linked = [link for link in around.iter("a") if is_elsewhere(link.get("href")) and _may_lead_card(link)]
        heads = (link for link in linked if _heads(link, around))
        is_sure = _is_aside(around) or any(_is_before(link, element, around) for link in heads)
        if linked or is_sure:
            shape = (around.tag, around.get("class") or "", element.tag, element.get("class") or "")
            return _Card(around, shape, is_sure)
    return None


def _may_lead_card(link: Element) -> bool:
    """Return whether a link is neither a few words of a sentence nor labelled "Baca Juga"."""
    home = link.getparent()
    is_most = 2 * len(link.text_content().strip()) >= len(home.text_content().strip())
    return (is_most or home.tag != "p") and not _is_also_box(home) and not _is_also_box(link)


def _is_before(element: Element, other: Element, within: Element) -> bool:
    """Return whether an element stands before another, or around it; both are `within` a third."""
    return next(found for found in within.iter() if found is element or found is other) is element


def _heads(link: Element, card: Element) -> bool:
    """Return whether a link is a heading of a card."""
    within = takewhile(lambda outer: outer is not card, islice(link.iterancestors(), _CARD_DEPTH))
    return any(outer.tag in blocks.HEADINGS for outer in within) or any(inner.tag in blocks.HEADINGS for inner in link)


def _is_aside(box: Element) -> bool:
    """Return whether a box shows a person's portrait, or asks for an answer."""
    if next(box.iter("input", "textarea", "select"), None) is not None:
        return True
    return any(layouts.is_portrait(image.get("src") or "") for image in islice(box.iter("img"), _CARD_PICTURES))
