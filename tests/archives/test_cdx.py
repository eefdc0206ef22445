"""The Wayback Machine and other CDX servers: listed page by page, captures fetched as they were taken."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.archives.captures import Capture, captures_of, index, write
from tests.archives.commoncrawl import CommonCrawl
from tests.archives.server import Pywb
from tests.archives.wayback import Wayback
from tests.articles import lines
from tests.conftest import run
from tests.driver import drive
from wartacrawl.archives import cdx
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.spiders.arsip import ArsipSpider
from wartacrawl.storage.verify import verify

pytestmark = pytest.mark.xdist_group("archives")

NOWHERE = SimpleNamespace(url="http://127.0.0.1:9")
TAKEN = datetime(2026, 7, 13, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 12, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def newsroom():
    return Newsroom(81, 12, 2, NOW)


@pytest.fixture(scope="module")
def captures(newsroom):
    found = list(captures_of(newsroom, TAKEN, whole=False))
    later = TAKEN + timedelta(days=40)
    return [
        *found,
        Capture("https://wartaekonomi.co.id/read1/hilang", TAKEN, b"<h1>404</h1>", status=404),
        Capture(found[0].url, later, found[0].body, is_revisit=True),
    ]


@pytest.fixture(scope="module")
def machine(captures, tmp_path_factory):
    with Wayback(tmp_path_factory.mktemp("wayback"), captures) as wayback:
        yield wayback


@pytest.fixture
def wayback(machine):
    machine.heal()
    machine.clear()
    machine._most_lines = 150_000
    machine._excluded = None
    return machine


def arsip(folder, source="wayback", settings=None, **arguments):
    return drive(ArsipSpider, NOWHERE, folder, settings, source=source, **arguments)


def replay(folder):
    ended = run("replay", str(folder / "archive"), settings={"OUTPUT_DIR": folder, "WARTA_URL": NOWHERE.url})
    assert ended.code == 0, ended.log + ended.out
    return lines(folder)


def bodies(newsroom):
    return {story.identifier: story.body for story in newsroom.stories}


def test_what_the_wayback_machine_has_becomes_lines(wayback, newsroom, tmp_path):
    driven = arsip(tmp_path, settings=wayback.settings)
    assert driven.outcome.word == "ok", driven.outcome
    assert driven.stats["article/fetched"] == len(newsroom.stories)
    found = replay(tmp_path)
    assert {line["identifier"]: line["article_body"] for line in found} == bodies(newsroom)
    assert {line["metadata"]["discovered_via"] for line in found} == {"wayback"}
    assert all(line["metadata"]["date_downloaded"] >= "2026-07-13T01:00:00" for line in found)
    assert verify(tmp_path).findings == []
    wayback.clear()
    assert arsip(tmp_path, settings=wayback.settings).outcome.word == "ok"
    assert wayback.hits == []


def test_a_listing_in_many_pages_is_read_to_its_end(wayback, captures, newsroom, tmp_path):
    wayback._most_lines = 2
    driven = arsip(tmp_path, settings=wayback.settings, count=1)
    assert driven.stats["captures/count/articles"] == len(newsroom.stories)
    assert driven.stats["captures/count/captures"] == len(captures) - 1
    assert sum("resumeKey" in hit.target for hit in wayback.hits) > 3


def test_a_listing_that_breaks_off_goes_on_where_it_was(wayback, newsroom, tmp_path):
    wayback._most_lines = 2
    wayback.fail("resumeKey", "500", times=1)
    first = arsip(tmp_path, settings=wayback.settings, count=1)
    assert first.outcome.word == "partial"
    read = {hit.target for hit in wayback.hits if hit.status == 200}
    wayback.clear()
    again = arsip(tmp_path, settings=wayback.settings, count=1)
    assert again.stats["captures/count/articles"] == len(newsroom.stories)
    assert not read & {hit.target for hit in wayback.hits}


@pytest.mark.parametrize(
    "body",
    [b"<html>Selamat datang", b"{}", b"[1, 2]", b"[[]]", b'[["urlkey"],["x"]]', b"\xff\xfe", b'"x"', b"[" * 9_999],
)
def test_an_address_that_is_no_cdx_server_is_one_sentence(wayback, tmp_path, body, caplog):
    wayback.fail("cdx", "body", body=body)
    driven = arsip(tmp_path, source=f"{wayback.url}/cdx", count=1)
    assert driven.outcome.word == "partial"
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings
    assert all("does not answer as a CDX server does" in sentence for sentence in warnings)


def test_an_excluded_site_is_said_and_not_asked_again(wayback, tmp_path, caplog):
    wayback.exclude(".")
    driven = arsip(tmp_path, settings=wayback.settings)
    assert driven.outcome.word == "ok"
    assert "its owner asked for that" in caplog.text
    wayback.clear()
    arsip(tmp_path, settings=wayback.settings)
    assert wayback.hits == []


def test_an_excluded_capture_is_final(wayback, newsroom, tmp_path):
    story = newsroom.stories[3]
    arsip(tmp_path, settings=wayback.settings, count=1)
    wayback.exclude(f"/(read|berita){story.identifier}")
    settings = {"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, **wayback.settings}
    ended = run("crawl", "arsip", "-a", "source=wayback", settings=settings)
    assert ended.code == 6, ended.log
    assert ended.stats["article/fetched"] == len(newsroom.stories) - 1
    wayback.clear()
    assert arsip(tmp_path, settings=wayback.settings).outcome.word == "ok"
    assert wayback.hits == []


def test_a_capture_of_another_moment_is_not_taken(wayback, newsroom, tmp_path, caplog):
    arsip(tmp_path, settings=wayback.settings, count=1)
    gone = wayback.lines.pop(5)
    try:
        driven = arsip(tmp_path, settings=wayback.settings)
    finally:
        wayback.lines.insert(5, gone)
    assert driven.stats["article/fetched"] == len(newsroom.stories) - 1
    assert "Left out" in caplog.text


@pytest.mark.parametrize("status", ["403", "429"])
def test_a_refusal_ends_the_crawl(wayback, tmp_path, status):
    wayback.fail("/cdx/", status, **({"retry_after": 900} if status == "429" else {}))
    settings = {"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, **wayback.settings}
    ended = run("crawl", "arsip", "-a", "source=wayback", settings=settings)
    assert ended.code == 4, ended.log
    assert len(wayback.hits) == 1
    assert f"HTTP {status}" in ended.last_line


def test_several_archives_are_asked_as_one(wayback, captures, newsroom, tmp_path):
    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        archive.add("CC-MAIN-2026-30", captures[:5])
        settings = {**wayback.settings, **archive.settings}
        driven = arsip(tmp_path / "out", source="commoncrawl,wayback", settings=settings)
    assert driven.outcome.word == "ok", driven.outcome
    assert driven.stats["article/fetched"] == len(newsroom.stories)
    found = replay(tmp_path / "out")
    assert {line["identifier"]: line["article_body"] for line in found} == bodies(newsroom)
    assert {line["metadata"]["discovered_via"] for line in found} == {"commoncrawl:CC-MAIN-2026-30", "wayback"}


def test_an_archive_that_fails_leaves_the_others(wayback, newsroom, tmp_path):
    settings = {**wayback.settings, "ARSIP_INDEX_URL": NOWHERE.url, "ARSIP_DATA_URL": NOWHERE.url}
    words = ("crawl", "arsip", "-a", "source=commoncrawl,wayback")
    settings |= {"OUTPUT_DIR": tmp_path, "WARTA_URL": NOWHERE.url, "DOWNLOAD_DELAY": 0, "RETRY_TIMES": 0}
    ended = run(*words, settings=settings)
    assert ended.code == 6, ended.log
    assert ended.stats["article/fetched"] == len(newsroom.stories)


# -- pywb -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pywb(captures, tmp_path_factory):
    home = tmp_path_factory.mktemp("pywb")
    write(home / "records", captures)
    (home / "all.cdxj").write_text("".join(f"{line}\n" for line in index(home / "records")), encoding="utf-8")
    with CommonCrawl(home / "commoncrawl") as archive:
        archive.add("CC-MAIN-2026-30", captures)
        collections = {
            "satu": {"index": str(home / "all.cdxj"), "archive_paths": f"{home / 'records'}/"},
            "blok": archive.collection("CC-MAIN-2026-30"),
        }
        with Pywb(home / "home", collections) as server:
            yield server


@pytest.mark.parametrize("name", ["satu", "blok"])
def test_a_pywb_with_and_without_pages_is_read(pywb, newsroom, tmp_path, name):
    driven = arsip(tmp_path, source=f"{pywb.url}/{name}/cdx")
    assert driven.outcome.word == "ok", driven.outcome
    assert driven.stats["article/fetched"] == len(newsroom.stories)
    found = replay(tmp_path)
    assert {line["identifier"]: line["article_body"] for line in found} == bodies(newsroom)
    host = pywb.url.removeprefix("http://")
    assert {line["metadata"]["discovered_via"] for line in found} == {f"cdx:{host}/{name}"}
    assert any("page=000001" in url for url in driven.asked) == (name == "blok")


def test_the_cdx_server_of_common_crawl_gives_places_in_its_files():
    server = cdx.CdxServer(
        "cdx:x", "https://index.example/CC-MAIN-2024-10-index", data_url="https://data.example", origin=NOWHERE.url
    )
    steps = server.read_page("ask|wartaekonomi.co.id/read|")
    ask = next(steps)
    assert ask.url.startswith("https://index.example/CC-MAIN-2024-10-index?url=wartaekonomi.co.id%2Fread&")
