"""Somebody who types what a page says, in a home of their own."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from .daemon import CREDENTIALS, ENVIRONMENT, clone, environment


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


class Newcomer:
    """Runs commands as they are written, but for the ports, the clone, and the newspaper, which is a replica."""

    def __init__(self, home: Path, newspaper: str) -> None:
        self.home, self.newspaper = home, newspaper
        self.ports = {"6800": free_port(), "8765": free_port()}
        tree = clone(home / "wartacrawl", f"http://127.0.0.1:{self.ports['6800']}/")
        self.edits("wartacrawl/deploy/scrapyd.conf", "6800", self.ports["6800"])
        (tree / ".venv-scrapyd").symlink_to(ENVIRONMENT.parent)
        self._groups: list[int] = []
        self._env = {name: value for name, value in environment(HOME=str(home)).items() if name not in CREDENTIALS}

    def __enter__(self):
        return self

    def __exit__(self, *exception: object) -> None:
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def types(self, script: str, *, into: str = "bash", seconds: float = 90) -> tuple[int, str]:
        """Run a script to its end and leave running what it started; return exit code and what was shown."""
        for port, free in self.ports.items():
            script = script.replace(port, free)
        with (self.home / "terminal").open("wb") as terminal:
            process = subprocess.Popen(
                [into, "-c", script],
                cwd=self.home,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            )
            self._groups.append(process.pid)
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
        return code, (self.home / "terminal").read_text(encoding="utf-8", errors="replace")

    def reads_the_replica_instead(self) -> None:
        """Have the timetable ask the replica, and without a pause."""
        self.edits(
            "scrapyd/timetable.toml", "DOWNLOAD_DELAY = 2\n", f'DOWNLOAD_DELAY = 0\nWARTA_URL = "{self.newspaper}"\n'
        )

    def edits(self, name: str, before: str, after: str) -> None:
        """Change a file of the home."""
        text = (self.home / name).read_text(encoding="utf-8")
        assert before in text
        (self.home / name).write_text(text.replace(before, after), encoding="utf-8")
