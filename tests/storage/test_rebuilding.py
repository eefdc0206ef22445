import os
import sqlite3

import pytest

from tests.articles import NOON, article, articles, body, keys, open_store
from tests.storage.test_verification import scrapy
from wartacrawl import items
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.rebuild import rebuild
from wartacrawl.storage.store import Store
from wartacrawl.storage.verify import verify

PART = "articles/2026/2026-07-12.jsonl"
REMEMBERED = (
    "SELECT identifier, slug, day, state, version, signature, part, offset, length, published, next_check"
    " FROM articles ORDER BY identifier"
)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "output"
    store, run = open_store(folder)
    for one in (*articles(range(1, 11), days=2), article(12, published=None)):
        ref = int(one.identifier)
        store.ledger.announce([(ref, f"berita-{ref}", None)], "section:kabar-sawit")
    store.write(articles(range(1, 11), days=2))
    store.write([article(2, headline="Diralat"), article(12, published=None)])
    store.ledger.announce([(99, "tanpa-judul", "2026-07-12")], "section:kabar-sawit")
    store.reject({"reasons": ["the page has no headline"], "job": None, **article(99, headline=None).record()})
    store.ledger.end_run(run, "ok", {})
    store.close()
    return folder


def remembered(folder):
    ledger = Ledger(folder / FILE_NAME)
    rows = ledger.query(REMEMBERED), ledger.query("SELECT * FROM parts"), ledger.query("SELECT * FROM bands")
    ledger.close()
    return rows


def test_the_rebuilt_ledger_knows_of_the_lines_what_the_lost_one_knew(folder):
    before = remembered(folder)
    (folder / FILE_NAME).unlink()
    report = rebuild(folder)
    assert (report.kept, report.findings, report.lines, report.parts) == (None, [], 12, 3)
    (articles, parts, bands), (old_articles, old_parts, old_bands) = remembered(folder), before
    unslugged = [row if row[3] != "rejected" else (row[0], None, *row[2:]) for row in old_articles]
    assert articles == unslugged
    assert parts == old_parts
    assert set(bands) <= set(old_bands)
    assert verify(folder).findings == []


def test_nothing_is_written_again_after_a_rebuild(folder):
    (folder / FILE_NAME).unlink()
    rebuild(folder)
    before = keys(folder)
    store, _ = open_store(folder)
    assert {one.result for one in store.write(articles([n for n in range(1, 11) if n != 2], days=2))} == {"unchanged"}
    assert store.write([article(2, headline="Diralat")])[0].result == "unchanged"
    assert store.write([article(2, headline="Diralat Lagi")])[0].version == 3
    store.close()
    assert keys(folder) == sorted([*before, (2, 3)])


def test_the_old_ledger_is_kept_with_all_that_belongs_to_it(folder):
    open_store(folder)[0].close()
    (folder / f"{FILE_NAME}-wal").write_bytes(b"frames of the old one")
    old = (folder / FILE_NAME).read_bytes()
    report = rebuild(folder)
    assert report.kept.read_bytes() == old
    assert report.kept.with_name(report.kept.name + "-wal").read_bytes() == b"frames of the old one"
    again = rebuild(folder)
    assert again.kept.name != report.kept.name
    Store.open(folder).close()


def test_a_log_left_by_a_deleted_ledger_is_not_played_into_the_new_one(folder):
    store, _ = open_store(folder)
    store.ledger.announce([(4_711, None, None)], "rss")
    log = (folder / f"{FILE_NAME}-wal").read_bytes()
    store.close()
    (folder / FILE_NAME).unlink()
    (folder / f"{FILE_NAME}-wal").write_bytes(log)
    rebuild(folder)
    assert not (folder / f"{FILE_NAME}-wal").exists()
    ledger = Ledger(folder / FILE_NAME)
    assert ledger.query("PRAGMA integrity_check") == [("ok",)]
    assert ledger.article(4_711) is None
    ledger.close()


def test_a_damaged_ledger_is_rebuilt(folder):
    before = remembered(folder)
    (folder / FILE_NAME).write_bytes(b"garbage" * 1_000)
    with pytest.raises(LedgerError, match="scrapy rebuild-ledger"):
        Store.open(folder)
    assert rebuild(folder).kept is not None
    assert remembered(folder)[1] == before[1]


def test_a_torn_tail_is_cut_and_a_line_that_only_lacks_its_end_is_kept(folder):
    with (folder / PART).open("ab") as part:
        part.write(b'{"identifier":"7')
    whole = items.dump(article(13, published=None).record()).rstrip(b"\n")
    with (folder / "articles/undated.jsonl").open("ab") as part:
        part.write(whole)
    assert rebuild(folder).findings == []
    assert (13, 1) in keys(folder)
    assert verify(folder).findings == []


def test_a_damaged_line_stays_is_reported_and_does_not_hide_those_after_it(folder):
    rows = (folder / PART).read_bytes().splitlines(keepends=True)
    (folder / PART).write_bytes(b"".join([rows[0], b"damaged\n", *rows[2:]]))
    report = rebuild(folder)
    assert report.findings == [f"{PART}:2: this line could not be read and stays as it is"]
    store, _ = open_store(folder)
    assert store.read(store.ledger.article(10))["identifier"] == "10"
    assert store.ledger.article(4) is None
    store.close()


def test_articles_of_a_deleted_part_are_fetched_again_after_a_rebuild(folder):
    (folder / PART).unlink()
    with pytest.raises(LedgerError, match="fetches again"):
        Store.open(folder)
    rebuild(folder)
    store, run = open_store(folder)
    store.ledger.announce([(4, None, None), (1, None, None)], "rss")
    assert store.ledger.claim([1, 4], run) == [4]
    store.close()


def test_rejected_articles_stay_given_up(folder):
    rebuild(folder)
    store, run = open_store(folder)
    assert store.ledger.article(99).reason == "rejected: the page has no headline"
    assert store.ledger.claim([99], run) == []
    store.close()


def test_unreadable_rejected_records_are_passed_over(folder):
    with (folder / "rejected.jsonl").open("ab") as file:
        file.write(b'[]\n"x"\n{"identifier":"7"}\n{"identifier":"1e9","reasons":5}\n\xff\n{"torn')
    rebuild(folder)
    assert not (folder / "rejected.jsonl").read_bytes().endswith(b"torn")
    Store.open(folder).close()


def test_young_articles_are_looked_at_again_after_a_rebuild(folder):
    rebuild(folder, recheck_ages=(3_600, 604_800))
    ledger = Ledger(folder / FILE_NAME, clock=lambda: NOON.timestamp() + 604_801)
    assert 4 in {row.identifier for row in ledger.due()}
    ledger.close()


def test_near_duplicates_are_still_recognised_after_a_rebuild(folder):
    rebuild(folder)
    store, _ = open_store(folder)
    (one,) = store.write([article(500, article_body=body(4) + " Tambahan.")])
    assert one.near_duplicate_of == "4"
    store.close()


def test_rebuilding_under_a_running_crawl_is_refused(folder):
    store = Store.open(folder)
    with pytest.raises(LedgerError, match="A crawl is running"):
        rebuild(folder)
    store.close()
    rebuild(folder)


def test_a_rebuild_that_was_killed_is_begun_anew(folder):
    (folder / f"{FILE_NAME}.new").write_bytes(b"half")
    (folder / f"{FILE_NAME}.new-wal").write_bytes(b"half")
    rebuild(folder)
    assert sorted(file.name for file in folder.glob("*.new*")) == []
    assert verify(folder).findings == []


def test_a_folder_that_is_none_is_a_sentence(tmp_path):
    with pytest.raises(LedgerError, match="is no folder"):
        rebuild(tmp_path / "nowhere")


def test_more_lines_than_one_transaction_takes_are_all_taken(folder):
    part = folder / "articles/undated.jsonl"
    with part.open("ab") as file:
        for number in range(10_000, 12_500):
            file.write(items.dump(article(number, published=None, article_body="Sawit.").record()))
    assert rebuild(folder).lines == 2_512
    connection = sqlite3.connect(folder / FILE_NAME)
    assert connection.execute("SELECT count(*) FROM articles WHERE state = 'exported'").fetchone() == (2_511,)
    connection.close()


def test_the_command_says_what_it_did(folder):
    os.unlink(folder / FILE_NAME)  # noqa: PTH108 - as a person would
    ended = scrapy("rebuild-ledger", "-s", f"OUTPUT_DIR={folder}")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "12 lines of 3 parts remembered" in ended.stdout
    nowhere = scrapy("rebuild-ledger", "-s", f"OUTPUT_DIR={folder / 'nowhere'}")
    assert nowhere.returncode == 2
    assert "is not a folder" in nowhere.stderr
