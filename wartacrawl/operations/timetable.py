"""The timetable of scheduled crawls: which was due last, under which id, with which arguments and settings."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from cronsim import CronSim, CronSimError
from scrapy.utils.conf import closest_scrapy_cfg

from wartacrawl.config import ConfigError
from wartacrawl.language import dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A crawl that was not posted for this long is skipped: the next one brings the same articles.
PATIENCE = timedelta(hours=24)

_KEYS = frozenset({"name", "spider", "cron", "arguments", "settings"})
_MINUTE = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
# Longer than any expression that people write.
_CRON_LENGTH = 200
_TODAY = re.compile(r"(?:today(?:-([0-9]{1,5}))?|yesterday)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A spider, when it is due, and its arguments and settings, in strings as scrapyd has them.

    `cron` are expressions of cron, in Asia/Jakarta.
    """

    name: str
    spider: str
    cron: tuple[str, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def last_due(self, now: datetime) -> Due | None:
        """Return the crawl that was due last, None when none was within `PATIENCE` before `now` (aware).

        >>> entry = Entry("warta", "warta", ("5 * * * *",))
        >>> entry.last_due(datetime(2026, 11, 24, 2, 4, tzinfo=dates.JAKARTA)).job
        'warta-2026-11-24T0105'
        """
        # The iterator leaves out the moment it starts from.
        start = now.astimezone(dates.JAKARTA) + timedelta(microseconds=1)
        last = max(self._nearest(start, reverse=True), default=None)
        return Due(self, last) if last is not None and last > now - PATIENCE else None

    def next_due(self, now: datetime) -> Due | None:
        """Return the crawl that is due next after `now` (aware), None when none ever is."""
        moment = min(self._nearest(now.astimezone(dates.JAKARTA), reverse=False), default=None)
        return Due(self, moment) if moment is not None else None

    def _nearest(self, start: datetime, *, reverse: bool) -> Iterator[datetime]:
        for expression in self.cron:
            yield from islice(CronSim(expression, start, reverse=reverse), 1)

    def owns(self, job: str) -> bool:
        """Return whether a job id is of this entry, whenever it was due."""
        return job.startswith(self.name) and _MINUTE.fullmatch(job[len(self.name) :]) is not None


@dataclass(frozen=True, slots=True)
class Due:
    """A crawl that is due at a moment."""

    entry: Entry
    moment: datetime

    @property
    def job(self) -> str:
        """Its id, always the same: name and moment in Asia/Jakarta."""
        return f"{self.entry.name}-{self.moment.astimezone(dates.JAKARTA):%Y-%m-%dT%H%M}"

    @property
    def arguments(self) -> dict[str, str]:
        """The spider's arguments, with `yesterday` and `today-7` as dates, counted from the moment."""
        return {name: self._dated(value) for name, value in self.entry.arguments.items()}

    def _dated(self, value: str) -> str:
        found = _TODAY.fullmatch(value)
        if found is None:
            return value
        ago = 1 if value == "yesterday" else int(found[1] or 0)
        return (dates.day(self.moment) - timedelta(days=ago)).isoformat()


@dataclass(frozen=True, slots=True)
class Timetable:
    """All entries of a file."""

    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a TOML file; raise `ConfigError` for what cannot be used."""
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{path} cannot be read ({error.strerror}): name another timetable.") from None
        except ValueError as error:
            raise ConfigError(f"{path} is not TOML ({error}): correct it.") from None
        try:
            return cls(tuple(_entries(document)))
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from None

    def due(self, now: datetime | None = None) -> list[Due]:
        """Return the last crawl that was due of each entry, in the order of the file."""
        now = now or datetime.now(UTC)
        return [due for entry in self.entries if (due := entry.last_due(now)) is not None]


def default_path() -> Path:
    """Return the timetable of the project: deploy/timetable.toml beside scrapy.cfg."""
    config = closest_scrapy_cfg()
    if not config:
        raise ConfigError("There is no scrapy.cfg here or above: go to the project's folder, or name a timetable.")
    return Path(config).resolve().parent / "deploy" / "timetable.toml"


def _entries(document: dict[str, Any]) -> Iterator[Entry]:
    _refuse_unknown(document, {"settings", "job"}, "the timetable")
    jobs = document.get("job")
    if not isinstance(jobs, list) or not jobs or not all(isinstance(job, dict) for job in jobs):
        raise ConfigError("there is no job: write one as [[job]] with spider and cron.")
    common = _table(document, "settings", "the timetable")
    seen: set[str] = set()
    for number, job in enumerate(jobs, start=1):
        entry = _entry(job, common, f"job {number} ({job.get('name') or job.get('spider') or 'unnamed'})")
        if entry.name in seen:
            raise ConfigError(f"job {number}: {entry.name!r} is used twice: give one of them another name.")
        seen.add(entry.name)
        yield entry


def _entry(job: dict[str, Any], common: dict[str, str], where: str) -> Entry:
    _refuse_unknown(job, _KEYS, where)
    spider = _word(job, "spider", None, where)
    settings = {**common, **_table(job, "settings", where)}
    folder = settings.get("OUTPUT_DIR", "")
    if not PurePosixPath(folder).is_absolute():
        raise ConfigError(
            f"{where}: OUTPUT_DIR={folder!r} is not an absolute path, and a scrapyd job has no folder to start "
            'from: give one under [settings], such as OUTPUT_DIR = "/var/lib/wartacrawl".'
        )
    if "NOTIFY_URLS" in settings:
        raise ConfigError(
            f"{where}: NOTIFY_URLS holds tokens, and `ps` and scrapyd's log show the settings of a job: put it "
            "into the environment of scrapyd, as WARTACRAWL_NOTIFY_URLS."
        )
    return Entry(
        name=_word(job, "name", spider, where),
        spider=spider,
        cron=_cron(job, where),
        arguments=_table(job, "arguments", where),
        settings=settings,
    )


def _refuse_unknown(table: dict[str, Any], allowed: frozenset[str] | set[str], where: str) -> None:
    for name in table.keys() - allowed:
        raise ConfigError(f"{where}: {name!r} is not known: allowed are {', '.join(sorted(allowed))}.")


def _word(job: dict[str, Any], name: str, default: str | None, where: str) -> str:
    word = job.get(name, default)
    # It becomes part of a job id, and that of the name of a log file.
    if not isinstance(word, str) or not _NAME.fullmatch(word):
        raise ConfigError(f"{where}: {name}={word!r} is not a name: give lower-case letters, digits, - and _.")
    return word


def _cron(job: dict[str, Any], where: str) -> tuple[str, ...]:
    given = job.get("cron")
    expressions = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else ()
    fault = "" if expressions else "there is none"
    for expression in expressions:
        fault = fault or _fault_of(expression)
    if fault:
        raise ConfigError(
            f"{where}: cron={given!r} cannot be used ({fault}): give minute, hour, day, month and weekday of "
            'Asia/Jakarta, such as "30 2 * * *", or a list of such.'
        )
    return expressions


def _fault_of(expression: object) -> str:
    """Return what is wrong with an expression of cron, "" for nothing."""
    if not isinstance(expression, str) or len(expression) > _CRON_LENGTH or len(expression.split()) != 5:
        return "not five fields"
    try:
        CronSim(expression, datetime.now(dates.JAKARTA))
    except CronSimError as error:
        return str(error).lower()
    return ""


def _table(parent: dict[str, Any], name: str, where: str) -> dict[str, str]:
    table = parent.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: {name}={table!r} is not a table: write {name} = {{ NAME = VALUE }}.")
    return {key: _text(value) for key, value in table.items()}


def _text(value: Any) -> str:
    """Return a TOML value as it is written on a command line.

    >>> from datetime import date
    >>> _text(True), _text([3600, 86400]), _text(date(2025, 1, 5)), _text({"headline": 0.9})
    ('True', '3600,86400', '2025-01-05', '{"headline": 0.9}')
    """
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return str(value)
