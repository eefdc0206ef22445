"""The rules of the monitors: a changed layout is noticed, what is good passes."""

import pytest
from scrapy.settings import Settings

from wartacrawl.config import ConfigError, MonitorsConfig
from wartacrawl.reporting import monitors, runs
from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.monitors import MONITORS, Case
from wartacrawl.storage.ledger import Ledger


def figures(articles=100, *, rejected=0, generic=0, without_text=0, **had):
    """Return the figures of a crawl in which each named field was had by so many articles."""
    stats = {
        "item_scraped_count": articles - rejected,
        "item_dropped_count": rejected,
        "validate/rejected": rejected,
        "extract/without_text": without_text,
        "extract/article_body/layout": articles - rejected - generic - without_text,
        "extract/article_body/generic": generic,
    }
    full = {"headline": articles, "date_published": articles, **had}
    return Figures(stats | {f"extract/{name}/json_ld": number for name, number in full.items()})


def judged(name, figures, earlier=None, limits=None, **more):
    """Return what the monitor of a name finds."""
    return monitors.judge(Case(figures, earlier or Figures({}), limits or MonitorsConfig.read(), **more))[name]


def test_a_healthy_crawl_passes_every_monitor():
    case = Case(figures(description=90), figures(description=95), MonitorsConfig.read())
    assert not any(monitors.judge(case).values())


def test_a_crawl_that_found_nothing_passes_every_monitor():
    assert not any(monitors.judge(Case(Figures({}), figures(), MonitorsConfig.read())).values())


def test_a_field_under_its_threshold_is_named_with_its_share():
    (sentence,) = judged("FieldCoverage", figures(date_published=70))
    assert sentence == "70% of 100 articles had date_published, 90% should"


def test_articles_that_are_rejected_while_scrapy_still_counts_them_are_not_more_than_all():
    stats = {"validate/rejected": 23, "item_dropped_count": 20}
    assert monitors.early_drift(Figures(stats), MonitorsConfig.read())[0].startswith("23 of 23 articles were rejected")


def test_video_pages_do_not_lower_the_coverage_of_texts():
    assert judged("FieldCoverage", figures(without_text=60)) == []


def test_few_articles_say_nothing():
    assert judged("FieldCoverage", figures(9, date_published=0)) == []
    assert judged("FallbackShare", figures(9, generic=9)) == []
    assert judged("Rejected", Figures({"validate/rejected": 2, "item_dropped_count": 2})) == []
    assert judged("CoverageDrop", figures(9), figures(description=100)) == []


def test_a_field_most_articles_used_to_have_must_not_fall():
    (sentence,) = judged("CoverageDrop", figures(description=20), figures(description=95))
    assert sentence == "description fell from 95% of the articles in earlier crawls to 20%"


def test_a_field_that_depends_on_what_the_news_is_about_may_fall():
    assert judged("CoverageDrop", figures(), figures(videos=60)) == []


def test_texts_from_the_generic_layer_are_drift():
    assert judged("FallbackShare", figures(generic=60)) == []
    (sentence,) = judged("FallbackShare", figures(generic=70))
    assert sentence.startswith("70% of 100 texts came from the generic layer")


def test_lists_without_an_article_are_drift_even_when_rss_has_some():
    stats = {"page/list": 3, "feed/rss/entries": 20}
    assert judged("Lists", Figures(stats))
    assert not judged("Lists", Figures({**stats, "list/cards": 1}))
    assert not judged("Lists", Figures({**stats, "walk/unchanged": 1}))


def test_one_list_without_an_article_is_drift_where_nothing_else_lists_any():
    (sentence,) = judged("Lists", Figures({"page/list": 1, "list/empty": 1}))
    assert sentence == "1 list came without any article"
    assert not judged("Lists", Figures({"page/list": 1, "list/empty": 1, "feed/rss/entries": 20}))


def test_pagers_that_lead_nowhere_are_drift():
    assert not judged("Lists", Figures({"page/list": 9, "list/cards": 80, "list/cut_short": 2}))
    (sentence,) = judged("Lists", Figures({"page/list": 9, "list/cards": 80, "list/cut_short": 3}))
    assert sentence.startswith("the pagers of 3 lists")


def test_failed_articles_errors_and_silence_warn():
    asked = Figures({"article/asked": 10, "article/failed/server": 3, "article/failed/gone": 5, "log_count/ERROR": 11})
    assert judged("Failed", asked) == ["3 of 10 articles could not be fetched"]
    assert judged("Errors", asked) == ["11 errors in the log"]
    assert "49 hours old" in judged("Items", asked, silence=49.0)[0]
    assert [monitor.name for monitor in MONITORS if not monitor.is_drift] == [
        "OptionalFields",
        "Items",
        "Failed",
        "Errors",
    ]


def test_a_small_crawl_of_which_most_was_rejected_is_drift():
    assert judged("Rejected", Figures({"validate/rejected": 3, "item_dropped_count": 3}))
    assert judged("Rejected", figures(8, rejected=6))
    assert not judged("Rejected", figures(8, rejected=3))


def test_the_first_articles_must_be_far_worse_than_the_whole_crawl():
    doubtful = figures(20, generic=17, date_published=11)
    assert judged("FallbackShare", doubtful)
    assert judged("FieldCoverage", doubtful)
    assert monitors.early_drift(doubtful, MonitorsConfig.read()) == []
    assert len(monitors.early_drift(figures(20, generic=20, date_published=2), MonitorsConfig.read())) == 2


def test_a_handful_of_articles_says_little_of_all():
    # 87 % of 15 articles had a date where 90 % should: so do 4 of 25 crawls of a healthy portal.
    assert judged("FieldCoverage", figures(15, date_published=13)) == []
    assert judged("FieldCoverage", figures(15, date_published=6))
    assert judged("CoverageDrop", figures(10, description=3), figures(1000, description=950)) == []
    assert judged("CoverageDrop", figures(10, description=0), figures(1000, description=950))


def test_crawls_are_compared_with_fifty_articles_at_least():
    assert judged("CoverageDrop", figures(description=0), figures(49, description=49)) == []
    assert judged("CoverageDrop", figures(description=0), figures(50, description=50))


def test_what_an_article_may_lack_only_warns():
    had, has = figures(keywords=98, related=90, description=98), figures(keywords=0, related=2, description=98)
    assert judged("CoverageDrop", has, had) == []
    assert [sentence.split()[0] for sentence in judged("OptionalFields", has, had)] == ["keywords", "related"]
    assert not any(monitor.is_drift for monitor in MONITORS if monitor.name == "OptionalFields")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONITORS_FALLBACK_SHARE", "1.5"),
        ("MONITORS_REJECTED_SHARE", "much"),
        ("MONITORS_EARLY_ARTICLES", "-1"),
        ("MONITORS_ERRORS", "nan"),
        ("MONITORS_FIELD_COVERAGE", '{"headlines": 0.5}'),
        ("MONITORS_FIELD_COVERAGE", '{"headline": 5}'),
        ("MONITORS_FIELD_COVERAGE", "[1]"),
        ("MONITORS_FIELD_COVERAGE", "{"),
    ],
)
def test_a_threshold_that_cannot_be_used_is_refused_in_one_sentence(name, value):
    with pytest.raises(ConfigError) as refused:
        MonitorsConfig.read(Settings({name: value}))
    assert str(refused.value).startswith(name)
    assert repr(value) in str(refused.value) or "did you mean 'headline'?" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_crawls_are_compared_with_good_ones_of_the_same_kind(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for outcome, arguments, articles in (
        ("ok", {}, 10),
        ("ok", {"limit": "5", "_job": "a"}, 20),
        ("drift", {}, 40),
        ("ok", {"sections": "ekbis"}, 80),
    ):
        ledger.end_run(ledger.begin_run("warta", arguments), outcome, {"item_scraped_count": articles})
    ledger.end_run(ledger.begin_run("indeks", {}), "ok", {"item_scraped_count": 160})
    ledger.end_run(ledger.begin_run("warta", {}), "usage", {})  # a crawl that was refused is none to compare with
    run = ledger.begin_run("warta", {})
    same = runs.comparable_runs(ledger, "warta", run, {"full": "1"}, 10)
    ledger.close()
    assert [earlier.number for earlier in same] == [3, 2, 1]
    assert runs.pooled(same).extracted == 30
