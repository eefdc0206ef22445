"""Calls to the newspaper's channels go; whatever a journalist says of channels stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.language.promos import Promos

PROMOS = Promos(r"warta\s?ekonomi(?:\.co\.id)?")


@pytest.mark.parametrize(
    "line",
    [
        "Mau Berita Terbaru Lainnya dari Warta Ekonomi? Yuk Follow Kami di Google News dengan Klik Simbol Bintang.",
        "Ikuti saluran WhatsApp Warta Ekonomi untuk berita pilihan.",
        "Dapatkan update berita pilihan di grup Telegram Warta Ekonomi.",
        "Simak berita lainnya di channel YouTube Warta Ekonomi.",
        "👉 Ikuti Warta Ekonomi di Google News",
        "Warta Ekonomi di Google News: klik Ikuti.",
        "Jadikan Warta Ekonomi sumber pilihan Anda di Google.",
        "Sudah punya aplikasi Warta Ekonomi? Unduh sekarang di Google Play.",
        "Lebih dekat dengan kami di Instagram @wartaekonomi",
        "Baca berita tanpa iklan di aplikasi Warta Ekonomi.",
        "Dapatkan kabar dunia usaha tiap pagi. Gabung ke WhatsApp Channel Warta Ekonomi sekarang juga!",
        "Ikuti kami di Facebook:",
    ],
)
def test_a_call_to_the_houses_channels_is_a_promo(line):
    assert PROMOS.is_promo(line)


@pytest.mark.parametrize(
    "line",
    [
        "Pesanan pertama datang lewat WhatsApp dari pemilik butik di Osaka.",
        "“Ikuti saluran WhatsApp kami,” kata manajer toko itu.",
        "Warta Ekonomi menggelar penghargaan di kanal YouTube.",
        "Untuk menghapus akun, buka menu pengaturan.",
        "Unduh aplikasi Mobile JKN di Google Play, lalu daftar dengan NIK kita.",
        "Update aplikasi WhatsApp kita ke versi terbaru.",
        "Jangan klik tautan di email, karena data kita bisa dicuri.",
        "Cek pengumuman di Instagram BKN atau laman SSCASN.",
        "Untuk itu kami meluncurkan kanal pengaduan WhatsApp, ujar Kapolda.",
        "Aplikasi Warta Ekonomi diunduh sejuta kali sejak Januari.",
        "Warta Ekonomi mewawancarai pendiri grup WhatsApp petani itu di kebunnya.",
        "Ikuti Instagram kami @kopikita untuk jadwal kelas menyeduh.",
        "Klik ikon WhatsApp, lalu pilih saluran.",
        "Ikuti langkah ini. Harga di kanal YouTube Warta Ekonomi dikutip pedagang. Stok beras turun dua hari kemudian.",
        "Bagikan tautan itu ke grup WhatsApp keluarga kita.",
    ],
)
@pytest.mark.parametrize("set_apart", [False, True])
def test_what_a_journalist_says_of_channels_is_text(line, set_apart):
    assert not PROMOS.is_promo(line, leads_to_channel=set_apart)


def test_its_own_news_on_a_channel_are_a_promo_only_where_the_line_is_set_apart():
    line = "Cek Berita dan Artikel yang lain di Google News."
    assert PROMOS.is_promo(line, leads_to_channel=True)
    assert not PROMOS.is_promo(line)
    assert not PROMOS.is_promo("Ikuti berita terbaru banjir di saluran WhatsApp BNPB.", leads_to_channel=True)


def test_a_link_to_its_own_channel_says_whose_it_is():
    assert PROMOS.is_promo("Gabung di WhatsApp untuk kabar pasar.", leads_to_own=True)
    assert not PROMOS.is_promo("Gabung di WhatsApp untuk kabar pasar.", leads_to_channel=True)


@given(st.text(max_size=500), st.booleans(), st.booleans())
def test_no_line_breaks_it(line, own, channel):
    PROMOS.is_promo(line, leads_to_own=own, leads_to_channel=channel)
