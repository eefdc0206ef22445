"""The templates of the portal, newest first: how each is recognised and where its fields stand.

A template is recognised by a marker in the page, not by the date: it is not known whether old articles are shown in
the new template today. A redesign is a subclass of the newest layout with only what moved, put first in `LAYOUTS`.
Where a class is known from one report alone (mark B of 2026-11), a second way to the same field stands beside it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, ClassVar

from wartacrawl.language.promos import Promos
from wartacrawl.language.text import Datelines, clean, mentions
from wartacrawl.page import visible_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wartacrawl.page import Element

# To be raised with every change of what the layouts find: articles that only the generic layer could read are then read
# again, from the archive or some with each crawl.
VERSION = 2

# What may show the headline of an article.
HEADINGS = ("h1", "h2", "h3")

# The newspaper's names: before a dateline, behind a headline, as its own author (quoted articles, 2014 to 2026).
HOUSE = r"warta\s?ekonomi(?:\.co\.id|\s+online)?|we\s+online|wartaekonomi\.com"
# The newspaper signs its datelines with two letters, too.
DATELINES = Datelines(rf"{HOUSE}|(?-i:WE)")
# Every spelling has one of these.
_HOUSE_HINTS = ("ekonomi", "online")
PROMOS = Promos(HOUSE, _HOUSE_HINTS)
_HOUSE = re.compile(rf"\b(?:{HOUSE})\b", re.IGNORECASE)
_HOUSE_AS_NAME = re.compile(
    rf"\A(?:tim\s+|admin\s+|redaksi\s+|the\s+){{0,4}}(?:{HOUSE}|redaksi|tim|admin(?:istrator)?)(?:\s+(?:redaksi|tim|team|group)){{0,4}}",
    re.IGNORECASE,
)
_SUFFIX = re.compile(rf"[-–—|:•·»]\s{{0,4}}(?:{HOUSE})(?:\s{{0,4}}[-–—|:].{{0,60}})?$", re.IGNORECASE)
_PREFIX = re.compile(rf"\A\s{{0,8}}(?:{HOUSE})\s{{0,4}}[-–—|•·»]{{1,2}}\s{{1,4}}(?=\S)", re.IGNORECASE)
_JOINTS = " -–—|:•·»"
_LONGEST_SUFFIX = 120
# The line under articles since about 2022, in every wording seen; it may follow a sentence in the same paragraph.
_SLOGAN = re.compile(
    rf"mau\s+berita\s+(?:terbaru\s+)?lainnya\s+dari\s+(?:{HOUSE})\s*\?.*?(?:simbol\s+bintang\s*[.!]?|$)",
    re.IGNORECASE,
)
_CHANNEL_HOSTS = re.compile(
    r"^https?://(?:[\w-]+\.)?(?:news\.google\.com|whatsapp\.com|wa\.me|t\.me|telegram\.me|instagram\.com|facebook\.com"
    r"|fb\.(?:com|me)|twitter\.com|x\.com|tiktok\.com|youtube\.com/(?:@|c/|channel/|user/)|threads\.(?:net|com)"
    r"|linkedin\.com|play\.google\.com|apps\.apple\.com)",
    re.IGNORECASE,
)
_NO_VIDEO = re.compile(
    r"doubleclick|googlesyndication|googletagmanager|adservice|//ads\.|/ads?/|taboola|outbrain|mgid|google\.[a-z.]{2,8}/maps"
    r"|maps\.google|docs\.google|spotify|soundcloud|podcasts|twitter\.com|platform\.x\.com|instagram\.com/(?:p|embed)"
    r"|facebook\.com/plugins/(?:post|page|like|share|comments)|datawrapper|flourish|infogram|disqus|recaptcha|tradingview"
    r"|ivs-player|/online_banner/",
    re.IGNORECASE,
)
_PORTRAIT = re.compile(r"/(?:avatars?|authors?|penulis|profil(?:e|es)?|users?|gravatar)/|gravatar\.com", re.IGNORECASE)
# `/redaksi/{user}.html` was seen in 2018; the portal's sisters have `/author…` (2022).
_PERSON = re.compile(r"/(?:authors?|penulis|redaksi|reporter|jurnalis|wartawan|profile?)/[^/?#]", re.IGNORECASE)
_BANNER = re.compile(
    r"//ads\.|/online_banner/|doubleclick|/(?:spacer|pixel|blank|loader|loading)\.(?:gif|png|svg)|\.svg(?:\?|$)"
    # Marks of shops and channels; the portal's own pictures stand in arsip_foto, whatever they show.
    r"|^(?!.*arsip_foto).*/[^/]*(?:playstore|app-?store|google-?(?:play|news)|gnews|whatsapp|telegram|logo|icon|ikon|emoji)"
    r"[^/]*\.\w{3,4}(?:\?|$)",
    re.IGNORECASE,
)

# Noise wherever it stands, each reported for this portal (A, 2026) or an ad service's own name.
_NOISE_TOKENS = frozenset(
    {
        *("ad-inventory-wrapper", "ad-container", "ivsplayer01-container", "adsbygoogle", "instagram-media"),
        *("taboola", "outbrain", "OUTBRAIN"),
    }
)
_NOISE_PREFIXES = ("ivs-", "div-gpt-ad", "google_ads", "taboola-", "mgid", "M_i_", "ScriptRoot")
# Beside an article, never around it: these hold other articles, or readers.
_BESIDE = re.compile(
    r"sidebar|komentar|comments?(?![a-z])|disqus|related-?(?:section|news|posts?|articles?)|terpopuler|populer|most-?read"
    r"|more-?news|newsletter|cookie",
    re.IGNORECASE,
)
_NOISE_TAGS = frozenset({"ivs-player", "nav"})
_BESIDE_TAGS = frozenset({"aside"})


def has_house(text: str) -> bool:
    """Return whether a text names the newspaper."""
    return may_name_house(text) and _HOUSE.search(text) is not None


def may_promote(text: str) -> bool:
    """Return whether a line has a word without which it is no call to the newspaper's channels: a quick look."""
    return mentions(text, ("kami", "ekonomi", "google", "channel", "saluran", "kanal", " us"))


def may_name_house(text: str) -> bool:
    """Return whether a text has a word without which it cannot name the newspaper."""
    return mentions(text, _HOUSE_HINTS)


def is_house(name: str) -> bool:
    """Return whether a name in a byline is the house itself and no person.

    >>> is_house("Redaksi WE Online"), is_house("Warta Ekonomi"), is_house("Tim Berners-Lee")
    (True, True, False)
    """
    return _HOUSE_AS_NAME.fullmatch(name.strip()) is not None


def without_site_name(headline: str) -> str:
    """Return a headline without the site's name behind and before it; nothing for the name alone.

    >>> without_site_name("Rupiah Menguat - Warta Ekonomi"), without_site_name("Warta Ekonomi | Rupiah Menguat")
    ('Rupiah Menguat', 'Rupiah Menguat')
    >>> without_site_name("Warta Ekonomi Gelar Seminar"), without_site_name("Warta Ekonomi")
    ('Warta Ekonomi Gelar Seminar', '')
    """
    if not may_name_house(headline):
        return headline
    line = without_suffix(_PREFIX.sub("", headline, count=1))
    return "" if is_house(line) else line


def without_suffix(headline: str) -> str:
    """Return a headline or name without the site's name behind it.

    >>> without_suffix("Rina Uji - Warta Ekonomi")
    'Rina Uji'
    """
    if not may_name_house(headline):
        return headline
    line = headline.rstrip()
    found = _SUFFIX.search(line, max(len(line) - _LONGEST_SUFFIX, 0))
    return line[: found.start()].rstrip(_JOINTS) if found is not None else headline


def without_slogan(text: str) -> str:
    """Return a paragraph without the newspaper's call to follow it."""
    return _SLOGAN.sub("", text).strip() if "ainnya" in text or "AINNYA" in text else text


def is_channel(url: str) -> bool:
    """Return whether an address is a channel on a platform, a share button among them."""
    return _CHANNEL_HOSTS.match(url) is not None


def is_video(url: str) -> bool:
    """Return whether the address of a frame is a player's, not that of an advert, a map, a tweet or a chart."""
    return _NO_VIDEO.search(url) is None


def is_banner(url: str) -> bool:
    """Return whether an image is an advert, decoration, or the portrait of whoever wrote the article."""
    return _BANNER.search(url) is not None or is_portrait(url)


def is_portrait(url: str) -> bool:
    """Return whether an image is the portrait of a person who writes for the portal."""
    return _PORTRAIT.search(url) is not None


def is_person(url: str) -> bool:
    """Return whether an address is the page of a person who writes for the portal."""
    return _PERSON.search(url) is not None


def is_noise(element: Element, inside: bool) -> bool:
    """Return whether an element holds nothing of the article: adverts anywhere, other articles only outside the text.

    A class that merely looks like noise (`share`, `related`, `promo`) proves nothing: within the text the words decide.
    """
    tag = element.tag
    if tag in _NOISE_TAGS or (not inside and tag in _BESIDE_TAGS):
        return True
    name, mark = element.get("class"), element.get("id")
    if not name and not mark:
        return False
    return _names_advert(name, mark) or (not inside and _names_block_beside(name, mark))


def is_beside(element: Element) -> bool:
    """Return whether a class or id names a block that stands beside an article: sidebar, comments, other articles."""
    return _names_block_beside(element.get("class"), element.get("id"))


# The pages of a portal share their class names.
@lru_cache(maxsize=4096)
def _names_advert(name: str | None, mark: str | None) -> bool:
    return any(
        token in _NOISE_TOKENS or token.startswith(_NOISE_PREFIXES) or "adInArticle" in token
        for token in f"{name or ''} {mark or ''}".split()
    )


@lru_cache(maxsize=4096)
def _names_block_beside(name: str | None, mark: str | None) -> bool:
    return _BESIDE.search(f"{name or ''} {mark or ''}") is not None


class Marked:
    """The elements of a page by the class names the templates know, and those of its head by tag, found in one pass.

    Both in page order. An XPath expression to a class costs as much as half the parse; there would be ten.
    """

    _HEAD = ("meta", "link", "base", "title", "script", "h1", "nav")
    _TAGS = (*_HEAD, "div", "section", "article", "main", "header", "td", "ul", "ol", "p", "h2", "h3")
    _KNOWN = re.compile(r"articlePost|news-post|title-large|readcrumb")

    def __init__(self, tree: Element) -> None:
        self._found: dict[str, list[Element]] = {}
        self._tagged: dict[str, list[Element]] = {tag: [] for tag in self._HEAD}
        for element in tree.iter(*self._TAGS):
            tagged = self._tagged.get(element.tag)
            if tagged is not None:
                tagged.append(element)
            name = element.get("class")
            if name and self._KNOWN.search(name):
                for token in name.split():
                    self._found.setdefault(token, []).append(element)

    def tagged(self, tag: str) -> list[Element]:
        """Return the elements of a tag of the head, or the `h1` or `nav` of a page."""
        return self._tagged[tag]

    def get(self, name: str) -> list[Element]:
        """Return the elements of a class."""
        return self._found.get(name, [])

    def like(self, part: str) -> Element | None:
        """Return the first element with a class name that contains `part`."""
        found = (element for name, elements in self._found.items() if part in name for element in elements)
        return next(found, None)


class Layout:
    """A template by its class names: those that mark it, and those of its parts; a redesign overrides what moved."""

    name: ClassVar[str]
    marks: ClassVar[tuple[str, ...]]
    body: ClassVar[str]
    header: ClassVar[str]
    title: ClassVar[str | None] = None
    scope: ClassVar[str]

    def fits(self, marked: Marked) -> bool:
        """Return whether a page is in this template."""
        return any(marked.get(name) for name in self.marks)

    def titles(self, marked: Marked) -> list[Element]:
        """Return the elements that may show the headline, the likeliest first."""
        # A class of the theme: the head of every page has it, too, around the newspaper's slogan (2018, seen).
        named = [title for title in marked.get(self.title) if self._is_in_article(title)] if self.title else []
        return [*named, *(title for title in marked.tagged("h1") if self._is_in_article(title))]

    def _is_in_article(self, element: Element) -> bool:
        return any(
            around.tag == "article" or not {self.header, self.scope}.isdisjoint((around.get("class") or "").split())
            for around in element.iterancestors()
        )

    def around(self, container: Element) -> Element | None:
        """Return the element around the text that holds the whole article, `None` where there is none."""
        for element in (container, *container.iterancestors()):
            if element.tag == "article" or self.scope in (element.get("class") or "").split():
                return element
        return None

    def headers(self, marked: Marked) -> list[Element]:
        """Return the elements around the headline, where a trail may stand."""
        return marked.get(self.header)

    def all_containers(self, marked: Marked) -> list[Element]:
        """Return the elements that may hold the text, outermost only."""
        found = marked.get(self.body)
        known = set(found)
        return [container for container in found if not any(other in known for other in container.iterancestors())]

    def containers(self, marked: Marked, is_own: Callable[[Element], bool | None]) -> list[Element]:
        """Return the elements that hold the text: usually one, more where adverts split it.

        `is_own` says of a heading whether it is the headline by the page's head (true), or another article's (false).
        """
        outer = self.all_containers(marked)
        if len(outer) < 2:
            return outer
        # One elsewhere is a teaser of another article, or the next article: keep the confirmed, the longest of them,
        # and its siblings.
        verdicts = self._verdicts(outer, is_own)
        best = max(verdicts)
        likely = [container for container, verdict in zip(outer, verdicts, strict=True) if verdict == best]
        longest = max(likely, key=lambda container: len(container.text_content()))
        home = longest.getparent()
        return [container for container in outer if container is longest or container.getparent() is home]

    def _verdicts(self, containers: list[Element], is_own: Callable[[Element], bool | None]) -> list[int]:
        """Return for each container 2 where it is below the confirmed headline, 0 below another article's, else 1.

        The first heading around a container that says either counts, else the nearest before it.
        """
        is_own = cache(is_own)
        within: dict[Element, bool | None] = {}
        before = _said_before(containers, is_own)
        verdicts = []
        for container in containers:
            around = self.around(container)
            if around is not None and around not in within:
                said = (found for found in map(is_own, around.iter(*HEADINGS)) if found is not None)
                within[around] = next(said, None)
            verdict = within.get(around)
            verdict = before[container] if verdict is None else verdict
            verdicts.append(1 if verdict is None else 2 if verdict else 0)
        return verdicts


class Current(Layout):
    """The template since about 2023 (body A, title A, breadcrumb B; 2026-11)."""

    name = "current"
    marks = ("articlePostContent", "articlePostHeader")
    body = "articlePostContent"
    header = "articlePostHeader"
    scope = "articlePost"


class NewsPost(Layout):
    """The template of 2019 and 2020 (B, 2026-11); older articles come in it with the habits of their time."""

    name = "news-post"
    marks = ("news-post-content",)
    body = "news-post-content"
    header = "news-post"
    title = "title-large"
    scope = "news-post"


LAYOUTS: Sequence[Layout] = (Current(), NewsPost())


def _said_before(containers: list[Element], is_own: Callable[[Element], bool | None]) -> dict[Element, bool | None]:
    """Return for each container what the nearest heading before it says that says anything."""
    said: dict[Element, bool | None] = dict.fromkeys(containers)
    nearest = None
    tags = {container.tag for container in containers}
    for element in containers[0].getroottree().iter(*HEADINGS, *tags.difference(HEADINGS)):
        if element in said:
            said[element] = nearest
        if element.tag in HEADINGS and (found := is_own(element)) is not None:
            nearest = found
    return said


def recognise(marked: Marked) -> Layout | None:
    """Return the template of a page, `None` for one that is not known."""
    return next((layout for layout in LAYOUTS if layout.fits(marked)), None)


def title_of(element: Element) -> str:
    """Return the text of a title element on one line."""
    return clean(visible_text(element))
