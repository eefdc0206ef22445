import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.language import captions, people, text

DATELINES = text.Datelines(r"warta\s?ekonomi|we\s+online")

ANY = st.text(max_size=300)


@given(ANY)
def test_cleaning_twice_changes_nothing_more(source):
    cleaned = text.clean(source)
    assert text.clean(cleaned) == cleaned
    assert "\n" not in cleaned
    assert cleaned == cleaned.strip()


@given(ANY)
def test_no_reader_of_lines_stumbles_over_any_text(source):
    for read in (
        *(
            people.bylines,
            people.names,
            people.without_initials,
            captions.split_credit,
            captions.is_caption,
            text.is_pager,
        ),
        *(text.is_share, text.is_advert, text.is_platforms, text.is_related_label, text.is_also_label, text.unescape),
        *(text.word_count, text.comparison_key, text.is_tag_label, text.is_pager_label),
    ):
        read(source)
    assert all(0 <= label.start < label.end <= len(source) for label in text.related_labels(source))
    DATELINES.part(source)


@pytest.mark.parametrize(
    "line",
    [
        "Baca Juga:",
        "BACA JUGA",
        "Baca juga : ",
        "Lihat Juga",
        "Simak juga:",
        "Baca Juga Artikel Lainnya:",
        "Berita Terkait",
        "Artikel Terkait:",
        "Baca Juga »",
    ],
)
def test_a_label_of_related_links_is_one(line):
    assert text.is_related_label(line)


@pytest.mark.parametrize(
    "line", ["Baca juga dianggap kebiasaan.", "Jangan lupa baca juga", "Terkaitnya harga dengan cuaca", "Juga", ""]
)
def test_a_sentence_about_reading_is_no_label(line):
    assert not text.is_related_label(line)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Halaman Berikutnya", True),
        ("Halaman: 1 2 3 Selanjutnya", True),
        ("Selanjutnya »", True),
        ("Halaman 2 dari 3", True),
        ("Tampilkan Semua", True),
        ("Halaman berikutnya buku itu memuat peta.", False),
        ("Selanjutnya, harga turun.", False),
        ("Semua pedagang pulang.", False),
    ],
)
def test_a_pager_line_leads_to_pages_and_says_nothing_else(line, is_one):
    assert text.is_pager(line) is is_one


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Bagikan Artikel:", True),
        ("Bagikan ke Facebook, X, WhatsApp", True),
        ("Share:", True),
        ("Salin tautan", True),
        ("Bagikan ulasanmu kepada teman.", False),
        ("Share saham itu naik.", False),
    ],
)
def test_a_share_line_offers_to_share_and_says_nothing_else(line, is_one):
    assert text.is_share(line) is is_one


@pytest.mark.parametrize("dash", ["-", "–", "—"])
@pytest.mark.parametrize("place", ["Jakarta", "Bandung Barat", "D.I. Yogyakarta", "Kuala Lumpur", "Pangkalan Bun"])
@pytest.mark.parametrize("house", ["Warta Ekonomi", "WE Online", "WARTA EKONOMI"])
def test_a_dateline_is_parted_from_its_sentence(house, place, dash):
    assert DATELINES.part(f"{house}, {place} {dash} Harga turun.") == (place, "Harga turun.")
    assert DATELINES.part(f"{house}, {place} {dash}") == (place, "")


@pytest.mark.parametrize(
    "line",
    [
        "Di sebuah gang di Jakarta Timur - tak jauh dari stasiun - lampu menyala.",
        "Warta Ekonomi menggelar penghargaan, Jakarta menjadi tuan rumah - lagi.",
        "Jakarta - Surabaya ditempuh delapan jam.",
    ],
)
def test_a_sentence_with_a_dash_has_no_dateline(line):
    assert DATELINES.part(line) is None


@pytest.mark.parametrize(
    ("caption", "parted"),
    [
        ("Pasar Senen. Kredit Foto: Antara/Bimo", ("Pasar Senen.", "Antara/Bimo")),
        ("Kredit Foto: Istimewa", (None, "Istimewa")),
        ("Pasar Senen (Kredit Foto: Antara)", ("Pasar Senen", "Antara")),
        ("Pasar Senen (Foto: Antara/Bimo)", ("Pasar Senen", "Antara/Bimo")),
        ("Pasar Senen", ("Pasar Senen", None)),
        ("", (None, None)),
    ],
)
def test_a_credit_is_parted_from_its_caption(caption, parted):
    assert captions.split_credit(caption) == parted
