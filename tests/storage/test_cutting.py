"""Only bytes that are ours are cut, and what is cut is kept."""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta

import pytest

from tests.articles import NOON, article, articles, keys, lines, open_store, python
from wartacrawl import items
from wartacrawl.storage import generation
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.rebuild import rebuild
from wartacrawl.storage.store import Store
from wartacrawl.storage.verify import verify

PART = "articles/2026/2026-07-12.jsonl"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "output"


@pytest.fixture
def crashed(folder):
    """Return a folder with three lines whose run was killed."""
    store, _ = open_store(folder)
    store.write(articles([1, 2, 3]))
    store.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE runs SET pid_started = 'another time'")
    return folder


def refused(folder):
    """Open the folder, which must be refused, and return the sentence; no byte of it changes."""
    before = contents(folder)
    with pytest.raises(LedgerError, match="scrapy rebuild-ledger") as caught:
        Store.open(folder)
    assert contents(folder) == before
    assert not (folder / "cut").exists()
    return str(caught.value)


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*.jsonl") if not file.is_symlink()}


def append(folder, data, path=PART):
    with (folder / path).open("ab") as file:
        file.write(data)


def next_line(number=4, **changes):
    return items.dump(article(number, **changes).record())


# -- what a crash leaves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tail",
    [
        next_line(),
        next_line()[:300],
        next_line() + next_line(5)[:40],
        b'{"ide',
        next_line()[:100] + b"\0" * 400,
        b"\0" * 600 + next_line()[600:],
        items.dump({**article(1, headline="Diralat").record(), "version": 2}),
    ],
    ids=["a line", "half a line", "one and a half", "a few bytes", "zeros at the end", "zeros", "a revision"],
)
def test_what_a_crash_leaves_is_cut_and_kept(crashed, tail):
    before = (crashed / PART).read_bytes()
    append(crashed, tail)
    Store.open(crashed).close()
    assert (crashed / PART).read_bytes() == before
    (kept,) = (crashed / "cut").iterdir()
    assert kept.read_bytes() == tail
    assert kept.name.startswith(f"articles-2026-2026-07-12.jsonl.{len(before)}.")
    assert verify(crashed).findings == []


def test_what_was_cut_twice_is_kept_twice(crashed):
    for _ in range(2):
        append(crashed, next_line()[:50])
        store, _ = open_store(crashed)
        store.close()
        with closing(sqlite3.connect(crashed / FILE_NAME)) as connection, connection:
            connection.execute("UPDATE runs SET pid_started = 'another time'")
    assert len(list((crashed / "cut").iterdir())) == 2


# -- what it does not leave -------------------------------------------------------------------------------------------


def test_a_hand_edit_after_a_kill_costs_no_line(crashed):
    data = (crashed / PART).read_bytes()
    (crashed / PART).write_bytes(data.replace(b'"Berita 2"', b'"Berita 2 (diralat)"'))
    assert "no longer ends there" in refused(crashed)


def test_a_hand_edit_of_the_last_line_after_a_kill_is_refused(crashed):
    data = (crashed / PART).read_bytes().replace(b'"Berita 3"', b'"Berita X"')
    (crashed / PART).write_bytes(data + next_line()[:20])
    assert "the last line that was committed has changed" in refused(crashed)


@pytest.mark.parametrize(
    "written",
    [
        b"catatan saya\n",
        b"catatan saya",
        b"{}\n",
        b"[1]\n",
        b'{"identifier":"4"}\n',
        next_line(4, published=NOON - timedelta(days=1)),
        json.dumps(article(4).record()).encode() + b"\n",
        items.dump(article(1, headline="Judul saya").record()),
    ],
    ids=["a note", "a torn note", "no fields", "a list", "one field", "another day", "other form", "edited copy"],
)
def test_what_somebody_else_appended_is_refused_and_stays(crashed, written):
    append(crashed, written)
    assert "not what the crawl would have written next" in refused(crashed)


def test_a_line_appended_by_hand_during_a_crawl_is_refused_and_stays(folder):
    store, _ = open_store(folder)
    store.write([article(1)])
    append(folder, b"catatan saya\n")
    with pytest.raises(LedgerError, match="not what the crawl would have written next"):
        store.write([article(2)])
    assert (folder / PART).read_bytes().endswith(b"catatan saya\n")
    assert len((folder / PART).read_bytes().splitlines()) == 2
    store.close()


def test_a_part_whose_last_line_was_edited_during_a_crawl_gets_no_line_glued_on(folder):
    store, _ = open_store(folder)
    store.write([article(1)])
    data = (folder / PART).read_bytes()
    (folder / PART).write_bytes(data[:-1] + b" ")
    with pytest.raises(LedgerError, match="changed from outside"):
        store.write([article(2)])
    assert (folder / PART).read_bytes() == data[:-1] + b" "
    store.close()


def test_a_backup_made_during_a_crawl_and_restored_later_costs_no_line(folder, tmp_path):
    store, run = open_store(folder)
    store.write(articles(range(1, 11)))
    with closing(sqlite3.connect(folder / FILE_NAME)) as source, closing(sqlite3.connect(tmp_path / "copy")) as copy:
        source.backup(copy)
    store.write(articles(range(11, 31)))
    store.ledger.end_run(run, "ok", {})
    store.close()
    shutil.copy(tmp_path / "copy", folder / FILE_NAME)
    assert "the ledger was restored from a backup" in refused(folder)
    rebuild(folder)
    Store.open(folder).close()
    assert keys(folder) == [(n, 1) for n in range(1, 31)]


def test_the_generation_may_lag_behind_the_ledger_as_after_a_power_cut(crashed):
    ledger = Ledger(crashed / FILE_NAME)
    own = ledger.generation()
    ledger.close()
    assert generation.read(crashed) == own
    generation.write(crashed, own._replace(commits=own.commits - 1))
    append(crashed, next_line()[:50])
    Store.open(crashed).close()
    assert generation.read(crashed) == own


@pytest.mark.parametrize("damage", [b"", b"\0" * 30, b"x y z"])
def test_a_damaged_generation_is_as_good_as_none(crashed, damage):
    (crashed / generation.FILE_NAME).write_bytes(damage)
    append(crashed, next_line()[:50])
    Store.open(crashed).close()
    assert generation.read(crashed) is not None


# -- names and links --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["catatan.jsonl", "2026/catatan.jsonl", "2026/2025-07-12.jsonl", "saya/2026-07-12.jsonl"]
)
def test_a_file_of_another_name_is_left_alone(crashed, name):
    stranger = crashed / "articles" / name
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"milik saya\n")
    store, run = open_store(crashed)
    store.write([article(4)])
    store.ledger.end_run(run, "ok", {})
    store.close()
    assert stranger.read_bytes() == b"milik saya\n"
    assert verify(crashed).findings == [f"articles/{name}:0: is not the name of a part; wartacrawl leaves it alone"]
    assert rebuild(crashed).findings == [f"articles/{name}:0: is not the name of a part and stays as it is"]
    assert stranger.read_bytes() == b"milik saya\n"


@pytest.mark.parametrize("linked", ["articles", "articles/2026", PART, "articles/undated.jsonl", "rejected.jsonl"])
def test_a_link_is_refused_everywhere_and_its_target_untouched(crashed, tmp_path, linked):
    target = tmp_path / "elsewhere"
    if (crashed / linked).exists():
        (crashed / linked).rename(target)
    else:
        target.write_bytes(b"milik saya\n")
    (crashed / linked).symlink_to(target)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and "output" not in file.parts}
    for use in (Store.open, rebuild):
        with pytest.raises(LedgerError, match="is a link, and wartacrawl writes to no file through a link"):
            use(crashed)
    if linked != "rejected.jsonl":
        assert "is a link" in verify(crashed).findings[0]
    after = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and "output" not in file.parts}
    assert after == before


def test_a_link_to_the_whole_folder_is_fine(crashed, tmp_path):
    (tmp_path / "link").symlink_to(crashed)
    store, _ = open_store(tmp_path / "link")
    store.write([article(4)])
    store.close()
    assert keys(crashed) == [(n, 1) for n in range(1, 5)]


def test_what_is_no_regular_file_is_refused(crashed):
    os.mkfifo(crashed / "articles/2026/2026-07-11.jsonl")
    store = Store.open(crashed)
    store.ledger.begin_run("warta", {})
    with pytest.raises(LedgerError, match="is not a regular file"):
        store.write([article(5, published=NOON - timedelta(days=1))])
    store.close()


# -- a ledger of an older version -------------------------------------------------------------------------------------


def as_format_1(folder):
    """Take from the ledger what formats 2 and 3 have added."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.executescript(
            "DROP INDEX articles_generic; ALTER TABLE articles DROP COLUMN body_layer;"
            "ALTER TABLE articles DROP COLUMN layouts; ALTER TABLE parts DROP COLUMN checksum;"
            "ALTER TABLE parts DROP COLUMN last_length; DROP TABLE generation;"
            "DROP TABLE captures; DROP TABLE listing_pages; DROP TABLE capture_files; PRAGMA user_version = 1;"
        )
    (folder / generation.FILE_NAME).unlink()


def test_a_ledger_of_format_1_is_migrated_in_place(crashed):
    as_format_1(crashed)
    append(crashed, next_line()[:50])
    store, run = open_store(crashed)
    known = store.ledger.part(PART)
    assert (known.lines, known.checksum is not None) == (3, True)
    assert [written.result for written in store.write([article(1), article(4)])] == ["unchanged", "new"]
    store.ledger.end_run(run, "ok", {})
    store.close()
    assert keys(crashed) == [(n, 1) for n in range(1, 5)]
    assert verify(crashed).findings == []
    assert not list(crashed.glob("ledger.sqlite.*Z"))


def test_a_ledger_of_format_1_whose_part_was_edited_after_a_kill_costs_no_line(crashed):
    as_format_1(crashed)
    data = (crashed / PART).read_bytes()
    (crashed / PART).write_bytes(data.replace(b'"Berita 2"', b'"Berita 2 (diralat)"'))
    assert "no longer ends there" in refused(crashed)


def test_a_ledger_of_format_2_gets_the_tables_of_captures(crashed):
    with closing(sqlite3.connect(crashed / FILE_NAME)) as connection:
        connection.executescript(
            "DROP TABLE captures; DROP TABLE listing_pages; DROP TABLE capture_files; PRAGMA user_version = 2;"
        )
    with closing(Ledger(crashed / FILE_NAME, read_only=True)) as ledger:
        assert ledger.captured_articles(["wayback"]) == []
    store, run = open_store(crashed)
    store.ledger.begin_listing("wayback", ["first"])
    assert store.ledger.unread_pages("wayback") == ["first"]
    assert [written.result for written in store.write([article(1), article(4)])] == ["unchanged", "new"]
    store.ledger.end_run(run, "ok", {})
    store.close()
    assert verify(crashed).findings == []


def test_a_ledger_of_format_1_can_be_read_without_being_changed(crashed):
    as_format_1(crashed)
    before = (crashed / FILE_NAME).read_bytes()
    ledger = Ledger(crashed / FILE_NAME, read_only=True)
    assert ledger.article(2).state == "exported"
    assert ledger.part(PART).lines == 3
    ledger.close()
    assert (crashed / FILE_NAME).read_bytes() == before


def test_processes_that_migrate_at_once_do_it_once(crashed):
    as_format_1(crashed)
    code = (
        "import sys; from pathlib import Path; from wartacrawl.storage.store import Store\n"
        "sys.stdin.read(); store = Store.open(Path(sys.argv[1])); print(store.ledger.generation().mark); store.close()"
    )
    children = [python(code, crashed, stdin=subprocess.PIPE) for _ in range(3)]
    for child in children:
        child.stdin.close()
        child.stdin = None
    said = [child.communicate(timeout=60) for child in children]
    assert len({out for out, _ in said}) == 1, said


# -- clocks -----------------------------------------------------------------------------------------------------------


def test_a_crawl_with_the_clock_a_year_ahead_does_not_keep_later_ones_from_looking(folder, caplog):
    year = 365 * 86_400
    store, _ = open_store(folder)
    real = store.ledger.clock
    store.ledger.clock = lambda: real() + year
    ahead = store.ledger.begin_run("warta", {})
    store.ledger.announce([(1, None, "2026-07-12"), (2, None, "2026-07-12")], "rss")
    store.write([article(1)])
    store.ledger.record_failure(2, "it failed")
    store.ledger.record_failure(2, "it failed")
    store.ledger.complete_walk("rss", 2)
    store.ledger.record_day("2026-07-12", clean=True)
    store.ledger.end_run(ahead, "ok", {})
    store.close()

    store = Store.open(folder)
    assert f"The clock was ahead in crawl {ahead}" in caplog.text
    run = store.ledger.begin_run("artikel", {})
    assert store.ledger.claim([1, 2], run, refetch=True) == [1, 2]
    assert store.ledger.walk("rss").finished is None
    assert not store.ledger.is_walked("2026-07-12", NOON.timestamp())
    store.close()
    caplog.clear()
    Store.open(folder).close()
    assert "clock" not in caplog.text


def test_lines_of_a_clock_that_was_ahead_are_looked_at_again_after_a_rebuild(folder):
    store, run = open_store(folder)
    one = article(1)
    one.metadata["date_downloaded"] = "2099-01-01T00:00:00+00:00"
    store.write([one])
    store.ledger.end_run(run, "ok", {})
    store.close()
    rebuild(folder)
    store, run = open_store(folder)
    assert store.ledger.claim([1], run, refetch=True) == [1]
    assert lines(folder)[0]["metadata"]["date_downloaded"].startswith("2099")
    store.close()
