"""`scrapy replay --cluster` with a real Dask scheduler and real workers on loopback."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from tests.articles import ROOT, keys
from tests.conftest import run
from tests.operations.test_replay import foreign, pages_of
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.storage.verify import verify

VISITS, STORIES = 30, 40


def start(*arguments, **environment):
    """Start a Dask process."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process, pattern):
    """Read the log of a process until a line matches, and go on reading it aside so that it never waits for us."""
    for line in process.stderr:
        if found := re.search(pattern, line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found
    raise AssertionError(f"{process.args} ended without {pattern}")


@pytest.fixture
def processes():
    started = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture
def scheduler(processes):
    """Return the address of a scheduler."""
    processes.append(start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"))
    return wait_for(processes[-1], r"Scheduler at:\s+(tcp://\S+)")[1]


@pytest.fixture
def worker(scheduler, processes):
    def worker(**environment):
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        processes.append(start("worker", scheduler, *options, **environment))
        wait_for(processes[-1], r"Registered to:")
        return processes[-1]

    return worker


@pytest.fixture
def archive(tmp_path):
    """Return a WARC file with many visits of each article."""
    path = tmp_path / "x.warc.gz"
    newsroom = Newsroom(78, STORIES, 1, datetime(2026, 7, 12, 4, tzinfo=UTC))
    foreign(path, [page for _ in range(VISITS) for page in pages_of(newsroom)])
    return path


def replay(archive, out, address):
    return run("replay", str(archive), "--out", str(out), "--cluster", address, settings={"OUTPUT_DIR": out})


def test_a_worker_that_is_killed_costs_no_page_and_brings_none_twice(archive, tmp_path, scheduler, worker):
    first, _ = worker(), worker()
    killer = threading.Thread(target=lambda: (_wait_for_work(tmp_path / "out"), first.kill()))
    killer.start()
    ended = replay(archive, tmp_path / "out", scheduler)
    killer.join()
    assert ended.code == 0, ended.log
    assert f"{VISITS * STORIES:,} visits" in ended.out
    assert f"{STORIES} new" in ended.out
    assert len(keys(tmp_path / "out")) == STORIES
    assert first.wait() == -9


def _wait_for_work(out):
    """Wait until the first lines are written: by then the workers are in the middle of the others."""
    end = time.monotonic() + 60
    while not list(out.glob("articles/**/*.jsonl")) and time.monotonic() < end:
        time.sleep(0.02)


def test_without_a_scheduler_it_is_said_in_one_sentence(archive, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    ended = replay(archive, tmp_path / "out", address)
    assert ended.code == 2
    assert f"No Dask scheduler answers at {address}" in ended.log
    assert "Traceback" not in ended.log


def test_a_scheduler_without_workers_is_said_in_one_sentence(archive, tmp_path, scheduler):
    ended = replay(archive, tmp_path / "out", scheduler)
    assert ended.code == 2
    assert "has no workers: start `dask worker" in ended.log


def test_workers_of_another_version_are_said_in_one_sentence(archive, tmp_path, scheduler, worker):
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import wartacrawl\nwartacrawl.__version__ = '0.0.1'\n", encoding="utf-8")
    worker(PYTHONPATH=os.pathsep.join([str(other), str(ROOT)]))
    ended = replay(archive, tmp_path / "out", scheduler)
    assert ended.code == 2
    assert re.search(r"The worker tcp://\S+ has wartacrawl 0\.0\.1, this is \S+: install the same version", ended.log)


def test_a_file_that_a_worker_cannot_see_is_said_in_one_sentence(archive, tmp_path, scheduler, worker):
    hides = tmp_path / "hides"
    hides.mkdir()
    # A machine that lacks the drive: files of this folder are not there for this worker.
    (hides / "sitecustomize.py").write_text(
        "import pathlib\nseen = pathlib.Path.is_file\n"
        "pathlib.Path.is_file = lambda path: not str(path).endswith('x.warc.gz') and seen(path)\n",
        encoding="utf-8",
    )
    worker(PYTHONPATH=os.pathsep.join([str(hides), str(ROOT)]))
    ended = replay(archive, tmp_path / "out", scheduler)
    assert ended.code == 2
    assert f"cannot see {archive}: put the files on a drive that all machines have" in ended.log


def test_a_scheduler_that_is_lost_is_said_in_one_sentence_and_the_next_replay_writes_the_rest(
    archive, tmp_path, scheduler, worker, processes
):
    worker()
    out = tmp_path / "out"
    killer = threading.Thread(target=lambda: (_wait_for_work(out), processes[0].kill()))
    killer.start()
    ended = replay(archive, out, scheduler)
    killer.join()
    assert ended.code == 1
    assert ended.log.count("\n") == 1, ended.log
    assert f"The Dask scheduler at {scheduler} was lost: what was read so far is written" in ended.log
    written = keys(out)
    assert written
    assert verify(out).findings == []
    again = run("replay", str(archive), "--out", str(out), settings={"OUTPUT_DIR": out})
    assert again.code == 0
    assert f"{STORIES - len(written)} new" in again.out or len(written) == STORIES
    assert keys(out) == [(story, 1) for story, _ in keys(out)]
    assert len(keys(out)) == STORIES
