"""The menu, read by evidence."""

from pathlib import Path

import lxml.html
import pytest

from wartacrawl.site import sections
from wartacrawl.site.sections import Section

LISTS = Path(__file__).parents[1] / "lists"
ORIGIN = "http://127.0.0.1:8000"


def menu(html, origin=ORIGIN):
    return sections.read_menu(lxml.html.document_fromstring(html), base="https://wartaekonomi.co.id/", origin=origin)


@pytest.fixture(scope="module")
def home():
    return (LISTS / "menu.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def listed(home):
    return menu(home)


def test_the_menu_is_read_in_its_order_with_sub_menus(listed):
    assert [section.name for section in listed] == [
        "News",
        "EkBis",
        "Bursa",
        "UMKM Naik Kelas",
        "New Economy",
        "Kabar Finansial",
        "Sport & Lifestyle",
        "Kabar Sawit",
        "Video",
        "Energi",
    ]


def test_addresses_are_on_the_origin_and_clean(listed):
    assert listed[1] == Section("EkBis", "ekbis", f"{ORIGIN}/category-303/ekbis", "303")
    assert listed[5] == Section("Kabar Finansial", "kabar-finansial", f"{ORIGIN}/category-422/kabar-finansial", "422")
    assert listed[0] == Section("News", "news", f"{ORIGIN}/news", None)


def test_the_name_is_the_text_and_the_title_only_without_one(listed):
    assert sections.find(listed, "news").name == "News"
    assert sections.find(listed, "kabar-sawit").name == "Kabar Sawit"


def test_what_is_no_section_stays_out(listed):
    slugs = {section.slug for section in listed}
    assert not slugs & {"indeks", "about-us", "palsu", "opini", "arsip", "redaksi", "pemilu-2024", ""}


@pytest.mark.parametrize(
    ("wrapper", "inner"),
    [
        ('<div class="mainMenu">{}</div>', '<span><a href="{}">{}</a></span>'),
        ('<div id="nav-atas"><table><tr>{}</tr></table></div>', '<td><a href="{}">{}</a></td>'),
        ('<div role="navigation"><ul>{}</ul></div>', '<li><a href="{}"><b>{}</b></a></li>'),
        ('<section class="q7"><div>{}</div></section>', '<a class="z" href="{}">{}</a>'),
    ],
)
def test_a_menu_in_other_wrappers_is_still_the_menu(wrapper, inner):
    links = [("/category-303/ekbis", "EkBis"), ("/kabar-sawit", "Kabar Sawit"), ("/category-9/opini", "Opini")]
    html = wrapper.format("".join(inner.format(*link) for link in links))
    assert [section.slug for section in menu(f"<html><body>{html}</body></html>")] == ["ekbis", "kabar-sawit", "opini"]


def test_without_a_menu_labels_of_cards_are_no_sections():
    html = """<div class="q"><a href="/category-303/ekbis">EkBis</a></div>
    <div class="k"><span><a href="/category-9/opini">Opini</a></span><a href="/read1/a">Judul berita</a></div>"""
    assert [section.slug for section in menu(html)] == ["ekbis"]


def test_a_menu_that_previews_articles_keeps_its_sections():
    preview = '<div><a href="/read1/a">Judul berita</a></div>'
    html = f'<nav><ul><li><a href="/category-303/ekbis">EkBis</a>{preview}</li></ul></nav>'
    assert [section.slug for section in menu(html)] == ["ekbis"]


def test_a_page_without_a_menu_names_no_section():
    assert menu("<html><body><p>Sedang dalam perbaikan</p></body></html>") == []


def test_a_section_without_a_slug_gets_one_of_its_name():
    assert menu('<nav><a href="/category-5">Sains &amp; Alam</a></nav>') == [
        Section("Sains & Alam", "sains-alam", f"{ORIGIN}/category-5", "5")
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        "sport-lifestyle",
        "Sport & Lifestyle",
        "SPORT  LIFESTYLE",
        "sport&lifestyle",
        "sport_lifestyle",
        "Sport dan Lifestyle",
    ],
)
def test_a_section_is_found_however_it_is_spelled(listed, wanted):
    assert sections.find(listed, wanted).id == "43"


@pytest.mark.parametrize("wanted", ["", " ", "&", "sport", "tidak-ada"])
def test_an_unknown_section_is_not_found(listed, wanted):
    assert sections.find(listed, wanted) is None
