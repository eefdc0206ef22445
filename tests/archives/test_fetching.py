"""`scrapy crawl arsip` fetches what is missing from Common Crawl, and `scrapy replay` makes lines of it."""

import gzip
import json
import os
import signal
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.archives.captures import Capture, captures_of
from tests.archives.commoncrawl import CommonCrawl
from tests.articles import article, lines
from tests.conftest import ROOT, command, run
from tests.driver import drive
from wartacrawl.config import ConfigError
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.portal.pages import Look, Pages
from wartacrawl.portal.server import Portal
from wartacrawl.spiders.arsip import ArsipSpider
from wartacrawl.spiders.indeks import IndeksSpider
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.store import Store
from wartacrawl.storage.verify import verify

pytestmark = pytest.mark.xdist_group("archives")

NOWHERE = SimpleNamespace(url="http://127.0.0.1:9")
TAKEN = datetime(2026, 7, 13, 1, tzinfo=UTC)
CRAWL = "CC-MAIN-2026-30"
NOW = datetime(2026, 7, 12, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def newsroom():
    return Newsroom(81, 12, 2, NOW)


@pytest.fixture(scope="module")
def captures(newsroom):
    return list(captures_of(newsroom, TAKEN, whole=False))


@pytest.fixture(scope="module")
def archive(captures, tmp_path_factory):
    with CommonCrawl(tmp_path_factory.mktemp("commoncrawl")) as archive:
        archive.add(CRAWL, captures)
        yield archive


@pytest.fixture(autouse=True)
def _calm(archive):
    archive.data.heal()
    archive.data.clear()


def arsip(archive, folder, **arguments):
    return drive(ArsipSpider, NOWHERE, folder, archive.settings, **arguments)


def records(archive):
    """Return what was asked for of records, by file and range."""
    return [(hit.target, hit.headers["Range"]) for hit in archive.data.hits if hit.target.startswith("/crawl-data/")]


def replay(folder, **more):
    ended = run("replay", str(folder / "archive"), settings={"OUTPUT_DIR": folder, "WARTA_URL": NOWHERE.url, **more})
    assert ended.code == 0, ended.log + ended.out
    return ended


def texts(folder):
    return {line["identifier"]: (line["headline"], line["article_body"]) for line in lines(folder)}


def test_what_the_archive_has_becomes_the_same_lines_as_those_of_a_live_crawl(archive, newsroom, captures, tmp_path):
    driven = arsip(archive, tmp_path / "a")
    assert driven.outcome.word == "ok", driven.outcome
    assert f"{len(newsroom.stories)} articles fetched now" in driven.outcome.why
    assert len(records(archive)) == len(set(records(archive))) == len(captures)
    assert not list((tmp_path / "a").glob("articles/**/*.jsonl"))
    replay(tmp_path / "a")
    found = lines(tmp_path / "a")
    taken = {f"{capture.taken:%Y-%m-%dT%H:%M}" for capture in captures}
    assert {line["metadata"]["discovered_via"] for line in found} == {f"commoncrawl:{CRAWL}"}
    assert {line["metadata"]["date_downloaded"][:16] for line in found} <= taken
    with Portal(newsroom=Newsroom(81, 12, 2, NOW), whole=False) as portal:
        days = sorted({story.day for story in newsroom.stories})
        drive(IndeksSpider, portal, tmp_path / "b", since=days[0], until=days[-1])
    assert texts(tmp_path / "a") == texts(tmp_path / "b")
    assert len(texts(tmp_path / "a")) == len(newsroom.stories)
    assert verify(tmp_path / "a").findings == []


def test_nothing_is_fetched_twice(archive, newsroom, tmp_path):
    arsip(archive, tmp_path, limit=5)
    assert len(records(archive)) >= 5
    before = set(records(archive))
    archive.data.clear()
    driven = arsip(archive, tmp_path)
    assert f"{len(newsroom.stories) - 5} articles fetched now" in driven.outcome.why
    assert not before & set(records(archive))
    archive.data.clear()
    assert arsip(archive, tmp_path).outcome.word == "ok"
    replay(tmp_path)
    assert arsip(archive, tmp_path).stats["captures/count/known"] == len(newsroom.stories)
    assert archive.data.hits == []


def test_over_an_existing_crawl_no_page_is_fetched(archive, newsroom, tmp_path):
    store = Store.open(tmp_path)
    number = store.ledger.begin_run("warta", {})
    store.write([article(int(story.identifier)) for story in newsroom.stories])
    store.ledger.end_run(number, "ok", {})
    store.close()
    assert arsip(archive, tmp_path).outcome.word == "ok"
    assert records(archive) == []


def test_a_live_crawl_asks_only_for_what_the_archive_did_not_have(captures, tmp_path):
    room = Newsroom(81, 12, 2, NOW)
    missing = {story.identifier for story in room.stories[:4]}
    with CommonCrawl(tmp_path / "commoncrawl") as less:
        less.add(CRAWL, [each for each in captures if each.url.split("/read")[1].split("/")[0] not in missing])
        arsip(less, tmp_path / "out")
    replay(tmp_path / "out")
    days = sorted({story.day for story in room.stories})
    with Portal(newsroom=room, whole=False) as portal:
        driven = drive(IndeksSpider, portal, tmp_path / "out", {"RECHECK_AGES": []}, since=days[0], until=days[-1])
    asked = {url.split("/read")[1].split("/")[0] for url in driven.asked if "/read" in url}
    assert asked == missing
    assert len(lines(tmp_path / "out")) == len(room.stories)
    assert verify(tmp_path / "out").findings == []


def test_blocks_are_kept_byte_by_byte(archive, tmp_path):
    arsip(archive, tmp_path, limit=6)
    theirs = {}
    for path in archive.folder.glob("crawl-data/**/*.warc.gz"):
        theirs |= {head["WARC-Record-ID"]: (head, block) for head, block in raw_records(path)}
    ours = [pair for path in (tmp_path / "archive").iterdir() for pair in raw_records(path)]
    copies = [(head, block) for head, block in ours if head["WARC-Type"] == "response"]
    assert len(copies) >= 6
    for head, block in copies:
        assert head["Wartacrawl-Via"] == f"commoncrawl:{CRAWL}"
        before = {name: value for name, value in head.items() if name != "Wartacrawl-Via"}
        assert (before, block) == theirs[head["WARC-Record-ID"]]
    (info,) = [block for head, block in ours if head["WARC-Type"] == "warcinfo"]
    assert b"portal" not in info


def raw_records(path):
    """Yield headers and block of each record of a file, one gzip member after the other, as bytes."""
    with gzip.open(path) as stream:
        data = stream.read()
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        length = int(fields["Content-Length"])
        yield fields, rest[:length]
        assert rest[length : length + 4] == b"\r\n\r\n"
        data = rest[length + 4 :]


def test_records_of_the_archive_are_read_by_others(archive, tmp_path):
    arsip(archive, tmp_path, limit=3)
    (path,) = (tmp_path / "archive").iterdir()
    with path.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds.count("response") >= 3


# -- captures that cannot be used -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["garbled", "shifted", "short", "whole", "404"])
def test_a_record_that_is_not_what_the_index_says_is_one_sentence(archive, newsroom, tmp_path, kind, caplog):
    archive.data.fail("crawl-data", kind, times=1)
    driven = arsip(archive, tmp_path)
    assert driven.outcome.word == "partial"
    assert "1 article had no capture that can be used" in driven.outcome.why
    assert driven.stats["article/fetched"] == len(newsroom.stories) - 1
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len([sentence for sentence in warnings if sentence.startswith("Left out")]) == 1
    replay(tmp_path)
    assert len(lines(tmp_path)) == len(newsroom.stories) - 1
    archive.data.clear()
    assert arsip(archive, tmp_path).outcome.word == "ok"
    assert records(archive) == []


def test_a_server_that_fails_is_asked_again_by_the_next_crawl(archive, newsroom, tmp_path):
    archive.data.fail("crawl-data", "500", times=1)
    driven = arsip(archive, tmp_path)
    assert driven.outcome.word == "partial"
    again = arsip(archive, tmp_path)
    assert again.outcome.word == "ok"
    assert driven.stats["article/fetched"] + again.stats["article/fetched"] == len(newsroom.stories)


def test_an_earlier_capture_takes_the_place_of_one_that_is_not_the_article(captures, newsroom, tmp_path):
    later = TAKEN + timedelta(days=30)
    first = next(each for each in captures if "page=" not in each.url)
    soft = Capture(first.url, later, b"<html><title>Halaman tidak ditemukan</title><p>Maaf.</p></html>")
    cut = Capture(first.url, later + timedelta(days=1), first.body[:400], truncated="length")
    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        archive.add(CRAWL, [*captures, soft, cut])
        driven = arsip(archive, tmp_path / "out")
    assert driven.stats["article/fetched"] == len(newsroom.stories)
    assert driven.outcome.word == "ok"
    replay(tmp_path / "out")
    assert len(lines(tmp_path / "out")) == len(newsroom.stories)


def test_the_latest_text_is_the_one_that_is_fetched(captures, tmp_path):
    first = next(each for each in captures if "page=" not in each.url)
    headline = first.body.split(b"<h1")[1].split(b">", 1)[1].split(b"<")[0]
    newer = Capture(first.url, TAKEN + timedelta(days=30), first.body.replace(headline, headline + b" (ralat)"))
    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        archive.add(CRAWL, [first, newer])
        arsip(archive, tmp_path / "out")
        assert len(records(archive)) == 1
    replay(tmp_path / "out")
    (line,) = lines(tmp_path / "out")
    assert line["headline"].endswith("(ralat)")


def test_a_whole_page_is_taken_where_the_latest_capture_is_only_a_part(newsroom, captures, tmp_path):
    story = next(story for story in newsroom.stories if story.pages > 1)
    plain = next(each for each in captures if each.url.endswith(story.path))
    whole = Pages(newsroom, Look()).answer(f"{story.path}?page=all").body
    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        archive.add(CRAWL, [plain, Capture(f"{plain.url}?page=all", TAKEN - timedelta(days=9), whole)])
        driven = arsip(archive, tmp_path / "out")
    assert driven.outcome.word == "ok"
    replay(tmp_path / "out")
    (line,) = lines(tmp_path / "out")
    assert line["article_body"] == story.body


def test_a_killed_listing_goes_on_with_the_page_it_was_at(archive, newsroom, captures, tmp_path):
    settings = {"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, **archive.settings}
    words = command("crawl", "arsip", "-a", "count=1", settings=settings)
    archive.data.delay = 0.05
    try:
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not any("cdx-0" in hit.target for hit in archive.data.hits[:-2]) and time.monotonic() < end:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        archive.data.delay = 0
    driven = arsip(archive, tmp_path, count=1)
    assert driven.stats["captures/count/captures"] == len(captures)
    assert driven.stats["captures/count/articles"] == len(newsroom.stories)
    blocks = [(hit.target, hit.headers["Range"]) for hit in archive.data.hits if "cdx-0" in hit.target]
    assert len(blocks) - len(set(blocks)) <= 1


def test_a_part_of_an_article_is_not_kept(captures, newsroom, tmp_path):
    pages = [each for each in captures if "page=2" not in each.url]
    several = sum(story.pages > 1 for story in newsroom.stories)
    assert several
    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        archive.add(CRAWL, pages)
        driven = arsip(archive, tmp_path / "out")
    assert driven.stats["article/unfit"] == several
    replay(tmp_path / "out")
    assert len(lines(tmp_path / "out")) == len(newsroom.stories) - several


# -- kills ------------------------------------------------------------------------------------------------------------


def test_a_killed_crawl_loses_no_record_and_fetches_none_again(archive, newsroom, tmp_path):
    settings = {"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, **archive.settings}
    archive.data.delay = 0.02
    try:
        for _ in range(2):
            start = len(records(archive))
            process = subprocess.Popen(
                command("crawl", "arsip", settings=settings),
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            end = time.monotonic() + 60
            while len(records(archive)) < start + 4 and process.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    finally:
        archive.data.delay = 0
    ended = run("crawl", "arsip", settings=settings)
    assert ended.code == 0, ended.log
    asked = records(archive)
    # A kill loses what was under way: at most the pages of one article each.
    assert len(asked) - len(set(asked)) <= 2 * max(story.pages for story in newsroom.stories)
    replay(tmp_path)
    assert len(lines(tmp_path)) == len(newsroom.stories)
    assert verify(tmp_path).findings == []


def test_records_that_the_ledger_does_not_know_are_found_in_the_archive(archive, newsroom, tmp_path):
    arsip(archive, tmp_path)
    ended = run("rebuild-ledger", settings={"OUTPUT_DIR": tmp_path})
    assert ended.code == 0, ended.log
    archive.data.clear()
    driven = arsip(archive, tmp_path)
    assert records(archive) == []
    assert driven.stats["captures/count/fetched"] == len(newsroom.stories)
    ledger = Ledger(tmp_path / FILE_NAME, read_only=True)
    assert ledger.count_pending() == 0
    ledger.close()


def test_two_crawls_of_archives_do_not_share_a_folder(archive, tmp_path):
    with closing(Store.open(tmp_path)) as store:
        store.ledger.begin_run("arsip", {})
        with pytest.raises(ConfigError, match="still under way"):
            arsip(archive, tmp_path)
        assert store.ledger.query("SELECT outcome FROM runs ORDER BY id") == [(None,), ("usage",)]


def test_a_limit_lists_no_more_than_it_takes(captures, tmp_path):
    with CommonCrawl(tmp_path / "commoncrawl") as two:
        two.add(CRAWL, captures)
        two.add("CC-MAIN-2025-08", captures)
        driven = arsip(two, tmp_path / "out", limit=3)
        assert not any("CC-MAIN-2025-08" in hit.target for hit in two.data.hits)
    assert driven.stats["article/fetched"] == 3


def test_a_limit_counts_what_is_missing_once_and_then_page_by_page(captures, tmp_path, monkeypatch):
    counted, count = [], Ledger.captured_articles

    def watched(self, sources, among=None):
        counted.append(among)
        return count(self, sources, among)

    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        archive.add(CRAWL, captures)
        arsip(archive, tmp_path / "out", limit=3)
        listed = len({capture.url.split("/read")[1].split("/")[0] for capture in captures})
        archive.add("CC-MAIN-2026-25", captures)
        monkeypatch.setattr(Ledger, "captured_articles", watched)
        driven = arsip(archive, tmp_path / "out", limit=listed, crawls="all")
    assert driven.stats["article/fetched"] == listed - 3
    # While listing, at the end of it for the report, and before fetching; all others look at the articles of a page.
    assert sum(among is None for among in counted) == 3
    assert len(counted) > 3
    assert all(among for among in counted if among is not None)


def test_a_crawl_of_common_crawl_that_ended_before_the_days_is_not_listed(captures, tmp_path):
    with CommonCrawl(tmp_path / "commoncrawl") as old:
        old.add("CC-MAIN-2020-10", captures[:2])
        driven = arsip(old, tmp_path / "out", since="2020-12-01")
        assert old.data.hits == []
    assert driven.stats["captures/count/captures"] == 0


def test_archives_that_do_not_answer_are_unreachable(tmp_path):
    settings = {"OUTPUT_DIR": tmp_path, "DOWNLOAD_DELAY": 0, "RETRY_TIMES": 0, "ARSIP_INDEX_URL": NOWHERE.url}
    ended = run("crawl", "arsip", settings=settings)
    assert ended.code == 3, ended.log
    assert f"no page of {NOWHERE.url}" in ended.last_line
    assert "ARSIP_" in ended.last_line


def test_a_crawl_that_is_refused_is_blocked_at_once(archive, tmp_path):
    archive.data.fail("crawl-data", "403")
    ended = run(
        "crawl", "arsip",
        settings={"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, **archive.settings},
    )  # fmt: skip
    assert ended.code == 4, ended.log
    assert len(records(archive)) == 1
    report = json.loads(next((tmp_path / "reports").glob("*arsip*.json")).read_bytes())
    assert report["outcome"]["word"] == "blocked"
    assert report["numbers"]["archives"]["fetched_now"] == 0
    assert "Web archives" in next((tmp_path / "reports").glob("*arsip*.html")).read_text(encoding="utf-8")


def test_an_archive_that_is_busy_is_waited_for(archive, newsroom, tmp_path):
    archive.data.fail("crawl-data", "503", times=2)
    settings = {"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, "BACKOFF_SECONDS": 0.2}
    settings["SLOWEST_DELAY"] = 0.05
    ended = run("crawl", "arsip", settings={**settings, **archive.settings})
    assert ended.code == 0, ended.log
    assert ended.stats["politeness/pauses"] == 2
    assert ended.stats["article/fetched"] == len(newsroom.stories)
