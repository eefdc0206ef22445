"""The outcome of a crawl, from its stats, its state and the reason it was closed for."""

import pytest

from wartacrawl.crawl import Crawl
from wartacrawl.reporting.outcome import judge

ORIGIN = "http://127.0.0.1:1"
PAGES = {"page/list": 4, "page/article": 30, "export/lines": 12}


def outcome(stats, reason="finished", **why):
    return judge({**PAGES, **stats}, reason, Crawl(lambda _: None, ORIGIN, why=why))


def test_what_the_monitors_find_makes_a_finished_crawl_drift():
    assert outcome({}, drift="40% of 30 articles had date_published").word == "drift"
    assert outcome({}, "drift", drift="texts came from the generic layer").word == "drift"


@pytest.mark.parametrize("reason", ["shutdown", "budget", "unreachable", "closespider_errorcount"])
def test_an_interrupted_crawl_is_partial_whatever_its_shares_are(reason):
    found = outcome({}, reason, drift="40% of 30 articles had date_published")
    assert found.word == "partial"
    assert "stopped before the end" in found.why


def test_every_kind_of_failure_makes_a_crawl_partial_but_those_gone_for_good():
    assert outcome({"article/failed/gone": 3}).word == "ok"
    for kind in ("server", "not_the_article", "some_kind_of_tomorrow"):
        assert outcome({f"article/failed/{kind}": 1}).word == "partial"
    assert outcome({"list/failed/gone": 1}).word == "partial"
