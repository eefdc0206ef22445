"""Every setting, read and checked once into one frozen `Config`.

What a setting means stands here, what it is by default in settings.py alone. To add one: a line there, and a line in
the group it belongs to here.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import tempfile
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from wartacrawl import settings as defaults
from wartacrawl.items import PAGE_FIELDS
from wartacrawl.storage.ledger import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Parser = Callable[[str, Any], Any]

# Fields that a page may lack: only these can show that a layout has changed.
_ALWAYS_THERE = frozenset({"identifier", "in_language", "publisher", "word_count", "pages"})
JUDGED_FIELDS = tuple(name for name in PAGE_FIELDS if name not in _ALWAYS_THERE)
INSTALL_ARCHIVE = "pip install 'warcio>=1.8' 'fastwarc>=2'"
INSTALL_BROWSER = "pip install 'scrapy-playwright>=0.0.48'"
# Names that begin like this are ours; another name is taken for a misspelt one of ours when it is this similar to it.
_PREFIXES = ("WARTA_", "OUTPUT_", "ARCHIVE_", "RENDER_", "MONITORS_", "EXPORT_", "RECHECK_", "RECONCILE_", "NOTIFY_")
_SIMILARITY = 0.85
_BETWEEN_ADDRESSES = re.compile(r"\s+|,(?=[a-z0-9]{1,30}://)")
_CONTACT = re.compile(r"https?://[!-'*-~]+|[!-'*-?A-~]{1,64}@[!-'*-?A-~]+")


class ConfigError(ValueError):
    """A spider argument or a setting that cannot be used; the message names it, its value and what is allowed.

    `word` is the outcome of what it ends.
    """

    word = "usage"


# -- kinds of values: each takes a setting's name and value, and returns what it means or raises ConfigError ---------


def number(*, minimum: float = 0.0, maximum: float = math.inf, whole: bool = False) -> Parser:
    """Return a parser of finite numbers from `minimum` to `maximum`.

    >>> number()("PATIENCE_SECONDS", "30")
    30.0
    >>> number(minimum=1, whole=True)("EXPORT_BATCH", "0")
    Traceback (most recent call last):
    wartacrawl.config.ConfigError: EXPORT_BATCH='0' is not a whole number from 1: give one, such as EXPORT_BATCH=30.
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
    """Parse scheme and host of a portal, without a slash at the end."""
    found = str(given or "").strip()
    try:
        parts = urlsplit(found)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        usable = usable and parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            f"{name}={found!r} is not an origin: give scheme and host alone, such as {name}=https://wartaekonomi.co.id."
        )
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
            f"nothing ({name}=) to look at no article again."
        )
    return seconds


def parse_shares(name: str, given: Any) -> dict[str, float]:
    """Parse {field: share}, or the same as JSON.

    >>> parse_shares("MONITORS_FIELD_COVERAGE", '{"headlin": 0.9}')
    Traceback (most recent call last):
    wartacrawl.config.ConfigError: MONITORS_FIELD_COVERAGE: 'headlin' is not a field: did you mean 'headline'?
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


# -- groups of settings ----------------------------------------------------------------------------------------------


def setting(name: str, parse: Parser) -> Any:
    """Return the field of a group that is the setting `name`."""
    return field(metadata={"setting": name, "parse": parse})


def group(kind: type[Group]) -> Any:
    """Return the field of a group that is another group."""
    return field(metadata={"group": kind})


class Group:
    """Settings that belong together: a frozen dataclass whose fields are made by `setting` or `group`."""

    __slots__ = ()

    @classmethod
    def read(cls, given: Mapping[str, Any] = MappingProxyType({})) -> Self:
        """Read the settings, those that are not given from settings.py; raise `ConfigError` for a bad one."""
        found: dict[str, Any] = {}
        for column in fields(cls):  # type: ignore[arg-type]  # every group is a dataclass
            if "group" in column.metadata:
                found[column.name] = column.metadata["group"].read(given)
                continue
            name = column.metadata["setting"]
            value = given[name] if name in given else getattr(defaults, name)
            found[column.name] = column.metadata["parse"](name, value)
        return cls(**found)

    @classmethod
    def names(cls) -> Iterator[str]:
        """Yield the names of the settings."""
        for column in fields(cls):  # type: ignore[arg-type]  # every group is a dataclass
            if "group" in column.metadata:
                yield from column.metadata["group"].names()
            else:
                yield column.metadata["setting"]


_share = number(maximum=1)
_count = number(whole=True)
_positive = number(minimum=1, whole=True)


@dataclass(frozen=True, slots=True)
class OutputConfig(Group):
    """OUTPUT_DIR as it was given, and the folder that is meant by it."""

    given: str = setting("OUTPUT_DIR", parse_folder)

    @property
    def folder(self) -> Path:
        """OUTPUT_DIR as an absolute path; a relative one starts at the folder of scrapy.cfg.

        Raises `ConfigError` where there is no such folder, as in a scrapyd job.
        """
        path = Path(self.given)
        if path.is_absolute():
            return path
        config = None if is_scrapyd_job() else _scrapy_cfg()
        if config is not None:
            return config.parent / path
        if is_scrapyd_job():
            advice = "schedule with an absolute path, such as -d setting=OUTPUT_DIR=/var/lib/wartacrawl"
            raise ConfigError(
                f"OUTPUT_DIR={self.given!r} is relative, and a scrapyd job has no folder to start from: {advice}."
            )
        raise ConfigError(
            f"OUTPUT_DIR={self.given!r} is relative, and there is no scrapy.cfg here or above to start from: "
            "give an absolute path, such as -s OUTPUT_DIR=/var/lib/wartacrawl, or go to the folder of scrapy.cfg."
        )


@dataclass(frozen=True, slots=True)
class DownloadConfig(Group):
    """Scrapy's own settings of the downloader, checked here because Scrapy answers a bad one with a traceback."""

    delay: float = setting("DOWNLOAD_DELAY", number())
    timeout: float = setting("DOWNLOAD_TIMEOUT", number(minimum=0.1))
    maxsize: int = setting("DOWNLOAD_MAXSIZE", _count)
    retries: int = setting("RETRY_TIMES", _count)
    concurrency: int = setting("CONCURRENT_REQUESTS", _positive)
    concurrency_per_domain: int = setting("CONCURRENT_REQUESTS_PER_DOMAIN", _positive)
    obeys_robots: bool = setting("ROBOTSTXT_OBEY", parse_flag)
    has_autothrottle: bool = setting("AUTOTHROTTLE_ENABLED", parse_flag)
    shutdown: float = setting("SHUTDOWN_SECONDS", number())


@dataclass(frozen=True, slots=True)
class PolitenessConfig(Group):
    """How the crawl behaves towards the portal; all times in seconds, 0 is no limit for the counts."""

    patience: float = setting("PATIENCE_SECONDS", number())
    backoff: float = setting("BACKOFF_SECONDS", number())
    slowest: float = setting("SLOWEST_DELAY", number())
    longest_crawl_delay: float = setting("LONGEST_CRAWL_DELAY", number())
    refusals: int = setting("REFUSALS_IN_A_ROW", _count)
    failures: int = setting("FAILURES_IN_A_ROW", _count)
    budget: int = setting("REQUEST_BUDGET", _count)
    contact: str | None = setting("WARTA_CONTACT", parse_contact)
    bare_user_agent: str | None = setting("USER_AGENT", parse_text)
    robots_word: str | None = setting("ROBOTSTXT_USER_AGENT", parse_text)

    @property
    def user_agent(self) -> str:
        """USER_AGENT with WARTA_CONTACT in its brackets, or in brackets of its own."""
        name = self.bare_user_agent or ""
        if self.contact is None:
            return name
        return f"{name[:-1]}; {self.contact})" if name.endswith(")") else f"{name} ({self.contact})"

    @property
    def robots_name(self) -> str:
        """The name robots.txt is searched for."""
        return self.robots_word or self.user_agent


@dataclass(frozen=True, slots=True)
class DiscoveryConfig(Group):
    """When lists are walked again, how far back, and the bounds of a walk."""

    reconcile_hours: float = setting("RECONCILE_HOURS", number())
    index_empty_days: int = setting("INDEX_EMPTY_DAYS", _positive)
    index_days: int = setting("INDEX_DAYS", _positive)
    list_pages: int = setting("LIST_PAGES", _positive)
    sitemap_files: int = setting("SITEMAP_FILES", _positive)
    recheck_ages: tuple[float, ...] = setting("RECHECK_AGES", parse_ages)


@dataclass(frozen=True, slots=True)
class ExportConfig(Group):
    """When lines are written."""

    batch: int = setting("EXPORT_BATCH", _positive)
    seconds: float = setting("EXPORT_SECONDS", number(minimum=0.1))


@dataclass(frozen=True, slots=True)
class ArchiveConfig(Group):
    """Keeping raw pages as WARC; `file_bytes` is the size at which the next file begins."""

    enabled: bool = setting("ARCHIVE_ENABLED", parse_flag)
    file_bytes: int = setting("ARCHIVE_FILE_BYTES", _positive)

    def __post_init__(self) -> None:
        if self.enabled and not (_is_installed("warcio") and _is_installed("fastwarc")):
            raise ConfigError(
                f"ARCHIVE_ENABLED needs the packages warcio and fastwarc: install them with `{INSTALL_ARCHIVE}`."
            )


@dataclass(frozen=True, slots=True)
class RenderConfig(Group):
    """Opening empty shells in a browser; whether there is one is found by `rendering.escalation.find_browser`."""

    enabled: bool = setting("RENDER_ENABLED", parse_flag)
    seconds: float = setting("RENDER_SECONDS", number(minimum=0.1))
    context_pages: int = setting("RENDER_CONTEXT_PAGES", _positive)
    executable: str | None = setting("RENDER_EXECUTABLE", parse_text)

    def __post_init__(self) -> None:
        if self.enabled and not _is_installed("scrapy_playwright"):
            raise ConfigError(
                f"RENDER_ENABLED needs the package scrapy-playwright: install it with `{INSTALL_BROWSER}`."
            )


@dataclass(frozen=True, slots=True)
class MonitorsConfig(Group):
    """The thresholds; the meaning of each stands in docs/operations.md."""

    early_articles: int = setting("MONITORS_EARLY_ARTICLES", _count)
    min_articles: int = setting("MONITORS_MIN_ARTICLES", _count)
    field_coverage: dict[str, float] = setting("MONITORS_FIELD_COVERAGE", parse_shares)
    coverage_drop: float = setting("MONITORS_COVERAGE_DROP", _share)
    earlier_runs: int = setting("MONITORS_EARLIER_RUNS", _count)
    fallback_share: float = setting("MONITORS_FALLBACK_SHARE", _share)
    rejected_share: float = setting("MONITORS_REJECTED_SHARE", _share)
    failed_share: float = setting("MONITORS_FAILED_SHARE", _share)
    errors: int = setting("MONITORS_ERRORS", _count)
    items: int = setting("MONITORS_ITEMS", _count)
    silent_hours: float = setting("MONITORS_SILENT_HOURS", number())


@dataclass(frozen=True, slots=True)
class Config(Group):
    """All settings of a crawl; `origin` is scheme and host of the portal."""

    origin: str = setting("WARTA_URL", parse_origin)
    shows_progress: bool = setting("PROGRESS_ENABLED", parse_flag)
    page_seconds: float = setting("PAGE_SECONDS", number(minimum=0.1))
    notify_urls: tuple[str, ...] = setting("NOTIFY_URLS", parse_addresses)
    output: OutputConfig = group(OutputConfig)
    download: DownloadConfig = group(DownloadConfig)
    politeness: PolitenessConfig = group(PolitenessConfig)
    discovery: DiscoveryConfig = group(DiscoveryConfig)
    export: ExportConfig = group(ExportConfig)
    archive: ArchiveConfig = group(ArchiveConfig)
    render: RenderConfig = group(RenderConfig)
    monitors: MonitorsConfig = group(MonitorsConfig)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Read and check all settings; raise `ConfigError` for the first that a crawl could not use."""
        refuse_misspelt(given)
        _refuse_rivals(given)
        return cls.read(given)

    @property
    def folder(self) -> Path:
        """OUTPUT_DIR as an absolute path; raises `ConfigError` where a relative one has nowhere to start from."""
        return self.output.folder


# -- checks of more than a value -------------------------------------------------------------------------------------


def refuse_misspelt(given: Iterable[str]) -> None:
    """Raise `ConfigError` for a name that is none of ours and looks like one of them.

    >>> refuse_misspelt(["RETRY_ENABLED", "WARTA_URI"])
    Traceback (most recent call last):
    wartacrawl.config.ConfigError: WARTA_URI is not a setting: did you mean WARTA_URL?
    """
    # Scrapy's own defaults have priority 0; to compare all of them would take as long as the rest of the start.
    priority = getattr(given, "getpriority", lambda _: 1)
    ours = set(Config.names())
    for name in given:
        if name in vars(defaults) or not priority(name):
            continue
        import difflib

        near = difflib.get_close_matches(name.upper(), ours, 1, _SIMILARITY)
        if near or name.startswith(_PREFIXES):
            near = near or difflib.get_close_matches(name, ours, 1, 0)
            raise ConfigError(f"{name} is not a setting: did you mean {near[0]}?")


def _refuse_rivals(settings: Mapping[str, Any]) -> None:
    """Refuse what would remember or write beside the ledger, and less safely."""
    if settings.get("JOBDIR"):
        raise ConfigError(
            f"JOBDIR={settings['JOBDIR']!r} is not used: the ledger in OUTPUT_DIR remembers more, and safely; "
            "leave it out (under scrapyd: empty jobs_dir in scrapyd.conf)."
        )
    if is_scrapyd_job() and settings.get("FEEDS"):
        raise ConfigError(
            "FEEDS is set, as scrapyd's items_dir does: articles are written to OUTPUT_DIR alone; "
            "empty items_dir in scrapyd.conf."
        )


def _is_installed(package: str) -> bool:
    return find_spec(package) is not None


def is_scrapyd_job() -> bool:
    """Tell whether scrapyd started this process."""
    return "SCRAPY_PROJECT" in os.environ or "SCRAPYD_JOB" in os.environ


def _scrapy_cfg() -> Path | None:
    """Return the nearest scrapy.cfg of the current folder and those above it."""
    here = Path.cwd()
    return next((file for folder in (here, *here.parents) if (file := folder / "scrapy.cfg").is_file()), None)


def check_writable(folder: Path, name: str = "OUTPUT_DIR") -> None:
    """Raise `ConfigError` when a folder, given as `name`, can be neither made nor written; make nothing.

    Only a fault of the place is one of the argument. What only shows later (a full disk) is reported when it happens.
    """
    obstacle = _obstacle(folder)
    if obstacle is not None:
        raise ConfigError(f"{name}={str(folder)!r} cannot be written: {obstacle}, or name another folder.")


def _obstacle(folder: Path) -> str | None:
    """Return what is in the way of writing to a folder, and how to clear it."""
    try:
        folder.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # it is to be made: what stands above it decides
    except OSError as error:
        return f"there can be no such path ({error.strerror}); correct it"
    nearest = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not os.path.isdir(nearest):  # noqa: PTH112 - Path.is_dir raises where a link leads to what we may not see
        return f"{nearest} is not a folder; move it away"
    for path, rights in ((nearest, os.W_OK | os.X_OK), (folder / FILE_NAME, os.R_OK | os.W_OK)):
        if os.path.lexists(path) and not os.access(path, rights):
            return f"we have no right to write to {path}; set its rights"
    return None if nearest == folder else _refusal(nearest)


def _refusal(folder: Path) -> str | None:
    """Return why nothing can be made in a folder, as in /proc, whatever its rights say."""
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".wartacrawl-", dir=folder))  # noqa: PTH106
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:  # these show when something is written
            return f"nothing can be made in {folder} ({error.strerror}); correct the path"
    return None
