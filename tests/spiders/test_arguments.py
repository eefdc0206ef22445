import os
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.config import ConfigError
from wartacrawl.language import dates
from wartacrawl.spiders.arguments import Arguments

ALL = frozenset({"sections", "since", "until", "limit", "via", "full", "urls", "file"})


def refused(**given_arguments):
    with pytest.raises(ConfigError) as caught:
        Arguments.parse(given_arguments, ALL)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return sentence


def test_no_argument_asks_for_everything():
    assert Arguments.parse({}, ALL) == Arguments()


def test_all_arguments_are_read():
    arguments = Arguments.parse(
        {"since": "2025-01-05", "until": "2025-01-31", "limit": "7", "via": "RSS, sitemap", "full": "1"}, ALL
    )
    assert arguments.since == date(2025, 1, 5)
    assert arguments.until == date(2025, 1, 31)
    assert arguments.limit == 7
    assert arguments.via == {"rss", "sitemap"}
    assert arguments.full


def test_sections_keep_their_order_once_each():
    assert Arguments.parse({"sections": "ekbis, Kabar Sawit ,ekbis"}, ALL).sections == ("ekbis", "Kabar Sawit")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("since", "05/01/2025", "YYYY-MM-DD"),
        ("since", "2025-02-30", "YYYY-MM-DD"),
        ("until", "20250131", "YYYY-MM-DD"),
        ("until", "", "YYYY-MM-DD"),
        ("limit", "0", "whole number"),
        ("limit", "-3", "whole number"),
        ("limit", "٣", "whole number"),
        ("limit", "1.5", "whole number"),
        ("via", "twitter", "sections, indeks, rss and sitemap"),
        ("via", "", "sections, indeks, rss and sitemap"),
        ("full", "maybe", "full=1"),
        ("sections", " , ", "slugs or menu names"),
        ("urls", "https://example.org/read1/x", "not an article of Warta Ekonomi"),
        ("urls", "javascript:alert(1)", "not an article of Warta Ekonomi"),
        ("limit", "1000000000", "give up to 999999999"),
        ("since", "today-", "today-7"),
        ("file", "/no/such/file.txt", "cannot be read"),
        ("file", "/dev/zero", "not a file"),
        ("file", "/proc/self/mem", "cannot be read"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence_that_names_it(name, value, allowed):
    sentence = refused(**{name: value})
    assert name in sentence
    assert repr(value.strip()) in sentence or value.strip() in sentence
    assert allowed in sentence


def test_a_misspelt_argument_is_refused_with_those_that_exist():
    sentence = refused(sectons="ekbis")
    assert "sectons='ekbis'" in sentence
    assert "sections" in sentence


def test_a_misspelt_argument_or_source_is_refused_with_the_one_that_was_meant():
    assert refused(sectons="ekbis").endswith("did you mean 'sections'?")
    assert refused(via="sitmap").endswith("did you mean 'sitemap'?")


def test_days_may_be_counted_back_from_today_in_jakarta():
    today = dates.day(datetime.now(UTC))
    arguments = Arguments.parse({"since": "today-7", "until": "Yesterday"}, ALL)
    assert arguments.since == today - timedelta(days=7)
    assert arguments.until == today - timedelta(days=1)
    assert Arguments.parse({"since": "today"}, ALL).since == today


def test_a_first_day_in_the_future_is_refused_with_todays():
    today = dates.day(datetime.now(UTC))
    assert f"is in the future: today is {today.isoformat()} in Jakarta" in refused(since=f"{today.year + 1}-01-01")
    assert Arguments.parse({"until": f"{today.year + 1}-01-01"}, ALL).until == date(today.year + 1, 1, 1)


def test_a_script_may_give_values_instead_of_texts():
    typed = {
        "sections": ["ekbis", "Kabar Sawit"],
        "since": date(2025, 1, 5),
        "until": datetime(2025, 1, 30, 20, tzinfo=UTC),
        "limit": 3,
        "via": {"sections"},
        "full": True,
        "urls": None,
    }
    assert Arguments.parse(typed, ALL) == Arguments(
        sections=("ekbis", "Kabar Sawit"),
        since=date(2025, 1, 5),
        until=date(2025, 1, 31),
        limit=3,
        via=frozenset({"sections"}),
        full=True,
    )
    assert not Arguments.parse({"full": False}, ALL).full
    assert "limit='0'" in refused(limit=0)


def test_what_would_block_or_fill_the_memory_is_not_read(tmp_path, monkeypatch):
    pipe, large = tmp_path / "pipe", tmp_path / "large.txt"
    os.mkfifo(pipe)
    assert "not a file" in refused(file=str(pipe))
    large.write_bytes(b"1\n" * 600)
    monkeypatch.setattr("wartacrawl.spiders.arguments.FILE_BYTES", 1024)
    assert "larger than" in refused(file=large)


def test_since_after_until_is_refused():
    assert "is after until" in refused(since="2025-02-01", until="2025-01-01")


def test_sections_cannot_go_with_sources_that_list_all_sections():
    assert "via='rss'" in refused(sections="ekbis", via="rss,sections")


def test_what_scrapyd_adds_is_let_pass():
    assert Arguments.parse({"_job": "abc", "_version": "1"}, ALL) == Arguments()


def test_articles_are_read_from_a_file_of_ids_and_urls_of_any_generation(tmp_path):
    file = tmp_path / "urls.txt"
    file.write_text(
        "# yesterday's\n583116\n\nhttp://www.wartaekonomi.co.id/read146119/harga-cabai.html\n"
        "https://m.wartaekonomi.co.id/berita283116/rupiah\n583116\n",
        encoding="utf-8",
    )
    articles = Arguments.parse({"file": str(file)}, ALL).articles
    assert articles == {583116: None, 146119: "harga-cabai", 283116: "rupiah"}


@given(st.dictionaries(st.sampled_from(sorted(ALL - {"file"})), st.text(max_size=30)))
def test_no_text_does_more_than_be_refused(given_arguments):
    with suppress(ConfigError):
        Arguments.parse(given_arguments, ALL)


@given(st.dates(), st.dates(), st.dates())
def test_covers_is_inclusive(since, until, day):
    assert Arguments(since=since, until=until).covers(day) == (since <= day <= until)
    assert Arguments(since=since, until=until).covers(None)


def test_articles_may_be_named_by_addresses_on_the_mirror_that_is_crawled():
    given = {"urls": "http://127.0.0.1:8000/read7/kopi?page=2,https://www.wartaekonomi.co.id/read8/teh.html"}
    assert Arguments.parse(given, ALL, origin="http://127.0.0.1:8000").articles == {7: "kopi", 8: "teh"}
