"""Lists of articles: dated index, sections, tags, search results, read by evidence.

Known card classes come first; where a redesign changed them, the largest group of article links of one shape is the
list. Side blocks ("Terpopuler", related, latest of all sections) are told apart by where they stand and by the heading
over them, so that articles of other sections do not slip in.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wartacrawl.language import dates
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from wartacrawl.page import Page

Element = Any  # lxml.html.HtmlElement, of which no complete types exist

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
_NO_HEADLINE = re.compile(r"(?:baca\s+)?selengkapnya|read\s+more|lihat|\W*", re.IGNORECASE)
_CATEGORY = re.compile(r"categor|kategori|kanal|rubrik|section", re.IGNORECASE)
_DATE_CLASS = re.compile(r"date|time|tanggal|waktu|text-muted", re.IGNORECASE)
_EMPTY = re.compile(
    r"\b(?:belum|tidak)\s+(?:ada|terdapat|ditemukan|tersedia|menemukan)\b.{0,30}\b(?:berita|artikel|data|hasil|konten)\b"
    r"|\b(?:berita|artikel|data|hasil|konten)\b.{0,30}\b(?:belum|tidak)\s+(?:ada|terdapat|ditemukan|tersedia)\b"
    r"|\bno (?:data|results?)\b",
    re.IGNORECASE,
)
LOAD_MORE = re.compile(r"(?:muat|lihat|tampilkan)\s+(?:lagi|lebih\s+banyak|lainnya)|load\s+more", re.IGNORECASE)
_ANY_CASE = re.IGNORECASE
_NEXT = re.compile(
    r"\A\W*+(?:(?:halaman\s+)?(?:selanjutnya|berikutnya)|next(?:\s+page)?)\W*|[\s\xbb\u203a\u2192>]+", _ANY_CASE
)
_FED_BY = ("data-source", "data-url", "data-src", "data-api", "data-endpoint", "data-href", "data-next")
_IMAGE_ATTRIBUTES = ("src", "data-src", "data-original", "data-lazy-src", "srcset", "data-srcset")
# A card is a small thing; climbing further would take the page for one.
_CARD_DEPTH = 4
# Articles of another shape that may stand over a list as its top stories.
_TOP_STORIES = 3
_NO_CARD = frozenset({"body", "main", "ul", "ol", "table", "tbody", "section", "html"})


@dataclass(frozen=True, slots=True)
class Card:
    """An article as a list shows it.

    `url` is on the origin asked for; `published` is aware (a relative "20 jam lalu" counts from `now`); `day` is of
    Asia/Jakarta and may be known from the picture's path alone.
    """

    id: str
    url: str
    slug: str | None
    headline: str | None
    published: datetime | None
    day: date | None
    section: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list page holds.

    `cards` are in page order, unique by id. Where there are none and the page does not say so, `shell` is true when a
    script seems to fill the page, `scripted` when the page has scripts that could. `next_url` is the next page as the
    pager links it, `last_page` the highest page number the pager shows (a short pager may hide higher ones), `form` the
    layer that found the cards (`none` without any).
    """

    cards: tuple[Card, ...]
    shell: bool
    scripted: bool
    next_url: str | None
    last_page: int | None
    form: str


@dataclass(slots=True)
class _Link:
    """A link to an article, and the heading that stands over it."""

    element: Element
    ref: urls.Ref
    url: str
    is_beside: bool = False
    heading: Element | None = None

    @property
    def id(self) -> str:
        return str(self.ref.id)


def read_listing(page: Page, *, origin: str, now: datetime) -> Listing:
    """Read a list page; links are resolved on `origin`, relative dates count from `now` (aware)."""
    links = _Links(page, origin)
    form, chosen = links.choose()
    cards = tuple(_card(links, id_, found, now) for id_, found in chosen.items())
    next_url, last_page = _pager(page, origin, now)
    is_said = bool(cards) or _says_empty(page.tree)
    shell = not is_said and _waits_for_script(page.tree)
    scripted = not is_said and any(_may_fill(script) for script in page.tree.iter("script"))
    return Listing(cards, shell, scripted, next_url, last_page, form if cards else "none")


@dataclass
class _Links:
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
    def all(self) -> list[_Link]:
        """Every article link in page order, with its surroundings judged."""
        found = []
        for element in self.page.tree.iter("a"):
            href = element.get("href") or ""
            url = urls.localize(href, base=self.base, origin=self.origin)
            if url is None and href:
                url = urls.by_number(href, base=self.base, origin=self.origin)
            ref = urls.parse(url, origin=self.origin) if url else None
            if url and ref and ref.kind == "article" and ref.id:
                found.append(_Link(element, ref, url))
                for ancestor in (element, *element.iterancestors()):
                    self.ids_under[ancestor].add(ref.id)
        sides: dict[Element, bool] = {}
        for link in found:
            link.is_beside = any(_is_side(ancestor, sides) for ancestor in link.element.iterancestors())
        self._govern({link.element: link for link in found})
        return found

    def _govern(self, by_element: dict[Element, _Link]) -> None:
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
        """Tell whether a heading is a card's own, or stands in a list without ending it (a day, an advertisement)."""
        nearest = next((step for step in (heading, *heading.iterancestors()) if self.ids_under.get(step)), None)
        if nearest is None or nearest is heading:
            return True
        if _is_titled(heading, _SIDE_HEADING) or _is_titled(heading, _LATEST_HEADING):
            return False
        text = _text(heading)
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

    def choose(self) -> tuple[str, dict[str, list[_Link]]]:
        """Return the layer that knows this page and the links of each card, by id in page order."""
        inner = [link for link in self.all if not link.is_beside]
        for form, is_card in (("articleListItem", _has_card_class), ("news-title", _is_in_news_title)):
            known = [link for link in inner if is_card(link.element) and not _is_narrow_latest(link)]
            if known:
                return form, self._by_id(known, inner)
        return "group", self._by_id(self._largest_group(inner), inner)

    def _by_id(self, chosen: Iterable[_Link], inner: list[_Link]) -> dict[str, list[_Link]]:
        cards: dict[str, list[_Link]] = {}
        for link in chosen:
            cards.setdefault(link.id, [link])
        for link in inner:
            if link.id in cards and all(link is not known for known in cards[link.id]):
                cards[link.id].append(link)
        return cards

    def _largest_group(self, inner: list[_Link]) -> list[_Link]:
        groups: dict[object, list[_Link]] = defaultdict(list)
        for link in inner:
            groups[(_shape(link.element), link.heading)].append(link)
        ranked = sorted(groups.values(), key=lambda group: (-len({link.id for link in group}), -_weight(group)))
        # Where the only list is headed "Terbaru" it is the list; beside another it is a side block.
        sure = [group for group in ranked if not _is_titled(group[0].heading, _LATEST_HEADING)]
        for group in sure or ranked:
            if len({link.id for link in group}) > 1 or _is_headline(group[0].element):
                return self._with_neighbours(group, inner)
        return []

    def _with_neighbours(self, group: list[_Link], inner: list[_Link]) -> list[_Link]:
        """Add links of another shape from the same block under the same heading: a top story is larger."""
        ids = {link.id for link in group}
        block = self._block_of(group)
        above = {link.id for link in inner if link.heading is group[0].heading and _text(link.element)}
        wanted = ids | (above & self.ids_under[block])
        return [link for link in inner if link.id in wanted]

    def _block_of(self, group: list[_Link]) -> Element:
        """Return the highest element around a group that adds no more than a few articles under the same heading."""
        ids = {link.id for link in group}
        alien = {link.id for link in self.all if link.is_beside or link.heading is not group[0].heading} - ids
        block = group[0].element
        for ancestor in group[0].element.iterancestors():
            under = self.ids_under[ancestor]
            is_within = ids <= self.ids_under[block]
            if is_within and (
                ancestor.tag in {"body", "main", "html"} or under & alien or len(under - ids) > _TOP_STORIES
            ):
                break
            block = ancestor
        return block

    def card_root(self, link: _Link) -> Element:
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
    return heading is not None and heading.tag != "h1" and bool(pattern.search(_text(heading)))


def _has_card_class(element: Element) -> bool:
    return "articleListItem" in (element.get("class") or "").split()


def _is_in_news_title(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and any(token.startswith("news-title") for token in (parent.get("class") or "").split())


def _is_narrow_latest(link: _Link) -> bool:
    """Tell whether a link is under "Terkini" in a column much narrower than the one beside it."""
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
        f"{step.tag}.{' '.join((step.get('class') or '').split()[:2])}" for step in (element, *element.iterancestors())
    )


def _weight(group: list[_Link]) -> int:
    return sum(len(_text(link.element)) for link in group)


def _is_headline(element: Element) -> bool:
    parent = element.getparent()
    return next(iter(element.iter(*_HEADINGS)), None) is not None or (parent is not None and parent.tag in _HEADINGS)


def _card(links: _Links, id_: str, found: list[_Link], now: datetime) -> Card:
    root = links.card_root(found[0])
    near = [link for link in found if link is found[0] or root in set(link.element.iterancestors())]
    published, day = _dated(root, now)
    slug = next((link.ref.slug for link in found if link.ref.slug), None)
    url = urls.build(urls.Ref("article", id=id_, slug=slug), origin=links.origin)
    return Card(id_, url, slug, _headline(near, root), published, day, _section(root, links))


def _headline(near: list[_Link], root: Element) -> str | None:
    elements = [link.element for link in near]
    candidates: list[str] = []
    for element in elements:
        inner = next(iter(element.iter(*_HEADINGS)), None)
        if inner is not None:
            candidates.append(_text(inner))
        elif _is_headline(element):
            candidates.append(_text(element))
    candidates += [_line(element.get("title") or "") for element in elements]
    candidates += [_text(element) for element in elements if next(iter(element.iter("time")), None) is None]
    candidates += [_text(heading) for heading in root.iter(*_HEADINGS)]
    candidates += [_line(image.get("alt") or "") for element in elements for image in element.iter("img")]
    usable = [text for text in candidates if not _NO_HEADLINE.fullmatch(text)]
    # A theme cuts long headlines visibly; the attribute has them whole.
    whole = [text for text in usable if not text.endswith(("…", "..."))]
    return next(iter(whole or usable), None)


def _dated(root: Element, now: datetime) -> tuple[datetime | None, date | None]:
    days: list[date] = []
    for text in _date_texts(root):
        published = dates.parse(text, now=now).when
        if published is not None:
            return published, dates.day(published)
        known = dates.parse_day(text, now=now)
        days += [known] if known else []
    sources = (image.get(name) or "" for image in root.iter("img", "source") for name in _IMAGE_ATTRIBUTES)
    return None, next(iter(days), None) or next(filter(None, map(urls.image_day, sources)), None)


def _date_texts(root: Element) -> Iterator[str]:
    for element in root.iter("time"):
        yield element.get("datetime") or ""
        yield _text(element)
    for element in root.iter("p", "span", "div", "small", "li", "em", "i"):
        if _DATE_CLASS.search(element.get("class") or "") and next(iter(element.iter("a")), None) is None:
            yield _text(element)


def _section(root: Element, links: _Links) -> str | None:
    for element in root.iter("span", "p", "div", "a", "small", "b", "strong", "li"):
        text = _text(element)
        if not 0 < len(text) <= 40 or links.ids_under.get(element):
            continue
        if _CATEGORY.search(element.get("class") or "") or _is_section_link(element, links):
            return text
    return None


def _is_section_link(element: Element, links: _Links) -> bool:
    url = urls.localize(element.get("href") or "", base=links.base, origin=links.origin)
    ref = urls.parse(url, origin=links.origin) if url else None
    return ref is not None and ref.kind == "section"


def _pager(page: Page, origin: str, now: datetime) -> tuple[str | None, int | None]:
    here = urls.localize(page.url, base=page.url, origin=origin)
    if here is None:
        return None, None
    current = _number(here, origin) or 1
    numbered: dict[int, str] = {}
    named: str | None = None
    for element in page.tree.iter("a", "link"):
        is_next = "next" in (element.get("rel") or "").lower().split()
        if element.tag == "link" and not is_next:
            continue
        url = urls.localize(element.get("href") or "", base=page.url, origin=origin)
        if url is None or not _is_same_list(here, url, origin, now):
            continue
        number = _number(url, origin)
        if number is not None:
            numbered.setdefault(number, url)
        elif url != here and (is_next or _NEXT.fullmatch(_text(element) or "-")):
            named = named or url  # a pager that counts in items, or calls its parameter otherwise
    following = min((number for number in numbered if number > current), default=None)
    last = max(numbered, default=None)
    if last == current - 1:
        last = current  # the page itself is no link; a number far past the end is no page
    return (numbered[following] if following else named), last


def _number(url: str, origin: str) -> int | None:
    ref = urls.parse(url, origin=origin)
    if ref is not None:
        return ref.page if isinstance(ref.page, int) else None
    found = re.search(r"(?:^|&)page=([1-9][0-9]{0,5})(?:&|$)", urlsplit(url).query)
    return int(found[1]) if found else None


def _is_same_list(here: str, other: str, origin: str, now: datetime) -> bool:
    """Tell whether two addresses differ at most in the page: "Berikutnya" may lead to another day."""
    mine, its = urls.parse(here, origin=origin), urls.parse(other, origin=origin)
    if mine is None or its is None:
        return mine is its and urlsplit(here).path.rstrip("/") == urlsplit(other).path.rstrip("/")
    if mine.kind == its.kind == "index":
        today = dates.day(now)
        return (mine.day or today) == (its.day or today)
    return (mine.kind, mine.id, mine.slug if not mine.id else None) == (
        its.kind,
        its.id,
        its.slug if not its.id else None,
    )


def is_shell(tree: Element) -> bool:
    """Tell whether a page without articles waits for a script to bring them, and does not say that there are none."""
    return not _says_empty(tree) and _waits_for_script(tree)


def _says_empty(tree: Element) -> bool:
    visible = tree.xpath(
        "//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]"
    )
    return _EMPTY.search(_line(" ".join(visible))) is not None


def _waits_for_script(tree: Element) -> bool:
    return any(_awaits_script(element) for element in tree.iter() if isinstance(element.tag, str))


def _may_fill(script: Element) -> bool:
    """Tell whether a script could bring a list: it is the page's own, or the portal's; others are of advertisers."""
    if "json" in (script.get("type") or "").lower():
        return False
    source = script.get("src")
    if source is None:
        return bool((script.text or "").strip())
    return urls.localize(source, base=urls.ORIGIN, origin=urls.ORIGIN) is not None


def _awaits_script(element: Element) -> bool:
    if element.tag == "noscript":
        return "javascript" in _text(element).lower()
    if element.tag in {"a", "button"}:
        return bool(LOAD_MORE.fullmatch(_text(element)))
    if element.tag not in {"div", "section", "ul", "ol", "main", "tbody"}:
        return False
    if any(True for _ in element.iterchildren("a", "p", "li", "div", "article")):
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    is_fed = any(element.get(name) for name in _FED_BY)
    return is_fed or bool(
        re.search(r"skeleton|spinner|\bloading\b|\bplaceholder\b|(?:^|\s)(?:app|root|__next|__nuxt)(?:\s|$)", names)
    )


def _text(element: Element) -> str:
    return _line(" ".join(element.itertext()))


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
