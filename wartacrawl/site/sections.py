"""The portal's sections as its own menu names them.

Ids and paths of most sections are unknown beforehand, so the menu is read by evidence: `/category-{id}/{slug}` is a
section wherever it stands in a menu, a bare path is one if its words are known, or if it stands among sections.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Element = Any  # lxml.html.HtmlElement, of which no complete types exist

# Sections of a menu that are read, at the most: the portal's own has about twenty.
_MOST_SECTIONS = 500
_MENU_WORDS = frozenset({"menu", "nav", "navbar", "navigation", "navigasi", "header", "kanal", "offcanvas"})
_NO_MENU = frozenset({"breadcrumb", "breadcrumbs", "pagination", "pager", "footer", "tag", "tags"})
_ARTICLE = re.compile(r"(?:^|/)(?:read|berita)[1-9][0-9]*(?:[/.?#]|$)")
# Menu words reported of the real portal, as keys.
KNOWN = frozenset(
    {
        *("news", "ekbis", "neweconomy", "kabarfinansial", "sportlifestyle", "kabarsawit", "video"),
        *("bursa", "otomotif", "teknologi", "internasional", "politik", "nasional", "daerah", "gayahidup", "foto"),
    }
)
# Menu entries that are not sections, as keys.
_OTHERS = frozenset(
    {
        *(
            "",
            "home",
            "beranda",
            "indeks",
            "index",
            "aboutus",
            "about",
            "tentangkami",
            "socialmedia",
            "mediasosial",
            "search",
        ),
        *(
            "cari",
            "login",
            "masuk",
            "daftar",
            "register",
            "redaksi",
            "kontak",
            "contact",
            "contactus",
            "hubungikami",
            "karir",
        ),
        *(
            "pedomanmediasiber",
            "disclaimer",
            "privacypolicy",
            "kebijakanprivasi",
            "rss",
            "sitemap",
            "iklan",
            "advertise",
        ),
        *("epaper", "majalah", "more", "lainnya", "terpopuler", "trending", "mediakit", "kodeetik", "termsofuse"),
    }
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its name as the menu spells it, its slug, its address on the origin, its id if it has one."""

    name: str
    slug: str
    url: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    section: Section
    block: Element
    is_sure: bool


def read_menu(tree: Element, *, base: str, origin: str) -> list[Section]:
    """Return the sections of the home page's menu (sub-menus included) in its order, each once.

    Where no menu is recognised, the category links of the page outside its article lists stand in. An empty list
    means that the page names no section.
    """
    entries = list(_entries(_menu_links(tree), base, origin))
    sure_blocks = {entry.block for entry in entries if entry.is_sure}
    found = [entry.section for entry in entries if entry.is_sure or entry.block in sure_blocks]
    if not found:
        labels = (link for link in tree.iter("a") if not _is_label(link))
        found = [entry.section for entry in _entries(labels, base, origin) if entry.is_sure]
    unique: list[Section] = []
    known: set[str] = set()
    for section in found[:_MOST_SECTIONS]:
        names = {f"slug {section.slug}", f"id {section.id or section.slug}"}
        if known.isdisjoint(names):
            unique.append(section)
            known |= names
    return unique


def find(sections: Iterable[Section], wanted: str) -> Section | None:
    """Return the section of that slug or menu name; case, white space, `&` and hyphens do not matter.

    >>> menu = [Section("Kabar Sawit", "kabar-sawit", "https://wartaekonomi.co.id/kabar-sawit")]
    >>> find(menu, "kabar sawit") is menu[0] and find(menu, "KABAR-SAWIT") is menu[0]
    True
    """
    key = key_of(wanted)
    if not key:
        return None
    listed = list(sections)
    by_slug = next((section for section in listed if key_of(section.slug) == key), None)
    return by_slug or next((section for section in listed if key_of(section.name) == key), None)


def key_of(text: str) -> str:
    """Return what name and slug of a section have in common.

    >>> key_of("Sport & Lifestyle") == key_of("sport-dan-lifestyle")
    True
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    return "".join(word for word in words if word not in {"dan", "and"})


def _menu_links(tree: Element) -> Iterator[Element]:
    # What is in a menu and in nothing that is none: each element is judged once, from the outside in.
    judged: dict[Element, tuple[bool, bool]] = {}
    for element in tree.iter("*"):
        parent = element.getparent()
        in_menu, in_other = judged.get(parent, (False, False))
        if element.tag == "a" and in_menu and not in_other:
            yield element
        judged[element] = in_menu or _is_menu(element), in_other or _is_no_menu(element)


def _words(element: Element) -> set[str]:
    text = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", text)}


def _is_menu(element: Element) -> bool:
    if element.tag in {"body", "html", "main"}:
        return False
    return element.tag in {"nav", "header"} or bool(_words(element) & _MENU_WORDS)


def _is_no_menu(element: Element) -> bool:
    return element.tag in {"footer", "article", "main"} or bool(_words(element) & _NO_MENU)


def _entries(links: Iterable[Element], base: str, origin: str) -> Iterator[_Entry]:
    for link in links:
        section, is_sure = _section(link, base, origin)
        if section is not None:
            yield _Entry(section, _block(link), is_sure)


def _section(link: Element, base: str, origin: str) -> tuple[Section | None, bool]:
    url = urls.localize(link.get("href") or "", base=base, origin=origin)
    name = _name(link)
    if url is None or name is None or key_of(name) in _OTHERS:
        return None, False
    ref = urls.parse(url, origin=origin)
    if ref is not None and ref.kind == "section":
        slug = ref.slug or _slug(name)
        return Section(
            name, slug, urls.build(urls.Ref("section", id=ref.id, slug=ref.slug), origin=origin), ref.id
        ), True
    path = urlsplit(url).path.strip("/")
    if ref is not None or not re.fullmatch(
        r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)?", path, re.IGNORECASE
    ):
        return None, False
    slug = path.rpartition("/")[2].lower()
    if key_of(slug) in _OTHERS:
        return None, False
    return Section(name, slug, f"{origin.rstrip('/')}/{path}"), bool({key_of(name), key_of(slug)} & KNOWN)


def _name(link: Element) -> str | None:
    candidates = ("".join(link.itertext()), link.get("title") or "", link.get("aria-label") or "")
    names = (" ".join(unicodedata.normalize("NFC", text).split()) for text in candidates)
    name = next(filter(None, names), "")
    # A longer text is a headline or a plug.
    return name if 0 < len(name) <= 40 else None


def _slug(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKD", name).casefold()))


def _block(link: Element) -> Element:
    """Return the list a menu entry stands in: the outermost, so that sub-menus belong to their menu."""
    lists = [ancestor for ancestor in link.iterancestors() if ancestor.tag in {"ul", "ol"}]
    return lists[-1] if lists else link.getparent()


def _is_label(link: Element) -> bool:
    """Return whether a category link is the label of an article's card: an article is linked right beside it."""
    return any(
        ancestor.tag not in {"nav", "ul", "ol", "header", "body", "main", "html"}
        and any(map(_is_article, ancestor.iter("a")))
        for ancestor in islice(link.iterancestors(), 3)
    )


def _is_article(link: Element) -> bool:
    return bool(_ARTICLE.search(link.get("href") or ""))
