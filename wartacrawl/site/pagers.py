"""The pager of a list: which page follows, and how far the list goes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wartacrawl.language import dates
from wartacrawl.page import line_of
from wartacrawl.site import urls

if TYPE_CHECKING:
    from datetime import datetime

    from wartacrawl.page import Page

_ANY_CASE = re.IGNORECASE
_NEXT = re.compile(
    r"\A\W*+(?:(?:halaman\s+)?(?:selanjutnya|berikutnya)|next(?:\s+page)?)\W*|[\s\xbb\u203a\u2192>]+", _ANY_CASE
)


def following(page: Page, *, base: str, origin: str, now: datetime) -> tuple[str | None, int | None]:
    """Return the address of the next page of a list, and the highest page number that its pager shows.

    `base` is what relative links count from, `now` (aware) which day is today's.
    """
    here = urls.localize(page.url, base=page.url, origin=origin)
    if here is None:
        return None, None
    current = _number(here, origin) or 1
    numbered: dict[int, str] = {}
    named: str | None = None
    for element in page.tree.iter("a", "link"):
        is_next = "next" in (element.get("rel") or "").lower().split()
        if element.tag == "link" and not is_next:
            continue
        url = urls.localize(element.get("href") or "", base=base, origin=origin)
        if url is None or not _is_same_list(here, url, origin, now):
            continue
        number = _number(url, origin)
        if number is not None:
            numbered.setdefault(number, url)
        elif url != here and (is_next or _NEXT.fullmatch(line_of(element) or "-")):
            named = named or url  # a pager that counts in items, or calls its parameter otherwise
    following = min((number for number in numbered if number > current), default=None)
    last = max(numbered, default=None)
    if last == current - 1:
        last = current  # the page itself is not linked; a number far past the end is not a page
    return (numbered[following] if following else named), last


def _number(url: str, origin: str) -> int | None:
    ref = urls.parse(url, origin=origin)
    if ref is not None:
        return ref.page if isinstance(ref.page, int) else None
    found = re.search(r"(?:^|&)page=([1-9][0-9]{0,5})(?:&|$)", urlsplit(url).query)
    return int(found[1]) if found else None


def _is_same_list(here: str, other: str, origin: str, now: datetime) -> bool:
    """Return whether two addresses differ at most in the page: "Berikutnya" may lead to another day."""
    mine, its = urls.parse(here, origin=origin), urls.parse(other, origin=origin)
    if mine is None or its is None:
        return mine is its and urlsplit(here).path.rstrip("/") == urlsplit(other).path.rstrip("/")
    if mine.kind == its.kind == "index":
        today = dates.day(now)
        return (mine.day or today) == (its.day or today)
    return (mine.kind, mine.id, mine.slug if not mine.id else None) == (
        its.kind,
        its.id,
        its.slug if not its.id else None,
    )
