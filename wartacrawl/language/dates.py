"""Indonesian dates as aware datetimes.

A date is only believed when it says a day and a time of day. A zone that is not stated is WIB: the newsroom is in
Jakarta, which has no summer time, so fixed offsets do.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

from wartacrawl.language.text import mentions

JAKARTA = timezone(timedelta(hours=7), "WIB")

# Longer texts are not dates; some patterns of dateparser take seconds on them.
_LONGEST = 200
_YEARS = range(1995, 2101)
_MOST_SPANS = 4
_SLACK = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ZONES: dict[str, tzinfo] = {
    "wib": JAKARTA,
    "wita": timezone(timedelta(hours=8), "WITA"),
    "wit": timezone(timedelta(hours=9), "WIT"),
    **dict.fromkeys(("z", "ut", "utc", "gmt"), UTC),
    # The zones RFC 822 names; a feed generator in its default settings writes them.
    **{
        name: timezone(timedelta(hours=hours), name.upper())
        for name, hours in (
            *(("edt", -4), ("est", -5), ("cdt", -5), ("cst", -6)),
            *(("mdt", -6), ("mst", -7), ("pdt", -7), ("pst", -8)),
        )
    },
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari pebruari february feb peb",
            "maret march mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agust aug agu ags agt",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "senin sen monday mon",
            "selasa sel tuesday tues tue",
            "rabu rab wednesday wed",
            "kamis kam thursday thurs thur thu",
            "jum'at jumat jum friday fri",
            "sabtu sab saturday sat",
            "minggu ahad min ming sunday sun",
        )
    )
    for name in names.split()
}
_WEEKDAY_NAMES = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def _any(names: dict[str, int] | dict[str, tzinfo]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc`", "'" * 4)
_DASHES = "\u2013\u2014•·"
_CLOCK = rf"""
    (?:(?:pukul|pkl|jam|at)\b\s{{0,4}}[.:]?\s{{0,4}})?
    (?<![0-9:.])(?P<hour>[0-9]{{1,2}})(?:\s?:\s?|\.)(?P<minute>[0-9]{{2}})
    (?:(?:\s?:\s?|\.)(?P<second>[0-9]{{2}})(?:[.,][0-9]+)?)?(?![0-9])
    (?:\s*(?P<half>[ap])\.?m\b\.?)?
    (?:\s*\(?(?:(?:gmt|utc)?(?P<offset>[+-][0-9]{{2}}(?::?[0-9]{{2}})?|(?<=gmt)[+-][0-9]|(?<=utc)[+-][0-9])(?![0-9:])
      |(?P<zone>{_any(_ZONES)})\b))?
"""
_FLAGS = re.VERBOSE | re.IGNORECASE
_TIME_AFTER = re.compile(rf"[\s,|{_DASHES}\-/@;()T]{{0,12}}" + _CLOCK, _FLAGS)
_TIME_BEFORE = re.compile(_CLOCK + rf"[\s,|{_DASHES}\-/@;()]{{0,12}}$", _FLAGS)
_TIME = re.compile(_CLOCK, _FLAGS)
# They begin with a digit, which an expression finds at once; a look at what stands before it follows.
_DATES = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        r"(?P<year>[0-9](?<![0-9].)[0-9]{3})(?P<gap>[-/.])(?P<month>[0-9]{1,2})(?P=gap)(?P<day>[0-9]{1,2})(?![0-9])",
        rf"""(?P<day>[0-9](?<![0-9:.].)[0-9]?)[\s./-]+(?P<word>{_any(_MONTHS)})(?![a-z])[\s.,/-]*
          (?<![0-9])(?P<year>[0-9]{{4}}|[0-9]{{2}}(?!\s*[:.]\s?[0-9]))(?![0-9])""",
        r"(?P<day>[0-9](?<![0-9].)[0-9]?)(?P<gap>[/.-])(?P<month>[0-9]{1,2})(?P=gap)(?P<year>[0-9]{4})(?![0-9])",
    )
)
# Asked only where none of the others is found: they begin with a word.
_MONTH_FIRST = tuple(
    re.compile(rf"(?<![a-z])(?P<word>{_any(_MONTHS)})\.?\s{{1,2}}(?P<day>[0-9]{{1,2}})" + rest, _FLAGS)
    for rest in (
        r"(?:st|nd|rd|th)?(?![0-9:.])\s?,?\s{1,2}(?P<year>[0-9]{4})(?![0-9:])",  # English, JavaScript
        rf"\s{{1,2}}{_CLOCK}\s{{1,2}}(?P<year>[0-9]{{4}})(?![0-9])",  # ctime
    )
)
_YEAR = re.compile(r"[0-9]{4}")
# What machines write and the standard library reads.
_ISO_8601 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:?[0-9]{2})")
_LARGEST_OFFSET = timedelta(hours=14)
_WEEKDAY_BEFORE = re.compile(rf"\b(?P<weekday>{_any(_WEEKDAYS)})[\s.,(]+$", re.IGNORECASE)
_UNITS = {"detik": 1, "menit": 60, "jam": 3600, "hari": 86_400, "minggu": 7 * 86_400, "bulan": 0, "tahun": 0}
_SPAN = re.compile(rf"([0-9]{{1,4}}\s*|se)({'|'.join(_UNITS)})\b", re.IGNORECASE)
_AGO = re.compile(
    rf"(?<![0-9])(?:\b(?:[0-9]{{1,4}}\s*|se)(?:{'|'.join(_UNITS)})\s+){{1,7}}(?:(?:yang|yg)\s+)?lalu\b", re.IGNORECASE
)
_NAMED_DAY = re.compile(r"\b(hari\s+ini|kemarin(?:\s+lusa)?)\b", re.IGNORECASE)
# Each relative form has one of these.
_RELATIVE_WORDS = ("lalu", "hari", "kemarin", "saja")
_JUST_NOW = re.compile(r"\bbaru\s+saja\b", re.IGNORECASE)
_MODIFIED = re.compile(
    rf"[\s,|{_DASHES}(-]{{0,12}}\b(?:terakhir\s+)?"
    r"(?:diperbar(?:ui|ukan)|di-?update|di-?mutakhirkan|last\s+updated?|updated?|pembaruan)\b"
    rf"\s{{0,8}}(?:pada\b)?\s{{0,8}}[:{_DASHES}-]?\s{{0,8}}",
    re.IGNORECASE,
)
# Each of its words has one of these parts; most lines have none of them.
_CHANGE_WORDS = ("perba", "update", "mutakhir", "pembaruan")


class Reading(NamedTuple):
    """What a text says about time: an aware datetime in the offset it states, and a sentence about what is odd.

    `message` says why `when` is `None`; beside a `when` it notes a contradiction (a wrong weekday). `states_date` is
    false only for a text that does not have the form of a date, `is_zero` true for what programs write for "none":
    0000-00-00, year 1, 30 November of year -1, the first second of 1970.
    """

    when: datetime | None
    message: str | None
    states_date: bool = True
    is_zero: bool = False


class _Moment(NamedTuple):
    """A day, with its time of day and zone where they are stated."""

    day: date
    clock: time | None = None
    zone: tzinfo | None = None
    note: str | None = None


class _ImpossibleError(ValueError):
    """A text with the form of a date that no calendar has."""


def parse(text: str, *, now: datetime) -> Reading:
    """Read a date in ISO 8601, RFC 822 or any Indonesian form; never raises on a text.

    `now` is an aware datetime: what relative forms count from, and what a date may not lie more than a day after.

    >>> now = datetime(2022, 12, 7, tzinfo=JAKARTA)
    >>> parse("Selasa, 06 Desember 2022, 22:10 WIB", now=now).when.isoformat()
    '2022-12-06T22:10:00+07:00'
    >>> parse("Selasa, 06 Desember 2022", now=now).message
    "'Selasa, 06 Desember 2022' has no time of day."
    """
    if now.tzinfo is None:
        raise ValueError("now is naive: give an aware datetime.")
    shown = repr(text if len(text) <= 60 else text[:59] + "…")
    try:
        moment = _read(text, now)
    except _ImpossibleError as error:
        return Reading(None, f"{shown} is not a date of the calendar: {error}.", is_zero="0000-00-00" in text)
    if moment is None:
        return Reading(None, f"{shown} is not a date.", states_date=False)
    if moment.clock is None:
        return Reading(None, f"{shown} has no time of day.")
    return _judged(datetime.combine(moment.day, moment.clock, moment.zone or JAKARTA), shown, moment.note, now)


def _judged(when: datetime, shown: str, note: str | None, now: datetime) -> Reading:
    if when.year <= 1 or when == _EPOCH:
        return Reading(None, f"{shown} is what a program writes where it has no date.", is_zero=True)
    if when.year < _YEARS.start:
        return Reading(None, f"{shown} lies before {_YEARS.start}.")
    if when - now > _SLACK:
        return Reading(None, f"{shown} lies more than a day after {now.isoformat(timespec='seconds')}.")
    return Reading(when, f"{shown} {note}." if note else None)


def parse_day(text: str, *, now: datetime | None = None) -> date | None:
    """Return the day (Asia/Jakarta) a text states, with or without a time of day; relative forms need `now`.

    >>> parse_day("Rabu, 13 Desember 2017")
    datetime.date(2017, 12, 13)
    """
    try:
        moment = _read(text, now)
    except _ImpossibleError:
        return None
    if moment is None or moment.day.year not in _YEARS:
        return None
    found = moment.day
    if moment.clock is not None and moment.zone is not None:
        found = day(datetime.combine(moment.day, moment.clock, moment.zone))
    return None if now is not None and found > day(now + _SLACK) else found


def day(when: datetime) -> date:
    """Return the day of an aware datetime in Asia/Jakarta.

    >>> day(datetime(2022, 12, 6, 17, 30, tzinfo=UTC))
    datetime.date(2022, 12, 7)
    """
    if when.tzinfo is None:
        raise ValueError("A naive datetime has no day in Jakarta: give an aware one.")
    return when.astimezone(JAKARTA).date()


def split_modified(text: str) -> tuple[str, str | None]:
    """Part a text into the date of publication and that of the last change.

    >>> split_modified("9 Januari 2020 12:27 Diperbarui: 9 Januari 2020 17:10")
    ('9 Januari 2020 12:27', '9 Januari 2020 17:10')
    """
    head = text[: 2 * _LONGEST]
    found = _MODIFIED.search(head) if mentions(head, _CHANGE_WORDS) else None
    if found is None:
        return text.strip(), None
    modified = text[found.end() :].strip().removesuffix(")").strip()
    return text[: found.start()].strip(), modified or None


def spans(line: str) -> list[tuple[int, int]]:
    """Return where the dates of a line stand, each with its weekday, time of day and zone.

    >>> line = "Penulis: Andi Tenri | Jumat, 07 Maret 2025 10:15 WIB"
    >>> [line[start:end] for start, end in spans(line)]
    ['Jumat, 07 Maret 2025 10:15 WIB']
    """
    plain = line[:_LONGEST].translate(_APOSTROPHES)
    found: list[tuple[int, int]] = []
    start = 0
    while len(found) < _MOST_SPANS and (span := _span(plain[start:])) is not None:
        found.append((start + span[0], start + span[1]))
        start += span[1]
    return found


def _span(text: str) -> tuple[int, int] | None:
    found = _found(text)
    if found is None:
        ago = _AGO.search(text)
        return ago.span() if ago is not None else None
    parts = [part for part in found if part is not None]
    if found[2] is not None and found[2].re is _TIME_BEFORE:
        return found[2].start(), found[0].end()
    clock_end = max(part.end() for part in parts if part.re is not _WEEKDAY_BEFORE)
    return min(part.start() for part in parts), clock_end


def _read(text: str, now: datetime | None) -> _Moment | None:
    if len(text) > _LONGEST:
        return None
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = " ".join(plain.translate(_APOSTROPHES).split())
    moment = _absolute(plain)
    if moment is None and now is not None:
        moment = _relative(plain, now) or _guessed(plain, now)
    return moment


def _absolute(text: str) -> _Moment | None:
    if _ISO_8601.fullmatch(text):
        with suppress(ValueError):  # what is wrong with it is said below
            when = datetime.fromisoformat(text)
            if abs(when.utcoffset() or timedelta()) <= _LARGEST_OFFSET:
                return _Moment(when.date(), when.time(), when.tzinfo)
    found = _found(text)
    if found is None:
        return None
    stated, weekday, clock = found
    day_ = _date_of(stated.groupdict())
    return _on_day(day_, clock, _weekday_note(weekday["weekday"] if weekday is not None else None, day_))


@lru_cache(maxsize=1024)  # a page states its dates several times, and a line is looked at more than once
def _found(text: str) -> tuple[re.Match[str], re.Match[str] | None, re.Match[str] | None] | None:
    """Return where the first day of a text stands, the weekday before it, and the time of day beside it."""
    matches = [found for found in (pattern.search(text) for pattern in _DATES) if found is not None]
    if matches:
        found = min(matches, key=re.Match.start)
    elif _YEAR.search(text) is None:  # few lines with a number have one
        return None
    else:
        first = next((match for match in (pattern.search(text) for pattern in _MONTH_FIRST) if match is not None), None)
        if first is None:
            return None
        found = first
    before = text[: found.start()]
    weekday = _WEEKDAY_BEFORE.search(before) if found.re is not _DATES[0] else None
    if weekday is not None:
        before = before[: weekday.start()]
    if found.re is _MONTH_FIRST[1]:
        return found, weekday, found
    return found, weekday, _TIME_AFTER.match(text, found.end()) or _TIME_BEFORE.search(before)


def _date_of(parts: dict[str, str | None]) -> date:
    stated = parts["year"] or ""
    year = int(stated)
    if len(stated) == 2:
        year += 2000 if year < 70 else 1900
    word = parts.get("word")
    month = _MONTHS[word.lower()] if word else int(parts["month"] or 0)
    try:
        return date(year, month, int(parts["day"] or 0))
    except ValueError:
        raise _ImpossibleError(f"day {parts['day']}, month {month}, year {year}") from None


def _weekday_note(stated: str | None, day_: date) -> str | None:
    if stated is None or _WEEKDAYS[stated.lower()] == day_.weekday():
        return None
    return f"contradicts the calendar: that day was a {_WEEKDAY_NAMES[day_.weekday()]}"


def _clock_of(found: re.Match[str]) -> time:
    hour = int(found["hour"])
    if found["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    try:
        return time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        raise _ImpossibleError(f"the time {found['hour']}:{found['minute']}") from None


def _zone_of(found: re.Match[str]) -> tzinfo | None:
    if found["zone"]:
        return _ZONES[found["zone"].lower()]
    if not found["offset"]:
        return None
    digits = found["offset"][1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:2]), int(digits[2:]))
    if hours > 14 or minutes > 59:
        raise _ImpossibleError(f"the offset {found['offset']}")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if found["offset"].startswith("-") else span)


def _relative(text: str, now: datetime) -> _Moment | None:
    if not mentions(text, _RELATIVE_WORDS):
        return None
    if _JUST_NOW.search(text):
        return _at(now)
    named = _NAMED_DAY.search(text)
    if named is None:
        return _ago(text, now)
    words = named[1].lower().split()
    days = 0 if words[0] == "hari" else len(words)  # hari ini, kemarin, kemarin lusa
    return _on_day(day(now) - timedelta(days=days), _TIME.search(text))


def _ago(text: str, now: datetime) -> _Moment | None:
    found = _AGO.search(text)
    if found is None:
        return None
    spans = [(1 if count.lower() == "se" else int(count), unit.lower()) for count, unit in _SPAN.findall(found[0])]
    back = timedelta(seconds=sum(count * _UNITS[unit] for count, unit in spans))
    # Months and years have no fixed length: not even the day is known. Too many weeks overflow a datetime.
    if any(not _UNITS[unit] for _, unit in spans) or now.year - back.days // 365 < _YEARS.start:
        return None
    if spans[-1][1] in {"hari", "minggu"}:
        return _on_day(day(now - back), _TIME.search(text))
    return _at(now - back)


def _at(when: datetime) -> _Moment:
    local = when.astimezone(JAKARTA)
    return _Moment(local.date(), local.time().replace(microsecond=0), JAKARTA)


def _on_day(day_: date, clock: re.Match[str] | None, note: str | None = None) -> _Moment:
    if clock is None:
        return _Moment(day_, note=note)
    if clock["hour"] == "24" and int(clock["minute"]) == int(clock["second"] or 0) == 0 and day_ < date.max:
        return _Moment(day_ + timedelta(days=1), time(), _zone_of(clock), note)
    return _Moment(day_, _clock_of(clock), _zone_of(clock), note)


def _guessed(text: str, now: datetime) -> _Moment | None:
    """Ask dateparser, and believe it only where day, year and time stand in the text as digits."""
    if _YEAR.search(text) is None or (clock := _TIME.search(text)) is None:  # nearly all
        return None
    numbers = {int(number) for number in re.findall(r"(?<![0-9])[0-9]{1,4}(?![0-9])", text)}
    if not any(number in _YEARS for number in numbers):
        return None
    # Loading it costs more than a thousand dates, and almost none come here.
    import dateparser  # type: ignore[import-untyped]  # noqa: PLC0415

    settings = {
        "TIMEZONE": "Asia/Jakarta",
        "RETURN_AS_TIMEZONE_AWARE": True,
        "RELATIVE_BASE": now.astimezone(JAKARTA).replace(tzinfo=None),
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": ["day", "month", "year"],
    }
    try:
        when = dateparser.parse(text, languages=["id"], settings=settings)
    except Exception:  # noqa: BLE001 - whatever makes dateparser fail, the text is not a date to us
        return None
    if when is None or not {when.day, when.year} <= numbers:
        return None
    stated = _clock_of(clock)
    if (when.hour, when.minute) != (stated.hour, stated.minute):
        return None
    return _Moment(when.date(), stated, _zone_of(clock))
