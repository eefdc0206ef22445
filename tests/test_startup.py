"""What a start costs: a crawl that finds nothing new loads what it uses, and Scrapy's switches still work."""

import json
import os
import re
import subprocess

import pytest
from scrapy.settings import Settings, default_settings
from scrapy.spiderloader import get_spider_loader

from tests.conftest import ROOT, command
from wartacrawl import settings as ours
from wartacrawl.extensions import switches
from wartacrawl.portal.server import Portal

# Used by crawls that bring articles, by other commands, or by parts of Scrapy that are off.
UNUSED = {
    "aiohttp", "requests", "tldextract", "trafilatura", "dateparser", "rich", "warcio", "fastwarc", "apprise",
    "json_repair", "wartacrawl.reading.extract", "wartacrawl.operations", "wartacrawl.portal", "wartacrawl.terminal",
}  # fmt: skip
# Parts of Scrapy that are replaced by ours, or not wanted at all (settings.py says why).
REPLACED = {
    "scrapy.core.downloader.handlers.ftp.FTPDownloadHandler",
    "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler",
    "scrapy.core.downloader.handlers.s3.S3DownloadHandler",
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
    "scrapy.extensions.spiderstate.SpiderState",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware",
}


def imported(*arguments, settings=None):
    """Run a command and return the names of the modules it imported, and what it printed."""
    words = command(*arguments, settings=settings)
    words[1:1] = ["-X", "importtime"]
    env = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"}
    ended = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=True)
    return set(re.findall(r"^import time:[^|]*\|[^|]*\| +(\S+)$", ended.stderr, re.MULTILINE)), ended.stdout


def test_nothing_new_asks_four_times_at_most_and_loads_no_more_than_it_uses(output, crawl):
    with Portal(seed=3, articles=12, days=2) as portal:
        assert crawl(portal).code == 0
        assert crawl(portal).code == 0
        before = len(portal.hits)
        wired = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0}
        modules, _ = imported("crawl", "warta", settings=wired)
        assert len(portal.hits) - before <= 4
    assert "scrapy.core.engine" in modules
    assert not modules & UNUSED


def test_the_list_of_spiders_is_that_of_scrapy_and_imports_none_of_them():
    modules, listed = imported("list")
    settings = Settings()
    settings.setmodule(ours)
    assert listed.split() == sorted(get_spider_loader(settings).list())
    rooms = {name.split(".")[1] for name in modules if name.startswith("wartacrawl.")}
    assert not rooms & {"config", "storage", "site", "reading", "rendering", "middlewares", "operations"}
    assert not {name for name in modules if name.startswith("wartacrawl.spiders.")}


def test_spiders_of_other_modules_are_listed_too(tmp_path):
    source = "from scrapy import Spider\nclass Other(Spider):\n    name = 'lain'\n"
    (tmp_path / "others.py").write_text(source, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    words = command("list", settings={"SPIDER_MODULES": "others"})
    assert subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout == "lain\n"


@pytest.mark.parametrize("name", ["DOWNLOAD_HANDLERS", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS"])
def test_the_lists_of_components_are_those_of_scrapy_without_what_has_a_switch_or_is_replaced(name):
    theirs = getattr(default_settings, f"{name}_BASE")
    kept = getattr(ours, f"{name}_BASE")
    switched = {component: place for where, component, place in switches.PARTS.values() if where == name}
    if name == "DOWNLOAD_HANDLERS":
        theirs, kept = (dict.fromkeys(found.values(), 0) for found in (theirs, kept))
    assert {**kept, **switched} == {part: place for part, place in theirs.items() if part not in REPLACED}
    assert not kept.keys() & switched.keys()


def test_a_switch_puts_its_part_in():
    settings = Settings({"COOKIES_ENABLED": "1", "TELNETCONSOLE_ENABLED": "0"})
    settings.setmodule(ours)
    for switch in switches.PARTS:
        settings.set(switch, switch == "COOKIES_ENABLED", "cmdline")
    switches.Switches().update_settings(settings)
    places = settings.get_component_priority_dict_with_base("DOWNLOADER_MIDDLEWARES")
    assert [place for part, place in places.items() if "CookiesMiddleware" in str(part)] == [700]
    assert not any("telnet" in str(part) for part in settings.get_component_priority_dict_with_base("EXTENSIONS"))


def test_scrapys_feeds_still_work_and_are_utf_8(output, tmp_path):
    with Portal(seed=5, articles=4, days=1) as portal:
        story = portal.newsroom.stories[0]
        wired = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder}
        words = command(
            "crawl", "artikel", "-a", f"urls={story.identifier}", "-o", str(tmp_path / "x.jsonl"), settings=wired
        )
        assert subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 0
    (line,) = (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["headline"] == story.headline
    assert json.loads(line) == output.records[0]
    assert "\\u" not in line


def test_what_waits_for_its_switch_is_there():
    from scrapy.utils.misc import load_object

    for _, component, _ in switches.PARTS.values():
        assert load_object(component)
