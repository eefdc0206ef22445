"""The rows beside a text that name people and dates: "Penulis: Rina Uji | Senin, 23 November 2026 03:40 WIB"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wartacrawl.language import dates, people, text
from wartacrawl.site import layouts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wartacrawl.page import Element
    from wartacrawl.reading.blocks import Line
    from wartacrawl.site.links import Links

# What may stand beside a date in a line that says nothing else.
_DATE_WORDS = re.compile(
    r"(?:(?:di)?(?:publikasikan|publish|terbitkan|perbarui|perbaharui|perbarukan|mutakhirkan|posting|muat|kirim|unggah|rilis|cetak|akses"
    r"|tayang(?:kan)?|update)|terbit|update[d]?|published|posted|terakhir|last|pembaruan|pada|on|tanggal|hari|pukul|jam"
    r"|[\W_])*+",
    re.IGNORECASE,
)
_MAYBE_DATE = re.compile(r"[0-9]|\blalu\b|kemarin|hari ini|baru saja", re.IGNORECASE)
_LONGEST_DATE_LINE = 90
_LONGEST_ROW = 160
_LONGEST_NAMES = 80
_BEFORE_HOUSE = re.compile(r"\s[-–—|/]\s|,\s")
_EDGES = " \t-–—|•·:,;/"
# "Ditulis oleh Rina Uji pada Senin, …"
_JOINS_DATE = re.compile(r"(?<=[^\W_])\s{1,4}(?:pada|on|at|tanggal|hari)\s{0,4}$")


class Byline(NamedTuple):
    """A person named in a byline, with the address the name links to."""

    role: people.Role
    name: str
    url: str | None


class Credits:
    """Collects the people and dates of one article, row by row.

    A row has a `place`, the number of its piece in page order. `is_in_card` tells of an element whether it belongs to
    the card of another article, whose date is not this article's.
    """

    def __init__(self, links: Links, now: datetime, is_in_card: Callable[[Element], bool]) -> None:
        self.bylines: list[Byline] = []
        self._known: set[tuple[people.Role, str]] = set()
        self._links = links
        self._now = now
        self._is_in_card = is_in_card
        self._dates: list[tuple[int, str]] = []
        self._beside_names: set[str] = set()
        self._role: people.Role | None = None
        self._alone: tuple[int, str, Line] | None = None

    def dates_near(self, place: int) -> list[str]:
        """Return the rows that state a date, the one nearest to a place (that of the headline) first.

        Above the headline a day that is today's, without a time or a name, is the calendar in the head of every page.
        """
        today = dates.day(self._now)
        near = sorted(self._dates, key=lambda found: abs(found[0] - place))
        return [row for at, row in near if at >= place or not self._is_calendar(row, today)]

    def _is_calendar(self, row: str, today: object) -> bool:
        return (
            row not in self._beside_names
            and dates.parse_day(row) == today
            and dates.parse(row, now=self._now).when is None
        )

    def take_row(self, line: Line, words: str, place: int, element: Element, *, is_above: bool = False) -> bool:
        """Take a row beside the text; return whether it names people, or the house in their place.

        Above the text (`is_above`) a name that links to a person's page needs no label.
        """
        alone, self._alone = self._alone, None
        if len(words) > _LONGEST_ROW:
            self._role = None
            return False
        found: list[tuple[int, int]] = []
        rest, credits_, role = words, None, None
        if people.may_name(words) or layouts.may_name_house(words):  # few do
            found = dates.spans(words) if _MAYBE_DATE.search(words) else []
            rest = without_dates(words, found)
            credits_ = people.bylines(rest)
            if credits_ is None:
                credits_, role = self._unlabelled(rest), people.label(rest)
        if credits_ is None and role is None and is_above and (name := self._person(line)) is not None:
            found = dates.spans(words) if _MAYBE_DATE.search(words) else []
            if without_dates(words, found).strip(_EDGES) == name and not self._is_in_card(element):
                credits_ = [people.Credit("author", name)]
        if credits_ == [] and (name := self._person(line)) is not None:
            # A link ends the name, where a counter follows it: "Oleh: Rina Uji 1.204 kali dibaca".
            credits_ = [people.Credit(people.role_of(rest) or "author", name)]
        if role is not None and alone is not None and alone[0] >= place - 1:
            # The name stands above its label.
            self.add([people.Credit(role, alone[1])], alone[2])
            return True
        if not self._take(credits_, role, line, rest):
            if people.is_name(words):
                self._alone = place, words, line
            return False
        stated = [words[start:end] for start, end in found] if not self._is_in_card(element) else []
        self._dates += [(place, date) for date in stated]
        self._beside_names.update(stated)
        return True

    def take_date(self, line: Line, words: str, place: int, element: Element) -> None:
        """Take a row beside the text that states a date, unless it is that of another article's card."""
        if not self._states_date(words) or self._is_in_card(element):
            return
        if any(segment.href and self._links.of(segment.href).kind == "article" for segment in line):
            return
        found = dates.spans(words) if self.bylines else []
        rest = without_dates(words, found)
        is_named = any(known.name == rest for known in self.bylines)
        self._dates += [(place, words[start:end]) for start, end in found] if is_named else [(place, words)]

    def take_edge(self, line: Line, words: str, place: int, element: Element) -> bool:
        """Take a row at an edge of the text; return whether it is nothing but people, a date, or a counter."""
        if self.take_row(line, words, place, element):
            return True
        if self.is_date_line(words):
            self._dates.append((place, words))
            return True
        return text.is_gadget(words)

    def take_tail(self, line: Line, words: str, *, is_item: bool) -> bool:
        """Take a row at the end of the text that is a byline; return whether it is.

        Where the page names its author beside the text, the item of a list ("Penulis: …" of a book) and a label that is
        an everyday word ("Laporan: …") name somebody or something else.
        """
        credits_ = people.bylines(words)
        if credits_ and (is_item or people.has_everyday_label(words)):
            known = {(byline.role, byline.name) for byline in self.bylines}
            roles = {byline.role for byline in self.bylines}
            if any(credit.role in roles and tuple(credit) not in known for credit in credits_):
                return False
        return self._take(credits_, None, line, words)

    def _take(self, credits_: list[people.Credit] | None, label: people.Role | None, line: Line, words: str) -> bool:
        """Take the people of a byline; a label alone announces that the next row names them."""
        if credits_ is not None:
            self._role = people.role_of(words) if words.endswith((":", "：")) else None
        elif label is not None:
            self._role, credits_ = label, []
        else:
            role, self._role = self._role, None
            if role is None or len(words) > _LONGEST_NAMES or any(map(str.isdigit, words)):
                return False
            credits_ = [people.Credit(role, name) for name in people.names(words)]
            if not any(people.is_name(credit.name) for credit in credits_):
                return False
        self.add(credits_, line)
        return True

    def _person(self, line: Line) -> str | None:
        """Return the name in a line that is a link to a person's page."""
        linked = (segment for segment in line if segment.href and layouts.is_person(segment.href))
        names = (text.clean(segment.text) for segment in linked)
        return next((name for name in names if people.is_name(name)), None)

    def _unlabelled(self, words: str) -> list[people.Credit] | None:
        """Read "oleh Rina Uji", "Rina Uji - Warta Ekonomi" and the house alone."""
        credits_ = people.unlabelled(words)
        if credits_ is not None or not layouts.may_name_house(words):
            return credits_
        parts = _BEFORE_HOUSE.split(words)
        if layouts.is_house(parts[-1]) and all(map(people.is_name, parts[:-1])):
            return [people.Credit("author", name) for name in parts[:-1]]
        return None

    def add(self, credits_: list[people.Credit], line: Line) -> None:
        """Take people named in a line, each once."""
        for role, name in credits_:
            if (role, name) not in self._known:
                self._known.add((role, name))
                self.bylines.append(Byline(role, name, self._url_of(line, name)))

    def _url_of(self, line: Line, name: str) -> str | None:
        for segment in line:
            if segment.href and text.clean(segment.text) and text.clean(segment.text) in name:
                return self._links.of(segment.href).url
        return None

    def _states_date(self, words: str) -> bool:
        if len(words) > _LONGEST_DATE_LINE or not _MAYBE_DATE.search(words):
            return False
        return dates.parse(words, now=self._now).when is not None or self.is_date_line(words)

    def is_date_line(self, words: str) -> bool:
        """Return whether a line is nothing but a date, and what a program puts beside it."""
        found = dates.spans(words) if len(words) <= _LONGEST_DATE_LINE and _MAYBE_DATE.search(words) else []
        return bool(found) and all(
            _DATE_WORDS.fullmatch(part) or text.is_gadget(part) or layouts.is_house(part)
            for part in without_dates(words, found).split(" | ")
        )


def without_dates(words: str, found: list[tuple[int, int]]) -> str:
    """Return a row without its dates, and without what joined them to the rest."""
    if not found:
        return words
    kept, start = [], 0
    for first, last in (*found, (len(words), len(words))):
        before = _JOINS_DATE.sub("", words[start:first]) if first < len(words) else words[start:first]
        kept.append(before.rstrip(_EDGES + "([").lstrip(_EDGES + ")]"))
        start = last
    return " | ".join(part for part in kept if part)
