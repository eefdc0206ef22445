"""History day by day, holes, and crawls that were interrupted: nothing missed, nothing fetched twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
import urllib.request
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from tests.conftest import ROOT, command, run
from wartacrawl.portal.server import Portal


def truth(portal):
    return sorted(story.identifier for story in portal.newsroom.stories)


def start(portal, output, *arguments):
    settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0, "EXPORT_BATCH": 4}
    return subprocess.Popen(
        command("crawl", *arguments, settings=settings), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill_after(process, portal, hits):
    """Kill a crawl, the hard way, once the portal has answered so many more requests."""
    before = len(portal.hits)
    deadline = time.monotonic() + 60
    while len(portal.hits) - before < hits and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def fetched(portal):
    return Counter(hit.path.split("/")[1] for hit in portal.hits if hit.path.startswith("/read"))


def committed(output):
    """Return what is written for good: a kill may leave lines behind it that the next crawl cuts."""
    with closing(sqlite3.connect(output.folder / "ledger.sqlite")) as ledger:
        return {
            f"read{identifier}" for (identifier,) in ledger.execute("SELECT identifier FROM articles WHERE version")
        }


def coverage(portal, output, since, until):
    days = ("--since", since.isoformat(), "--until", until.isoformat())
    shown = run("coverage", *days, "--json", settings={"OUTPUT_DIR": output.folder, "WARTA_URL": portal.url})
    return {day["day"]: day for day in json.loads(shown.out)["days"]}, shown.code


def span(portal):
    days = sorted({story.day for story in portal.newsroom.stories})
    return days[0], days[-1]


def indeks(portal, crawl, **more):
    since, until = span(portal)
    return crawl(portal, "indeks", since=since.isoformat(), until=until.isoformat(), **more)


def test_a_run_killed_half_way_hides_nothing_from_the_next(crawl, output):
    with Portal(seed=31, articles=300, days=3) as portal:
        kill_after(start(portal, output, "warta"), portal, 120)
        assert crawl(portal).code == 0
        assert output.ids == truth(portal)


def test_articles_behind_a_page_of_known_ones_are_found_after_a_crash(crawl, output):
    # The early-stop trap: the killed run has announced the newest page; behind it lies what was published meanwhile.
    with Portal(seed=32, articles=100, days=2) as portal:
        assert crawl(portal).code == 0
        portal.publish(60)
        kill_after(start(portal, output, "warta"), portal, 6)
        assert crawl(portal).code == 0
        assert output.ids == truth(portal)


def test_a_first_walk_back_through_the_index_goes_on_where_it_was_killed(crawl, output):
    # Days that were taken in before the kill come as unchanged: they are not empty, and not the end of the history.
    with Portal(seed=44, articles=120, days=24) as portal:
        kill_after(start(portal, output, "warta", "-a", "via=indeks"), portal, 110)
        assert 60 < len(output.ids) < 120
        assert crawl(portal, via="indeks").code == 0
        assert output.ids == truth(portal)


def test_a_feed_that_overflowed_is_made_up_for_though_the_run_that_saw_it_was_killed(crawl, output):
    with Portal(seed=41, articles=120, days=3) as portal:
        kill_after(start(portal, output, "warta"), portal, 8)
        assert len(output.ids) < 20
        assert crawl(portal, via="rss,indeks").code == 0
        assert output.ids == truth(portal)


def test_a_backfill_of_thirty_days_interrupted_three_times_fetches_nothing_twice(crawl, output):
    rng = random.Random(33)
    with Portal(seed=33, articles=600, days=30) as portal:
        since, until = span(portal)
        days = ("-a", f"since={since}", "-a", f"until={until}")
        for _ in range(3):
            kill_after(start(portal, output, "indeks", *days), portal, rng.randrange(60, 180))
        written = committed(output)
        portal.clear()
        assert indeks(portal, crawl).code == 0
        assert output.ids == truth(portal)
        # What was written before is not asked for again, and the rest exactly once.
        again = fetched(portal)
        assert not written & again.keys()
        assert set(again.values()) == {1}
        covered, code = coverage(portal, output, since, until)
        assert code == 0
        assert sum(day["exported"] for day in covered.values()) == len(truth(portal))
        assert not any(day["missing"] for day in covered.values())


def test_a_second_backfill_asks_for_nothing_but_days_that_may_still_change(crawl):
    with Portal(seed=34, articles=200, days=10) as portal:
        assert indeks(portal, crawl).code == 0
        portal.clear()
        assert indeks(portal, crawl).code == 0
        lists = {hit.path for hit in portal.hits if hit.path.startswith("/indeks")}
        today = max(story.day for story in portal.newsroom.stories)
        assert len(lists) <= 2, f"closed days were walked again before {today}: {lists}"
        assert not fetched(portal)


def test_a_hole_is_seen_by_coverage_and_filled_by_the_next_backfill_alone(crawl, output):
    with Portal(seed=35, articles=150, days=6) as portal:
        since, until = span(portal)
        holes = [
            story for story in portal.newsroom.stories if story.day == sorted({s.day for s in portal.newsroom})[2]
        ][:2]
        for hole in holes:
            portal.fail(f"/read{hole.identifier}/", "500")
        assert indeks(portal, crawl).code == 6
        day = holes[0].day.isoformat()
        covered, code = coverage(portal, output, since, until)
        assert code == 6
        assert covered[day]["missing"] == 2
        assert covered[day]["reasons"] == {"HTTP 500": 2}
        assert not covered[day]["is_closed"]
        assert all(not other["missing"] for iso, other in covered.items() if iso != day)
        portal.heal()
        portal.clear()
        assert indeks(portal, crawl).code == 0
        assert fetched(portal) == {f"read{hole.identifier}": 1 for hole in holes}
        assert coverage(portal, output, since, until)[0][day]["is_closed"]
        assert output.ids == truth(portal)


def test_an_article_that_is_gone_is_given_up_with_its_reason_and_closes_its_day(crawl, output):
    with Portal(seed=36, articles=80, days=4) as portal:
        since, until = span(portal)
        gone = min(portal.newsroom.stories, key=lambda story: story.published)
        portal.fail(f"/read{gone.identifier}/", "410")
        assert indeks(portal, crawl).code == 0
        covered, _ = coverage(portal, output, since, until)
        assert covered[gone.day.isoformat()]["gone"] == 1
        assert covered[gone.day.isoformat()]["reasons"] == {"HTTP 410": 1}
        portal.clear()
        assert indeks(portal, crawl).code == 0
        assert not fetched(portal)


def page_of(portal, path):
    with urllib.request.urlopen(portal.url + path) as answer:
        return answer.read()


def test_days_without_a_card_are_not_closed_when_no_list_can_be_read(crawl, output):
    with Portal(seed=42, articles=60, days=5) as portal:
        since, until = span(portal)
        # The frame of the portal, and in it neither a list that we can read nor a word that there is none.
        strange = page_of(portal, "/indeks/20200101").replace(b"Belum ada berita.", b"")
        portal.fail("/indeks", "body", body=strange)
        assert indeks(portal, crawl).code == 5
        covered, _ = coverage(portal, output, since, until)
        assert not any(day["is_walked"] for day in covered.values())
        portal.heal()
        assert indeks(portal, crawl).code == 0
        assert output.ids == truth(portal)


@pytest.mark.parametrize("layout", ["current", "2020"])
def test_days_the_portal_never_had_are_no_drift_when_their_index_says_so(crawl, layout):
    with Portal(seed=45, articles=20, days=1, layout=layout) as portal:
        before = span(portal)[0] - timedelta(days=30)
        since, until = before - timedelta(days=4), before
        for _ in range(2):  # nobody else has shown that lists can be read: the days stay open, and are asked for again
            portal.clear()
            ended = crawl(portal, "indeks", since=since.isoformat(), until=until.isoformat())
            assert ended.code == 0, ended.log
            told = "Outcome: ok (exit code 0): nothing new; 5 days have no articles, as the index says"
            assert ended.last_line.endswith(told)
            assert f"{portal.url}/indeks/{until:%Y%m%d} says that it has no articles" in ended.log
            assert len([hit for hit in portal.hits if hit.path.startswith("/indeks")]) == 5


def test_an_index_that_says_it_is_empty_is_not_believed_of_days_that_have_articles(crawl):
    with Portal(seed=46, articles=60, days=9) as portal:
        assert crawl(portal, via="rss", limit="1").code == 0  # all days are announced by now
        portal.fail("/indeks", "empty_list")
        assert indeks(portal, crawl).code == 5


def test_an_index_that_says_it_is_empty_is_not_believed_of_the_latest_days(crawl):
    with Portal(seed=47, articles=10, days=3) as portal:
        portal.fail("/indeks", "empty_list")
        ended = crawl(portal, "indeks")
        assert ended.code == 5
        assert ended.stats["list/said_empty"] == 4


def test_a_page_that_could_not_be_read_is_asked_for_whole_again(crawl):
    # Else the portal would say 304 for ever, and what a mended reader finds there would be missed.
    with Portal(seed=48, articles=30, days=2) as portal:
        strange = page_of(portal, "/indeks/20200101").replace(b"Belum ada berita.", b"")
        portal.fail("/indeks", "body", body=strange, headers={"ETag": '"same"'})
        for _ in range(2):
            portal.clear()
            indeks(portal, crawl)
            asked = [hit for hit in portal.hits if hit.path.startswith("/indeks")]
            assert asked
            assert not any("if-none-match" in hit.headers for hit in asked)


def test_a_day_without_news_is_closed_when_other_days_can_be_read(crawl, output):
    with Portal(seed=43, articles=60, days=5) as portal:
        since, until = span(portal)
        quiet = sorted({story.day for story in portal.newsroom.stories})[1]
        portal.fail(f"/indeks/{quiet:%Y%m%d}", "empty_list")
        assert indeks(portal, crawl).code == 0
        covered, _ = coverage(portal, output, since, until)
        assert covered[quiet.isoformat()]["is_closed"]
        assert covered[quiet.isoformat()]["total"] == 0


def test_a_failed_article_waits_longer_each_time(crawl, output):
    with Portal(seed=37, articles=30, days=1) as portal:
        bad = portal.newsroom.stories[3]
        portal.fail(f"/read{bad.identifier}/", "500")
        pauses = []
        for _ in range(3):
            ended = crawl(portal)
            assert ended.code in {0, 6}
            with closing(sqlite3.connect(output.folder / "ledger.sqlite")) as ledger:
                attempts, pause = ledger.execute(
                    "SELECT attempts, next_try - checked FROM articles WHERE identifier = ?", (bad.id,)
                ).fetchone()
            pauses.append((attempts, round(pause)))
        # Tried in the next run, then only after its pause: the third run leaves it alone.
        assert pauses == [(1, 0), (2, 600), (2, 600)]
        assert ended.last_line.endswith("Outcome: ok (exit code 0): nothing new; 1 announced article still pending")


def test_a_list_that_comes_as_an_empty_shell_is_said(crawl, output):
    with Portal(seed=38, articles=30, days=1, script_lists=True) as portal:
        ended = crawl(portal, via="sections")
        assert ended.code == 5
        assert "empty shell that a script fills" in ended.log
        assert "RENDER_ENABLED" in ended.log
        assert output.records == []


def test_days_are_of_asia_jakarta(crawl, output):
    with Portal(seed=39, articles=200, days=3) as portal:
        days = sorted({story.day for story in portal.newsroom.stories})
        middle = days[len(days) // 2]
        assert crawl(portal, "indeks", since=middle.isoformat(), until=middle.isoformat()).code == 0
        expected = {story.identifier for story in portal.newsroom.stories if story.day == middle}
        assert set(output.ids) == expected
        files = [file.name for file in output.folder.glob("articles/**/*.jsonl")]
        assert files == [f"{middle.isoformat()}.jsonl"]


@pytest.mark.parametrize("via", ["indeks", "sitemap", "sections"])
def test_warta_keeps_to_the_days_asked_for(via, crawl, output):
    with Portal(seed=40, articles=120, days=6) as portal:
        days = sorted({story.day for story in portal.newsroom.stories})
        since, until = days[2], days[3]
        assert crawl(portal, via=via, since=since.isoformat(), until=until.isoformat()).code == 0
        expected = {story.identifier for story in portal.newsroom.stories if since <= story.day <= until}
        assert set(output.ids) == expected
