"""Every outcome of the contract, brought about by a real fault: exit code, last log line, stats and report agree."""

import json
import os
import socket

import pytest

from tests.conftest import run
from wartacrawl.portal.server import Portal
from wartacrawl.reporting.outcome import CODES


@pytest.fixture
def portal():
    with Portal(seed=5, articles=14, days=2) as replica:
        yield replica


def newest(portal, number=4):
    return ",".join(story.identifier for story in portal.newsroom.stories[:number])


def reported(output):
    """Return the outcome of the last report."""
    reports = sorted((output.folder / "reports").glob("*.json"))
    return json.loads(reports[-1].read_text(encoding="utf-8"))["outcome"]


def refused(output):
    """Return the outcome of the one crawl that was refused."""
    (report,) = (output.folder / "reports" / "refused").glob("*.json")
    return json.loads(report.read_text(encoding="utf-8"))["outcome"]


def assert_outcome(ended, word, output, *words):
    assert ended.code == CODES[word], ended.log
    assert f"Outcome: {word} (exit code {CODES[word]}): " in ended.last_line
    for text in words:
        assert text in ended.last_line
    assert ended.stats["outcome"] == word
    assert ended.stats["outcome/code"] == CODES[word]
    assert reported(output)["word"] == word


# -- ok -------------------------------------------------------------------------------------------------------------


def test_ok_is_everything_new_and_nothing_new(portal, crawl, output):
    assert_outcome(crawl(portal), "ok", output, "14 articles written")
    assert_outcome(crawl(portal), "ok", output, "nothing new")


def test_ok_says_what_is_gone(portal, crawl, output):
    story = portal.newsroom.stories[0]
    portal.fail(story.identifier, "410")
    assert_outcome(crawl(portal), "ok", output, "13 articles written; 1 article gone for good (404, 410)")


@pytest.mark.parametrize("status", ["404", "410"])
def test_ok_is_a_menu_with_a_section_the_portal_never_had(portal, crawl, output, status):
    bursa = portal.newsroom.section("bursa")
    portal.fail(f"^{bursa.path}", status)
    for told in ("14 articles written", "nothing new"):
        ended = crawl(portal, settings={"RECONCILE_HOURS": 0})
        assert_outcome(ended, "ok", output, f"{told}; 1 dead link in the menu (404, 410)")
        assert f"The menu names {portal.url}{bursa.path}, and the portal has no such page" in ended.log
    report = max((output.folder / "reports").glob("*.json"))
    assert json.loads(report.read_text(encoding="utf-8"))["lists"]["dead"] == ["section:bursa"]
    assert "Dead links of the menu (404, 410): section:bursa." in report.with_suffix(".html").read_text("utf-8")
    settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder}
    assert "Dead links of the menu (404, 410): bursa\n" in run("coverage", settings=settings).out
    assert json.loads(run("coverage", "--json", settings=settings).out)["dead_sections"] == ["bursa"]
    listed = run("list-sections", settings=settings)
    assert listed.log == f"bursa was a dead link (404, 410) in the last crawl: {portal.url}{bursa.path}\n"
    assert listed.code == 0
    # A dead link costs one request a day: the sections count as walked to their end.
    portal.clear()
    assert crawl(portal).code == 0
    assert not [hit for hit in portal.hits if hit.path == bursa.path]


# -- crashed --------------------------------------------------------------------------------------------------------


def test_crashed_is_a_fault_nobody_expected(portal, output, tmp_path):
    faulty = "class Faulty:\n    def process_item(self, item):\n        raise RuntimeError('boom')\n"
    (tmp_path / "faulty_pipeline.py").write_text(faulty, encoding="utf-8")
    settings = {
        "WARTA_URL": portal.url,
        "OUTPUT_DIR": output.folder,
        "DOWNLOAD_DELAY": 0,
        "ITEM_PIPELINES": json.dumps({"faulty_pipeline.Faulty": 50}),
    }
    given = f"urls={newest(portal)}"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    ended = run("crawl", "artikel", "-a", given, settings=settings, env={"PYTHONPATH": path})
    assert_outcome(ended, "crashed", output, "traceback is in the log")
    assert "RuntimeError: boom" in ended.log


def test_crashed_is_a_plan_that_breaks_off(portal, output, tmp_path):
    broken = """
from wartacrawl.spiders.warta import WartaSpider

class Broken(WartaSpider):
    name = "broken"

    def plan(self):
        yield [self._ask_rss()]
        raise RuntimeError("boom")
"""
    (tmp_path / "broken_spider.py").write_text(broken, encoding="utf-8")
    settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "SPIDER_MODULES": "broken_spider"}
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    ended = run("crawl", "broken", settings=settings, env={"PYTHONPATH": path})
    assert_outcome(ended, "crashed", output, "1 unhandled fault")
    assert "RuntimeError: boom" in ended.log


def test_crashed_is_a_ledger_that_cannot_be_read(portal, crawl, output):
    output.folder.mkdir(parents=True)
    (output.folder / "ledger.sqlite").write_bytes(b"no database at all" * 100)
    ended = crawl(portal)
    assert ended.code == 1, ended.log
    assert "Outcome: crashed (exit code 1)" in ended.last_line
    assert "ledger.sqlite" in ended.last_line
    assert not portal.hits


# -- usage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spider", "arguments", "settings", "words"),
    [
        ("warta", {"since": "last week"}, {}, "since='last week'"),
        ("warta", {"colour": "red"}, {}, "colour='red'"),
        ("warta", {}, {"WARTA_URL": "wartaekonomi"}, "WARTA_URL='wartaekonomi'"),
        ("warta", {}, {"WARTA_CONTACT": "me"}, "WARTA_CONTACT='me'"),
        ("warta", {}, {"MONITORS_ERRORS": "lots"}, "MONITORS_ERRORS='lots'"),
        ("warta", {}, {"RECHECK_AGES": "young"}, "RECHECK_AGES='young'"),
        ("warta", {}, {"DOWNLOAD_DELAY": "slow"}, "DOWNLOAD_DELAY='slow'"),
        ("warta", {}, {"EXPORT_SECONDS": "-1"}, "EXPORT_SECONDS='-1'"),
        ("warta", {}, {"ROBOTSTXT_OBEY": "maybe"}, "ROBOTSTXT_OBEY='maybe'"),
        ("artikel", {}, {}, "urls=URL,URL"),
        ("detik", {}, {}, "'detik' is not a spider"),
    ],
)
def test_usage_is_told_and_reported_before_the_first_request(portal, crawl, output, spider, arguments, settings, words):
    ended = crawl(portal, spider, settings=settings, **arguments)
    assert ended.code == 2, ended.log
    assert "Outcome: usage (exit code 2): " in ended.last_line
    assert words in ended.last_line
    assert not portal.hits
    told = refused(output)
    assert (told["word"], told["code"]) == ("usage", 2)
    assert ended.last_line.endswith(told["why"])
    # A crawl that never was is neither in the ledger nor among the reports.
    assert [path.name for path in (output.folder / "reports").iterdir()] == ["refused"]
    assert [path.name for path in output.folder.iterdir()] == ["reports"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL='loud' is not a level: allowed are DEBUG, INFO"),
        (
            {"LOG_FILE": "/nowhere/warta.log"},
            "LOG_FILE='/nowhere/warta.log' cannot be written (No such file or directory)",
        ),
    ],
)
def test_usage_is_a_log_that_cannot_be_kept(portal, crawl, output, settings, words):
    ended = crawl(portal, settings=settings)
    assert ended.code == 2, ended.log
    assert words in ended.last_line
    assert refused(output)["word"] == "usage"
    assert words in refused(output)["why"]
    assert "Traceback" not in ended.log
    assert not portal.hits


@pytest.mark.parametrize(("spider", "arguments"), [("../warta", {}), ("warta", {"since": "\udcff"})])
def test_usage_is_told_whatever_was_typed(portal, crawl, output, spider, arguments):
    ended = crawl(portal, spider, **arguments)
    assert ended.code == 2, ended.log
    assert "Outcome: usage (exit code 2): " in ended.last_line
    assert "Traceback" not in ended.log
    (report,) = output.folder.parent.rglob("*-warta.json")
    assert report.parent == output.folder / "reports" / "refused"


def test_usage_leaves_the_articles_and_the_next_crawl_alone(portal, crawl, output):
    assert_outcome(crawl(portal, limit=3), "ok", output, "3 articles written")
    before = {path: path.read_bytes() for path in output.folder.rglob("*.jsonl")}
    assert crawl(portal, limit="lots").code == 2
    assert refused(output)["word"] == "usage"
    assert {path: path.read_bytes() for path in output.folder.rglob("*.jsonl")} == before
    assert_outcome(crawl(portal), "ok", output, "11 articles written")


def test_usage_is_a_section_the_menu_does_not_have(portal, crawl, output):
    assert_outcome(crawl(portal, sections="ekbiz"), "usage", output, "sections='ekbiz'", "kabar-sawit")


# -- unreachable ----------------------------------------------------------------------------------------------------


def test_unreachable_is_a_refused_connection(crawl, output):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert_outcome(crawl(url), "unreachable", output, url, "refused", "WARTA_URL")


def test_unreachable_is_an_unknown_host(crawl, output):
    url = "http://warta.invalid"
    assert_outcome(crawl(url), "unreachable", output, url, "the host cannot be found")


@pytest.mark.parametrize("pattern", ["/", "^/(?!robots)"])
def test_unreachable_is_a_portal_that_answers_5xx(portal, crawl, output, pattern):
    portal.fail(pattern, "502")
    assert_outcome(crawl(portal, settings={"RETRY_TIMES": 1}), "unreachable", output, "no page of")
    assert output.records == []


def test_unreachable_is_a_portal_that_says_nothing(portal, crawl, output):
    portal.fail("/", "hang")
    settings = {"DOWNLOAD_TIMEOUT": 1, "RETRY_TIMES": 1}
    assert_outcome(crawl(portal, settings=settings), "unreachable", output, "no answer in time")


def test_unreachable_is_a_host_without_any_of_the_pages(portal, crawl, output):
    portal.fail("^/(?!robots)", "404")
    assert_outcome(crawl(portal), "unreachable", output, "WARTA_URL")


def test_unreachable_is_an_article_that_breaks_off(portal, crawl, output):
    portal.fail("/read", "reset")
    assert_outcome(crawl(portal, "artikel", urls=newest(portal, 2)), "unreachable", output, "2 failed requests")


# -- blocked --------------------------------------------------------------------------------------------------------


def test_blocked_is_a_robots_txt_that_forbids_everything(crawl, output):
    with Portal(articles=6, robots="User-agent: *\nDisallow: /\n") as portal:
        assert_outcome(crawl(portal), "blocked", output, "robots.txt")
        assert {hit.path for hit in portal.hits} == {"/robots.txt"}


def test_blocked_is_a_robots_txt_that_forbids_all_that_was_asked_for(crawl, output):
    with Portal(articles=6, robots="User-agent: *\nDisallow: /category-283\n") as portal:
        assert_outcome(crawl(portal, sections="bursa"), "blocked", output, "robots.txt", "forbids 1 page")


@pytest.mark.parametrize("status", ["401", "403"])
def test_blocked_is_a_portal_that_refuses(portal, crawl, output, status):
    portal.fail("^/(?!robots)", status)
    assert_outcome(crawl(portal), "blocked", output, "401, 403 or 429")


def test_blocked_is_a_429_beyond_patience(portal, crawl, output):
    portal.fail("^/(?!robots)", "429", retry_after=60)
    ended = crawl(portal, settings={"PATIENCE_SECONDS": 10})
    assert_outcome(ended, "blocked", output, "HTTP 429", "PATIENCE_SECONDS=10")


def test_blocked_keeps_what_came_before(portal, crawl, output):
    portal.fail(portal.newsroom.stories[7].identifier, "429", retry_after=600)
    assert_outcome(crawl(portal, settings={"CONCURRENT_REQUESTS": 1}), "blocked", output, "HTTP 429")
    before = output.ids
    assert before
    portal.heal()
    assert crawl(portal).code == 0
    assert set(before) < set(output.ids)
    assert len(output.ids) == len(set(output.ids)) == 14


# -- drift ----------------------------------------------------------------------------------------------------------


def test_drift_is_lists_without_articles(portal, crawl, output):
    portal.fail("^/(?!robots|read)", "empty_list")
    assert_outcome(crawl(portal), "drift", output, "scrapy doctor")


def test_drift_is_articles_without_headline_and_text(portal, crawl, output):
    portal.fail("/read", "body", body=b"<!doctype html><title></title><div id=app></div>")
    assert_outcome(crawl(portal), "drift", output, "RENDER_ENABLED")
    assert output.records == []
    # It was our reading that failed: mended, it has them all.
    portal.heal()
    assert_outcome(crawl(portal), "ok", output)
    assert len(output.ids) == 14


# -- partial --------------------------------------------------------------------------------------------------------


def test_partial_is_an_article_that_could_not_be_had_and_is_had_later(portal, crawl, output):
    lost = portal.newsroom.stories[3].identifier
    portal.fail(lost, "500")
    assert_outcome(crawl(portal), "partial", output, "13 articles written; 1 article could not be fetched")
    assert lost not in output.ids
    assert len(output.ids) == 13


def test_partial_is_a_source_that_failed(portal, crawl, output):
    portal.fail("/rss", "500")
    assert_outcome(crawl(portal), "partial", output, "1 list page could not be fetched")
    assert len(output.ids) == 14


def test_partial_is_a_section_that_had_articles_and_is_gone_the_first_time(portal, crawl, output):
    everything = {"RECONCILE_HOURS": 0}
    ekbis = portal.newsroom.section("ekbis").path
    assert portal.newsroom.in_section(portal.newsroom.section("ekbis"))
    assert_outcome(crawl(portal, settings=everything), "ok", output, "14 articles written")
    for _ in range(2):
        portal.fail(f"^{ekbis}", "404")
        ended = crawl(portal, settings=everything)
        assert_outcome(ended, "partial", output, "1 list page could not be fetched")
        assert f"{portal.url}{ekbis} listed articles and is gone" in ended.log
        assert_outcome(crawl(portal, settings=everything), "ok", output, "1 dead link in the menu")
        portal.heal()
        ended = crawl(portal, settings=everything)
        assert_outcome(ended, "ok", output, "nothing new")
        assert "dead link" not in ended.last_line


def test_partial_is_a_section_that_was_asked_for_and_is_not_there(portal, crawl, output):
    portal.fail(f"^{portal.newsroom.section('bursa').path}", "404")
    assert_outcome(crawl(portal, sections="bursa"), "partial", output, "1 list page could not be fetched")


def test_partial_is_a_menu_of_nothing_but_dead_links(portal, crawl, output):
    for section in portal.newsroom.sections:
        portal.fail(f"^{section.path}", "404")
    ended = crawl(portal, via="sections")
    assert_outcome(ended, "partial", output, f"{len(portal.newsroom.sections)} list pages could not be fetched")


def test_partial_says_that_robots_txt_forbids_a_source(crawl, output):
    with Portal(seed=5, articles=14, days=2, robots="User-agent: *\nDisallow: /indeks\n") as portal:
        assert_outcome(crawl(portal), "partial", output, "list pages could not be fetched (forbidden by robots.txt)")
        assert len(output.ids) == 14
