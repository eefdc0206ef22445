"""Hostile pages: each shape at two sizes, and the time to read it may grow no faster than the size.

`make bench BENCH=hostile` reads pages of 250 kB and 1 MB. The suite reads smaller ones (tests/reading/test_hostile.py).
"""

from __future__ import annotations

import gzip
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.benchmarks._material import say
from wartacrawl.page import Page
from wartacrawl.reading.budget import PageTooSlowError, time_limit
from wartacrawl.reading.extract import extract
from wartacrawl.site import feeds, listings, notices, sections, urls

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
FACTOR = 4
# A page four times as large may take eight times as long: twice what is linear, and half of what is quadratic.
GROWTH = 8.0
# Seconds of processor time below which a ratio says nothing.
NOISE = 0.15
# Seconds after which a shape has failed in any case.
PATIENCE = 20.0
SMALL = 250_000
# Bytes of nested elements: as deep as libxml2 follows (2,048), so that only the rest of the page grows.
DEEP = 30_000
TRIES = 3

LINK = '<a href="/read{0}/kopi-{0}">Harga kopi naik {0}</a>'
SENTENCE = "Harga kopi naik dua persen pekan ini, kata Budi kepada wartawan. "

Shape = tuple[str, "Callable[[int], bytes]"]


def article(body: str, head: str = "", title: str = "Harga Kopi Naik") -> bytes:
    """Return an article page in the current template."""
    return (
        f'<html><head><title>{title}</title><link rel="canonical" href="https://wartaekonomi.co.id/read7/kopi">{head}</head>'
        f"<body><article><h1>{title}</h1><div class=articlePostContent>{body}</div></article></body></html>"
    ).encode()


def in_article(unit: str, *, before: str = "", after: str = "") -> Callable[[int], bytes]:
    """Return a maker of article pages whose text repeats a unit; `{0}` in it is a number that rises."""
    return lambda size: article(before + repeated(unit, size) + after)


def repeated(unit: str, size: int) -> str:
    """Return a unit repeated to a size in bytes; `{0}` is a number that rises."""
    many = max(size // len(unit.encode()), 1)
    return "".join(unit.replace("{0}", str(100_000 + number)) for number in range(many))


def nested(opening: str, inner: str, size: int) -> str:
    """Return elements within elements."""
    return opening * max(size // len(opening), 1) + inner


def in_script(text: Callable[[int], str]) -> Callable[[int], bytes]:
    """Return a maker of pages whose JSON-LD is a text."""
    return lambda size: article(SENTENCE, f'<script type="application/ld+json">{text(size)}</script>')


def unknown(body: Callable[[int], str]) -> Callable[[int], bytes]:
    """Return a maker of pages in a template nobody knows."""
    return lambda size: (
        '<html><head><link rel="canonical" href="https://wartaekonomi.co.id/read7/kopi"></head>'
        f"<body><h1>Harga Kopi Naik</h1>{body(size)}</body></html>"
    ).encode()


def plain(body: Callable[[int], str]) -> Callable[[int], bytes]:
    """Return a maker of pages of any kind."""
    return lambda size: f"<html><body>{body(size)}</body></html>".encode()


def rss(body: Callable[[int], str]) -> Callable[[int], bytes]:
    """Return a maker of feeds."""
    return lambda size: f'<?xml version="1.0"?><rss><channel>{body(size)}</channel></rss>'.encode()


def scrambled(size: int) -> str:
    """Return tags in random order, most of them never closed."""
    rng = random.Random(size)
    tags = (
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<b>",
        "<a href=/read8/x>",
        "</a>",
        "<table>",
        "<td>",
        "</ul>",
        "<li>",
        "kopi ",
    )
    return "".join(rng.choice(tags) for _ in range(size // 6))


def links_under(depth: int, size: int) -> str:
    """Return article links within elements that are nested as deep as a parser allows."""
    return "<div>" * depth + repeated(LINK, size)


SHAPES: dict[str, Shape] = {
    # -- lines of an article
    "phone numbers": ("article", in_article("0812 3456 7890, ")),
    "phone numbers, a line each": ("article", in_article("<p>0812 3456 7890, 0813 4567 8901, 0814 5678 (Andi)</p>")),
    "ISBN": ("article", in_article("978-602-8519-93-9 ")),
    "dates": ("article", in_article("12 Maret 2025, ")),
    "dates, a line each": ("article", in_article("<p>Jumat, 12/03/2025 10:15 WIB</p>")),
    "blanks": ("article", in_article(" ", before="<p>Harga", after="naik</p>")),
    "no-break blanks": ("article", in_article("&nbsp;", before="<p>Harga", after="naik</p>")),
    "dashes": ("article", in_article("-", before="<p>", after="</p>")),
    "brackets": ("article", in_article("(", before="<p>Harga ", after="</p>")),
    "breaks": ("article", in_article("<br>kopi")),
    "double breaks": ("article", in_article("kopi<br><br>")),
    "related in one line": ("article", in_article("<b>Baca juga:</b> a b c. ", before="<p>", after="</p>")),
    "related links in one line": ("article", in_article(f"Baca juga: {LINK} ", before="<p>", after="</p>")),
    "related links, a line each": ("article", in_article(f"<p>Baca juga: {LINK}</p>")),
    "related without a link": ("article", in_article("<p>Baca juga: Harga kopi {0}</p>")),
    "labels without anything": ("article", in_article("<p>Baca juga</p>")),
    "boxes of related links": ("article", in_article(f"<div>Baca juga<ul><li>{LINK}</li></ul></div>")),
    "box in box": (
        "article",
        lambda size: article(nested("<div>Baca juga", "", DEEP) + repeated(f"<p>{LINK}</p>", size)),
    ),
    "share buttons": ("article", in_article("bagikan link ", before="<p>", after="</p>")),
    "platforms": ("article", in_article("facebook twitter ", before="<p>", after="</p>")),
    "pager": ("article", in_article("1 2 3 selanjutnya ", before="<p>", after="</p>")),
    "tags": ("article", in_article('<a href="/tag/kopi{0}">kopi {0}</a> ', before="<p>Tags:", after="</p>")),
    "tags, a line each": ("article", in_article('<li><a href="/tag/kopi{0}">kopi {0}</a></li>')),
    "bylines": ("article", in_article("<p>Penulis: Andi {0}</p>")),
    "bylines behind the text": ("article", in_article("<p>Editor: Budi {0}</p>", before=f"<p>{SENTENCE}</p>")),
    "names in one line": ("article", in_article("Andi, ", before="<p>Penulis: ", after="</p>")),
    "initials": ("article", in_article("(agr/ree) ", before="<p>Harga naik. ", after="</p>")),
    "calls": ("article", in_article("Ikuti kami di Google News. ", before="<p>", after="</p>")),
    "calls, a line each": ("article", in_article("<p>Ikuti saluran WhatsApp kami.</p>")),
    "captions": ("article", in_article("<p>Petani. Kredit Foto: Antara</p>")),
    "pictures": ("article", in_article('<img src="/files/arsip_foto_2025_03_07/a{0}.jpg">')),
    "pictures in boxes": ("article", in_article('<div class=terkait><img src="/a{0}.jpg"></div>')),
    "players": ("article", in_article('<iframe src="https://www.youtube.com/embed/{0}"></iframe>')),
    "paragraphs": ("article", in_article("<p>Kopi.</p>")),
    "rows": ("article", in_article("<tr><td>kopi<td>1</tr>", before="<table>", after="</table>")),
    "tables": ("article", in_article("<table><tr><td>kopi<td>1<tr><td>teh<td>2</table>")),
    "tables in tables": ("article", lambda size: article(nested("<table><tr><td>", "kopi", min(size, 20_000)))),
    "lists in lists": ("article", lambda size: article(nested("<ul><li>kopi", "", min(size, 20_000)))),
    "spans in spans": ("article", lambda size: article(nested("<span>", SENTENCE, min(size, 10_000)))),
    "emphasis in emphasis": ("article", lambda size: article("<p>" + nested("<b>a", "", min(size, 6_000)))),
    "stray ends": ("article", in_article("</p>kopi")),
    "scrambled": ("article", lambda size: article(scrambled(size))),
    "hidden": ("article", in_article('<p style="display:none">kopi</p>')),
    "forms": ("article", in_article("<form><p>a<p>b<p>c<p>d</form>")),
    "entities": ("article", in_article("&amp;amp;", before="<p>", after="</p>")),
    # -- the rest of an article's page
    "headline of dashes": ("article", lambda size: article(SENTENCE, title="- " * (size // 2))),
    "headline of house names": ("article", lambda size: article(SENTENCE, title="- Warta Ekonomi " * (size // 16))),
    "JSON-LD of brackets": ("article", in_script(lambda size: "{" * min(size, 300_000))),
    "JSON-LD of blanks": ("article", in_script(lambda size: "{" + " " * size + "x")),
    "JSON-LD of letters": ("article", in_script(lambda size: "{" + "x" * size)),
    "JSON-LD broken": ("article", in_script(lambda size: "{" + "'a': 1," * (size // 7))),
    "JSON-LD of comments": ("article", in_script(lambda size: "<!-- " * (size // 5))),
    "JSON-LD of ends": ("article", in_script(lambda size: "{}" + "]]>" * (size // 3))),
    "JSON-LD of articles": (
        "article",
        in_script(lambda size: "[" + ",".join(['{"@type":"NewsArticle","author":{"@id":"#a"}}'] * (size // 44)) + "]"),
    ),
    "JSON-LD of authors": (
        "article",
        in_script(lambda size: '{"@type":"NewsArticle","author":[' + ",".join(['{"@id":"#a"}'] * (size // 13)) + "]}"),
    ),
    "JSON-LD scripts": (
        "article",
        lambda size: article(
            SENTENCE, '<script type="application/ld+json">{"@type":"WebPage"}</script>' * (size // 66)
        ),
    ),
    "metas": ("article", lambda size: article(SENTENCE, repeated('<meta name="a{0}" content="b">', size))),
    "titles": ("article", lambda size: article(SENTENCE, '<meta property="og:title" content="Kopi">' * (size // 41))),
    "microdata": ("article", in_article('<div itemscope><b itemprop="author">Andi {0}</b></div>')),
    "microdata in microdata": (
        "article",
        lambda size: article(
            nested('<div itemscope itemprop="author">', "", DEEP) + repeated('<b itemprop="author">Andi {0}</b>', size)
        ),
    ),
    "headlines in headlines": ("article", unknown(lambda size: nested("<h1>Kopi", "", size))),
    "containers side by side": (
        "article",
        lambda size: article("").replace(
            b"<div class=articlePostContent></div>", b"<div class=articlePostContent>kopi</div>" * (size // 39)
        ),
    ),
    "containers below headings": (
        "article",
        unknown(lambda size: repeated("<h3>Teh {0}</h3><div class=articlePostContent>kopi</div>", size)),
    ),
    "containers in containers": (
        "article",
        lambda size: article(nested("<div class=articlePostContent>", "kopi", min(size, 50_000))),
    ),
    "headers": ("article", in_article("<div class=articlePostHeader><ul><li><a>a</a></ul></div>")),
    "crumbs": ("article", in_article('<div class=breadcrumb><a href="/ekbis">Home</a></div>')),
    "times": ("article", in_article('<time datetime="2025-03-07T10:15:00Z">x</time>')),
    "unknown: paragraphs": ("article", unknown(lambda size: f"<p>{SENTENCE}</p>" * (size // 70))),
    "unknown: cards": (
        "article",
        unknown(lambda size: repeated(f"<div class=card>{LINK}<p>{SENTENCE}</p></div>", size)),
    ),
    "unknown: teasers below linked headings": (
        "article",
        unknown(lambda size: repeated(f"<div class=k><h3>{LINK}</h3><p>{SENTENCE}</p></div>", size)),
    ),
    "unknown: a text and boxes of the page's foot": (
        "article",
        unknown(
            lambda size: (
                f"<main>{f'<p>{SENTENCE}</p>' * (size // 70)}</main>"
                + f"<ul><li><a href=/kontak>Kontak</a></ul><div class=a>{SENTENCE}</div>" * (size // 400)
            )
        ),
    ),
    "unknown: nested": (
        "article",
        unknown(lambda size: nested("<div>", f"<p>{SENTENCE}</p>" * (size // 70), min(size // 50, 9_000))),
    ),
    "unknown: headings": ("article", unknown(lambda size: repeated("<h2>Kopi {0}</h2><p>Harga naik.</p>", size))),
    # -- lists and menus
    "list": ("list", plain(lambda size: repeated(f"<li>{LINK}</li>", size))),
    "list under nested elements": ("list", plain(lambda size: links_under(min(size // 400, 1_900), size))),
    "list of headings": ("list", plain(lambda size: repeated(f"<h2>Kopi</h2>{LINK}", size))),
    "list of headings without links": ("list", plain(lambda size: "<h2>Kopi</h2>" * (size // 13) + LINK)),
    "list of one article": ("list", plain(lambda size: '<a href="/read7/x">a</a>' * (size // 24))),
    "list of columns": (
        "list",
        plain(lambda size: repeated(f'<div class="col-xs-4"><h3>Terkini</h3>{LINK}</div>', size)),
    ),
    "list of cards": (
        "list",
        plain(lambda size: repeated(f"<div class=item><time>1 jam lalu</time>{LINK}</div>", size)),
    ),
    "list of known cards": (
        "list",
        plain(lambda size: repeated('<a class=articleListItem href="/read{0}/a">Kopi</a>', size)),
    ),
    "list of pages": ("list", plain(lambda size: repeated('<a href="/indeks?page={0}">{0}</a>', size))),
    "empty list": ("list", plain(lambda size: "<div>tidak ada </div>" * (size // 21))),
    "empty list of nested elements": ("list", plain(lambda size: nested("<div>", "berita", min(size, 9_000)))),
    "notices": ("notice", plain(lambda size: "<p>Belum ada berita pada hari itu</p>" * (size // 37))),
    "notices in notices": ("notice", plain(lambda size: nested("<div>Belum ada berita", "", min(size, 40_000)))),
    "menu": ("menu", plain(lambda size: "<nav>" + repeated('<a href="/category-{0}/s{0}">S {0}</a>', size) + "</nav>")),
    "menu in menus": (
        "menu",
        plain(
            lambda size: nested("<div class=menu>", repeated('<a href="/category-{0}/s{0}">S</a>', size), size // 50)
        ),
    ),
    "labels of sections": ("menu", plain(lambda size: repeated('<b><a href="/category-{0}/s">S {0}</a></b>', size))),
    # -- feeds
    "feed": ("rss", rss(lambda size: repeated("<item><link>/read{0}/x</link></item>", size))),
    "feed of CDATA": ("rss", rss(lambda size: "<![CDATA[" * (size // 9))),
    "feed of ampersands": ("rss", rss(lambda size: "&" * size)),
    "feed of ends": ("rss", lambda size: b"<rss><channel>" + b"</item>" * (size // 7)),
    "feed in feeds": ("rss", rss(lambda size: nested("<item>", "", size))),
    "feed of roots": ("rss", lambda size: b"<rss>" * (size // 5)),
    "sitemap": (
        "sitemap",
        lambda size: f"<urlset>{repeated('<url><loc>/read{0}/x</loc></url>', size)}</urlset>".encode(),
    ),
    "sitemap index": (
        "sitemap",
        lambda size: (
            f"<sitemapindex>{repeated('<sitemap><loc>/news/news-{0}</loc></sitemap>', size)}</sitemapindex>".encode()
        ),
    ),
    "gzip members": ("sitemap", lambda size: gzip.compress(b"") * (size // 20)),
    "gzip members of a byte": ("sitemap", lambda size: gzip.compress(b"a") * (size // 21)),
}


def page(body: bytes, path: str) -> Page:
    """Return a page of the portal."""
    return Page.from_bytes(urls.ORIGIN + path, body, fetched_at=NOW, via="rss", content_type="text/html; charset=utf-8")


def read(reader: str, body: bytes) -> None:
    """Read a body as a crawl would."""
    if reader == "article":
        extract(page(body, "/read7/kopi"))
    elif reader == "list":
        listings.read_listing(page(body, "/indeks"), origin=urls.ORIGIN, now=NOW)
    elif reader == "notice":
        notices.is_empty_index(
            page(body, "/indeks/20260101"), datetime(2026, 1, 1, tzinfo=UTC).date(), origin=urls.ORIGIN
        )
    elif reader == "menu":
        sections.read_menu(page(body, "/").tree, base=urls.ORIGIN, origin=urls.ORIGIN)
    elif reader == "rss":
        feeds.read_rss(body, origin=urls.ORIGIN, now=NOW)
    else:
        feeds.read_sitemap(body, origin=urls.ORIGIN, now=NOW)


def seconds(name: str, size: int) -> float:
    """Return the processor time a shape of a size in bytes takes to be read; infinite beyond patience."""
    reader, make = SHAPES[name]
    body = make(size)
    began = time.process_time()
    try:
        with time_limit(PATIENCE):
            read(reader, body)
    except PageTooSlowError:
        return float("inf")
    return time.process_time() - began


def growth(name: str, size: int, *, noise: float = NOISE) -> tuple[float, float]:
    """Return the seconds of the larger page, and how many times the smaller one's; 0 where they are too few to say."""
    small = seconds(name, size)
    large = seconds(name, size * FACTOR)
    return large, 0.0 if large < noise else large / max(small, noise / GROWTH)


def main() -> int:
    """Read every shape; return 1 when one takes more than linear time."""
    failed = []
    for name in SHAPES:
        found = [growth(name, SMALL)]
        while found[-1][1] > GROWTH and len(found) < TRIES:
            found.append(growth(name, SMALL))
        large, ratio = min(found, key=lambda pair: pair[1])
        say(f"{name:40} {large:7.2f} s {ratio:6.1f}×{'  MORE THAN LINEAR' if ratio > GROWTH else ''}")
        failed += [name] * (ratio > GROWTH)
    say(f"{len(SHAPES)} shapes, {len(failed)} take more than linear time")
    return int(bool(failed))
