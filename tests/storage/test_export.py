import ctypes
import errno
import json
import os
import resource
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.articles import NOON, article, articles, body, keys, lines, open_store, python
from wartacrawl.config import ConfigError, parse_ages
from wartacrawl.site import layouts
from wartacrawl.storage.folder import hold_folder
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.parts import BATCH_LINES
from wartacrawl.storage.store import RECHECK_AGES, Store, next_check

PART = "articles/2026/2026-07-12.jsonl"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "output"


@pytest.fixture
def store(folder):
    opened, _ = open_store(folder)
    yield opened
    opened.close()


def killed_while_writing(folder, numbers, after="pwrite"):
    """Kill a process at the given moment of its transaction with these articles."""
    moments = {
        "pwrite": "export.Parts.commit = lambda self: stop()",
        "fsync": (
            "before = export.Parts.commit\ndef commit(self):\n    before(self); stop()\nexport.Parts.commit = commit"
        ),
        "create": "export.Parts.append = lambda self, path, line: (self._open_part(path), stop())",
        "torn": (
            "def append(self, path, line):\n    part = self._open_part(path)\n"
            "    os.pwrite(part.descriptor, line[: len(line) // 2], part.length); stop()\nexport.Parts.append = append"
        ),
    }
    child = python(
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.articles import articles, open_store; from wartacrawl.storage import parts as export\n"
        "def stop(): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{moments[after]}\n"
        "store, run = open_store(Path(sys.argv[1])); store.write(articles(map(int, sys.argv[2:])))",
        folder,
        *numbers,
    )
    _, fault = child.communicate(timeout=30)
    assert child.returncode == -9, fault


# -- results ----------------------------------------------------------------------------------------------------------


def test_an_article_is_written_once_to_the_part_of_its_day(store, folder):
    assert [one.result for one in store.write([article()])] == ["new"]
    assert [one.result for one in store.write([article()])] == ["unchanged"]
    assert json.loads((folder / PART).read_text(encoding="utf-8"))["identifier"] == "583116"
    assert keys(folder) == [(583116, 1)]


def test_the_day_is_that_of_jakarta(store, folder):
    store.write([article(published=NOON.replace(hour=1).astimezone(tz=None))])
    assert (folder / PART).exists()


def test_an_undated_article_has_a_part_of_its_own(store, folder):
    store.write([article(published=None)])
    assert (folder / "articles/undated.jsonl").exists()


def test_a_changed_headline_or_body_is_the_next_version_and_says_what_changed(store, folder):
    store.write([article()])
    assert store.write([article(headline="Berita yang Diralat")])[0].version == 2
    assert (
        store.write([article(headline="Berita yang Diralat", article_body=body(9), description="Baru")])[0].version == 3
    )
    assert keys(folder) == [(583116, 1), (583116, 2), (583116, 3)]
    changed = [line["metadata"]["changed_fields"] for line in lines(folder)]
    assert changed == [[], ["headline"], ["description", "article_body", "word_count"]]


def test_a_change_of_neither_headline_nor_body_is_no_version(store, folder):
    store.write([article()])
    assert store.write([article(description="Ringkasan baru")])[0].result == "unchanged"
    assert len(lines(folder)) == 1


def test_a_text_changed_back_is_a_version_too(store, folder):
    for headline in ("A", "B", "A"):
        store.write([article(headline=headline)])
    assert [line["headline"] for line in lines(folder)] == ["A", "B", "A"]
    assert keys(folder) == [(583116, n) for n in (1, 2, 3)]


def test_the_same_article_twice_in_one_batch_is_written_once(store, folder):
    assert sorted(one.result for one in store.write([article(), article()])) == ["new", "unchanged"]
    assert sorted(one.version for one in store.write([article(headline="B"), article(headline="C")])) == [2, 3]
    assert keys(folder) == [(583116, n) for n in (1, 2, 3)]


def test_the_content_hash_is_that_of_the_line(store, folder):
    one = article()
    one.metadata["content_hash"] = "f" * 64
    store.write([one])
    assert lines(folder)[0]["metadata"]["content_hash"] == article().signature()


def test_near_duplicates_name_the_earlier_article_and_are_kept(store, folder):
    text = body(5)
    store.write([article(100, article_body=text)])
    store.write([article(200, article_body=text + " Tambahan.")])
    store.write([article(300, article_body=text + " Sisipan.")])
    store.write([article(400)])
    assert [line["near_duplicate_of"] for line in lines(folder)] == [None, "100", "100", None]


def test_more_articles_than_a_crash_may_cost_are_refused(store):
    with pytest.raises(ValueError, match="64 is the limit"):
        store.write(articles(range(1, BATCH_LINES + 2)))


# -- crashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["create", "torn", "pwrite", "fsync"])
def test_a_kill_in_the_midst_of_a_transaction_leaves_what_was_committed_and_nothing_else(folder, moment):
    store, run = open_store(folder)
    store.write(articles(range(1, 6), days=3))
    store.ledger.end_run(run, "ok", {})
    store.close()
    before = {file: file.read_bytes() for file in folder.glob("articles/**/*.jsonl")}
    killed_while_writing(folder, range(10, 40), moment)
    if moment != "create":
        assert {file: file.read_bytes() for file in folder.glob("articles/**/*.jsonl")} != before
    store, _ = open_store(folder)
    after = {file: file.read_bytes() for file in folder.glob("articles/**/*.jsonl")}
    assert {file: text for file, text in after.items() if text} == before
    store.write(articles(range(10, 40)))
    store.close()
    assert keys(folder) == [(n, 1) for n in (*range(1, 6), *range(10, 40))]


def test_a_part_that_only_a_killed_process_knew_is_emptied(folder):
    killed_while_writing(folder, [1, 2, 3])
    assert (folder / PART).stat().st_size
    open_store(folder)[0].close()
    assert not (folder / PART).stat().st_size


def test_a_running_crawl_cuts_the_tail_that_a_killed_one_left_in_its_part(folder):
    store, _ = open_store(folder)
    store.write([article(1)])
    killed_while_writing(folder, [2, 3], "torn")
    store.write([article(4)])
    assert keys(folder) == [(1, 1), (4, 1)]
    store.close()


def test_a_torn_rejected_record_is_cut_as_well(folder, store):
    store.reject({"reasons": ["the page has no headline"], **article(1).record()})
    with (folder / "rejected.jsonl").open("ab") as file:
        file.write(b'{"reasons":["the pa')
    Store.open(folder).close()
    assert len((folder / "rejected.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_tail_with_no_run_that_could_have_crashed_is_refused_and_kept(folder):
    store, run = open_store(folder)
    store.write([article(1)])
    store.ledger.end_run(run, "ok", {})
    store.close()
    old = {name: (folder / name).read_bytes() for name in ("ledger.sqlite",)}
    store, run = open_store(folder)
    store.write([article(2), article(3, published=NOON - timedelta(days=1))])
    store.ledger.end_run(run, "ok", {})
    store.close()
    (folder / "ledger.sqlite").write_bytes(old["ledger.sqlite"])
    with pytest.raises(LedgerError, match=r"ledger is older than the lines.*scrapy rebuild-ledger"):
        Store.open(folder)
    assert keys(folder) == [(1, 1), (2, 1), (3, 1)]


def test_more_uncommitted_lines_than_the_crashed_runs_can_have_left_are_refused_and_kept(folder):
    store, _ = open_store(folder)
    store.close()
    for day in range(1, 4):
        part = folder / f"articles/2026/2026-06-0{day}.jsonl"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"{}\n" * (BATCH_LINES // 2))
    with pytest.raises(LedgerError, match="no crash can have left"):
        Store.open(folder)
    assert part.stat().st_size


def test_an_emptied_ledger_file_does_not_cost_a_line(folder):
    store, run = open_store(folder)
    store.write([article(1)])
    store.ledger.end_run(run, "ok", {})
    store.close()
    (folder / "ledger.sqlite").write_bytes(b"")
    with pytest.raises(LedgerError, match="scrapy rebuild-ledger"):
        Store.open(folder)
    assert keys(folder) == [(1, 1)]


# -- loss -------------------------------------------------------------------------------------------------------------


def written(folder, numbers=range(1, 4)):
    store, run = open_store(folder)
    store.write(articles(numbers))
    store.ledger.end_run(run, "ok", {})
    store.close()


def test_a_deleted_part_is_noticed_at_opening(folder):
    written(folder)
    (folder / PART).unlink()
    with pytest.raises(LedgerError, match=r"2026-07-12.jsonl is missing.*scrapy rebuild-ledger"):
        Store.open(folder)
    assert not (folder / PART).exists()


def test_a_part_that_lost_lines_is_noticed_at_opening(folder):
    written(folder)
    os.truncate(folder / PART, 100)
    with pytest.raises(LedgerError, match=r"2026-07-12.jsonl has 100 of its .* bytes"):
        Store.open(folder)


def test_a_part_deleted_in_mid_crawl_is_noticed_and_not_made_anew(folder, store):
    store.write([article(1)])
    (folder / PART).unlink()
    with pytest.raises(LedgerError, match="is missing"):
        store.write([article(2)])
    assert not (folder / PART).exists()
    with pytest.raises(LedgerError, match="is missing"):
        store.read(store.ledger.article(1))


def test_a_line_changed_from_outside_is_noticed_when_it_is_needed(folder, store):
    store.write([article(1)])
    with (folder / PART).open("r+b") as file:
        file.write(b"XXXX")
    with pytest.raises(LedgerError, match="changed from outside"):
        store.write([article(1, headline="Diralat")])


def test_articles_without_a_ledger_are_refused_with_the_way_out(folder):
    written(folder)
    (folder / "ledger.sqlite").unlink()
    with pytest.raises(LedgerError, match="run `scrapy rebuild-ledger`"):
        Store.open(folder)
    (folder / "ledger.sqlite-wal").write_bytes(b"left alone")
    with pytest.raises(LedgerError, match="run `scrapy rebuild-ledger`"):
        Store.open(folder)
    assert keys(folder) == [(1, 1), (2, 1), (3, 1)]


def test_a_ledger_deleted_in_mid_crawl_stops_the_writing(folder, store):
    store.write([article(1)])
    (folder / "ledger.sqlite").unlink()
    with pytest.raises(LedgerError, match="deleted or replaced"):
        store.write([article(2)])
    assert keys(folder) == [(1, 1)]


def test_crawls_share_a_folder_and_rebuilding_wants_it_alone(folder, store):
    other = Store.open(folder)
    with pytest.raises(LedgerError, match="A crawl is running"):
        hold_folder(folder, alone=True)
    other.close()
    store.close()
    alone = hold_folder(folder, alone=True)
    with pytest.raises(LedgerError, match="`scrapy rebuild-ledger` is running"):
        Store.open(folder)
    os.close(alone)
    Store.open(folder).close()


def obey_rights():
    """Give up root's licence to write where the rights forbid it, from the next exec on."""
    drop_from_bounding_set, may_ignore_rights = 24, 1
    if ctypes.CDLL(None, use_errno=True).prctl(drop_from_bounding_set, may_ignore_rights, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


# -- disks ------------------------------------------------------------------------------------------------------------


def test_a_limit_on_file_sizes_is_a_sentence_and_no_damage(folder, store):
    store.write([article(1)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / PART).stat().st_size + 50, hard))
    try:
        with pytest.raises(LedgerError, match=os.strerror(errno.EFBIG)):
            store.write([article(2)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert keys(folder) == [(1, 1)]
    store.write([article(2)])
    assert keys(folder) == [(1, 1), (2, 1)]


def test_a_full_ledger_is_a_sentence_and_the_lines_are_undone(folder, store):
    store.write([article(1)])
    pages = store.ledger.query("PRAGMA page_count")[0][0]
    store.ledger.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match="the disk is full"):  # noqa: PT012 - some batches find room in free pages
        for start in range(2, 1_000, 60):
            store.write(articles(range(start, start + 60)))
    committed = len(keys(folder))
    assert store.ledger.query("SELECT count(*) FROM articles WHERE state = 'exported'") == [(committed,)]


def test_a_file_in_place_of_the_folder_is_a_sentence(tmp_path):
    (tmp_path / "output").write_text("no folder")
    with pytest.raises(LedgerError, match="choose an OUTPUT_DIR that is a folder"):
        Store.open(tmp_path / "output")
    with pytest.raises(LedgerError, match="choose an OUTPUT_DIR that is a folder"):
        Store.open(tmp_path / "output" / "deeper")


@pytest.mark.parametrize("nowhere", ["/proc/wartacrawl", "/dev/full"])
def test_a_place_where_nothing_can_be_made_is_a_sentence(nowhere):
    with pytest.raises(LedgerError, match=r"OUTPUT_DIR|whether the disk"):
        Store.open(Path(nowhere))


def test_a_folder_without_the_right_to_write_is_a_sentence(folder):
    written(folder)
    folder.chmod(0o555)
    child = python(
        "import sys; from pathlib import Path; from wartacrawl.storage.store import Store\n"
        "from wartacrawl.storage.ledger import LedgerError\n"
        "try:\n    Store.open(Path(sys.argv[1]))\nexcept LedgerError as error:\n    print(error)",
        folder,
        preexec_fn=obey_rights if os.geteuid() == 0 else None,
    )
    out, fault = child.communicate(timeout=30)
    folder.chmod(0o755)
    assert "cannot be written" in out or "check the rights" in out, fault
    assert keys(folder) == [(1, 1), (2, 1), (3, 1)]


# -- looking again ----------------------------------------------------------------------------------------------------


def test_a_young_article_is_looked_at_at_each_age_and_then_never_again():
    born = NOON.timestamp()
    looked, now = [], born + 60
    while (due := next_check(NOON, now, RECHECK_AGES)) is not None:
        looked.append(due - born)
        now = due + 5
    assert looked == list(RECHECK_AGES)


def test_an_age_just_past_the_last_look_is_passed_over():
    assert next_check(NOON, NOON.timestamp() + 3_000, RECHECK_AGES) == NOON.timestamp() + 21_600


def test_no_ages_and_no_date_mean_no_further_look():
    assert next_check(NOON, NOON.timestamp(), ()) is None
    assert next_check(None, 0.0, RECHECK_AGES) is None


@pytest.mark.parametrize("given", [["-1"], ["0"], ["nan"], ["inf"], ["1 h"], ["3600", "x"]])
def test_ages_that_are_none_are_refused_with_what_is_allowed(given):
    with pytest.raises(ConfigError, match=r"RECHECK_AGES=.* such as RECHECK_AGES=3600,86400"):
        parse_ages("RECHECK_AGES", given)


def test_validators_count_only_with_the_line_that_was_made_of_the_page(folder):
    ages = (10**9,)
    store = Store.open(folder, recheck_ages=ages)
    store.ledger.begin_run("warta", {})
    store.hold_validators(1, '"one"', None)
    assert store.validators(1) == (None, None)
    store.write([article(1)])
    assert store.validators(1) == ('"one"', None)
    store.hold_validators(1, '"two"', None)
    store.confirm(article(1))
    assert store.validators(1) == ('"two"', None)
    store.confirm_unread(1)
    assert store.validators(1) == ('"two"', None)
    store.close()


def test_validators_of_an_article_that_is_not_looked_at_again_are_not_kept(folder):
    store = Store.open(folder, recheck_ages=())
    store.ledger.begin_run("warta", {})
    store.hold_validators(1, '"one"', None)
    store.write([article(1)])
    assert store.ledger.query("SELECT count(*) FROM validators") == [(0,)]
    # Nor in memory, where those of a long backfill would pile up.
    store.recheck_ages = (10**9,)
    store.confirm(article(1))
    assert store.validators(1) == (None, None)
    store.close()


def test_an_article_the_portal_calls_unchanged_is_due_at_its_next_age(folder):
    store = Store.open(folder, recheck_ages=RECHECK_AGES)
    store.ledger.begin_run("warta", {})
    now = NOON.timestamp() + 60
    store.ledger.clock = lambda: now
    store.write([article(1)])
    assert store.ledger.due() == []
    now = NOON.timestamp() + 3_601
    assert [row.identifier for row in store.ledger.due()] == [1]
    store.confirm_unread(1)
    assert store.ledger.due() == []
    now = NOON.timestamp() + 21_601
    assert [row.identifier for row in store.ledger.due()] == [1]
    store.close()


# -- rejecting --------------------------------------------------------------------------------------------------------


def test_a_rejected_article_is_kept_with_its_reasons_and_given_up(folder, store):
    store.reject({"reasons": ["the page has no headline"], "job": None, **article(7, headline=None).record()})
    record = json.loads((folder / "rejected.jsonl").read_text(encoding="utf-8"))
    assert record["reasons"] == ["the page has no headline"]
    assert store.ledger.article(7).state == "rejected"
    assert store.ledger.article(7).reason == "rejected: the page has no headline"


@pytest.mark.parametrize("identifier", ["", "abc", "9" * 30, None])
def test_a_record_without_a_usable_identifier_is_kept_all_the_same(folder, store, identifier):
    store.reject({"reasons": ["no identifier"], "identifier": identifier})
    assert json.loads((folder / "rejected.jsonl").read_text(encoding="utf-8"))["identifier"] == identifier


def test_half_a_surrogate_pair_is_kept_as_an_escape(folder, store):
    store.reject({"reasons": ["not UTF-8"], "identifier": "1", "headline": "Sawit \ud83d"})
    assert json.loads((folder / "rejected.jsonl").read_bytes())["headline"] == "Sawit \ud83d"


# -- two at once ------------------------------------------------------------------------------------------------------


def test_several_processes_on_one_folder_write_every_article_once(folder):
    code = (
        "import random, sys; from pathlib import Path; from tests.articles import articles, open_store\n"
        "sys.stdin.read(); rng = random.Random(int(sys.argv[2])); store, run = open_store(Path(sys.argv[1]))\n"
        "numbers = list(range(1, 121)); rng.shuffle(numbers)\n"
        "for start in range(0, 120, 8): store.write(articles(numbers[start : start + 8], days=3))\n"
        "store.ledger.end_run(run, 'ok', {}); store.close()"
    )
    children = [python(code, folder, seed, stdin=subprocess.PIPE) for seed in range(3)]
    for child in children:
        child.stdin.close()
    faults = [child.stderr.read() for child in children]
    assert [child.wait() for child in children] == [0] * 3, faults
    for child in children:
        child.stdout.close()
        child.stderr.close()
    assert keys(folder) == [(n, 1) for n in range(1, 121)]


# -- after a change of the layouts ------------------------------------------------------------------------------------


def generic(number, **changes):
    made = article(number, **changes)
    made.metadata["field_sources"]["article_body"] = "generic"
    return made


def test_what_only_the_generic_layer_could_read_is_read_again_once_the_layouts_change(store, monkeypatch):
    store.write([generic(1), article(2), generic(3)])
    assert store.outdated() == []
    monkeypatch.setattr(layouts, "VERSION", layouts.VERSION + 1)
    assert [row.identifier for row in store.outdated()] == [3, 1]
    store.confirm(generic(3))
    assert [row.identifier for row in store.outdated()] == [1], "read again, and still by the generic layer"
    by_layout = generic(1, headline="Judul yang Lengkap")
    by_layout.metadata["field_sources"]["article_body"] = "layout"
    assert store.write([by_layout])[0].result == "revision"
    assert store.outdated() == []


def test_a_crawl_reads_only_some_of_them_again(store, monkeypatch):
    for start in range(1, 121, 60):
        store.write([generic(number) for number in range(start, start + 60)])
    monkeypatch.setattr(layouts, "VERSION", layouts.VERSION + 1)
    assert [row.identifier for row in store.outdated()] == list(range(120, 70, -1))
