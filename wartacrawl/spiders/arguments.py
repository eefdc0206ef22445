"""Spider arguments: what the command line says, checked before the first request."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from wartacrawl.config import ConfigError
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Source = Literal["sections", "indeks", "rss", "sitemap"]
SOURCES: tuple[Source, ...] = get_args(Source)

# Scrapyd adds these to every job; they are no business of ours.
_FOREIGN = frozenset({"_job", "_version", "name"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a crawl. Days are of Asia/Jakarta and inclusive; `limit` is a number of articles.

    `articles` are those named by `urls` or `file`: identifier → slug, None where only an id was given.
    """

    sections: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int | None = None
    via: frozenset[Source] | None = None
    full: bool = False
    articles: dict[int, str | None] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: Mapping[str, str], allowed: Collection[str], *, origin: str = urls.ORIGIN) -> Arguments:
        """Read arguments as strings; raise `ConfigError` for the first bad one. Articles may be given on `origin`.

        >>> Arguments.parse({"limit": "10", "via": "rss"}, {"limit", "via"}).limit
        10
        >>> Arguments.parse({"since": "last week"}, {"since"})
        Traceback (most recent call last):
        wartacrawl.config.ConfigError: since='last week' is no day: give YYYY-MM-DD, such as since=2025-01-31.
        """
        for name in given.keys() - set(allowed) - _FOREIGN:
            raise ConfigError(
                f"{name}={given[name]!r} is no argument of this spider: allowed are {_and(sorted(allowed))}."
            )
        arguments = cls(
            sections=_names(given),
            since=_day(given, "since"),
            until=_day(given, "until"),
            limit=_limit(given),
            via=_via(given),
            full=_flag(given, "full"),
            articles=_articles(given, origin),
        )
        arguments._check_together()
        return arguments

    def _check_together(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ConfigError(
                f"since={self.since.isoformat()!r} is after until={self.until.isoformat()!r}: "
                "give the earlier day as since."
            )
        if self.sections and self.via is not None and self.via != {"sections"}:
            others = ", ".join(sorted(self.via - {"sections"}))
            raise ConfigError(
                f"via={others!r} lists articles of all sections and cannot go with sections=: "
                "leave via out, or give via=sections."
            )

    def covers(self, day: date | None) -> bool:
        """Tell whether a day of publication is asked for; an unknown day is."""
        return day is None or ((self.since is None or day >= self.since) and (self.until is None or day <= self.until))


def _and(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def _words(given: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in given.get(name, "").split(",") if word.strip()]


def _names(given: Mapping[str, str]) -> tuple[str, ...]:
    words = _words(given, "sections")
    if "sections" in given and not words:
        raise ConfigError("sections='' names no section: give slugs or menu names, such as sections=ekbis,kabar-sawit.")
    return tuple(dict.fromkeys(words))


def _day(given: Mapping[str, str], name: str) -> date | None:
    if name not in given:
        return None
    text = given[name].strip()
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise ConfigError(f"{name}={text!r} is no day: give YYYY-MM-DD, such as {name}=2025-01-31.")


def _limit(given: Mapping[str, str]) -> int | None:
    if "limit" not in given:
        return None
    text = given["limit"].strip()
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
        raise ConfigError(f"limit={text!r} is no number of articles: give a whole number from 1, such as limit=50.")
    return int(text)


def _via(given: Mapping[str, str]) -> frozenset[Source] | None:
    if "via" not in given:
        return None
    words = [word.lower() for word in _words(given, "via")]
    chosen: frozenset[Source] = frozenset(source for source in SOURCES if source in words)
    unknown = [word for word in words if word not in SOURCES]
    if unknown or not chosen:
        raise ConfigError(
            f"via={','.join(unknown)!r} is no source: allowed are {_and(list(SOURCES))}, comma-separated."
        )
    return chosen


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
                f"{name}={word!r} is no article of Warta Ekonomi: give an id such as 583116 or a URL such as "
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
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(
            f"file={path!r} cannot be read ({reason}): give a text file with an id or URL a line."
        ) from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
