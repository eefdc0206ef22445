from datetime import date

import pytest

from wartacrawl.site.listings import Card
from wartacrawl.spiders.walk import ListWalk
from wartacrawl.storage.ledger import Ledger

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def cards(*ids, day=None):
    return [Card(str(i), f"{ORIGIN}/read{i}/x", "x", day) for i in ids]


def walk(ledger, name="section:ekbis", **more):
    return ListWalk(name, name, f"{ORIGIN}/category-9/ekbis", ORIGIN, ledger.open_walk(name), **more)


def finish(ledger, finished):
    assert finished.is_clean
    ledger.complete_walk(finished.name, finished.frontier())


def test_a_first_walk_goes_on_over_known_articles_to_the_empty_page(ledger):
    ledger.announce([(5, "x", None), (4, "x", None)], "rss")
    first = walk(ledger)
    first.take(cards(5, 4), ledger)
    assert first.end is None
    first.take([], ledger)
    assert first.end == "empty"
    assert first.is_clean


def test_the_last_page_again_is_the_end(ledger):
    first = walk(ledger)
    first.take(cards(9, 8), ledger)
    first.take(cards(7), ledger)
    assert first.take(cards(7), ledger) == []
    assert first.end == "repeat"


def test_a_page_shifted_by_new_articles_is_not_the_end(ledger):
    first = walk(ledger)
    first.take(cards(9, 8), ledger)
    assert [card.id for card in first.take(cards(8, 7), ledger)] == ["7"]
    assert first.end is None


def test_after_a_complete_walk_a_page_of_articles_known_then_is_the_end(ledger):
    first = walk(ledger)
    first.take(cards(9, 8, 7), ledger)
    first.take([], ledger)
    finish(ledger, first)
    second = walk(ledger)
    second.take(cards(11, 10), ledger)
    assert second.end is None
    second.take(cards(9, 8), ledger)
    assert second.end == "known"


def test_articles_announced_since_the_last_complete_walk_do_not_end_it(ledger):
    first = walk(ledger)
    first.take(cards(3, 2), ledger)
    first.take([], ledger)
    finish(ledger, first)
    # A crawl announces the newest page and is killed: 5 and 4 are known now, and 6 lies behind them in the list.
    walk(ledger).take(cards(8, 7), ledger)
    third = walk(ledger)
    third.take(cards(8, 7), ledger)
    assert third.end is None
    third.take(cards(6, 5), ledger)
    third.take(cards(3, 2), ledger)
    assert third.end == "known"


def test_one_late_article_with_an_old_number_keeps_the_walk_going(ledger):
    first = walk(ledger)
    first.take(cards(9, 8, 6), ledger)
    first.take([], ledger)
    finish(ledger, first)
    second = walk(ledger)
    second.take(cards(7, 9), ledger)
    assert second.end is None


def test_a_full_crawl_does_not_stop_at_what_is_known(ledger):
    first = walk(ledger)
    first.take(cards(2, 1), ledger)
    first.take([], ledger)
    finish(ledger, first)
    again = walk(ledger, full=True)
    again.take(cards(2, 1), ledger)
    assert again.end is None
    assert not again.may_be_unchanged


def test_a_page_wholly_before_since_is_an_end_but_no_proof(ledger):
    bounded = walk(ledger, since=date(2025, 1, 5))
    bounded.take(cards(9, day=date(2025, 1, 6)), ledger)
    bounded.take(cards(8, day=date(2025, 1, 4)), ledger)
    assert bounded.end == "since"
    assert not bounded.is_clean


def test_an_unchanged_list_has_the_articles_it_had_before(ledger):
    first, quiet = walk(ledger), walk(ledger, name="section:quiet")
    first.take(cards(9), ledger)
    for one in (first, quiet):
        one.take([], ledger)
        finish(ledger, one)
    again, still_quiet = walk(ledger), walk(ledger, name="section:quiet")
    again.end = still_quiet.end = "unchanged"
    assert again.lists_articles
    assert not still_quiet.lists_articles


def test_a_page_of_unknown_days_does_not_end_at_since(ledger):
    bounded = walk(ledger, since=date(2025, 1, 5))
    bounded.take(cards(9, 8), ledger)
    assert bounded.end is None


def test_a_page_that_failed_makes_the_walk_no_proof(ledger):
    first = walk(ledger)
    first.take(cards(9), ledger)
    assert first.skip()
    first.take(cards(8), ledger)
    first.take([], ledger)
    assert first.end == "empty"
    assert not first.is_clean


def test_three_failures_in_a_row_end_a_walk(ledger):
    first = walk(ledger)
    assert [first.skip() for _ in range(3)] == [True, True, False]


def test_the_page_form_of_2020_is_tried_once_when_a_pager_promises_more(ledger):
    index = ListWalk(
        "indeks:2020-03-09", "indeks:2020-03-09", f"{ORIGIN}/indeks/20200309", ORIGIN,
        ledger.open_walk("indeks:2020-03-09"), day=date(2020, 3, 9),
    )  # fmt: skip
    index.take(cards(9, 8), ledger)
    index.promises_more = True
    index.take(cards(9, 8), ledger)
    assert index.try_other_form(2)
    assert index.url_of(2) == f"{ORIGIN}/indeks/20200309/2"
    index.take(cards(9, 8), ledger)
    assert not index.try_other_form(2)
    assert index.end == "repeat"


def test_an_article_is_said_to_be_of_the_day_of_its_index_page(ledger):
    index = ListWalk(
        "indeks:2026-07-12", "indeks:2026-07-12", f"{ORIGIN}/indeks/20260712", ORIGIN,
        ledger.open_walk("indeks:2026-07-12"), day=date(2026, 7, 12),
    )  # fmt: skip
    index.take(cards(9), ledger)
    assert ledger.article(9).day == "2026-07-12"
    assert ledger.first_source(9) == "indeks:2026-07-12"


def test_a_pager_whose_pages_cannot_be_reached_makes_the_walk_no_proof(ledger):
    first = walk(ledger, last_page=5)
    first.take(cards(9, 8), ledger)
    first.take(cards(9, 8), ledger)
    assert first.end == "repeat"
    assert first.is_cut_short
    assert not first.is_clean


def test_a_pager_that_counts_too_far_is_forgiven_once_a_second_page_came(ledger):
    first = walk(ledger, last_page=5)
    first.take(cards(9, 8), ledger)
    first.take(cards(7), ledger)
    first.take([], ledger)
    assert first.is_clean
