"""The URL grammar of the portal: every address form it ever used, read into a `Ref` and built back.

The digits after `/read` are an article's identity; slug, host, scheme and `.html` vary over the years. Nothing here
raises on a string: an address that is not understood is `None`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

ORIGIN = "https://wartaekonomi.co.id"
HOSTS = frozenset({"wartaekonomi.co.id", "www.wartaekonomi.co.id", "m.wartaekonomi.co.id"})
IMAGE_ORIGIN = "https://foto.wartaekonomi.co.id"
IMAGE_HOST = "foto.wartaekonomi.co.id"
_IMAGE_HOSTS = frozenset({IMAGE_HOST})
_PORTS = {"http": 80, "https": 443}

# The last four were seen in a page of March 2018.
Kind = Literal[
    "home",
    "article",
    "section",
    "index",
    "tag",
    "search",
    "rss",
    "sitemap",
    "image",
    "old-section",
    "old-parent",
    "author",
    "dateline",
]

# Longer addresses are refused: browsers and Scrapy's own limit (2,083) know none.
_LONGEST = 4096
_ID = r"[1-9][0-9]{0,11}"
_BARE_ID = re.compile(_ID)
_SLUG = r"(?P<slug>[^/]+)"
_GRAMMAR: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("home", re.compile(r"/")),
    # Whatever follows the slug, the number still says which article it is.
    ("article", re.compile(rf"/(?:read|berita)(?P<id>{_ID})(?:\.html)?(?:/(?P<slug>[^/]*)(?:/.*)?)?")),
    ("section", re.compile(rf"/category-(?P<id>{_ID})(?:/{_SLUG})?/?")),
    ("old-section", re.compile(rf"/kategori(?P<id>{_ID})/(?P<slug>[^/]+)\.html")),
    ("old-parent", re.compile(rf"/kategori_parent(?P<id>{_ID})/(?P<slug>[^/]+)\.html")),
    ("author", re.compile(r"/redaksi/(?P<slug>[^/]+)\.html")),
    ("dateline", re.compile(rf"/dateline(?P<id>{_ID})/(?P<slug>[^/]+)\.html")),
    ("index", re.compile(r"/indeks\.html")),
    ("index", re.compile(r"/indeks(?:/(?P<day>[0-9]{8})(?:/(?P<page>[1-9][0-9]{0,5}))?)?/?")),
    ("tag", re.compile(rf"/tag-?(?P<id>{_ID})(?:/{_SLUG})?/?")),
    ("tag", re.compile(rf"/tag/{_SLUG}/?")),
    ("search", re.compile(r"/search(?:/(?P<id>[0-9A-Za-z_-]+))?/?")),
    ("rss", re.compile(r"/rss/?")),
    ("rss", re.compile(r"/(?P<slug>feed)/?")),
    ("sitemap", re.compile(r"/sitemap\.xml")),
    ("sitemap", re.compile(r"/(?P<slug>sitemap[^/]*)")),
    ("sitemap", re.compile(r"/news/(?P<slug>news-[^/]+)")),
    # robots.txt of August 2022
    ("sitemap", re.compile(r"/(?P<slug>(?:web|images)/news-sitemap[^/]*)")),
    ("image", re.compile(r"/files/arsip_foto_(?P<day>[0-9]{4}_[0-9]{2}_[0-9]{2})/(?P<slug>[^/]+)")),
)
_UNPAGED: frozenset[Kind] = frozenset({"rss", "sitemap", "image"})
_PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
# Nothing to resolve, to encode or to refuse.
_PLAIN_ADDRESS = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+(?:\?[A-Za-z0-9=&_-]*)?"
)
# An address up to the number of its article.
_NUMBERED = re.compile(rf"(?:https?:)?(?://[^/?#\\\s]{{1,253}})?/(?:read|berita){_ID}(?![0-9])", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_HOSTNAME = re.compile(r"[^\s/?#@:%<>\"'()*,;|^`{}\\]+|\[[0-9a-fA-F:.]+\]")
# C0 and C1 controls, invisible direction marks, line separators, lone surrogates: no address has them, tricks do.
# A backslash is a slash to browsers and none to the standard.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\\\\]")
_WHITE = " \t\r\n\f"
_BLANK = re.compile(r"\s")
# Browsers find a host behind any number of slashes, urljoin does not: such a link is refused, not guessed.
_HOSTLESS = re.compile(r"https?:(?!//[^/])|///", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ref:
    """What an address of the portal refers to.

    `id` is digits as text, `slug` a percent-encoded path segment (folder and file of a sitemap), `day` the day of an
    index page or an image (Asia/Jakarta), `page` a page number from 1, `"all"` for a whole article, or `None` where no
    page is stated (the first).
    """

    kind: Kind
    id: str | None = None
    slug: str | None = None
    day: date | None = None
    page: int | Literal["all"] | None = None


@lru_cache(maxsize=8192)  # one address is read by discovery, by the layers of its page, and where it is linked
def parse(url: str, *, origin: str = ORIGIN) -> Ref | None:
    """Read an absolute URL of the portal (or of `origin`), or a bare path; `None` for everything else.

    Bare section paths (`/ekbis`) are known from the menu alone and not guessed.

    >>> parse("http://m.wartaekonomi.co.id/berita283116/rupiah-menguat?page=all")
    Ref(kind='article', id='283116', slug='rupiah-menguat', day=None, page='all')
    >>> parse("/indeks/20250105?page=2")
    Ref(kind='index', id=None, slug=None, day=datetime.date(2025, 1, 5), page=2)
    >>> parse("https://example.org/read283116/rupiah-menguat") is None
    True
    """
    text = _clean(url)
    if text is None:
        return None
    # A bare path is put on the origin; `//host/path` keeps its host.
    split = _split(urljoin(origin + "/", text) if text.startswith("/") else text)
    if split is None:
        return None
    path = _path(split.path)
    is_image = _is_at(split, _IMAGE_HOSTS)
    if path is None or not (is_image or _is_portal(split, origin)):
        return None
    ref = _match(path, split.query)
    return None if ref is None or (is_image and ref.kind != "image") else ref


def _match(path: str, query: str) -> Ref | None:
    for kind, pattern in _GRAMMAR:
        found = pattern.fullmatch(path)
        if found is not None:
            return _ref(kind, found.groupdict(), query)
    return None


def _ref(kind: Kind, parts: dict[str, str | None], query: str) -> Ref | None:
    digits = parts.get("day")
    day = _day(digits) if digits else None
    if digits and day is None:
        return None
    slug = parts.get("slug")
    if kind == "article" and slug and ".htm" in slug.lower():
        while slug.lower().endswith((".html", ".htm")):
            slug = slug[: slug.rfind(".")]
    page: int | Literal["all"] | None = None
    if kind not in _UNPAGED:
        page = _page(query, whole=kind == "article")
        number = parts.get("page")
        page = int(number) if page is None and number else page
    return Ref(kind, id=parts.get("id"), slug=slug or None, day=day, page=page)


def _day(text: str) -> date | None:
    digits = text.replace("_", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _page(query: str, *, whole: bool) -> int | Literal["all"] | None:
    # The last one wins, as in the PHP of the portal.
    values = [value for name, _, value in (part.partition("=") for part in query.split("&")) if name == "page"]
    value = values[-1] if values else ""
    if value == "all" and whole:
        return "all"
    return int(value) if _PAGE_NUMBER.fullmatch(value) else None


def build(ref: Ref, *, origin: str = ORIGIN) -> str:
    """Return the URL of a ref on `origin`: the inverse of `parse`.

    A section without an id gets its bare path, which `parse` does not know. Images stand on the image host of the real
    portal, and on `origin` itself where that is another.

    >>> build(Ref("article", id="283116", slug="rupiah-menguat", page="all"))
    'https://wartaekonomi.co.id/read283116/rupiah-menguat?page=all'
    >>> build(Ref("index", day=date(2025, 1, 5), page=2), origin="http://127.0.0.1:8000")
    'http://127.0.0.1:8000/indeks/20250105?page=2'
    """
    base = IMAGE_ORIGIN if ref.kind == "image" and origin == ORIGIN else origin
    page = f"?page={ref.page}" if ref.page is not None and ref.kind not in _UNPAGED else ""
    return base.rstrip("/") + _path_of(ref) + page


def article_prefixes(origin: str = ORIGIN) -> tuple[str, ...]:
    """Return what addresses of articles begin with, up to the number: without scheme, and without `www.`.

    >>> article_prefixes()[:2]
    ('m.wartaekonomi.co.id/berita', 'm.wartaekonomi.co.id/read')
    """
    hosts = {*HOSTS, urlsplit(origin).netloc}
    return tuple(sorted({f"{host.removeprefix('www.')}/{word}" for host in hosts for word in ("read", "berita")}))


def _path_of(ref: Ref) -> str:
    folder, _, name = (ref.slug or "").rpartition("/") if ref.kind == "sitemap" else ("", "", ref.slug or "")
    slug = _segment(name) if name else None
    tail = f"/{folder}/{slug}".replace("//", "/") if slug else ""
    paths: dict[Kind, str] = {
        "home": "/",
        "article": f"/read{ref.id}{tail}",
        "section": f"/category-{ref.id}{tail}" if ref.id else tail or "/",
        "index": f"/indeks/{_digits(ref.day)}" if ref.day else "/indeks",
        "tag": f"/tag-{ref.id}{tail}" if ref.id else f"/tag{tail}",
        "search": f"/search/{ref.id}" if ref.id else "/search",
        "rss": tail or "/rss",
        "old-section": f"/kategori{ref.id}{tail}.html",
        "old-parent": f"/kategori_parent{ref.id}{tail}.html",
        "author": f"/redaksi{tail}.html",
        "dateline": f"/dateline{ref.id}{tail}.html",
        "sitemap": (f"/news{tail}" if tail.startswith("/news-") else tail) or "/sitemap.xml",
        "image": f"/files/arsip_foto_{ref.day.isoformat().replace('-', '_')}{tail}" if ref.day else f"/files{tail}",
    }
    return paths[ref.kind]


def _digits(day: date) -> str:
    # Not strftime: its %Y drops the leading noughts of small years.
    return day.isoformat().replace("-", "")


def index_path_form(day: date, page: int, *, origin: str = ORIGIN) -> str:
    """Return an index page in the form of 2020, where the page number is part of the path.

    >>> index_path_form(date(2020, 3, 9), 2)
    'https://wartaekonomi.co.id/indeks/20200309/2'
    """
    return f"{origin.rstrip('/')}/indeks/{_digits(day)}/{page}"


def identity(text: str, *, origin: str = ORIGIN) -> str | None:
    """Return the identifier in a bare id or in an article URL of any generation, on the portal or on `origin`.

    >>> identity("583116"), identity("www.wartaekonomi.co.id/read146119/harga-cabai-turun.html")
    ('583116', '146119')
    """
    text = text.strip(_WHITE)
    if _BARE_ID.fullmatch(text):
        return text
    if text.lower().startswith(tuple(host + "/" for host in HOSTS)):
        text = "https://" + text
    ref = parse(text, origin=origin)
    return ref.id if ref is not None and ref.kind == "article" else None


def canonical(url: str, *, base: str | None = None) -> str | None:
    """Return the absolute http(s) address of a link as data, resolved against `base`.

    Addresses of the portal get https and the bare host and lose their fragment, those of articles their query and
    `.html` too; foreign ones stay as they are. `None` for anything else (`mailto:`, `#top`, user names, controls).

    >>> canonical("//www.wartaekonomi.co.id/read7/kopi.html?utm_source=x#top", base=ORIGIN)
    'https://wartaekonomi.co.id/read7/kopi'
    """
    return _canonized(url, _root_of(url, base))


@lru_cache(maxsize=16_384)
def _canonized(url: str, base: str | None) -> str | None:
    split, absolute = _joined(url, base)
    if split is None:
        return None
    if not _is_at(split, HOSTS):
        return absolute
    path = _path(split.path)
    if path is None:
        return None
    ref = _match(path, "")
    if ref is not None and ref.kind == "article":
        return build(ref)
    return ORIGIN + path + (f"?{split.query}" if split.query else "")


def resolve(href: str, *, base: str = ORIGIN) -> str | None:
    """Return the absolute http(s) address of a link as it is stated, blanks encoded; `None` for anything else.

    >>> resolve("../foto/a b.jpg", base="http://wartaekonomi.co.id/read7/kopi")
    'http://wartaekonomi.co.id/foto/a%20b.jpg'
    """
    if _PLAIN_ADDRESS.fullmatch(href):
        return href
    split, absolute = _joined(href, _root_of(href, base))
    return absolute if split is not None else None


def localize(href: str, *, base: str, origin: str) -> str | None:
    """Return the address on `origin` that a link may be requested at; `None` for every other host, port or scheme.

    The portal's real hosts are mapped to `origin`, and article addresses of older generations to `/read{id}/{slug}`
    (their page kept). Paths that climb (`..`) are resolved, encoded ones refused.

    >>> localize("http://m.wartaekonomi.co.id/berita7/kopi", base=ORIGIN, origin="http://127.0.0.1:8000")
    'http://127.0.0.1:8000/read7/kopi'
    >>> localize("https://example.org/read7/kopi", base=ORIGIN, origin=ORIGIN) is None
    True
    """
    return _localized(href, _root_of(href, base), origin)


@lru_cache(maxsize=16_384)
def _localized(href: str, base: str | None, origin: str) -> str | None:
    split, _ = _joined(href, base)
    if split is None or not _is_portal(split, origin):
        return None
    path = _path(split.path)
    if path is None:
        return None
    ref = _match(path, split.query)
    if ref is not None and ref.kind == "article":
        return build(ref, origin=origin)
    return origin.rstrip("/") + path + (f"?{split.query}" if split.query else "")


def by_number(href: str, *, base: str, origin: str) -> str | None:
    r"""Return the address of an article by the number in a link that is refused otherwise; `None` where there is none.

    An invisible character, an encoded slash, a line break or a backslash in a slug says nothing of which article it is.

    >>> by_number("/read7/kopi\u200b%2Fsusu", base=ORIGIN, origin=ORIGIN)
    'https://wartaekonomi.co.id/read7'
    >>> by_number("https://example.org/read7/kopi\u200b", base=ORIGIN, origin=ORIGIN) is None
    True
    """
    found = _NUMBERED.match(href.strip(_WHITE)[:_LONGEST])
    url = localize(found[0], base=base, origin=origin) if found else None
    ref = parse(url, origin=origin) if url else None
    return build(Ref("article", id=ref.id), origin=origin) if ref is not None and ref.kind == "article" else None


def with_page(url: str, number: int) -> str:
    """Return a list's address with its `page` parameter set, all others kept, the fragment dropped.

    >>> with_page("https://wartaekonomi.co.id/category-283/bursa?page=2&sort=asc", 3)
    'https://wartaekonomi.co.id/category-283/bursa?sort=asc&page=3'
    """
    address, _, query = url.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] != "page"]
    return address + "?" + "&".join([*kept, f"page={number}"])


def _clean(text: str) -> str | None:
    """Strip what HTML strips, encode inner blanks, refuse what no honest address contains."""
    text = text.strip(_WHITE)
    if not text or len(text) > _LONGEST or _FORBIDDEN.search(text) or _HOSTLESS.match(text):
        return None
    return _BLANK.sub("%20", text)


def _split(url: str) -> SplitResult | None:
    """Split an absolute http(s) URL with a sound host and without user name."""
    try:
        split = urlsplit(url)
    except ValueError:
        return None
    return split if split.scheme in _PORTS and _site(split.scheme, split.netloc) is not None else None


@lru_cache(maxsize=1024)  # a page has hundreds of links to a handful of hosts
def _site(scheme: str, netloc: str) -> tuple[str, int] | None:
    """Return host and port of a network location; `None` for one without a sound host, or with a user name."""
    split = SplitResult(scheme, netloc, "", "", "")
    try:
        port = split.port
    except ValueError:
        return None
    host = netloc.rpartition(":")[0] if port is not None else netloc.removesuffix(":")
    if not _HOSTNAME.fullmatch(host):
        return None
    return split.hostname or "", port or _PORTS[scheme]


def _root_of(href: str, base: str | None) -> str | None:
    """Return what of a base a link needs: the same for all pages of a host, as menus and cards stand on thousands."""
    if href.startswith(("http://", "https://")):
        return ""
    if base is not None and href.startswith("/") and not href.startswith("//"):
        return base[: base.find("/", len("https://")) + 1] or base
    return base


@lru_cache(maxsize=16_384)
def _joined(href: str, base: str | None) -> tuple[SplitResult | None, str]:
    text = _clean(href)
    if text is None or text.startswith("#"):
        return None, ""
    try:
        absolute = urljoin(base or "", text)
    except ValueError:
        return None, ""
    split = _split(absolute)
    # urljoin leaves the case of a scheme alone.
    return split, split.scheme + absolute[len(split.scheme) :] if split else ""


def _is_at(split: SplitResult, hosts: frozenset[str]) -> bool:
    host, port = _site(split.scheme, split.netloc) or ("", 0)
    return port == _PORTS[split.scheme] and host.removesuffix(".") in hosts


def _is_portal(split: SplitResult, origin: str) -> bool:
    if _is_at(split, HOSTS):
        return True
    own = _split(origin)
    return own is not None and _site(own.scheme, own.netloc) == _site(split.scheme, split.netloc)


def _path(path: str) -> str | None:
    """Resolve dots and empty segments of a path; refuse segments whose encoding hides a dot, slash or control."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment not in {"", "."}:
            encoded = _segment(segment)
            if encoded is None:
                return None
            kept.append(encoded)
    is_folder = bool(kept) and segments[-1] in {"", ".", ".."}
    return "/" + "/".join(kept) + ("/" if is_folder else "")


def _segment(segment: str) -> str | None:
    if _PLAIN_SEGMENT.fullmatch(segment):
        return segment
    plain = segment
    # Twice: what is decoded once on the way is decoded again by a careless server.
    for _ in range(2):
        plain = unquote(plain)
        if plain in {".", ".."} or "/" in plain or _FORBIDDEN.search(plain):
            return None
    return quote(unquote(segment), safe="-._~!$&'()*+,;=:@")
