"""Where a text begins and ends: at its edges stand facts of the page, people and dates, and other articles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wartacrawl.language import people, text
from wartacrawl.reading.lines import row

if TYPE_CHECKING:
    from wartacrawl.reading.blocks import Block, Line
    from wartacrawl.reading.credits import Credits

# Lines at the head of a text that may stand above its headline, and their length.
_LONGEST_HEAD, _LONGEST_HEAD_LINE = 12, 80
# Sentences that may stand behind a byline.
_NOTES = 2
_IMPRINT = re.compile(
    r"\W{0,3}(?:©|\(c\)\s|copyright\b|hak\s{1,2}cipta\b|all\s{1,2}rights\s{1,2}reserved"
    # The permission of the newsroom is asked for, not somebody else's.
    r"|dilarang\b.{0,160}\bizin\b.{0,40}\bredaksi\b)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Entry:
    """A line of the text, as far as it is still taken for text."""

    block: Block
    line: Line
    text: str


def head_end(entries: list[Entry], headline: str | None) -> int:
    """Return how many lines stand at the head of a text up to its headline, given as a comparison key."""
    for place, entry in enumerate(entries[:_LONGEST_HEAD]):
        repeats = len(entries) > 1 and text.comparison_key(entry.text) == headline
        if repeats and not entry.text.endswith("."):  # with a full stop it is the first sentence
            return place + 1
        if len(entry.text) > _LONGEST_HEAD_LINE or entry.text.endswith(text.SENTENCE_ENDS):
            break
    return 0


def facts_end(entries: list[Entry], start: int, rows: Credits, number: int) -> int:
    """Return how many lines at the head of a text are the page's: those before `start`, and the facts behind them.

    `rows` takes what they say; `number` is that of the first piece of the text.
    """
    end = start
    for place, entry in enumerate(entries):
        facts = row(entry.line)
        if entry.block.kind == "heading" and _heads_days(entries, rows):
            break
        if rows.take_edge(entry.line, facts, number + place, entry.block.element):
            end = max(end, place + 1)
        elif place >= start and not people.is_name(facts):
            break
    return end


def _heads_days(entries: list[Entry], rows: Credits) -> bool:
    """Return whether the headings of a text are days, as in a chronicle."""
    headings = (entry for entry in entries if entry.block.kind == "heading")
    return sum(1 for entry in headings if rows.is_date_line(row(entry.line))) > 1


def end(entries: list[Entry], rows: Credits) -> int | None:
    """Return the place of the byline or imprint behind the last sentence, with dates right before it; else `None`."""
    last = next((at for at in reversed(range(len(entries))) if is_sentence(entries[at])), -1)
    first = max(last + 1, 1)
    place = next((place for place in range(first, len(entries)) if _ends_at(entries, place)), None)
    while place is not None and place > first and rows.is_date_line(row(entries[place - 1].line)):
        place -= 1
    return place


def byline_before_the_end(entries: list[Entry]) -> int | None:
    """Return the place of a byline that only a sentence or two stand behind (a note, a disclaimer); else `None`.

    Between other labels ("Sutradara: …") it is a line of the credits of a film or a book.
    """
    for place in range(max(len(entries) - _NOTES - 1, 1), len(entries) - 1):
        around = entries[place - 1], entries[place + 1]
        named = people.bylines(row(entries[place].line)) or []
        if (
            named
            and entries[place].block.kind == "text"
            and entries[place].block is not around[0].block
            and all(people.is_name(credit.name) for credit in named)
            and not people.has_everyday_label(entries[place].text)
            and all(is_sentence(other) for other in around)
        ):
            return place
    return None


def _ends_at(entries: list[Entry], place: int) -> bool:
    """Return whether a line is an imprint, initials, a byline, or the first of a label and a name in two lines."""
    entry = entries[place]
    if is_imprint(entry.text) or not people.without_initials(entry.text):
        return True
    facts = row(entry.line)
    if people.bylines(facts) is not None:
        return not people.has_everyday_label(facts) and not is_listed(entries, place)
    if entry.block.kind in {"heading", "item"}:
        return False
    pair = [facts, *(row(other.line) for other in entries[place + 1 : place + 2])]
    if any(map(people.label, pair)) and any(map(people.is_name, pair)):
        return True
    # "Editor Joko Uji" in one run of letters may be the line of a list of prizes.
    is_set_apart = sum(1 for segment in entry.line if text.clean(segment.text)) > 1
    return is_set_apart and people.unlabelled(facts) is not None


def is_listed(entries: list[Entry], place: int) -> bool:
    """Return whether a line is the item of a list that has others, which are not bylines."""
    kinds = (entries[at].block.kind for at in range(place, -1, -1))
    return next(kinds) == "item" and "item" in kinds


def is_imprint(words: str) -> bool:
    """Return whether a line claims the rights in a page.

    >>> is_imprint("© 2026 Warta Ekonomi"), is_imprint("Lagu itu dilindungi hak cipta.")
    (True, False)
    """
    return _IMPRINT.match(words) is not None


def is_sentence(entry: Entry) -> bool:
    """Return whether a line is prose or a table of data, and not a label, a button or a byline."""
    if not text.is_prose(entry.text) and entry.block.kind != "table" and not entry.text.endswith((".)", "!)", "?)")):
        return False
    return people.bylines(row(entry.line)) is None and not is_imprint(entry.text)
