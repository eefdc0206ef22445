"""What each layer of a page says of the article: pairs of a field and a value, neither normalised nor weighed."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import lxml.etree

from wartacrawl.items import Crumb, Image, Person
from wartacrawl.language import dates, text
from wartacrawl.reading import breadcrumbs, json_ld
from wartacrawl.site import layouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wartacrawl.page import Element
    from wartacrawl.reading.blocks import Path
    from wartacrawl.reading.document import Document

Claim = tuple[str, Any]

# A generic body of fewer words than this share of JSON-LD's articleBody missed the text.
_GENERIC_SHARE = 0.6
_PUBLISHED_METAS = (
    *("article:published_time", "og:published_time", "datepublished", "publishdate", "publish_date", "pubdate"),
    *("content_publisheddate", "publish-date", "parsely-pub-date", "dc.date.issued", "dc.date", "date"),
)
_MODIFIED_METAS = (
    "article:modified_time",
    "og:updated_time",
    "og:modified_time",
    "datemodified",
    "last-modified",
    "lastmod",
)
# Properties of microdata that are read: an article states a dozen, its related ones some more.
_MOST_PROPERTIES = 300
# Elements of an item that are looked at, and letters of a value: an item within items may hold the whole page.
_MOST_INNER = 200
_MOST_LETTERS = 5_000
# By way of the attribute it takes a fifth of what `//*[@itemprop]` does.
_MICRODATA: Path = lxml.etree.XPath("//@itemprop/..")
_PROPERTIES = {
    "headline": "headline",
    "alternativeHeadline": "alternative_headline",
    "description": "description",
    "articleSection": "article_section",
    "datePublished": "date_published",
    "dateModified": "date_modified",
    "author": "authors",
    "editor": "editors",
    "isAccessibleForFree": "is_accessible_for_free",
}
_CHANGED = re.compile(r"modif|updat|perbarui|perbaharui|mutakhir", re.IGNORECASE)


def _said_in_json_ld(document: Document) -> Iterator[Claim]:
    crumbs = json_ld.crumbs(json_ld.of_type(document.nodes, "BreadcrumbList"))
    yield "breadcrumbs", [Crumb(name=name, url=_address(url, document)) for name, url in crumbs]
    node = document.node
    if node is None:
        return
    yield "headline", document.headline_of(json_ld.text(node.get("headline") or node.get("name")))
    yield "alternative_headline", json_ld.text(node.get("alternativeHeadline"))
    yield "description", json_ld.text(node.get("description"))
    yield "date_published", json_ld.text(node.get("datePublished") or node.get("uploadDate"))
    yield "date_modified", json_ld.text(node.get("dateModified"))
    for name, role in (("authors", "author"), ("editors", "editor")):
        people = json_ld.people(node.get(role), document.nodes)
        said = [Person(name=person, url=_address(url, document)) for person, url in people]
        yield name, said if name == "editors" else _not_editors(said, document)
    yield "article_section", json_ld.text(node.get("articleSection"))
    yield from (("article_section", name) for name, url in reversed(crumbs) if breadcrumbs.is_section(url, document))
    yield "keywords", json_ld.words(node.get("keywords"))
    yield "main_image", _bare_image(json_ld.image(node.get("image") or node.get("thumbnailUrl")))
    yield "is_accessible_for_free", json_ld.truth(node.get("isAccessibleForFree"))
    words = json_ld.text(node.get("articleBody"))
    body, layer = document.body
    if words and not body.paragraphs and not (body.videos or body.images):
        yield "article_body", document.body_of(_plain(words)).text
    elif words and layer == "generic":
        own = document.body_of(_plain(words)).text
        if text.word_count(body.text) < _GENERIC_SHARE * text.word_count(own):
            yield "whole_body", own


def _said_in_meta(document: Document) -> Iterator[Claim]:
    metas = document.metas

    def first(*names: str) -> list[str]:
        return [metas[name][0] for name in names if name in metas]

    for name, sources in (
        ("headline", ("og:title", "twitter:title")),
        ("description", ("description", "og:description", "twitter:description")),
        ("date_published", _PUBLISHED_METAS),
        ("date_modified", _MODIFIED_METAS),
        ("article_section", ("article:section", "articlesection")),
        ("alternative_headline", ("alternativeheadline",)),
    ):
        yield from ((name, document.headline_of(value) if name == "headline" else value) for value in first(*sources))
    yield from (("canonical_url", value) for value in document.stated)
    tags = metas.get("article:tag", [])
    listed = next(iter(first("news_keywords", "keywords")), "")
    yield "keywords", [word for word in (*tags, *("" if tags else listed).split(",")) if word.strip()]
    yield "main_image", _bare_image(next(iter(first("og:image", "og:image:url", "twitter:image", "image")), None))
    yield from _microdata(document)
    said = [Person(name=value, url=None) for value in first("author", "article:author", "dc.creator")]
    yield "authors", _not_editors(said, document)


def _not_editors(said: list[Person], document: Document) -> list[Person]:
    """Return the authors a page names to machines without those whom it shows to readers as editors alone."""
    shown: dict[str, set[str]] = {role: set() for role in ("author", "editor", "other")}
    for byline in document.body[0].bylines:
        shown[byline.role].add(byline.name)
    return [person for person in said if text.clean(person["name"]) not in shown["editor"] - shown["author"]]


def _microdata(document: Document) -> Iterator[Claim]:
    """Yield the properties that microdata states of the page's own article, and not those of one it links to."""
    if not document.page.mentions(b"itemprop"):
        return
    own = _item(document.title) if document.title is not None else None
    for element in islice(_MICRODATA(document.tree), _MOST_PROPERTIES):
        name = _PROPERTIES.get((element.get("itemprop") or "").split(" ")[0])
        if name is None or any(layouts.is_noise(around, inside=False) for around in element.iterancestors()):
            continue
        item = _item(element)
        if item is not None and item is not own and (own is not None or _leads_elsewhere(item, document)):
            continue
        stated = element.get("content") or element.get("datetime") or _words(element)
        if name == "is_accessible_for_free":
            yield name, json_ld.truth(stated)
        elif name in {"authors", "editors"}:
            yield from ((name, [person]) for person in _person(element))
        else:
            yield name, stated


def _item(element: Element) -> Element | None:
    """Return the item a property belongs to: the innermost scope around it."""
    around = next((outer for outer in element.iterancestors() if outer.get("itemscope") is not None), None)
    return None if around is not None and around.tag in {"html", "head", "body"} else around


def _leads_elsewhere(item: Element, document: Document) -> bool:
    inner = islice(item.iter(), _MOST_INNER)
    return any(document.links.of(link.get("href")).kind == "article" for link in inner if link.tag == "a")


def _person(element: Element) -> Iterator[Person]:
    if "Organization" in (element.get("itemtype") or ""):
        return
    nodes = list(islice(element.iter(), _MOST_INNER))
    inner = next((node for node in nodes if node.get("itemprop") == "name"), element)
    link = next((node for node in nodes if node.get("href") and (node is element or node.tag == "a")), None)
    stated = inner.get("content") or _words(inner)
    if stated:
        yield Person(name=text.clean(stated), url=link.get("href") if link is not None else None)


def _words(element: Element) -> str | None:
    """Return the text of an element, None where it is longer than any value is."""
    pieces = list(islice(element.itertext(), _MOST_INNER + 1))
    is_value = len(pieces) <= _MOST_INNER and sum(map(len, pieces)) <= _MOST_LETTERS
    return text.clean("".join(pieces)) if is_value else None


def _shown(document: Document, layer: str) -> Iterator[Claim]:
    """Yield what the page shows, when `layer` is the one that found its text."""
    body, found_by = document.body
    if found_by != layer:
        return
    yield "article_body", body.text
    yield "dateline", body.dateline
    yield "related", body.related
    yield "images", body.images
    yield "videos", body.videos
    yield "keywords", body.keywords
    if body.main_image is not None:
        yield "main_image", body.main_image
    for name, role in (("authors", "author"), ("editors", "editor")):
        yield name, [Person(name=person.name, url=person.url) for person in body.bylines if person.role == role]
    yield from _times(document)
    for line in body.dates:
        published, modified = dates.split_modified(line)
        yield from [("shown_date_published", line)] * bool(published)
        yield from [("shown_date_modified", line)] * bool(modified)


def _shown_in_layout(document: Document) -> Iterator[Claim]:
    if document.layout is not None:
        if document.title is not None:
            yield "headline", document.headline
        yield from _trail(document)
    yield from _shown(document, "layout")


def _shown_anywhere(document: Document) -> Iterator[Claim]:
    if document.layout is None and document.title is not None:
        yield "headline", document.headline
    if document.layout is None:
        yield from _trail(document)
    yield "headline", document.tab_title
    yield from _shown(document, "generic")


def _trail(document: Document) -> Iterator[Claim]:
    crumbs = breadcrumbs.read(document)
    yield "breadcrumbs", crumbs
    steps = [crumb for crumb in reversed(crumbs) if not breadcrumbs.is_home(crumb)]
    # "Detail" or the like may stand behind the section; it leads nowhere.
    yield from (("article_section", crumb["name"]) for crumb in sorted(steps, key=lambda crumb: crumb["url"] is None))
    if not steps:
        yield "article_section", breadcrumbs.label(document)


LAYERS: dict[str, Callable[[Document], Iterator[Claim]]] = {
    "json_ld": _said_in_json_ld,
    "meta": _said_in_meta,
    "layout": _shown_in_layout,
    "generic": _shown_anywhere,
}


def _times(document: Document) -> Iterator[Claim]:
    """Yield the machine form of `<time>` elements of the article, outside its text."""
    holders, _ = document.containers
    body, _ = document.body
    if document.scope is None:
        return
    stated = [element for element in document.scope.iter("time") if element.get("datetime")]
    own = [element for element in stated if not document.is_in_card(element)]
    for element in _nearest(own, document):
        around = list(element.iterancestors())
        is_text = any(outer in holders for outer in around) and text.clean(element.text_content()) not in body.dates
        if is_text or any(layouts.is_noise(outer, inside=False) for outer in around):
            continue
        named = f"{element.get('class') or ''} {around[0].get('class') or ''}"
        # Themes call the only date of an article "entry-date updated".
        is_changed = _CHANGED.search(_before(element)) or (_CHANGED.search(named) and len(own) > 1)
        yield ("date_modified" if is_changed else "date_published"), element.get("datetime")


def _nearest(elements: list[Element], document: Document) -> list[Element]:
    """Return elements of the article's scope, the one nearest to the headline first."""
    if len(elements) < 2 or document.title is None or document.scope is None:
        return elements
    place = {element: number for number, element in enumerate(document.scope.iter())}
    title = place.get(document.title, 0)
    return sorted(elements, key=lambda element: abs(place[element] - title))


def _before(element: Element) -> str:
    """Return the words right before an element, in its own parent."""
    previous = element.getprevious()
    return (previous.tail if previous is not None else element.getparent().text) or ""


def _address(url: str | None, document: Document) -> str | None:
    return document.links.absolute(url) if url else None


def _bare_image(url: str | None) -> Image | None:
    return Image(url=url, caption=None, credit_text=None) if url else None


def _plain(words: str) -> str:
    """Return a text that may carry entities or tags as lines without them."""
    words = text.unescape(words)
    if "<" in words:
        words = re.sub(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]*>", "\n", words, flags=re.IGNORECASE)
        words = re.sub(r"</?[a-zA-Z][^<>]*>", "", words)
    return words
