"""`scrapy crawl arsip` counts what web archives have of articles, and knows what of it is missing."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archives.captures import Capture, captures_of
from tests.archives.commoncrawl import CommonCrawl
from tests.articles import NOON, article
from tests.conftest import run
from tests.driver import drive
from wartacrawl.archives.captures import KeyRange, key_ranges, surt
from wartacrawl.archives.commoncrawl import ClusterSearch
from wartacrawl.config import ConfigError
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.site.urls import ORIGIN
from wartacrawl.spiders.arguments import Arguments
from wartacrawl.spiders.arsip import ArsipSpider
from wartacrawl.storage.store import Store

pytestmark = pytest.mark.xdist_group("archives")

# Nobody answers here: the portal is not to be asked.
NOWHERE = SimpleNamespace(url="http://127.0.0.1:9")
TAKEN = datetime(2026, 7, 13, 1, tzinfo=UTC)
NEW, OLD = "CC-MAIN-2026-30", "CC-MAIN-2025-08"


@pytest.fixture(scope="module")
def newsroom():
    return Newsroom(81, 24, 2, datetime(2026, 7, 12, 4, tzinfo=UTC))


@pytest.fixture(scope="module")
def archive(newsroom, tmp_path_factory):
    found = list(captures_of(newsroom, TAKEN, whole=False))
    with CommonCrawl(tmp_path_factory.mktemp("commoncrawl")) as archive:
        archive.add(
            NEW,
            [
                *found,
                Capture(f"{ORIGIN}/read1/hilang", TAKEN, b"<h1>404</h1>", status=404),
                Capture(f"{ORIGIN}/category-283/bursa", TAKEN, b"<h1>Bursa</h1>"),
                Capture("https://foto.wartaekonomi.co.id/read7/x", TAKEN, b"<h1>x</h1>"),
                Capture(f"{ORIGIN}/read2/gambar", TAKEN, b"GIF89a", content_type="image/gif"),
            ],
        )
        archive.add(OLD, [*found[:5], Capture(f"{ORIGIN}/read9/lama.html", TAKEN - timedelta(days=400), b"<h1>9</h1>")])
        archive.captures = len(found)
        yield archive


@pytest.fixture(autouse=True)
def _calm(archive):
    archive.data.heal()
    archive.index.heal()
    archive.data.clear()
    archive.index.clear()


def count(archive, folder, **arguments):
    return drive(ArsipSpider, NOWHERE, folder, archive.settings, count=1, **arguments)


def numbers(driven):
    found = {name.rpartition("/")[2]: value for name, value in driven.stats.items() if "/count/" in name}
    return found["captures"], found["articles"], found["known"], found["missing"]


def test_what_an_archive_has_is_counted(archive, newsroom, tmp_path):
    driven = count(archive, tmp_path, crawls=NEW)
    articles = len(newsroom.stories)
    assert numbers(driven) == (archive.captures, articles, 0, articles)
    assert driven.outcome.word == "ok"
    assert f"{articles:,} missing" in driven.outcome.why
    # Nothing else than the index was asked for, by ranges of bytes.
    assert all("/cc-index/" in hit.target and hit.status == 206 for hit in archive.data.hits)


def test_a_crawl_is_listed_once(archive, tmp_path):
    first = count(archive, tmp_path, crawls=NEW)
    archive.data.clear()
    archive.index.clear()
    assert numbers(count(archive, tmp_path, crawls=NEW)) == numbers(first)
    assert archive.data.hits == archive.index.hits == []
    # A crawl that was not there yet is looked for.
    assert count(archive, tmp_path, crawls="CC-MAIN-2026-34").outcome.word == "usage"
    assert len(archive.index.hits) == 1


def test_articles_of_several_crawls_are_counted_once(archive, newsroom, tmp_path):
    driven = count(archive, tmp_path)
    assert numbers(driven) == (archive.captures + 6, len(newsroom.stories) + 1, 0, len(newsroom.stories) + 1)


def test_what_has_a_line_is_known(archive, newsroom, tmp_path):
    store = Store.open(tmp_path)
    run_number = store.ledger.begin_run("warta", {})
    store.write([article(int(story.identifier)) for story in newsroom.stories[:10]])
    store.ledger.end_run(run_number, "ok", {})
    store.close()
    assert numbers(count(archive, tmp_path, crawls=NEW))[2:] == (10, len(newsroom.stories) - 10)


def test_captures_are_no_announcements(archive, tmp_path):
    count(archive, tmp_path)
    store = Store.open(tmp_path)
    assert store.ledger.count_pending() == store.ledger.highest() == 0
    assert store.ledger.query("SELECT * FROM announcements") == []
    store.close()


def test_a_page_of_the_index_that_fails_is_asked_for_again(archive, tmp_path):
    archive.data.fail("cdx-00001", "garbled", times=1)
    archive.data.fail("cdx-00001", "503", times=1)
    driven = count(archive, tmp_path, crawls=NEW)
    assert driven.outcome.word == "partial"
    assert "could not be fetched" in driven.outcome.why
    again = count(archive, tmp_path, crawls=NEW)
    assert numbers(again)[0] == archive.captures
    assert again.outcome.word == "ok"


@pytest.mark.parametrize("kind", ["garbled", "whole", "shifted", "short", "404", "body"])
def test_an_index_that_is_none_is_one_sentence(archive, tmp_path, kind, caplog):
    archive.data.fail(f"{OLD}.*cluster.idx", kind, **({"body": b"<html>Maintenance"} if kind == "body" else {}))
    driven = count(archive, tmp_path)
    assert numbers(driven)[0] == archive.captures
    assert driven.outcome.word == "partial"
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert f"{archive.data.url}/cc-index/collections/{OLD}/indexes/cluster.idx" in warnings[0]


def test_an_address_that_lists_no_crawls_is_unreachable_or_partial(archive, tmp_path):
    archive.index.fail("collinfo", "body", body=b"<h1>Selamat datang</h1>")
    driven = count(archive, tmp_path)
    assert driven.outcome.word == "partial"
    archive.index.fail("collinfo", "404")


def test_an_unknown_crawl_is_refused_with_those_that_exist(archive, tmp_path):
    driven = count(archive, tmp_path, crawls="CC-MAIN-2019-04")
    assert driven.outcome.word == "usage"
    assert "'CC-MAIN-2019-04'" in driven.outcome.why
    assert f"{NEW}, {OLD}" in driven.outcome.why


def test_days_are_those_of_the_articles_and_not_of_the_captures(archive, newsroom, tmp_path):
    days = sorted({story.day for story in newsroom.stories})
    ids = sorted(int(story.identifier) for story in newsroom.stories)
    store = Store.open(tmp_path)
    run_number = store.ledger.begin_run("warta", {})
    store.write([article(identifier, published=NOON) for identifier in ids[5:8]])
    store.ledger.end_run(run_number, "ok", {})
    store.close()
    # Captured after `until`, published before it or nobody knows when: counted.
    assert numbers(count(archive, tmp_path, until=days[-1].isoformat(), crawls=NEW))[1] == len(newsroom.stories)
    # Nothing can have been published after it was captured.
    assert numbers(count(archive, tmp_path, since=(TAKEN + timedelta(days=2)).date(), crawls=NEW))[1] == 0
    # Numbers rise: what lies above articles of a later day is later, too. Of those below nothing is known.
    assert numbers(count(archive, tmp_path, until=(NOON - timedelta(days=890)).date(), crawls=NEW))[1] == 5
    assert numbers(count(archive, tmp_path, since=NOON.date(), until=NOON.date(), crawls=NEW))[2] == 3


def test_the_command_counts_and_leaves_a_report(archive, newsroom, tmp_path):
    ended = run(
        "crawl", "arsip", "-a", "count=1", "-a", f"crawls={NEW}",
        settings={"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, **archive.settings},
    )  # fmt: skip
    assert ended.code == 0, ended.log
    assert f"{len(newsroom.stories):,} missing" in ended.last_line
    assert list((tmp_path / "reports").glob("*arsip*"))


# -- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("source", "waybak", "did you mean 'wayback'?"),
        ("source", "ftp://example.org/cdx", "commoncrawl, wayback and the address of a CDX server"),
        ("source", "", "commoncrawl"),
        ("source", "https://arsip.example/cdx?url=x", "the address of a CDX server"),
        ("crawls", "CC-2024", "CC-MAIN-2024-10"),
        ("crawls", "latest:0", "latest:12"),
        ("crawls", "", "all"),
        ("count", "perhaps", "count=1"),
    ],
)
def test_a_bad_argument_is_refused_in_one_sentence(name, value, allowed):
    with pytest.raises(ConfigError) as caught:
        Arguments.parse({name: value}, ArsipSpider.allowed_arguments)
    assert allowed in str(caught.value)
    assert f"{name}=" in str(caught.value)


def test_arguments_of_archives_are_read():
    given = {
        "source": "WAYBACK, commoncrawl,https://Arsip.example/Kita/cdx/",
        "crawls": "cc-main-2024-10,CC-MAIN-2024-18",
    }
    arguments = Arguments.parse(given, ArsipSpider.allowed_arguments)
    assert arguments.archives == ("wayback", "commoncrawl", "https://arsip.example/Kita/cdx")
    assert arguments.crawls == "CC-MAIN-2024-10,CC-MAIN-2024-18"
    assert Arguments.parse({"crawls": "Latest:3"}, ArsipSpider.allowed_arguments).crawls == "latest:3"
    with pytest.raises(ConfigError, match="source=commoncrawl alone"):
        Arguments.parse({"source": "wayback", "crawls": "all"}, ArsipSpider.allowed_arguments)


# -- the search in cluster.idx ----------------------------------------------------------------------------------------


@given(
    keys=st.lists(st.text("abcde)", min_size=1, max_size=6), min_size=1, max_size=60).map(sorted),
    times=st.integers(1, 9),
    low=st.text("abcde", min_size=1, max_size=4),
    width=st.integers(1, 3),
    pad=st.sampled_from([1, 40, 900]),
)
def test_every_block_that_may_hold_a_key_is_found(keys, times, low, width, pad):
    keys = [key for key in keys for _ in range(times)]
    table = "".join(
        f"{key} 20240220000000{'x' * pad}\tcdx-00000.gz\t{number * 9}\t9\t{number + 1}\n"
        for number, key in enumerate(keys)
    ).encode()
    wanted = KeyRange(low.encode(), low.encode() + b"z" * width)
    search = ClusterSearch([wanted])
    looks = 0
    while (asked := search.next_range()) is not None:
        search.take(asked[0], table[asked[0] : asked[1] + 1], len(table))
        looks += 1
        assert looks < 60
    firsts = [f"{key} 20240220000000{'x' * pad}".encode() for key in keys]
    ends = [*firsts[1:], b"\xff"]
    expected = [
        number * 9
        for number, (first, end) in enumerate(zip(firsts, ends, strict=True))
        if first < wanted.high and end >= wanted.low
    ]
    assert [block.offset for block in search.blocks] == expected


def test_a_large_table_takes_few_looks():
    rows = [
        f"id,co,situs{number:06})/ 20240220000000\tcdx-00001.gz\t{number}\t1\t{number}\n" for number in range(200_000)
    ]
    table = "".join(rows).encode()
    search = ClusterSearch([KeyRange(b"id,co,situs123456)/read1", b"id,co,situs123456)/read:")])
    looks = total = 0
    while (asked := search.next_range()) is not None:
        data = table[asked[0] : asked[1] + 1]
        search.take(asked[0], data, len(table))
        looks, total = looks + 1, total + len(data)
    assert [block.offset for block in search.blocks] == [123456]
    assert looks <= 11
    assert total < len(table) / 50


def test_the_keys_of_articles_are_those_of_both_hosts_and_the_mirror():
    assert surt("m.wartaekonomi.co.id/berita1") == "id,co,wartaekonomi,m)/berita1"
    lows = {each.low for each in key_ranges("http://127.0.0.1:8000")}
    assert {b"id,co,wartaekonomi)/read1", b"id,co,wartaekonomi,m)/berita1", b"1,0,0,127:8000)/read1"} <= lows
    ranges = key_ranges(ORIGIN)
    assert len(ranges) == 4
    assert any(each.low <= b"id,co,wartaekonomi)/read99/x?page=all" < each.high for each in ranges)
    assert not any(each.low <= b"id,co,wartaekonomi)/redaksi" < each.high for each in ranges)
