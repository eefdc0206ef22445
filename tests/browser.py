"""A real Chromium for the tests of rendering: one that is installed, else one that playwright or Debian brings.

`python -m tests.browser` finds or installs it; without one it fails in CI, and says elsewhere what is left out.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import cache

import pytest

from wartacrawl.config import ConfigError, RenderConfig
from wartacrawl.rendering import escalation


@cache
def chromium() -> str:
    """Return the path of a Chromium that starts, after trying to install one; skip without, and fail in CI."""
    try:
        return find_or_install()
    except ConfigError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI must have a Chromium: {error}")
        pytest.skip(str(error))


def find_or_install() -> str:
    """Return the path of a Chromium that starts; raise `ConfigError` when there is none and none can be installed."""
    for install in (_from_playwright, _from_debian):
        with suppress(ConfigError):
            return _find()
        install()
    return _find()


def _find() -> str:
    escalation._fault.cache_clear()  # what did not start may do so now, with a library more
    return escalation.find_browser(RenderConfig.read())


def _from_playwright() -> None:
    _try(sys.executable, "-m", "playwright", "install", "chromium")


def _from_debian() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "update", "-qq")
        _try("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


def _try(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False)


def main() -> int:
    try:
        sys.stdout.write(f"Chromium for the browser tests: {find_or_install()}\n")
    except ConfigError as error:
        if os.environ.get("CI"):
            sys.stderr.write(f"CI must have a Chromium: {error}\n")
            return 1
        sys.stderr.write(f"The browser tests will be left out: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
