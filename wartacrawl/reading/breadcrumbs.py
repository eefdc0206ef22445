"""The steps from the home page to an article, where the page shows them: a list, a row of links, "Home › EkBis"."""

from __future__ import annotations

import re
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING

from wartacrawl.items import Crumb
from wartacrawl.language import text
from wartacrawl.page import INLINE
from wartacrawl.reading.blocks import tokens
from wartacrawl.site import layouts, urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wartacrawl.page import Element
    from wartacrawl.reading.document import Document
    from wartacrawl.site.links import Link

_HOME = re.compile(r"home|beranda|depan|halaman\s+utama|warta\s*ekonomi.*", re.IGNORECASE)
_SEPARATOR = re.compile(r"[›»>→]|\s[/|]\s")
_EDGES = "/›»>→| "
# A trail is short, the more so where it does not begin with the home page; a longer row of sections is a menu.
_MOST_STEPS = 5
_MOST_SECTIONS = 2
_LONGEST_STEP = 60
_LONGEST_TRAIL = 240
# What starts a trail is looked for in so many elements before the headline.
_MOST_ELEMENTS = 3_000
_STARTS = ("a", "li", "span", "p", "div", "nav")
_CLIMB = 4
# Elements around a step that are asked whether they are a menu; what stands between the steps of no menu.
_DEEPEST = 40
_ARROW = re.compile(r"[›»>→]")
# Where the article ends.
_ENDS = ("article", "main", "body")
# Elements right above the article or its headline, and the fewest steps of a trail.
_ABOVE = 2
_FEWEST_STEPS = 2
_SECTIONS = ("section", "old-section", "old-parent")


def is_home(crumb: Crumb) -> bool:
    """Return whether a step is the home page."""
    return bool(_HOME.fullmatch(crumb["name"]))


def is_section(href: str | None, document: Document) -> bool:
    """Return whether a link leads to a section of the portal."""
    return _kind(document.links.of(href)) in _SECTIONS


def read(document: Document) -> list[Crumb]:
    """Return the trail of a page without the article itself; empty where the page shows none."""
    headline = text.comparison_key(document.headline or "")
    for row, is_named in _candidates(document):
        found = _steps(row, document) if is_named or _is_short(row) else []
        steps = [step for step in found if text.comparison_key(step[0]["name"]) != headline]
        if steps and (is_named or _is_trail(steps)):
            return [crumb for crumb, kind in steps if kind not in {"own", "article"}]
    return []


def _candidates(document: Document) -> Iterator[tuple[list[Element], bool]]:
    """Yield rows of elements that may be the trail, and whether their name says so."""
    named = document.marked.like("readcrumb")
    if named is not None:
        yield [named], True
    for nav in document.marked.tagged("nav"):
        if "breadcrumb" in f"{nav.get('aria-label')} {nav.get('aria-labelledby')}".lower():
            yield [nav], True
    if document.layout is not None:
        for header in document.layout.headers(document.marked):
            yield from (([trail], False) for trail in header.iter("ul", "ol"))
    above = _right_above(document.title) if document.title is not None else None
    if above is not None and above.tag in {"ul", "ol", "nav"}:
        yield [above], False
    yield from ((row, False) for row in _starting_at_home(document))


def _right_above(title: Element) -> Element | None:
    """Return the element before a headline, or before an element that holds nothing else."""
    for element in islice((title, *title.iterancestors()), _CLIMB):
        before, around = element.getprevious(), element.getparent()
        if before is not None or around is None or len(around) > 1:
            return before
    return None


def _starting_at_home(document: Document) -> Iterator[list[Element]]:
    """Yield rows of elements that begin with the word for home, within the article or right above it, over its text."""
    if document.scope is None:
        return
    holders, _ = document.containers
    above = reversed(list(islice(document.scope.itersiblings(preceding=True), _ABOVE)))
    elements = chain.from_iterable(outer.iter() for outer in (*above, document.scope))
    for element in islice(elements, _MOST_ELEMENTS):
        if element in holders and element is not document.scope:
            return
        if element.tag in _STARTS and _HOME.match((element.text or "").strip()):
            row = _row_of(element, document.title)
            is_within = document.scope in element.iterancestors()
            if is_within or not _is_menu(row[0]) or _ARROW.search("".join(part.text_content() for part in row)):
                yield row


def _is_menu(element: Element) -> bool:
    """Return whether an element stands in the head of a page, whose menu begins with the word for home, too."""
    outer = islice((element, *element.iterancestors()), _DEEPEST)
    return any(around.tag in {"header", "nav"} or "menu" in " ".join(tokens(around)).lower() for around in outer)


def label(document: Document) -> str | None:
    """Return the section of a link that stands alone in an element above the headline, as a label does."""
    title = document.title
    for element in islice((title, *title.iterancestors()), _CLIMB) if title is not None else ():
        if element.tag in _ENDS:
            break
        for above in islice(element.itersiblings(preceding=True), _ABOVE):
            links = list(islice(above.iter("a"), 2))
            name = text.clean(above.text_content()[:_LONGEST_STEP]) if len(links) == 1 else ""
            is_alone = name and name == text.clean(links[0].text_content())
            if is_alone and is_section(links[0].get("href"), document) and not _is_menu(above):
                return name
    return None


def _row_of(element: Element, title: Element | None) -> list[Element]:
    """Return the element around a first step that holds the others, too: the step itself where it is plain text.

    Where that holds the headline as well, the steps have no element of their own, but follow each other.
    """
    words = text.clean(element.text_content())
    if _HOME.fullmatch(words) is None:
        return [element]
    for _ in range(_CLIMB):
        around = element.getparent()
        if around is None or text.clean(element.text_content()) != words:
            break
        if title is not None and around in title.iterancestors():
            return [element, *takewhile(lambda sibling: sibling.tag in INLINE, element.itersiblings())]
        element = around
    return [element]


def _is_short(row: list[Element]) -> bool:
    return sum(len(text.clean(element.text_content())) for element in row) <= _LONGEST_TRAIL


def _steps(row: list[Element], document: Document) -> list[tuple[Crumb, str]]:
    """Return the steps of a trail, each with the kind of its link."""
    parts = [part for element in row for part in element.iter("li")] or [
        part for element in row for part in element.iter("a")
    ]
    steps: list[tuple[Crumb, str]] = []
    for part in parts:
        name = layouts.title_of(part).strip(_EDGES)
        link = part if part.tag == "a" else next(part.iter("a"), None)
        target = document.links.of(link.get("href")) if link is not None else None
        if name:
            steps.append((Crumb(name=name, url=target.url if target else None), _kind(target)))
    if not parts:
        names = (name.strip(_EDGES) for name in _SEPARATOR.split(layouts.title_of(row[0])))
        steps = [(Crumb(name=name, url=None), "none") for name in names if name]
    return steps


def _kind(link: Link | None) -> str:
    """Return what a step leads to: the kind of its link; of the portal's other pages home, section or page."""
    if link is None or link.url is None or link.kind != "other":
        return link.kind if link is not None else "none"
    address = urls.canonical(link.url) or ""
    ref = urls.parse(address)
    if ref is not None:
        return ref.kind
    return "page" if address.startswith(f"{urls.ORIGIN}/") else "other"


def _is_trail(steps: list[tuple[Crumb, str]]) -> bool:
    """Return whether steps are a trail: few, short, from the home page or of sections alone, to nowhere else."""
    if len(steps) > _MOST_STEPS or any(len(crumb["name"]) > _LONGEST_STEP for crumb, _ in steps[:-1]):
        return False
    kinds = [kind for _, kind in steps]
    if not set(kinds) <= {"home", *_SECTIONS, "page", "own", "none"}:
        return False
    starts_at_home = (is_home(steps[0][0]) or kinds[0] == "home") and len(steps) >= _FEWEST_STEPS
    return starts_at_home or (len(steps) <= _MOST_SECTIONS and set(kinds) <= {*_SECTIONS, "own"})
