"""RSS and sitemaps of the portal: what they announce, read as far as their XML allows.

Feeds come from outside: no document type is read, so no entity of it is ever expanded and nothing is loaded from
elsewhere, and of what unpacks to more than `LARGEST` bytes the rest is left unread.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from html.entities import html5
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import lxml.etree

from wartacrawl.language import dates
from wartacrawl.page import decode
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

Element = Any  # lxml.etree._Element, a private name

# Bytes; the protocol's own limit of 50,000 addresses fits.
LARGEST = 32 * 1024 * 1024
# Members of one gzip file; servers write one.
_MOST_MEMBERS = 1_000

_NAMES = r"(?:[\w.-]{1,40}:)?(?P<name>rss|feed|urlset|sitemapindex|RDF)"
_ROOT = re.compile(rf"<{_NAMES}(?=[\s>/])")
_ROOT_END = re.compile(rf"</{_NAMES}\s{{0,80}}>")
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_AMPERSAND = re.compile(
    r"&(?:(?P<known>#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);|(?P<name>[A-Za-z][A-Za-z0-9]{1,30});)?"
)
_RECORD_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry|url|sitemap)\s*>")
_RECORDS = frozenset({"item", "entry", "url"})
# Extensions that describe pictures and players with the words meant for the article.
_FOREIGN_PREFIXES = frozenset({"media", "itunes", "image", "video", "content"})
_NEWS = re.compile(r"(?:^|[/_.-])news(?:[/_.-]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as a feed announces it.

    `url` is on the origin asked for, `published` aware (WIB where no zone is stated), `None` without a time of day.
    """

    id: str
    url: str
    slug: str | None
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Child:
    """A sitemap named by a sitemap index; `lastmod` is aware, `None` where no time of day is stated."""

    url: str
    lastmod: datetime | None
    kind: Literal["news", "other"]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap index with its children on the portal, or a set of addresses with its articles."""

    kind: Literal["index", "urlset"]
    children: tuple[Child, ...]
    entries: tuple[Entry, ...]


def read_rss(body: bytes, *, origin: str, now: datetime) -> tuple[Entry, ...]:
    """Return the articles of an RSS or Atom feed, each once; none for what is not a feed. `now` is aware.

    The body may be gzipped.
    """
    return _entries(_root(body), origin, now)


def read_sitemap(body: bytes, *, origin: str, now: datetime) -> Sitemap:
    """Read a sitemap or a sitemap index, gzipped or not; what is neither is an empty set. `now` is aware."""
    root = _root(body)
    if root is None or _name(root) != "sitemapindex":
        return Sitemap("urlset", (), _entries(root, origin, now))
    children: dict[str, Child] = {}
    for record in _named(root, frozenset({"sitemap"})):
        fields = _fields(record)
        url = urls.localize(_first(fields, "loc") or "", base=origin, origin=origin)
        if url is None:
            continue
        kind: Literal["news", "other"] = "news" if _NEWS.search(urlsplit(url).path) else "other"
        children.setdefault(url, Child(url, _when(_first(fields, "lastmod"), now), kind))
    return Sitemap("index", tuple(children.values()), ())


def _entries(root: Element | None, origin: str, now: datetime) -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    for record in _named(root, _RECORDS) if root is not None else ():
        entry = _entry(_fields(record), origin, now)
        if entry is not None:
            found.setdefault(entry.id, entry)
    return tuple(found.values())


def _entry(fields: dict[str, list[str]], origin: str, now: datetime) -> Entry | None:
    for name in ("link", "guid", "id", "loc"):
        for text in fields.get(name, ()):
            url = urls.localize(text, base=origin, origin=origin)
            ref = urls.parse(url, origin=origin) if url else None
            if ref is None or ref.kind != "article" or ref.id is None:
                continue
            return Entry(
                id=ref.id,
                url=urls.build(urls.Ref("article", id=ref.id, slug=ref.slug), origin=origin),
                slug=ref.slug,
                published=_when(_first(fields, "publication_date", "pubDate", "published", "date"), now),
            )
    return None


def _when(text: str | None, now: datetime) -> datetime | None:
    return dates.parse(text, now=now).when if text else None


def _root(body: bytes) -> Element | None:
    """Parse a feed; from its root element on, so that junk and document type before it are never read."""
    text = _decoded(_unpacked(body))
    start = _ROOT.search(text)
    if start is None:
        return None
    text = text[start.start() :]
    if not any(found["name"] == start["name"] for found in _ROOT_END.finditer(text[-10_000:])):
        # Torn: the last record may end in half an address, whose shorter number is another article.
        ends = [found.end() for found in _RECORD_END.finditer(text)]
        text = text[: ends[-1]] if ends else ""
    text = "".join(part if is_literal else _AMPERSAND.sub(_reference, part) for part, is_literal in _parts(text))
    parser = lxml.etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return lxml.etree.fromstring(text.encode("utf-8", "replace"), parser)
    except lxml.etree.XMLSyntaxError:
        return None


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Part a text into (piece, whether it is a CDATA section); a section without an end is none."""
    start = 0
    while (begin := text.find("<![CDATA[", start)) >= 0 and (end := text.find("]]>", begin)) >= 0:
        yield text[start:begin], False
        yield text[begin : end + 3], True
        start = end + 3
    yield text[start:], False


def _reference(found: re.Match[str]) -> str:
    """Keep the references of XML, spell out those of HTML, and escape every other ampersand."""
    if found["known"]:
        return found[0]
    name = found["name"]
    plain = html5.get(f"{name};", found[0]) if name else found[0]
    return plain.replace("&", "&amp;").replace("<", "&lt;")


def _decoded(body: bytes) -> str:
    declared = _DECLARED.search(body[:1000])
    return decode(body, f"text/xml; charset={declared[1].decode('ascii')}" if declared else None)


def _unpacked(body: bytes) -> bytes:
    """Unpack gzip as far as it is sound, at most `LARGEST` bytes."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:LARGEST]
    plain = bytearray()
    for _ in range(_MOST_MEMBERS):
        if not body.startswith(b"\x1f\x8b") or len(plain) >= LARGEST:
            break
        stream = zlib.decompressobj(wbits=31)
        try:
            for start in range(0, len(body), 65_536):
                chunk = body[start : start + 65_536]
                plain += stream.decompress(chunk, LARGEST - len(plain) or 1)
                if stream.eof or stream.unconsumed_tail:
                    break
        except zlib.error:
            break
        rest = len(stream.unused_data)
        body = body[start + len(chunk) - rest :] if stream.eof else b""
    return bytes(plain[:LARGEST])


def _named(root: Element, names: frozenset[str]) -> Iterator[Element]:
    return (element for element in root.iter() if _name(element) in names)


def _name(element: Element) -> str:
    # A prefix without a declaration stays part of the name when broken XML is read.
    return str(element.tag).rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def _prefix(element: Element) -> str:
    return element.prefix or str(element.tag).rpartition("}")[2].rpartition(":")[0]


def _fields(record: Element) -> dict[str, list[str]]:
    """Return the texts of a record's children, and of the children of `news:news`, by local name."""
    fields: dict[str, list[str]] = {}
    for child in record:
        name = _name(child)
        if not name or _prefix(child) in _FOREIGN_PREFIXES:
            continue
        if name == "news":
            for inner, texts in _fields(child).items():
                fields.setdefault(inner, []).extend(texts)
            continue
        text = "".join(child.itertext()).strip()
        if name == "link" and not text and (child.get("rel") or "alternate") == "alternate":
            text = (child.get("href") or "").strip()
        if text:
            fields.setdefault(name, []).append(text)
    return fields


def _first(fields: dict[str, list[str]], *names: str) -> str | None:
    return next((fields[name][0] for name in names if name in fields), None)
