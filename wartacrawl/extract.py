"""From a page to an article: four layers say what they know, trust decides, and every field keeps its receipt.

`json_ld` is what the page says to machines in JSON-LD, `meta` what it says in `<meta>`, `<link>` and microdata, `layout`
what it shows in a known template, `generic` what it shows in an unknown one. The order is trust, per field where it must
differ. A layer is a function that yields (field, value); it neither normalises nor decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import lxml.etree

from wartacrawl import blocks, dates, items, json_ld, text
from wartacrawl.body import Body, Links, interpret
from wartacrawl.items import Article, Crumb, Image, Person
from wartacrawl.loaders import ArticleLoader, Offer
from wartacrawl.site import layouts, urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wartacrawl.page import Page

Element = Any  # lxml.html.HtmlElement, of which no complete types exist
Claim = tuple[str, Any]

# What is shown to readers is looked after; what is said to machines may be cut short, escaped twice or forgotten.
_SHOWN_FIRST = ("layout", "generic", "json_ld", "meta")
_TRUST: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("article_body", "authors", "editors", "article_section", "breadcrumbs", "keywords", "main_image"), _SHOWN_FIRST
    ),
    # The title of the browser's tab, all that `generic` knows, comes last.
    "headline": ("layout", "json_ld", "meta", "generic"),
}
_DEFAULT_TRUST = ("json_ld", "meta", "layout", "generic")

# A generic body of fewer words than this share of JSON-LD's articleBody missed the text.
_GENERIC_SHARE = 0.6
# Two layers agree on a moment within so many seconds: a line for readers states no seconds.
_SAME_MOMENT = 60
# A pager that never ends is no pager.
MOST_PAGES = 30

_METAS = lxml.etree.XPath("//meta[@content]")
_SCRIPTS = lxml.etree.XPath("//script[contains(@type, 'ld+json')]")
_CANONICAL = lxml.etree.XPath("//link[@href and translate(@rel, 'CANOIL', 'canoil') = 'canonical']/@href")
_MICRODATA = lxml.etree.XPath("//*[@itemprop and not(self::meta)]")
_PAGED = lxml.etree.XPath("//a[contains(@href, 'page=')]")
_TITLE = lxml.etree.XPath("string(//title)")
_HEADINGS = lxml.etree.XPath("//h1")
_TIMES = lxml.etree.XPath(".//time[@datetime]")
_NEXT = re.compile(r"selanjutnya|berikutnya|next|^\s*[»›→>]+\s*$", re.IGNORECASE)
_CURRENT = re.compile(r"\b(?:active|current|aktif|selected|sekarang)\b", re.IGNORECASE)
_CHANGED = re.compile(r"modif|updat|perbarui|perbaharui|mutakhir", re.IGNORECASE)
_HOME_CRUMB = re.compile(r"home|beranda|depan|halaman\s+utama|warta\s*ekonomi.*", re.IGNORECASE)

_PUBLISHED_METAS = (
    *("article:published_time", "og:published_time", "datepublished", "publishdate", "publish_date", "pubdate"),
    *("content_publisheddate", "publish-date", "parsely-pub-date", "dc.date.issued", "dc.date", "date"),
)
_MODIFIED_METAS = ("article:modified_time", "og:updated_time", "og:modified_time", "datemodified", "last-modified", "lastmod")


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one page, or several of one article, gave.

    `pager` are addresses of further pages on the real portal, in order; `disagreements` the fields on which layers
    contradict each other; `offers` what each layer said of each field, the most trusted first.
    """

    article: Article
    pager: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    offers: dict[str, list[Offer]] = field(default_factory=dict)


def extract(page: Page) -> Extraction:
    """Extract the article of a page; what is wrong with it stands in `metadata.validation_messages`.

    Raises `ValueError` for a page that says nowhere which article it is.
    """
    document = _Document(page)
    loader = ArticleLoader(Article(identifier=document.identifier, url=document.url))
    loader.sources |= {"identifier": "url", "url": "url", "in_language": "site", "publisher": "site"}
    claims: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name, layer in LAYERS.items():
        for column, value in layer(document):
            claims[column][name].append(value)
    messages: list[str] = []
    disagreements = [
        column
        for column in ("date_published", "date_modified")
        if _offer_date(loader, column, claims.pop(column, {}), page, messages)
    ]
    if "whole_body" in claims:
        claims["article_body"] = claims.pop("whole_body")
    for column, said in claims.items():
        for name in _TRUST.get(column, _DEFAULT_TRUST):
            for value in said.get(name, ()):
                loader.offer(column, value, name)
    _mend_short(loader, "description")
    if _headlines_disagree(loader, messages):
        disagreements.insert(0, "headline")
    article = _finish(loader, document, messages)
    return Extraction(article, _pager(document), tuple(disagreements), loader.offers)


def merge(parts: Sequence[Extraction]) -> Extraction:
    """Put the pages of one article together, in order; what a later page repeats from an earlier one is left out."""
    first = parts[0]
    article = first.article
    paragraphs = _paragraphs(article)
    messages = list(article.metadata["validation_messages"])
    pages = 1
    for part in parts[1:]:
        further = _new_paragraphs(paragraphs, _paragraphs(part.article))
        if not further:
            continue
        pages += 1
        paragraphs += further
        _add_missing(article, part.article)
        messages += [one for one in part.article.metadata["validation_messages"] if one not in messages]
    article.article_body = "\n\n".join(paragraphs) or None
    article.pages = pages
    article.word_count = text.word_count(article.article_body)
    article.metadata["validation_messages"] = messages
    article.metadata["content_hash"] = article.signature()
    if pages > 1 and "article_body" not in article.metadata["field_sources"]:
        article.metadata["field_sources"]["article_body"] = "layout"
    return Extraction(article, parts[-1].pager, first.disagreements, first.offers)


def next_page(parts: Sequence[Extraction]) -> str | None:
    """Return the address of the page to fetch after those of `parts`; `None` when the article is whole.

    The walk ends where a pager does, or where a page says nothing that the pages before it did not: a portal may answer
    every page number alike.
    """
    wanted = len(parts) + 1
    if wanted > MOST_PAGES or (len(parts) > 1 and not _adds_text(parts)):
        return None
    refs = ((url, urls.parse(url)) for url in parts[-1].pager)
    return next((url for url, ref in refs if ref is not None and ref.page == wanted), None)


def _adds_text(parts: Sequence[Extraction]) -> bool:
    known = [paragraph for part in parts[:-1] for paragraph in _paragraphs(part.article)]
    return bool(_new_paragraphs(known, _paragraphs(parts[-1].article)))


def _paragraphs(article: Article) -> list[str]:
    return article.article_body.split("\n\n") if article.article_body else []


def _new_paragraphs(known: list[str], found: list[str]) -> list[str]:
    """Return a later page's paragraphs without those at its head that stand in the article already."""
    seen = set(known)
    start = 0
    while start < len(found) and found[start] in seen:
        start += 1
    return found[start:]


def _add_missing(article: Article, part: Article) -> None:
    for name in ("images", "videos", "related", "authors", "editors", "keywords"):
        known = getattr(article, name)
        for value in getattr(part, name):
            is_main = name == "images" and article.main_image is not None and value["url"] == article.main_image["url"]
            if value not in known and not is_main:
                known.append(value)


# -- the document -----------------------------------------------------------------------------------------------------


class _Document:
    """A page and what the layers share of it, each found once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tree = page.tree
        self.metas = _metas(self.tree)
        self.stated = [*_CANONICAL(self.tree), *self.metas.get("og:url", ())]
        self.identifier, self.url = _identify(page.url, self.stated)
        self.links = Links(page.url, self.identifier)
        self.layout = layouts.recognise(self.tree)

    @cached_property
    def nodes(self) -> list[json_ld.Node]:
        """Every typed object of the page's JSON-LD."""
        return [node for script in _SCRIPTS(self.tree) for node in json_ld.nodes(script.text or "")]

    @cached_property
    def node(self) -> json_ld.Node | None:
        """The object that describes the article."""
        return json_ld.article(self.nodes, self._is_own)

    def _is_own(self, url: str) -> bool | None:
        ref = urls.parse(urljoin(self.page.url, url))
        return ref.id == self.identifier if ref is not None and ref.kind == "article" else None

    @cached_property
    def title(self) -> Element | None:
        """The element that shows the headline."""
        found = self.layout.title(self.tree) if self.layout else []
        return next((one for one in [*found, *_HEADINGS(self.tree)] if text.clean(one.text_content())), None)

    @cached_property
    def headline(self) -> str | None:
        """The headline as far as it is shown, to know it again at the head of the text."""
        return layouts.title_of(self.title) if self.title is not None else next(iter(self.metas.get("og:title", ())), None)

    @cached_property
    def containers(self) -> tuple[list[Element], str]:
        """The elements that hold the text, and the layer that found them."""
        found = self.layout.containers(self.tree) if self.layout else []
        if found:
            return found, "layout"
        own = _microdata_body(self.tree)
        own = own if own is not None else _locate(self.page.html, self.tree, self.title)
        return ([own] if own is not None else []), "generic"

    @cached_property
    def scope(self) -> Element | None:
        """The element that holds the whole article, from headline to tags."""
        holders, _ = self.containers
        if not holders:
            return None
        around = self.layout.scope(holders[0]) if self.layout else []
        if self.title is None:
            return around[0] if around else holders[0].getparent()
        return _common(around[0] if around else holders[0], self.title)

    @cached_property
    def body(self) -> tuple[Body, str]:
        """The article as it is shown, and the layer that knows it."""
        holders, layer = self.containers
        if self.scope is None:
            return Body(), layer
        is_noise = layouts.is_noise if layer == "layout" else _is_noise_anywhere
        pieces = blocks.read(self.scope, tuple(holders), is_noise)
        return self._interpret(self._from_headline(pieces), holders), layer

    def _from_headline(self, pieces: list[blocks.Piece]) -> list[blocks.Piece]:
        """Leave out what stands over the headline in an element that is more than the article: menu, logo, ticker."""
        if self.scope is None or self.scope.tag in {"article", "div"}:
            return pieces
        start = next((place for place, piece in enumerate(pieces) if piece.element is self.title), 0)
        is_inside = any(piece.inside for piece in pieces[:start])
        return pieces if is_inside else pieces[start:]

    def _interpret(self, pieces: list[blocks.Piece], holders: Iterable[Element] = ()) -> Body:
        return interpret(
            pieces, links=self.links, headline=self.headline, now=self.page.fetched_at, containers=tuple(holders)
        )

    def body_of(self, words: str) -> Body:
        """Return a plain text as a body, read by the same rules as one with markup."""
        return self._interpret(blocks.plain(words))


def _is_noise_anywhere(element: Element, inside: bool) -> bool:
    # Nobody knows how an unknown template parts text from the rest: comments may stand in one element with it.
    return layouts.is_noise(element, inside) or layouts.is_beside(element)


def _metas(tree: Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for meta in _METAS(tree):
        for attribute in ("property", "name", "itemprop"):
            name = (meta.get(attribute) or "").strip().lower()
            if name and meta.get("content").strip():
                found[name].append(meta.get("content"))
                break
    return found


def _identify(url: str, stated: list[str]) -> tuple[str, str]:
    """Return the identifier of a page and its address: under the slug the page itself states, if it does."""
    refs = [ref for ref in (urls.parse(urljoin(url, one)) for one in (*stated, url)) if ref and ref.kind == "article"]
    identifier = urls.identity(url) or next((ref.id for ref in refs), None)
    if identifier is None:
        raise ValueError(f"{url} is no article, and its page names none: give the address of an article.")
    slug = next((ref.slug for ref in refs if ref.id == identifier and ref.slug), None)
    return identifier, urls.build(urls.Ref("article", id=identifier, slug=slug))


def _common(one: Element, other: Element) -> Element:
    """Return the innermost element around both, and never one that holds the text alone."""
    around = set(other.iterancestors())
    return next((element for element in (one, *one.iterancestors()) if element in around), one)


# -- the generic layer's search ---------------------------------------------------------------------------------------

_MICRODATA_BODY = lxml.etree.XPath("//*[@itemprop = 'articleBody'][not(self::meta)]")
_BODY = lxml.etree.XPath("//body")
_KEY = 48
_SHARE = 0.85


def _microdata_body(tree: Element) -> Element | None:
    return max(_MICRODATA_BODY(tree), key=lambda one: len(one.text_content()), default=None)


def _locate(html: str, tree: Element, title: Element | None) -> Element | None:
    """Return the element that holds the text of an unknown template.

    trafilatura says what is text; the element around what it found is then read by our own rules, which keep
    paragraphs whole and know what Indonesian portals put between them.
    """
    # Loading it costs as much as a hundred pages, and almost none come here.
    import trafilatura  # noqa: PLC0415

    try:
        found = trafilatura.extract(html, favor_recall=True, include_comments=False, include_tables=True)
    except Exception:  # noqa: BLE001 - whatever a foreign parser stumbles over, the text was not found
        found = None
    keys = {text.folded(line)[:_KEY] for line in (found or "").splitlines()} - {""}
    root = next(iter(_BODY(tree)), tree)
    weights: dict[Element, int] = defaultdict(int)
    total = 0
    for piece in blocks.read(root, (), _is_noise_anywhere):
        if piece.element is title:  # what stands above the headline is no text of the article
            weights.clear()
            total = 0
        if not isinstance(piece, blocks.Block) or piece.kind == "heading":
            continue
        words = text.folded(" ".join(blocks.string(line) for line in piece.lines))
        if words[:_KEY] not in keys:
            continue
        total += len(words)
        for element in (piece.element, *piece.element.iterancestors()):
            weights[element] += len(words)
    heavy = [element for element, weight in weights.items() if weight >= _SHARE * total]
    deepest = max(heavy, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)
    return deepest.getparent() if deepest is not None and deepest.tag == "p" else deepest


# -- the layers -------------------------------------------------------------------------------------------------------


def _said_in_json_ld(document: _Document) -> Iterator[Claim]:
    crumbs = json_ld.crumbs(json_ld.of_type(document.nodes, "BreadcrumbList"))
    yield "breadcrumbs", [Crumb(name=name, url=url) for name, url in crumbs]
    node = document.node
    if node is None:
        return
    yield "headline", json_ld.text(node.get("headline") or node.get("name"))
    yield "alternative_headline", json_ld.text(node.get("alternativeHeadline"))
    yield "description", json_ld.text(node.get("description"))
    yield "date_published", json_ld.text(node.get("datePublished") or node.get("uploadDate"))
    yield "date_modified", json_ld.text(node.get("dateModified"))
    for name, role in (("authors", "author"), ("editors", "editor")):
        yield name, [Person(name=person, url=url) for person, url in json_ld.people(node.get(role), document.nodes)]
    yield "article_section", json_ld.text(node.get("articleSection"))
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


def _said_in_meta(document: _Document) -> Iterator[Claim]:
    metas = document.metas

    def first(*names: str) -> Iterator[str]:
        return (value for name in names for value in metas.get(name, ())[:1])

    for name, sources in (
        ("headline", ("og:title", "twitter:title")),
        ("description", ("description", "og:description", "twitter:description")),
        ("date_published", _PUBLISHED_METAS),
        ("date_modified", _MODIFIED_METAS),
        ("article_section", ("article:section", "articlesection")),
        ("alternative_headline", ("alternativeheadline",)),
    ):
        yield from ((name, value) for value in first(*sources))
    yield from (("canonical_url", value) for value in document.stated)
    tags = [value for value in metas.get("article:tag", ())]
    listed = next(first("news_keywords", "keywords"), "")
    yield "keywords", [word for word in (*tags, *("" if tags else listed).split(",")) if word.strip()]
    yield "main_image", _bare_image(next(first("og:image", "og:image:url", "twitter:image", "image"), None))
    yield "is_accessible_for_free", json_ld.truth(next(first("isaccessibleforfree"), None))
    yield from _microdata(document.tree)
    yield "authors", [Person(name=value, url=None) for value in first("author", "article:author", "dc.creator")]


def _microdata(tree: Element) -> Iterator[Claim]:
    fields = {
        **{"headline": "headline", "alternativeHeadline": "alternative_headline", "articleSection": "article_section"},
        **{"datePublished": "date_published", "dateModified": "date_modified", "author": "authors", "editor": "editors"},
    }
    for element in _MICRODATA(tree):
        name = fields.get((element.get("itemprop") or "").split(" ")[0])
        if name is None or any(layouts.is_noise(around, inside=False) for around in element.iterancestors()):
            continue
        if name in {"authors", "editors"}:
            inner = next((one for one in element.iter() if one.get("itemprop") == "name"), element)
            stated = inner.get("content") or inner.text_content()
            if "Organization" not in (element.get("itemtype") or ""):
                yield name, [Person(name=text.clean(stated), url=element.get("href"))]
        else:
            yield name, element.get("content") or element.get("datetime") or text.clean(element.text_content())


def _shown(document: _Document, layer: str) -> Iterator[Claim]:
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
        yield name, [Person(name=one.name, url=one.url) for one in body.bylines if one.role == role]
    yield from _times(document)
    for line in body.dates:
        published, modified = dates.split_modified(line)
        yield from [("date_published", line)] * bool(published) + [("date_modified", line)] * bool(modified)


def _shown_in_layout(document: _Document) -> Iterator[Claim]:
    if document.layout is not None:
        if document.title is not None:
            yield "headline", layouts.title_of(document.title)
        crumbs = _breadcrumbs(document)
        yield "breadcrumbs", crumbs
        yield from (("article_section", crumb["name"]) for crumb in reversed(crumbs) if not _is_home(crumb))
    yield from _shown(document, "layout")


def _shown_anywhere(document: _Document) -> Iterator[Claim]:
    if document.layout is None and document.title is not None:
        yield "headline", layouts.title_of(document.title)
    yield "headline", _TITLE(document.tree)
    yield from _shown(document, "generic")


LAYERS: dict[str, Callable[[_Document], Iterator[Claim]]] = {
    "json_ld": _said_in_json_ld,
    "meta": _said_in_meta,
    "layout": _shown_in_layout,
    "generic": _shown_anywhere,
}


def _times(document: _Document) -> Iterator[Claim]:
    """Yield the machine form of `<time>` elements of the article, outside its text."""
    holders, _ = document.containers
    if document.scope is None:
        return
    for element in _TIMES(document.scope):
        around = list(element.iterancestors())
        if any(one in holders or layouts.is_noise(one, inside=False) for one in around):
            continue
        label = " ".join((element.get("class") or "", around[0].get("class") or "", _before(element)))
        yield ("date_modified" if _CHANGED.search(label) else "date_published"), element.get("datetime")


def _before(element: Element) -> str:
    """Return the words right before an element, in its own parent."""
    previous = element.getprevious()
    return (previous.tail if previous is not None else element.getparent().text) or ""


def _breadcrumbs(document: _Document) -> list[Crumb]:
    if document.layout is None:
        return []
    found: list[Crumb] = []
    for step in document.layout.breadcrumbs(document.tree):
        name = text.clean(step.text_content()).strip("/›»> ")
        link = step if step.tag == "a" else next(step.iter("a"), None)
        target = document.links.of(link.get("href")) if link is not None else None
        is_itself = (target is not None and target.kind in {"own", "article"}) or (
            document.headline is not None and text.folded(name) == text.folded(document.headline)
        )
        if name and not is_itself:
            found.append(Crumb(name=name, url=target.url if target else None))
    return found


def _is_home(crumb: Crumb) -> bool:
    return bool(_HOME_CRUMB.fullmatch(crumb["name"]))


def _bare_image(url: str | None) -> Image | None:
    return Image(url=url, caption=None, credit_text=None) if url else None


def _plain(words: str) -> str:
    """Return a text that may carry entities or tags as lines without them."""
    words = text.unescape(words)
    if "<" in words:
        words = re.sub(r"<(?:br|/p|/div|/li|/h[1-6])\b[^>]*>", "\n", words, flags=re.IGNORECASE)
        words = re.sub(r"</?[a-zA-Z][^<>]*>", "", words)
    return words


# -- dates and headlines ----------------------------------------------------------------------------------------------


def _offer_date(
    loader: ArticleLoader, name: str, said: dict[str, list[str | None]], page: Page, messages: list[str]
) -> bool:
    """Offer what the layers say of a date, read; return whether they contradict each other.

    The raw text is that of the carrier that was believed, or of the first one when none could be.
    """
    believed: tuple[str, str, Any] | None = None
    first: tuple[str, str] | None = None
    disagree = False
    for layer in _DEFAULT_TRUST:
        for raw in said.get(layer, ()):
            line = text.clean(raw or "")
            if not line:
                continue
            first = first or (layer, line)
            reading = dates.parse(_part_of(line, name), now=page.fetched_at)
            if reading.message is not None and believed is None:
                messages.append(f"{name}: {layer} says {reading.message}")
            if reading.when is None:
                continue
            loader.offer(name, reading.when.isoformat(timespec="seconds"), layer)
            if believed is None:
                believed = layer, line, reading.when
            elif layer != believed[0] and abs((reading.when - believed[2]).total_seconds()) > _SAME_MOMENT:
                disagree = disagree or not _is_relative(line)
                messages.append(f"{name}: {believed[0]} says {believed[1]!r}, {layer} says {line!r}.")
    trusted = believed[:2] if believed is not None else first
    if trusted is not None:
        loader.offer(f"{name}_raw", trusted[1], trusted[0])
    return disagree


def _part_of(line: str, name: str) -> str:
    published, modified = dates.split_modified(line)
    return (modified or line) if name == "date_modified" else (published or line)


def _mend_short(loader: ArticleLoader, name: str) -> None:
    """Replace a text that was cut short by the whole of it, where a less trusted layer has that."""
    for offer in loader.offers.get(name, ()):
        taken = loader.get_output_value(name)
        stem = taken.rstrip(" .…") if taken else ""
        value = loader.normalised(name, offer.value)
        if stem and value and value.startswith(stem) and len(value.rstrip(" .…")) > len(stem):
            loader.replace_value(name, offer.value)
            loader.sources[name] = offer.layer


def _is_relative(line: str) -> bool:
    return re.search(r"\blalu\b|kemarin|hari ini|baru saja", line, re.IGNORECASE) is not None


def _headlines_disagree(loader: ArticleLoader, messages: list[str]) -> bool:
    """Tell whether two layers state different headlines; one cut short is the same."""
    said: dict[str, str] = {}
    for offer in loader.offers.get("headline", ()):
        value = loader.normalised("headline", offer.value)
        if value and offer.layer not in said and not (offer.layer == "generic" and said):
            said[offer.layer] = value
    stated = list(said.items())
    for layer, value in stated[1:]:
        one, other = text.folded(stated[0][1]), text.folded(value)
        if not (one.startswith(other) or other.startswith(one)):
            messages.append(f"headline: {stated[0][0]} says {stated[0][1]!r}, {layer} says {value!r}.")
            return True
    return False


# -- the article ------------------------------------------------------------------------------------------------------


def _finish(loader: ArticleLoader, document: _Document, messages: list[str]) -> Article:
    body, _ = document.body
    article = loader.load_item()
    if article.main_image is not None and body.main_caption and article.main_image["caption"] is None:
        caption, credit = text.split_credit(body.main_caption)
        article.main_image = Image(url=article.main_image["url"], caption=caption, credit_text=credit)
    article.word_count = text.word_count(article.article_body)
    article.pages = 1
    sources = {name: loader.sources[name] for name in items.FIELD_NAMES if name in loader.sources}
    sources |= {"word_count": "derived", "pages": "derived"}
    article.metadata = {
        "date_downloaded": document.page.fetched_at.isoformat(timespec="seconds"),
        "discovered_via": document.page.via,
        "content_hash": article.signature(),
        "field_sources": sources,
        "layout": document.layout.name if document.layout is not None else None,
        "validation_messages": messages,
        "changed_fields": [],
        "schema_version": items.SCHEMA_VERSION,
        "job": None,
    }
    return article


def _pager(document: _Document) -> tuple[str, ...]:
    """Return the addresses of the pages that follow; none for a page that already shows the whole article."""
    paged = [(link, document.links.of(link.get("href"))) for link in _PAGED(document.tree)]
    own = [(link, target.page) for link, target in paged if target.kind == "own" and target.page is not None]
    numbers = [page for _, page in own if isinstance(page, int)]
    here = urls.parse(document.page.url)
    current = here.page if here is not None and here.page is not None else 1
    if not numbers or (current == "all" and not _shows_first_page(own)):
        return ()
    start = 2 if current == "all" else int(current) + 1
    last = min(max(numbers), start + MOST_PAGES)
    slug = urls.parse(document.url)
    return tuple(
        urls.build(urls.Ref("article", id=document.identifier, slug=slug.slug if slug else None, page=number))
        for number in range(start, last + 1)
    )


def _shows_first_page(own: list[tuple[Element, Any]]) -> bool:
    """Tell whether an answer to `?page=all` is only the first page: it leads on, or says that page 1 is open."""
    for link, page in own:
        around = link.getparent()
        words = link.text_content()
        if page == "all":
            return True
        if page == 2 and (_NEXT.search(words) or _NEXT.search(around.text or "") or link.get("rel") == "next"):
            return True
        marks = f"{link.get('class') or ''} {around.get('class') or ''} {link.get('aria-current') or ''}"
        if page == 1 and (_CURRENT.search(marks) or link.get("aria-current") in {"page", "true"}):
            return True
    pager = next((link.getparent() for link, _ in own), None)
    current = pager.iter("span", "strong", "b", "em", "li") if pager is not None else ()
    return any(text.clean(one.text_content()) == "1" and not any(True for _ in one.iter("a")) for one in current)
