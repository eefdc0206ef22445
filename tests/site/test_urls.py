"""The URL grammar: every form the portal ever used, and none that is not its own."""

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.site import urls
from wartacrawl.site.urls import Ref

LOCAL = "http://127.0.0.1:8000"

FORMS = [
    ("https://wartaekonomi.co.id", Ref("home")),
    ("https://www.wartaekonomi.co.id/", Ref("home")),
    ("https://wartaekonomi.co.id/read583116/harga-cabai", Ref("article", "583116", "harga-cabai")),
    ("https://www.wartaekonomi.co.id/read346432/rp758-triliun", Ref("article", "346432", "rp758-triliun")),
    ("http://www.wartaekonomi.co.id/read146119/pasar-lesu.html", Ref("article", "146119", "pasar-lesu")),
    ("https://m.wartaekonomi.co.id/berita283116/rupiah", Ref("article", "283116", "rupiah")),
    ("https://wartaekonomi.co.id/read583116/harga-cabai?page=all", Ref("article", "583116", "harga-cabai", page="all")),
    ("https://wartaekonomi.co.id/read583116/harga-cabai?page=2#x", Ref("article", "583116", "harga-cabai", page=2)),
    ("https://wartaekonomi.co.id/read583116", Ref("article", "583116")),
    ("https://wartaekonomi.co.id/read583116/", Ref("article", "583116")),
    ("HTTPS://WARTAEKONOMI.CO.ID:443/read583116/harga-cabai", Ref("article", "583116", "harga-cabai")),
    ("//wartaekonomi.co.id/read583116/harga-cabai", Ref("article", "583116", "harga-cabai")),
    ("/read583116/harga-cabai", Ref("article", "583116", "harga-cabai")),
    ("https://wartaekonomi.co.id/category-283/bursa?page=3", Ref("section", "283", "bursa", page=3)),
    ("https://wartaekonomi.co.id/indeks", Ref("index")),
    ("https://wartaekonomi.co.id/indeks?page=2", Ref("index", page=2)),
    ("https://wartaekonomi.co.id/indeks/20250105", Ref("index", day=date(2025, 1, 5))),
    ("https://wartaekonomi.co.id/indeks/20250105?page=2", Ref("index", day=date(2025, 1, 5), page=2)),
    ("https://www.wartaekonomi.co.id/indeks/20200309/4", Ref("index", day=date(2020, 3, 9), page=4)),
    ("https://wartaekonomi.co.id/tag6696/google", Ref("tag", "6696", "google")),
    ("https://wartaekonomi.co.id/tag-34161/pemilu-2024", Ref("tag", "34161", "pemilu-2024")),
    ("https://wartaekonomi.co.id/tag/growlab", Ref("tag", slug="growlab")),
    ("https://wartaekonomi.co.id/search/5512?page=2", Ref("search", "5512", page=2)),
    ("https://wartaekonomi.co.id/search", Ref("search")),
    ("https://wartaekonomi.co.id/rss", Ref("rss")),
    ("https://wartaekonomi.co.id/sitemap.xml", Ref("sitemap")),
    ("https://wartaekonomi.co.id/news/news-terbaru.xml", Ref("sitemap", slug="news-terbaru.xml")),
    (
        "https://foto.wartaekonomi.co.id/files/arsip_foto_2025_03_07/pasar_101500_big.webp",
        Ref("image", slug="pasar_101500_big.webp", day=date(2025, 3, 7)),
    ),
]

NOT_OURS = [
    "",
    " ",
    "read583116/harga-cabai",
    "https://wartaekonomi.co.id.example/read1/x",
    "https://example.org/read1/x",
    "https://wartaekonomi.co.id@example.org/read1/x",
    "https://user@wartaekonomi.co.id/read1/x",
    "https://wartaekonomi.co.id:8443/read1/x",
    "https://wartaekonomi.co.id\\@example.org/read1/x",
    "https://ads.wartaekonomi.co.id/read1/x",
    "https://foto.wartaekonomi.co.id/read1/x",
    "ftp://wartaekonomi.co.id/read1/x",
    "javascript:void(0)",
    "mailto:redaksi@wartaekonomi.co.id",
    "https://[::1/read1/x",
    "https://wartaekonomi.co.id:99999/read1/x",
    "/read0/x",
    "/read0123/x",
    "/read1234567890123/x",
    "/read\u0661\u0662\u0663/x",
    "/read12a/x",
    "/ekbis",
    "/indeks/20251345",
    "/indeks/2025",
    "/read1/%2e%2e",
    "/read1/a%2fb",
    "/read1/a\nb",
    "/read1/" + "x" * 5000,
]


@pytest.mark.parametrize(("url", "ref"), FORMS)
def test_every_known_form_is_read(url, ref):
    assert urls.parse(url) == ref


@pytest.mark.parametrize("url", NOT_OURS)
def test_what_is_not_of_the_portal_is_no_ref(url):
    assert urls.parse(url) is None


def test_the_configured_origin_is_the_portal_too():
    assert urls.parse(f"{LOCAL}/read7/kopi", origin=LOCAL) == Ref("article", "7", "kopi")
    assert urls.parse("https://www.wartaekonomi.co.id/read7/kopi", origin=LOCAL) == Ref("article", "7", "kopi")
    assert urls.parse("http://127.0.0.1:8001/read7/kopi", origin=LOCAL) is None
    assert urls.parse(f"{LOCAL}/read7/kopi") is None


@pytest.mark.parametrize(
    ("query", "page"), [("page=0", None), ("page=-1", None), ("page=x", None), ("page=2&page=3", 3), ("xpage=2", None)]
)
def test_only_a_number_from_one_is_a_page(query, page):
    assert urls.parse(f"/category-283/bursa?{query}").page == page


def test_only_articles_are_had_whole():
    assert urls.parse("/indeks?page=all").page is None


identifiers = st.from_regex(r"[1-9][0-9]{0,11}", fullmatch=True)
slugs = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True)
pages = st.none() | st.integers(1, 999_999)
days = st.dates()
refs = st.one_of(
    st.builds(Ref, st.just("home"), page=pages),
    st.builds(Ref, st.just("article"), identifiers, st.none() | slugs, page=pages | st.just("all")),
    st.builds(Ref, st.just("section"), identifiers, st.none() | slugs, page=pages),
    st.builds(Ref, st.just("index"), day=st.none() | days, page=pages),
    st.builds(Ref, st.just("tag"), identifiers, st.none() | slugs, page=pages),
    st.builds(Ref, st.just("tag"), slug=slugs, page=pages),
    st.builds(Ref, st.just("search"), st.none() | identifiers, page=pages),
    st.just(Ref("rss")),
    st.just(Ref("rss", slug="feed")),
    st.builds(Ref, st.sampled_from(["old-section", "old-parent", "dateline"]), identifiers, slugs, page=pages),
    st.builds(Ref, st.just("author"), slug=slugs, page=pages),
    st.sampled_from([Ref("sitemap", slug=f"{folder}/news-sitemap.xml") for folder in ("web", "images")]),
    st.builds(
        Ref, st.just("sitemap"), slug=st.none() | slugs.map("news-{}.xml".format) | slugs.map("sitemap-{}".format)
    ),
    st.builds(Ref, st.just("image"), slug=slugs.map("{}_small.jpg".format), day=days),
)


@given(refs, st.sampled_from([urls.ORIGIN, LOCAL]))
def test_reading_undoes_building(ref, origin):
    assert urls.parse(urls.build(ref, origin=origin), origin=origin) == ref


@pytest.mark.parametrize(
    ("address", "ref"),
    [
        ("http://www.wartaekonomi.co.id/kategori283/bursa.html", Ref("old-section", "283", "bursa")),
        ("/kategori_parent2/kabar-ekbis.html", Ref("old-parent", "2", "kabar-ekbis")),
        ("/indeks.html", Ref("index")),
        ("/redaksi/rina.html", Ref("author", slug="rina")),
        ("/dateline12/jakarta.html", Ref("dateline", "12", "jakarta")),
        ("/feed", Ref("rss", slug="feed")),
        ("/read174066/rupiah-menguat.html", Ref("article", "174066", "rupiah-menguat")),
        ("/sitemap", Ref("sitemap", slug="sitemap")),
        ("/web/news-sitemap.xml", Ref("sitemap", slug="web/news-sitemap.xml")),
        ("/berita-antara/17.html", None),
        ("/gallery/album3.html", None),
    ],
)
def test_the_addresses_of_2018_are_read(address, ref):
    assert urls.parse(address) == ref


@given(days, st.integers(1, 999_999))
def test_the_path_form_of_an_index_page_means_the_same(day, page):
    assert urls.parse(urls.index_path_form(day, page)) == Ref("index", day=day, page=page)


def test_a_section_without_id_has_its_bare_path():
    assert urls.build(Ref("section", slug="kabar-sawit", page=2)) == "https://wartaekonomi.co.id/kabar-sawit?page=2"


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("583116", "583116"),
        (" 583116\n", "583116"),
        ("wartaekonomi.co.id/read583116/x", "583116"),
        ("m.wartaekonomi.co.id/berita583116/x", "583116"),
        ("http://www.wartaekonomi.co.id/read583116/x.html", "583116"),
        ("/read583116", "583116"),
        ("0583116", None),
        ("٥٨٣", None),
        ("https://example.org/read583116/x", None),
        ("https://wartaekonomi.co.id/category-283/bursa", None),
        ("", None),
    ],
)
def test_an_identity_is_an_id_or_an_article_address(text, identifier):
    assert urls.identity(text) == identifier


def test_an_address_on_the_origin_has_an_identity_there_alone():
    assert urls.identity(f"{LOCAL}/read7/kopi", origin=LOCAL) == "7"
    assert urls.identity(f"{LOCAL}/read7/kopi") is None


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("http://www.wartaekonomi.co.id/read7/kopi.html?page=2#a", "https://wartaekonomi.co.id/read7/kopi"),
        ("http://m.wartaekonomi.co.id/berita7/kopi", "https://wartaekonomi.co.id/read7/kopi"),
        ("/read7/kopi", "https://wartaekonomi.co.id/read7/kopi"),
        ("../read7/kopi", "https://wartaekonomi.co.id/read7/kopi"),
        ("http://www.wartaekonomi.co.id/tag-3/a?x=1#y", "https://wartaekonomi.co.id/tag-3/a?x=1"),
        ("http://www.wartaekonomi.co.id", "https://wartaekonomi.co.id/"),
        ("http://example.org/a?b=c#d", "http://example.org/a?b=c#d"),
        ("HTTP://example.org/A", "http://example.org/A"),
        ("//example.org/a b", "https://example.org/a%20b"),
        ("http://foto.wartaekonomi.co.id/files/a.jpg", "http://foto.wartaekonomi.co.id/files/a.jpg"),
        ("  /read7/kopi \n", "https://wartaekonomi.co.id/read7/kopi"),
        ("#top", None),
        ("", None),
        ("javascript:void(0)", None),
        ("java\nscript:alert(1)", None),
        ("JavaScript:;", None),
        ("mailto:a@example.org", None),
        ("tel:+62", None),
        ("data:text/html,x", None),
        ("https://wartaekonomi.co.id@example.org/", None),
        ("https://example.org\\@wartaekonomi.co.id/", None),
        ("http://", None),
        ("https:///read7/kopi", None),
        ("https:read7/kopi", None),
        ("///example.org/read7/kopi", None),
        ("http://exa mple.org/", None),
        ("https://example.org/\u202egnp.exe", None),
    ],
)
def test_a_link_as_data_is_absolute_and_of_the_web(href, address):
    assert urls.canonical(href, base="https://wartaekonomi.co.id/read1/asal") == address


def test_a_relative_link_without_a_base_is_no_address():
    assert urls.canonical("/read7/kopi") is None


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("https://wartaekonomi.co.id/read7/kopi", f"{LOCAL}/read7/kopi"),
        ("http://m.wartaekonomi.co.id/berita7/kopi?page=all", f"{LOCAL}/read7/kopi?page=all"),
        ("../read7/kopi", f"{LOCAL}/read7/kopi"),
        ("?page=2", f"{LOCAL}/indeks/20250105?page=2"),
        ("/category-283/bursa#daftar", f"{LOCAL}/category-283/bursa"),
        ("/indeks/../rss", f"{LOCAL}/rss"),
        ("https://www.wartaekonomi.co.id/a/../../../rss", f"{LOCAL}/rss"),
        ("https://wartaekonomi.co.id//example.org/x", f"{LOCAL}/example.org/x"),
        ("//example.org/read7/kopi", None),
        ("https://foto.wartaekonomi.co.id/files/a.jpg", None),
        ("https://ads.wartaekonomi.co.id/klik", None),
        ("https://wartaekonomi.co.id:8080/read7/kopi", None),
        ("http://127.0.0.1:9000/read7/kopi", None),
        ("http://127.0.0.1/read7/kopi", None),
        ("http://x:y@127.0.0.1:8000/read7/kopi", None),
        ("/a/%2e%2e/b", None),
        ("/a/%252e%252e/b", None),
        ("/a/..%2fb", None),
        ("file:///etc/passwd", None),
        ("\\\\example.org\\x", None),
    ],
)
def test_only_the_portal_may_be_requested(href, address):
    assert urls.localize(href, base="https://wartaekonomi.co.id/indeks/20250105", origin=LOCAL) == address


anything = (
    st.text()
    | st.text(st.sampled_from("/:?#@\\.%2eE read1[]wartaekonomi.co.idhtps\x00\t\ud800"))
    | refs.map(urls.build)
)
lookalikes = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "https:", "https://", "http://wartaekonomi.co.id", "//", LOCAL, "\\\\", "https://a@"]),
    anything,
    anything,
)


@given(anything | lookalikes)
def test_no_text_breaks_the_grammar(text):
    urls.parse(text)
    urls.parse(text, origin=LOCAL)
    urls.identity(text)
    address = urls.canonical(text, base=urls.ORIGIN)
    assert address is None or re.fullmatch(r"https?://\S+", address)
    assert address is None or urls.canonical(address) == address


@given(anything | lookalikes, st.sampled_from([urls.ORIGIN, LOCAL]))
def test_what_may_be_requested_is_always_on_the_origin(href, origin):
    address = urls.localize(href, base=urls.ORIGIN + "/indeks", origin=origin)
    if address is not None:
        split, own = urlsplit(address), urlsplit(origin)
        assert (split.scheme, split.netloc) == (own.scheme, own.netloc)
        assert ".." not in split.path.split("/")
        assert urls.localize(address, base=origin, origin=origin) == address


@given(st.integers(1, 999), st.integers(1, 999))
def test_setting_the_page_twice_is_setting_it_once(first, second):
    once = urls.with_page("https://wartaekonomi.co.id/kabar-sawit?q=a&b=1#x", second)
    assert urls.with_page(urls.with_page("https://wartaekonomi.co.id/kabar-sawit?q=a&b=1", first), second) == once
    assert once == f"https://wartaekonomi.co.id/kabar-sawit?q=a&b=1&page={second}"
