"""A real scrapyd on a free port of 127.0.0.1, in its own environment (`make scrapyd`), with deploy/scrapyd.conf."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from wartacrawl.commands.list import own_spiders

from .articles import ROOT

ENVIRONMENT = ROOT / ".venv-scrapyd" / "bin"
LOCK = ROOT / "deploy" / "requirements-scrapyd.lock"
CREDENTIALS = {"SCRAPYD_USERNAME": "warta", "SCRAPYD_PASSWORD": "s3cret:100%"}
# What a clean clone has of the project and scrapyd-deploy looks at, and what the docs are tried with.
TREE = ("wartacrawl", "deploy", "scrapy.cfg", "pyproject.toml", "setup.py", "README.md", "LICENSE")


def environment(**more):
    """Return an environment in which nothing but the egg can bring wartacrawl."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SCRAPY"))}
    return {**kept, **CREDENTIALS, **more}


def wait_for(what, seconds=60.0):
    """Return what a question answers as soon as that is true; fail when it stays false."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > end:
            pytest.fail(f"{getattr(what, '__doc__', None) or what} did not become true in {seconds:.0f} s")
        time.sleep(0.05)
    return answer


def clone(folder: Path, url: str) -> Path:
    """Copy the project as a clean clone has it, with scrapy.cfg pointing at a scrapyd."""
    folder.mkdir()
    for name in TREE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    config = (folder / "scrapy.cfg").read_text(encoding="utf-8")
    assert "http://127.0.0.1:6800/" in config
    (folder / "scrapy.cfg").write_text(config.replace("http://127.0.0.1:6800/", url), encoding="utf-8")
    return folder


class Daemon:
    """A scrapyd with a folder of its own; `options` are lines of scrapyd.conf to set otherwise."""

    def __init__(self, home: Path, **options: str) -> None:
        stamp = ENVIRONMENT.parent / ".installed"
        if not stamp.exists() or stamp.stat().st_mtime < LOCK.stat().st_mtime:
            pytest.fail("scrapyd is not installed as its lock says: run `make scrapyd` (`make test` does)")
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        lines = (ROOT / "deploy" / "scrapyd.conf").read_text(encoding="utf-8").splitlines()
        for name, value in options.items():
            where = [number for number, line in enumerate(lines) if line.partition("=")[0].strip() == name]
            lines[where[0]] = f"{name} = {value}"
        conf = "\n".join(lines).replace("/var/lib/scrapyd", str(home))
        (home / "scrapyd.conf").write_text(conf, encoding="utf-8")
        self._groups: list[int] = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception: object) -> None:
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.process.wait()

    def start(self):
        """Start it, once more on another port when somebody took the one that was free."""
        for _ in range(5):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            self.url = f"http://127.0.0.1:{self.port}/"
            with (self.home / "scrapyd.log").open("ab") as log:
                self.process = subprocess.Popen(
                    [ROOT / "deploy" / "scrapyd-start"],
                    cwd=self.home,
                    env=environment(SCRAPYD_HTTP_PORT=str(self.port), HOME=str(self.home)),
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # its jobs are of its group, and end with the test
                )
            self._groups.append(self.process.pid)
            wait_for(lambda: self.process.poll() is not None or self.answers())
            if self.process.poll() is None:
                return self
        pytest.fail(f"scrapyd does not start: {self.log[-2000:]}")

    def answers(self) -> bool:
        """Return whether it listens."""
        try:
            return self.call("daemonstatus.json")["status"] == "ok"
        except urllib.error.HTTPError:
            raise
        except OSError:
            return False

    def kill(self) -> None:
        """End it as a crash would: its jobs go on."""
        self.process.kill()
        self.process.wait()

    def kill_all(self) -> None:
        """End it with its jobs, as an out-of-memory killer or a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def cancel(self, job: str) -> str:
        """End a job; return the state it was in."""
        return self.call("cancel.json", [("project", "wartacrawl"), ("job", job)])["prevstate"]

    def deploy(self, tree: Path) -> None:
        """Send the project of a clone."""
        ended = self.run(tree, "scrapyd-deploy", "local")
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout).get("spiders") == len(own_spiders()), ended.stdout

    def call(self, path: str, data=None, **fields: str):
        """Ask a web service; `data` are pairs to post."""
        if fields and data is None:
            path += "?" + urlencode(fields)
        body = urlencode(data).encode() if data is not None else None
        pair = ":".join(CREDENTIALS.values()).encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers), timeout=60) as response:
            return json.load(response)

    def schedule(self, spider: str, job: str, settings, **arguments: str) -> None:
        """Post a job."""
        pairs = [("project", "wartacrawl"), ("spider", spider), ("jobid", job), *arguments.items()]
        pairs += [("setting", f"{name}={value}") for name, value in settings.items()]
        assert self.call("schedule.json", pairs)["status"] == "ok"

    def jobs(self) -> dict[str, str]:
        """Return the state of every job by id."""
        answer = self.call("listjobs.json", project="wartacrawl")
        return {job["id"]: state for state in ("finished", "running", "pending") for job in answer[state]}

    def finish(self, *jobs: str, seconds: float = 90.0) -> None:
        """Wait until jobs are finished."""
        wait_for(lambda: all(self.jobs().get(job) == "finished" for job in jobs), seconds)

    def job_log(self, spider: str, job: str) -> str:
        """Return the log of a job."""
        return (self.home / "logs" / "wartacrawl" / spider / f"{job}.log").read_text(encoding="utf-8")

    @property
    def log(self) -> str:
        """Return scrapyd's own log."""
        return (self.home / "scrapyd.log").read_text(encoding="utf-8", errors="replace")

    def run(self, tree: Path, command: str, *arguments: str, **env: str):
        """Run a command of scrapyd's environment in a clone; return the ended process."""
        return subprocess.run(
            [ENVIRONMENT / command, *arguments],
            cwd=tree,
            env=environment(**env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
