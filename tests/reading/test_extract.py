"""What the page cases cannot show: each carrier alone, broken JSON-LD, hostile documents, several pages."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wartacrawl.page import Page
from wartacrawl.reading.extract import extract, merge, next_page

URL = "https://wartaekonomi.co.id/read583116/harga-tbs-naik"
NOW = datetime(2026, 9, 20, 3, 0, tzinfo=UTC)
WHEN = "2026-09-18T08:15:00+07:00"
BODY = (
    "<p>Warta Ekonomi, Pekanbaru - Harga tandan buah segar naik dua persen pekan ini.</p>"
    "<p>Petani plasma menyambutnya dengan menunda panen.</p>"
)


def page(html: str | bytes, url: str = URL) -> Page:
    body = html if isinstance(html, bytes) else html.encode()
    return Page.from_bytes(url, body, fetched_at=NOW, via="artikel", content_type="text/html; charset=utf-8")


def article(*, head: str = "", header: str = "", body: str = BODY, after: str = "", url: str = URL):
    html = (
        f"<html><head><title>Harga TBS Naik - Warta Ekonomi</title>{head}</head><body><article>"
        f'<div class="articlePostHeader"><h1>Harga TBS Naik</h1>{header}</div>'
        f'<div class="articlePostContent">{body}</div>{after}</article></body></html>'
    )
    return extract(page(html, url))


def json_ld(data: object) -> str:
    text = data if isinstance(data, str) else json.dumps(data)
    return f'<script type="application/ld+json">{text}</script>'


NEWS = {"@type": "NewsArticle", "headline": "Harga TBS Naik", "datePublished": WHEN}


def test_a_page_that_broke_off_says_so():
    html = f'<html><body><article><h1>Harga TBS Naik</h1><div class="articlePostContent">{BODY}'
    (message,) = extract(page(html)).article.metadata["validation_messages"]
    assert "may be missing" in message
    assert extract(page(html + "</div></article></body></html>")).article.metadata["validation_messages"] == []


@pytest.mark.parametrize(
    ("carrier", "layer"),
    [
        ({"head": json_ld(NEWS)}, "json_ld"),
        ({"head": json_ld([{"@type": "WebSite"}, NEWS])}, "json_ld"),
        ({"head": json_ld({"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, NEWS]})}, "json_ld"),
        ({"head": json_ld({"@type": "WebPage", "mainEntity": NEWS})}, "json_ld"),
        ({"head": f'<meta property="article:published_time" content="{WHEN}">'}, "meta"),
        ({"head": f'<meta itemprop="datePublished" content="{WHEN}">'}, "meta"),
        ({"head": f'<meta name="pubdate" content="{WHEN}">'}, "meta"),
        ({"header": f'<span itemprop="datePublished" content="{WHEN}">Jumat</span>'}, "meta"),
        ({"header": f'<time datetime="{WHEN}">Jumat</time>'}, "layout"),
        ({"header": "<div>Jumat, 18 September 2026 | 08:15 WIB</div>"}, "layout"),
        ({"header": "<p><i class='icon'></i> 18/09/2026, 08.15 WIB</p>"}, "layout"),
        ({"body": f"<p>Jum’at, 18 September 2026, 08:15 WIB</p>{BODY}"}, "layout"),
    ],
)
def test_each_carrier_of_the_date_is_enough_alone(carrier, layer):
    found = article(**carrier).article
    assert found.date_published == WHEN
    assert found.metadata["field_sources"]["date_published"] == layer
    assert found.article_body.startswith("Harga tandan")


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Harga TBS Naik", "datePublished": "%s",}',
        '{"@type": "NewsArticle", "keywords": ["sawit",], "datePublished": "%s"}',
        '<!-- {"@type": "NewsArticle", "datePublished": "%s"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "datePublished": "%s"}\n//]]>',
        '{"@type": "NewsArticle", "description": "dua\nbaris", "datePublished": "%s"};',
        "{'@type': 'NewsArticle', 'datePublished': '%s'}",
        '{"@type": "NewsArticle", "datePublished": "%s", "headline": "Harga TBS',
        '{"@type": ["NewsArticle"], "datePublished": "%s", "author": {"name": "x" "url": "y"}}',
        '{"@type": "https://schema.org/NewsArticle", "datePublished": "%s"}',
    ],
)
def test_broken_json_ld_still_gives_its_date(script):
    assert article(head=json_ld(script.replace("%s", WHEN))).article.date_published == WHEN


@pytest.mark.parametrize(
    "script", ["", "null", "[]", "{", "function(){}", '"NewsArticle"', "[" * 100_000, "{}" * 50_000]
)
def test_json_ld_that_cannot_be_read_is_no_trouble(script):
    found = article(head=json_ld(script), header=f'<time datetime="{WHEN}"></time>').article
    assert (found.headline, found.date_published) == ("Harga TBS Naik", WHEN)


def test_json_ld_of_another_article_is_left_alone():
    other = {**NEWS, "url": "https://wartaekonomi.co.id/read1/lain", "datePublished": "2020-01-01T00:00:00+07:00"}
    found = article(head=json_ld(other) + json_ld(NEWS)).article
    assert found.date_published == WHEN


def test_layers_that_disagree_leave_a_message_and_the_more_trusted_value():
    found = article(
        head=json_ld({**NEWS, "headline": "Harga CPO Turun"}), header="<div>Senin, 14 September 2026 | 10:00 WIB</div>"
    )
    assert found.disagreements == ("headline", "date_published")
    assert (found.article.headline, found.article.date_published) == ("Harga TBS Naik", WHEN)
    assert len([one for one in found.article.metadata["validation_messages"] if "says" in one]) == 2


@pytest.mark.parametrize(
    "raw", ["2031-01-01T00:00:00+07:00", "31 Februari 2026 10:00 WIB", "07/13/2026, 08:00 WIB", "18 September 2026"]
)
def test_a_date_that_cannot_be_is_null_and_kept_as_raw_with_a_message(raw):
    found = article(header=f"<div>{raw}</div>").article
    assert (found.date_published, found.date_published_raw) == (None, raw)
    assert found.metadata["validation_messages"]


def test_a_date_that_cannot_be_gives_way_to_one_that_can():
    found = article(
        head=json_ld({**NEWS, "datePublished": "2026-13-45"}), header=f'<time datetime="{WHEN}"></time>'
    ).article
    assert (found.date_published, found.metadata["field_sources"]["date_published"]) == (WHEN, "layout")


@pytest.mark.parametrize(
    "title",
    ["Warta Ekonomi", "WARTAEKONOMI.CO.ID", "Warta Ekonomi - Barometer Niaga Nusantara", "Warta Ekonomi Online", ""],
)
@pytest.mark.parametrize("head", ["", '<meta property="og:title" content="%s">', '<h1 class="logo">%s</h1>'])
def test_the_newspapers_name_and_slogan_are_never_a_headline(title, head):
    html = (
        f"<html><head><title>{title}</title></head><body>{head.replace('%s', title)}"
        f'<h2 class="title-large">Barometer Niaga Nusantara</h2><div class="isi">{BODY}</div></body></html>'
    )
    assert extract(page(html)).article.headline is None


def test_a_blank_json_ld_headline_is_no_source():
    found = article(head=json_ld({**NEWS, "headline": " \u200b"})).article
    assert found.metadata["field_sources"]["headline"] == "layout"


def test_the_slug_comes_from_the_page_where_it_was_asked_for_by_a_wrong_one():
    link = '<link rel="canonical" href="https://www.wartaekonomi.co.id/read583116/harga-tbs-naik.html">'
    found = article(head=link, url="https://wartaekonomi.co.id/read583116/x?page=all").article
    assert found.url == URL
    assert found.canonical_url == "https://www.wartaekonomi.co.id/read583116/harga-tbs-naik.html"


def test_a_page_that_names_no_article_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="is no article"):
        extract(page("<p>Kosong</p>", "https://wartaekonomi.co.id/indeks"))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('<p>Harga naik <div class="adInArticle">Iklan</div> dua persen.</p>', "Harga naik dua persen."),
        ("<p>Harga naik <div><script>x()</script></div> dua persen.</p>", "Harga naik dua persen."),
        ('<p>Harga naik.<div class="adInArticle"></div> Petani senang.</p>', "Harga naik.\n\nPetani senang."),
        (
            '<p>Harga naik.<div class="adInArticle"></div>Petani senang.</p>Pasar sepi.',
            "Harga naik.\n\nPetani senang.\n\nPasar sepi.",
        ),
        ("<p>Harga naik</p> <p>dua persen.</p>", "Harga naik\n\ndua persen."),
        ("Berikut daftarnya<br><br>gula<br><br>beras", "Berikut daftarnya\n\ngula\n\nberas"),
        ("<p><b>Rp5</b>.000 <i>per</i> kg</p>", "Rp5.000 per kg"),
        ("<p>Satu<br>dua</p>", "Satu dua"),
        ("<p>Satu<br> <br/>dua</p>", "Satu\n\ndua"),
        ("<div>Satu<p>dua</p>tiga.</div>", "Satu\n\ndua\n\ntiga."),
    ],
)
def test_paragraphs_are_those_a_reader_sees(body, text):
    assert article(body=body).article.article_body == text


@pytest.mark.parametrize("end", ["</p>", "</P>"])
@pytest.mark.parametrize("faults", ["", "</i>" * 150])
def test_a_stray_end_of_a_paragraph_parts_texts_on_a_page_full_of_faults_too(end, faults):
    # The parser stops telling its complaints after a hundred: the one that matters may not be among them.
    body = f'<p>Harga naik.<div class="adInArticle"></div>Petani senang.{end}Pasar sepi.'
    text = article(header=faults, body=body).article.article_body
    assert text == "Harga naik.\n\nPetani senang.\n\nPasar sepi."


# -- several pages ----------------------------------------------------------------------------------------------------


OWN = f'<a href="{URL}">Harga TBS Naik Lagi</a>'


@pytest.mark.parametrize(
    "related",
    [
        f"<p>Baca Juga: {OWN}</p>",
        f"<p><strong>Baca Juga:</strong></p><p>{OWN}</p>",
        f"<div><span>Baca Juga:</span><ul><li>{OWN}</li></ul></div>",
        f"<h4>BACA JUGA</h4><ul><li>{OWN}</li><li><a href='/read583001/x'>Harga Pupuk Turun</a></li></ul>",
    ],
)
def test_a_related_link_to_the_article_itself_is_no_text(related):
    first, second = BODY.split("</p><p>")
    article_body = article(body=f"{first}</p>{related}<p>{second}").article.article_body
    assert article_body == article().article.article_body


def paged(number: int, text: str, pager: str, *, whole: bool = False) -> Page:
    query = "?page=all" if whole else f"?page={number}"
    html = (
        '<article><div class="articlePostHeader"><h1>Harga TBS Naik</h1></div>'
        f'<div class="articlePostContent">{text}</div>'
        f'<div class="pager">{pager}</div></article>'
    )
    return page(html, URL + query)


def test_the_walk_goes_on_while_a_pager_leads_on_and_the_pages_say_something_new():
    first = extract(
        paged(1, "<p>Satu dua tiga.</p>", '<span class="active">1</span> <a href="?page=2">2</a>', whole=True)
    )
    assert next_page([first]) == f"{URL}?page=2"
    second = extract(paged(2, "<p>Empat lima.</p>", '<a href="?page=1">1</a>'))
    assert next_page([first, second]) is None
    whole = merge([first, second]).article
    assert (whole.article_body, whole.pages) == ("Satu dua tiga.\n\nEmpat lima.", 2)


def test_a_portal_that_answers_every_page_alike_is_not_asked_for_ever():
    pager = '<span class="active">1</span> <a href="?page=2">2</a> <a href="?page=3">3</a>'
    first = extract(paged(1, "<p>Satu dua tiga.</p>", pager, whole=True))
    again = extract(paged(2, "<p>Satu dua tiga.</p>", pager))
    assert next_page([first]) is not None
    assert next_page([first, again]) is None
    assert merge([first, again]).article.pages == 1


def test_the_whole_article_is_not_asked_for_page_by_page():
    pager = '<span class="active">Semua</span> <a href="?page=1">1</a> <a href="?page=2">2</a>'
    assert next_page([extract(paged(1, "<p>Satu.</p>", pager, whole=True))]) is None


@pytest.mark.parametrize(
    "pager",
    [
        'Halaman Selanjutnya: <a href="?page=2">Dua</a>',
        '<a href="?page=2">Selanjutnya »</a>',
        '<a rel="next" href="?page=2">2</a>',
        '<ul><li class="active"><a href="?page=1">1</a></li><li><a href="?page=2">2</a></li></ul>',
        '<a href="?page=2">2</a> <a href="?page=all">Tampilkan Semua</a>',
        '<strong>1</strong> <a href="/read583116/harga-tbs-naik?page=2">2</a>',
        '<a href="https://www.wartaekonomi.co.id/read583116/harga-tbs-naik.html?page=2">Berikutnya</a>',
    ],
)
def test_an_answer_to_page_all_that_is_the_first_page_is_seen_as_such(pager):
    assert next_page([extract(paged(1, "<p>Satu.</p>", pager, whole=True))]) == f"{URL}?page=2"


def test_pages_of_other_articles_are_no_further_pages():
    other = '<a href="/read1/lain?page=2">Selanjutnya</a> <a href="/category-2/ekbis?page=2">Selanjutnya</a>'
    assert next_page([extract(paged(1, "<p>Satu.</p>", other, whole=True))]) is None


# -- hostile ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 10_000 + "Teks di dasar." + "</div>" * 10_000,
        "<p>" + "<b>" * 5_000 + "Tebal.",
        "<table><tr><td>" * 500 + "Sel.",
        "<ul><li>" * 3_000 + "Butir.",
        "<p>\x00Nol\x00 di mana-mana.</p>",
        "<p>&#0;&#xD800;&#1114112;&nosuch; tetap teks.</p>",
        "<p>" + "Baca Juga: " * 5_000 + "</p>",
        "<p>" + "(" * 20_000 + "</p>",
        "<p>" + "a " * 50_000 + "</p>",
        "<p>" + "Penulis: " * 2_000 + "</p>",
        '<p><a href="javascript:alert(1)">Baca Juga: jahat</a></p><p><a href="http://[::1">rusak</a></p>',
        '<p><img src="http://[bad"><img src="data:image/png;base64,AAAA"><iframe src="//\\x"></iframe>Teks.</p>',
    ],
)
def test_a_hostile_body_is_read_in_a_moment_and_never_raises(body):
    began = datetime.now(UTC)
    found = article(body=body + BODY).article
    assert (datetime.now(UTC) - began).total_seconds() < 5
    assert found.headline == "Harga TBS Naik"


@pytest.mark.parametrize("html", [b"", b"\x00", b"<", b"<html>", b"\xff\xfe<\x00", b"GIF89a", "<p>é".encode("utf-16")])
def test_a_document_that_is_none_is_an_article_without_anything(html):
    found = extract(page(html)).article
    assert (found.headline, found.article_body) == (None, None)


FRAGMENTS = st.sampled_from(
    '<p>|</p>|<div>|</div>|<br>|<b>|</b>|<ul>|<li>|</ul>|<table><tr><td>|</table>|<a href="/read1/x">'
    '|<a href="?page=2">|</a>'
    "|<img src=x>|<figure>|<figcaption>|</figure>|<iframe src=y>|Baca Juga: |Penulis: A|(abc)|Kredit Foto: B|teks |. |"
    '<div class="articlePostContent">|<h1>|</h1>|<script type="application/ld+json">{"@type":"NewsArticle"|</script>'
    "|&amp;".split("|")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS, max_size=40))
def test_no_order_of_fragments_makes_extraction_raise(fragments):
    found = extract(page("".join(fragments))).article
    assert found.word_count == len([word for word in (found.article_body or "").split() if any(map(str.isalnum, word))])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_extraction_raise(body):
    extract(page(body))
