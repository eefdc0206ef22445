import json
import os
import sqlite3
from datetime import datetime, timedelta

import pytest

from tests.articles import NOON, article, articles, body, keys, open_store, python
from tests.storage.test_verification import scrapy
from wartacrawl import items
from wartacrawl.language import dates, similarity
from wartacrawl.operations import workers
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.rebuild import rebuild
from wartacrawl.storage.store import Store, next_check
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
    again = store.write(articles([n for n in range(1, 11) if n != 2], days=2))
    assert {written.result for written in again} == {"unchanged"}
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
    with pytest.raises(LedgerError, match="is not a folder"):
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


# -- many lines at a time ---------------------------------------------------------------------------------------------

AGES = (3_600, 604_800)
TABLES = ("articles", "announcements", "bands", "parts", "runs", "walks", "days", "validators")


@pytest.fixture
def large(tmp_path):
    """Return a folder whose parts take several pieces: revisions in other parts, some before their first version."""
    folder = tmp_path / "large"
    parts: dict[str, list[bytes]] = {}

    def put(made):
        made.metadata["content_hash"] = made.signature()
        parts.setdefault(made.part, []).append(items.dump(made.record()))

    for number in range(1, 401):
        text = "\n\n".join(body(number + step * 1_000) for step in range(12))
        first = article(number, article_body=text, published=NOON - timedelta(days=number % 3))
        put(first)
        if number % 5 == 0:
            put(article(number, article_body=text + " Ralat.", version=2, published=first.published))
        if number % 7 == 0:
            put(article(number, headline="Diralat", version=3, published=NOON - timedelta(days=number % 4)))
        if number % 11 == 0:
            put(article(number, version=4, published=None, article_body="Pendek."))
    again = article(5, published=None)
    again.metadata |= {"discovered_via": "rss", "field_sources": {"article_body": "generic"}}
    put(again)
    undated = parts["articles/undated.jsonl"]
    parts["articles/undated.jsonl"] = [*undated[:3], b"damaged\n", *undated[3:], b"damaged, too\n"]
    for path, rows in parts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"".join(rows))
    return folder


def taken_step_by_step(folder, path):
    """Make a ledger of the lines by what a crawl does for each of them."""
    ledger = Ledger(path)
    files = sorted((folder / "articles").rglob("*.jsonl"), key=lambda file: (file.stem == "undated", file.stem))
    for file in files:
        offset = 0
        part = file.relative_to(folder).as_posix()
        rows = file.read_bytes().splitlines(keepends=True)
        for line in rows:
            if line.startswith(b"{"):
                take_one(ledger, json.loads(line), part, offset, len(line))
            offset += len(line)
        ledger.extend_part(part, length=offset, lines=len(rows), last_line=rows[-1])
    ledger.close()


def take_one(ledger, record, part, offset, length):
    identifier = int(record["identifier"])
    known = ledger.article(identifier)
    if known is not None and known.version >= record["version"]:
        return
    published = datetime.fromisoformat(record["date_published"]) if record["date_published"] else None
    day = dates.day(published).isoformat() if published else None
    downloaded = datetime.fromisoformat(record["metadata"]["date_downloaded"]).timestamp()
    ledger.clock = lambda: downloaded
    slug = f"berita-{identifier}"
    ledger.announce([(identifier, slug, day)], record["metadata"]["discovered_via"])
    ledger.record_export(
        identifier,
        slug=slug,
        day=day,
        published=published.timestamp() if published else None,
        version=record["version"],
        signature=record["metadata"]["content_hash"],
        part=part,
        offset=offset,
        length=length,
        next_check=next_check(published, downloaded, AGES),
        body_layer=record["metadata"]["field_sources"].get("article_body"),
    )
    ledger.add_bands(identifier, similarity.bands(record["article_body"]))


def contents(path):
    connection = sqlite3.connect(path)
    try:
        tables = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in TABLES}  # noqa: S608
        schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        pragmas = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "integrity_check")]
        return tables, schema, pragmas
    finally:
        connection.close()


def test_a_rebuilt_ledger_has_row_for_row_what_its_own_steps_make_of_the_lines(large, tmp_path, monkeypatch):
    assert (large / PART).stat().st_size > 4 * 64_000
    monkeypatch.setattr("wartacrawl.storage.lines.PIECE", 64_000)
    report = rebuild(large, recheck_ages=AGES)
    assert [finding.partition(" ")[0] for finding in report.findings] == [
        "articles/undated.jsonl:4:",
        "articles/undated.jsonl:39:",
    ]
    taken_step_by_step(large, tmp_path / "ledger")
    (tables, schema, pragmas), (expected, *form) = contents(large / FILE_NAME), contents(tmp_path / "ledger")
    assert tables == expected
    assert [schema, pragmas] == form
    assert len(tables["articles"]) == 400
    assert len(tables["bands"]) > 400 * 14


def test_processes_make_the_same_ledger_and_the_same_findings(large, monkeypatch):
    monkeypatch.setattr("wartacrawl.storage.lines.PIECE", 64_000)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    alone = rebuild(large, recheck_ages=AGES)
    wrong = verify(large)
    tables, schema, pragmas = contents(large / FILE_NAME)
    together = rebuild(large, recheck_ages=AGES, spread=workers.spread)
    assert (together.lines, together.findings) == (alone.lines, alone.findings)
    assert contents(large / FILE_NAME) == (tables, schema, pragmas)
    report = verify(large, spread=workers.spread)
    assert (report.lines, report.findings) == (wrong.lines, wrong.findings)
    assert {finding.rpartition(" ")[2] for finding in report.findings} >= {"object", "already"}


def test_a_line_longer_than_a_piece_is_read_whole_and_once(large, monkeypatch):
    whole = rebuild(large)
    before = contents(large / FILE_NAME)[0]
    monkeypatch.setattr("wartacrawl.storage.lines.PIECE", 700)
    assert rebuild(large).lines == whole.lines == len(lines_of(large))
    assert contents(large / FILE_NAME)[0] == before
    assert verify(large).lines == whole.lines


def lines_of(folder):
    return [row for file in folder.rglob("*.jsonl") for row in file.read_bytes().splitlines()]


def test_a_rebuild_that_fails_leaves_nothing_beside_the_old_ledger(folder, monkeypatch):
    old = contents(folder / FILE_NAME)

    def full(*_):
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr("wartacrawl.storage.rebuild.sync", full)
    with pytest.raises(LedgerError, match="the old ledger are as they were"):
        rebuild(folder)
    assert not list(folder.glob(f"{FILE_NAME}.*"))
    assert contents(folder / FILE_NAME) == old


KILLED = """
import os, signal, sys
from pathlib import Path
from wartacrawl.storage import building, rebuild
where = rebuild if hasattr(rebuild, sys.argv[2]) else building.Builder
setattr(where, sys.argv[2], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
rebuild.rebuild(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", ["add", "_put_bands", "sync", "_put_in_place"])
def test_a_rebuild_that_is_killed_leaves_the_old_ledger_as_it_was(folder, moment):
    old = contents(folder / FILE_NAME)
    with python(KILLED, folder, moment) as process:
        assert process.wait(60) == -9, process.stderr.read()
    assert contents(folder / FILE_NAME) == old
    Store.open(folder).close()
    assert rebuild(folder).lines == 12
    assert not list(folder.glob("*.new*"))
    assert verify(folder).findings == []
