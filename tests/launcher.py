"""Start `scrapy` commands from a process that has imported everything already.

Most tests of a crawl ask what the crawl does, not how Python starts, and a start costs more than the crawl. The
launcher imports Scrapy and the project once; each command is a fork of it: a process of its own, with its own
arguments, folder, environment, output and exit code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LENGTH = struct.Struct("!I")


class Launcher:
    """A running launcher; commands may be started from several threads at once."""

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "launcher")
        ready, ours = os.pipe()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._address)
            listener.listen(16)
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.launcher", str(listener.fileno()), str(ours)],
                stdin=subprocess.PIPE,  # its end is the end of the launcher
                pass_fds=(listener.fileno(), ours),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
            )
        os.close(ours)
        with os.fdopen(ready) as pipe:
            if pipe.read() != "ready":
                raise RuntimeError("the launcher did not start; its error stands above")

    def close(self) -> None:
        """End the launcher; commands that run go on."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait()

    def run(
        self, arguments: list[str], *, cwd: Path, env: dict[str, str], timeout: float, stdout: Path, stderr: Path
    ) -> int:
        """Run `scrapy` with arguments, its output in files; return the exit code, negative for a signal.

        Raises `subprocess.TimeoutExpired`, after killing the command, when it takes longer than `timeout` (seconds).
        """
        request = {
            "arguments": arguments,
            "cwd": str(cwd),
            "env": env,
            "stdout": str(stdout),
            "stderr": str(stderr),
        }
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._address)
            data = json.dumps(request).encode()
            connection.sendall(_LENGTH.pack(len(data)) + data)
            pid = int.from_bytes(_receive(connection, 8), "big")
            connection.settimeout(timeout)
            try:
                status = int.from_bytes(_receive(connection, 8), "big")
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(["scrapy", *arguments], timeout) from None
        return os.waitstatus_to_exitcode(status)


def _receive(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        chunk = connection.recv(length - len(data))
        if not chunk:
            raise ConnectionError("the launcher ended")
        data += chunk
    return data


# What Scrapy imports when a crawl starts, besides the modules of these packages.
_PACKAGES = ("commands", "downloadermiddlewares", "spidermiddlewares")
_COMPONENTS = (
    "protego",
    "queuelib",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.engine",
    "scrapy.core.scheduler",
    "scrapy.crawler",
    "scrapy.dupefilters",
    *(
        f"scrapy.extensions.{name}"
        for name in ("closespider", "corestats", "feedexport", "logcount", "logstats", "memusage")
    ),
    "scrapy.logformatter",
    "scrapy.pipelines",
    "scrapy.pqueues",
    "scrapy.robotstxt",
    "scrapy.squeues",
    "twisted.internet.asyncioreactor",
    "urllib.robotparser",
)


# -- the launcher itself -----------------------------------------------------------------------------------------------


def _import_everything() -> None:
    """Import what commands will import; nothing here may install a reactor, which a fork could not share."""
    importlib.import_module("scrapy.cmdline")
    for name in _modules("wartacrawl"):
        with contextlib.suppress(ImportError):  # an optional package is missing: the command says so
            importlib.import_module(name)
    for name in (*(name for package in _PACKAGES for name in _modules(f"scrapy.{package}")), *_COMPONENTS):
        importlib.import_module(name)
    items = importlib.import_module("wartacrawl.items")
    items._check(items.SCHEMA_VERSION)  # compiling the schema is a fifth of a small crawl
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("an import has installed a reactor")


def _modules(package: str) -> list[str]:
    found = importlib.import_module(package)
    names = [module.name for module in pkgutil.walk_packages(found.__path__, f"{package}.")]
    return [name for name in names if not name.endswith("__main__")]


def _serve(listener: socket.socket) -> dict[str, object] | None:
    """Fork for each request; return it in the process that is to run it, None when the launcher ends."""
    while True:
        readable, _, _ = select.select([listener, 0], [], [])
        if listener not in readable:
            return None  # the tests have ended: so does what they talk to
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return _watch(connection)
        connection.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _watch(connection: socket.socket) -> dict[str, object] | None:
    """Fork once more, and tell the test how the command ended."""
    (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size))
    request: dict[str, object] = json.loads(_receive(connection, length))
    child = os.fork()
    if child == 0:
        connection.close()
        return request
    with contextlib.suppress(OSError):
        connection.sendall(child.to_bytes(8, "big"))
    status = os.waitpid(child, 0)[1]
    with contextlib.suppress(OSError):
        connection.sendall(status.to_bytes(8, "big"))
    os._exit(0)


def _become(request: dict[str, object]) -> None:
    """Make this process what a shell would have started."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        descriptor = os.open(str(request[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(descriptor, number)
        os.close(descriptor)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(str(request["cwd"]))
    sys.argv = ["scrapy", *request["arguments"]]


def main() -> None:
    """Serve until the test process ends; in a fork, run its command."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    ready = int(sys.argv[2])
    _import_everything()
    gc.freeze()
    os.write(ready, b"ready")
    os.close(ready)
    request = _serve(listener)
    if request is not None:
        _become(request)
        importlib.import_module("scrapy.cmdline").execute()


if __name__ == "__main__":
    main()
