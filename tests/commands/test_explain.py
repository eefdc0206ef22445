"""`scrapy explain`: what a person sees of one article, from a saved page and from a live portal."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import run
from wartacrawl.items import FIELD_NAMES
from wartacrawl.portal import Portal

CASES = Path(__file__).parents[1] / "pages"


def row(out: str, field: str) -> str:
    """Return the lines of a field's row."""
    lines = out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().startswith(f"{field} "))
    end = next(number for number in range(start, len(lines)) if set(lines[number].strip()) <= {"─", " "})
    return "\n".join(lines[start:end])


def test_a_saved_page_is_shown_field_by_field_with_its_layers():
    shown = run("explain", str(CASES / "current" / "date-layers-disagree" / "page.html"))
    assert shown.code == 0, shown.log
    assert "json_ld" in row(shown.out, "date_published")
    assert "layout: " in row(shown.out, "date_published")
    assert "layout: current" in shown.out
    assert "! date_published: json_ld says" in shown.out


def test_an_article_of_several_pages_is_put_together():
    shown = run("explain", "--json", str(CASES / "current" / "multi-page-three"))
    found = json.loads(shown.out)
    expected = json.loads((CASES / "current" / "multi-page-three" / "expected.json").read_text(encoding="utf-8"))
    assert {name: found["article"][name] for name in expected} == expected
    assert list(found["article"]) == list(FIELD_NAMES)
    assert {offer["layer"] for offer in found["offers"]["headline"]} == {"layout", "meta", "generic"}


def test_a_lone_file_says_itself_which_article_it_is(tmp_path):
    page = tmp_path / "saved.html"
    page.write_bytes((CASES / "current" / "jsonld-top" / "page.html").read_bytes())
    found = json.loads(run("explain", "--json", str(page)).out)
    assert found["article"]["identifier"] == "560228"


def test_a_live_article_is_fetched_as_a_crawl_would_fetch_it():
    with Portal(seed=4, articles=30) as portal:
        story = max(portal.newsroom.stories, key=lambda one: one.pages)
        settings = {"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0}
        by_id = run("explain", "--json", str(story.id), settings=settings)
        by_url = run("explain", "--json", f"{portal.url}{story.path}", settings=settings)
    for shown in (by_id, by_url):
        assert shown.code == 0, shown.log
        assert json.loads(shown.out)["article"]["headline"] == story.headline


@pytest.mark.parametrize("arguments", [(), ("ekbis",), ("https://example.org/read1/x",), ("1", "2")])
def test_what_is_no_article_is_refused_in_a_sentence(arguments):
    refused = run("explain", *arguments)
    assert refused.code == 2
    assert "explain" in refused.log + refused.out or "neither a file nor an article" in refused.log + refused.out


def test_a_page_that_names_no_article_is_refused_in_a_sentence(tmp_path):
    page = tmp_path / "saved.html"
    page.write_text("<p>Kosong</p>", encoding="utf-8")
    refused = run("explain", str(page))
    assert refused.code == 2
    assert "is no article" in refused.log
    assert "Traceback" not in refused.log


def test_an_article_that_is_gone_is_told():
    with Portal(seed=4, articles=3) as portal:
        gone = run("explain", "1", settings={"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0})
    assert gone.code == 3
    assert "could not be fetched (HTTP 404)" in gone.log


@pytest.mark.parametrize("path", ["/dev/zero", "/proc/self/mem", "pipe", "large.html"])
def test_what_is_not_a_page_is_said_and_not_read(tmp_path, path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.html").open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    refused = run("explain", str(tmp_path / path), timeout=30)
    assert refused.code == 2
    assert len(refused.log.strip().splitlines()) == 1
    assert "cannot be read (" in refused.log
    assert refused.log.strip().endswith("give a saved page.")


def test_what_is_left_out_of_the_text_is_shown_with_its_reason():
    page = str(CASES / "current" / "promo-forms")
    shown = run("explain", page)
    assert "Left out of the text" in shown.out
    assert "Jadikan Warta Ekonomi sumber pilihan Anda di Google." in shown.out
    dropped = json.loads(run("explain", "--json", page).out)["dropped"]
    assert {"words": "Warta Ekonomi di Google News: klik Ikuti.", "reason": "promo"} in dropped


def test_a_page_that_does_not_prove_to_be_the_article_is_shown_with_the_reason():
    with Portal(seed=4, articles=3) as portal:
        story = portal.newsroom.stories[0]
        portal.fail("/read", "body", body=b"<title>Masuk</title><h1>Masuk</h1><p>Silakan masuk.</p>")
        shown = run("explain", story.identifier, settings={"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0})
    assert shown.code == 6, shown.log
    assert "nothing on the page says that it is this article" in shown.log
    assert "Masuk" in shown.out
