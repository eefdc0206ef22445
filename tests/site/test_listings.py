"""Lists of articles, in the templates that are known and in one that is not."""

from datetime import date, datetime
from pathlib import Path

import pytest

from wartacrawl.language.dates import JAKARTA
from wartacrawl.page import Page
from wartacrawl.site.listings import read_listing

LISTS = Path(__file__).parents[1] / "lists"
ORIGIN = "http://127.0.0.1:8000"
NOW = datetime(2026, 7, 12, 10, 0, tzinfo=JAKARTA)


def read(html, path="/category-303/ekbis"):
    page = Page(url=f"https://wartaekonomi.co.id{path}", html=html, fetched_at=NOW, via="section:ekbis")
    return read_listing(page, origin=ORIGIN, now=NOW)


def case(name, path):
    return read((LISTS / name).read_text(encoding="utf-8"), path)


@pytest.fixture(scope="module")
def current():
    return case("current.html", "/category-141/kabar-sawit?page=2")


@pytest.fixture(scope="module")
def older():
    return case("older.html", "/indeks/20200309")


@pytest.fixture(scope="module")
def redesigned():
    return case("redesigned.html", "/category-303/ekbis")


def test_the_current_template_lists_its_cards_once_in_order(current):
    assert current.form == "articleListItem"
    assert [card.id for card in current.cards] == ["600001", "600002", "600003"]
    assert [card.slug for card in current.cards] == [
        "petani-sawit-riau-panen-lebih-awal",
        "harga-cpo-naik-tipis",
        "pabrik-biodiesel-baru",
    ]
    assert current.cards[2].url == f"{ORIGIN}/read600003/pabrik-biodiesel-baru"
    assert not current.shell


def test_image_and_text_links_make_one_card(current):
    first = current.cards[0]
    assert len({card.id for card in current.cards}) == len(current.cards)
    assert first.day == date(2025, 3, 7)


def test_the_day_of_a_card_is_the_one_it_states_and_never_that_of_its_picture(current):
    assert current.cards[1].day == NOW.date()
    assert current.cards[2].day is None


def test_the_pager_leads_on_and_shows_how_far(current):
    assert current.next_url == f"{ORIGIN}/category-141/kabar-sawit?page=3"
    assert current.last_page == 12


def test_the_template_of_2020_is_read_without_its_side_column(older):
    assert older.form == "news-title"
    assert [(card.id, card.day) for card in older.cards] == [
        ("275001", date(2020, 3, 9)),
        ("275002", date(2020, 3, 9)),
    ]


def test_the_next_page_is_not_the_next_day(older):
    assert older.next_url == f"{ORIGIN}/indeks/20200309/2"
    assert older.last_page == 2


def test_an_unknown_template_is_read_by_its_largest_group_and_its_top_story(redesigned):
    assert redesigned.form == "group"
    assert [card.slug for card in redesigned.cards] == [
        "inflasi-juli-melandai",
        "ekspor-kopi-tumbuh",
        "pelabuhan-baru-dibuka",
        "tarif-tol-disesuaikan",
    ]
    assert [card.day.day for card in redesigned.cards] == [12, 12, 11, 11]
    assert redesigned.next_url == f"{ORIGIN}/category-303/ekbis?page=2"


def test_a_longer_list_of_the_latest_beside_it_does_not_slip_in(redesigned):
    assert not {card.id for card in redesigned.cards} & {"700011", "700012", "700013", "700014", "700015", "700099"}


def test_renamed_classes_lose_no_card_of_the_current_template(current):
    html = (LISTS / "current.html").read_text(encoding="utf-8").replace("articleList", "kartu")
    renamed = read(html, "/category-141/kabar-sawit?page=2")
    assert renamed.form == "group"
    assert [card.id for card in renamed.cards] == [card.id for card in current.cards]


MAIN = '<html><body><main><h1>EkBis</h1>{}</main><script>var a = "Belum ada berita";</script></body></html>'
BESIDE = '<aside><h4>Terpopuler</h4><a class="articleListItem" href="/read9/a" title="A">A</a></aside>'


@pytest.mark.parametrize(
    "empty",
    [
        "<p>Belum ada berita.</p>",
        "<p>Tidak ada berita pada tanggal ini</p>",
        "<div id='daftar' data-source='/api'></div><p>Data tidak ditemukan</p>",
        "<div class='articleList'></div>",
        "",
    ],
)
def test_an_empty_list_is_no_shell(empty):
    listing = read(MAIN.format(empty) + BESIDE)
    assert (listing.cards, listing.shell, listing.form) == ((), False, "none")


@pytest.mark.parametrize(
    "shell",
    [
        '<div id="daftar" data-source="/api/list"></div>',
        "<div><noscript>Aktifkan JavaScript untuk melihat berita.</noscript></div>",
        '<div></div><button type="button">Muat Lagi</button>',
        '<div class="articleList"><div class="skeleton"></div></div>',
        '<div id="app"></div>',
    ],
)
def test_a_list_that_waits_for_a_script_is_a_shell(shell):
    listing = read(MAIN.format(shell) + BESIDE)
    assert listing.cards == ()
    assert listing.shell


def test_a_single_article_is_a_list_too():
    listing = read(MAIN.format('<div class="k"><h3><a href="/read5/a">Satu berita saja</a></h3></div>') + BESIDE)
    assert [card.id for card in listing.cards] == ["5"]


def test_a_list_headed_latest_is_the_list_where_there_is_no_other():
    listing = read(
        '<div><h3>Berita Terbaru</h3><p><a href="/read5/a">Satu</a></p><p><a href="/read6/b">Dua</a></p></div>'
    )
    assert [card.id for card in listing.cards] == ["5", "6"]


def test_rows_of_a_grid_are_one_list():
    row = '<div class="row">{}</div>'
    cells = [f'<div class="col-4"><a href="/read{n}/x">Judul {n}</a></div>' for n in range(1, 10)]
    listing = read(MAIN.format("".join(row.format("".join(cells[n : n + 3])) for n in (0, 3, 6))))
    assert [card.id for card in listing.cards] == [str(n) for n in range(1, 10)]


def test_the_machine_date_of_a_card_is_read():
    when = '<time datetime="2026-07-01T08:00:00Z">pagi</time>'
    (card,) = read(MAIN.format(f'<p><a class="articleListItem" href="/read5/a" title="A">{when}</a></p>')).cards
    assert card.day == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("pager", "next_url", "last_page"),
    [
        ('<link rel="next" href="/category-303/ekbis?page=4">', "/category-303/ekbis?page=4", 4),
        ('<a href="?page=1">1</a> <a href="?page=2">2</a>', None, 3),
        ('<a href="?page=1">1</a> <a href="?page=5">5</a> <a href="?page=4">4</a>', "/category-303/ekbis?page=4", 5),
        ('<a href="/category-304/lain?page=9">Selanjutnya</a>', None, None),
        ('<a href="https://contoh.example/category-303/ekbis?page=4">Next</a>', None, None),
        ('<a href="javascript:void(0)">Selanjutnya</a>', None, None),
        ('<a href="?dari=60">Berikutnya »</a>', "/category-303/ekbis?dari=60", None),
        ("", None, None),
    ],
)
def test_only_pages_of_the_same_list_are_next(pager, next_url, last_page):
    listing = read(MAIN.format(pager), "/category-303/ekbis?page=3")
    assert listing.next_url == (ORIGIN + next_url if next_url else None)
    assert listing.last_page == last_page


def test_the_index_of_today_goes_on_under_its_date():
    assert (
        read(MAIN.format('<a href="/indeks/20260712?page=2">2</a>'), "/indeks").next_url
        == f"{ORIGIN}/indeks/20260712?page=2"
    )
    assert read(MAIN.format('<a href="/indeks/20260711?page=2">2</a>'), "/indeks").next_url is None


@pytest.mark.parametrize(
    "html", ["", " ", "<html></html>", "<a href='/read1/x'>", "\x00<<<>>>", "<base href='https://contoh.example/'>"]
)
def test_broken_pages_are_lists_of_next_to_nothing(html):
    assert len(read(html).cards) <= 1


def test_days_and_advertisements_between_do_not_end_a_list():
    item = '<li class="q"><b><a href="/read{0}/x">Judul berita {0}</a></b></li>'
    day = '<div class="hari"><h3>{}</h3><ul>{}</ul></div>'
    days = [
        day.format(name, item.format(n) + item.format(n + 1)) for name, n in (("12 Juli 2026", 1), ("11 Juli 2026", 3))
    ]
    flat = "<ul><h3>Sabtu, 11 Juli 2026</h3>{}<div><h5>Iklan</h5><img src='x.gif'></div>{}</ul>"
    assert [card.id for card in read(MAIN.format("".join(days))).cards] == ["1", "2", "3", "4"]
    spaced = flat.format(item.format(1) + item.format(2), item.format(3))
    assert [card.id for card in read(MAIN.format(spaced)).cards] == ["1", "2", "3"]


def test_a_headline_beside_its_link_is_the_cards():
    card = '<div class="k"><h3>Judul {0}</h3><p>Ringkasan</p><a class="s" href="/read{0}/x"></a></div>'
    listing = read(MAIN.format("".join(map(card.format, (1, 2, 3)))))
    assert [card.id for card in listing.cards] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "title", ["Terpopuler", "Berita Terkait", "Baca Juga", "Rekomendasi untuk Anda", "Trending", "Paling Dibaca"]
)
def test_known_card_classes_in_a_side_block_are_no_cards_of_the_list(title):
    card = '<p><a class="articleListItem" href="/read{0}/x" title="Judul {0}">Judul {0}</a></p>'
    beside = f'<div class="c"><h4>{title}</h4>{card.format(8)}{card.format(9)}</div>'
    listing = read(f"<body><div><div>{card.format(1)}{card.format(2)}</div>{beside}</div></body>")
    assert [card.id for card in listing.cards] == ["1", "2"]
    assert read(f"<body><div><p>Belum ada berita</p>{beside}</div></body>").cards == ()


@pytest.mark.parametrize("tail", ["harga\u200b-sawit", "harga%2Fsawit", "harga\nsawit", "harga\\sawit", "x\u202ey"])
def test_a_card_whose_link_holds_an_odd_character_is_followed_by_its_number(tail):
    html = f'<a class="articleListItem" href="/read600001/{tail}" title="Satu">Satu</a>'
    assert [(card.id, card.url) for card in read(html).cards] == [("600001", f"{ORIGIN}/read600001")]


@pytest.mark.parametrize(
    "href", ["//contoh.example/read7/a\\b", "https://contoh.example/read7/a\u200b", "mailto:/read7/\\"]
)
def test_an_odd_character_leads_to_no_other_host(href):
    assert read(f'<a class="articleListItem" href="{href}" title="Satu">Satu</a>').cards == ()


def test_cards_of_2018_with_quotes_inside_their_alt_are_read():
    card = (
        '<div class="item"><img src="/files/arsip_foto_2017_12_01/a{0}_small.jpg" alt="Foto Kata "Siap" Jadi Tren">'
        '<p class="news-date">Minggu, 18/03/2018 0{0}:39 WIB</p><p class="news-title">'
        '<a href="https://www.wartaekonomi.co.id/read17406{0}/kata-siap.html">Kata "Siap" Jadi Tren</a></p></div>'
    )
    slider = '<h2 class="title-large">Barometer Niaga</h2>'
    page = Page(
        url=f"{ORIGIN}/indeks.html",
        html=MAIN.format(slider + "".join(map(card.format, (6, 7, 4)))),
        fetched_at=datetime(2018, 3, 18, 12, 0, tzinfo=JAKARTA),
        via="indeks",
    )
    found = read_listing(page, origin=ORIGIN, now=page.fetched_at)
    assert [(card.id, card.day) for card in found.cards] == [
        ("174066", date(2018, 3, 18)),
        ("174067", date(2018, 3, 18)),
        ("174064", date(2018, 3, 18)),
    ]
