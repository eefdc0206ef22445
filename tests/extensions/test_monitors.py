"""Monitors: a changed layout is noticed, early where it can be; what is good is kept; nothing cries wolf."""

import dataclasses
import json
import socketserver
import subprocess
import threading
from typing import ClassVar

import pytest
from scrapy.settings import Settings

from tests.conftest import ROOT
from tests.conftest import run as run_scrapy
from wartacrawl.config import ConfigError
from wartacrawl.extensions import monitors
from wartacrawl.extensions.monitors import Case, Figures, Limits
from wartacrawl.portal.server import Portal
from wartacrawl.storage.ledger import Ledger


def figures(articles=100, *, rejected=0, generic=0, without_text=0, **had):
    """Return the figures of a crawl in which each named field was had by so many articles."""
    stats = {
        "item_scraped_count": articles - rejected,
        "item_dropped_count": rejected,
        "validate/rejected": rejected,
        "extract/without_text": without_text,
        "extract/article_body/layout": articles - rejected - generic - without_text,
        "extract/article_body/generic": generic,
    }
    full = {"headline": articles, "date_published": articles, **had}
    return Figures(stats | {f"extract/{name}/json_ld": number for name, number in full.items()})


def judged(monitor, figures, earlier=None, limits=None, **more):
    return monitor.judge(Case(figures, earlier or Figures({}), limits or Limits(), **more))


def test_a_healthy_crawl_passes_every_monitor():
    assert [one for one in monitors.MONITORS if judged(one, figures(description=90), figures(description=95))] == []


def test_a_crawl_that_found_nothing_passes_every_monitor():
    assert [one for one in monitors.MONITORS if judged(one, Figures({}), figures())] == []


def test_a_field_under_its_threshold_is_named_with_its_share():
    (sentence,) = judged(monitors.FieldCoverage, figures(date_published=70))
    assert sentence == "70% of 100 articles had date_published, 90% should"


def test_articles_that_are_rejected_while_scrapy_still_counts_them_are_not_more_than_all():
    stats = {"validate/rejected": 23, "item_dropped_count": 20}
    assert monitors.early_drift(Figures(stats), Limits())[0].startswith("23 of 23 articles were rejected")


def test_video_pages_do_not_lower_the_coverage_of_texts():
    assert judged(monitors.FieldCoverage, figures(without_text=60)) == []


def test_few_articles_say_nothing():
    assert judged(monitors.FieldCoverage, figures(9, date_published=0)) == []
    assert judged(monitors.FallbackShare, figures(9, generic=9)) == []
    assert judged(monitors.Rejected, figures(9, rejected=9)) == []
    assert judged(monitors.CoverageDrop, figures(9), figures(description=100)) == []


def test_a_field_most_articles_used_to_have_must_not_fall():
    (sentence,) = judged(monitors.CoverageDrop, figures(description=20), figures(description=95))
    assert sentence == "description fell from 95% of the articles in earlier crawls to 20%"


def test_a_field_that_depends_on_what_the_news_is_about_may_fall():
    assert judged(monitors.CoverageDrop, figures(), figures(videos=60)) == []


def test_texts_from_the_generic_layer_are_drift():
    assert judged(monitors.FallbackShare, figures(generic=50)) == []
    (sentence,) = judged(monitors.FallbackShare, figures(generic=51))
    assert sentence.startswith("51% of 100 texts came from the generic layer")


def test_lists_without_an_article_are_drift_even_when_rss_has_some():
    stats = {"page/list": 3, "feed/rss/entries": 20}
    assert judged(monitors.Lists, Figures(stats))
    assert not judged(monitors.Lists, Figures({**stats, "list/cards": 1}))
    assert not judged(monitors.Lists, Figures({**stats, "walk/unchanged": 1}))


def test_pagers_that_lead_nowhere_are_drift():
    assert not judged(monitors.Lists, Figures({"page/list": 9, "list/cards": 80, "list/cut_short": 2}))
    (sentence,) = judged(monitors.Lists, Figures({"page/list": 9, "list/cards": 80, "list/cut_short": 3}))
    assert sentence.startswith("the pagers of 3 lists")


def test_failed_articles_errors_and_silence_warn():
    asked = Figures({"article/asked": 10, "article/failed/server": 3, "article/failed/gone": 5, "log_count/ERROR": 11})
    assert judged(monitors.Failed, asked) == ["3 of 10 articles could not be had"]
    assert judged(monitors.Errors, asked) == ["11 errors in the log"]
    assert "49 hours old" in judged(monitors.Items, asked, silence=49.0)[0]
    assert not any(one.is_drift for one in (monitors.Failed, monitors.Errors, monitors.Items, monitors.Outcome))


def test_the_first_articles_must_be_far_worse_than_the_whole_crawl():
    doubtful = figures(20, generic=12, date_published=12)
    assert judged(monitors.FallbackShare, doubtful)
    assert judged(monitors.FieldCoverage, doubtful)
    assert monitors.early_drift(doubtful, Limits()) == []
    assert len(monitors.early_drift(figures(20, generic=20, date_published=2), Limits())) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONITORS_FALLBACK_SHARE", "1.5"),
        ("MONITORS_REJECTED_SHARE", "much"),
        ("MONITORS_EARLY_ARTICLES", "-1"),
        ("MONITORS_ERRORS", "nan"),
        ("MONITORS_FIELD_COVERAGE", '{"headlines": 0.5}'),
        ("MONITORS_FIELD_COVERAGE", '{"headline": 5}'),
        ("MONITORS_FIELD_COVERAGE", "[1]"),
        ("MONITORS_FIELD_COVERAGE", "{"),
    ],
)
def test_a_threshold_that_cannot_be_used_is_refused_in_one_sentence(name, value):
    with pytest.raises(ConfigError) as refused:
        Limits.of(Settings({name: value}))
    assert str(refused.value).startswith(f"{name}={value!r} cannot be used: give ")
    assert "\n" not in str(refused.value)


def test_the_settings_are_the_defaults():
    from wartacrawl import settings

    wired = {name: value for name, value in vars(settings).items() if name.startswith("MONITORS_")}
    actions = {"MONITORS_FAILED_ACTIONS", "MONITORS_PASSED_ACTIONS"}
    assert Limits.of(Settings(wired)) == Limits()
    assert wired.keys() - actions == {f"MONITORS_{one.name.upper()}" for one in dataclasses.fields(Limits)}


def test_crawls_are_compared_with_good_ones_of_the_same_kind(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for outcome, arguments, articles in (
        ("ok", {}, 10),
        ("ok", {"limit": "5", "_job": "a"}, 20),
        ("drift", {}, 40),
        ("ok", {"sections": "ekbis"}, 80),
    ):
        ledger.end_run(ledger.begin_run("warta", arguments), outcome, {"item_scraped_count": articles})
    ledger.end_run(ledger.begin_run("indeks", {}), "ok", {"item_scraped_count": 160})
    ledger.end_run(ledger.begin_run("warta", {}), "usage", {})  # a crawl that was refused is none to compare with
    run = ledger.begin_run("warta", {})
    same = [one for one in monitors.earlier_runs(ledger, "warta", run, 10) if one.kind == {}]
    ledger.close()
    assert [one.number for one in same] == [3, 2, 1]
    assert monitors.pooled(same).extracted == 30


# -- on the replica ---------------------------------------------------------------------------------------------------


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


def test_a_template_without_texts_ends_the_crawl_early_and_keeps_what_was_good(crawl, output):
    with Redesigned(articles=120, days=2) as portal:
        portal.fail("/read", "body", body=b"<html><body><div id=app></div></body></html>")
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
    with Redesigned(articles=40, days=2) as portal:
        assert crawl(portal).code == 0
        portal.change({b"description": b"penjelasan"})
        portal.publish(15)
        ended = crawl(portal)
    assert "description fell from 100% of the articles in earlier crawls to 0%" in ended.log
    assert ended.code == 5
    found = {one["name"]: one["passed"] for one in report_of(output)["monitors"]}
    assert not found["CoverageDrop"]
    assert found["Rejected"]


def test_notifications_are_sent_by_the_actions_one_names(crawl):
    settings = {
        "MONITORS_FAILED_ACTIONS": "spidermon.contrib.actions.telegram.notifiers.SendTelegramMessageSpiderFinished",
        "SPIDERMON_TELEGRAM_SENDER_TOKEN": "x",
        "SPIDERMON_TELEGRAM_RECIPIENTS": "1",
        "SPIDERMON_TELEGRAM_FAKE": True,
    }
    pytest.importorskip("requests")
    with Redesigned(articles=15, days=2) as portal:
        assert "wartacrawl%20warta" not in crawl(portal, settings=settings).log
        portal.change(NEW_CLASSES)
        portal.publish(15)
        ended = crawl(portal, settings=settings)
    assert "wartacrawl%20warta%3A%20drift%20%28" in ended.log


def test_a_notification_that_cannot_be_made_is_one_sentence_and_the_crawl_goes_on(crawl, output):
    missing = "spidermon.contrib.actions.slack.notifiers.SendSlackMessageSpiderFinished,nowhere.Action"
    with Portal(articles=5, days=1) as portal:
        ended = crawl(portal, settings={"MONITORS_FAILED_ACTIONS": missing})
    assert ended.code == 0, ended.log
    assert ended.log.count("No notification by ") == 2
    assert "Traceback" not in ended.log
    assert len(output.ids) == 5


class Mailbox(socketserver.StreamRequestHandler):
    """Just enough of a mail server to take a letter."""

    letters: ClassVar[list[str]] = []

    def handle(self):
        self._say("220 mailbox")
        while line := self.rfile.readline().decode():
            verb = line[:4].upper()
            if verb == "DATA":
                self._say("354 go on")
                self.letters.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
            self._say("221 bye" if verb == "QUIT" else "250 ok")

    def _say(self, line):
        self.wfile.write(line.encode() + b"\r\n")


def test_a_letter_has_gone_when_the_crawl_has_ended(crawl):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server, Portal(articles=5, days=1) as portal:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings = {
            "MONITORS_FAILED_ACTIONS": "wartacrawl.extensions.monitors.SendMail",
            "MONITORS_ITEMS": 6,
            "SPIDERMON_SMTP_HOST": "127.0.0.1",
            "SPIDERMON_SMTP_PORT": server.server_address[1],
            "SPIDERMON_EMAIL_SENDER": "crawler@example.org",
            "SPIDERMON_EMAIL_TO": "a@example.org,b@example.org",
        }
        ended = crawl(portal, settings=settings)
        server.shutdown()
        closed = crawl(portal, settings={**settings, "SPIDERMON_SMTP_PORT": 1})
    assert ended.code == 0, ended.log
    (letter,) = Mailbox.letters
    assert "Subject: wartacrawl warta: ok" in letter
    assert "Items: 5 articles came, at least 6 should" in letter
    assert "Notification SendMail failed: ConnectionRefusedError" in closed.log
    assert closed.code == 0


def test_monitors_warn_of_no_deprecation(output):
    with Portal(articles=5, days=1) as portal:
        settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0}
        ended = run_scrapy("crawl", "warta", settings=settings, env={"PYTHONWARNINGS": "error::DeprecationWarning"})
    assert ended.code == 0, ended.log
    assert "Deprecat" not in ended.log
