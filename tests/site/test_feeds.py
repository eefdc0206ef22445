"""Feeds and sitemaps, sound and broken."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.language.dates import JAKARTA
from wartacrawl.site import feeds

LISTS = Path(__file__).parents[1] / "lists"
ORIGIN = "http://127.0.0.1:8000"
NOW = datetime(2025, 9, 21, 12, 0, tzinfo=JAKARTA)
RSS = (LISTS / "rss.xml").read_bytes()
NEWS = (LISTS / "sitemap-news.xml").read_bytes()
INDEX = (LISTS / "sitemap-index.xml").read_bytes()


def rss(body):
    return feeds.read_rss(body, origin=ORIGIN, now=NOW)


def sitemap(body):
    return feeds.read_sitemap(body, origin=ORIGIN, now=NOW)


def test_articles_of_the_feed_are_listed_once_in_order():
    feed = rss(RSS)
    assert [entry.id for entry in feed] == ["583116", "583115", "583114"]
    assert feed[0] == feeds.Entry(
        id="583116",
        url=f"{ORIGIN}/read583116/rd-tambak-udang-super",
        slug="rd-tambak-udang-super",
        published=datetime(2025, 9, 21, 8, 0, tzinfo=JAKARTA),
    )


def test_a_feed_date_without_a_zone_is_of_jakarta():
    assert rss(RSS)[1].published == datetime(2025, 9, 21, 7, 30, tzinfo=JAKARTA)
    assert rss(RSS)[2].published == datetime(2025, 9, 21, 0, 10, tzinfo=UTC)


def test_the_guid_stands_in_for_a_missing_link():
    assert rss(RSS)[2].url == f"{ORIGIN}/read583114/hanya-guid"


def test_atom_is_a_feed_too():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Warta Ekonomi</title>
    <entry><title type="html">Harga &lt;b&gt;Beras&lt;/b&gt; Stabil</title><link rel="replies" href="https://contoh.example/x"/>
    <link href="https://wartaekonomi.co.id/read7/harga-beras-stabil"/><published>2025-09-21T08:00:00+07:00</published>
    <updated>2025-09-21T09:00:00+07:00</updated><category term="EkBis"/></entry></feed>"""
    (entry,) = rss(body)
    assert (entry.id, entry.slug) == ("7", "harga-beras-stabil")
    assert entry.published == datetime(2025, 9, 21, 8, 0, tzinfo=JAKARTA)


def test_a_news_sitemap_states_dates():
    found = sitemap(NEWS)
    assert (found.kind, found.children) == ("urlset", ())
    assert [entry.id for entry in found.entries] == ["583116", "583115", "583112"]
    first, second, third = found.entries
    assert first.published == datetime(2025, 9, 21, 8, 0, tzinfo=JAKARTA)
    assert second.published == datetime(2025, 9, 21, 7, 30, tzinfo=JAKARTA)
    assert third.published is None


def test_a_sitemap_index_names_its_children_and_their_kind():
    found = sitemap(INDEX)
    assert (found.kind, found.entries) == ("index", ())
    assert [(child.url.removeprefix(ORIGIN), child.kind) for child in found.children] == [
        ("/news/news-terbaru.xml", "news"),
        ("/news/news-arsip-1.xml.gz", "news"),
        ("/sitemap-kanal.xml", "other"),
    ]
    assert found.children[0].lastmod == datetime(2025, 9, 21, 8, 0, tzinfo=JAKARTA)
    assert found.children[2].lastmod is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: b"\r\n <!-- cache --> \n<br />\nWarning: x" + body,
        lambda body: body.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
        lambda body: body.replace(b'encoding="UTF-8"', b'encoding="tidak-ada"'),
        lambda body: body.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        lambda body: body + b"\n<!-- 0.02 s --><script>x</script>",
        lambda body: body.replace(b"</urlset>", b"").replace(b"</channel></rss>", b""),
        lambda body: body.replace(b"<news:news>", b"<news:news>\x00\x0b"),
        lambda body: body.replace(b" xmlns:news=", b" data-news=").replace(b" xmlns:media=", b" data-media="),
        gzip.compress,
        lambda body: gzip.compress(body[:400]) + gzip.compress(body[400:]),
    ],
)
def test_what_can_be_read_is_read(spoil):
    assert rss(spoil(RSS)) == rss(RSS)
    assert sitemap(spoil(NEWS)).entries == sitemap(NEWS).entries


def test_references_that_xml_does_not_know_cost_nothing():
    title = "Kopi&nbsp;Gayo &ndash; R&D & &tidakada; &amp; &#8220;Toraja&#8221;"
    body = f"<rss><channel><item><title>{title}</title><link>/read7/kopi</link></item></channel></rss>"
    assert [(entry.id, entry.slug) for entry in rss(body.encode())] == [("7", "kopi")]


@pytest.mark.parametrize("end", range(250, len(RSS), 37))
def test_a_torn_feed_never_names_another_article(end):
    assert {entry.id for entry in rss(RSS[:end])} <= {"583116", "583115", "583114"}


@pytest.mark.parametrize("end", range(250, len(NEWS), 37))
def test_a_torn_sitemap_gives_whole_entries_alone(end):
    whole = sitemap(NEWS).entries
    torn = sitemap(NEWS[:end]).entries
    assert torn == whole[: len(torn)]


def test_a_torn_gzip_is_read_as_far_as_it_goes():
    body = NEWS.replace(
        b"</urlset>", b"".join(b"<url><loc>https://wartaekonomi.co.id/read%d/x</loc></url>" % n for n in range(1, 2000))
    )
    packed = gzip.compress(body + b"</urlset>")
    assert 0 < len(sitemap(packed[: len(packed) // 2]).entries) < len(sitemap(packed).entries)


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/hostname">]>
<rss><channel><item><title>&c;&f;</title><link>https://wartaekonomi.co.id/read7/kopi-&c;&f;</link></item></channel></rss>"""


def test_entities_are_never_expanded():
    (entry,) = rss(ENTITIES)
    assert (entry.id, entry.slug) == ("7", "kopi-&c;&f;")


def test_a_bomb_is_unpacked_to_its_bound_and_no_further():
    bomb = gzip.compress(b"<rss><channel><item>" + b" " * (feeds.LARGEST + 1_000_000), compresslevel=1)
    assert rss(bomb) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<html><body>502</body></html>",
        b"{}",
        b"\x1f\x8b",
        b"\x1f\x8bxxxx",
        b"<rss",
        b"<rss/>",
        b"<urlset>\xff</urlset>",
    ],
)
def test_what_is_no_feed_is_an_empty_one(body):
    assert rss(body) == ()
    assert sitemap(body) == feeds.Sitemap("urlset", (), ())


@given(st.binary(max_size=200), st.integers(0, len(RSS)), st.integers(0, len(RSS)))
def test_no_bytes_break_a_reader(noise, start, end):
    for body in (
        noise,
        RSS[:start] + noise + RSS[end:],
        NEWS[:start] + noise,
        b"<rss>" + noise,
        b"\x1f\x8b\x08" + noise,
    ):
        rss(body)
        sitemap(body)
