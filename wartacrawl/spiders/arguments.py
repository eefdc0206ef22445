"""Spider arguments: what the command line says, checked before the first request."""

from __future__ import annotations

import re
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from wartacrawl.config import ConfigError, suggestion
from wartacrawl.language import dates
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Source = Literal["sections", "indeks", "rss", "sitemap"]
SOURCES: tuple[Source, ...] = get_args(Source)

# What each argument is for, with an example, as `scrapy crawl --help` shows it.
EXAMPLES = {
    "sections": ("sections=ekbis,kabar-sawit", "only these sections, by slug or name (`scrapy list-sections`)"),
    "since": ("since=2025-01-05", "first day of publication, in Asia/Jakarta; or today, yesterday, today-7"),
    "until": ("until=yesterday", "last day of publication, inclusive"),
    "limit": ("limit=50", "number of articles"),
    "via": ("via=rss,sitemap", "only these lists: sections, indeks, rss, sitemap"),
    "full": ("full=1", "fetch everything again, known or not"),
    "urls": ("urls=583116,URL", "articles, by id or URL"),
    "file": ("file=urls.txt", "the same from a text file, one a line"),
    "source": ("source=wayback", "web archives: commoncrawl (default), wayback, or the address of a CDX server"),
    "crawls": ("crawls=latest:12", "crawls of Common Crawl: the latest N (default 6), all, or names (CC-MAIN-2024-10)"),
    "count": ("count=1", "only count what the archives have"),
}
LIMIT = 999_999_999
ARCHIVES = ("commoncrawl", "wayback")
# Common Crawl publishes about one crawl a month.
LATEST_CRAWLS = "latest:6"
_SERVER = re.compile(r"https?://[^\s/@?#]{1,253}(?:/[^\s?#\x00-\x1f]{0,1000})?")
# A list of all the portal's articles has about 50 MB.
FILE_BYTES = 64 * 1024 * 1024
# Scrapyd adds these to every job.
_FOREIGN = frozenset({"_job", "_version", "name"})
_DAYS_AGO = re.compile(r"today-([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a crawl. Days are of Asia/Jakarta and inclusive; `limit` is a number of articles.

    `archives` are "commoncrawl", "wayback" and addresses of CDX servers; `crawls` is "all", "latest:N" or names
    separated by commas. `articles` are those named by `urls` or `file`: identifier → slug, None where only an id was
    given.
    """

    sections: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int | None = None
    via: frozenset[Source] | None = None
    full: bool = False
    archives: tuple[str, ...] = ARCHIVES[:1]
    crawls: str = LATEST_CRAWLS
    count: bool = False
    articles: dict[int, str | None] = field(default_factory=dict)

    @classmethod
    def parse(cls, typed: Mapping[str, object], allowed: Collection[str], *, origin: str = urls.ORIGIN) -> Arguments:
        """Read arguments, texts or values of a script; raise `ConfigError` for the first bad one.

        Articles may be given by their address on `origin`, too.

        >>> Arguments.parse({"limit": 10, "via": "rss"}, {"limit", "via"}).limit
        10
        >>> Arguments.parse({"full": "maybe"}, {"full"})
        Traceback (most recent call last):
        wartacrawl.config.values.ConfigError: full='maybe' is neither yes nor no: give full=1 or full=0.
        """
        given = as_texts(typed)
        for name in given.keys() - set(allowed) - _FOREIGN:
            raise ConfigError(
                f"{name}={given[name]!r} is not an argument of this spider: {suggestion(name, sorted(allowed))}"
            )
        arguments = cls(
            sections=_names(given),
            since=_day(given, "since"),
            until=_day(given, "until"),
            limit=_limit(given),
            via=_via(given),
            full=_flag(given, "full"),
            archives=_archives(given),
            crawls=_crawls(given),
            count=_flag(given, "count"),
            articles=_articles(given, origin),
        )
        arguments._check_together()
        return arguments

    def _check_together(self) -> None:
        today = dates.day(datetime.now(UTC))
        if self.since and self.since > today:
            raise ConfigError(
                f"since={self.since.isoformat()!r} is in the future: today is {today.isoformat()} in Jakarta; give "
                "that day or an earlier one."
            )
        if self.since and self.until and self.since > self.until:
            raise ConfigError(
                f"since={self.since.isoformat()!r} is after until={self.until.isoformat()!r}: "
                "give the earlier day as since."
            )
        if self.crawls != LATEST_CRAWLS and "commoncrawl" not in self.archives:
            raise ConfigError(
                f"crawls={self.crawls!r} goes with source=commoncrawl alone: leave it out, or add that source."
            )
        if self.sections and self.via is not None and self.via != {"sections"}:
            others = ", ".join(sorted(self.via - {"sections"}))
            raise ConfigError(
                f"via={others!r} lists articles of all sections and cannot go with sections=: "
                "leave via out, or give via=sections."
            )

    def covers(self, day: date | None) -> bool:
        """Return whether a day of publication is asked for; an unknown day is."""
        return day is None or ((self.since is None or day >= self.since) and (self.until is None or day <= self.until))


def as_texts(typed: Mapping[str, object]) -> dict[str, str]:
    """Return arguments as they would be typed; those that are None were not given.

    >>> as_texts({"limit": 3, "full": True, "since": date(2025, 1, 5), "sections": ["ekbis", "bursa"], "until": None})
    {'limit': '3', 'full': '1', 'since': '2025-01-05', 'sections': 'ekbis,bursa'}
    """
    return {name: _as_text(value) for name, value in typed.items() if value is not None}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return dates.day(value if value.tzinfo else value.replace(tzinfo=dates.JAKARTA)).isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(map(str, value))
    return str(value)


def _words(given: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in given.get(name, "").split(",") if word.strip()]


def _names(given: Mapping[str, str]) -> tuple[str, ...]:
    words = _words(given, "sections")
    if "sections" in given and not words:
        raise ConfigError("sections='' names no section: give slugs or menu names, such as sections=ekbis,kabar-sawit.")
    return tuple(dict.fromkeys(words))


def _day(given: Mapping[str, str], name: str) -> date | None:
    return parse_day(name, given[name]) if name in given else None


def parse_day(name: str, given: str) -> date:
    """Parse a day in Asia/Jakarta: YYYY-MM-DD, today, yesterday or today-N; raise `ConfigError` for anything else.

    >>> parse_day("since", "today") - parse_day("since", "today-7")
    datetime.timedelta(days=7)
    """
    text = given.strip().lower()
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    ago = _DAYS_AGO.fullmatch({"today": "today-0", "yesterday": "today-1"}.get(text, text))
    if ago:
        return dates.day(datetime.now(UTC)) - timedelta(days=int(ago[1]))
    raise ConfigError(
        f"{name}={given.strip()!r} is not a day: give YYYY-MM-DD, such as {name}=2025-01-31, or today, yesterday, "
        "today-7."
    )


def _limit(given: Mapping[str, str]) -> int | None:
    if "limit" not in given:
        return None
    text = given["limit"].strip()
    is_number = text.isascii() and text.isdigit()
    if is_number and (len(text) > len(str(LIMIT)) or int(text) > LIMIT):
        raise ConfigError(f"limit={text!r} is too large: give up to {LIMIT}, or leave it out for all articles.")
    if not is_number or int(text) < 1:
        raise ConfigError(f"limit={text!r} is not a number of articles: give a whole number from 1 to {LIMIT}.")
    return int(text)


def _via(given: Mapping[str, str]) -> frozenset[Source] | None:
    if "via" not in given:
        return None
    words = [word.lower() for word in _words(given, "via")]
    chosen: frozenset[Source] = frozenset(source for source in SOURCES if source in words)
    unknown = [word for word in words if word not in SOURCES]
    if unknown or not chosen:
        raise ConfigError(f"via={','.join(unknown)!r} is not a source: {suggestion(','.join(unknown), SOURCES)}")
    return chosen


def _archives(given: Mapping[str, str]) -> tuple[str, ...]:
    words = _words(given, "source") if "source" in given else list(ARCHIVES[:1])
    for word in words or [""]:
        if word.lower() not in ARCHIVES and not _SERVER.fullmatch(word):
            raise ConfigError(
                f"source={word!r} is not an archive: {suggestion(word, (*ARCHIVES, 'the address of a CDX server'))}"
            )
    return tuple(dict.fromkeys(_archive(word) for word in words))


def _archive(word: str) -> str:
    """Return the name or the address of an archive as it is compared: the host in lower case, no slash at the end."""
    if word.lower() in ARCHIVES:
        return word.lower()
    scheme, _, rest = word.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.lower()}{slash}{path}".rstrip("/")


def _crawls(given: Mapping[str, str]) -> str:
    if "crawls" not in given:
        return LATEST_CRAWLS
    from wartacrawl.archives.commoncrawl import CRAWL_NAME  # noqa: PLC0415 - other spiders do without it

    words = _words(given, "crawls")
    if len(words) == 1 and re.fullmatch(r"all|latest:[1-9][0-9]{0,3}", words[0].lower()):
        return words[0].lower()
    names = [word.upper() for word in words]
    for name in names or [""]:
        if not CRAWL_NAME.fullmatch(name):
            raise ConfigError(
                f"crawls={name!r} is not a crawl of Common Crawl: give names such as crawls=CC-MAIN-2024-10, latest:12 "
                "or all."
            )
    return ",".join(dict.fromkeys(names))


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "0").strip().lower()
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise ConfigError(f"{name}={text!r} is neither yes nor no: give {name}=1 or {name}=0.")
    return text in {"1", "true", "yes"}


def _articles(given: Mapping[str, str], origin: str) -> dict[int, str | None]:
    """Return the articles that were named, with the slug where one was given."""
    found: list[tuple[str, str]] = [("urls", word) for word in _words(given, "urls")]
    if "file" in given:
        found += [("file", line) for line in _lines(given["file"])]
    named: dict[int, str | None] = {}
    for name, word in found:
        identifier = urls.identity(word, origin=origin)
        if identifier is None:
            raise ConfigError(
                f"{name}={word!r} is not an article of Warta Ekonomi: give an id such as 583116 or a URL such as "
                f"{origin}/read583116/slug."
            )
        ref = urls.parse(word, origin=origin)
        named.setdefault(int(identifier), ref.slug if ref else None)
    if ("urls" in given or "file" in given) and not named:
        name = "urls" if "urls" in given else "file"
        raise ConfigError(f"{name}={given[name]!r} names no article: give ids or URLs.")
    return named


def _lines(path: str) -> list[str]:
    try:
        text = read_file(path, FILE_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or (str(error) if type(error) is ValueError else "not UTF-8 text")
        raise ConfigError(
            f"file={path!r} cannot be read ({reason}): give a text file with an id or URL a line."
        ) from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def read_file(path: str | Path, limit: int) -> bytes:
    """Return the bytes of a file that somebody named, `limit` at most.

    Raises `OSError` as the system does, and `ValueError` where it is not a file (a pipe, a device) or is larger.
    """
    if not stat.S_ISREG(Path(path).stat().st_mode):
        raise ValueError("not a file")  # to open a pipe would wait for ever
    with Path(path).open("rb") as stream:
        content = stream.read(limit + 1)  # what the system says of the size of /proc/… is 0
    if len(content) > limit:
        raise ValueError(f"larger than {limit / 1024 / 1024:,.0f} MB")
    return content
