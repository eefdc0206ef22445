"""From a page to an article: four layers say what they know, trust decides, and every field keeps its receipt.

`json_ld` is what the page says to machines in JSON-LD, `meta` what it says in `<meta>`, `<link>` and microdata,
`layout` what it shows in a known template, `generic` what it shows in an unknown one. The order is trust, per field
where it must differ.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.items import Article, Image
from wartacrawl.language import captions, text
from wartacrawl.loaders import ArticleLoader, Offer
from wartacrawl.reading import moments, pager, proof
from wartacrawl.reading.document import Document
from wartacrawl.reading.layers import LAYERS
from wartacrawl.reading.noise import Dropped
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wartacrawl.page import Page

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
# Where quotes are missing, words are what a guess makes of them.
_OF_WORDS = frozenset({"headline", "alternative_headline", "description", "article_section", "authors"})

_CUT_OFF = "page: it ends before its </body>; the end of the text may be missing."


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one page, or several of one article, gave.

    `pager` are addresses of further pages on the real portal, in order; `disagreements` the fields on which layers
    contradict each other; `offers` what each layer said of each field, the most trusted first; `doubt` is why a page
    may not be the article that was asked for, None where it proves to be; `dropped` are lines left out of the text.
    """

    article: Article
    pager: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    offers: dict[str, list[Offer]] = field(default_factory=dict)
    doubt: str | None = None
    dropped: tuple[Dropped, ...] = ()


def extract(page: Page) -> Extraction:
    """Extract the article of a page; what is wrong with it stands in `metadata.validation_messages`.

    Raises `ValueError` for a page that says nowhere which article it is.
    """
    document = Document(page)
    loader = ArticleLoader(Article(identifier=document.identifier, url=document.url))
    loader.sources |= {"identifier": "url", "url": "url", "in_language": "site", "publisher": "site"}
    claims: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name, layer in LAYERS.items():
        for column, value in layer(document):
            claims[column][name].append(value)
    messages = [f"page: {note}" for note in page.notes] + [_CUT_OFF] * page.is_cut_off
    if document.unread_scripts:
        messages.append(f"json_ld: {document.unread_scripts} scripts of the page could not be read.")
    disagreements = [
        column
        for column in ("date_published", "date_modified")
        if moments.offer(loader, column, _stated(claims, column), page.fetched_at, messages)
    ]
    if "whole_body" in claims:
        claims["article_body"] = claims.pop("whole_body")
    for column, said in claims.items():
        for name in _trusted(column, document):
            for value in said.get(name, ()):
                loader.offer(column, value, name)
    _mend_short(loader, "description")
    if _headlines_disagree(loader, messages):
        disagreements.insert(0, "headline")
    article = _finish(loader, document, messages)
    return Extraction(
        article,
        pager.further(document),
        tuple(disagreements),
        loader.offers,
        proof.doubt(document, article),
        (*(Dropped(headline, "another article below") for headline in document.neighbours), *document.body[0].dropped),
    )


def _trusted(column: str, document: Document) -> Sequence[str]:
    """Return the layers, the most trusted for a field first."""
    order = _TRUST.get(column, _DEFAULT_TRUST)
    if column not in _OF_WORDS or not document.is_guess:
        return order
    return sorted(order, key=lambda name: name == "json_ld")


def _stated(claims: dict[str, dict[str, list[Any]]], column: str) -> list[moments.Stated]:
    machine, shown = claims.pop(column, {}), claims.pop(f"shown_{column}", {})
    return list(moments.in_order(machine, shown, _DEFAULT_TRUST))


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
        messages += [message for message in part.article.metadata["validation_messages"] if message not in messages]
    article.article_body = "\n\n".join(paragraphs) or None
    article.pages = pages
    article.word_count = text.word_count(article.article_body)
    article.metadata["validation_messages"] = messages
    article.metadata["content_hash"] = article.signature()
    article.metadata["field_sources"] = _sources(article, parts)
    doubt = next((part.doubt for part in parts if part.doubt is not None), None)
    dropped = tuple(line for part in parts for line in part.dropped)
    return Extraction(article, parts[-1].pager, first.disagreements, first.offers, doubt, dropped)


def _sources(article: Article, parts: Sequence[Extraction]) -> dict[str, str]:
    """Return the layer of every field that has a value, from the first page that had it."""
    said: dict[str, str] = {}
    for part in parts:
        said = part.article.metadata["field_sources"] | said
    return {name: said[name] for name in items.FIELD_NAMES if name in said and getattr(article, name) not in (None, [])}


def next_page(parts: Sequence[Extraction]) -> str | None:
    """Return the address of the page to fetch after those of `parts`; `None` when the article is whole.

    The walk ends where a pager does, or where a page says nothing that the pages before it did not: a portal may answer
    every page number alike.
    """
    wanted = len(parts) + 1
    if wanted > pager.MOST_PAGES or (len(parts) > 1 and not _adds_text(parts)):
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
    head = part.main_image if part.metadata["field_sources"].get("main_image") in {"layout", "generic"} else None
    if head is not None and head not in (article.main_image, *article.images, *part.images):
        part.images.insert(0, head)
        part.metadata["field_sources"].setdefault("images", part.metadata["field_sources"]["main_image"])
    for name in ("images", "videos", "related", "authors", "editors", "keywords"):
        known = getattr(article, name)
        for value in getattr(part, name):
            is_main = name == "images" and article.main_image is not None and value["url"] == article.main_image["url"]
            if value not in known and not is_main:
                known.append(value)


def _mend_short(loader: ArticleLoader, name: str) -> None:
    """Replace a text that was cut short by the whole of it, where a less trusted layer has that."""
    for offer in loader.offers.get(name, ()):
        taken = loader.get_output_value(name)
        stem = taken.rstrip(" .…") if taken else ""
        value = loader.normalised(name, offer.value)
        if stem and value and value.startswith(stem) and len(value.rstrip(" .…")) > len(stem):
            loader.replace(name, offer.value, offer.layer)


def _headlines_disagree(loader: ArticleLoader, messages: list[str]) -> bool:
    """Return whether two layers state different headlines; one cut short is the same."""
    said: dict[str, str] = {}
    for offer in loader.offers.get("headline", ()):
        value = loader.normalised("headline", offer.value)
        if value and offer.layer not in said and not (offer.layer == "generic" and said):
            said[offer.layer] = value
    stated = list(said.items())
    for layer, value in stated[1:]:
        first, other = text.comparison_key(stated[0][1]), text.comparison_key(value)
        if not (first.startswith(other) or other.startswith(first)):
            messages.append(f"headline: {stated[0][0]} says {stated[0][1]!r}, {layer} says {value!r}.")
            return True
    return False


def _finish(loader: ArticleLoader, document: Document, messages: list[str]) -> Article:
    body, _ = document.body
    article = loader.load_item()
    if article.main_image is not None and body.main_caption and article.main_image["caption"] is None:
        caption, credit = captions.split_credit(body.main_caption)
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
