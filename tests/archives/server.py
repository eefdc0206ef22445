"""A real pywb on a free port of 127.0.0.1, in its own environment (`make pywb`)."""

import json
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.articles import ROOT

ENVIRONMENT = ROOT / ".venv-pywb"
LOCK = Path(__file__).parent / "requirements.lock"


def program(name: str) -> Path:
    """Return a program of pywb's environment; fail when that is not as its lock says."""
    stamp = ENVIRONMENT / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < LOCK.stat().st_mtime:
        pytest.fail("pywb is not installed as its lock says: run `make pywb` (`make test` does)")
    return ENVIRONMENT / "bin" / name


class Pywb:
    """A pywb for the length of a `with` block; `collections` are those of its config.yaml.

    The CDX server of a collection is at `cdx(NAME)`; its captures are beside it, at `url/NAME/TIMESTAMPid_/URL`.
    """

    def __init__(self, home: Path, collections: dict[str, object]) -> None:
        self._home = home
        home.mkdir(parents=True, exist_ok=True)
        # JSON is YAML.
        (home / "config.yaml").write_text(json.dumps({"collections": collections}), encoding="utf-8")

    def __enter__(self):
        for _ in range(5):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            self.url = f"http://127.0.0.1:{port}"
            with (self._home / "pywb.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [program("wayback"), "--bind", "127.0.0.1", "--port", str(port), "--directory", self._home],
                    cwd=self._home,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            end = time.monotonic() + 60
            while self._process.poll() is None and time.monotonic() < end:
                with suppress(OSError), urllib.request.urlopen(self.url, timeout=10):
                    return self
                time.sleep(0.05)
            self.__exit__()  # somebody took the port that was free
        log = (self._home / "pywb.log").read_text(encoding="utf-8")
        pytest.fail(f"pywb does not start: {log[-2000:]}")

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()

    def cdx(self, collection: str) -> str:
        """Return the address of a CDX server."""
        return f"{self.url}/{collection}/cdx"

    @property
    def asked(self) -> list[str]:
        """The targets asked for so far."""
        lines = (self._home / "pywb.log").read_text(encoding="utf-8").splitlines()
        return [line.split('"')[1].split(" ")[1] for line in lines if '"GET ' in line]
