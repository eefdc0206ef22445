import os
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.articles import python
from wartacrawl.storage import articles, database
from wartacrawl.storage.articles import RETRY_PAUSES
from wartacrawl.storage.ledger import HEARTBEAT_PATIENCE, Ledger, LedgerError

DAY = 86_400


class Clock:
    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        self.now += 0.001
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(tmp_path, clock):
    opened = Ledger(tmp_path / "ledger.sqlite", clock=clock)
    yield opened
    opened.close()


def another(ledger):
    return Ledger(ledger.path, clock=ledger.clock)


def exported(ledger, identifier, *, version=1, next_check=None, day="2026-07-12"):
    ledger.record_export(
        identifier,
        slug="berita",
        day=day,
        published=ledger.clock(),
        version=version,
        signature=f"{identifier}-{version}",
        part=f"articles/{day[:4]}/{day}.jsonl",
        offset=0,
        length=10,
        next_check=next_check,
    )


def pretend_dead(ledger, run):
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("UPDATE runs SET pid_started = 'another time' WHERE id = ?", (run,))
    connection.close()


# -- announcing and claiming ------------------------------------------------------------------------------------------


def test_an_article_is_fresh_once_whoever_announces_it(ledger):
    assert ledger.announce([(1, "a", None), (2, "b", "2026-07-12")], "rss") == {1, 2}
    assert ledger.announce([(2, "b", None), (3, "c", None)], "sitemap") == {3}
    assert ledger.first_source(2) == "rss"


def test_a_day_learned_later_is_kept_and_not_overwritten(ledger):
    ledger.announce([(1, "a", None)], "rss")
    ledger.announce([(1, "a", "2026-07-12")], "indeks:2026-07-12")
    ledger.announce([(1, "a", "2026-07-13")], "indeks:2026-07-13")
    assert ledger.article(1).day == "2026-07-12"


def test_an_article_is_claimed_by_one_of_two_runs(ledger):
    ledger.announce([(n, None, None) for n in range(10)], "rss")
    other = another(ledger)
    first, second = ledger.begin_run("warta", {}), other.begin_run("indeks", {})
    assert ledger.claim(range(10), first, limit=4) == [0, 1, 2, 3]
    assert other.claim(range(10), second) == [4, 5, 6, 7, 8, 9]
    assert ledger.claim(range(10), first) == []
    other.close()


def test_the_claims_of_a_dead_process_are_free(ledger):
    ledger.announce([(1, None, None)], "rss")
    dead = ledger.begin_run("warta", {})
    assert ledger.claim([1], dead) == [1]
    pretend_dead(ledger, dead)
    assert ledger.claim([1], ledger.begin_run("warta", {})) == [1]


def test_the_claims_of_a_real_killed_process_are_free(ledger):
    ledger.announce([(1, None, None)], "rss")
    child = python(
        "import sys, time; from pathlib import Path; from wartacrawl.storage.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1])); ledger.clock = lambda: float(sys.argv[2])\n"
        "print(ledger.claim([1], ledger.begin_run('warta', {})), flush=True); time.sleep(60)",
        ledger.path,
        ledger.clock.now,
    )
    assert child.stdout.readline() == "[1]\n"
    run = ledger.begin_run("warta", {})
    assert ledger.claim([1], run) == []
    child.kill()
    child.communicate()
    assert ledger.claim([1], run) == [1]


def test_a_run_that_hangs_loses_its_claims_and_one_that_beats_keeps_them(ledger, clock):
    ledger.announce([(1, None, None)], "rss")
    hanging, run = ledger.begin_run("warta", {}), ledger.begin_run("indeks", {})
    ledger.claim([1], hanging)
    clock.now += HEARTBEAT_PATIENCE + 1
    ledger.heartbeat(hanging)
    assert ledger.claim([1], run) == []
    clock.now += HEARTBEAT_PATIENCE + 1
    assert ledger.claim([1], run) == [1]


def test_an_article_released_may_be_claimed_again(ledger):
    ledger.announce([(1, None, None)], "rss")
    run = ledger.begin_run("warta", {})
    ledger.claim([1], run)
    ledger.release(1, "2026-01-01")
    assert ledger.article(1).day == "2026-01-01"
    assert ledger.claim([1], run) == [1]


def test_an_unknown_article_is_not_claimed(ledger):
    assert ledger.claim([404], ledger.begin_run("warta", {}), refetch=True) == []


def test_an_exported_article_is_claimed_only_for_a_refetch_and_once_a_run(ledger):
    ledger.announce([(1, None, None)], "rss")
    exported(ledger, 1)
    run = ledger.begin_run("warta", {})
    assert ledger.claim([1], run) == []
    assert ledger.claim([1], run, refetch=True) == [1]
    ledger.record_check(1, None)
    assert ledger.claim([1], run, refetch=True) == []
    assert ledger.claim([1], ledger.begin_run("warta", {}), refetch=True) == [1]


def test_the_end_of_a_run_gives_its_claims_back(ledger):
    ledger.announce([(1, None, None)], "rss")
    first = ledger.begin_run("warta", {})
    ledger.claim([1], first)
    ledger.end_run(first, "partial", {"outcome": "partial"})
    assert ledger.claim([1], ledger.begin_run("warta", {})) == [1]


# -- failing ----------------------------------------------------------------------------------------------------------


def test_a_failure_is_tried_by_the_next_run_and_then_ever_more_slowly(ledger, clock):
    ledger.announce([(1, None, None)], "rss")
    for pause in (*RETRY_PAUSES, RETRY_PAUSES[-1]):
        run = ledger.begin_run("warta", {})
        assert [row.identifier for row in ledger.pending(run)] == [1]
        assert ledger.claim([1], run) == [1]
        ledger.record_failure(1, "HTTP 500")
        assert ledger.pending(run) == []
        if pause:
            clock.now += pause - 10
            assert ledger.pending(ledger.begin_run("warta", {})) == []
            clock.now += 20


def test_what_is_gone_is_never_asked_for_again(ledger):
    ledger.announce([(1, None, None)], "rss")
    ledger.record_failure(1, "HTTP 404", final="gone")
    run = ledger.begin_run("warta", {})
    assert ledger.claim([1], run) == []
    assert ledger.pending(run) == []
    assert ledger.claim([1], run, refetch=True) == [1]


def test_an_exported_article_stays_exported_when_a_later_visit_fails(ledger):
    exported(ledger, 1, next_check=5.0)
    ledger.record_failure(1, "HTTP 404", final="gone")
    assert ledger.article(1).state == "exported"
    assert ledger.due() == []


def test_a_failed_check_is_put_off_and_given_up_in_the_end(ledger, clock):
    exported(ledger, 1, next_check=clock.now)
    for attempt in range(len(RETRY_PAUSES) - 1):
        assert [row.identifier for row in ledger.due()] == [1]
        ledger.record_failure(1, "HTTP 500")
        if RETRY_PAUSES[attempt]:
            assert ledger.due() == []
        clock.now += RETRY_PAUSES[attempt] + 1
    ledger.record_failure(1, "HTTP 500")
    clock.now += 30 * DAY
    assert ledger.due() == []


def test_pending_is_limited_by_source_and_day(ledger):
    ledger.announce([(1, None, "2026-07-11"), (2, None, None)], "section:ekbis")
    ledger.announce([(3, None, "2026-07-12")], "rss")
    run = ledger.begin_run("warta", {})
    assert [row.identifier for row in ledger.pending(run)] == [3, 2, 1]
    assert [row.identifier for row in ledger.pending(run, sources=["section:ekbis"])] == [2, 1]
    assert [row.identifier for row in ledger.pending(run, since="2026-07-12")] == [3, 2]
    assert [row.identifier for row in ledger.pending(run, until="2026-07-11")] == [2, 1]


# -- days and walks ---------------------------------------------------------------------------------------------------


def test_a_day_is_closed_only_when_walked_clean_after_its_end_and_nothing_of_it_is_owed(ledger, clock):
    midnight = clock.now
    ledger.announce([(1, None, "2026-07-12"), (2, None, "2026-07-12")], "indeks:2026-07-12")
    exported(ledger, 1)
    ledger.record_day("2026-07-12", clean=True)
    assert not ledger.is_walked("2026-07-12", midnight)
    clock.now += 2 * 3_600
    ledger.record_day("2026-07-12", clean=False)
    assert not ledger.is_walked("2026-07-12", midnight)
    ledger.record_day("2026-07-12", clean=True)
    assert ledger.is_walked("2026-07-12", midnight)
    assert not ledger.is_closed("2026-07-12", midnight)
    ledger.record_failure(2, "HTTP 500")
    assert not ledger.is_closed("2026-07-12", midnight)
    ledger.record_failure(2, "HTTP 410", final="gone")
    assert ledger.is_closed("2026-07-12", midnight)


def test_a_day_whose_walk_began_before_its_end_is_not_closed_however_long_the_walk_took(ledger, clock):
    midnight = clock.now
    clock.now += 2 * 3_600
    ledger.record_day("2026-07-12", clean=True, began=midnight - 60)
    assert not ledger.is_walked("2026-07-12", midnight)


def test_a_list_that_never_listed_anything_is_gone_without_news(ledger):
    assert not ledger.record_gone("section:bursa")
    assert ledger.gone_lists() == ["section:bursa"]


def test_a_list_that_listed_articles_is_news_when_it_is_gone_and_again_after_it_came_back(ledger, clock):
    def gone_and_told():
        clock.now += 60
        return ledger.record_gone("section:bursa")

    ledger.announce([(1, None, None)], "section:bursa")
    assert [gone_and_told(), gone_and_told()] == [True, False]
    # What a crawl does with a dead link: its walk counts as walked to its end.
    ledger.complete_walk("section:bursa", 0, began=clock.now - 1)
    assert [gone_and_told(), ledger.gone_lists()] == [False, ["section:bursa"]]
    clock.now += 60
    ledger.complete_walk("section:bursa", 1, began=clock.now)
    assert ledger.gone_lists() == []
    assert [gone_and_told(), gone_and_told()] == [True, False]


def test_a_walk_knows_nothing_of_what_came_after_it_began(ledger, clock):
    ledger.complete_walk("sitemap", 500, began=clock.now - 7_200)
    assert ledger.walk("sitemap").finished == clock.now - 7_200


def test_what_a_run_rejected_is_tried_again_when_the_fault_was_in_the_reading(ledger):
    ledger.announce([(1, None, None), (2, None, None), (3, None, None)], "rss")
    ledger.record_failure(1, "rejected: no headline", final="rejected")
    run = ledger.begin_run("warta", {})
    ledger.record_failure(2, "rejected: no headline", final="rejected")
    ledger.record_failure(3, "HTTP 404", final="gone")
    assert ledger.reopen_rejected(run) == 1
    assert [ledger.article(number).state for number in (1, 2, 3)] == ["rejected", "failed", "gone"]
    ledger.end_run(run, "drift", {})
    assert ledger.claim([1, 2, 3], ledger.begin_run("warta", {})) == [2]


def test_a_walk_that_broke_off_is_not_complete_and_keeps_its_frontier(ledger):
    assert not ledger.walk("rss").complete
    ledger.complete_walk("rss", 500)
    assert ledger.open_walk("rss").complete
    assert (ledger.walk("rss").complete, ledger.walk("rss").frontier) == (False, 500)
    ledger.complete_walk("rss", 400)
    assert (ledger.walk("rss").complete, ledger.walk("rss").frontier) == (True, 500)


def test_validators_are_kept_replaced_and_forgotten(ledger):
    assert ledger.validators("/rss") == (None, None)
    ledger.keep_validators("/rss", '"a"', None)
    ledger.keep_validators("/rss", None, "Sun, 12 Jul 2026 05:00:00 GMT")
    assert ledger.validators("/rss") == (None, "Sun, 12 Jul 2026 05:00:00 GMT")
    ledger.keep_validators("/rss", None, None)
    assert ledger.validators("/rss") == (None, None)


def test_articles_that_share_most_come_first_and_a_band_all_share_is_looked_at_only_so_far(ledger):
    for identifier in range(1, 500):
        exported(ledger, identifier)
        ledger.add_bands(identifier, [7, identifier + 1_000])
    exported(ledger, 600)
    ledger.add_bands(600, [8, 1_003])
    assert [row.identifier for row in ledger.similar(601, [8, 1_003])] == [600, 3]
    assert len(ledger.similar(601, [7], limit=500)) == articles.BAND_DEPTH


# -- transactions -----------------------------------------------------------------------------------------------------


def test_an_error_undoes_the_whole_transaction_and_leaves_the_ledger_usable(ledger):
    with pytest.raises(RuntimeError), ledger.transaction():  # noqa: PT012 - what comes before the error is the point
        ledger.announce([(1, None, None)], "rss")
        raise RuntimeError
    assert ledger.article(1) is None
    ledger.announce([(1, None, None)], "rss")
    assert ledger.article(1) is not None


def test_what_a_killed_process_had_not_committed_is_gone_and_the_lock_is_free(ledger):
    child = python(
        "import sys, time; from pathlib import Path; from wartacrawl.storage.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1])); ledger.announce([(1, None, None)], 'rss')\n"
        "with ledger.transaction():\n"
        "    ledger.announce([(2, None, None)], 'rss'); print('in', flush=True); time.sleep(60)",
        ledger.path,
    )
    assert child.stdout.readline() == "in\n"
    child.kill()
    child.communicate()
    began = time.monotonic()
    ledger.announce([(3, None, None)], "rss")
    assert time.monotonic() - began < 5
    assert [ledger.article(n) is not None for n in (1, 2, 3)] == [True, False, True]


def test_many_processes_may_make_the_same_new_ledger_at_once(tmp_path):
    code = (
        "import sys; from pathlib import Path; from wartacrawl.storage.ledger import Ledger\n"
        "sys.stdin.read(); ledger = Ledger(Path(sys.argv[1]))\n"
        "ledger.announce([(int(sys.argv[2]), None, None)], 'rss'); ledger.close()"
    )
    path = tmp_path / "ledger.sqlite"
    children = [python(code, path, number, stdin=subprocess.PIPE) for number in range(6)]
    for child in children:
        child.stdin.close()
    faults = [child.stderr.read() for child in children]
    assert [child.wait() for child in children] == [0] * 6, faults
    for child in children:
        child.stdout.close()
        child.stderr.close()
    ledger = Ledger(path)
    assert len(ledger.articles(range(6))) == 6
    ledger.close()


def test_a_lock_held_too_long_ends_in_a_sentence(ledger, monkeypatch):
    monkeypatch.setattr(database, "LOCK_PATIENCE", 0.1)
    other = another(ledger)
    with ledger.transaction(), pytest.raises(LedgerError, match="look for a stuck crawl"):
        other.announce([(1, None, None)], "rss")
    other.close()


# -- damage -----------------------------------------------------------------------------------------------------------


def test_garbage_in_place_of_the_ledger_ends_in_a_sentence_that_offers_to_rebuild(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database at all " * 500)
    with pytest.raises(LedgerError, match=re.escape(f"{path}") + ".*scrapy rebuild-ledger"):
        Ledger(path)


def filled(path):
    ledger = Ledger(path)
    ledger.announce([(n, f"berita-{n}", "2026-07-12") for n in range(3_000)], "rss")
    ledger.close()


def test_a_truncated_ledger_ends_in_a_sentence_that_offers_to_rebuild(tmp_path):
    path = tmp_path / "ledger.sqlite"
    filled(path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(LedgerError, match="scrapy rebuild-ledger"):  # noqa: PT012 - found at the first page missed
        ledger = Ledger(path)
        try:
            for number in range(3_000):
                ledger.article(number)
                ledger.first_source(number)
        finally:
            ledger.close()


@pytest.mark.parametrize("ask", ["article", "claim", "pending", "due", "announce", "walk", "validators", "is_walked"])
def test_damage_met_in_mid_crawl_is_told_in_a_sentence_whatever_was_asked(tmp_path, ask):
    path = tmp_path / "ledger.sqlite"
    filled(path)
    ledger = Ledger(path)
    run = ledger.begin_run("warta", {})
    ledger.close()
    ledger = Ledger(path)
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 4096)
    questions = {
        "article": lambda: ledger.article(1),
        "claim": lambda: ledger.claim([1], run),
        "pending": lambda: ledger.pending(run),
        "due": ledger.due,
        "announce": lambda: ledger.announce([(9_999, None, None)], "rss"),
        "walk": lambda: ledger.walk("rss"),
        "validators": lambda: ledger.validators("/rss"),
        "is_walked": lambda: ledger.is_walked("2026-07-12", 0.0),
    }
    with pytest.raises(LedgerError, match="scrapy rebuild-ledger"):
        questions[ask]()
    ledger.close()


def test_a_full_disk_is_told_as_such_and_undone(ledger):
    pages = ledger.query("PRAGMA page_count")[0][0]
    ledger.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(LedgerError, match="the disk is full; free some space"):
        ledger.announce([(n, "x" * 100, None) for n in range(10_000)], "rss")
    ledger.execute("PRAGMA max_page_count = 1000000")
    assert ledger.articles(range(10_000)) == {}
    assert ledger.announce([(1, None, None)], "rss") == {1}


def test_a_ledger_of_another_format_is_refused(ledger):
    ledger.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="ledger format 99") as kept:  # with its traceback, and all that it holds
        Ledger(ledger.path)
    ledger.close()
    assert not [link for link in Path("/proc/self/fd").iterdir() if _target(link) == str(ledger.path)], kept


def _target(link):
    try:
        return str(link.readlink())
    except FileNotFoundError:  # the descriptor that listed the folder
        return None


def test_a_ledger_replaced_under_a_crawl_is_noticed(ledger):
    ledger.check_in_place()
    ledger.path.rename(ledger.path.with_name("elsewhere"))
    with pytest.raises(LedgerError, match="deleted or replaced"):
        ledger.check_in_place()


def test_reading_only_changes_nothing_and_sees_what_is_committed(ledger):
    ledger.announce([(1, None, None)], "rss")
    reading = Ledger(ledger.path, read_only=True)
    assert reading.article(1) is not None
    with pytest.raises(LedgerError, match="cannot be written"):
        reading.announce([(2, None, None)], "rss")
    reading.close()
    ledger.close()
    before = sorted(file.name for file in ledger.path.parent.iterdir())
    reading = Ledger(ledger.path, read_only=True)
    assert reading.article(1) is not None
    reading.close()
    assert sorted(file.name for file in ledger.path.parent.iterdir()) == before


# -- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_may_leave_tails_until_it_ended_well_or_was_buried(ledger):
    assert ledger.runs_with_tails() == 0
    killed, crashed, well = (ledger.begin_run("warta", {}) for _ in range(3))
    assert ledger.runs_with_tails() == 3
    ledger.end_run(well, "partial", {})
    ledger.end_run(crashed, "crashed", {})
    assert ledger.runs_with_tails() == 2
    assert ledger.is_in_use()
    pretend_dead(ledger, killed)
    assert not ledger.is_in_use()
    ledger.close_dead_runs()
    assert ledger.runs_with_tails() == 0
    assert ledger.query("SELECT outcome FROM runs WHERE id = ?", (killed,)) == [("killed",)]


def test_a_run_under_way_is_not_buried(ledger):
    ledger.begin_run("warta", {})
    ledger.close_dead_runs()
    assert ledger.runs_with_tails() == 1


def test_looking_things_up_needs_no_walk_through_the_whole_table(ledger):
    asked = []
    run = ledger.begin_run("warta", {})
    ledger._db.set_trace_callback(asked.append)
    ledger.article(1)
    ledger.first_source(1)
    ledger.claim([1], run)
    ledger.pending(run)
    ledger.pending(run, sources=["rss"], since="2026-07-01", until="2026-07-12")
    ledger.due()
    ledger.highest()
    ledger.similar(1, [1, 2])
    ledger.part("articles/2026/2026-07-12.jsonl")
    ledger.is_closed("2026-07-12", 0.0)
    ledger.record_day("2026-07-12", clean=True)
    ledger.is_closed("2026-07-12", 0.0)
    ledger.runs_with_tails()
    ledger.is_in_use()
    ledger.end_run(run, "ok", {})
    ledger._db.set_trace_callback(None)
    statements = [sql for sql in asked if sql.startswith(("SELECT", "UPDATE"))]
    assert len(statements) >= 15
    for sql in statements:
        plan = [row[3] for row in ledger.query(f"EXPLAIN QUERY PLAN {sql}")]
        assert not [step for step in plan if step.startswith("SCAN") and "INDEX" not in step], (sql, plan)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_later_process_with_the_same_number_is_another(ledger):
    run = ledger.begin_run("warta", {})
    assert ledger.query("SELECT pid FROM runs WHERE id = ?", (run,)) == [(os.getpid(),)]
    assert ledger.is_in_use()
    pretend_dead(ledger, run)
    assert not ledger.is_in_use()
