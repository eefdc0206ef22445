"""The failing disk of `_disk.c`: compiling it, running Python on it, and reading what it has watched.

A C compiler is needed (`cc`). The process must be started by `run_on_it`, as the disk stands between Python and libc.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).with_suffix(".c")
ROOT = Path(__file__).parents[2]
KILL = -1


def has_compiler() -> bool:
    """Return whether the disk can be made here."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def run_on_it(module: str, *arguments: str) -> int:
    """Run a module in a Python whose files are on the failing disk; return its exit code."""
    if not has_compiler():
        raise SystemExit(
            "The drill of the failing disk needs Linux and a C compiler: install one (Debian: apt install gcc)."
        )
    with TemporaryDirectory() as folder:
        library = Path(folder) / "disk.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
        environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment, check=False
        ).returncode


class Disk:
    """The disk of this process. `root` is a folder; only what is done to files under it counts."""

    def __init__(self, root: Path) -> None:
        self._library = ctypes.CDLL(None)
        self._root = os.fsencode(root)

    def fail(self, number: int, error: int) -> None:
        """Have the operation of this number (from 1) fail with an errno, or kill the process there (`KILL`)."""
        self._library.disk_arm(self._root, ctypes.c_long(number), error)

    def watch(self, log: int) -> None:
        """Write every operation to a file descriptor."""
        self._library.disk_watch(self._root, log)

    @property
    def count(self) -> int:
        """The number of operations so far."""
        count = self._library.disk_count
        count.restype = ctypes.c_long
        return int(count())


@dataclass(frozen=True, slots=True)
class Operation:
    """What was done: `kind` is w(rite), t(runcate), s(ync), c(reate), m(ake folder), u(nlink) or r(ename)."""

    kind: str
    path: str
    other: str
    offset: int
    data: bytes


def operations(log: Path) -> Iterator[Operation]:
    """Read what was watched."""
    with log.open("rb") as file:
        while head := file.readline():
            kind, path, other, offset, length = head.decode().rstrip("\n").split("\t")
            yield Operation(kind, path, other, int(offset), file.read(int(length)))
