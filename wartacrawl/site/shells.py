"""Pages without articles that wait for a script to bring them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wartacrawl.page import line_of
from wartacrawl.site import urls

if TYPE_CHECKING:
    from wartacrawl.page import Element

_EMPTY = re.compile(
    r"\b(?:belum|tidak)\s+(?:ada|terdapat|ditemukan|tersedia|menemukan)\b.{0,30}\b(?:berita|artikel|data|hasil|konten)\b"
    r"|\b(?:berita|artikel|data|hasil|konten)\b.{0,30}\b(?:belum|tidak)\s+(?:ada|terdapat|ditemukan|tersedia)\b"
    r"|\bno (?:data|results?)\b",
    re.IGNORECASE,
)
LOAD_MORE = re.compile(r"(?:muat|lihat|tampilkan)\s+(?:lagi|lebih\s+banyak|lainnya)|load\s+more", re.IGNORECASE)
# A page with fewer words than this has no article to show.
_FEW_WORDS = 60
_WORDLESS = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside")
_OUTSIDE = " or ".join(f"ancestor::{name}" for name in _WORDLESS)
_FED_BY = ("data-source", "data-url", "data-src", "data-api", "data-endpoint", "data-href", "data-next")


def is_shell(tree: Element) -> bool:
    """Return whether a page without articles waits for a script to bring them, and does not say that there are none."""
    return not says_empty(tree) and waits_for_script(tree)


def has_few_words(tree: Element) -> bool:
    """Return whether a page has next to no words, menus and side columns left out."""
    words = " ".join(tree.xpath(f"//body//text()[not({_OUTSIDE})]")).split()
    return len(words) < _FEW_WORDS


def says_empty(tree: Element) -> bool:
    """Return whether a page says that there are no articles."""
    visible = tree.xpath(
        "//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]"
    )
    return _EMPTY.search(" ".join(" ".join(visible).split())) is not None


def waits_for_script(tree: Element) -> bool:
    """Return whether an element of a page is of the kind that a script fills."""
    return any(_awaits_script(element) for element in tree.iter() if isinstance(element.tag, str))


def may_fill(script: Element) -> bool:
    """Return whether a script could bring a list: it is the page's own, or the portal's; others are of advertisers."""
    if "json" in (script.get("type") or "").lower():
        return False
    source = script.get("src")
    if source is None:
        return bool((script.text or "").strip())
    return urls.localize(source, base=urls.ORIGIN, origin=urls.ORIGIN) is not None


def _awaits_script(element: Element) -> bool:
    if element.tag == "noscript":
        return "javascript" in line_of(element).lower()
    if element.tag in {"a", "button"}:
        return bool(LOAD_MORE.fullmatch(line_of(element)))
    if element.tag not in {"div", "section", "ul", "ol", "main", "tbody"}:
        return False
    if any(True for _ in element.iterchildren("a", "p", "li", "div", "article")):
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    is_fed = any(element.get(name) for name in _FED_BY)
    return is_fed or bool(
        re.search(r"skeleton|spinner|\bloading\b|\bplaceholder\b|(?:^|\s)(?:app|root|__next|__nuxt)(?:\s|$)", names)
    )
