"""The programs we are compared with: what they are made of, and an environment of its own for each.

Environments are made on demand under `.peers/` (git-ignored), once for each set of packages; `_peer.py` runs in them.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks._material import ROOT, say

CACHE = ROOT / ".peers"
WORKER = Path(__file__).with_name("_peer.py")
# Seconds an installation may take; without an index pip would ask again for minutes.
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """A program we are compared with, or one way of using it.

    The first package is the program, the others are what its result hangs on. `name` is what `_peer.py` knows it by.
    """

    name: str
    packages: tuple[str, ...]
    way: str = ""

    @property
    def label(self) -> str:
        """Program, version and way of using it, as tables show it."""
        return self.packages[0].replace("==", " ") + (f", {self.way}" if self.way else "")


_TRAFILATURA = ("trafilatura==2.3.1", "htmldate==1.11.0", "lxml==6.1.3", "lxml_html_clean==0.4.6")
TRAFILATURA = Peer("trafilatura", _TRAFILATURA)
TRAFILATURA_PRECISE = Peer("trafilatura-precise", _TRAFILATURA, "favor_precision")
NEWSPAPER = Peer("newspaper4k", ("newspaper4k==0.9.6", "lxml==6.1.3"))
NEWS_PLEASE = Peer("news-please", ("news-please==1.6.16", "newspaper4k==0.9.6", "readability-lxml==0.9", "lxml==6.1.3"))
READABILITY = Peer("readability-lxml", ("readability-lxml==0.9", "lxml==6.1.3"))
# What people write for one portal: fetch, parse, a few selectors of its template.
SCRIPT = Peer("script", ("beautifulsoup4==4.15.0", "requests==2.34.2", "lxml==6.1.3"), "requests, own script")


class UnavailableError(Exception):
    """A peer could not be installed; the message says why in one line."""


def python(peer: Peer) -> Path:
    """Return the interpreter of a peer's environment, made if it is not there. Raises `UnavailableError`."""
    recipe = f"{sys.version_info[:2]} {peer.packages}"
    program = peer.packages[0].partition("==")[0]
    folder = CACHE / f"{program}-{hashlib.sha256(recipe.encode()).hexdigest()[:8]}"
    interpreter, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.exists():
        say(f"installing {' '.join(peer.packages)} under {folder.relative_to(ROOT)}")
        try:
            venv.create(folder, with_pip=True, clear=True)
            _install(interpreter, peer.packages)
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise UnavailableError(_last_line(error)) from error
        stamp.touch()
    return interpreter


def command(peer: Peer, *arguments: object) -> list[str]:
    """Return the command that lets a peer work, the same way each time. Raises `UnavailableError`."""
    # -P: this folder has names that peers import. The seed: what some find hangs on the order of sets.
    return ["env", "PYTHONHASHSEED=0", str(python(peer)), "-sP", str(WORKER), peer.name, *map(str, arguments)]


def _install(interpreter: Path, packages: tuple[str, ...]) -> None:
    pip = [str(interpreter), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *packages]
    subprocess.run(pip, check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _last_line(error: Exception) -> str:
    words = getattr(error, "stderr", None) or str(error)
    return (words if isinstance(words, str) else words.decode("utf-8", "replace")).strip().splitlines()[-1]
