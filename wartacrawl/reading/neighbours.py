"""Other articles that stand below the page's own, as on a page that loads the next one while a reader scrolls.

Such an article looks as the page's own does. It is recognised by its place, its headline and what goes with that: a
byline, a date or a known container.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from wartacrawl.language import dates, people, text
from wartacrawl.page import SKIPPED
from wartacrawl.site import layouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wartacrawl.page import Element

# Headings of a page that are looked at, elements of a box, and steps up from a heading to its box.
_MOST_HEADINGS = 60
_MOST_ELEMENTS = 400
_CLIMB = 8
# Siblings that are looked at.
_MOST_BESIDE = 40
# Letters that may stand above the headline of a box: trail, kicker and date.
_LONGEST_ABOVE = 200
# Letters of a text node that is prose, how many such nodes make an article, and letters of the page's own text above.
_SHORTEST_PROSE = 40
_FEWEST_PROSE = 2
_SHORTEST_TEXT = 100
_LONGEST_FACT = 120


def remove(
    marked: layouts.Marked,
    layout: layouts.Layout | None,
    title: Element | None,
    containers: Sequence[Element],
    leads_elsewhere: Callable[[str | None], bool],
) -> list[str]:
    """Take the articles that stand below the page's own out of its tree; return their headlines.

    `title` and `containers` are what is known of the page's own article, `leads_elsewhere` tells of an address whether
    it is another article's.
    """
    found = dict(_in_known_containers(marked, layout, title, containers)) if layout is not None else {}
    own = title if title is not None else next(iter(containers), None)
    for stem in _below(own) if own is not None else ():
        for heading in islice(stem.iter(*layouts.HEADINGS), _MOST_HEADINGS):
            box = _box(heading, stem)
            # The cheap questions first: most boxes are cards.
            if (
                box is not None
                and box not in found
                and _has_prose(box)
                and _may_head(heading, own, leads_elsewhere)
                and not _is_round_up(box, heading)
                and _is_article(box, leads_elsewhere)
                and _stands_below_text(box, own)
            ):
                found[box] = layouts.title_of(heading)
    for box in found:
        if box.getparent() is not None:
            box.drop_tree()
    return list(found.values())


def _below(own: Element) -> Iterator[Element]:
    """Yield the elements behind the headline and behind those around it, if they have several paragraphs."""
    for outer in (own, *own.iterancestors()):
        for stem in islice(outer.itersiblings(), _MOST_BESIDE):
            if len(stem) and next(stem.iter(*layouts.HEADINGS), None) is not None and _has_prose(stem):
                yield stem


def _has_prose(element: Element) -> bool:
    """Return whether an element has several long texts: a quick look."""
    long = islice(filter(_is_long, element.iter("p", "br", "div")), _FEWEST_PROSE)
    return sum(1 for _ in long) == _FEWEST_PROSE


def _is_long(element: Element) -> bool:
    words = element.tail if element.tag == "br" else element.text
    return words is not None and len(words) >= _SHORTEST_PROSE


def _in_known_containers(
    marked: layouts.Marked, layout: layouts.Layout, title: Element | None, containers: Sequence[Element]
) -> Iterator[tuple[Element, str]]:
    """Yield the articles around those containers of the template that are not the page's own."""
    holders = [*containers, *([title] if title is not None else [])]
    around_own = {outer for holder in holders for outer in (holder, *holder.iterancestors())}
    for container in layout.all_containers(marked):
        around = layout.around(container)
        if around is not None and around not in around_own:
            heading = next(around.iter(*layouts.HEADINGS), container)
            yield around, layouts.title_of(heading)[:_LONGEST_FACT]


def _may_head(heading: Element, own: Element, leads_elsewhere: Callable[[str | None], bool]) -> bool:
    """Return whether a heading is another article's: it leads there, or looks as the page's own does."""
    if heading is own:
        return False
    is_like = bool(heading.tag == own.tag and heading.get("class") == own.get("class"))
    return is_like or any(leads_elsewhere(link.get("href")) for link in _links(heading))


def _links(heading: Element) -> list[Element]:
    """Return the links in a heading and around it."""
    return [*heading.iter("a"), *(outer for outer in islice(heading.iterancestors(), 2) if outer.tag == "a")]


def _box(heading: Element, stem: Element) -> Element | None:
    """Return the outermost element within `stem` that a heading heads; `None` for a heading that heads none."""
    box = None
    above = 0
    for element in islice((heading, *heading.iterancestors()), _CLIMB):
        if element is not heading:
            box = element
        if element is stem:
            break
        words = [element.getparent().text or ""]
        words += [
            part for before in element.itersiblings(preceding=True) for part in (*before.itertext(), before.tail or "")
        ]
        above += sum(len(part.strip()) for part in words)
        if above > _LONGEST_ABOVE or any(map(text.is_prose, words)):
            break
    return box


def _is_article(box: Element, leads_elsewhere: Callable[[str | None], bool]) -> bool:
    """Return whether a box has prose, and a byline or a date of its own; else more prose below the one linked heading.

    The part of a round-up is neither: it stands among others of its kind, each below a linked heading.
    """
    words = list(islice(_words(box), _MOST_ELEMENTS))
    prose = sum(map(text.is_prose, words))
    if prose < _FEWEST_PROSE:
        return False
    short = (line for line in words if len(line) <= _LONGEST_FACT)
    if any(people.bylines(line) or dates.spans(line) for line in short):
        return True
    return prose > _FEWEST_PROSE and not _has_like(box, leads_elsewhere)


def _is_round_up(box: Element, heading: Element) -> bool:
    """Return whether a box has several headings of one kind that are links."""
    like = (other for other in box.iter(heading.tag) if other.get("class") == heading.get("class"))
    return sum(1 for _ in islice(filter(_links, like), 2)) > 1


def _has_like(box: Element, leads_elsewhere: Callable[[str | None], bool]) -> bool:
    """Return whether a box stands among others with a linked heading."""
    beside = (*islice(box.itersiblings(), _MOST_BESIDE), *islice(box.itersiblings(preceding=True), _MOST_BESIDE))
    headings = (heading for other in beside for heading in other.iter(*layouts.HEADINGS))
    return any(leads_elsewhere(link.get("href")) for heading in headings for link in heading.iter("a"))


def _stands_below_text(box: Element, title: Element) -> bool:
    """Return whether the page's own text stands between its headline and a box."""
    letters = 0
    is_below = False
    root = title.getroottree().getroot()
    for element in root.iter():
        if element is box:
            return False
        if element is title:
            is_below = True
        elif is_below and isinstance(element.tag, str) and element.tag not in SKIPPED:
            nodes = (element.text, element.tail)
            letters += sum(len(words.strip()) for words in nodes if words and text.is_prose(words))
            if letters >= _SHORTEST_TEXT:
                return True
    return False


def _words(box: Element) -> Iterator[str]:
    """Yield the text nodes of a box."""
    for element in box.iter():
        for words in (element.text if element.tag not in SKIPPED else None, element.tail):
            if words and (line := text.clean(words)):
                yield line
