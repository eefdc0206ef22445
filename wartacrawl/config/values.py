"""What settings and arguments may be: each parser takes a name and a value and returns what is meant.

All raise `ConfigError`, with a sentence that names the setting, its value and what is allowed.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wartacrawl import settings as defaults
from wartacrawl.items import PAGE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Parser = Callable[[str, Any], Any]

# Fields that a page may lack: only these can show that a layout has changed.
_ALWAYS_THERE = frozenset({"identifier", "in_language", "publisher", "word_count", "pages"})
JUDGED_FIELDS = tuple(name for name in PAGE_FIELDS if name not in _ALWAYS_THERE)
_BETWEEN_ADDRESSES = re.compile(r"\s+|,(?=[a-z0-9]{1,30}://)")
_CONTACT = re.compile(r"https?://[!-'*-~]+|[!-'*-?A-~]{1,64}@[!-'*-?A-~]+")


class ConfigError(ValueError):
    """A spider argument or a setting that cannot be used; the message names it, its value and what is allowed.

    `word` is the outcome of what it ends.
    """

    word = "usage"


def number(*, minimum: float = 0.0, maximum: float = math.inf, whole: bool = False) -> Parser:
    """Return a parser of finite numbers from `minimum` to `maximum`.

    >>> number()("PATIENCE_SECONDS", "30")
    30.0
    >>> number(minimum=1, whole=True)("COUNT", "0")
    Traceback (most recent call last):
    wartacrawl.config.values.ConfigError: COUNT='0' is not a whole number from 1: give one, such as COUNT=30.
    """

    def parse(name: str, given: Any) -> float:
        text = str(given).strip()
        try:
            found = math.nan if whole and not (text.isascii() and text.isdigit()) else float(text)
        except ValueError:
            found = math.nan
        if minimum <= found <= maximum and found < math.inf:
            return int(found) if whole else found
        noun = f"{'whole ' if whole else ''}number"
        upper = f" to {maximum:g}" if maximum < math.inf else ""
        example = f"{maximum / 2:g}" if maximum < math.inf else f"{max(30, math.ceil(minimum))}"
        raise ConfigError(
            f"{name}={given!r} is not a {noun} from {minimum:g}{upper}: give one, such as {name}={example}."
        )

    return parse


def parse_flag(name: str, given: Any) -> bool:
    """Parse yes or no, in the words Scrapy takes for them.

    >>> parse_flag("ARCHIVE_ENABLED", "1"), parse_flag("ARCHIVE_ENABLED", "False")
    (True, False)
    """
    words = {"1": True, "true": True, "0": False, "false": False}
    text = str(int(given) if isinstance(given, bool) else given).strip().lower()
    if text not in words:
        raise ConfigError(f"{name}={given!r} is neither yes nor no: give {name}=1 or {name}=0.")
    return words[text]


def parse_text(name: str, given: Any) -> str | None:  # noqa: ARG001 - a parser
    """Parse a text; None where there is none."""
    return str(given).strip() or None if given is not None else None


def parse_words(name: str, given: Any) -> tuple[str, ...]:  # noqa: ARG001 - a parser
    """Parse a list, or the same as a text with commas.

    >>> parse_words("RECHECK_AGES", "3600, 86400"), parse_words("RECHECK_AGES", "[]")
    (('3600', '86400'), ())
    """
    parts = given.strip("[] ").split(",") if isinstance(given, str) else given or ()
    return tuple(word for part in parts if (word := str(part).strip("[] ")))


def parse_addresses(name: str, given: Any) -> tuple[str, ...]:  # noqa: ARG001 - a parser
    """Parse addresses of Apprise, separated by spaces, or by commas before the scheme of the next one."""
    text = given if isinstance(given, str) else " ".join(map(str, given or ()))
    return tuple(word for word in _BETWEEN_ADDRESSES.split(text) if word)


def parse_contact(name: str, given: Any) -> str | None:
    """Parse an e-mail address or a URL; None where there is none."""
    found = parse_text(name, given)
    if found is not None and not _CONTACT.fullmatch(found):
        raise ConfigError(
            f"{name}={found!r} is neither an e-mail address nor a URL: give one, such as {name}=redaksi@example.org."
        )
    return found


def parse_origin(name: str, given: Any) -> str:
    """Parse scheme and host of a portal or an archive, without a slash at the end."""
    found = str(given or "").strip()
    try:
        parts = urlsplit(found)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        usable = usable and parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        example = getattr(defaults, name, defaults.WARTA_URL)
        raise ConfigError(f"{name}={found!r} is not an origin: give scheme and host alone, such as {name}={example}.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def parse_folder(name: str, given: Any) -> str:
    """Parse the path of a folder, absolute or relative."""
    if not given or not str(given).strip() or "\0" in str(given):
        raise ConfigError(f"{name}={given!r} is not a folder: give one, such as {name}=/var/lib/wartacrawl.")
    try:
        return str(Path(str(given)).expanduser())
    except RuntimeError:
        raise ConfigError(f"{name}={str(given)!r}: there is no such user; give an absolute path.") from None


def parse_ages(name: str, given: Any) -> tuple[float, ...]:
    """Parse ages of an article, in seconds.

    >>> parse_ages("RECHECK_AGES", ["3600", 86400])
    (3600.0, 86400.0)
    """
    found = parse_words(name, given)
    try:
        seconds = tuple(float(word) for word in found)
    except ValueError:
        seconds = (-1.0,)
    if not all(0 < age < math.inf for age in seconds):
        raise ConfigError(
            f"{name}={','.join(found)!r} are not ages: give seconds after publication, such as {name}=3600,86400, or "
            f"leave it empty ({name}=) to check no article again."
        )
    return seconds


def parse_shares(name: str, given: Any) -> dict[str, float]:
    """Parse {field: share}, or the same as JSON.

    >>> parse_shares("MONITORS_FIELD_COVERAGE", '{"headlin": 0.9}')
    Traceback (most recent call last):
    wartacrawl.config.values.ConfigError: MONITORS_FIELD_COVERAGE: 'headlin' is not a field: did you mean 'headline'?
    """
    try:
        found = dict(json.loads(given) if isinstance(given, str) else given)
        shares = {str(key): float(share) for key, share in found.items()}
        usable = all(0 <= share <= 1 for share in shares.values())
    except (TypeError, ValueError):
        usable, shares = False, {}
    if not usable:
        raise ConfigError(f'{name}={given!r} cannot be used: give shares from 0 to 1, such as {{"headline": 0.95}}.')
    for key in shares:
        if key not in JUDGED_FIELDS:
            raise ConfigError(f"{name}: {key!r} is not a field: {suggestion(key, JUDGED_FIELDS)}")
    return shares


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Return the end of a sentence on a word that is not allowed: the one that was meant, or all.

    >>> suggestion("sitmap", ["rss", "sitemap"]), suggestion("x", ["rss", "sitemap"])
    ("did you mean 'sitemap'?", 'allowed are rss and sitemap.')
    """
    import difflib

    names = list(allowed)
    near = difflib.get_close_matches(word, names, 1, 0.7)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"allowed are {', '.join(names[:-1])} and {names[-1]}." if len(names) > 1 else f"allowed is {names[0]}."
