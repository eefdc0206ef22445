"""The report: what it says is what was written, and it is good to read in a browser without a network."""

import contextlib
import itertools
import json
import math
import re
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.conftest import run as run_scrapy
from wartacrawl.items import Article
from wartacrawl.language.dates import JAKARTA
from wartacrawl.portal.server import Portal
from wartacrawl.reporting import report
from wartacrawl.reporting.facts import facts
from wartacrawl.reporting.latency import Latency
from wartacrawl.reporting.monitors import MONITORS
from wartacrawl.reporting.page import render
from wartacrawl.storage.store import Store

NOW = datetime(2026, 7, 12, 9, 30, tzinfo=UTC)
SECTIONS = ("EkBis", "Kabar Sawit", "New Economy", "Sport & Lifestyle", "Kabar Finansial")


def article(number, published, section="EkBis", **more):
    identifier = str(600000 + number)
    facts = {
        "headline": f"Harga sawit nomor {number} naik di pasar Asia, petani berharap tren bertahan",
        "article_body": f"Berita nomor {number} bercerita tentang pasar.\n\nParagraf kedua menyebut {number * 7}.",
        "date_published": published.isoformat(),
        "article_section": section,
    }
    metadata = {
        "date_downloaded": NOW.isoformat(),
        "discovered_via": "rss",
        "content_hash": "0" * 64,
        "field_sources": {},
        "layout": None,
        "validation_messages": [],
        "changed_fields": [],
        "schema_version": 1,
        "job": None,
    }
    url = f"https://wartaekonomi.co.id/read{identifier}/harga-sawit-{number}"
    return Article(identifier=identifier, url=url, metadata=metadata, **{**facts, **more})


class Newsdesk:
    """An output folder, and crawls that fill it without a portal."""

    def __init__(self, folder):
        self.folder = folder
        self.store = Store.open(folder)
        self.ledger = self.store.ledger
        self.ledger.clock = self.clock
        self.now = NOW

    def clock(self):
        return self.now.timestamp()

    def crawl(
        self,
        articles=(),
        *,
        spider="warta",
        outcome="ok",
        why="nothing new",
        failures=(),
        rejected=(),
        stats=None,
        **arguments,
    ):
        """Write a crawl of four minutes and return its number and the lengths of the parts before it."""
        before = self.ledger.parts()
        run = self.ledger.begin_run(spider, arguments)
        articles = list(articles)
        self.now += timedelta(minutes=4)
        for start in range(0, len(articles), 64):
            chunk = articles[start : start + 64]
            days = [(int(one.identifier), None, (one.date_published or "")[:10] or None) for one in chunk]
            self.ledger.announce(days, "rss")
            self.store.write(chunk)
        for identifier, reason in failures:
            self.ledger.announce([(identifier, "sebuah-berita", "2026-07-11")], "indeks:2026-07-11")
            final = "gone" if "404" in reason else None
            self.ledger.record_failure(identifier, reason, final=final)
        for record in rejected:
            self.store.reject(record)
        counted = {
            "export/lines": len(articles),
            "classify/new": len(articles),
            "validate/rejected": len(list(rejected)),
            "outcome/why": why,
            **(stats or {}),
        }
        self.ledger.end_run(run, outcome, counted)
        return run, before

    def facts(self, run, before=None, **more):
        return facts(self.folder, run, before=before, **more)


@pytest.fixture
def desk(tmp_path):
    desk = Newsdesk(tmp_path / "output")
    yield desk
    with contextlib.suppress(Exception):
        desk.store.close()


def busy_week():
    return [
        article(n, NOW.astimezone(JAKARTA) - timedelta(hours=n * 1.7), SECTIONS[n * n % len(SECTIONS)])
        for n in range(1, 90)
    ]


def rich_stats(articles=89, generic=4):
    latency = Latency()
    for n in range(240):
        latency.add(0.04 + (n % 17) ** 2 / 300)
    latency.add(12)
    layers = {
        "headline": {"json_ld": articles},
        "article_body": {"layout": articles - generic, "generic": generic},
        "date_published": {"json_ld": articles - 9, "meta": 9},
        "description": {"json_ld": 61, "meta": articles - 61},
        "keywords": {"meta": articles // 2},
        "editors": {"layout": articles - 3},
        "canonical_url": {"meta": articles},
        "article_section": {"layout": articles - 20, "json_ld": 18},
    }
    stats = {f"extract/{name}/{layer}": n for name, found in layers.items() for layer, n in found.items()}
    return stats | {
        **latency.stats(),
        "item_scraped_count": articles,
        "extract/date_published/disagreement": 3,
        "downloader/request_count": 251,
        "downloader/response_bytes": 9_414_022,
        "downloader/response_status_count/200": 231,
        "downloader/response_status_count/301": 6,
        "downloader/response_status_count/404": 2,
        "downloader/response_status_count/503": 12,
        "article/asked": articles + 4,
        "walk/known": 11,
        "monitors/passed": 8,
        "monitors/failed/Failed": "3 of 93 articles could not be fetched",
    }


def troubled(desk):
    """Return the number of a crawl with all that a report can show, after some earlier ones."""
    for day in range(4):
        desk.crawl([article(1000 + day, NOW)], stats=rich_stats(60, 1))
        desk.now += timedelta(hours=12)
    desk.crawl(outcome="unreachable", why="no page", sections="ekbis")
    headless = {"reasons": ["the page has no headline"], "job": None, **article(990, NOW, headline=None).record()}
    nasty = {
        "reasons": ["<script>alert(1)</script>"],
        "job": None,
        **article(991, NOW, headline="Rupiah & <b>tebal</b>").record(),
        "url": "javascript:alert(1)",
    }
    return desk.crawl(
        busy_week(),
        outcome="partial",
        why="3 articles could not be fetched and will be tried again; 2 articles rejected, see rejected.jsonl",
        failures=[(590001, "HTTP 503"), (590002, "TimeoutError: " + "x" * 150), (590003, "HTTP 404")],
        rejected=[headless, nasty],
        stats=rich_stats(),
    )


# -- facts ------------------------------------------------------------------------------------------------------------


def test_days_and_sections_are_those_of_the_lines_this_crawl_wrote(desk):
    desk.crawl([article(1, NOW, "EkBis"), article(2, NOW, "EkBis")])
    run, before = desk.crawl(
        [
            article(3, NOW, "EkBis"),
            article(4, NOW - timedelta(days=1), "Kabar Sawit"),
            article(5, NOW - timedelta(days=1), None),
            article(6, NOW, "Bursa", date_published=None),
        ]
    )
    found = desk.facts(run, before)
    assert found["days"] == {"2026-07-11": 2, "2026-07-12": 1, "undated": 1}
    assert found["sections"] == {"EkBis": 1, "Kabar Sawit": 1, "Bursa": 1, "": 1}
    assert {line["headline"] for line in found["recent"]} == {article(n, NOW).headline for n in (3, 4, 5, 6)}
    assert "no date" in render(found)


def test_failed_and_rejected_are_those_of_this_crawl_and_linked(desk):
    desk.crawl(failures=[(580001, "HTTP 500")], rejected=[{"reasons": ["x"], **article(980, NOW).record()}])
    desk.now += timedelta(hours=1)
    found = desk.facts(*troubled(desk))
    assert [row["identifier"] for row in found["failed"]["rows"]] == ["590002", "590001", "590003"]
    assert found["failed"]["rows"][1]["url"] == "https://wartaekonomi.co.id/read590001/sebuah-berita"
    assert [row["is_final"] for row in found["failed"]["rows"]] == [False, False, True]
    assert found["failed"]["pending"] == 3
    assert found["rejected"]["count"] == 2
    assert found["rejected"]["rows"][0]["reasons"] == ["the page has no headline"]


def test_a_crawl_is_shown_beside_earlier_ones_of_its_spider(desk):
    found = desk.facts(*troubled(desk))
    assert [(one["outcome"], one["is_same_kind"]) for one in found["earlier"]] == [
        ("unreachable", False), ("ok", True), ("ok", True), ("ok", True), ("ok", True),
    ]  # fmt: skip
    fields = {one["name"]: one for one in found["fields"]}
    assert fields["article_body"]["layers"] == {"layout": 85, "generic": 4}
    assert fields["keywords"]["share"] == 44 / 89
    assert fields["keywords"]["earlier"] == 0.5


def test_the_calendar_holds_the_days_that_were_asked_for(desk):
    run, before = desk.crawl([article(1, NOW)], spider="indeks", since="2026-07-10", until="2026-07-20")
    assert [day["day"] for day in desk.facts(run, before)["coverage"]] == ["2026-07-10", "2026-07-11", "2026-07-12"]


def test_the_facts_are_plain_json(desk):
    found = desk.facts(*troubled(desk))
    assert json.loads(json.dumps(found)) == found


def test_a_crawl_that_was_killed_is_told_from_one_under_way(desk):
    desk.now = datetime.now(UTC)
    under_way = desk.ledger.begin_run("warta", {})
    desk.now -= timedelta(hours=1)
    killed = desk.ledger.begin_run("warta", {})
    assert desk.facts(under_way)["outcome"]["word"] == "running"
    found = desk.facts(killed)["outcome"]
    assert (found["word"], found["code"]) == ("crashed", 1)
    assert "every line it wrote is complete" in found["why"]


def test_an_outcome_that_the_ledger_could_not_take_is_told_all_the_same(desk):
    desk.now = datetime.now(UTC)
    run = desk.ledger.begin_run("warta", {})
    found = desk.facts(run, stats={"outcome": "crashed", "outcome/why": "the disk is full"})["outcome"]
    assert found == {"word": "crashed", "code": 1, "why": "the disk is full"}


def test_an_unknown_run_is_one_sentence(desk):
    with pytest.raises(LookupError, match="has no run 7"):
        desk.facts(7)


@given(st.lists(st.floats(0.002, 3000), min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 0.99]))
def test_percentiles_are_right_to_five_percent(seconds, share):
    latency = Latency()
    for one in seconds:
        latency.add(one)
    exact = sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]
    assert latency.percentile(share) == pytest.approx(exact, rel=0.05)


def test_answer_times_take_bounded_memory():
    latency = Latency()
    for n in range(100_000):
        latency.add(n * n / 1000)
    assert len(vars(latency)["_counts"]) < 320
    assert sum(n for name, n in latency.stats().items() if "within" in name) == 100_000


# -- files ------------------------------------------------------------------------------------------------------------


def test_names_of_reports_sort_by_time_and_nothing_half_written_is_left(desk):
    written = [report.write(desk.folder, desk.facts(*desk.crawl([article(n, NOW)]))) for n in range(1, 4)]
    names = [path.name for path in sorted((desk.folder / "reports").iterdir())]
    assert names == [path.name for pair in written for path in sorted(pair)]


def test_a_page_that_cannot_be_made_leaves_the_old_one(desk):
    found = desk.facts(*desk.crawl())
    _, page = report.write(desk.folder, found)
    before = page.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        report.write(desk.folder, {**found, "outcome": {"word": "ok", "code": 0, "why": "\ud800"}})
    assert page.read_bytes() == before
    assert len(list(page.parent.iterdir())) == 2


def test_rebuilding_makes_the_same_page_from_the_json(desk):
    _, page = report.write(desk.folder, desk.facts(*troubled(desk)))
    before = page.read_bytes()
    page.unlink()
    assert report.rebuild(desk.folder)[-2] == page
    assert page.read_bytes() == before


def test_a_crawl_without_a_report_gets_one_from_the_ledger(desk):
    desk.crawl([article(1, NOW)], why="1 article written")
    page, _ = report.rebuild(desk.folder, 1)
    assert "1 article written" in page.read_text()
    assert json.loads(page.with_suffix(".json").read_text())["days"] is None


def test_a_report_that_was_damaged_is_named(desk):
    kept, _ = report.write(desk.folder, desk.facts(*desk.crawl()))
    for text in ("{", "{}", "[]"):
        kept.write_text(text)
        with pytest.raises(LookupError, match=r"-1\.json is not a report of this version"):
            report.rebuild(desk.folder)


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_needs_nothing_but_itself(desk):
    page = html.document_fromstring(render(desk.facts(*troubled(desk))))
    assert not page.xpath("//script | //img | //iframe | //object | //video | //form")
    assert page.xpath("//link/@href") == ["data:,"]
    assert "url(" not in "".join(page.xpath("//style/text()"))
    assert {address.split(":")[0] for address in page.xpath("//a/@href")} == {"https", "index.html"}


def test_what_pages_held_is_shown_and_never_run(desk):
    text = render(desk.facts(*troubled(desk)))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "Rupiah &amp; &lt;b&gt;tebal&lt;/b&gt;" in text
    assert 'href="javascript' not in text


@pytest.mark.parametrize("word", ["ok", "crashed", "usage", "unreachable", "blocked", "drift", "partial"])
def test_every_outcome_is_the_first_line_and_says_what_to_do(desk, word):
    page = html.document_fromstring(render(desk.facts(*desk.crawl(outcome=word, why="because of this"))))
    assert page.xpath("normalize-space((//h1 | //h2 | //p)[1])") == f"{word} because of this"
    assert bool(page.xpath("//p[contains(@class, 'advice')]")) == (word != "ok")


def test_commands_are_set_as_code_and_no_backtick_is_left(desk):
    run = desk.crawl(outcome="drift", why="3 of 4 `articles`: run `scrapy doctor`", stats=rich_stats(1, 0))
    page = html.document_fromstring(render(desk.facts(*run)))
    assert page.xpath("//h1/code/text()") == ["articles", "scrapy doctor"]
    page.xpath("//pre")[0].drop_tree()
    assert "`" not in page.text_content()
    assert "Of 1 article read" in page.text_content()
    assert not re.search(r"\b1 (?!MB|kB|min|ms|s\b)[a-z]+s\b", page.text_content())


def chromium():
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    return sync_playwright(), {"executable_path": path, "args": flags}


def test_the_page_reads_well_in_a_browser_on_a_desk_and_on_a_phone(desk):
    pytest.importorskip("playwright")
    pages = {"partial": report.write(desk.folder, desk.facts(*troubled(desk)))[1]}
    year = [article(2000 + n, NOW - timedelta(hours=9 * n), SECTIONS[n % 5] * (1 + n % 3)) for n in range(900)]
    run, before = desk.crawl(year, spider="indeks", since="2025-07-20", until="2026-07-12", stats=rich_stats(900))
    pages["ok"] = report.write(desk.folder, desk.facts(run, before))[1]
    long = "no page of http://" + "a-very-long-host-name." * 12 + "example could be fetched"
    pages["unreachable"] = report.write(desk.folder, desk.facts(*desk.crawl(outcome="unreachable", why=long)))[1]
    driver, options = chromium()
    with driver as playwright, playwright.chromium.launch(**options) as browser:
        for word, path in pages.items():
            for width, scheme in itertools.product((1280, 390, 320), ("light", "dark")):
                page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                told, asked = [], []
                page.on("console", lambda message, told=told: told.append(message.text))
                page.on("pageerror", lambda error, told=told: told.append(str(error)))
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.goto(path.as_uri())
                assert told == []
                assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
                assert page.evaluate("document.documentElement.scrollWidth") == width
                assert page.inner_text("body").strip().startswith(word)
                cut = "[...document.querySelectorAll('td, th, li, dd')].filter(e => e.scrollWidth > e.clientWidth + 1)"
                assert page.evaluate(f"{cut}.filter(e => !e.closest('.hidden')).map(e => e.outerHTML)") == []
                page.close()


# -- on the replica ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def portal():
    with Portal(articles=40, days=3) as replica:
        yield replica


def test_a_crawl_leaves_a_report_that_agrees_with_its_lines(portal, crawl, output):
    ended = crawl(portal)
    portal.clear()
    (kept,) = (output.folder / "reports").glob("*.json")
    found = json.loads(kept.read_text())
    assert found["outcome"] == {"word": "ok", "code": 0, "why": ended.stats["outcome/why"]}
    assert found["numbers"]["written"] == sum(found["days"].values()) == len(output.ids) == 40
    assert found["sections"] == Counter(record["article_section"] or "" for record in output.records)
    assert found["responses"]["statuses"]["200"] == ended.stats["downloader/response_status_count/200"]
    assert found["responses"]["latency"]["count"] == ended.stats["downloader/response_count"]
    assert found["run"]["origin"] == portal.url
    assert [row["name"] for row in found["monitors"]] == [monitor.name for monitor in MONITORS]
    assert str(kept.with_suffix(".html")) in ended.log
    assert "Outcome: ok" in ended.last_line


def test_a_report_that_cannot_be_written_changes_no_outcome(portal, crawl, output):
    output.folder.mkdir()
    (output.folder / "reports").write_text("in the way")
    ended = crawl(portal, limit=3)
    assert ended.code == 0
    assert ended.log.count("No report of this crawl: ") == 1
    assert "Traceback" not in ended.log
    assert len(output.ids) == 3


def test_the_command_prints_the_pages_it_made(portal, crawl, output):
    crawl(portal, limit=2)
    crawl(portal, limit=2)
    made = run_scrapy("report", settings={"OUTPUT_DIR": output.folder})
    assert made.code == 0, made.log
    pages = sorted((output.folder / "reports").glob("*-*.html"))
    assert made.out.split() == [str(path) for path in (*pages, output.folder / "reports" / "index.html")]
    one = run_scrapy("report", "--run", "1", settings={"OUTPUT_DIR": output.folder})
    assert one.out.split() == [made.out.split()[0], made.out.split()[-1]]


def test_the_command_says_what_is_missing(output):
    none = run_scrapy("report", settings={"OUTPUT_DIR": output.folder})
    assert none.code == 1
    assert none.log.strip().endswith("has no ledger yet: run `scrapy crawl warta` first.")
