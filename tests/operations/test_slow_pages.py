"""Pages that take too long to read end no command with a traceback, and none of them for long."""

import json

import pytest

from tests.benchmarks.hostile import SHAPES
from tests.conftest import run
from wartacrawl.portal.server import Portal

SENTENCE = "The page takes longer to read than PAGE_SECONDS allows: set a higher one if it is worth the wait."
SLOW = {"PAGE_SECONDS": 0.2, "DOWNLOAD_DELAY": 0}


@pytest.fixture(scope="module")
def portal():
    with Portal(seed=9, articles=40, days=2) as replica:
        yield replica


@pytest.fixture
def hostile_article(portal):
    portal.fail(r"/read\d+", "body", body=SHAPES["unknown: headings"][1](1_000_000))
    yield portal.newsroom.stories[0].identifier
    portal.heal()


def test_list_sections(portal):
    portal.fail("^/$", "body", body=SHAPES["menu in menus"][1](1_000_000))
    ended = run("list-sections", settings={"WARTA_URL": portal.url, **SLOW})
    portal.heal()
    assert (ended.code, ended.out, ended.log.strip()) == (6, "", SENTENCE)


@pytest.mark.parametrize("command", ["explain", "save-case"])
def test_an_article(portal, hostile_article, command, tmp_path):
    where = ("--save", str(tmp_path)) if command == "save-case" else ()
    ended = run(command, hostile_article, *where, settings={"WARTA_URL": portal.url, **SLOW})
    assert (ended.code, ended.out, ended.log.strip()) == (6, "", SENTENCE)
    assert list(tmp_path.iterdir()) == []


def test_explain_of_a_saved_page(tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(SHAPES["unknown: headings"][1](1_000_000))
    ended = run("explain", str(page), settings=SLOW)
    assert (ended.code, ended.log.strip()) == (6, SENTENCE)


def test_doctor_names_the_page_and_goes_on(portal, hostile_article):  # noqa: ARG001 - it makes the article hostile
    ended = run("doctor", "--json", settings={"WARTA_URL": portal.url, **SLOW, "PAGE_SECONDS": 0.5})
    found = json.loads(ended.out)
    assert ended.code == found["code"] == 6, ended.log
    slow = [check for check in found["checks"] if check["kind"] == "too_slow"]
    assert {check["tried"] for check in slow} == {"article, ?page=all"}
    assert all("longer than PAGE_SECONDS allows" in check["came"] for check in slow)
    assert {check["tried"]: check["mark"] for check in found["checks"]}["RSS"] == "ok"
