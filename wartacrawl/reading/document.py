"""A page and what the layers share of it: metadata, template, the element that holds the text, each found once."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import islice, takewhile
from typing import TYPE_CHECKING

import lxml.etree

from wartacrawl.language import people, text
from wartacrawl.reading import blocks, generic, json_ld, neighbours
from wartacrawl.reading.body import Body, interpret
from wartacrawl.reading.credits import Credits
from wartacrawl.site import layouts, links, slugs, urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wartacrawl.page import Element, Page
    from wartacrawl.reading.blocks import Path


_MICRODATA_BODY: Path = lxml.etree.XPath("//*[@itemprop = 'articleBody'][not(self::meta)]")

_LINES_BEHIND = 6
_LINES_ABOVE = 3
_STAGE_DEPTH = 4
# A card has fewer.
_MANY_PARAGRAPHS = 5
_CONTINUES = frozenset("p h2 h3 h4 ul ol blockquote table figure br b strong i em".split())
_MOST_CONTINUED = 400
_LONGEST_BYLINE = 240
# A shorter heading may be the name of a section.
_FEWEST_WORDS = 2


class Document:
    """A page and what the layers share of it, each found once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tree = page.tree
        self.unread_scripts = 0  # scripts of JSON-LD that gave nothing
        self._guessed: list[json_ld.Node] = []  # objects of broken ones
        self.marked = layouts.Marked(self.tree)
        self.metas = _metas(self.marked.tagged("meta"))
        self.stated = [*_canonical(self.marked.tagged("link")), *self.metas.get("og:url", ())]
        base = _base(self.marked.tagged("base"), page)
        addresses = [links.absolute(address, base, page.origin) for address in self.stated]
        self.identifier, self.url = _identify(page.url, addresses)
        self.links = links.Links(base, self.identifier, page.origin)
        self.layout = layouts.recognise(self.marked)
        # The headlines of other articles that stood below.
        self.neighbours = neighbours.remove(
            self.marked, self.layout, self.title, self.own_containers, self.leads_elsewhere
        )
        if self.neighbours:
            self.marked = layouts.Marked(self.tree)

    @cached_property
    def nodes(self) -> list[json_ld.Node]:
        """Every typed object of the page's JSON-LD."""
        scripts = (script for script in self.marked.tagged("script") if "ld+json" in (script.get("type") or "").lower())
        found = [(script.text or "", json_ld.read(script.text or "")) for script in scripts]
        self.unread_scripts = sum(1 for words, script in found if words.strip() and not script.nodes)
        self._guessed = [node for _, script in found if script.is_guess for node in script.nodes]
        return [node for _, script in found for node in script.nodes]

    @cached_property
    def node(self) -> json_ld.Node | None:
        """The object that describes the article."""
        return json_ld.article(self.nodes, self._is_own)

    @property
    def is_guess(self) -> bool:
        """Whether the JSON-LD of the article is broken, and what it says a guess."""
        return any(node is self.node for node in self._guessed)

    def _is_own(self, url: str) -> bool | None:
        stated = self.links.absolute(url)
        ref = urls.parse(stated) if stated else None
        return ref.id == self.identifier if ref is not None and ref.kind == "article" else None

    @cached_property
    def title(self) -> Element | None:
        """The element that shows the headline."""
        found = [*(self.layout.titles(self.marked) if self.layout else []), *self.marked.tagged("h1")]
        shown = [
            element
            for element in dict.fromkeys(found)
            if self.headline_of(layouts.title_of(element)) and not self._heads_another(element)
        ]
        own = self.own_containers
        around = self.layout.around(own[0]) if self.layout and own else None
        near = (
            element
            for element in shown
            if around is not None and any(outer is around for outer in element.iterancestors())
        )
        chosen = next(near, None)
        if chosen is None and self.layout is None:
            chosen = next(
                (heading for heading in self.tree.iter(*layouts.HEADINGS) if self._is_confirmed(heading)), None
            )
        chosen = chosen if chosen is not None else next(iter(shown), None)
        return chosen if chosen is not None or self.layout is not None else self._unmarked_title

    @property
    def _unmarked_title(self) -> Element | None:
        """The element that is no heading but has the words of the headline, and nothing else."""
        stated = set(self._claimed_headlines)
        for element in self.tree.iter("div", "p", "span", "td", "b", "strong", "font") if stated else ():
            words = (element.text or "").strip()
            if words and len(element) == 0 and text.comparison_key(layouts.title_of(element)) in stated:
                return None if next(element.iterancestors("a"), None) is not None else element
        return None

    def _is_confirmed(self, heading: Element) -> bool:
        """Return whether a heading is the headline by og:title, JSON-LD, the browser's tab or the page's address."""
        words = layouts.title_of(heading)
        shown = text.comparison_key(words)
        return (
            len(words.split()) >= _FEWEST_WORDS
            and self.headline_of(words) is not None
            and (any(shown in claim for claim in self._claimed_headlines) or slugs.is_of_slug(words, self.url))
            and not self._heads_another(heading)
        )

    @cached_property
    def _claimed_headlines(self) -> list[str]:
        node = self.node or {}
        claims = (json_ld.text(node.get("headline")), *self.metas.get("og:title", ()), self.tab_title)
        return [
            text.comparison_key(text.clean(text.unescape(claim))) for claim in map(self.headline_of, claims) if claim
        ]

    @cached_property
    def tab_title(self) -> str | None:
        """The title of the browser's tab; None where it is no more than the newspaper's name and slogan."""
        element = next(iter(self.marked.tagged("title")), None)
        return self.headline_of(element.text_content()) if element is not None else None

    def headline_of(self, stated: str | None) -> str | None:
        """Return a text meant as the headline; None where it is no more than the newspaper's name and slogan.

        Behind its name a newspaper may put its slogan: such words must be those of the article's address.
        """
        if not stated or not layouts.may_name_house(stated):  # nearly all
            return stated if stated and stated.strip() else None
        line = text.clean(text.unescape(stated))
        rest = layouts.without_site_name(line)
        is_behind = line != rest and line.endswith(rest)
        return stated if rest and (not is_behind or slugs.is_of_slug(rest, self.url)) else None

    def _heads_another(self, title: Element) -> bool:
        return any(self.leads_elsewhere(link.get("href")) for link in title.iter("a"))

    @cached_property
    def headline(self) -> str | None:
        """The headline as far as it is shown, to know it again at the head of the text."""
        return (
            layouts.title_of(self.title)
            if self.title is not None
            else self.headline_of(next(iter(self.metas.get("og:title", ())), None))
        )

    @cached_property
    def own_containers(self) -> list[Element]:
        """The elements of a known template that hold the text."""
        return self.layout.containers(self.marked, self._is_own_headline) if self.layout else []

    def _is_own_headline(self, heading: Element) -> bool | None:
        """Return whether a heading is this article's, or another's; `None` where the page says neither."""
        return True if self._is_confirmed(heading) else False if self._heads_another(heading) else None

    @cached_property
    def containers(self) -> tuple[list[Element], str]:
        """The elements that hold the text, and the layer that found them."""
        if self.own_containers:
            _take_back(self.own_containers[-1])
            return self.own_containers, "layout"
        own = _microdata_body(self.tree) if "articleBody" in self.page.html else None
        if own is None:
            html = (
                lxml.etree.tostring(self.tree, encoding="unicode", method="html") if self.neighbours else self.page.html
            )
            own = generic.locate(html, self.tree, self.title, self.leads_elsewhere)
        return ([own] if own is not None else []), "generic"

    @cached_property
    def scope(self) -> Element | None:
        """The element that holds the whole article, from headline to tags."""
        holders, _ = self.containers
        if not holders:
            return self._around_player
        around = self.layout.around(holders[0]) if self.layout else None
        if self.title is None:
            return around if around is not None else holders[0].getparent()
        return _common(around if around is not None else holders[0], self.title)

    @cached_property
    def body(self) -> tuple[Body, str]:
        """The article as it is shown, and the layer that knows it."""
        holders, layer = self.containers
        if self.scope is None:
            return Body(), layer
        is_noise = layouts.is_noise if layer == "layout" else generic.is_noise
        pieces = blocks.read(self.scope, tuple(holders), is_noise)
        body = self._interpret(self._from_headline(pieces), holders)
        # Tags stand behind the article only where the page links to one.
        if not body.bylines or (not body.keywords and "/tag" in self.page.html):
            behind = self._interpret(self._after(is_noise))
            body.bylines = body.bylines or behind.bylines
            body.keywords = body.keywords or behind.keywords
        if not body.videos and (players := self._above(is_noise)):
            body.videos = self._interpret(players).videos
        return body, layer

    @cached_property
    def _around_player(self) -> Element | None:
        """The element that holds the headline and a player, on a page without any text."""
        around = islice(self.title.iterancestors(), _STAGE_DEPTH) if self.title is not None else ()
        inner = takewhile(lambda element: element.tag not in {"body", "html"}, around)
        return next((element for element in inner if next(element.iter("iframe", "video"), None) is not None), None)

    def _above(self, is_noise: Callable[[Element, bool], bool]) -> list[blocks.Piece]:
        """Return the players right above the article: a stage as wide as the page."""
        before = islice(self.scope.itersiblings(preceding=True), _STAGE_DEPTH) if self.scope is not None else ()
        holders = (element for element in before if next(element.iter(*blocks.PLAYERS), None) is not None)
        pieces = [piece for element in holders for piece in blocks.read(element, (), is_noise)]
        return [piece for piece in pieces if isinstance(piece, blocks.Player)]

    def _after(self, is_noise: Callable[[Element, bool], bool]) -> list[blocks.Piece]:
        """Return the few lines right behind the article: a stray end tag closes it before its byline."""
        if self.scope is None:
            return []
        outer = next((around for around in (self.scope, *self.scope.iterancestors()) if _has_behind(around)), None)
        behind: list[blocks.Piece] = []
        for element in islice(outer.itersiblings(), _LINES_BEHIND) if outer is not None else ():
            pieces = blocks.read(element, (), is_noise) if not is_noise(element, False) else []
            found = [piece for piece in pieces if isinstance(piece, blocks.Block)]
            kept = list(takewhile(self._may_be_byline, found))
            behind += kept
            if len(kept) < len(found):
                break
        return behind[:_LINES_BEHIND]

    def _may_be_byline(self, piece: blocks.Piece) -> bool:
        return (
            isinstance(piece, blocks.Block)
            and piece.kind != "heading"
            and not any(segment.href and self.leads_elsewhere(segment.href) for line in piece.lines for segment in line)
        )

    def _from_headline(self, pieces: list[blocks.Piece]) -> list[blocks.Piece]:
        """Leave out what stands over the headline in an element that is more than the article: menu, logo, ticker.

        What stands right over it and leads nowhere belongs to it: its kicker, its date.
        """
        if self.scope is None or self.scope.tag in {"article", "div"}:
            return pieces
        start = next((place for place, piece in enumerate(pieces) if piece.element is self.title), 0)
        if any(piece.inside for piece in pieces[:start]):
            return pieces
        near = takewhile(_leads_nowhere, reversed(pieces[max(start - _LINES_ABOVE, 0) : start]))
        return pieces[start - sum(1 for _ in near) :]

    def leads_elsewhere(self, href: str | None) -> bool:
        """Return whether an address is another article's."""
        return self.links.of(href).kind == "article"

    def _interpret(self, pieces: list[blocks.Piece], holders: Iterable[Element] = ()) -> Body:
        rows = Credits(self.links, self.page.fetched_at, self.is_in_card)
        return interpret(
            pieces, links=self.links, headline=self.headline, rows=rows, title=self.title, containers=tuple(holders)
        )

    @cached_property
    def _around_article(self) -> set[Element]:
        """The elements that hold the text or the headline."""
        holders = [*self.containers[0], *([self.title] if self.title is not None else [])]
        return {around for holder in holders for around in (holder, *holder.iterancestors())}

    def is_in_card(self, element: Element | None) -> bool:
        """Return whether an element beside the article belongs to a card: another article is linked right beside it."""
        while element is not None and element not in self._around_article:
            if sum(1 for _ in islice(element.iter("p"), _MANY_PARAGRAPHS)) == _MANY_PARAGRAPHS:
                return False  # a text, with links to others in it
            if any(self.leads_elsewhere(link.get("href")) for link in element.iter("a")):
                return True
            element = element.getparent()
        return False

    def body_of(self, words: str) -> Body:
        """Return a plain text as a body, read by the same rules as one with markup."""
        return self._interpret(blocks.plain(words))


def _metas(elements: list[Element]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for meta in elements:
        content = meta.get("content")
        if content and content.strip():
            name = (meta.get("property") or "").strip() or (meta.get("name") or "").strip()
            if name:
                found[name.lower()].append(content)
    return found


def _canonical(elements: list[Element]) -> list[str]:
    found = (link for link in elements if (link.get("rel") or "").lower() == "canonical")
    return [link.get("href") for link in found if link.get("href")]


def _base(elements: list[Element], page: Page) -> str:
    """Return the address that relative links count from."""
    stated = next((element.get("href") for element in elements if element.get("href")), None)
    return (links.absolute(stated, page.url, page.origin) if stated else None) or page.url


def _identify(url: str, stated: list[str | None]) -> tuple[str, str]:
    """Return the identifier of a page and its address: under the slug the page itself states, if it does."""
    found = (urls.parse(address) for address in (*stated, url) if address)
    refs = [ref for ref in found if ref is not None and ref.kind == "article"]
    identifier = urls.identity(url) or next((ref.id for ref in refs), None)
    if identifier is None:
        raise ValueError(f"{url} is no article, and its page names none: give the address of an article.")
    slug = next((ref.slug for ref in refs if ref.id == identifier and ref.slug), None)
    return identifier, urls.build(urls.Ref("article", id=identifier, slug=slug))


def _common(first: Element, other: Element) -> Element:
    """Return the innermost element around both, and never one that holds the text alone."""
    around = set(other.iterancestors())
    return next((element for element in (first, *first.iterancestors()) if element in around), first)


def _take_back(holder: Element) -> None:
    """Put the rest of a text back into its element, which a stray end tag closed too early.

    It are paragraphs right behind the element, or bare text parted by breaks. They are text as far as the last that
    ends in a sentence and leads nowhere; what stands behind that is what a template puts there.
    """
    outer = next((around for around in (holder, *holder.iterancestors()) if _has_behind(around)), None)
    if outer is None or outer.tag in {"body", "html"}:
        return
    found: list[Element] = []
    kept = 1 if _ends_a_sentence(outer.tail or "") else 0
    classes = {None, *(child.get("class") for child in holder if child.tag in _CONTINUES)}
    for element in islice(outer.itersiblings(), _MOST_CONTINUED):
        if layouts.is_noise(element, inside=True):  # an advert may be what closed it
            found.append(element)
            continue
        is_text = element.tag in _CONTINUES and element.get("class") in classes and not element.get("id")
        if not is_text or people.bylines(text.clean(element.text_content()[:_LONGEST_BYLINE])) is not None:
            break
        found.append(element)
        has_link = element.tag == "a" or next(element.iter("a"), None) is not None
        if _ends_a_sentence(element.tail or "") or (not has_link and _ends_a_sentence(element.text_content())):
            kept = len(found) + 1
    if not kept:
        return
    tail, outer.tail = outer.tail, None
    if len(holder):
        holder[-1].tail = (holder[-1].tail or "") + (tail or "")
    else:
        holder.text = (holder.text or "") + (tail or "")
    holder.extend(found[: kept - 1])


def _leads_nowhere(piece: blocks.Piece) -> bool:
    return isinstance(piece, blocks.Block) and not any(segment.href for line in piece.lines for segment in line)


def _has_behind(element: Element) -> bool:
    return bool((element.tail or "").strip()) or element.getnext() is not None


def _ends_a_sentence(words: str) -> bool:
    return text.clean(words).endswith(text.SENTENCE_ENDS)


def _microdata_body(tree: Element) -> Element | None:
    return max(_MICRODATA_BODY(tree), key=lambda element: len(element.text_content()), default=None)
