"""Real crawls of the replica, ended by everything that ends a process, on real folders."""

import json
import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock_time

import pytest

from tests.articles import ROOT, keys
from tests.benchmarks.hostile import SHAPES
from tests.conftest import command
from wartacrawl.language import dates
from wartacrawl.portal.server import Portal
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.verify import verify

SEED = 20_260_712


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "output"


@contextmanager
def crawling(portal, folder, spider="warta", *, settings=None, largest_file=None, **arguments):
    """Start a crawl; yield the process, which is ended at the latest with the block."""
    wired = {"WARTA_URL": portal.url, "OUTPUT_DIR": folder, "DOWNLOAD_DELAY": 0, "EXPORT_BATCH": 8, **(settings or {})}
    given = [word for name, value in arguments.items() for word in ("-a", f"{name}={value}")]
    # With a limit on files coverage could not write its own, and would say so in the last line.
    measured = {"COVERAGE_PROCESS_CONFIG"} if largest_file is not None else set()
    process = subprocess.Popen(
        command("crawl", spider, *given, settings=wired),
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in measured},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if largest_file is not None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest_file, largest_file))
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def crawl(portal, folder, spider="warta", **options):
    """Crawl to the end; return exit code and log."""
    with crawling(portal, folder, spider, **options) as process:
        _, log = process.communicate(timeout=60)
        return process.returncode, log


def kill_after(process, portal, hits, pause):
    """Kill a crawl `pause` seconds after it has made so many requests, or let it end before."""
    while len(portal.hits) < hits and process.poll() is None:
        time.sleep(0.002)
    time.sleep(pause)
    process.kill()
    process.wait()


def is_closed(folder, day: date) -> bool:
    if not (folder / FILE_NAME).exists():
        return False
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    try:
        midnight = datetime.combine(day + timedelta(days=1), clock_time(), dates.JAKARTA)
        return ledger.is_closed(day.isoformat(), midnight.timestamp())
    finally:
        ledger.close()


def check_days(portal, folder):
    """No day that counts as closed lacks an article."""
    have = {identifier for identifier, _ in keys_so_far(folder)}
    for day in {dates.day(story.published) for story in portal.newsroom.stories}:
        if is_closed(folder, day):
            missing = {int(s.identifier) for s in portal.newsroom.stories if dates.day(s.published) == day} - have
            assert not missing


def keys_so_far(folder):
    """Return (identifier, version) of what the ledger has committed, which a tail beyond it is not."""
    if not (folder / FILE_NAME).exists():
        return set()
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    try:
        return set(ledger.query("SELECT identifier, version FROM articles WHERE version"))
    finally:
        ledger.close()


def truth(portal, versions=None):
    return sorted(
        (int(s.identifier), v)
        for s in portal.newsroom.stories
        for v in range(1, (versions or {}).get(s.identifier, 1) + 1)
    )


def asked(portal):
    """Count the requests for each article."""
    return Counter(found[1] for hit in portal.hits if (found := re.match(r"/read(\d+)/", hit.path)))


def test_ten_kills_at_any_stage_and_one_clean_run_leave_every_article_once(folder):
    rng = random.Random(SEED)
    with Portal(seed=3, articles=160, days=4) as portal:
        kept = set()
        for number in range(10):
            portal.clear()
            spider = "indeks" if number % 3 == 2 else "warta"
            with crawling(portal, folder, spider) as process:
                kill_after(process, portal, rng.choice([0, 1, 3, *range(8, 60)]), rng.uniform(0, 0.05))
            assert kept <= keys_so_far(folder), "a committed line was lost"
            kept = keys_so_far(folder)
            check_days(portal, folder)
        code, log = crawl(portal, folder)
        assert code == 0, log
        assert keys(folder) == truth(portal)
        check_days(portal, folder)
    assert verify(folder).findings == []


def test_kills_while_changes_are_taken_in_leave_every_version_once(folder):
    rng = random.Random(SEED)
    with Portal(seed=4, articles=60, days=2) as portal:
        assert crawl(portal, folder)[0] == 0
        changed = {story.identifier: 2 for story in portal.newsroom.stories[::3]}
        for identifier in changed:
            portal.revise(identifier, headline=f"Ralat {identifier}: Harga Berubah Lagi")
        for _ in range(3):
            portal.clear()
            with crawling(portal, folder, full=1) as process:
                kill_after(process, portal, rng.randrange(5, 70), rng.uniform(0, 0.02))
        code, log = crawl(portal, folder, full=1)
        assert code == 0, log
        assert keys(folder) == truth(portal, changed)
    assert verify(folder).findings == []


def test_two_crawls_side_by_side_write_and_fetch_every_article_once(folder):
    with Portal(seed=5, articles=160, days=3) as portal:
        since = min(dates.day(story.published) for story in portal.newsroom.stories)
        with crawling(portal, folder, "indeks", since=since) as backfill, crawling(portal, folder) as daily:
            logs = [process.communicate(timeout=120)[1] for process in (daily, backfill)]
        assert [daily.returncode, backfill.returncode] == [0, 0], logs
        assert keys(folder) == truth(portal)
        assert set(asked(portal).values()) == {1}
    assert verify(folder).findings == []


def test_a_crawl_goes_on_beside_one_that_is_killed_and_the_next_takes_what_that_one_had_claimed(folder):
    with Portal(seed=6, articles=120, days=3) as portal:
        with crawling(portal, folder, settings={"DOWNLOAD_DELAY": 0.02}) as survivor:
            with crawling(portal, folder) as victim:
                kill_after(victim, portal, 40, 0)
            _, log = survivor.communicate(timeout=60)
        assert survivor.returncode == 0, log
        assert crawl(portal, folder)[0] == 0
        assert keys(folder) == truth(portal)
    assert verify(folder).findings == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_crawl_told_to_stop_ends_in_seconds_with_everything_written_though_the_portal_hangs(folder, number):
    with Portal(seed=7, articles=60, days=2) as portal:
        story = portal.newsroom.stories[0]
        portal.fail(f"/read{story.identifier}", "hang")
        # One batch for all, and hours between two: what was fetched is written by nothing but the end.
        settings = {"EXPORT_BATCH": 64, "EXPORT_SECONDS": 3_600, "CONCURRENT_REQUESTS_PER_DOMAIN": 2}
        with crawling(portal, folder, settings=settings) as process:
            while sum(asked(portal).values()) < 15 and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(number)
            began = time.monotonic()
            _, log = process.communicate(timeout=60)
        assert time.monotonic() - began < 8
        assert process.returncode == 6, log
        assert "stopped before the end (shutdown)" in log
        assert len(keys(folder)) >= 12
        portal.heal()
        assert crawl(portal, folder)[0] == 0
        assert keys(folder) == truth(portal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_gives_up_the_downloads_and_the_crawl_still_has_an_outcome(folder, number):
    with Portal(seed=7, articles=60, days=2) as portal:
        portal.fail(f"/read{portal.newsroom.stories[0].identifier}", "hang")
        settings = {"CONCURRENT_REQUESTS_PER_DOMAIN": 2, "SHUTDOWN_SECONDS": 60}
        with crawling(portal, folder, settings=settings) as process:
            while sum(asked(portal).values()) < 15 and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(number)
            time.sleep(0.1)
            process.send_signal(number)
            _, log = process.communicate(timeout=50)  # less than the downloads may take
        assert process.returncode == 6, log
        assert "Outcome: partial (exit code 6)" in log.splitlines()[-1]
        (report,) = (folder / "reports").glob("*.json")
        assert json.loads(report.read_bytes())["outcome"]["word"] == "partial"
        portal.heal()
        assert crawl(portal, folder)[0] == 0
        assert keys(folder) == truth(portal)


def test_a_crawl_told_to_stop_while_it_reads_a_hostile_page_ends_within_seconds_with_a_report(folder):
    with Portal(seed=7, articles=60, days=2) as portal:
        story = portal.newsroom.stories[30]
        # Half a minute of work, were it not for PAGE_SECONDS.
        hostile = SHAPES["unknown: headings"][1](4_000_000)
        portal.fail(f"/read{story.identifier}", "body", body=hostile)
        with crawling(portal, folder, settings={"PAGE_SECONDS": 4}) as process:
            while not any(story.identifier in hit.path for hit in portal.hits) and process.poll() is None:
                time.sleep(0.01)
            time.sleep(1)  # it is being read
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            _, log = process.communicate(timeout=60)
        assert time.monotonic() - began < 15  # the four seconds are those of a processor
        assert process.returncode == 6, log
        assert f"No article {story.identifier}: reading the page took longer than PAGE_SECONDS allows" in log
        assert "stopped before the end (shutdown)" in log
        (report,) = (folder / "reports").glob("*.json")
        assert json.loads(report.read_bytes())["outcome"]["word"] == "partial"
        portal.heal()
        assert crawl(portal, folder)[0] == 0
        assert set(truth(portal)) - set(keys(folder)) == {(int(story.identifier), 1)}  # its next try is in a while


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_crawl_told_to_stop_while_another_program_holds_the_ledger_ends_within_seconds(folder, number):
    with Portal(seed=8, articles=120, days=2) as portal, crawling(portal, folder) as process:
        while len(portal.hits) < 20:
            time.sleep(0.01)
        with closing(sqlite3.connect(folder / FILE_NAME, timeout=30, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            time.sleep(2)
            process.send_signal(number)
            began = time.monotonic()
            _, log = process.communicate(timeout=60)
            assert time.monotonic() - began < 8
            holder.execute("ROLLBACK")
        assert process.returncode in {1, 6}
        assert "another process holds it" in log
        assert "Traceback" not in log
        assert crawl(portal, folder)[0] == 0
        assert keys(folder) == truth(portal)


def test_a_disk_that_fills_up_ends_the_crawl_with_the_sentence_and_the_next_goes_on(folder):
    with Portal(seed=8, articles=120, days=2) as portal:
        code, log = crawl(portal, folder, largest_file=200_000)
        assert code == 1
        last = log.strip().splitlines()[-1]
        assert "Outcome: crashed (exit code 1): " in last
        assert "every line written so far is kept" in last
        assert "Traceback" not in log
        (report,) = (folder / "reports").glob("*.json")
        assert json.loads(report.read_text(encoding="utf-8"))["outcome"]["word"] == "crashed"
        code, log = crawl(portal, folder)
        assert code == 0, log
        assert keys(folder) == truth(portal)
    assert verify(folder).findings == []


def test_a_damaged_ledger_is_told_and_rebuilt_and_nothing_is_fetched_twice(folder):
    with Portal(seed=9, articles=60, days=2) as portal:
        assert crawl(portal, folder)[0] == 0
        portal.clear()
        (folder / FILE_NAME).write_bytes(b"garbage" * 2_000)
        code, log = crawl(portal, folder)
        assert code == 1
        assert "run `scrapy rebuild-ledger`" in log.strip().splitlines()[-1]
        assert not portal.hits
        rebuilt = subprocess.run(
            command("rebuild-ledger", settings={"OUTPUT_DIR": folder}), cwd=ROOT, capture_output=True, check=False
        )
        assert rebuilt.returncode == 0, rebuilt.stderr
        code, log = crawl(portal, folder)
        assert code == 0, log
        assert not asked(portal)
        assert keys(folder) == truth(portal)


def make_due(folder):
    """Let the time come at which every young article is looked at again."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE articles SET next_check = 0 WHERE next_check IS NOT NULL")


def test_a_young_article_is_looked_at_again_for_a_304_and_a_changed_one_becomes_a_version(folder):
    with Portal(seed=10, articles=40, days=2) as portal:
        assert crawl(portal, folder)[0] == 0
        one = portal.newsroom.stories[0].identifier
        portal.revise(one, headline="Ralat: Harga Berubah Lagi")
        make_due(folder)
        portal.clear()
        code, log = crawl(portal, folder)
        assert code == 0, log
        assert keys(folder) == truth(portal, {one: 2})
        answers = Counter((hit.status, one in hit.path) for hit in portal.hits if hit.path.startswith("/read"))
        assert answers[200, True] == 1
        assert answers[304, False] >= 30
        assert set(asked(portal).values()) == {1}
        portal.clear()
        assert crawl(portal, folder)[0] == 0
        assert not asked(portal), "what was looked at just now is not due"


def test_looking_again_can_be_switched_off(folder):
    with Portal(seed=10, articles=20, days=1) as portal:
        assert crawl(portal, folder, settings={"RECHECK_AGES": ""})[0] == 0
        make_due(folder)
        portal.clear()
        assert crawl(portal, folder, settings={"RECHECK_AGES": ""})[0] == 0
        assert not asked(portal)
