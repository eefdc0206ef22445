"""Validate, Classify and Export around a real output folder; of the crawl itself only what they touch."""

import json

import pytest
from scrapy.exceptions import DropItem
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler
from twisted.internet.task import Clock

from wartacrawl.crawl import Crawl
from wartacrawl.pipelines import Classify, Export, Validate

from .articles import article, articles, keys, open_store


@pytest.fixture
def crawler(tmp_path):
    """Make a crawler with a store in place of a whole spider."""
    crawler = get_crawler(settings_dict={"EXPORT_BATCH": 4, "EXPORT_SECONDS": 0.2})
    crawler.stats = MemoryStatsCollector(crawler)
    crawl = Crawl.of(crawler)
    crawl.opened, crawl.run = open_store(tmp_path / "output")
    crawl.job, crawl.close = "a-job", str
    yield crawler
    crawl.store.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "output"


def stat(crawler, name):
    return crawler.stats.get_value(name, 0)


def test_a_valid_article_passes(crawler):
    one = article()
    assert Validate(crawler).process_item(one) is one


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"headline": None}, "the page has no headline"),
        ({"headline": ""}, "the page has no headline"),
        ({"article_body": None}, "the page has neither text nor a video or picture in its body"),
        ({"url": "https://contoh.example/read1/x"}, "url must match pattern"),
        ({"word_count": -1}, "word_count must be bigger"),
        ({"headline": "Sawit \ud83d"}, "it cannot be written as a line"),
    ],
)
def test_what_the_contract_forbids_is_kept_with_its_reason_and_dropped(crawler, folder, changes, reason):
    one = article()
    for name, value in changes.items():
        setattr(one, name, value)
    with pytest.raises(DropItem):
        Validate(crawler).process_item(one)
    record = json.loads((folder / "rejected.jsonl").read_text(encoding="utf-8"))
    assert len(record["reasons"]) == 1
    assert reason in record["reasons"][0]
    assert record["job"] == "a-job"
    assert stat(crawler, "validate/rejected") == 1
    assert Crawl.of(crawler).store.ledger.article(583116).state == "rejected"


def test_a_page_of_nothing_but_a_video_is_an_article(crawler):
    one = article(article_body=None, videos=[{"url": "https://contoh.example/v.mp4", "caption": None}])
    assert Validate(crawler).process_item(one) is one


def test_an_unchanged_article_is_dropped_and_a_changed_one_passes(crawler):
    Crawl.of(crawler).store.write([article()])
    with pytest.raises(DropItem):
        Classify(crawler).process_item(article())
    assert stat(crawler, "classify/unchanged") == 1
    changed = article(headline="Diralat")
    assert Classify(crawler).process_item(changed) is changed


def test_a_full_batch_is_written_at_once_and_the_rest_at_the_end(crawler, folder):
    export = Export(crawler)
    for one in articles(range(1, 7)):
        export.process_item(one)
    assert [key[0] for key in keys(folder)] == [1, 2, 3, 4]
    export.close_spider()
    assert [key[0] for key in keys(folder)] == [1, 2, 3, 4, 5, 6]
    assert stat(crawler, "export/lines") == stat(crawler, "classify/new") == 6


def test_what_a_slow_crawl_brings_is_written_within_seconds(crawler, folder):
    clock = Clock()
    export = Export(crawler)
    export._timer.clock = clock
    export.open_spider()
    export.process_item(article(1))
    assert keys(folder) == []
    clock.advance(0.25)
    assert keys(folder) == [(1, 1)]
    export.close_spider()


def test_one_article_that_cannot_be_written_does_not_take_its_batch_with_it(crawler, folder, caplog):
    export = Export(crawler)
    poisoned = article(2)
    poisoned.headline = "Sawit \ud83d"
    for one in (article(1), poisoned, article(3), article(4)):
        export.process_item(one)
    assert keys(folder) == [(1, 1), (3, 1), (4, 1)]
    assert stat(crawler, "item_error_count") == 1
    assert "article 2 could not be written" in caplog.text
    export.process_item(article(5))
    export.close_spider()
    assert (5, 1) in keys(folder)


def test_a_folder_that_fails_ends_the_crawl_once_with_the_sentence(crawler, folder, caplog):
    export = Export(crawler)
    (folder / "ledger.sqlite").unlink()
    for one in articles(range(1, 20)):
        export.process_item(one)
    export.close_spider()
    assert Crawl.of(crawler).ended == "fault"
    assert "deleted or replaced" in Crawl.of(crawler).why["fault"]
    assert caplog.text.count("deleted or replaced") == 1
    assert keys(folder) == []


def test_a_damaged_ledger_met_while_classifying_ends_the_crawl(crawler, folder):
    Crawl.of(crawler).store.ledger.announce([(n, f"berita-{n}", None) for n in range(5_000)], "rss")
    Crawl.of(crawler).store.close()
    Crawl.of(crawler).opened, _ = open_store(folder)
    ledger = folder / "ledger.sqlite"
    with ledger.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (ledger.stat().st_size - 4096))
    one = article(2_500)
    assert Classify(crawler).process_item(one) is one
    assert Crawl.of(crawler).ended == "fault"
    assert "scrapy rebuild-ledger" in Crawl.of(crawler).why["fault"]
    Crawl.of(crawler).store.close()


def test_near_duplicates_and_revisions_are_counted(crawler):
    export = Export(crawler)
    text = article(1).article_body
    export.process_item(article(1))
    export.process_item(article(2, article_body=text + " Lagi."))
    export.process_item(article(1, headline="Diralat"))
    export.process_item(article(1, headline="Diralat"))
    assert stat(crawler, "classify/near_duplicate") >= 1
    assert stat(crawler, "classify/revision") == 1
    assert stat(crawler, "classify/unchanged") == 1
    assert stat(crawler, "export/lines") == 3
