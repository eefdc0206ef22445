"""RENDER_ENABLED: a page that comes as an empty shell is opened once in a browser, and no other page is.

`Escalation` looks at what was fetched: a list without any article that a script seems to fill, or an article without
words. Such a request goes round once more, to `browser.BrowserHandler`; what comes back takes the same way as every
other page. The browser itself starts with the first such page.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.exceptions import NotConfigured

from wartacrawl.component import Component
from wartacrawl.config import Config, ConfigError
from wartacrawl.crawl import Crawl
from wartacrawl.reading.page_reader import PageReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from wartacrawl.config import RenderConfig

    # What a list shows: the day of each article, by identifier.
    Shown = dict[int, date | None]
    # Says of all that a list shows, and of what came with the last press of "load more", whether to stop pressing.
    IsEnough = Callable[[Shown, Shown], bool]

# Where the browser notes in a request's meta why its list may lack something.
TROUBLE = "render_trouble"
# Where the request for a list carries the answer to "is what is shown enough?": `IsEnough`.
IS_ENOUGH = "render_is_enough"
# Where it carries whether a page without articles is opened though only its having scripts speaks for it.
MAY_BE_FILLED = "render_may_be_filled"
# Names of an installed Chromium.
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_DOWNLOADED = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium")
# An article with more paragraphs than this is no shell.
_PARAGRAPHS = 3


def check(config: RenderConfig) -> None:
    """Raise `ConfigError` when rendering is asked for and there is no browser to do it."""
    if config.enabled:
        find_browser(config)


def find_browser(config: RenderConfig) -> str:
    """Return the path of a Chromium that starts: RENDER_EXECUTABLE, what playwright downloaded, what is installed.

    Raises `ConfigError` when there is none.
    """
    given = config.executable
    found = [shutil.which(given)] if given else [*_downloaded(), *map(shutil.which, _NAMES)]
    browsers = [path for path in found if path is not None]
    if not browsers:
        raise ConfigError(
            f"RENDER_EXECUTABLE={given!r} is not a program: give the path of a Chromium, or leave it out to have one "
            "found."
            if given
            else "RENDER_ENABLED needs a Chromium and none was found: install one with `playwright install chromium` "
            "(Debian: `apt install chromium`), or give the path of yours with RENDER_EXECUTABLE=…."
        )
    for path in browsers:
        if _fault(path) is None:
            return path
    raise ConfigError(
        f"The browser {browsers[-1]} does not start ({_fault(browsers[-1])}): repair it, install one with `playwright "
        "install --with-deps chromium`, or give another with RENDER_EXECUTABLE=…."
    )


def _downloaded() -> list[str]:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright").expanduser()
    return [str(path) for pattern in _DOWNLOADED for path in sorted(folder.glob(pattern), reverse=True)]


@cache
def _fault(path: str) -> str | None:
    """Return why a browser does not even say its version, None when it does: a library it needs may be missing."""
    try:
        # The path is the user's own, or one of a browser's known names.
        ended = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if ended.returncode:
        words = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        return f"exit code {ended.returncode}: {words[-1][:200] if words else 'no message'}"
    return None if ended.stdout.strip() else "it says no version"


class Render:
    """The add-on: wires the browser into the crawl when RENDER_ENABLED says so."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Put in the look at each page, the download handler with the browser, and how the browser starts."""
        try:
            config = Config.of(settings)
            if not config.render.enabled:
                raise NotConfigured
            browser = find_browser(config.render)
        except ConfigError as error:
            # A crawl does not come here: its spider has said the sentence and ended it.
            raise NotConfigured(str(error)) from None
        # Behind retries (550): what they retry is not a page yet.
        settings["DOWNLOADER_MIDDLEWARES"].set("wartacrawl.rendering.escalation.Escalation", 545, "addon")
        origin = urlsplit(config.origin)
        place = f"{origin.hostname}:{origin.port or {'https': 443, 'http': 80}[origin.scheme]}"
        # The project has its own handler, which an add-on's priority would lose against.
        settings["DOWNLOAD_HANDLERS"].set(origin.scheme, "wartacrawl.rendering.browser.BrowserHandler", "project")
        wiring: dict[str, Any] = {
            "PLAYWRIGHT_BROWSER_PROVIDER": "wartacrawl.rendering.browser.LateBrowser",
            "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 1000 * config.render.seconds,
            # One context in use, one that its last page is leaving, one that begins.
            "PLAYWRIGHT_MAX_CONTEXTS": 3,
            "PLAYWRIGHT_LAUNCH_OPTIONS": {
                "executable_path": browser,
                "args": [
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--no-first-run",
                    "--no-proxy-server",
                    "--block-new-web-contents",  # windows that pages open
                    # WebRTC sends UDP past every filter of requests.
                    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
                    "--force-webrtc-ip-handling-policy",
                    # Below the filter of requests, which does not see redirects: there is no host but the portal.
                    f"--host-resolver-rules=MAP {place} {place}, MAP * ~NOTFOUND",
                ],
            },
        }
        for name, value in wiring.items():
            settings.set(name, value, "addon")


class Escalation(Component):
    """Send an empty shell to the browser, once."""

    needs_folder = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        config = Config.of(crawler.settings)
        self._reader = PageReader(config.origin, config.page_seconds)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the page, or the request for the browser in its place."""
        if is_rendered(response):
            # They are those of the shell, which stays the same when the list does not.
            for name in ("ETag", "Last-Modified"):
                response.headers.pop(name, None)
            return response
        if response.status != 200 or request.meta.get("playwright") or not self._is_shell(request, response):
            return response
        self._stats.inc_value("render/escalated")
        again: Request = request.replace(dont_filter=True, priority=request.priority + 1)
        for name in ("If-None-Match", "If-Modified-Since"):
            again.headers.pop(name, None)
        # A browser that failed would fail again; the next crawl tries again.
        again.meta.update(playwright=True, dont_retry=True)
        return again

    def _is_shell(self, request: Request, response: Response) -> bool:
        crawl = Crawl.of(self._crawler)
        if IS_ENOUGH in request.meta:
            listing = self._reader.listing(crawl.page(response, "render"))
            return listing.shell or (listing.scripted and bool(request.meta[MAY_BE_FILLED]))
        if "identifier" in request.cb_kwargs and response.body.count(b"<p") <= _PARAGRAPHS:
            return self._reader.is_article_shell(crawl.page(response, "render"))
        return False


def is_rendered(response: Response) -> bool:
    """Return whether a response is what a browser showed."""
    return "playwright" in response.flags
