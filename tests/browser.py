"""A real Chromium for the tests of rendering: one that is installed, else one that playwright or Debian brings."""

import os
import shutil
import subprocess
import sys
from functools import cache

import pytest
from scrapy.settings import Settings

from wartacrawl.arguments import ArgumentError
from wartacrawl.render import check, find_browser


@cache
def chromium() -> str:
    """Return the path of a Chromium that starts, after trying to install one; skip without, and fail in CI."""
    why = "none is installed"
    for install in (None, _from_playwright, _from_debian):
        if install is not None:
            install()
        try:
            settings = Settings({"RENDER_ENABLED": True})
            check(settings)
            return find_browser(settings)
        except ArgumentError as error:
            why = str(error)
    if os.environ.get("CI"):
        pytest.fail(f"CI must have a Chromium: {why}")
    pytest.skip(why)


def _from_playwright() -> None:
    _try(sys.executable, "-m", "playwright", "install", "chromium")


def _from_debian() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "update", "-qq")
        _try("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


def _try(*command: str) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600, check=False)
