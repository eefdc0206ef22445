"""One fetched document and its tree, parsed once."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import lxml.etree
import lxml.html
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

if TYPE_CHECKING:
    from datetime import datetime

Element = Any  # lxml.html.HtmlElement, of which no complete types exist


# Elements within a line of text, and those whose text a browser does not show.
INLINE = frozenset(
    (
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp "
        "small span strike strong sub sup time tt u var wbr"
    ).split()
)
SKIPPED = frozenset(
    (
        "script style noscript template svg math button select textarea input option datalist dialog canvas map "
        "area audio head title meta link base frameset noframes amp-ad amp-sticky-ad amp-embed amp-analytics"
    ).split()
)
_LONGEST_ADDRESS = 512
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_NOT_UTF_8 = "it says that it is UTF-8, but has bytes that are not; those were read as Windows-1252."
# What a browser would replace: C0 controls save tab, newline and return, and lone surrogates (no UTF-8 form).
_CONTROLS = bytes(number for number in (*range(32), 127) if number not in b"\t\n\f\r")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")


def decode(body: bytes, content_type: str | None = None) -> str:
    r"""Return the text of a document, believing its bytes before its declarations.

    Bytes that are valid UTF-8 are UTF-8, whatever a header or a `<meta>` claims; else the byte order mark, the HTTP
    header, the `<meta>` and Windows-1252 are tried in that order. In what says that it is UTF-8, a byte that is not is
    read as Windows-1252. What still cannot be read becomes U+FFFD. Control characters (NUL among them) are left out.

    >>> decode("Rupiah “menguat”".encode(), "text/html; charset=iso-8859-1")
    'Rupiah “menguat”'
    >>> decode(b"caf\xe9 \x00Gambir", "text/html; charset=no-such-charset")
    'café Gambir'
    >>> decode("“Siap” ".encode() + b"\x96 begitu", "text/html; charset=utf-8")
    '“Siap” – begitu'
    """
    return _read(body, content_type)[0]


def _read(body: bytes, content_type: str | None) -> tuple[str, bytes | None, str | None]:
    """Return the text of a document, its UTF-8 where it came as that, and what is wrong with its bytes."""
    encoding, mark = read_bom(body)
    if encoding and mark:
        return _UNPRINTABLE.sub("", body[len(mark) :].decode(encoding, "replace")), None, None
    try:
        # In UTF-8 a control's byte is nothing else, and taking bytes out costs a sixth of taking characters out.
        plain = body.translate(None, _CONTROLS)
        return plain.decode("utf-8"), plain, None
    except UnicodeDecodeError:
        declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
        encoding = resolve_encoding(declared or "cp1252") or "cp1252"
        if encoding in {"utf-16", "utf-16-le", "utf-16-be"} and declared and b"<" in body:
            encoding = "cp1252"  # a `<meta>` that could be read as ASCII disproves UTF-16
    if encoding != "utf-8":
        try:
            text = body.decode(encoding, "replace")
        except (LookupError, UnicodeError):  # Python's codecs are not all of texts: "uu", "undefined"
            text = body.decode("cp1252", "replace")
        return _UNPRINTABLE.sub("", text), None, None
    # Without one letter of more than a byte the whole page is of another encoding.
    is_other = body.decode("utf-8", "ignore").isascii()
    text = body.decode("cp1252", "replace") if is_other else body.decode("utf-8", _STRAY)
    return _UNPRINTABLE.sub("", text), None, _NOT_UTF_8


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Read a byte that is not UTF-8 as Windows-1252; the beginning of a letter that was cut in two is U+FFFD."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - the handler is asked on decoding alone
    stray = error.object[error.start : error.end]
    is_cut = len(stray) > 1 or error.end == len(error.object)
    return "\ufffd" if is_cut else stray.decode("cp1252", "replace"), error.end


_STRAY = "wartacrawl.stray"
codecs.register_error(_STRAY, _stray)


# Text right behind the end of a paragraph: the only place where a stray end tag makes a difference.
_TEXT_BEHIND = re.compile(r"</p>\s*[^<\s]", re.IGNORECASE)
_P_OR_BLOCK = re.compile(
    r"<(?:(?P<p>/?p)|/?(?:address|article|aside|blockquote|center|details|div|dl|fieldset|figcaption|figure|footer|form"
    r"|h[1-6]|header|hr|main|nav|ol|pre|section|table|ul|li|td))[\s>/]",
    re.IGNORECASE,
)


def _with_empty_paragraphs(html: str) -> str:
    """Return a document in which every stray `</p>` is an empty paragraph, as HTML demands and libxml2 does not do.

    A block within a paragraph ends it, so the paragraph's own end tag is a stray one: without this, the text before it
    and the text behind it would be one.

    >>> _with_empty_paragraphs("<p>Satu<div>iklan</div>dua.</p>Tiga.")
    '<p>Satu<div>iklan</div>dua.<p></p>Tiga.'
    """
    if _TEXT_BEHIND.search(html) is None:
        return html
    is_open, pieces, start = False, [], 0
    for found in _P_OR_BLOCK.finditer(html):
        tag = (found["p"] or "").lower()
        if tag == "/p" and not is_open:
            pieces += [html[start : found.start()], "<p>"]
            start = found.start()
        is_open = tag == "p"
    return "".join([*pieces, html[start:]])


# libxml2 stops telling its complaints after so many.
_COMPLAINTS_LIMIT = 100


def _met_stray_end(parser: lxml.html.HTMLParser) -> bool:
    """Return whether a parser met the end of a paragraph that was not open, or may have: asking it costs no search."""
    complaints = parser.error_log
    return len(complaints) >= _COMPLAINTS_LIMIT or any(
        complaint.type == lxml.etree.ErrorTypes.ERR_TAG_NAME_MISMATCH and complaint.message.lower().endswith(": p")
        for complaint in complaints
    )


# One class for all elements: lxml.html would ask a Python function for the class of each.
_ELEMENTS = lxml.etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement)


def _parse(utf8: bytes) -> tuple[lxml.html.HtmlElement, lxml.html.HTMLParser]:
    # huge_tree lifts the depth from 256 to 2,048; the size is bounded by DOWNLOAD_MAXSIZE before we come here.
    parser = lxml.html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    parser.set_element_class_lookup(_ELEMENTS)
    return lxml.html.document_fromstring(utf8.strip(), parser=parser), parser


# The end of a document in its midst: the parser would lose what follows, a browser shows it.
# Both spellings of each letter, as ignoring case would cost half as much again on every page.
_DOCUMENT_END = re.compile(rb"</(?:[bB][oO][dD][yY]|[hH][tT][mM][lL])\s{0,4}>")


def _without_early_ends(utf8: bytes) -> bytes:
    """Return a document without end tags of the whole document that more of its content follows."""
    found = _DOCUMENT_END.search(utf8)
    if found is None or utf8.find(b"<p", found.end()) < 0:
        return utf8
    return _DOCUMENT_END.sub(b"", utf8)


# The tags that open and close a document; looking for both spellings is faster than ignoring case.
_OPENING = ("<html", "<body", "<HTML", "<BODY")
_CLOSING = ("</html", "</body", "</HTML", "</BODY")
_TAIL = 64


@dataclass(frozen=True)
class Page:
    """A document as it was fetched.

    `url` is the address it came from after redirects, on the real portal, `html` its decoded text, `fetched_at` an
    aware UTC time and `via` the discovery source that led to it (`section:ekbis`, `indeks:2026-07-12`, `rss`,
    `sitemap`, `artikel`). `origin` is where it was fetched from, None for the real portal; `notes` are
    sentences on what was wrong with its bytes.
    """

    url: str
    html: str
    fetched_at: datetime
    via: str
    origin: str | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def from_bytes(
        cls,
        url: str,
        body: bytes,
        *,
        fetched_at: datetime,
        via: str,
        content_type: str | None = None,
        origin: str | None = None,
    ) -> Page:
        """Make a page from the body of a response and its Content-Type header."""
        html, utf8, note = _read(body, content_type)
        notes: tuple[str, ...] = (note,) if note is not None else ()
        if utf8 is None and (lost := html.count("\ufffd")):
            notes += (f"{lost} letters could not be read and are marked with U+FFFD.",)
        page = cls(url=url, html=html, fetched_at=fetched_at, via=via, origin=origin, notes=notes)
        if utf8 is not None:
            page.__dict__["_utf8"] = utf8  # what the property below would make of the text again
        return page

    @cached_property
    def _utf8(self) -> bytes:
        return self.html.encode("utf-8", "replace")

    @property
    def is_cut_off(self) -> bool:
        """Whether a document that opens `<html>` or `<body>` closes neither: part of it may have been lost on its way.

        >>> page = dict(url="https://wartaekonomi.co.id/read1", fetched_at=None, via="rss")
        >>> Page(html="<html><body><p>Harga tu", **page).is_cut_off, Page(html="<p>Harga turun.", **page).is_cut_off
        (True, False)
        """
        if "</html" in self.html[-_TAIL:]:  # the usual case, without a search through the page
            return False
        return any(tag in self.html for tag in _OPENING) and not any(tag in self.html for tag in _CLOSING)

    def mentions(self, word: bytes) -> bool:
        """Return whether a lower-case word stands in the source, in any case: a quick look before one at the tree."""
        return word in self._utf8.lower()

    @cached_property
    def tree(self) -> lxml.html.HtmlElement:
        """The root element. An empty document has an empty `<html>`; nesting deeper than 2,048 is cut by libxml2."""
        try:
            tree, parser = _parse(_without_early_ends(self._utf8))
            if _met_stray_end(parser):
                mended = _with_empty_paragraphs(self.html)
                tree = (
                    tree if mended is self.html else _parse(_without_early_ends(mended.encode("utf-8", "replace")))[0]
                )
            if _HIDDEN_ADDRESS in self.html:
                _show_addresses(tree)
        except lxml.etree.ParserError:  # nothing in it, or nothing but end tags
            return lxml.html.document_fromstring("<html></html>")
        return tree


# What Cloudflare puts in place of a mail address, until a script shows it.
_HIDDEN_ADDRESS = "data-cfemail"


def _show_addresses(tree: Element) -> None:
    """Put back the mail addresses that Cloudflare hides: each byte is written in hexadecimal, xor the first."""
    for element in [found for found in tree.iter() if found.get(_HIDDEN_ADDRESS)]:
        try:
            key, *hidden = bytes.fromhex(element.get(_HIDDEN_ADDRESS)[:_LONGEST_ADDRESS])
        except ValueError:
            continue
        element.text = bytes(byte ^ key for byte in hidden).decode("utf-8", "replace")
        for child in list(element):
            element.remove(child)


def is_hidden(element: Element) -> bool:
    """Return whether an attribute or a style of its own hides an element."""
    style = element.get("style")
    return element.get("hidden") is not None or bool(style and _HIDDEN.search(style))


def line_of(element: Element) -> str:
    """Return all text of an element on one line (NFC), a blank between its pieces."""
    return " ".join(unicodedata.normalize("NFC", " ".join(element.itertext())).split())


def visible_text(element: Element) -> str:
    """Return the text of an element as it is seen: what begins or breaks a line parts words."""
    parts: list[str] = []
    for child in element.iter():
        if child.tag not in SKIPPED and child.text:
            parts.append(child.text)
        if child.tag == "br" or (child is not element and child.tag not in INLINE):
            parts.append(" ")
        if child is not element and child.tail:
            parts.append(child.tail)
    return "".join(parts)
