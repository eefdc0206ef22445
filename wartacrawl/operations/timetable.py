"""The timetable of scheduled crawls: which was due last, under which id, and what it is told."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from wartacrawl.language import dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What nobody posted for so long is not made up for: the next one brings the same articles.
PATIENCE = timedelta(hours=24)

_KEYS = frozenset({"name", "spider", "at", "weekdays", "arguments", "settings"})
_MINUTE = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_CLOCK = re.compile(r"(?:([01][0-9]|2[0-3])|\*):([0-5][0-9])")
_TODAY = re.compile(r"today(?:-([0-9]{1,5}))?")


class TimetableError(ValueError):
    """A timetable that cannot be used; the message names the file, the job, the value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in Asia/Jakarta; `hour` None is every hour."""

    hour: int | None
    minute: int

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `HH:MM` or `*:MM`; raise `ValueError` for anything else.

        >>> Clock.parse("*:05")
        Clock(hour=None, minute=5)
        """
        found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(text)
        return cls(int(found[1]) if found[1] else None, int(found[2]))

    def on(self, day: date) -> Iterator[datetime]:
        """Yield the moments of a day at which the clock shows this."""
        for hour in range(24) if self.hour is None else (self.hour,):
            yield datetime.combine(day, time(hour, self.minute), dates.JAKARTA)


@dataclass(frozen=True, slots=True)
class Entry:
    """A spider, when it is due, and what it is told, in strings as scrapyd has them."""

    name: str
    spider: str
    at: tuple[Clock, ...]
    weekdays: frozenset[int] = frozenset(range(7))
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def last_due(self, now: datetime) -> Due | None:
        """Return the crawl that was due last, None when none was within `PATIENCE` before `now` (aware).

        >>> entry = Entry("warta", "warta", (Clock(None, 5),))
        >>> entry.last_due(datetime(2026, 11, 24, 2, 4, tzinfo=dates.JAKARTA)).job
        'warta-2026-11-24T0105'
        """
        today = now.astimezone(dates.JAKARTA).date()
        days = [day for day in (today, today - timedelta(days=1)) if day.weekday() in self.weekdays]
        moments = [moment for day in days for clock in self.at for moment in clock.on(day)]
        last = max((moment for moment in moments if now - PATIENCE < moment <= now), default=None)
        return Due(self, last) if last else None

    def owns(self, job: str) -> bool:
        """Tell whether a job id is of this entry, whenever it was due."""
        return job.startswith(self.name) and _MINUTE.fullmatch(job[len(self.name) :]) is not None


@dataclass(frozen=True, slots=True)
class Due:
    """A crawl that is due at a moment."""

    entry: Entry
    moment: datetime

    @property
    def job(self) -> str:
        """Its id, the same whoever asks and whenever: name and moment in Asia/Jakarta."""
        return f"{self.entry.name}-{self.moment.astimezone(dates.JAKARTA):%Y-%m-%dT%H%M}"

    @property
    def arguments(self) -> dict[str, str]:
        """The spider's arguments, with `today-7` as the date seven days before the moment."""
        return {name: self._dated(value) for name, value in self.entry.arguments.items()}

    def _dated(self, value: str) -> str:
        found = _TODAY.fullmatch(value)
        return (dates.day(self.moment) - timedelta(days=int(found[1] or 0))).isoformat() if found else value


@dataclass(frozen=True, slots=True)
class Timetable:
    """All entries of a file."""

    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a TOML file; raise `TimetableError` for what cannot be used."""
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise TimetableError(f"{path} cannot be read ({error.strerror}): name a timetable that can.") from None
        except ValueError as error:
            raise TimetableError(f"{path} is no TOML ({error}): correct it.") from None
        try:
            return cls(tuple(_entries(document)))
        except TimetableError as error:
            raise TimetableError(f"{path}: {error}") from None

    def due(self, now: datetime | None = None) -> list[Due]:
        """Return the last crawl that was due of each entry, in the order of the file."""
        now = now or datetime.now(UTC)
        return [due for entry in self.entries if (due := entry.last_due(now)) is not None]


def _entries(document: dict[str, Any]) -> Iterator[Entry]:
    _refuse_unknown(document, {"settings", "job"}, "the timetable")
    jobs = document.get("job")
    if not isinstance(jobs, list) or not jobs or not all(isinstance(job, dict) for job in jobs):
        raise TimetableError("there is no job: write one as [[job]] with spider and at.")
    common = _table(document, "settings", "the timetable")
    seen: set[str] = set()
    for number, job in enumerate(jobs, start=1):
        entry = _entry(job, common, f"job {number} ({job.get('name') or job.get('spider') or 'unnamed'})")
        if entry.name in seen:
            raise TimetableError(f"job {number}: {entry.name!r} is there twice: give one of them another name.")
        seen.add(entry.name)
        yield entry


def _entry(job: dict[str, Any], common: dict[str, str], where: str) -> Entry:
    _refuse_unknown(job, _KEYS, where)
    spider = _word(job, "spider", None, where)
    settings = {**common, **_table(job, "settings", where)}
    folder = settings.get("OUTPUT_DIR", "")
    if not PurePosixPath(folder).is_absolute():
        raise TimetableError(
            f"{where}: OUTPUT_DIR={folder!r} is no absolute path, and a scrapyd job has no folder of its own to start "
            'from: give one under [settings], such as OUTPUT_DIR = "/var/lib/wartacrawl".'
        )
    return Entry(
        name=_word(job, "name", spider, where),
        spider=spider,
        at=_clocks(job, where),
        weekdays=_weekdays(job, where),
        arguments=_table(job, "arguments", where),
        settings=settings,
    )


def _refuse_unknown(table: dict[str, Any], allowed: frozenset[str] | set[str], where: str) -> None:
    for name in table.keys() - allowed:
        raise TimetableError(f"{where}: {name!r} is not known: allowed are {', '.join(sorted(allowed))}.")


def _word(job: dict[str, Any], name: str, default: str | None, where: str) -> str:
    word = job.get(name, default)
    # It becomes part of a job id, and that of the name of a log file.
    if not isinstance(word, str) or not _NAME.fullmatch(word):
        raise TimetableError(f"{where}: {name}={word!r} is no name: give lower-case letters, digits, - and _.")
    return word


def _clocks(job: dict[str, Any], where: str) -> tuple[Clock, ...]:
    given = job.get("at")
    try:
        clocks = tuple(Clock.parse(text) for text in ([given] if isinstance(given, str) else given or ()))
    except (ValueError, TypeError):
        clocks = ()
    if not clocks:
        raise TimetableError(
            f'{where}: at={given!r} is no time: give times of Asia/Jakarta such as ["02:30", "14:30"], or "*:05" for '
            "five past every hour."
        )
    return clocks


def _weekdays(job: dict[str, Any], where: str) -> frozenset[int]:
    given = job.get("weekdays", list(WEEKDAYS))
    try:
        days = frozenset(WEEKDAYS.index(word) for word in given)
    except (ValueError, TypeError):
        days = frozenset()
    if not days or isinstance(given, str):
        raise TimetableError(f"{where}: weekdays={given!r} are no days: give a list of {', '.join(WEEKDAYS)}.")
    return days


def _table(parent: dict[str, Any], name: str, where: str) -> dict[str, str]:
    table = parent.get(name, {})
    if not isinstance(table, dict):
        raise TimetableError(f"{where}: {name}={table!r} is no table: write {name} = {{ NAME = VALUE }}.")
    return {key: _text(value) for key, value in table.items()}


def _text(value: Any) -> str:
    """Return a TOML value as the command line would have it.

    >>> _text(True), _text([3600, 86400]), _text(date(2025, 1, 5)), _text({"headline": 0.9})
    ('True', '3600,86400', '2025-01-05', '{"headline": 0.9}')
    """
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return str(value)
