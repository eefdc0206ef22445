"""Whole crawls of the replica: real processes, real sockets, real files."""

import http.server
import re
import sqlite3
import threading
import urllib.request
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from tests.conftest import run
from tests.driver import drive
from wartacrawl.language import dates
from wartacrawl.portal.server import Portal
from wartacrawl.spiders.arguments import EXAMPLES, SOURCES
from wartacrawl.spiders.warta import WartaSpider
from wartacrawl.storage import coverage
from wartacrawl.storage.ledger import FILE_NAME, Ledger


@pytest.fixture(scope="module")
def portal():
    with Portal(seed=7, articles=120, days=4) as replica:
        yield replica


@pytest.fixture(autouse=True)
def healed(portal):
    yield
    portal.heal()
    portal.clear()


def truth(portal):
    return sorted(story.identifier for story in portal.newsroom.stories)


def test_a_crawl_takes_every_article_once_with_headline_text_and_date(portal, crawl, output):
    ended = crawl(portal)
    assert ended.code == 0, ended.log
    assert output.ids == truth(portal)
    for record in output.records:
        story = portal.newsroom[record["identifier"]]
        assert record["headline"] == story.headline
        assert record["article_body"] == story.body
        assert record["date_published"] == story.published.isoformat(timespec="seconds")
        assert record["article_section"] == story.section.name
        assert record["url"] == story.url
        assert record["version"] == 1


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_can_be_asked_alone_and_has_its_column_in_the_coverage(source, portal, tmp_path):
    driven = drive(WartaSpider, portal, tmp_path, via=source)
    assert driven.items
    day = dates.day(portal.newsroom.now)
    with closing(Ledger(tmp_path / FILE_NAME, read_only=True)) as ledger:
        days = coverage.coverage(ledger, day - timedelta(days=4), day)
    announced = Counter()
    for found in days:
        announced.update(found.announced)
    assert +announced == {source: len(driven.items)}
    assert source in coverage.SOURCES
    assert source in EXAMPLES["via"][1]


def test_the_last_log_line_the_stats_and_the_exit_code_say_the_same(portal, crawl):
    ended = crawl(portal, limit="3")
    assert "Outcome: ok (exit code 0)" in ended.last_line
    assert ended.stats["outcome"] == "ok"
    assert ended.code == 0


def test_sections_are_found_in_the_menu_and_no_others_are_taken(crawl, output):
    for seed in (11, 12):
        with Portal(seed=seed, articles=150, days=3) as portal:
            chosen = [portal.newsroom.section("kabar-sawit"), portal.newsroom.section("ekbis")]
            expected = {story.identifier for section in chosen for story in portal.newsroom.in_section(section)}
            output.folder = output.folder.with_name(f"output-{seed}")
            ended = crawl(portal, sections="kabar-sawit,EkBis", settings={"OUTPUT_DIR": output.folder})
            assert ended.code == 0, ended.log
            assert set(output.ids) == expected
            assert len(output.ids) == len(expected)


@pytest.mark.parametrize("end", ["empty", "repeat", "404", "redirect"])
def test_a_section_is_walked_to_its_end_however_lists_end(end, crawl, output):
    with Portal(seed=3, articles=90, days=2, list_end=end) as portal:
        section = portal.newsroom.section("ekbis")
        ended = crawl(portal, sections="ekbis")
        assert ended.code == 0, ended.log
        assert output.ids == sorted(story.identifier for story in portal.newsroom.in_section(section))


def test_an_unknown_section_ends_the_crawl_with_those_that_exist(portal, crawl, output):
    ended = crawl(portal, sections="olahraga-dayung")
    assert ended.code == 2
    assert "sections='olahraga-dayung' is not a section" in ended.last_line
    assert "kabar-sawit (Kabar Sawit)" in ended.last_line
    assert output.records == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"limit": "lots"}, "limit='lots'"),
        ({"since": "kemarin"}, "since='kemarin'"),
        ({"via": "facebook"}, "via='facebook'"),
        ({"secions": "ekbis"}, "secions='ekbis'"),
    ],
)
def test_a_bad_argument_ends_with_one_sentence_before_the_first_request(portal, crawl, arguments, words):
    portal.clear()
    ended = crawl(portal, **arguments)
    assert ended.code == 2
    assert words in ended.last_line
    assert "Traceback" not in ended.log
    assert portal.hits == []


def test_a_bad_origin_is_a_usage_error(crawl):
    ended = crawl("ftp://127.0.0.1/")
    assert ended.code == 2
    assert "WARTA_URL='ftp://127.0.0.1/'" in ended.last_line


def test_an_unknown_spider_is_a_usage_error_that_names_those_there_are(portal, crawl):
    ended = crawl(portal, "detik")
    assert ended.code == 2
    assert {"artikel", "indeks", "warta"} <= set(re.findall(r"\w+", ended.last_line))
    assert "did you mean 'warta'?" in crawl(portal, "wrta").last_line


def test_a_portal_that_is_not_there_says_so_and_names_the_demo(crawl):
    with Portal(articles=1) as gone:
        url = gone.url
    ended = crawl(url)
    assert ended.code == 3
    assert "make demo" in ended.last_line
    assert url in ended.last_line


def test_artikel_fetches_just_the_named_articles_in_any_form(portal, crawl, output):
    stories = portal.newsroom.stories[:3]
    named = [
        stories[0].identifier,
        f"http://www.wartaekonomi.co.id/read{stories[1].identifier}/another-slug.html?utm_source=x",
        f"https://m.wartaekonomi.co.id/berita{stories[2].identifier}/x",
    ]
    ended = crawl(portal, "artikel", urls=",".join(named))
    assert ended.code == 0, ended.log
    assert output.ids == sorted(story.identifier for story in stories)
    assert {record["metadata"]["discovered_via"] for record in output.records} == {"artikel"}


def test_limit_is_kept_and_the_rest_comes_with_the_next_crawl(portal, crawl, output):
    assert crawl(portal, limit="7").code == 0
    assert len(output.ids) == 7
    assert crawl(portal).code == 0
    assert output.ids == truth(portal)


def test_one_bad_page_costs_one_article_and_is_tried_again(portal, crawl, output):
    bad = portal.newsroom.stories[5]
    portal.fail(f"/read{bad.identifier}/", "500")
    ended = crawl(portal)
    assert ended.code == 6
    assert "1 article could not be fetched" in ended.last_line
    assert output.ids == sorted(set(truth(portal)) - {bad.identifier})
    portal.heal()
    assert crawl(portal).code == 0
    assert output.ids == truth(portal)


class Trap(http.server.BaseHTTPRequestHandler):
    """Another host: whoever asks it anything is caught."""

    caught: list[str] = []  # noqa: RUF012 - shared on purpose

    def do_GET(self):
        self.caught.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def trap():
    Trap.caught.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_no_redirect_and_no_link_leads_to_another_host(portal, crawl, output, trap):
    stories = portal.newsroom.stories
    portal.fail(f"/read{stories[0].identifier}/", "redirect", to=f"{trap}/read{stories[0].identifier}/x")
    portal.fail(f"/read{stories[1].identifier}/", "redirect", to="javascript:alert(1)")
    portal.fail("/rss", "redirect", to=f"{trap}/rss")
    evil = f"""<html><body><div class="articleListWrapper">
      <a class="articleListItem" href="{trap}/read999001/x" title="Satu">Satu</a>
      <a class="articleListItem" href="//127.0.0.1:1/read999002/x" title="Dua">Dua</a>
      <a class="articleListItem" href="http://portal@{trap[7:]}/read999003/x" title="Tiga">Tiga</a>
      <a class="articleListItem" href="javascript:location='/read999004/x'" title="Empat">Empat</a>
      <a class="articleListItem" href="/read999005/../../../etc/passwd" title="Lima">Lima</a>
      </div></body></html>"""
    portal.fail("/indeks$", "body", body=evil.encode(), content_type="text/html")
    ended = crawl(portal)
    assert Trap.caught == []
    assert ended.code == 6
    assert not set(output.ids) & {stories[0].identifier, stories[1].identifier}
    assert "Traceback" not in ended.log
    written = {file.suffix or file.name for file in output.folder.rglob("*") if file.is_file()}
    assert written <= {".jsonl", ".sqlite", ".html", ".json", ".generation", ".counts"}


HOSTILE = {
    "gzip bomb": ("gzip_bomb", {}),
    "fifty megabytes": ("huge", {}),
    "half an answer": ("truncated", {}),
    "connection reset": ("reset", {}),
    "nothing": ("body", {"body": b"", "content_type": "text/html"}),
    "NULs": ("body", {"body": b"\x00" * 5000, "content_type": "text/html"}),
    "deep nesting": ("body", {"body": b"<div>" * 10_000 + b"<p>x</p>", "content_type": "text/html"}),
    "wrong charset": (
        "body",
        {"body": "<h1>Rupiah é</h1>".encode("utf-16"), "content_type": "text/html; charset=x-none"},
    ),
    "an image": ("body", {"body": b"\x89PNG\r\n\x1a\n" + b"\x00" * 500, "content_type": "image/png"}),
    "garbage JSON-LD": (
        "body",
        {
            "body": b'<script type="application/ld+json">{"@graph":[{"headline":["a",{"b":1e999}],}]}</script>' * 50,
            "content_type": "text/html",
        },
    ),
}


def test_hostile_answers_cost_a_sentence_and_a_stat_each_never_the_crawl(portal, crawl, output):
    stories = dict(zip(HOSTILE, portal.newsroom.stories, strict=False))
    for name, (kind, options) in HOSTILE.items():
        portal.fail(f"/read{stories[name].identifier}/", kind, **options)
    ended = crawl(portal, settings={"RETRY_TIMES": 0})  # every try slows the crawl down
    bad = {story.identifier for story in stories.values()}
    assert set(output.ids) == set(truth(portal)) - bad
    assert ended.code == 6, ended.last_line
    assert "Traceback" not in ended.log
    for story in stories.values():
        assert f"article {story.identifier}" in ended.log
    stats = ended.stats
    failed = sum(number for name, number in stats.items() if name.startswith("article/failed/"))
    assert failed == len(HOSTILE)
    # None of them proves to be the article, so none is given up as one that has no headline.
    assert not (output.folder / "rejected.jsonl").exists()


def test_a_hostile_list_ends_its_walk_and_nothing_else(portal, crawl, output):
    portal.fail("/indeks$", "gzip_bomb")
    portal.fail("/rss", "body", body=b"<rss><channel><item><link>/read1/x", content_type="text/xml")
    ended = crawl(portal)
    assert ended.code == 6
    assert set(output.ids) >= set(truth(portal))
    assert "Traceback" not in ended.log


def test_the_site_s_own_hosts_are_mapped_to_the_portal(portal, crawl, output):
    story = portal.newsroom.stories[2]
    portal.fail(
        rf"/read{story.identifier}/x\?", "redirect", to=f"https://www.wartaekonomi.co.id{story.path}?page=all", times=1
    )
    ended = crawl(portal, "artikel", urls=f"https://wartaekonomi.co.id/read{story.identifier}/x")
    assert ended.code == 0, ended.log
    assert output.records[0]["url"] == story.url


# -- discovery --------------------------------------------------------------------------------------------------------


def asked(portal):
    """Count the requests by kind: article, robots, home, list."""
    kinds = Counter()
    for hit in portal.hits:
        path = hit.path.partition("?")[0]
        kinds["article" if path.startswith("/read") else path.strip("/") or "home"] += 1
    kinds["list"] = sum(kinds.values()) - kinds["article"] - kinds["robots.txt"] - kinds["home"]
    return kinds


@pytest.mark.parametrize("via", ["sections", "indeks", "sitemap"])
def test_each_source_alone_finds_everything(via, crawl, output):
    with Portal(seed=21, articles=400, days=12, per_page=4, sitemap_size=80) as portal:  # as many lists as of 1,000
        ended = crawl(portal, via=via)
        assert ended.code == 0, ended.log
        assert output.ids == truth(portal)


def test_a_thousand_articles_then_nothing_new_then_ten(crawl, output):
    with Portal(seed=22, articles=1000, days=20) as portal:
        assert crawl(portal).code == 0
        assert output.ids == truth(portal)
        portal.clear()
        again = crawl(portal)
        assert again.code == 0
        assert "nothing new" in again.last_line
        assert asked(portal)["article"] == 0
        assert asked(portal)["list"] <= 3
        portal.publish(10)
        portal.clear()
        assert crawl(portal).code == 0
        assert output.ids == truth(portal)
        assert asked(portal)["article"] == 10
        assert asked(portal)["article"] + asked(portal)["list"] - 3 <= 12


def test_a_portal_without_validators_costs_no_more_when_there_is_nothing_new(crawl, output):
    with Portal(seed=24, articles=100, days=4, validators=False) as portal:
        assert crawl(portal).code == 0
        portal.clear()
        again = crawl(portal)
        assert again.code == 0
        assert asked(portal)["article"] == 0
        assert asked(portal)["list"] <= 3
        assert asked(portal)["home"] == 0
        assert output.ids == truth(portal)


def test_a_crawl_that_has_all_it_may_take_asks_for_no_further_lists(portal, crawl, output):
    assert crawl(portal, limit="5").code == 0
    assert len(output.ids) == 5
    assert asked(portal)["list"] == 1
    assert asked(portal)["home"] == 0


def test_a_crawl_of_some_days_does_not_hide_the_gap_before_them(portal, crawl, output):
    assert crawl(portal).code == 0
    today = max(story.day for story in portal.newsroom.stories)
    before = (today - timedelta(days=5)).isoformat()
    with closing(sqlite3.connect(output.folder / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE walks SET reached = ? WHERE name = 'indeks'", [before])

    def reached():
        with closing(sqlite3.connect(output.folder / "ledger.sqlite")) as ledger:
            return ledger.execute("SELECT reached FROM walks WHERE name = 'indeks'").fetchone()[0]

    assert crawl(portal, since=today.isoformat()).code == 0
    assert reached() == before
    assert crawl(portal, since=before).code == 0
    assert reached() >= today.isoformat()


def test_an_index_whose_pages_are_in_the_path_is_walked_to_its_end(crawl, output):
    with Portal(seed=23, articles=60, days=2, layout="2020") as portal:
        days = sorted({story.day for story in portal.newsroom.stories})
        # The form of 2020: `?page=N` is not understood, the first page comes again.
        for day in days:
            with urllib.request.urlopen(f"{portal.url}/indeks/{day:%Y%m%d}") as first:
                portal.fail(rf"/indeks/{day:%Y%m%d}\?page=", "body", body=first.read(), content_type="text/html")
        since, until = days[0].isoformat(), days[-1].isoformat()
        assert crawl(portal, "indeks", since=since, until=until).code == 0
        assert output.ids == truth(portal)


def test_the_list_of_sections_is_the_menu(portal):
    listed = run("list-sections", settings={"WARTA_URL": portal.url})
    assert listed.code == 0, listed.log
    rows = [line.split("\t") for line in listed.out.splitlines()]
    assert ["Kabar Sawit", "kabar-sawit"] in [row[:2] for row in rows]
    assert all(row[2].startswith(portal.url) for row in rows)
    assert listed.log == ""


@pytest.mark.parametrize(("fault", "code"), [("403", 4), ("500", 3), ("body", 5)])
def test_a_menu_that_cannot_be_read_is_told_with_the_code_of_the_outcome(portal, fault, code):
    portal.fail("^/$", fault)
    listed = run("list-sections", settings={"WARTA_URL": portal.url})
    assert listed.code == code
    assert listed.out == ""
    assert listed.log.strip().splitlines()[-1].startswith("No menu: ")


def test_a_portal_without_feeds_is_no_failure(portal, crawl, output):
    portal.fail("/rss|/sitemap", "404")
    ended = crawl(portal)
    assert ended.code == 0, ended.log
    assert output.ids == truth(portal)


def test_feeds_that_fail_are_made_up_for_and_said(portal, crawl, output):
    portal.fail("/rss|/sitemap", "500")
    ended = crawl(portal)
    assert ended.code == 6
    assert output.ids == truth(portal)


def test_an_index_that_fails_is_made_up_for_by_the_sections(portal, crawl, output):
    portal.fail("/indeks", "404")
    ended = crawl(portal)
    assert ended.code == 6
    assert output.ids == truth(portal)


def test_sections_are_compared_again_after_a_day(portal, crawl, output):
    assert crawl(portal).code == 0
    portal.clear()
    assert crawl(portal, settings={"RECONCILE_HOURS": 0}).code == 0
    assert asked(portal)["home"] == 1
    assert asked(portal)["article"] == 0
    assert output.ids == truth(portal)


def test_a_page_that_takes_too_long_to_read_costs_one_article_and_the_crawl_goes_on(portal, crawl, output):
    slow = portal.newsroom.stories[3]
    many = b"<article><h1>Harga</h1><div class=articlePostContent>" + b"<p>Harga naik, kata dia.</p>" * 250_000
    portal.fail(f"/read{slow.identifier}/", "body", body=many)
    portal.fail("/rss", "body", body=b"<rss><channel>" + b"<item><link>/read1/x</link></item>" * 200_000)
    ended = crawl(portal, settings={"PAGE_SECONDS": 1})
    assert ended.code == 6, ended.last_line
    assert ended.stats["article/failed/too_slow"] == 1
    assert ended.stats["feed/failed/too_slow"] == 1
    assert f"No article {slow.identifier}: reading the page took longer than PAGE_SECONDS allows" in ended.log
    assert "Traceback" not in ended.log
    assert set(output.ids) == set(truth(portal)) - {slow.identifier}
    again = crawl(portal, settings={"PAGE_SECONDS": 1})
    assert "article/failed/too_slow" not in again.stats  # its next try is in a while
