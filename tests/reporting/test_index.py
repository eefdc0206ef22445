"""The page of all crawls: what it says is what is in the folder, it stays small, and it reads well in a browser."""

import itertools
import json
import random
from datetime import timedelta

import pytest
from lxml import html

from tests.conftest import run as run_scrapy
from tests.reporting.test_report import NOW, SECTIONS, Newsdesk, article, chromium, troubled
from wartacrawl.language import dates
from wartacrawl.portal.server import Portal
from wartacrawl.reporting import report
from wartacrawl.reporting.index import index_facts
from wartacrawl.reporting.page import render_index
from wartacrawl.storage.store import Store


@pytest.fixture
def desk(tmp_path):
    desk = Newsdesk(tmp_path / "output")
    yield desk
    desk.store.close()


def facts(desk, counts=None):
    return index_facts(desk.folder, {} if counts is None else counts, NOW)


def two_years(folder, crawls_a_day=24, articles_a_day=60):
    """Fill a folder with two years of news and hourly crawls, in seconds."""
    rng = random.Random(5)
    store = Store.open(folder)
    today = dates.day(NOW)
    states = ["exported"] * 60 + ["gone"]
    with store.ledger.transaction():
        identifier = 500_000
        for ago in range(730):
            day = today - timedelta(days=ago)
            number = rng.randint(articles_a_day // 2, articles_a_day)
            today_states = [rng.choice(states) for _ in range(number)]
            if rng.random() < 0.05:
                today_states[-1] = "failed"
            for state in today_states:
                identifier += 1
                store.ledger.execute(
                    "INSERT INTO articles (identifier, day, state, first_seen) VALUES (?, ?, ?, 0)",
                    (identifier, day.isoformat(), state),
                )
            if rng.random() < 0.9 and ago:
                store.ledger.record_day(day.isoformat(), clean=True, began=NOW.timestamp())
            path = folder / "articles" / f"{day:%Y}" / f"{day}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            sections = rng.choices([*SECTIONS, *SECTIONS[:2], "Bursa", "Video", None], k=number)
            text = "".join(json.dumps({"version": 1, "article_section": name}) + "\n" for name in sections)
            path.write_text(text)
            relative = path.relative_to(folder).as_posix()
            store.ledger.extend_part(relative, length=len(text), lines=number, last_line=b"")
        for ago in range(730 * crawls_a_day, 0, -1):
            started = NOW.timestamp() - ago * 86_400 / crawls_a_day
            word = rng.choice(["ok"] * 20 + ["partial", "unreachable", "drift"])
            stats = {"export/lines": rng.randint(0, 9), "downloader/request_count": 40, "outcome/why": "so it was"}
            store.ledger.execute(
                "INSERT INTO runs (spider, arguments, host, pid, started, heartbeat, ended, outcome, stats)"
                " VALUES ('warta', '{}', 'x', 1, ?, ?, ?, ?, ?)",
                (started, started, started + 240, word, json.dumps(stats)),
            )
    store.close()


# -- facts ------------------------------------------------------------------------------------------------------------


def test_crawls_days_and_sections_are_those_of_the_folder(desk):
    troubled(desk)
    found = facts(desk)
    assert [crawl["outcome"] for crawl in found["crawls"]] == ["partial", "unreachable", "ok", "ok", "ok", "ok"]
    assert found["crawls"][0]["written"] == 89
    assert found["pending"] == desk.ledger.count_pending() == 2
    assert found["months"][0]["outcomes"] == {"partial": 1, "unreachable": 1, "ok": 4}
    days = {day["day"]: day for day in found["days"]}
    assert days["2026-07-11"]["state"] == "missing"
    assert days["2026-07-11"]["missing"] == 2
    assert days["2026-07-12"]["state"] == "open"
    assert list(days) == sorted(days)
    assert max(days) == "2026-07-12", "until today, with the clock of the test"


def test_the_trend_of_a_few_days_fills_the_picture(desk):
    troubled(desk)
    found = facts(desk)
    page = html.fromstring(render_index(found))
    assert page.find_class("area")[0].get("viewbox") == "0 0 30 100"
    assert "The last 31 days" in page.text_content()
    assert page.find_class("axis")[0].text_content() == "Jul"


def test_sections_are_counted_once_and_only_what_was_added_is_read(desk):
    desk.crawl([article(1, NOW, "EkBis"), article(2, NOW, "EkBis"), article(3, NOW, None)])
    counts = {}
    assert facts(desk, counts)["sections"] == {"2026-07-12": {"EkBis": 2, "": 1}}
    part = desk.folder / "articles" / "2026" / "2026-07-12.jsonl"
    length = part.stat().st_size
    desk.crawl([article(4, NOW, "Bursa"), article(1, NOW, "EkBis", headline="Judul yang sudah diperbaiki redaksi")])
    part.write_bytes(b"#" * length + part.read_bytes()[length:])  # not read again
    assert facts(desk, counts)["sections"] == {"2026-07-12": {"EkBis": 2, "": 1, "Bursa": 1}}
    assert counts == {"articles/2026/2026-07-12.jsonl": (part.stat().st_size, {"EkBis": 2, "": 1, "Bursa": 1})}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": [1, 2]}', '{"a": ["x", {}]}'])
def test_counts_that_are_damaged_are_made_again(desk, text):
    desk.crawl([article(1, NOW)])
    report.write_index(desk.folder)
    kept = desk.folder / "reports" / ".counts"
    before = kept.read_text()
    kept.write_text(text)
    report.write_index(desk.folder)
    assert kept.read_text() == before


def test_an_empty_folder_has_a_page(desk):
    assert "No article of the last year" in render_index(facts(desk))


# -- the page ---------------------------------------------------------------------------------------------------------


def test_two_years_of_hourly_crawls_fit_into_300_kb_and_take_a_moment(tmp_path):
    two_years(tmp_path)
    page = render_index(index_facts(tmp_path, {}, NOW))
    assert len(page.encode()) < 300_000
    tree = html.document_fromstring(page)
    assert len(tree.xpath("//*[contains(@class, 'year')]/*[local-name() = 'rect'][*[local-name() = 'title']]")) == 730
    assert len(tree.xpath("//section[@aria-labelledby = 'crawls']/table[1]/tbody/tr")) == 150
    assert not tree.xpath("//script | //img | //iframe | //form")
    assert tree.xpath("//link/@href") == ["data:,"]


def test_what_pages_held_is_shown_and_never_run(desk):
    nasty = "<script>alert(1)</script>"
    desk.crawl([article(1, NOW, nasty)], why=nasty, sections=nasty)
    page = render_index(facts(desk))
    assert nasty not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (1)" in page


def test_the_page_reads_well_in_a_browser_and_its_links_lead_to_reports_and_back(desk):
    pytest.importorskip("playwright")
    for crawl in (troubled(desk), desk.crawl([article(500, NOW)])):
        report.write(desk.folder, desk.facts(*crawl))
    index = report.write_index(desk.folder)
    driver, options = chromium()
    with driver as playwright, playwright.chromium.launch(**options) as browser:
        for width, scheme in itertools.product((1280, 390), ("light", "dark")):
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            told, asked = [], []
            page.on("console", lambda message, told=told: told.append(message.text))
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(index.as_uri())
            assert told == []
            assert [url for url in asked if not url.startswith("data:")] == [index.as_uri()]
            for details in page.locator("summary").all():
                details.press("Enter")
            assert page.locator("details[open]").count() == page.locator("details").count() == 2
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.get_by_role("img", name="New articles a day by section").count() == 1
            assert page.get_by_role("img", name="2026, days: ").count() == 1
            page.close()
        page = browser.new_page()
        page.goto(index.as_uri())
        links = page.locator("a")
        assert links.count() == 2
        links.first.click()
        assert page.inner_text("h1").startswith("ok")
        page.get_by_role("link", name="All crawls").click()
        assert page.url == index.as_uri()


# -- on the replica ---------------------------------------------------------------------------------------------------


def test_every_crawl_and_the_command_write_the_page(crawl, output):
    with Portal(articles=6, days=2) as portal:
        assert crawl(portal).code == 0
    index = output.folder / "reports" / "index.html"
    tree = html.parse(index)
    (link,) = tree.xpath("//section[@aria-labelledby = 'crawls']//a/@href")
    assert (index.parent / link).exists()
    index.unlink()
    made = run_scrapy("report", settings={"OUTPUT_DIR": output.folder})
    assert made.out.splitlines()[-1] == str(index)
    assert index.exists()


def test_a_page_that_cannot_be_written_changes_no_outcome_and_no_report(crawl, output):
    (output.folder / "reports" / "index.html").mkdir(parents=True)
    with Portal(articles=3, days=1) as portal:
        ended = crawl(portal)
    assert ended.code == 0
    assert ended.log.count("The page of all crawls was not updated: ") == 1
    assert ended.log.count(" INFO: Report: ") == 1
    assert "Traceback" not in ended.log
