"""How we behave towards the portal: real crawls of the replica, watched from the replica's side."""

import http.server
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from protego import Protego
from scrapy import Request
from scrapy.http import TextResponse
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

import wartacrawl
from tests.conftest import ROOT, command, run
from wartacrawl import settings as ours
from wartacrawl.config import Config, ConfigError
from wartacrawl.middlewares.politeness import retry_after
from wartacrawl.middlewares.robots import RobotsMiddleware
from wartacrawl.portal.server import Portal

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)


@pytest.fixture
def portal():
    with Portal(seed=3, articles=12, days=2) as replica:
        yield replica


def articles(portal, number):
    return ",".join(story.identifier for story in portal.newsroom.stories[:number])


def gaps(hits):
    return [later.at - earlier.at for earlier, later in pairwise(hits)]


def hits(portal, part=""):
    return [hit for hit in portal.hits if part in hit.path]


# -- Retry-After ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"3", 3.0),
        (b" 120 ", 120.0),
        (b"1.5", 1.5),
        (b"0", 0.0),
        (b"Tue, 24 Nov 2026 08:00:30 GMT", 30.0),
        (b"Tue, 24 Nov 2026 15:00:30 +0700", 30.0),
        (b"Tuesday, 24-Nov-26 08:00:30 GMT", 30.0),
        (b"Tue, 24 Nov 2026 07:00:00 GMT", 0.0),
        (b"", None),
        (b"-5", None),
        (b"soon", None),
        (b"9" * 5000, None),
        (b"Tue, 99 Nov 2026 08:00:30 GMT", None),
        (b"\xff\xfe", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(value, seconds):
    assert retry_after({b"Retry-After": value}, NOW) == seconds


def test_a_date_counts_from_the_clock_of_the_portal():
    headers = {b"Retry-After": b"Mon, 01 Jan 2001 00:00:09 GMT", b"Date": b"Mon, 01 Jan 2001 00:00:00 GMT"}
    assert retry_after(headers, NOW) == 9.0


@pytest.mark.parametrize("status", ["429", "503"])
def test_retry_after_three_leads_to_a_next_hit_after_three_seconds(portal, crawl, status):
    portal.fail("/read", status, times=1, retry_after=3)
    ended = crawl(portal, "artikel", urls=articles(portal, 6))
    assert ended.code == 0, ended.log
    refused = next(hit for hit in portal.hits if hit.status == int(status))
    later = [hit.at for hit in portal.hits if hit.at > refused.at + 0.5]
    assert later
    assert min(later) - refused.at >= 3
    assert ended.stats["politeness/pauses"] == 1
    assert ended.stats["export/lines"] == 6


def test_a_date_is_waited_for_too(portal, crawl):
    until = datetime.now(UTC) + timedelta(seconds=6)
    portal.fail("/read", "429", times=1, retry_after=format_datetime(until, usegmt=True))
    ended = crawl(portal, "artikel", urls=articles(portal, 1))
    assert ended.code == 0, ended.log
    refused, again = hits(portal, "/read")
    assert datetime.now(UTC) >= until.replace(microsecond=0)
    assert again.at - refused.at > 0.9


def test_a_429_without_retry_after_is_answered_by_a_growing_pause(portal, crawl):
    portal.fail("/read", "429", times=2)
    settings = {"BACKOFF_SECONDS": 0.5, "SLOWEST_DELAY": 0.9}
    ended = crawl(portal, "artikel", settings=settings, urls=articles(portal, 1))
    assert ended.code == 0, ended.log
    first, second = gaps(hits(portal, "/read"))
    assert first >= 0.5
    assert second >= 0.9


def test_a_portal_that_keeps_saying_wait_is_left_as_blocked(portal, crawl, output):
    portal.fail("/read", "429", retry_after=1)
    ended = crawl(portal, "artikel", settings={"PATIENCE_SECONDS": 2}, urls=articles(portal, 1))
    assert ended.code == 4, ended.log
    assert "Outcome: blocked (exit code 4)" in ended.last_line
    assert "PATIENCE_SECONDS=2" in ended.last_line
    assert 2 <= len(hits(portal, "/read")) <= 3  # the clock counts, not the pauses alone
    portal.heal()
    assert crawl(portal, "warta", limit="3").code == 0
    assert output.records


def test_a_longer_pause_than_our_patience_is_not_begun(portal, crawl):
    portal.fail("/read", "429", retry_after=86_400)
    began = time.monotonic()
    ended = crawl(portal, "artikel", urls=articles(portal, 12))
    assert ended.code == 4, ended.log
    assert time.monotonic() - began < 20
    assert len(hits(portal, "/read")) <= 8  # what was under way


def test_one_page_that_always_says_wait_does_not_stop_the_others(portal, crawl, output):
    story = portal.newsroom.stories[0]
    portal.fail(story.identifier, "429", retry_after=0)
    settings = {"BACKOFF_SECONDS": 0.1, "SLOWEST_DELAY": 0.1, "CONCURRENT_REQUESTS": 1}
    ended = crawl(portal, "artikel", settings=settings, urls=articles(portal, 6))
    assert ended.code == 6, ended.log
    assert len(output.ids) == 5
    assert ended.stats["article/failed/blocked"] == 1
    assert 2 <= len(hits(portal, story.identifier)) <= 7


def test_a_crawl_told_to_stop_during_a_long_pause_stops(portal, output):
    portal.fail("/read", "429", retry_after=200)
    wired = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0}
    words = command("crawl", "artikel", "-a", f"urls={articles(portal, 6)}", settings=wired)
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "nothing is sent for" in line:
                break
        sent = len(portal.hits)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(30) == 6, rest
    assert time.monotonic() - began < 15
    assert len(portal.hits) <= sent + 4  # those that were under way when the answer came
    assert "Outcome: partial" in rest.strip().splitlines()[-1]


# -- the pace -------------------------------------------------------------------------------------------------------


def assert_paced(portal, delay):
    """Check the pace: what a server sees of one pause is off by how busy the machine is, of all of them it is not."""
    found = gaps(portal.hits)
    assert sum(found) / len(found) >= 0.95 * delay
    assert min(found) >= 0.85 * delay


@pytest.mark.parametrize("settings", [{}, {"AUTOTHROTTLE_ENABLED": True, "AUTOTHROTTLE_START_DELAY": 0.05}])
def test_crawl_delay_is_a_floor_whatever_the_settings_say(crawl, settings):
    with Portal(articles=6, robots="User-agent: *\nCrawl-delay: 0.7\n") as portal:
        ended = crawl(portal, "artikel", settings=settings, urls=articles(portal, 3))
        assert ended.code == 0, ended.log
        assert len(portal.hits) == 4
        assert_paced(portal, 0.7)
    assert ended.stats["politeness/crawl_delay"] == 0.7


def test_a_crawl_delay_for_others_is_not_ours(crawl):
    with Portal(
        articles=6, robots="User-agent: github\nCrawl-delay: 5\n\nUser-agent: *\nDisallow: /search\n"
    ) as portal:
        ended = crawl(portal, "artikel", urls=articles(portal, 2))
        assert ended.code == 0, ended.log
        assert max(gaps(portal.hits)) < 4


def test_an_absurd_crawl_delay_is_cut_and_said(crawl):
    with Portal(articles=6, robots="User-agent: wartacrawl\nCrawl-delay: 86400\n") as portal:
        ended = crawl(portal, "artikel", settings={"LONGEST_CRAWL_DELAY": 0.4}, urls=articles(portal, 2))
        assert ended.code == 0, ended.log
        assert_paced(portal, 0.4)
    assert "86400 s" in ended.log


def test_the_delay_grows_in_trouble_and_shrinks_in_peace(portal, crawl):
    portal.fail("/read", "500", times=4)
    settings = {"CONCURRENT_REQUESTS": 1, "RETRY_TIMES": 4}
    ended = crawl(portal, "artikel", settings=settings, urls=articles(portal, 12))
    assert ended.code == 0, ended.log
    pace = gaps(hits(portal, "/read"))
    assert ended.stats["politeness/slowest_delay"] >= 0.4
    assert max(pace[:5]) > 0.15
    assert sum(pace[-3:]) < sum(sorted(pace)[-3:])


def test_autothrottle_still_sets_the_pace(portal, crawl):
    settings = {"AUTOTHROTTLE_ENABLED": True, "AUTOTHROTTLE_START_DELAY": 0.6, "DOWNLOAD_DELAY_JITTER": 0}
    ended = crawl(portal, "artikel", settings=settings, urls=articles(portal, 6))
    assert ended.code == 0, ended.log
    pace = gaps(hits(portal, "/read"))
    assert pace[-1] < pace[0]  # it starts slow and halves


def test_many_refusals_in_a_row_end_the_crawl(crawl):
    with Portal(articles=40, days=2) as portal:
        portal.fail("/read", "403")
        ended = crawl(portal, "artikel", urls=articles(portal, 40))
        assert ended.code == 4, ended.log
        assert "REFUSALS_IN_A_ROW" in ended.last_line
        assert len(hits(portal, "/read")) < 20


def test_a_challenge_is_a_refusal_whatever_its_status(portal, crawl, output):
    page = {"body": b"<title>Just a moment...</title>", "headers": {"cf-mitigated": "challenge"}}
    portal.fail("/read", "body", **page)
    portal.fail("/indeks", "body", status=503, **page)
    ended = crawl(portal, settings={"REFUSALS_IN_A_ROW": 5})
    assert ended.code == 4, ended.log
    assert "REFUSALS_IN_A_ROW" in ended.last_line
    assert "a challenge stands before the page" in ended.log
    assert output.records == []


def test_many_failures_in_a_row_end_the_crawl(crawl):
    with Portal(articles=40, days=2) as portal:
        portal.fail("/read", "500")
        settings = {"FAILURES_IN_A_ROW": 6}
        ended = crawl(portal, "artikel", settings=settings, urls=articles(portal, 40))
        assert ended.code == 3, ended.log
        assert "6 requests in a row failed" in ended.last_line
        assert len(hits(portal, "/read")) < 16


# -- the budget -----------------------------------------------------------------------------------------------------


def test_a_spent_budget_ends_the_crawl_and_the_next_one_goes_on(portal, crawl, output):
    ended = crawl(portal, settings={"REQUEST_BUDGET": 9})
    assert ended.code == 6, ended.log
    assert "REQUEST_BUDGET=9 is spent" in ended.last_line
    assert len(portal.hits) == 9
    before = len(output.ids)
    assert 0 < before < 12
    portal.clear()
    assert crawl(portal).code == 0
    assert len(output.ids) == len(set(output.ids)) == 12
    assert len(hits(portal, "/read")) == 12 - before


def test_a_budget_that_suffices_changes_nothing(portal, crawl):
    assert crawl(portal, "artikel", settings={"REQUEST_BUDGET": 4}, urls=articles(portal, 3)).code == 0
    assert len(portal.hits) == 4


# -- robots.txt -----------------------------------------------------------------------------------------------------


def test_nothing_is_asked_for_while_robots_txt_fails(portal, crawl):
    portal.fail("robots", "503")
    ended = crawl(portal, "artikel", urls=articles(portal, 3))
    assert ended.code == 3, ended.log
    assert {hit.path for hit in portal.hits} == {"/robots.txt"}
    assert "robots.txt: HTTP 503" in ended.last_line
    assert "Traceback" not in ended.log


def test_robots_txt_that_comes_at_the_second_try_is_obeyed(portal, crawl):
    portal.fail("robots", "500", times=1)
    assert crawl(portal, "artikel", urls=articles(portal, 2)).code == 0
    assert [hit.path for hit in portal.hits[:2]] == ["/robots.txt", "/robots.txt"]


def test_an_error_page_is_no_robots_txt(portal, crawl):
    portal.fail("robots", "body", body=b"User-agent: *\nDisallow: /\n", status=404)
    assert crawl(portal, "artikel", urls=articles(portal, 2)).code == 0


def test_forbidden_pages_are_not_asked_for_however_many_wait(crawl):
    with Portal(articles=6, robots="User-agent: *\nDisallow: /read\n") as portal:
        assert crawl(portal, "artikel", urls=articles(portal, 6)).code == 4
        assert {hit.path for hit in portal.hits} == {"/robots.txt"}


# -- who we are, and where we do not go -----------------------------------------------------------------------------


def test_every_request_says_who_asks_and_in_which_language(portal, crawl):
    assert crawl(portal, "artikel", settings={"WARTA_CONTACT": "data@example.org"}, urls=articles(portal, 2)).code == 0
    assert len(portal.hits) == 3
    for hit in portal.hits:
        assert hit.headers["user-agent"] == f"wartacrawl/{wartacrawl.__version__} (data@example.org)"
        assert hit.headers["accept-language"] == "id"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WARTA_CONTACT", "call me"),
        ("WARTA_CONTACT", "a@b.c\r\nX-Evil: 1"),
        ("PATIENCE_SECONDS", "-1"),
        ("BACKOFF_SECONDS", "long"),
        ("REQUEST_BUDGET", "nan"),
        ("SLOWEST_DELAY", "inf"),
    ],
)
def test_a_bad_setting_is_told_in_one_sentence(name, value):
    settings = Settings()
    settings.setmodule(ours)
    settings.set(name, value)
    with pytest.raises(ConfigError, match=f"^{name}=.*: give "):
        Config.of(settings)


def test_a_bad_setting_ends_a_crawl_before_the_first_request(portal, crawl):
    ended = crawl(portal, settings={"PATIENCE_SECONDS": "forever"})
    assert ended.code == 2
    assert "PATIENCE_SECONDS='forever'" in ended.last_line
    assert not portal.hits


@pytest.fixture
def stranger():
    """Another server on the loopback, which must never hear from us."""
    heard = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "form",
    ["{stranger}/read7/x", "//{host}/robots.txt", "http://wartaekonomi.co.id@{host}/", "http:\\\\{host}\\x"],
)
def test_a_redirect_to_another_host_is_not_followed(portal, crawl, stranger, form):
    url, heard = stranger
    to = form.format(stranger=url, host=url.partition("//")[2])
    portal.fail("/read", "redirect", to=to)
    ended = crawl(portal, "artikel", urls=articles(portal, 2))
    assert heard == []
    assert ended.code in {3, 6}, ended.log


def test_a_redirect_to_the_newspapers_own_host_stays_on_the_portal(portal, crawl, output):
    story = portal.newsroom.stories[0]
    portal.fail("/x", "redirect", to=f"https://www.wartaekonomi.co.id{story.path}?page=all")
    url = f"https://wartaekonomi.co.id/read{story.identifier}/x"
    ended = crawl(portal, "artikel", urls=url)
    assert ended.code == 0, ended.log
    assert output.ids == [story.identifier]


def test_a_portal_that_has_moved_to_its_other_host_says_so(portal, crawl):
    story = portal.newsroom.stories[0]
    portal.fail("/read", "redirect", to=f"https://www.wartaekonomi.co.id/read{story.identifier}?page=all")
    ended = crawl(portal, "artikel", urls=story.identifier)
    assert ended.code == 3, ended.log
    assert "WARTA_URL=https://www.wartaekonomi.co.id" in ended.last_line
    assert len(hits(portal, "/read")) == 1


# -- robots.txt in other words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1,5", 1.5),
        ("2s", 2.0),
        ("2 seconds", 2.0),
        ("1.5", 1.5),
        ("3 # please", 3.0),
        ("1 menit", 60.0),
        ("500ms", 0.5),
        ("a while", None),
    ],
)
def test_a_crawl_delay_is_understood_however_it_is_written(written, seconds, caplog):
    crawler = get_crawler(settings_dict={"ROBOTSTXT_OBEY": True})
    crawler.stats = MemoryStatsCollector(crawler)
    request = Request("http://127.0.0.1/robots.txt", meta={"dont_obey_robotstxt": True})
    body = f"User-agent: *\r\nCrawl-Delay : {written}\r\nDisallow: /x\r\n".encode()
    response = RobotsMiddleware(crawler).process_response(request, TextResponse(request.url, body=body))
    rules = Protego.parse(response.text)
    assert rules.crawl_delay("wartacrawl") == seconds
    assert not rules.can_fetch("http://127.0.0.1/x", "wartacrawl")
    assert ("not a number of seconds" in caplog.text) == (seconds is None)


def test_where_queries_are_forbidden_articles_are_asked_for_under_their_plain_address(crawl, output):
    with Portal(seed=8, articles=40, days=2, robots="User-agent: *\nDisallow: /*?\n") as portal:
        long = next(story for story in portal.newsroom.stories if len(story.blocks) > 1)
        short = next(story for story in portal.newsroom.stories if len(story.blocks) == 1)
        ended = crawl(portal, "artikel", urls=f"{long.identifier},{short.identifier}")
        assert ended.code == 0, ended.log
        assert not [hit for hit in portal.hits if "?" in hit.path]
        records = {record["identifier"]: record for record in output.records}
        assert records[short.identifier]["article_body"] == short.body
        assert long.body.startswith(records[long.identifier]["article_body"][:200])
        messages = records[long.identifier]["metadata"]["validation_messages"]
        assert "article_body: robots.txt forbids page 2; the end of the text is missing." in messages


# -- patience by the clock --------------------------------------------------------------------------------------------


def test_slowed_requests_count_as_waiting_too(portal, crawl):
    portal.fail("/read", "429", retry_after=1)
    began = time.monotonic()
    ended = crawl(portal, "artikel", settings={"PATIENCE_SECONDS": 8}, urls=articles(portal, 12))
    assert ended.code == 4, ended.log
    assert "PATIENCE_SECONDS=8" in ended.last_line
    refused = [hit.at for hit in portal.hits if hit.status == 429]
    assert refused[-1] - refused[0] < 9
    assert time.monotonic() - began < 40


# -- this machine -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("says_replica", [True, False])
def test_only_the_replica_is_asked_without_a_pause(says_replica, output):
    with Portal(seed=9, articles=8, days=1, says_replica=says_replica) as portal:
        settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder}
        ended = run("crawl", "artikel", "-a", f"urls={articles(portal, 4)}", settings=settings)
        assert ended.code == 0, ended.log
        took = portal.hits[-1].at - portal.hits[0].at
        assert ("it is asked without a pause" in ended.log) == says_replica
        assert (took < 1.5) == says_replica, took


def test_of_a_robots_txt_that_is_too_large_the_first_part_is_obeyed(crawl):
    rules = "User-agent: *\nDisallow: /indeks\n" + "Disallow: /*a*b*c\n" * 100_000 + "Disallow: /\n"
    with Portal(seed=5, articles=20, days=2, robots=rules) as portal:
        ended = crawl(portal, limit=5)
        assert "bytes: only the first 524288 are read" in ended.log
        assert not any(hit.path.startswith("/indeks") for hit in portal.hits)
        assert ended.stats["export/lines"] == 5
