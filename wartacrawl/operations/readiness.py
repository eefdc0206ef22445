"""Settings that cannot be used are told before the first request, each in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wartacrawl.config import ConfigError, is_scrapyd_job, number, parse_ages
from wartacrawl.extensions import archive
from wartacrawl.middlewares.politeness import Manners
from wartacrawl.rendering import escalation
from wartacrawl.reporting import notification
from wartacrawl.reporting.monitors import Limits

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

# Scrapy's own settings are checked as well: what it says of a wrong one is a traceback.
_NUMBERS = {
    "DOWNLOAD_DELAY": 0.0,
    "DOWNLOAD_TIMEOUT": 0.1,
    "SHUTDOWN_SECONDS": 0.0,
    "RECONCILE_HOURS": 0.0,
    "EXPORT_SECONDS": 0.1,
}
_WHOLE_NUMBERS = {
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_MAXSIZE": 0,
    "RETRY_TIMES": 0,
    "EXPORT_BATCH": 1,
    "INDEX_EMPTY_DAYS": 1,
    "LIST_PAGES": 1,
    "INDEX_DAYS": 1,
    "SITEMAP_FILES": 1,
}
_FLAGS = ("ROBOTSTXT_OBEY", "AUTOTHROTTLE_ENABLED", "PROGRESS_ENABLED")


def check(settings: BaseSettings) -> None:
    """Raise `ConfigError` for the first setting that a crawl could not use."""
    for name, least in _NUMBERS.items():
        number(name, settings.get(name), least=least)
    for name, least in _WHOLE_NUMBERS.items():
        number(name, settings.get(name), least=least, is_whole=True)
    for name in _FLAGS:
        archive.flag(settings, name)
    parse_ages(settings.getlist("RECHECK_AGES"))
    Manners.read(settings)
    Limits.of(settings)
    notification.addresses(settings)
    archive.check(settings)
    escalation.check(settings)
    _refuse_rivals(settings)


def _refuse_rivals(settings: BaseSettings) -> None:
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
