"""The log of a crawl is short, and says where the articles go."""

from wartacrawl.portal.server import Portal


def test_the_log_of_a_small_crawl_is_read_at_a_glance(crawl, output):
    with Portal(articles=3, days=1) as portal:
        ended = crawl(portal, settings={"STATS_DUMP": False})
        lines = ended.log.splitlines()
        assert len(lines) < 16, ended.log
        assert all(" INFO: " in line for line in lines)
        (where,) = [line for line in lines if "articles go to " in line]
        assert where.endswith(f"of {portal.url}, articles go to {output.folder / 'articles'}")
        whole = crawl(portal, settings={"LOG_LEVEL": "DEBUG"}).log
    for words in ("Versions:", "Overridden settings:", "Enabled downloader middlewares:", "Dumping Scrapy stats:"):
        assert words not in ended.log
        assert words in whole


def test_at_warning_a_good_crawl_says_nothing(crawl):
    with Portal(articles=3, days=1) as portal:
        ended = crawl(portal, settings={"LOG_LEVEL": "WARNING"})
    assert (ended.code, ended.log) == (0, "")
