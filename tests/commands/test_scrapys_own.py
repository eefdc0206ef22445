"""Scrapy's own commands within this project: they look at a page, and leave nothing in the output folder."""

import pytest

from tests.conftest import run
from wartacrawl.portal.server import Portal


@pytest.fixture(scope="module")
def portal():
    with Portal(seed=9, articles=30, days=2) as replica:
        yield replica


@pytest.mark.parametrize("spider", [(), ("--spider", "warta"), ("--spider", "artikel")])
def test_a_page_can_be_fetched_and_looked_at(portal, tmp_path, spider):
    story = portal.newsroom.stories[0]
    output = tmp_path / "output"
    settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output}
    fetched = run("fetch", *spider, portal.url + story.path, settings=settings)
    looked = run("shell", *spider, portal.url + story.path, "-c", "response.css('h1::text').get()", settings=settings)
    for ended in (fetched, looked):
        assert ended.code == 0
        assert "Traceback" not in ended.log
        assert story.headline in ended.out
    assert not output.exists()
