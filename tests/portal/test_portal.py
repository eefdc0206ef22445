"""Facts about the replica, asked over real sockets."""

from __future__ import annotations

import ast
import gzip
import http.client
import itertools
import json
import re
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
import zipfile
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import pytest

import wartacrawl.portal
from wartacrawl.portal import Newsroom, Portal

WIB = timezone(timedelta(hours=7))
NOW = datetime(2026, 7, 12, 17, 30, tzinfo=WIB)
PACKAGE = Path(wartacrawl.portal.__file__).parent
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Client:
    """A keep-alive connection that never leaves the portal."""

    def __init__(self, portal):
        self.connection = http.client.HTTPConnection(urlsplit(portal.url).netloc, timeout=10)

    def ask(self, path, *, method="GET", body=None, **headers):
        self.connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def get(self, path):
        status, _, body = self.ask(path)
        assert status == 200, f"{path}: {status}"
        return body.decode()

    def tree(self, path):
        return lxml.html.fromstring(self.get(path).encode())


@pytest.fixture(scope="module")
def portal():
    with Portal(seed=1, articles=240, days=5, now=NOW, near_duplicates=3) as running:
        yield running


@pytest.fixture
def fresh():
    with Portal(seed=2, articles=40, days=2, now=NOW) as running:
        yield running


@pytest.fixture
def client(request):
    name = "fresh" if "fresh" in request.fixturenames else "portal"
    asking = Client(request.getfixturevalue(name))
    yield asking
    asking.connection.close()


def xml(text):
    """Parse a feed of our own making."""
    return ET.fromstring(text)  # noqa: S314 - the replica's own words, nobody else's


def ids(hrefs):
    return [int(re.search(r"/(?:read|berita)(\d+)", href)[1]) for href in hrefs]


def cards(tree):
    return ids(tree.xpath("//div[@class='articleList']//a[@class='articleListItem']/@href"))


def walk(client, base, page="{base}?page={n}"):
    """Return the ids on every page of a list, up to the first without any."""
    found = []
    numbers = itertools.count(1)
    while shown := cards(client.tree(page.format(base=base, n=next(numbers)))):
        found += shown
    return found


def shingles(text):
    said = text.split()
    return {tuple(said[n : n + 3]) for n in range(len(said) - 2)}


# --- the newsroom ---


def test_the_same_seed_gives_the_same_news_and_another_seed_another():
    first, again, other = (Newsroom(seed, 60, now=NOW) for seed in (4, 4, 5))
    assert [(s.id, s.headline, s.body) for s in first] == [(s.id, s.headline, s.body) for s in again]
    assert {s.headline for s in first}.isdisjoint(s.headline for s in other)


def test_ids_rise_with_time_and_end_at_now():
    newsroom = Newsroom(seed=3, articles=300, days=4, now=NOW)
    stories = newsroom.stories[::-1]
    assert all(a.id < b.id and a.published <= b.published for a, b in itertools.pairwise(stories))
    assert stories[0].id > 570_000
    assert stories[-1].published <= NOW
    assert len({b.id - a.id for a, b in itertools.pairwise(stories)}) > 3
    assert {s.day for s in stories} == {(NOW - timedelta(days=n)).date() for n in range(4)}


def test_section_ids_cannot_be_known_beforehand():
    menus = [{s.slug: s.path for s in Newsroom(seed, 1).sections} for seed in range(8)]
    assert len({menu["ekbis"] for menu in menus}) == 8
    assert {menu["bursa"] for menu in menus} == {"/category-283/bursa"}
    assert all(menu["video"] == "/video" for menu in menus)


def test_a_thousand_articles_take_less_than_two_seconds():
    start = time.perf_counter()
    newsroom = Newsroom(seed=9, articles=1_000)
    assert time.perf_counter() - start < 2
    assert len(newsroom) == len({story.headline for story in newsroom}) == 1_000


def test_unrelated_articles_are_far_from_alike_and_the_pairs_asked_for_are_close():
    newsroom = Newsroom(seed=1, articles=400, now=NOW, near_duplicates=5)
    texts = {story.id: shingles(story.body) for story in newsroom if story.body}
    alike = {
        (a, b): len(texts[a] & texts[b]) / len(texts[a] | texts[b]) for a, b in itertools.combinations(sorted(texts), 2)
    }
    pairs = set(newsroom.near_duplicates)
    assert len(pairs) == 5
    assert min(alike[pair] for pair in pairs) > 0.75
    assert all(newsroom[a].body != newsroom[b].body for a, b in pairs)
    assert max(value for pair, value in alike.items() if pair not in pairs) < 0.2


def test_stories_are_as_varied_as_a_newspaper():
    stories = Newsroom(seed=1, articles=600, now=NOW).stories
    assert {story.pages for story in stories} == {1, 2, 3}
    assert {story.kind for story in stories} == {"text", "photo", "video"}
    assert {len(story.related) for story in stories} >= {0, 1, 2, 3}
    assert {block.kind for story in stories for page in story.blocks for block in page} == {"p", "h2", "h3", "li"}
    assert all(4 <= sum(block.kind == "p" for page in s.blocks for block in page) <= 12 for s in stories if s.blocks)
    assert all(story.body is None for story in stories if story.kind != "text")
    assert any(not story.authors for story in stories)
    assert any(story.modified for story in stories)


def test_naive_moments_and_unknown_words_are_refused():
    with pytest.raises(ValueError, match="no time zone"):
        Newsroom(now=datetime(2026, 7, 12))  # noqa: DTZ001 - the fault under test
    with pytest.raises(ValueError, match="list_end='loop' is unknown"):
        Portal(articles=1, list_end="loop")
    with pytest.raises(KeyError):
        Newsroom(articles=1).section("olahraga")


# --- lists ---


def test_the_menu_leads_to_every_section(portal, client):
    links = client.tree("/").xpath("//nav//a")
    menu = {link.text_content(): urlsplit(link.get("href")).path for link in links}
    for section in portal.newsroom.sections:
        assert menu[section.name] == section.path
        assert client.tree(section.path).xpath("//h1")[0].text == section.name
    assert menu["Indeks"] == "/indeks"
    assert any(link.get("href").startswith("javascript:") for link in links)


def test_section_pages_hold_each_story_exactly_once(portal, client):
    found = [id_ for section in portal.newsroom.sections for id_ in walk(client, section.path)]
    assert sorted(found) == sorted(story.id for story in portal.newsroom)


@pytest.mark.parametrize("form", ["{base}?page={n}", "{base}/{n}"])
def test_index_days_hold_each_story_exactly_once(portal, client, form):
    found = [id_ for day in portal.newsroom.days() for id_ in walk(client, f"/indeks/{day:%Y%m%d}", form)]
    assert found == [story.id for story in portal.newsroom]


def test_the_index_without_a_date_is_today(portal, client):
    assert cards(client.tree("/indeks")) == [s.id for s in portal.newsroom.on_day(NOW.date())[:10]]


def test_a_day_without_news_is_empty_and_a_day_that_never_was_is_missing(client):
    assert cards(client.tree("/indeks/20190704")) == []
    assert client.ask("/indeks/20261399")[0] == 404


def test_the_sidebar_of_a_section_shows_other_sections(portal, client):
    section = portal.newsroom.sections[0]
    popular = ids(client.tree(section.path).xpath("//ol[@class='popularList']//a/@href"))
    assert popular
    assert all(portal.newsroom[id_].section != section for id_ in popular)


def test_the_pager_leads_through_all_pages(portal, client):
    path, seen = portal.newsroom.sections[0].path, []
    while path:
        tree = client.tree(path)
        seen += cards(tree)
        following = tree.xpath("//ul[@class='pagination']//a[@rel='next']/@href")
        path = following and following[0].replace("https://wartaekonomi.co.id", "")
    assert seen == [story.id for story in portal.newsroom.in_section(portal.newsroom.sections[0])]


def test_links_come_in_the_forms_of_the_house(client):
    hrefs = [href for n in range(1, 4) for href in client.tree(f"/indeks/20260711?page={n}").xpath("//a/@href")]
    forms = {re.sub(r"\d+/[^/]*?(\.html)?$", r"\1", href) for href in hrefs if re.search(r"(read|berita)\d", href)}
    assert {"https://wartaekonomi.co.id/read", "https://www.wartaekonomi.co.id/read", "/read"} <= forms
    assert any(form.startswith("https://m.") for form in forms)


@pytest.mark.parametrize(("end", "status"), [("empty", 200), ("repeat", 200), ("404", 404), ("redirect", 302)])
def test_a_list_ends_as_asked(end, status):
    with Portal(seed=2, articles=40, days=2, now=NOW, list_end=end) as portal:
        section = max(portal.newsroom.sections, key=lambda s: len(portal.newsroom.in_section(s)))
        stories = portal.newsroom.in_section(section)
        client = Client(portal)
        answer, headers, body = client.ask(f"{section.path}?page=99")
        client.connection.close()
    assert answer == status
    if end == "redirect":
        assert headers["Location"] == section.path
    if status == 200:
        last = stories[(len(stories) - 1) // 10 * 10 :]
        assert cards(lxml.html.fromstring(body)) == ([s.id for s in last] if end == "repeat" else [])


def test_lists_filled_by_a_script_come_as_shells_with_data_behind(portal):
    with Portal(newsroom=portal.newsroom, script_lists=True) as shells:
        client, found = Client(shells), []
        tree = client.tree("/indeks/20260711")
        assert not cards(tree)
        following = tree.xpath("//@data-source")[0]
        while following:
            data = json.loads(client.get(following))
            found += ids(lxml.html.fromstring(data["html"]).xpath("//a[@class='articleListItem']/@href"))
            following = data["next"]
        client.connection.close()
    assert found == [story.id for story in portal.newsroom.on_day(datetime(2026, 7, 11, tzinfo=WIB).date())]


def test_tag_pages_hold_the_stories_of_the_tag(portal, client):
    tags = {tag.path for story in portal.newsroom for tag in story.tags}
    assert {re.sub(r"\d+", "N", path.rsplit("/", 1)[0]) for path in tags} == {"/tagN", "/tag-N", "/tag"}
    for path in sorted(tags)[:6]:
        assert walk(client, path) == [story.id for story in portal.newsroom.with_tag(path)]


def test_a_search_is_sent_on_to_its_results(portal, client):
    status, headers, _ = client.ask("/search", method="POST", body="q=sawit")
    assert status == 303
    assert walk(client, headers["Location"]) == [story.id for story in portal.newsroom.search("sawit")]


# --- articles ---


def content(tree):
    """Return the words of a body, related links, noise and promotion taken out by the replica's own markup."""
    [body] = tree.xpath("//div[@class='articlePostContent' or contains(@class, 'news-post-content')]")
    noise = (
        ".//*[starts-with(@class, 'adIn') or starts-with(@class, 'ad-') or starts-with(@class, 'ivs')]",
        ".//*[@class='baca-juga-box' or @class='linkTerkait'] | .//script | .//figure | .//blockquote",
        ".//*[@class='articlePager' or @class='nextPage' or @class='pagination']",
        ".//strong[contains(translate(., 'JUGA', 'juga'), 'juga:')] | .//p[em/a or contains(., 'Saluran WhatsApp')]",
        ".//p[contains(translate(., 'JUGA', 'juga'), 'juga:') and not(strong)]",
    )
    for path in noise:
        for element in body.xpath(path):
            if element.getparent() is not None:
                element.drop_tree()
    return " ".join(body.text_content().split())


@pytest.mark.parametrize("look", [{}, {"layout": "2020"}, {"layout": "2019"}, {"torn": True}])
def test_an_article_holds_its_paragraphs_in_order(portal, look):
    with Portal(newsroom=portal.newsroom, **look) as printed:
        client = Client(printed)
        for story in portal.newsroom.stories[:80]:
            text, place = content(client.tree(f"{story.path}?page=all")), 0
            for page in story.blocks:
                for block in page:
                    assert text.find(block.text, place) >= 0, f"{story.path}: {block.text}"
                    place = text.index(block.text, place) + len(block.text)
        client.connection.close()


def test_an_article_shows_headline_byline_caption_and_related_links(portal, client):
    for story in portal.newsroom.stories[:60]:
        tree = client.tree(f"{story.path}?page=all")
        text = " ".join(tree.text_content().split())
        assert tree.xpath("string(//article//h1)") == story.headline
        assert f"Editor: {story.editors[0]}" in text
        assert all(name in text for name in story.authors)
        if story.image and story.image.credit:
            assert f"{story.image.caption or ''} Kredit Foto: {story.image.credit}".strip() in text
        hrefs = tree.xpath("//div[@class='articlePostContent']//a[contains(@href, '/read')]/@href")
        assert ids(hrefs) == ids(url for _, url in story.related)


def test_the_pages_of_an_article_make_the_whole(portal, client):
    story = next(story for story in portal.newsroom if story.pages == 3)
    whole = content(client.tree(f"{story.path}?page=all"))
    parts = [content(client.tree(f"{story.path}?page={n}")) for n in (1, 2, 3)]
    assert " ".join(parts) == whole
    assert content(client.tree(story.path)) == parts[0]


def test_without_the_whole_only_the_first_page_comes(portal, client):
    story = next(story for story in portal.newsroom if story.pages > 1)
    with Portal(newsroom=portal.newsroom, whole=False) as torn:
        other = Client(torn)
        assert content(other.tree(f"{story.path}?page=all")) == content(client.tree(story.path))
        other.connection.close()


CARRIERS = {
    "json_ld": "//script[contains(., 'datePublished')]/text()",
    "graph": "//script[contains(., '@graph')]/text()",
    "meta": "//meta[@property='article:published_time']/@content",
    "itemprop": "//meta[@itemprop='datePublished']/@content",
    "time": "//article//time/@datetime",
}


@pytest.mark.parametrize("dates", [*CARRIERS, "visible"])
def test_the_date_is_carried_as_asked_and_always_in_words(portal, dates):
    story = portal.newsroom.stories[0]
    with Portal(newsroom=portal.newsroom, dates=dates) as printed:
        client = Client(printed)
        tree = client.tree(story.path)
        client.connection.close()
    assert re.search(r"Minggu, 12 Juli 2026, \d\d:\d\d WIB", tree.text_content())
    stamp = story.published.isoformat()
    carried = {name for name, path in CARRIERS.items() if any(stamp in value for value in tree.xpath(path))}
    if dates == "graph":
        carried.discard("json_ld")  # a graph is JSON-LD, too
    assert carried == {dates} - {"visible"}


@pytest.mark.parametrize("other", ["/read{id}", "/read{id}/x", "/read{id}/{slug}.html"])
def test_another_slug_is_served_or_sent_to_the_right_one(portal, client, other):
    story = portal.newsroom.stories[4]
    path = other.format(id=story.id, slug=story.slug)
    assert story.headline in client.tree(path).xpath("//h1/text()")
    with Portal(newsroom=portal.newsroom, slugs="redirect") as strict:
        asking = Client(strict)
        status, headers, _ = asking.ask(path)
        asking.connection.close()
    assert (status, headers["Location"]) == (301, story.path)


def test_mobile_addresses_lead_to_the_article(portal, client):
    story = portal.newsroom.stories[4]
    status, headers, _ = client.ask(f"/berita{story.id}/{story.slug}")
    assert (status, headers["Location"]) == (301, story.path)


def test_pictures_are_pictures(portal, client):
    story = next(story for story in portal.newsroom if story.image)
    status, headers, body = client.ask(urlsplit(story.image.url).path)
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert body.startswith(b"\x89PNG\r\n")
    assert re.search(r"/files/arsip_foto_2026_07_\d\d/[a-z0-9-]+_\d{6}_big\.(jpg|webp)$", story.image.url)


# --- feeds ---


def test_the_feed_holds_the_newest_stories(portal, client):
    items = xml(client.get("/rss")).findall("channel/item")
    newest = portal.newsroom.stories[:20]
    assert [item.findtext("title") for item in items] == [story.headline for story in newest]
    assert [item.findtext("link") for item in items] == [story.url for story in newest]
    assert [parsedate_to_datetime(item.findtext("pubDate")) for item in items] == [story.published for story in newest]


def test_the_sitemap_leads_to_every_story_once(portal, client):
    index = xml(client.get("/sitemap.xml"))
    children = [urlsplit(loc.text).path for loc in index.iter(f"{MAP}loc")]
    news = [xml(client.get(path)) for path in children if path.startswith("/news/news-")]
    found = [url.findtext(f"{MAP}loc") for child in news for url in child]
    assert found == [story.url for story in portal.newsroom]
    assert sorted(len(child) for child in news) == [40, 200]
    dates = [element.text for child in news for element in child.iter(f"{NEWS}publication_date")]
    assert {datetime.fromisoformat(date).utcoffset() for date in dates} == {None, timedelta(hours=7)}
    assert "/sitemap-kanal.xml" in children
    assert not re.search(r"/read\d", client.get("/sitemap-kanal.xml"))


def test_robots_are_told_what_was_asked(portal, client):
    assert client.get("/robots.txt") == "User-agent: *\nDisallow: /search\n"
    with Portal(newsroom=portal.newsroom, robots=None) as silent:
        asking = Client(silent)
        assert asking.ask("/robots.txt")[0] == 404
        asking.connection.close()


# --- changes ---


@pytest.mark.parametrize("path", ["/indeks/20260712", "/rss", "/sitemap.xml", "/news/news-1.xml"])
def test_what_did_not_change_answers_304_until_something_is_published(fresh, client, path):
    _, headers, _ = client.ask(path)
    by_tag, by_date = {"If_None_Match": headers["ETag"]}, {"If_Modified_Since": headers["Last-Modified"]}
    assert client.ask(path, **by_tag)[::2] == (304, b"")
    assert client.ask(path, **by_date)[::2] == (304, b"")
    [story] = fresh.publish()
    status, _, body = client.ask(path, **by_tag)
    assert status == 200
    assert client.ask(path, **by_date)[0] == 200
    assert path == "/sitemap.xml" or str(story.id) in body.decode()


def test_a_revised_article_is_changed_and_the_others_are_not(fresh, client):
    first, second = [story for story in fresh.newsroom if story.body][:2]
    tags = {story.id: client.ask(f"{story.path}?page=all")[1]["Last-Modified"] for story in (first, second)}
    before, body = client.get(f"{first.path}?page=all"), first.body
    fresh.revise(first.id)
    assert first.body != body
    assert first.modified > first.published
    assert client.get(f"{first.path}?page=all") != before
    assert client.ask(f"{first.path}?page=all", If_Modified_Since=tags[first.id])[0] == 200
    assert client.ask(f"{second.path}?page=all", If_Modified_Since=tags[second.id])[0] == 304


@pytest.mark.parametrize("status", [404, 410])
def test_a_removed_article_is_gone_from_page_and_lists(fresh, client, status):
    story = fresh.newsroom.stories[0]
    assert client.ask(story.path)[0] == 200
    fresh.remove(story.id, status)
    assert client.ask(story.path)[0] == status
    assert str(story.id) not in client.get("/rss")
    assert story.id not in walk(client, story.section.path)


def test_new_stories_stand_first_in_the_section_asked_for(fresh, client):
    stories = fresh.publish(3, section="kabar-sawit")
    assert [story.published for story in stories] == [NOW] * 3
    assert cards(client.tree(stories[0].section.path))[:3] == [story.id for story in reversed(stories)]


def test_without_validators_nothing_answers_304(portal):
    with Portal(newsroom=portal.newsroom, validators=False) as plain:
        client = Client(plain)
        status, headers, _ = client.ask("/rss", If_None_Match="*")
        client.connection.close()
    assert (status, headers["ETag"], headers["Last-Modified"]) == (200, None, None)


# --- the server ---


def test_pages_are_packed_for_those_who_accept_it(client):
    _, headers, packed = client.ask("/indeks/20260711", Accept_Encoding="gzip, deflate")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed).decode() == client.get("/indeks/20260711")


def test_hits_tell_what_was_asked(fresh, client):
    client.ask("/rss?x=1", User_Agent="tester")
    client.ask("/nowhere")
    assert [(hit.method, hit.path, hit.status) for hit in fresh.hits] == [
        ("GET", "/rss?x=1", 200),
        ("GET", "/nowhere", 404),
    ]
    assert fresh.hits[0].headers["user-agent"] == "tester"
    assert fresh.hits[0].at <= fresh.hits[1].at <= time.monotonic()
    fresh.clear()
    assert fresh.hits == []


@pytest.mark.parametrize("kind", ["500", "503", "429", "403", "401", "404", "410"])
def test_statuses_fail_as_often_as_asked(fresh, client, kind):
    fresh.fail(r"^/rss", kind, times=2)
    assert [client.ask("/rss")[0] for _ in range(3)] == [int(kind), int(kind), 200]


def test_retry_after_is_sent_in_both_forms(fresh, client):
    fresh.fail(r"^/rss", "429", retry_after=7)
    fresh.fail(r"^/indeks", "503", retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
    assert client.ask("/rss")[1]["Retry-After"] == "7"
    assert client.ask("/indeks")[1]["Retry-After"] == "Wed, 21 Oct 2026 07:28:00 GMT"
    fresh.heal()
    assert client.ask("/rss")[0] == 200


def test_a_slow_page_is_late_and_whole(fresh, client):
    fresh.fail("rss", "slow", delay=0.2)
    start = time.monotonic()
    assert client.ask("/rss")[0] == 200
    assert time.monotonic() - start >= 0.2
    assert fresh.hits[0].at - start < 0.2


def test_a_reset_page_ends_in_a_reset(fresh, client):
    fresh.fail("rss", "reset", times=1)
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        client.ask("/rss")


def test_a_truncated_page_promises_more_than_it_holds(fresh, client):
    fresh.fail("rss", "truncated", times=1)
    with pytest.raises(http.client.IncompleteRead):
        client.ask("/rss")


def test_a_hanging_page_says_nothing_until_healed(fresh):
    fresh.fail("rss", "hang")
    address = urlsplit(fresh.url)
    with socket.create_connection((address.hostname, address.port), timeout=0.2) as connection:
        connection.sendall(b"GET /rss HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(TimeoutError):
            connection.recv(1)
        fresh.heal()
        connection.settimeout(5)
        assert connection.recv(1) == b""


def test_an_empty_list_has_the_frame_and_no_cards(fresh, client):
    section = fresh.newsroom.sections[0]
    fresh.fail("category|indeks|news|rss", "empty_list")
    tree = client.tree(section.path)
    assert cards(tree) == []
    assert tree.xpath("//nav//a[text()='EkBis']")
    assert xml(client.get("/rss")).findall("channel/item") == []


def test_redirects_and_bodies_are_as_asked(fresh, client):
    fresh.fail("rss", "redirect", to="https://example.invalid/", status=301)
    fresh.fail("indeks", "body", body=b"\xff\xfe", content_type="text/html; charset=x", headers={"X-Cache": "HIT"})
    status, headers, _ = client.ask("/rss")
    assert (status, headers["Location"]) == (301, "https://example.invalid/")
    status, headers, body = client.ask("/indeks")
    assert (status, headers["Content-Type"], headers["X-Cache"], body) == (
        200,
        "text/html; charset=x",
        "HIT",
        b"\xff\xfe",
    )


def test_a_gzip_bomb_is_small_on_the_wire_and_large_behind(fresh, client):
    fresh.fail("rss", "gzip_bomb")
    _, headers, body = client.ask("/rss")
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 1 << 20
    unpacked, size = zlib.decompressobj(16 + zlib.MAX_WBITS), 0
    while body:
        size += len(unpacked.decompress(body, 1 << 22))
        body = unpacked.unconsumed_tail
    assert unpacked.eof
    assert size == 128 << 20


def test_a_huge_page_is_as_large_as_promised(fresh):
    fresh.fail("rss", "huge", megabytes=3)
    connection = http.client.HTTPConnection(urlsplit(fresh.url).netloc, timeout=10)
    connection.request("GET", "/rss")
    assert len(connection.getresponse().read()) == 3 << 20
    connection.close()


def test_unknown_faults_and_options_are_refused(fresh):
    with pytest.raises(ValueError, match="'418' is unknown"):
        fresh.fail("x", "418")
    with pytest.raises(ValueError, match="no option delay"):
        fresh.fail("x", "404", delay=1)


def test_nothing_answers_after_the_block():
    with Portal(articles=1) as portal:
        address = urlsplit(portal.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=1)


def test_five_hundred_pages_a_second_are_served(portal, client):
    paths = [story.path for story in portal.newsroom]
    for path in paths:
        client.get(path)
    start = time.perf_counter()
    for path in paths:
        client.get(path)
    assert len(paths) / (time.perf_counter() - start) > 500


def test_the_portal_fetches_nothing_and_knows_nothing_of_the_crawler():
    allowed = {"jinja2"} | sys.stdlib_module_names
    clients = {"urllib.request", "http.client", "ftplib", "requests"}
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            else:
                assert not (isinstance(node, ast.ImportFrom) and node.level > 1), file
                continue
            assert {name.split(".")[0] for name in names} <= allowed, file
            assert clients.isdisjoint(names), file


def test_scripts_of_the_portal_ask_only_the_portal(portal):
    with Portal(newsroom=portal.newsroom, script_lists=True) as shells:
        client = Client(shells)
        tree = client.tree("/indeks")
        client.connection.close()
    assert all(source.startswith("/indeks?") for source in tree.xpath("//@data-source"))


# --- a process of its own ---


def test_as_a_process_it_prints_its_address_and_ends_when_told():
    command = [sys.executable, "-W", "error", "-m", "wartacrawl.portal", "--articles", "5", "--now", NOW.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("GET", "/rss")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_it_runs_from_a_zip_and_ends_with_its_input(tmp_path):
    root = PACKAGE.parent.parent
    archive = tmp_path / "wartacrawl.egg"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in [PACKAGE.parent / "__init__.py", *PACKAGE.rglob("*")]:
            if file.is_file() and "__pycache__" not in file.parts:
                packed.write(file, file.relative_to(root))
    begin = f"import sys; sys.path.insert(0, {str(archive)!r})"
    program = f"{begin}; from wartacrawl.portal.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "--until-eof", "--articles", "5"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        connection = http.client.HTTPConnection(urlsplit(process.stdout.readline().strip()).netloc, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
        process.stdin.close()
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(("name", "number"), [("articles", 99_999_999), ("articles", -1), ("days", 0), ("days", 10**7)])
def test_absurd_numbers_are_refused_in_one_sentence(name, number):
    with pytest.raises(ValueError, match=f"^{name}={number} cannot be invented: give a number from"):
        Portal(**{name: number})
