"""What is taken for an article, and what becomes of those that cannot be fetched."""

import sqlite3
import urllib.request
from contextlib import closing

import pytest

from tests.driver import drive
from wartacrawl.portal.server import Portal
from wartacrawl.spiders.artikel import ArtikelSpider
from wartacrawl.spiders.warta import WartaSpider
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.store import Store


@pytest.fixture
def portal():
    with Portal(seed=62, articles=30, days=2) as replica:
        yield replica


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "output"


def row(folder, identifier):
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
        return ledger.execute(
            "SELECT state, reason, attempts FROM articles WHERE identifier = ?", (int(identifier),)
        ).fetchone()


def make_folder(folder):
    Store.open(folder).close()
    return folder


def hurry(folder):
    """Let every pause after a failure be over."""
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE articles SET next_try = 0 WHERE next_try IS NOT NULL")


def forget_lists(folder):
    """Let every list be new again."""
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("DELETE FROM validators")


def ids(driven):
    return {item.identifier for item in driven.items}


def page(head, body):
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


WORDS = "<p>" + "Silakan coba beberapa saat lagi, kami sedang memperbaiki sistem. " * 12 + "</p>"
ARTICLE = "<meta property='og:type' content='article'>"
OTHER_PAGES = {
    "challenge": page("<title>Just a moment...</title>", f"<h1>wartaekonomi.co.id</h1>{WORDS}"),
    "soft 404": page("<title>Tidak ditemukan - Warta Ekonomi</title>", "<h1>Halaman tidak ditemukan</h1>"),
    "maintenance": page("<title>Perbaikan</title>", f"<article><h1>Sedang dalam perbaikan</h1>{WORDS}</article>"),
    "login": page("<title>Masuk</title>", f"<h1>Masuk</h1><form><input></form>{WORDS}"),
    "home page": page(
        "<title>Warta Ekonomi</title><link rel='canonical' href='https://wartaekonomi.co.id/'>",
        f"<div class='articlePostContent'><h1>Berita terkini</h1>{WORDS}</div>",
    ),
    "another article": page(
        f"<link rel='canonical' href='https://wartaekonomi.co.id/read570001/lain'>{ARTICLE}",
        f"<article><h1>Berita lain</h1>{WORDS}</article>",
    ),
    "template without content": page(
        "<link rel='canonical' href='https://wartaekonomi.co.id/read{id}/x'>",
        "<h1>Berita tidak ditemukan</h1><p>Maaf.</p>",
    ),
}


@pytest.mark.parametrize("name", OTHER_PAGES)
def test_a_page_that_does_not_prove_to_be_the_article_is_never_exported_and_tried_again(portal, folder, name):
    lost = portal.newsroom.stories[4].identifier
    portal.fail(f"/read{lost}", "body", body=OTHER_PAGES[name].replace(b"{id}", lost.encode()))
    driven = drive(WartaSpider, portal, folder)
    assert lost not in ids(driven)
    assert len(ids(driven)) == 29
    assert driven.stats["article/failed/not_the_article"] == 1
    assert driven.outcome.word == "partial"
    assert row(folder, lost)[0] == "failed"
    portal.heal()
    again = drive(WartaSpider, portal, folder)
    assert ids(again) == {lost}
    assert again.outcome.word == "ok"


def test_many_other_pages_in_a_row_end_the_crawl_as_blocked(portal, folder):
    portal.fail("/read", "body", body=OTHER_PAGES["challenge"])
    driven = drive(WartaSpider, portal, folder)
    assert driven.outcome.word == "blocked"
    assert "10 pages in a row were not the articles asked for" in driven.outcome.why
    assert driven.items == []
    portal.heal()
    assert len(ids(drive(WartaSpider, portal, folder))) == 30


def test_articles_that_come_as_shells_are_drift_and_had_later(portal, folder):
    portal.fail("/read", "body", body=page("<title></title>", "<div id=app></div><script src=/app.js></script>"))
    driven = drive(WartaSpider, portal, folder)
    assert driven.outcome.word == "drift"
    assert "RENDER_ENABLED" in driven.outcome.why
    assert driven.items == []
    portal.heal()
    assert len(ids(drive(WartaSpider, portal, folder))) == 30


def test_a_few_articles_that_all_come_as_shells_are_drift_too(portal, folder):
    portal.fail("/read", "body", body=page("<title></title>", "<div id=app></div><script src=/app.js></script>"))
    few = ",".join(story.identifier for story in portal.newsroom.stories[:4])
    driven = drive(ArtikelSpider, portal, folder, urls=few)
    assert driven.outcome.word == "drift"
    assert "4 articles came as empty shells" in driven.outcome.why


def test_a_portal_that_sends_every_article_to_its_login_is_blocked(portal, folder):
    portal.fail("/read", "redirect", to="/masuk")
    portal.fail("/masuk", "body", body=OTHER_PAGES["login"])
    driven = drive(WartaSpider, portal, folder)
    assert driven.outcome.word == "blocked"
    assert driven.items == []


def test_a_page_that_comes_for_every_article_is_none_of_them(portal, folder):
    one = portal.newsroom.stories[0]
    for story in portal.newsroom.stories:
        own = page(
            f"<link rel='canonical' href='{story.url}'>{ARTICLE}",
            f"<article><h1>{one.headline}</h1>{WORDS}</article>",
        )
        portal.fail(f"/read{story.identifier}", "body", body=own)
    driven = drive(WartaSpider, portal, folder)
    assert len(ids(driven)) == 2
    assert driven.outcome.word == "blocked"


def test_articles_that_another_crawl_is_fetching_are_named_and_make_artikel_partial(portal, folder, caplog):
    taken, free = (story.identifier for story in portal.newsroom.stories[:2])
    with closing(Ledger(make_folder(folder) / FILE_NAME)) as ledger:
        ledger.announce([(int(taken), None, None)], "rss")
        assert ledger.claim([int(taken)], ledger.begin_run("warta", {})) == [int(taken)]
        driven = drive(ArtikelSpider, portal, folder, urls=f"{taken},{free}")
    assert ids(driven) == {free}
    assert driven.outcome.word == "partial"
    assert "1 article asked for by name was left out" in driven.outcome.why
    assert f"Not requested: {taken}. Another crawl is fetching them" in caplog.text


def test_ids_that_do_not_exist_make_artikel_partial(portal, folder):
    known = portal.newsroom.stories[0].identifier
    driven = drive(ArtikelSpider, portal, folder, urls=f"{known},999001,999002")
    assert driven.outcome.word == "partial"
    assert ids(driven) == {known}
    portal.fail("/read999001", "410")
    driven = drive(ArtikelSpider, portal, folder, urls=f"{known},999001")
    assert driven.outcome.word == "partial"
    assert "1 article asked for by name does not exist" in driven.outcome.why


# -- failures with a memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "tries"), [("410", 1), ("404", 7)])
def test_410_is_for_good_and_404_after_several_tries(portal, folder, status, tries):
    lost = portal.newsroom.stories[4].identifier
    portal.fail(f"/read{lost}", status)
    for number in range(1, tries + 1):
        driven = drive(WartaSpider, portal, folder, via="indeks")
        assert row(folder, lost) == ("gone" if number == tries else "failed", f"HTTP {status}", number)
        assert driven.outcome.word == ("ok" if number == tries else "partial")
        hurry(folder)


def test_a_passing_404_is_not_for_ever(portal, folder):
    lost = portal.newsroom.stories[4].identifier
    portal.fail(f"/read{lost}", "404", times=1)
    assert lost not in ids(drive(WartaSpider, portal, folder))
    assert ids(drive(WartaSpider, portal, folder)) == {lost}


def test_a_missing_article_is_not_given_up_while_lists_name_it_and_had_when_they_name_it_again(portal, folder):
    lost = portal.newsroom.stories[4].identifier
    portal.fail(f"/read{lost}", "404")
    drive(WartaSpider, portal, folder, via="indeks")
    for number in range(2, 10):
        hurry(folder)
        forget_lists(folder)  # each crawl is shown them whole, as when other articles are added
        drive(WartaSpider, portal, folder, via="indeks")
        assert row(folder, lost) == ("failed", "HTTP 404", number)
    hurry(folder)
    drive(WartaSpider, portal, folder, via="indeks")
    assert row(folder, lost) == ("gone", "HTTP 404", 10)
    portal.heal()
    forget_lists(folder)
    assert ids(drive(WartaSpider, portal, folder, via="indeks")) == set()  # its pause is not over
    hurry(folder)
    forget_lists(folder)
    assert lost in ids(drive(WartaSpider, portal, folder, via="indeks"))


def test_a_404_after_server_errors_is_the_first_404(portal, folder):
    lost = portal.newsroom.stories[4].identifier
    portal.fail(f"/read{lost}", "500")
    for _ in range(6):
        drive(WartaSpider, portal, folder, via="indeks")
        hurry(folder)
    portal.heal()
    portal.fail(f"/read{lost}", "404")
    drive(WartaSpider, portal, folder, via="indeks")
    assert row(folder, lost)[0] == "failed"


def test_an_article_merged_into_another_is_settled_after_some_tries(portal, folder):
    merged, into = portal.newsroom.stories[4], portal.newsroom.stories[7]
    portal.fail(f"/read{merged.identifier}", "redirect", to=into.path, status=301)
    for _ in range(4):
        drive(WartaSpider, portal, folder, via="indeks")
        hurry(folder)
    assert row(folder, merged.identifier)[:2] == ("gone", f"redirected to article {into.identifier}")
    assert drive(WartaSpider, portal, folder, via="indeks").outcome.word == "ok"


def test_the_article_that_another_was_merged_into_is_remembered_though_no_list_shows_it(portal, folder):
    merged, into = portal.newsroom.stories[4], portal.newsroom.stories[7]
    portal.fail(f"/read{merged.identifier}", "redirect", to=into.path, status=301)
    drive(ArtikelSpider, portal, folder, urls=merged.identifier)
    assert row(folder, into.identifier)[0] == "announced"


def test_an_article_of_an_older_layout_is_read_again_though_the_portal_says_that_it_did_not_change(portal, folder):
    drive(WartaSpider, portal, folder)
    read = int(portal.newsroom.stories[3].identifier)
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger, ledger:
        known = "SELECT count(*) FROM validators WHERE url = ?"
        assert ledger.execute(known, (f"read{read}",)).fetchone() == (1,)
        ledger.execute("UPDATE articles SET body_layer = 'generic', layouts = 0 WHERE identifier = ?", (read,))
    assert ids(drive(WartaSpider, portal, folder)) == {str(read)}
    assert ids(drive(WartaSpider, portal, folder)) == set()


def test_an_article_that_reloads_itself_is_read_as_it_came(portal, crawl):
    story = portal.newsroom.stories[0]
    with urllib.request.urlopen(portal.url + story.path) as answer:
        html = answer.read()
    refresh = f'<meta http-equiv="refresh" content="60; url={story.path}?page=all"></head>'.encode()
    portal.fail(f"/read{story.identifier}", "body", body=html.replace(b"</head>", refresh))
    portal.clear()
    ended = crawl(portal, "artikel", urls=story.identifier)
    assert ended.code == 0, ended.log
    assert len([hit for hit in portal.hits if "/read" in hit.path]) == 1
