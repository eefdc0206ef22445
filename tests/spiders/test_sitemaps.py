"""Which sitemaps are asked for."""

import json

from tests.conftest import run
from wartacrawl.portal.server import Portal

ROBOTS = """User-agent: *
Disallow: /search
Sitemap: https://www.wartaekonomi.co.id/news/news-1.xml
sitemap:/news/news-2.xml # the latest
Sitemap: https://example.org/sitemap.xml
Sitemap: {sections}
"""


def test_the_sitemaps_that_robots_txt_names_are_asked_for_in_place_of_the_usual_one(crawl, output):
    robots = ROBOTS.format(sections="/sitemap-kanal.xml")
    with Portal(seed=64, articles=30, days=2, sitemap_size=15, robots=robots) as portal:
        ended = crawl(portal, via="sitemap")
        assert ended.code == 0, ended.log
        asked = {hit.path for hit in portal.hits if "/read" not in hit.path}
        assert asked == {"/robots.txt", "/news/news-1.xml", "/news/news-2.xml", "/sitemap-kanal.xml"}
        assert output.ids == sorted(story.identifier for story in portal.newsroom.stories)


def test_the_doctor_looks_at_the_sitemap_that_robots_txt_names():
    with Portal(seed=64, articles=30, days=2, robots="Sitemap: /news/news-1.xml") as portal:
        found = json.loads(run("doctor", "--json", settings={"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0}).out)
    assert {check["url"] for check in found["checks"] if check["tried"] == "sitemap"} == {"/news/news-1.xml"}
