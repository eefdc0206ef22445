"""Lists of articles: dated index, sections, tags, search results, read by evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wartacrawl.language import dates
from wartacrawl.page import line_of
from wartacrawl.site import pagers, shells, urls
from wartacrawl.site.cards import CardLinks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from wartacrawl.page import Element, Page
    from wartacrawl.site.cards import CardLink

_DATE_CLASS = re.compile(r"date|time|tanggal|waktu|text-muted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Card:
    """An article as a list shows it.

    `url` is on the origin asked for, `slug` the last segment of its path, `day` the day of Asia/Jakarta that the card
    states ("20 jam lalu" counts), None where it states none. The path of its picture states the picture's day alone.
    """

    id: str
    url: str
    slug: str | None
    day: date | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list page holds.

    `cards` are in page order, unique by id. Where there are none and the page does not say so, `shell` is true when a
    script seems to fill the page, `scripted` when the page has scripts that could. `next_url` is the next page as the
    pager links it, `last_page` the highest page number the pager shows (a short pager may hide higher ones), `form` the
    layer that found the cards (`none` without any).
    """

    cards: tuple[Card, ...]
    shell: bool
    scripted: bool
    next_url: str | None
    last_page: int | None
    form: str


def read_listing(page: Page, *, origin: str, now: datetime) -> Listing:
    """Read a list page; links are resolved on `origin`, relative dates count from `now` (aware)."""
    links = CardLinks(page, origin)
    form, chosen = links.choose()
    cards = tuple(_card(links, id_, found, now) for id_, found in chosen.items())
    next_url, last_page = pagers.following(page, base=links.base, origin=origin, now=now)
    is_said = bool(cards) or shells.says_empty(page.tree)
    shell = not is_said and shells.waits_for_script(page.tree)
    scripted = not is_said and any(shells.may_fill(script) for script in page.tree.iter("script"))
    return Listing(cards, shell, scripted, next_url, last_page, form if cards else "none")


def _card(links: CardLinks, id_: str, found: list[CardLink], now: datetime) -> Card:
    days = (dates.parse_day(text, now=now) for text in _date_texts(links.card_root(found[0])))
    slug = next((link.ref.slug for link in found if link.ref.slug), None)
    url = urls.build(urls.Ref("article", id=id_, slug=slug), origin=links.origin)
    return Card(id_, url, slug, next((day for day in days if day is not None), None))


def _date_texts(root: Element) -> Iterator[str]:
    for element in root.iter("time"):
        yield element.get("datetime") or ""
        yield line_of(element)
    for element in root.iter("p", "span", "div", "small", "li", "em", "i"):
        if _DATE_CLASS.search(element.get("class") or "") and next(iter(element.iter("a")), None) is None:
            yield line_of(element)
