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


def test_a_crawl_of_other_peoples_portal_without_a_contact_warns_once(crawl):
    closed = "http://127.0.0.2:9"  # nobody there, and not one of the names of this machine
    settings = {"DOWNLOAD_TIMEOUT": 2, "RETRY_TIMES": 0}
    warned = crawl(closed, settings=settings).log
    assert warned.count("Set WARTA_CONTACT to an e-mail address or URL of yours") == 1
    named = crawl(closed, settings={**settings, "WARTA_CONTACT": "data@example.org"}).log
    assert "WARTA_CONTACT" not in named
