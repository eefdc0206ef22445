"""Operations on a line of segments: the links in it, the emphasis, and cutting out of its middle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wartacrawl.language import text
from wartacrawl.reading.blocks import SEAM, Line, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands around a label, a headline or a tag and is none of it.
EDGES = " \t\n|•·»›>*_-–—"
BLANK = f" \t\n\xa0{SEAM}"

# Blanks between two words of a line, at the most: the white space of a page's source is not folded yet.
_GAP = 200
_CLOSED = re.compile(rf"\s{{0,{_GAP}}}[)\]]")
_STOP = re.compile(rf"\s{{0,{_GAP}}}[.;](?=\s|$)")
# What may stand between two links of one list.
_JOINT = re.compile(rf"(?:[\s,;|•·/&–—{SEAM}-]|\bdan\b)*", re.IGNORECASE)


def row(line: Line) -> str:
    """Return a line as a row of facts: what two elements side by side say is parted, where a sentence would not be.

    A name and a date in two spans have no blank between them; a style sheet sets them apart.
    """
    if len(line) == 1:  # most lines
        return line.words
    parts: list[str] = []
    for segment in line:
        words = segment.text.replace(SEAM, "")
        before = parts[-1][-1:] if parts else ""
        if before.isalnum() and (words[:1].isupper() or words[:1].isdigit()):
            parts.append(" | ")
        if words:
            parts.append(words)
    return text.clean("".join(parts))


def linked(line: Line) -> Iterator[tuple[str, str]]:
    """Yield the links of a line as (words, href); neighbouring segments of one address are one link."""
    if not line.has_link:  # most lines
        return
    found: list[tuple[str, str]] = []
    is_open = False
    for segment in line:
        if segment.href and is_open and found[-1][1] == segment.href:
            found[-1] = (found[-1][0] + segment.text, segment.href)
        elif segment.href:
            found.append((segment.text, segment.href))
        elif not segment.text.strip(BLANK) and is_open:
            found[-1] = (found[-1][0] + segment.text, found[-1][1])
            continue
        is_open = bool(segment.href)
    for words, href in found:
        if cleaned := text.clean(words):
            yield cleaned, href


def _offsets(line: list[Segment]) -> Iterator[tuple[int, int, Segment]]:
    start = 0
    for segment in line:
        yield start, start + len(segment.text), segment
        start += len(segment.text)


def links_after(line: Line, position: int) -> tuple[list[tuple[str, str]], int]:
    """Return the links that follow a place in a line with nothing but joints between them, and where they end."""
    found: list[tuple[str, str]] = []
    end, gap = position, ""
    for start, stop, segment in _offsets(line):
        if stop <= position:
            continue
        piece = segment.text[max(position - start, 0) :]
        if segment.href:
            if found and found[-1][1] == segment.href and not gap.strip(BLANK):
                found[-1] = (found[-1][0] + gap + piece, segment.href)
            else:
                found.append((piece, segment.href))
            end, gap = stop, ""
        elif _JOINT.fullmatch(piece):
            gap += piece
        else:
            break
    return found, end


def href_at(line: Line, position: int) -> str | None:
    """Return the address that the text at a place links to."""
    return next((segment.href for start, stop, segment in _offsets(line) if start <= position < stop), None)


def begins_emphasis(line: Line, position: int, raw: str) -> bool:
    """Return whether emphasis begins at a place in a line (blanks and brackets passed over)."""
    while position < len(raw) and not raw[position].isalnum():
        position += 1
    before = 0
    for start, stop, segment in _offsets(line):
        if start <= position < stop:
            head = segment.text[: position - start].strip(' \t\n(["“')
            return bool(segment.emphasis) and segment.emphasis != before and not head
        if segment.text.strip():
            before = segment.emphasis
    return False


def emphasis_end(line: Line, position: int) -> int | None:
    """Return where the emphasised run around a place ends."""
    run, end = 0, None
    for start, stop, segment in _offsets(line):
        if run == 0 and stop > position and segment.emphasis and segment.text[max(position - start, 0) :].strip():
            run = segment.emphasis
        if run and segment.emphasis == run:
            end = stop
    return end


def closing(raw: str, start: int, end: int) -> int:
    """Take with a related link the bracket it stands in, or the full stop behind it where it is a sentence."""
    if raw[start] in "([":
        closed = _CLOSED.match(raw, end)
        return closed.end() if closed else end
    before = raw[max(start - _GAP, 0) : start].rstrip()
    stop = _STOP.match(raw, end)
    return stop.end() if stop and (not before or before.endswith(text.PAUSES)) else end


def bracketed(raw: str, start: int, end: int) -> tuple[int, int]:
    """Take with a related link the brackets that are left with nothing in them."""
    before, after = raw[:start].rstrip(BLANK), raw[end:].lstrip(BLANK)
    if before.endswith(("(", "[")) and after.startswith((")", "]")):
        return len(before) - 1, len(raw) - len(after) + 1
    return start, end


def cut(line: Line, cuts: list[tuple[int, int]]) -> Line:
    """Return a line without some stretches; what was parted by one is joined by a blank, punctuation without."""
    raw = "".join(segment.text for segment in line)
    kept: list[Segment] = []
    start = 0
    for first, last in (*cuts, (len(raw), len(raw))):
        kept += _stretch(line, start, first)
        start = last
        if raw[last:].lstrip()[:1] in ",.;:!?":
            start += len(raw[last:]) - len(raw[last:].lstrip())
            kept = _stretch(kept, 0, len("".join(segment.text for segment in kept).rstrip()))
        else:
            kept.append(Segment(" ", None, 0))
    return Line(kept)


def _stretch(line: list[Segment], first: int, last: int) -> list[Segment]:
    """Return the part of a line between two places."""
    return [
        segment._replace(text=segment.text[max(first - start, 0) : last - start])
        for start, stop, segment in _offsets(line)
        if start < last and stop > first
    ]
