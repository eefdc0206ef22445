"""Answers each address of the portal with a page, feed, sitemap or picture, as the newspaper would print it."""

from __future__ import annotations

import json
import math
import re
import struct
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import jinja2

from . import words
from .body import body_pages
from .newsroom import SITE, WIB, Newsroom, Section, Story

if TYPE_CHECKING:
    from collections.abc import Callable

Layout = Literal["current", "2020", "2019"]
ListEnd = Literal["empty", "repeat", "404", "redirect"]
Dates = Literal["json_ld", "graph", "meta", "itemprop", "time", "visible"]
Slugs = Literal["serve", "redirect"]

HTML, XML, JSON, PNG = "text/html; charset=UTF-8", "application/xml; charset=UTF-8", "application/json", "image/png"

_CHOICES = {
    "layout": ("current", "2020", "2019"),
    "list_end": ("empty", "repeat", "404", "redirect"),
    "dates": ("json_ld", "graph", "meta", "itemprop", "time", "visible"),
    "slugs": ("serve", "redirect"),
}


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the portal prints and behaves.

    `layout` is the template generation; `list_end` what a list answers past its last page; `dates` the machine form of
    the date (the Indonesian text is always there); `slugs` what an article asked for under another slug answers;
    `whole` whether `?page=all` gives the whole article; `script_lists` leaves lists to a script; `absolute_redirects`
    makes redirects name the real host; `rss_zone` gives the feed's dates a zone; `torn` puts advertisements between
    the sentences of a paragraph, which a parser of HTML then cuts in two.
    """

    per_page: int = 10
    layout: Layout = "current"
    list_end: ListEnd = "empty"
    dates: Dates = "json_ld"
    slugs: Slugs = "serve"
    whole: Literal["all", False] = "all"
    script_lists: bool = False
    rss_size: int = 20
    rss_zone: bool = True
    sitemap_size: int = 200
    robots: str | None = "User-agent: *\nDisallow: /search\n"
    absolute_redirects: bool = False
    torn: bool = False

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                raise ValueError(f"{name}={value!r} is unknown: choose from {', '.join(allowed)}.")


@dataclass(slots=True)
class Response:
    """What an address answers; `changed` becomes Last-Modified where validators are on."""

    body: bytes = b""
    status: int = 200
    content_type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)
    changed: datetime | None = None


def error(status: int, text: str) -> Response:
    """Return an error page."""
    head = f'<!DOCTYPE html><html lang="id"><head><title>{status}</title></head>'
    return Response(f"{head}<body><h1>{status}</h1><p>{text}</p></body></html>".encode(), status)


def not_found() -> Response:
    """Return the page for an address that does not exist."""
    return error(404, "Halaman tidak ditemukan.")


def spoken(when: datetime) -> str:
    """Return a moment in Indonesian words.

    >>> spoken(datetime(2022, 12, 6, 22, 10, tzinfo=WIB))
    'Selasa, 06 Desember 2022, 22:10 WIB'
    """
    return f"{words.DAYS[when.weekday()]}, {when:%d} {words.MONTHS[when.month - 1]} {when:%Y}, {when:%H:%M} WIB"


def spoken_2020(when: datetime) -> str:
    """Return a moment as the older templates wrote it.

    >>> spoken_2020(datetime(2020, 12, 19, 19, 14, tzinfo=WIB))
    'Sabtu, 19 Desember 2020 | 19:14 WIB'
    """
    return f"{words.DAYS[when.weekday()]}, {when.day} {words.MONTHS[when.month - 1]} {when:%Y} | {when:%H:%M} WIB"


def ago(when: datetime, now: datetime) -> str:
    """Return how long ago a moment was, as the home page says it."""
    minutes = int((now - when).total_seconds()) // 60
    if minutes < 60:
        return f"{max(minutes, 1)} menit yang lalu"
    return f"{minutes // 60} jam lalu" if minutes < 24 * 60 else spoken(when)


def rfc822(when: datetime, *, zone: bool = True) -> str:
    """Return a moment as RSS writes it, in English whatever the locale."""
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[when.weekday()]
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[when.month * 3 - 3 : when.month * 3]
    return f"{day}, {when:%d} {month} {when:%Y %H:%M:%S}" + (" +0700" if zone else "")


def _png() -> bytes:
    """Return a real PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\x9a\x1b\x1e")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


PIXEL = _png()
_TEMPLATES = jinja2.Environment(loader=jinja2.PackageLoader(__package__, "templates"), autoescape=True)


@dataclass(frozen=True, slots=True)
class _List:
    """A list of stories and its address; `base` has no query. `pages_in_path` is the 2020 form of the index."""

    kind: str
    title: str
    base: str
    stories: list[Story]
    day: datetime | None = None
    pages_in_path: bool = False

    def address(self, page: int) -> str:
        if self.pages_in_path:
            return f"{self.base}/{page}"
        return self.base if page == 1 else f"{self.base}?{urlencode({'page': page})}"


class Pages:
    """The portal without its server: `answer(target)` prints what an address holds now."""

    def __init__(self, newsroom: Newsroom, look: Look | None = None) -> None:
        self.newsroom = newsroom
        self.look = look or Look()
        self._folder = "current" if self.look.layout == "current" else "older"
        self._searches: list[str] = []
        self._routes: list[tuple[re.Pattern[str], Callable[..., Response]]] = [
            (re.compile(pattern), view)
            for pattern, view in (
                (r"/", self._home),
                (r"/(?:read|berita)(?P<id>\d{1,12})(?:/(?P<slug>[^/]*?)(?P<html>\.html)?)?/?", self._article),
                (r"/indeks", self._today),
                (r"/indeks/(?P<day>\d{8})(?:/(?P<page>\d+))?", self._day),
                (r"/tag[-\d]*/[a-z0-9-]+", self._tag),
                (r"/search/(?P<id>\d+)", self._found),
                (r"/rss", self._rss),
                (r"/sitemap\.xml", self._sitemap_index),
                (r"/news/news-(?P<number>\d{1,9})\.xml", self._sitemap_news),
                (r"/sitemap-kanal\.xml", self._sitemap_pages),
                (r"/robots\.txt", self._robots),
                (r"/(?:files|assets)/.*\.(?:jpg|webp|png|gif)", self._picture),
                (r"/assets/.*\.(?P<kind>css|js)", self._asset),
                (r"/(?:category-\d+/)?[a-z-]+", self._section),
            )
        ]

    def answer(self, target: str, *, empty: bool = False) -> Response:
        """Return what a GET of this path and query answers; `empty` takes all stories out of it."""
        parts = urlsplit("//portal" + target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        data = query.pop("data", None) is not None
        for pattern, view in self._routes:
            if match := pattern.fullmatch(parts.path):
                with self.newsroom.lock:
                    return view(parts.path, query | {"empty": empty, "data": data}, **match.groupdict())
        return not_found()

    def search(self, form: str) -> Response:
        """Return what `POST /search` answers: a redirect to a numbered page of results."""
        self._searches.append(parse_qs(form).get("q", [""])[-1])
        return self._moved(f"/search/{len(self._searches)}", 303)

    # --- lists ---

    def _section(self, path: str, query: dict[str, Any]) -> Response:
        section = next((section for section in self.newsroom.sections if section.path == path), None)
        if section is None:
            if path in {"/about-us", "/redaksi", "/pedoman-media-siber"}:
                return self._plain(path)
            return not_found()
        return self._list(_List("section", section.name, path, self.newsroom.in_section(section)), query)

    def _tag(self, path: str, query: dict[str, Any]) -> Response:
        stories = self.newsroom.with_tag(path)
        if not stories:
            return not_found()
        name = next(tag.name for tag in stories[0].tags if tag.path == path)
        return self._list(_List("tag", f"Tag: {name}", path, stories), query)

    def _found(self, path: str, query: dict[str, Any], id: str) -> Response:  # noqa: A002 - the site's own word
        if not 0 < int(id) <= len(self._searches):
            return not_found()
        words_ = self._searches[int(id) - 1]
        return self._list(_List("search", f"Hasil pencarian: {words_}", path, self.newsroom.search(words_)), query)

    def _today(self, path: str, query: dict[str, Any]) -> Response:
        return self._index(path, query, self.newsroom.now)

    def _day(self, path: str, query: dict[str, Any], day: str, page: str | None) -> Response:
        try:
            when = datetime.strptime(day, "%Y%m%d").replace(tzinfo=WIB)
        except ValueError:
            return not_found()
        return self._index(path.removesuffix(f"/{page}"), {**query, **({"page": page} if page else {})}, when)

    def _index(self, base: str, query: dict[str, Any], when: datetime) -> Response:
        in_path = self._folder == "older" and base != "/indeks"
        title = f"Indeks Berita {when.day} {words.MONTHS[when.month - 1]} {when.year}"
        return self._list(_List("indeks", title, base, self.newsroom.on_day(when.date()), when, in_path), query)

    def _list(self, listed: _List, query: dict[str, Any]) -> Response:
        stories = [] if query["empty"] else listed.stories
        pages = math.ceil(len(stories) / self.look.per_page)
        page = int(query.get("page", "1")) if query.get("page", "1").isdigit() else 1
        page = max(page, 1)
        if page > max(pages, 1):
            if self.look.list_end == "404":
                return not_found()
            if self.look.list_end == "redirect":
                return self._moved(listed.address(1), 302)
            if self.look.list_end == "repeat":
                page = max(pages, 1)
        shown = stories[(page - 1) * self.look.per_page : page * self.look.per_page]
        if query["data"]:
            return self._list_data(listed, shown, page, pages)
        return self._page("list", **self._list_words(listed, shown, page, pages))

    def _list_words(self, listed: _List, shown: list[Story], page: int, pages: int) -> dict[str, Any]:
        own = listed.title if listed.kind == "section" else None
        popular = [story for story in self.newsroom.stories[:400] if story.section.name != own]
        day, now = listed.day, self.newsroom.now
        return {
            "kind": listed.kind,
            "title": listed.title,
            "base": listed.base,
            "stories": shown,
            "page": page,
            "pages": pages,
            "window": [n for n in range(1, pages + 1) if n in {1, pages} or abs(n - page) < 3],
            "pager": lambda n: ("", SITE)[n % 2] + listed.address(n),
            "popular": popular[3:40:5][:8],
            "shell": self._data_address(listed, page) if self.look.script_lists else None,
            "day": f"{day:%Y-%m-%d}" if day else None,
            "previous_day": f"/indeks/{day - timedelta(days=1):%Y%m%d}" if day else None,
            "next_day": f"/indeks/{day + timedelta(days=1):%Y%m%d}" if day and day.date() < now.date() else None,
        }

    def _data_address(self, listed: _List, page: int) -> str:
        return f"{listed.base}?{urlencode({'page': page, 'data': 1})}"

    def _list_data(self, listed: _List, shown: list[Story], page: int, pages: int) -> Response:
        """Answer the script of an empty shell: the cards of a page and where the next ones are."""
        macros: Any = _TEMPLATES.get_template(f"{self._folder}/cards.html.j2").module
        cards = [
            str(macros.card(story, self._link(story, listed.base), self._spoken(story.published))) for story in shown
        ]
        answer = {"html": "".join(cards), "next": self._data_address(listed, page + 1) if page < pages else None}
        text = json.dumps(answer, ensure_ascii=False)
        return Response(text.encode(), content_type=JSON, changed=self.newsroom.changed)

    def _home(self, path: str, query: dict[str, Any]) -> Response:  # noqa: ARG002 - every view takes the address
        stories = [] if query["empty"] else self.newsroom.stories
        by_section = {word.slug: [s for s in stories if s.section == word][:4] for word in self.newsroom.sections}
        return self._page(
            "home", title="Home", stories=stories[:15], by_section=by_section, popular=stories[3:40:5][:8]
        )

    # --- articles ---

    def _article(
        self,
        path: str,
        query: dict[str, Any],
        id: str,  # noqa: A002 - the site's own word
        slug: str | None,
        html: str | None,
    ) -> Response:
        story = self.newsroom.get(id)
        if story is None:
            status = self.newsroom.removed.get(int(id), 404)
            return not_found() if status == 404 else error(status, "Berita ini sudah dihapus.")
        usual = self.look.layout == "2019"  # that generation wrote .html itself
        strange = path.startswith("/berita") or slug != story.slug or (html is not None and not usual)
        if strange and (self.look.slugs == "redirect" or path.startswith("/berita")):
            return self._moved(story.path + (f"?page={query['page']}" if "page" in query else ""), 301)
        return self._article_page(story, query.get("page", "1"))

    def _article_page(self, story: Story, wanted: str) -> Response:
        older, link = self._folder == "older", self._body_link(story)
        printed = body_pages(story, seed=self.newsroom.seed, older=older, link=link, torn=self.look.torn)
        if wanted == "all" and self.look.whole == "all":
            page, body = None, "\n".join(printed)
        else:
            page = int(wanted) if wanted.isdigit() and 0 < int(wanted) <= story.pages else 1
            body = printed[page - 1]
        newer = [other for other in self.newsroom.in_section(story.section)[:30] if other.id != story.id]
        response = self._page(
            "article",
            title=story.headline,
            story=story,
            canonical=story.url if self._folder == "current" else self._link(story, "canonical"),
            body=body,
            page=page if story.pages > 1 else None,
            whole=self.look.whole,
            dates=self.look.dates,
            published=story.published.isoformat(),
            modified=story.modified.isoformat() if story.modified else None,
            spoken=self._spoken(story.published),
            json_ld=self._json_ld(story),
            crumbs=[s for s in self.newsroom.sections if s.name == story.section.parent] + [story.section],
            separator=(" | ", ", ", " & ", " dan ")[story.id % 4],
            others=newer[story.id % 5 :][:3],
            popular=[other for other in self.newsroom.stories[:200] if other.section != story.section][2:40:6][:6],
        )
        response.changed = story.changed
        return response

    def _json_ld(self, story: Story) -> str | None:
        """Return the article's JSON-LD where the look carries dates in it."""
        if self.look.dates not in {"json_ld", "graph"}:
            return None
        house = {"@type": "Organization", "name": "Warta Ekonomi", "url": SITE}
        article: dict[str, Any] = {
            "@type": "NewsArticle",
            "mainEntityOfPage": {"@type": "WebPage", "@id": story.url},
            "headline": story.headline,
            "description": story.description,
            "datePublished": story.published.isoformat(),
            **({"dateModified": story.modified.isoformat()} if story.modified else {}),
            "author": [{"@type": "Person", "name": name} for name in story.authors] or house,
            "editor": [{"@type": "Person", "name": name} for name in story.editors],
            "publisher": house,
            "articleSection": story.section.name,
            "keywords": ", ".join(story.keywords),
            "image": [story.image.url] if story.image else [],
            "isAccessibleForFree": True,
        }
        if self.look.dates == "graph":
            page = {"@type": "WebPage", "@id": story.url, "url": story.url, "name": f"{story.headline} - Warta Ekonomi"}
            whole = {"@context": "https://schema.org", "@graph": [house, page, article]}
        else:
            whole = {"@context": "https://schema.org", **article}
        return json.dumps(whole, ensure_ascii=False, indent=1).replace("</", "<\\/")

    # --- feeds and files ---

    def _rss(self, path: str, query: dict[str, Any]) -> Response:  # noqa: ARG002
        stories = [] if query["empty"] else self.newsroom.stories[: self.look.rss_size]
        return self._xml("rss.xml.j2", stories=stories, rfc822=lambda when: rfc822(when, zone=self.look.rss_zone))

    def _chunks(self) -> list[list[Story]]:
        """Return the stories of each news sitemap, oldest first, so that only the last one grows."""
        stories, size = self.newsroom.stories[::-1], self.look.sitemap_size
        return [stories[start : start + size] for start in range(0, len(stories), size)]

    def _sitemap_index(self, path: str, query: dict[str, Any]) -> Response:  # noqa: ARG002
        chunks = [] if query["empty"] else self._chunks()
        children: list[tuple[str, str | None]] = [(f"{SITE}/sitemap-kanal.xml", None)]
        children += [
            (f"{SITE}/news/news-{n}.xml", max(story.modified or story.published for story in chunk).isoformat())
            for n, chunk in reversed(list(enumerate(chunks, 1)))
        ]
        return self._xml("sitemap-index.xml.j2", children=children)

    def _sitemap_news(self, path: str, query: dict[str, Any], number: str) -> Response:  # noqa: ARG002
        chunks = self._chunks()
        if not 0 < int(number) <= len(chunks):
            return not_found()

        def stamp(when: datetime) -> str:  # every other file leaves the zone out
            return when.isoformat() if int(number) % 2 else f"{when:%Y-%m-%d %H:%M:%S}"

        stories = [] if query["empty"] else chunks[int(number) - 1][::-1]
        return self._xml("sitemap-news.xml.j2", stories=stories, stamp=stamp)

    def _sitemap_pages(self, path: str, query: dict[str, Any]) -> Response:  # noqa: ARG002
        return self._xml("sitemap-pages.xml.j2", sections=self.newsroom.sections)

    def _robots(self, path: str, query: dict[str, Any]) -> Response:  # noqa: ARG002
        if self.look.robots is None:
            return not_found()
        return Response(self.look.robots.encode(), content_type="text/plain; charset=UTF-8")

    def _picture(self, path: str, query: dict[str, Any]) -> Response:  # noqa: ARG002
        return Response(PIXEL, content_type=PNG)

    def _asset(self, path: str, query: dict[str, Any], kind: str) -> Response:  # noqa: ARG002
        return Response(b"", content_type={"css": "text/css", "js": "text/javascript"}[kind])

    # --- printing ---

    def _page(self, name: str, **values: Any) -> Response:
        children: dict[str, list[Section]] = defaultdict(list)
        for section in self.newsroom.sections:
            if section.parent:
                children[section.parent].append(section)
        text = _TEMPLATES.get_template(f"{self._folder}/{name}.html.j2").render(
            sections=self.newsroom.sections,
            children=children,
            to=self._to,
            link=self._link,
            when=lambda story: self._spoken(story.published),
            ago=lambda story: ago(story.published, self.newsroom.now),
            **values,
        )
        return Response(text.encode(), changed=self.newsroom.changed)

    def _plain(self, path: str) -> Response:
        return self._page("plain", title=path.strip("/").replace("-", " ").title(), popular=self.newsroom.stories[:3])

    def _xml(self, name: str, **values: Any) -> Response:
        text = _TEMPLATES.get_template(name).render(**values)
        return Response(text.encode(), content_type=XML, changed=self.newsroom.changed)

    def _moved(self, path: str, status: int) -> Response:
        return Response(b"", status, headers={"Location": (SITE if self.look.absolute_redirects else "") + path})

    def _spoken(self, when: datetime) -> str:
        return spoken(when) if self._folder == "current" else spoken_2020(when)

    def _to(self, path: str, key: str) -> str:
        """Return a path in one of the forms the site prints, always the same one for the same place."""
        host = "https://www.wartaekonomi.co.id" if self._folder == "older" else SITE
        return (host, host, "", "https://www.wartaekonomi.co.id")[zlib.crc32(f"{key}{path}".encode()) % 4] + path

    def _link(self, story: Story, key: str) -> str:
        """Return a story's address in one of the forms the site prints, mostly the canonical one."""
        if self.look.layout == "2019":
            return f"https://www.wartaekonomi.co.id{story.path}.html"
        if self._folder == "older":
            return f"https://www.wartaekonomi.co.id{story.path}"
        forms = {
            12: f"https://www.wartaekonomi.co.id{story.path}",
            13: f"https://www.wartaekonomi.co.id{story.path}.html",
            14: f"http://wartaekonomi.co.id{story.path}",
            15: f"https://m.wartaekonomi.co.id/berita{story.id}/{story.slug}",
        }
        form = zlib.crc32(f"{key}{story.id}".encode()) % 16
        return forms.get(form, story.path if form < 4 else story.url)

    def _body_link(self, story: Story) -> Callable[[str], str]:
        """Return how addresses inside this story's body are printed: mostly canonical, some on `www.` or relative."""

        def link(url: str) -> str:
            form = zlib.crc32(f"{story.id}{url}".encode()) % 8
            return url if form > 1 else url.replace(SITE, ("", "https://www.wartaekonomi.co.id")[form], 1)

        return link
