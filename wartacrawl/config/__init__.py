"""Every setting, read and checked once into one frozen `Config`.

The meaning of a setting is defined here, its default in settings.py alone. To add a setting, add a line there and a
line to its group here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from wartacrawl import settings as defaults
from wartacrawl.config.places import check_writable, is_scrapyd_job, scrapy_cfg
from wartacrawl.config.values import (
    JUDGED_FIELDS,
    ConfigError,
    number,
    parse_addresses,
    parse_ages,
    parse_contact,
    parse_flag,
    parse_folder,
    parse_origin,
    parse_shares,
    parse_text,
    suggestion,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wartacrawl.config.values import Parser

__all__ = [
    "INSTALL_ARCHIVE", "INSTALL_BROWSER", "JUDGED_FIELDS", "NOTIFY_VARIABLE", "ArchiveConfig", "ArsipConfig", "Config",
    "ConfigError", "DownloadConfig", "ExportConfig", "MonitorsConfig", "NotifyConfig", "OutputConfig",
    "PolitenessConfig", "RenderConfig", "check_writable", "is_scrapyd_job", "parse_ages", "require_warc", "suggestion",
]  # fmt: skip

INSTALL_ARCHIVE = "pip install 'warcio>=1.8' 'fastwarc>=2'"
INSTALL_BROWSER = "pip install 'scrapy-playwright>=0.0.48'"
# In the environment a token appears neither in a command line, which `ps` shows, nor in a log.
NOTIFY_VARIABLE = "WARTACRAWL_NOTIFY_URLS"
# Names that begin like this are ours; another name is taken for a misspelt one of ours when it is this similar to it.
_PREFIXES = (
    "WARTA_",
    "OUTPUT_",
    "ARCHIVE_",
    "ARSIP_",
    "RENDER_",
    "MONITORS_",
    "EXPORT_",
    "RECHECK_",
    "RECONCILE_",
    "NOTIFY_",
)
_SIMILARITY = 0.85


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
    """OUTPUT_DIR as it was given, and as an absolute path."""

    given: str = setting("OUTPUT_DIR", parse_folder)

    @property
    def folder(self) -> Path:
        """OUTPUT_DIR as an absolute path; a relative one starts at the folder of scrapy.cfg.

        Raises `ConfigError` where there is no such folder, as in a scrapyd job.
        """
        path = Path(self.given)
        if path.is_absolute():
            return path
        config = None if is_scrapyd_job() else scrapy_cfg()
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
        if self.enabled:
            require_warc("ARCHIVE_ENABLED")


@dataclass(frozen=True, slots=True)
class ArsipConfig(Group):
    """Where the public web archives are: scheme and host of each."""

    index_url: str = setting("ARSIP_INDEX_URL", parse_origin)
    data_url: str = setting("ARSIP_DATA_URL", parse_origin)
    wayback_url: str = setting("ARSIP_WAYBACK_URL", parse_origin)


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
    """The thresholds; docs/operations.md explains each."""

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
class NotifyConfig(Group):
    """Who gets a message of a crawl that did not end well: addresses of Apprise, which may hold tokens."""

    given: tuple[str, ...] = setting("NOTIFY_URLS", parse_addresses)

    @property
    def name(self) -> str:
        """Where the addresses come from: NOTIFY_URLS, or without any there the environment variable."""
        return "NOTIFY_URLS" if self.given else NOTIFY_VARIABLE

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses under `name`."""
        return self.given or parse_addresses(NOTIFY_VARIABLE, os.environ.get(NOTIFY_VARIABLE))


@dataclass(frozen=True, slots=True)
class Config(Group):
    """All settings of a crawl; `origin` is scheme and host of the portal."""

    origin: str = setting("WARTA_URL", parse_origin)
    shows_progress: bool = setting("PROGRESS_ENABLED", parse_flag)
    page_seconds: float = setting("PAGE_SECONDS", number(minimum=0.1))
    output: OutputConfig = group(OutputConfig)
    download: DownloadConfig = group(DownloadConfig)
    politeness: PolitenessConfig = group(PolitenessConfig)
    discovery: DiscoveryConfig = group(DiscoveryConfig)
    export: ExportConfig = group(ExportConfig)
    archive: ArchiveConfig = group(ArchiveConfig)
    arsip: ArsipConfig = group(ArsipConfig)
    render: RenderConfig = group(RenderConfig)
    monitors: MonitorsConfig = group(MonitorsConfig)
    notify: NotifyConfig = group(NotifyConfig)

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
    wartacrawl.config.values.ConfigError: WARTA_URI is not a setting: did you mean WARTA_URL?
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
    """Refuse settings of Scrapy that would keep state or write articles beside the ledger."""
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


def require_warc(what: str) -> None:
    """Raise `ConfigError` when the packages that write and read archive files are not installed."""
    if not (_is_installed("warcio") and _is_installed("fastwarc")):
        raise ConfigError(f"{what} needs the packages warcio and fastwarc: install them with `{INSTALL_ARCHIVE}`.")


def _is_installed(package: str) -> bool:
    return find_spec(package) is not None
