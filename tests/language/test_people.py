import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.language import people

NAMES = st.lists(
    st.sampled_from("Andi Tenri|Muh. Ikhsan|Rosmini Daeng|Siti Ma'rifah|D. Sihombing|Nur'aini".split("|")),
    min_size=1,
    max_size=3,
    unique=True,
)


@given(
    NAMES,
    st.sampled_from([", ", " dan ", " & ", " | ", "; "]),
    st.sampled_from(["Penulis", "Reporter", "Oleh", "Pewarta"]),
)
def test_a_byline_names_whom_it_was_made_of(named, joint, label):
    assert [credit.name for credit in people.bylines(f"{label}: {joint.join(named)}")] == named


@given(NAMES, NAMES)
def test_writers_and_editors_on_one_line_are_told_apart(writers, editors):
    found = people.bylines(f"Penulis: {', '.join(writers)} | Editor: {' dan '.join(editors)} (agr/ree)")
    assert [credit.name for credit in found if credit.role == "author"] == writers
    assert [credit.name for credit in found if credit.role == "editor"] == editors


@pytest.mark.parametrize(
    "line",
    [
        "Editor senior Pustaka Lawas memeriksa setiap halaman.",
        "Penulis novel itu sendiri sudah lama meninggal.",
        "Kata Redaktur: “tunggu sampai besok”, dan kami menunggu.",
        "Oleh karena itu, harga naik.",
        "Reporter televisi itu pulang.",
    ],
)
def test_a_sentence_with_a_byline_word_is_no_byline(line):
    assert people.bylines(line) is None
