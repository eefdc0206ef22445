"""Lists that can be trusted: what is believed of an empty one, and that every walk ends."""

import re
import urllib.request
from datetime import date, timedelta

import pytest

from tests.driver import drive
from wartacrawl.portal.server import Portal
from wartacrawl.spiders.indeks import IndeksSpider
from wartacrawl.spiders.warta import WartaSpider
from wartacrawl.storage.ledger import Ledger


@pytest.fixture
def portal():
    with Portal(seed=61, articles=60, days=6) as replica:
        yield replica


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "output"


def lists(driven):
    return [url for url in driven.asked if "/read" not in url]


def truth(portal):
    return sorted(story.identifier for story in portal.newsroom.stories)


def ids(driven):
    return sorted({item.identifier for item in driven.items})


# A container that an inline script fills: no skeleton, no spinner, no word that there is nothing.
BARE = b"""<!doctype html><html><body><header><nav><a href="/indeks">Indeks</a></nav></header>
<main><h1>Indeks Berita</h1><div class="hasil"></div></main>
<script>muat(document.querySelector(".hasil"))</script></body></html>"""


# -- empty lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spider", "arguments"), [(IndeksSpider, {}), (WartaSpider, {"via": "indeks"})])
def test_an_index_that_shows_nothing_and_says_nothing_is_drift_and_closes_no_day(portal, folder, spider, arguments):
    portal.fail("^/indeks", "body", body=BARE)
    driven = drive(spider, portal, folder, **arguments)
    assert driven.outcome.word == "drift"
    assert driven.stats["list/shell"] >= 2
    with_ledger = Ledger(folder / "ledger.sqlite", read_only=True)
    assert with_ledger.query("SELECT count(*) FROM days WHERE clean") == [(0,)]
    with_ledger.close()


def test_one_day_that_says_nothing_makes_the_crawl_partial_and_is_asked_for_again(portal, folder):
    days = sorted({story.day for story in portal.newsroom.stories})
    portal.fail(f"^/indeks/{days[1]:%Y%m%d}", "body", body=BARE)
    given = {"since": days[0].isoformat(), "until": days[2].isoformat()}
    driven = drive(IndeksSpider, portal, folder, **given)
    assert driven.outcome.word == "partial"
    assert "1 list came without any article and without saying that there is none" in driven.outcome.why
    portal.heal()
    again = drive(IndeksSpider, portal, folder, **given)
    assert again.outcome.word == "ok"
    assert any(f"{days[1]:%Y%m%d}" in url for url in again.asked)
    assert not any(f"{days[0]:%Y%m%d}" in url for url in again.asked)


def test_a_section_that_says_it_is_empty_is_believed_until_it_has_listed_something(portal, folder):
    path = portal.newsroom.section("ekbis").path
    portal.fail(f"^{path}", "empty_list")
    assert drive(WartaSpider, portal, folder, via="sections").outcome.word == "ok"
    portal.heal()
    assert drive(WartaSpider, portal, folder, via="sections").outcome.word == "ok"
    portal.fail(f"^{path}", "empty_list")
    assert drive(WartaSpider, portal, folder, via="sections").outcome.word == "partial"


def section_page(portal, slug, title="", script=""):
    """Return the page of a section as the portal prints it, without any card and without a notice."""
    section = portal.newsroom.section(slug)
    html = urllib.request.urlopen(portal.url + section.path).read().decode()
    head, _, rest = html.partition("</header>")
    assert rest
    name = title or section.name
    head = re.sub("<title>[^<]*", f"<title>{name}", head)
    return f"{head}</header><h1>{name}</h1>{script}</body></html>".encode()


def test_a_section_that_never_had_an_article_makes_one_crawl_partial_and_is_then_a_warning(portal, folder, caplog):
    path = portal.newsroom.section("ekbis").path
    bare = section_page(portal, "ekbis", script="<script>hitung()</script>")
    portal.fail(f"^{path}", "body", body=bare)
    assert drive(WartaSpider, portal, folder).outcome.word == "partial"
    again = drive(WartaSpider, portal, folder)
    assert again.outcome.word == "ok"
    assert "1 section of the menu without any article, as in earlier crawls" in again.outcome.why
    assert "lists no article, as in earlier crawls" in caplog.text
    assert drive(WartaSpider, portal, folder, sections="ekbis").outcome.word == "drift"  # it was asked for
    portal.heal()
    assert drive(WartaSpider, portal, folder, via="sections").outcome.word == "ok"
    portal.fail(f"^{path}", "body", body=bare)
    for _ in range(3):  # it had articles
        assert drive(WartaSpider, portal, folder, via="sections").outcome.word == "partial"


def test_a_section_page_that_does_not_prove_to_be_it_stays_partial(portal, folder):
    path = portal.newsroom.section("ekbis").path
    for body in (section_page(portal, "ekbis", title="Masuk"), BARE):
        portal.fail(f"^{path}", "body", body=body)
        for _ in range(3):
            assert drive(WartaSpider, portal, folder).outcome.word == "partial"
        portal.heal()


def test_a_menu_of_sections_without_articles_stays_partial(portal, folder):
    for section in portal.newsroom.sections:
        portal.fail(f"^{section.path}", "body", body=section_page(portal, section.slug))
    for _ in range(3):
        assert drive(WartaSpider, portal, folder).outcome.word == "partial"


@pytest.mark.parametrize("body", [b"<html>Sedang dalam perbaikan</html>", b"\x00\xff" * 99, b"<rss><channel/></rss>"])
def test_garbage_for_rss_is_not_ok(portal, folder, body):
    portal.fail("^/rss", "body", body=body)
    assert drive(WartaSpider, portal, folder, via="rss").outcome.word == "drift"
    assert drive(WartaSpider, portal, folder, via="rss,indeks").outcome.word == "partial"


# -- sources as named -------------------------------------------------------------------------------------------------


def test_via_rss_asks_rss_alone_and_the_next_crawl_without_via_makes_up_for_it(portal, folder, caplog):
    driven = drive(WartaSpider, portal, folder, via="rss")
    assert lists(driven) == [f"{portal.url}/rss"]
    assert len(ids(driven)) == 20
    assert "the next crawl without via makes up for it" in caplog.text
    assert sorted({*ids(driven), *ids(drive(WartaSpider, portal, folder))}) == truth(portal)


# -- every walk ends --------------------------------------------------------------------------------------------------


def index_of(*urls):
    children = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex>{children}</sitemapindex>".encode()


def test_sitemaps_that_name_each_other_in_a_circle_end(portal, folder):
    portal.fail("^/sitemap.xml", "body", body=index_of(f"{portal.url}/sitemap.xml", f"{portal.url}/news/news-a.xml"))
    back = index_of(f"{portal.url}/news/news-b.xml", f"{portal.url}/sitemap.xml")
    portal.fail("^/news/", "body", body=back)
    driven = drive(WartaSpider, portal, folder, via="sitemap")
    assert len(lists(driven)) == 3


def test_sitemaps_without_end_are_bounded(portal, folder):
    many = index_of(*(f"{portal.url}/news/news-{n}.xml" for n in range(30)))
    portal.fail("^/sitemap.xml", "body", body=many)
    portal.fail("^/news/", "body", body=b"<urlset></urlset>")
    driven = drive(WartaSpider, portal, folder, via="sitemap", settings={"SITEMAP_FILES": 5})
    assert len(lists(driven)) == 5
    assert driven.outcome.word == "partial"


def test_a_list_whose_every_page_is_new_is_left_at_the_bound(portal, folder):
    section = portal.newsroom.section("ekbis").path
    for number in range(1, 9):
        card = f'<a class="articleListItem" href="/read{900_000 + number}/x" title="Judul {number}">Judul {number}</a>'
        page = f"^{section}$" if number == 1 else f"^{section}.page={number}$"
        portal.fail(page, "body", body=f"<html><body>{card}</body></html>".encode())
    driven = drive(WartaSpider, portal, folder, sections="ekbis", settings={"LIST_PAGES": 6})
    assert len([url for url in driven.asked if section in url]) == 6
    assert driven.stats["list/bounded"] == 1
    assert driven.outcome.word == "partial"
    assert "1 list had no end" in driven.outcome.why
    again = drive(WartaSpider, portal, folder, sections="ekbis", settings={"LIST_PAGES": 6})
    assert len([url for url in again.asked if section in url]) == 1


@pytest.mark.parametrize("spider", [IndeksSpider, WartaSpider])
def test_an_index_that_shows_one_list_for_every_day_ends(portal, folder, spider):
    cards = "".join(
        f'<a class="articleListItem" href="/read{n}/x">Judul berita {n}</a>' for n in range(900_000, 900_009)
    )
    portal.fail("^/indeks.*page=", "404")
    portal.fail("^/indeks", "body", body=f"<html><body>{cards}</body></html>".encode())
    arguments = {"since": "2001-01-01"} if spider is IndeksSpider else {"via": "indeks"}
    driven = drive(spider, portal, folder, **arguments)
    assert len(lists(driven)) < 20
    assert driven.outcome.word == "partial"
    assert "showed the list of another day" in driven.outcome.why


def test_an_index_of_empty_days_ends_where_no_index_can_be(portal, folder):
    driven = drive(WartaSpider, portal, folder, via="indeks", settings={"INDEX_DAYS": 8, "INDEX_EMPTY_DAYS": 500})
    oldest = min(url.rpartition("/")[2][:8] for url in lists(driven) if "/indeks/" in url)
    assert date.fromisoformat(oldest) >= portal.newsroom.now.date() - timedelta(days=9)


def test_an_index_without_a_day_may_show_the_articles_of_yesterday(portal, folder):
    yesterday = portal.newsroom.now.date() - timedelta(days=1)
    with urllib.request.urlopen(f"{portal.url}/indeks/{yesterday:%Y%m%d}") as answer:
        portal.fail("^/indeks$", "body", body=answer.read())
    portal.fail("^/indeks.page=", "404")
    driven = drive(WartaSpider, portal, folder, via="indeks")
    assert driven.outcome.word == "ok"
    assert "list/copied" not in driven.stats
