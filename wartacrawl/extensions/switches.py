"""Add-ons: parts that are off as a rule, and are not even imported until their switch is on.

Scrapy imports all that its `*_BASE` settings list, also what is switched off: an HTTP server for its remote control, a
list of all public suffixes for cookies. That is a quarter of a second in each crawl. settings.py lists what is used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured

from wartacrawl.config import ArchiveConfig

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

# Switch → the list it belongs to, the component, and its place there, as in Scrapy's own defaults.
PARTS = {
    "COOKIES_ENABLED": ("DOWNLOADER_MIDDLEWARES", "scrapy.downloadermiddlewares.cookies.CookiesMiddleware", 700),
    "HTTPCACHE_ENABLED": ("DOWNLOADER_MIDDLEWARES", "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware", 900),
    "METAREFRESH_ENABLED": (
        "DOWNLOADER_MIDDLEWARES",
        "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware",
        580,
    ),
    "AUTOTHROTTLE_ENABLED": ("EXTENSIONS", "scrapy.extensions.throttle.AutoThrottle", 0),
    "MEMDEBUG_ENABLED": ("EXTENSIONS", "scrapy.extensions.memdebug.MemoryDebugger", 0),
    "TELNETCONSOLE_ENABLED": ("EXTENSIONS", "scrapy.extensions.telnet.TelnetConsole", 0),
    "REMOTE_CONTROL_ENABLED": ("EXTENSIONS", "scrapy.extensions.remote_control.RemoteControl", 0),
}


# Every reader of WARC understands these; of Brotli and Zstandard some readers know nothing.
ENCODINGS = "gzip, deflate"


class Switches:
    """Put in the parts of Scrapy whose switches are on."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Add each part to its list."""
        for switch, (name, component, place) in PARTS.items():
            if settings.getbool(switch):
                settings[name].set(component, place, "addon")


class Archive:
    """Add the recorder of raw pages when ARCHIVE_ENABLED is on."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Add the recorder, and ask for encodings every reader of WARC understands."""
        if not ArchiveConfig.read(settings).enabled:
            raise NotConfigured
        # Before the outcome is kept (0), which closes the ledger the index is in.
        settings["EXTENSIONS"].set("wartacrawl.extensions.archive.Recorder", -10, "addon")
        settings["DEFAULT_REQUEST_HEADERS"].set("Accept-Encoding", ENCODINGS, "addon")


class ProgressLine:
    """Add the progress line where PROGRESS_ENABLED is on and standard error is a terminal."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Add the line, behind the outcome (0) that its closing banner shows."""
        if not sys.stderr.isatty():
            raise NotConfigured
        settings["EXTENSIONS"].set("wartacrawl.extensions.progress.Progress", 30, "addon")
