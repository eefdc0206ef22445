"""Which of the dates that a page states is believed.

A date for machines is believed before one for readers, with two exceptions: where the two differ by a whole zone
offset, or where it lies after its own download, a program wrote local time as if it were UTC.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from wartacrawl.language import dates, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from wartacrawl.loaders import ArticleLoader

# Two layers agree on a moment within this time: a line for readers states no seconds.
_SAME = timedelta(seconds=60)
# The clocks of two machines may differ by this much.
_CLOCK_SKEW = timedelta(minutes=5)
# The zones of Indonesia: a moment written in one of them and read as UTC, or the other way round, is wrong by these.
_OFFSETS = tuple(timedelta(hours=hours) for hours in (7, 8, 9))
_RELATIVE = re.compile(r"\blalu\b|kemarin|hari ini|baru saja", re.IGNORECASE)


class Stated(NamedTuple):
    """A date as a layer states it; `is_shown` where it is a line for readers."""

    layer: str
    line: str
    is_shown: bool = False


class _Moment(NamedTuple):
    stated: Stated
    when: datetime

    @property
    def layer(self) -> str:
        return self.stated.layer

    @property
    def line(self) -> str:
        return self.stated.line


def in_order(
    machine: Mapping[str, Sequence[str | None]], shown: Mapping[str, Sequence[str | None]], layers: Sequence[str]
) -> Iterator[Stated]:
    """Yield the dates of all layers, the most trusted first; `shown` are lines, the nearest to the headline first.

    A line of another day than the nearest line belongs to something else.
    """
    for layer in layers:
        yield from (Stated(layer, line) for raw in machine.get(layer, ()) if (line := text.clean(raw or "")))
        lines = [line for raw in shown.get(layer, ()) if (line := text.clean(raw or ""))]
        nearest = dates.parse_day(lines[0]) if len(lines) > 1 else None
        for line in lines:
            day = dates.parse_day(line) if nearest is not None else None
            if day is None or day == nearest:
                yield Stated(layer, line, is_shown=True)


def offer(loader: ArticleLoader, name: str, found: Sequence[Stated], now: datetime, messages: list[str]) -> bool:
    """Offer a date to the loader, read; return whether two layers contradict each other.

    `found` are the dates as stated, the most trusted first; `now` is the aware time of the download. The raw text is
    that of the carrier that was believed, or of the first one when none could be.
    """
    usable: list[_Moment] = []
    first: Stated | None = None
    for stated in found:
        reading = dates.parse(_part_of(stated.line, name), now=now)
        first = first if reading.is_zero else first or stated
        if reading.message is not None and not usable:
            messages.append(f"{name}: {stated.layer} says {reading.message}")
        if reading.when is not None:
            usable.append(_Moment(stated, reading.when))
    if usable:
        believed = _believed(name, usable, now, messages)
        first = believed.stated
        for moment in (believed, *usable):
            loader.offer(name, _written(moment.when), moment.layer)
    if first is not None:
        loader.offer(f"{name}_raw", first.line, first.layer)
    return _disagree(name, usable, messages)


def _believed(name: str, usable: list[_Moment], now: datetime, messages: list[str]) -> _Moment:
    """Return the moment to believe: the first, or the one shown where the first is a false UTC."""
    first = usable[0]
    shown = next((moment for moment in usable if moment.stated.is_shown and not _RELATIVE.search(moment.line)), None)
    is_late = first.when - now > _CLOCK_SKEW
    if shown is not None and not first.stated.is_shown:
        if is_late and shown.when - now <= _CLOCK_SKEW:
            messages.append(f"{name}: {first.line!r} lies after its own download; {shown.line!r} is believed.")
            return shown
        if _is_zone_apart(first.when, shown.when):
            messages.append(f"{name}: {first.line!r} is a zone off the date shown; {shown.line!r} is believed.")
            return shown
    local = first.when.replace(tzinfo=dates.JAKARTA)
    if is_late and _is_utc(first.when) and local - now <= _CLOCK_SKEW:
        messages.append(f"{name}: {first.line!r} lies after its own download; it is read as WIB.")
        return _Moment(first.stated, local)
    return first


def _is_zone_apart(first: datetime, other: datetime) -> bool:
    apart = abs(first - other)
    same_clock = abs(first.replace(tzinfo=None) - other.replace(tzinfo=None)) <= _SAME
    return apart > _SAME and (same_clock or any(abs(apart - offset) <= _SAME for offset in _OFFSETS))


def _is_utc(when: datetime) -> bool:
    return not when.utcoffset()


def _written(when: datetime) -> str:
    """Return a moment as it is exported: an instant stated in UTC is written in WIB."""
    return (when.astimezone(dates.JAKARTA) if _is_utc(when) else when).isoformat(timespec="seconds")


def _disagree(name: str, usable: list[_Moment], messages: list[str]) -> bool:
    disagree = False
    for moment in usable[1:]:
        if moment.layer != usable[0].layer and abs(moment.when - usable[0].when) > _SAME:
            disagree = disagree or not _RELATIVE.search(moment.line)
            messages.append(f"{name}: {usable[0].layer} says {usable[0].line!r}, {moment.layer} says {moment.line!r}.")
    return disagree


def _part_of(line: str, name: str) -> str:
    published, modified = dates.split_modified(line)
    return (modified or line) if name == "date_modified" else (published or line)
