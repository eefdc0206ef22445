"""An index that says it is empty, and pages that only seem to."""

from datetime import UTC, date, datetime, timedelta

import pytest

from wartacrawl.page import Page
from wartacrawl.site.notices import is_empty_index, is_fresh

DAY = date(2019, 3, 9)
MENU = '<nav><ul><li><a href="/category-303/ekbis">EkBis</a></li><li><a href="/indeks">Indeks</a></li></ul></nav>'
HEADING = "<h1>Indeks Berita 9 Maret 2019</h1>"
NOTICE = "<p>Belum ada berita.</p>"
SIDE = '<aside><h4>Terpopuler</h4><a href="/read570105/harga-sawit">Harga Sawit Naik</a></aside>'


def says(*parts, path="/indeks/20190309", day=DAY, now=datetime(2026, 7, 12, tzinfo=UTC)):
    html = f"<!doctype html><body>{''.join(parts)}{SIDE}</body>"
    page = Page(url=f"https://wartaekonomi.co.id{path}", html=html, fetched_at=now, via="indeks")
    return not is_fresh(day, now) and is_empty_index(page, day, origin="http://127.0.0.1:8000")


@pytest.mark.parametrize(
    "notice",
    [
        "<p>Belum ada berita.</p>",
        '<div class="articleList"><p class="text-center">\n  Tidak ada  berita\n</p></div>',
        "<div>Maaf, berita tidak ditemukan pada tanggal ini.</div>",
        "<center><strong>Tidak ditemukan artikel untuk tanggal 9 Maret 2019</strong></center>",
        "<td>Saat ini belum tersedia konten!</td>",
    ],
)
def test_a_notice_in_the_frame_of_the_portal_is_believed(notice):
    assert says(MENU, HEADING, notice)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "<p>Pemerintah: belum ada data korban gempa yang bisa disampaikan kepada publik.</p>",
        "<p>Menurut BPS, belum ada data.</p>",
        '<p><a href="/read570106/x">Belum ada berita</a></p>',
        '<p style="display: none">Belum ada berita.</p>',
        "<div hidden><p>Belum ada berita.</p></div>",
        "<noscript><p>Belum ada berita.</p></noscript>",
        "<footer><p>Tidak ada data.</p></footer>",
        "<p>Halaman tidak ditemukan.</p>",
    ],
)
def test_the_same_words_elsewhere_are_no_notice(words):
    assert not says(MENU, HEADING, words)


def test_a_notice_alone_is_not_enough():
    assert not says(HEADING, NOTICE)
    assert not says(MENU, NOTICE)
    assert not says(MENU, "<h1>Indeks Berita 8 Maret 2019</h1>", NOTICE)
    assert not says(MENU, HEADING, NOTICE, path="/")
    assert not says(MENU, HEADING, NOTICE, path="/indeks/20190308")


def test_links_to_the_days_beside_it_show_the_day_as_well():
    assert says(MENU, '<a href="/indeks/20190308">Sebelumnya</a>', NOTICE)
    assert not says(MENU, '<a href="/indeks/20200101">Arsip</a>', NOTICE)


def test_of_the_latest_days_nobody_is_believed():
    noon = datetime(2019, 3, 9, 5, tzinfo=UTC)
    assert [says(MENU, HEADING, NOTICE, now=noon + timedelta(days=age)) for age in range(5)] == [
        False, False, False, True, True,
    ]  # fmt: skip


def test_the_index_without_a_day_is_that_of_today():
    # Shortly after midnight, or where the newest article is of yesterday.
    html = f"<!doctype html><body>{MENU}{HEADING}{NOTICE}</body>"
    morning = datetime(2019, 3, 8, 17, 10, tzinfo=UTC)  # ten minutes past midnight in Jakarta
    page = Page(url="https://wartaekonomi.co.id/indeks", html=html, fetched_at=morning, via="indeks")
    assert is_empty_index(page, DAY, origin="http://127.0.0.1:8000")
    assert not is_empty_index(page, DAY - timedelta(days=1), origin="http://127.0.0.1:8000")
