"""The notice of an index that a day has no articles, as opposed to a page that can no longer be read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from wartacrawl.language import dates
from wartacrawl.page import is_hidden
from wartacrawl.site import sections, urls

if TYPE_CHECKING:
    from datetime import date, datetime

    from wartacrawl.page import Element, Page

# A newspaper has news every day: for the latest days a notice that there is none is not believed.
FRESH_DAYS = 3
# A notice is a line of its own, such as "Belum ada berita." or "Maaf, berita tidak ditemukan pada tanggal ini."; in a
# headline or a sentence the same words say something else.
_NEWS = r"(?:berita|artikel|data|konten)"
_NONE = r"(?:belum|tidak)\s+(?:ada|terdapat|tersedia|ditemukan)"
_NOTICE = re.compile(
    rf"(?:(?:mohon\s+)?maaf\W+|(?:untuk\s+)?saat\s+ini\W+){{0,4}}(?:{_NONE}\s+{_NEWS}|{_NEWS}\s+{_NONE})"
    r"(?:\s+(?:yang|pada|di|untuk|dalam|terbaru|apa|apapun|tersedia|ditemukan)\b.{0,60})?\W*",
    re.IGNORECASE,
)
_LONGEST = 120
_BLOCKS = ("p", "div", "span", "li", "td", "h2", "h3", "h4", "h5", "h6", "strong", "em", "center")
_HEADINGS = ("title", "h1", "h2", "h3")
# Where words are not a notice: links, menus, and what is not shown.
_ELSEWHERE = frozenset({"a", "nav", "aside", "header", "footer", "noscript", "template", "script"})


def is_fresh(day: date, now: datetime) -> bool:
    """Return whether a day is one of the latest, of which no page is believed that it has no articles."""
    return dates.day(now) - day < timedelta(days=FRESH_DAYS)


def is_empty_index(page: Page, day: date, *, origin: str) -> bool:
    """Return whether a page is the portal's index of a day and says that nothing stands on it, however late the day is.

    Three witnesses must agree: the menu, the day (in a heading, or by links to the days beside it), and a notice in a
    block of its own. A page whose layout has changed lacks one of them, or says nothing.
    """
    return _is_index_of(page, day, origin) and is_empty_list(page, origin=origin)


def is_empty_list(page: Page, *, origin: str) -> bool:
    """Return whether a page has the portal's menu and a notice that there are no articles."""
    return any(_is_notice(element) for element in page.tree.iter(*_BLOCKS)) and bool(
        sections.read_menu(page.tree, base=page.url, origin=origin)
    )


def is_section(page: Page, url: str, *, origin: str) -> bool:
    """Return whether a page proves to be the section at `url`: its own menu links to that, and a heading names it."""
    if urls.localize(page.url, base=page.url, origin=origin) != url:
        return False
    menu = sections.read_menu(page.tree, base=page.url, origin=origin)
    names = {sections.key_of(section.name) for section in menu if section.url == url} - {""}
    headings = [sections.key_of(element.text_content()[: 4 * _LONGEST]) for element in page.tree.iter(*_HEADINGS)]
    return any(name in heading for name in names for heading in headings)


def _is_notice(element: Element) -> bool:
    words = element.text_content()
    if len(words) > 4 * _LONGEST:  # white space counts here, not below
        return False
    text = " ".join(words.split())
    return (
        len(text) <= _LONGEST
        and _NOTICE.fullmatch(text) is not None
        and next(element.iter("a"), None) is None
        and not any(_is_elsewhere(outer) for outer in (element, *element.iterancestors()))
    )


def _is_elsewhere(element: Element) -> bool:
    return element.tag in _ELSEWHERE or is_hidden(element)


def _is_index_of(page: Page, day: date, origin: str) -> bool:
    here = urls.parse(page.url)
    if here is None or here.kind != "index" or (here.day or dates.day(page.fetched_at)) != day:
        return False  # redirected to where anything may be missing; the index without a day is today's
    if any(dates.parse_day(element.text_content()) == day for element in page.tree.iter(*_HEADINGS)):
        return True
    found = (urls.localize(link.get("href") or "", base=page.url, origin=origin) for link in page.tree.iter("a"))
    refs = (urls.parse(url, origin=origin) for url in found if url)
    beside = {day - timedelta(days=1), day + timedelta(days=1)}
    return any(ref is not None and ref.kind == "index" and ref.day in beside for ref in refs)
