"""Monitors on the replica: a changed layout ends the crawl, early where it can; what is good is kept."""

import dataclasses
import json
import subprocess

from tests.conftest import ROOT
from tests.conftest import run as run_scrapy
from wartacrawl.portal.server import Portal


class Redesigned(Portal):
    """The replica after a change of its templates: words of its pages are replaced."""

    words: dict[bytes, bytes] = {}  # noqa: RUF012 - set anew by each test

    def _ready(self, response):
        body = response.body
        for old, new in self.words.items():
            body = body.replace(old, new)
        return super()._ready(dataclasses.replace(response, body=body))

    def change(self, words):
        self.words = words
        self._cache.clear()


def report_of(output):
    return json.loads(max((output.folder / "reports").glob("*.json")).read_text())


# The page after this has nothing that our layouts know of a body.
NEW_CLASSES = {b"articlePostContent": b"kontenBaru", b'"articleBody"': b'"isi"', b"articlePost": b"berita"}


def test_a_template_without_headlines_ends_the_crawl_early_and_keeps_what_was_good(crawl, output):
    with Redesigned(articles=120, days=2) as portal:
        portal.change({b"headline": b"judul", b"og:title": b"og:judul", b"h1>": b"div>", b"title>": b"judul>"})
        ended = crawl(portal)
        asked = {hit.path.split("/")[1] for hit in portal.hits if hit.path.startswith("/read")}
    assert ended.code == 5, ended.log
    assert "Ending early" in ended.log
    assert "were rejected" in ended.last_line
    assert len(asked) < 60
    assert ended.stats["finish_reason"] == "drift"
    assert (output.folder / "rejected.jsonl").exists()


def test_texts_from_the_generic_layer_alone_end_the_crawl_early(crawl, output):
    with Redesigned(articles=120, days=2) as portal:
        portal.change(NEW_CLASSES)
        ended = crawl(portal)
    assert ended.code == 5, ended.log
    assert "generic layer" in ended.last_line
    assert 20 <= len(output.ids) < 100, "what came is kept, and the rest is not asked for"
    assert report_of(output)["outcome"]["word"] == "drift"


def test_a_user_may_accept_the_generic_layer(crawl, output):
    with Redesigned(articles=30, days=2) as portal:
        portal.change(NEW_CLASSES)
        ended = crawl(portal, settings={"MONITORS_FALLBACK_SHARE": 1})
    assert ended.code == 0, ended.log
    assert len(output.ids) == 30


def test_articles_of_a_drift_are_read_again_by_the_command_the_manual_gives(crawl, output):
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (search,) = [line.strip() for line in manual.splitlines() if line.strip().endswith("> generic.txt")]
    with Redesigned(articles=15, days=2) as portal:
        portal.change({**NEW_CLASSES, b" yang ": b" yg "})  # what a guess makes of the text
        never = {"RECHECK_AGES": ""}
        assert crawl(portal, settings=never).code == 5
        generic = [one for one in output.records if one["metadata"]["field_sources"].get("article_body") == "generic"]
        assert len(generic) > 5
        portal.change({})  # mended: the layout fits again
        assert crawl(portal, settings=never).last_line.endswith("nothing new")
        portal.clear()
        here = output.folder.parent
        subprocess.run(["sh", "-c", search], cwd=here, check=True)
        found = (here / "generic.txt").read_text(encoding="utf-8").split()
        assert found == sorted(one["identifier"] for one in generic)
        assert crawl(portal, "artikel", file=here / "generic.txt").code == 0
        asked = [hit for hit in portal.hits if hit.path.startswith("/read")]
        assert len(asked) == len(found)
        assert not any("if-none-match" in hit.headers for hit in asked)
        latest = {one["identifier"]: one for one in sorted(output.records, key=lambda one: one["version"])}
        assert {latest[identifier]["version"] for identifier in found} >= {2}
        for identifier in found:
            assert latest[identifier]["article_body"] == portal.newsroom[identifier].body


def test_drift_too_small_for_an_early_end_is_found_at_the_end(crawl, output):
    with Redesigned(articles=15, days=2) as portal:
        portal.change(NEW_CLASSES)
        ended = crawl(portal)
    assert ended.code == 5, ended.log
    assert len(output.ids) == 15
    assert "run `scrapy doctor`" in ended.last_line


def test_a_field_that_vanishes_is_seen_against_the_earlier_crawls(crawl, output):
    with Redesigned(articles=55, days=2) as portal:
        assert crawl(portal).code == 0
        portal.change({b"description": b"penjelasan"})
        portal.publish(15)
        ended = crawl(portal)
    assert "description fell from 100% of the articles in earlier crawls to 0%" in ended.log
    assert ended.code == 5
    found = {one["name"]: one["passed"] for one in report_of(output)["monitors"]}
    assert not found["CoverageDrop"]
    assert found["Rejected"]


def test_monitors_warn_of_no_deprecation(output):
    with Portal(articles=5, days=1) as portal:
        settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0}
        ended = run_scrapy("crawl", "warta", settings=settings, env={"PYTHONWARNINGS": "error::DeprecationWarning"})
    assert ended.code == 0, ended.log
    assert "Deprecat" not in ended.log
