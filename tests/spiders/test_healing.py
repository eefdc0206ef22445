"""Texts of the generic layer are read again from our own archive once the layouts know their template."""

import asyncio
import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.archives.captures import Capture, write
from tests.articles import ROOT, keys, lines
from tests.conftest import command, run
from wartacrawl import config
from wartacrawl.config import Config
from wartacrawl.crawl import Crawl
from wartacrawl.portal.pages import Pages
from wartacrawl.portal.server import Portal
from wartacrawl.site import layouts
from wartacrawl.spiders import healing
from wartacrawl.spiders.healing import Healing
from wartacrawl.storage.ledger import FILE_NAME
from wartacrawl.storage.parts import BATCH_LINES
from wartacrawl.storage.store import Store
from wartacrawl.storage.verify import verify
from wartacrawl.storage.warc_reading import scan

pytestmark = pytest.mark.xdist_group("healing")

# More than are written at once.
ARTICLES = 2 * BATCH_LINES + 12
# A line that the old reading of half of the articles took for text.
PLUG = "\n\nIkuti juga kabar dari kantor kami di kanal yang lain setiap pagi."
# The crawler before the template was described: no layout fits, and more than the text is taken for text.
OLD = f"""
from wartacrawl.site import layouts
layouts.LAYOUTS, layouts.VERSION = (), layouts.VERSION - 1
from wartacrawl.reading import extract as module
new = module.extract
def old(page):
    found = new(page)
    if found.article.article_body and int(found.article.identifier) % 2:
        found.article.article_body += {PLUG!r}
    return found
module.extract = old
from scrapy.cmdline import execute
execute()
"""
# The crawler, with a signal after the first articles that it has read again.
ENDED = """
import os
from wartacrawl.spiders.healing import Healing
write = Healing._write
def write_once(self, articles):
    written = write(self, articles)
    Healing._write = write
    os.kill(os.getpid(), %d)
    return written
Healing._write = write_once
from scrapy.cmdline import execute
execute()
"""
# Nothing is looked at again for another reason.
SETTINGS = {"DOWNLOAD_DELAY": 0, "RECHECK_AGES": "", "ARCHIVE_ENABLED": True, "MONITORS_FALLBACK_SHARE": 1}


@pytest.fixture(scope="module")
def portal():
    with Portal(seed=118, articles=ARTICLES, days=2, whole=False) as portal:
        yield portal


@pytest.fixture(scope="module")
def crawled(portal, tmp_path_factory):
    """Crawl as the crawler did before the template was described, with an archive."""
    folder = tmp_path_factory.mktemp("crawled") / "output"
    words = command("crawl", "warta", settings={**SETTINGS, "WARTA_URL": portal.url, "OUTPUT_DIR": folder})
    ended = subprocess.run(
        [sys.executable, "-c", OLD, *words[3:]], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    # Pages of nothing but a video were rejected.
    assert ended.returncode in {0, 6}, ended.stderr
    assert {s.identifier for s in portal.newsroom.stories if s.body} <= newest(folder).keys()
    assert max(line["pages"] for line in lines(folder)) > 1
    return folder


@pytest.fixture
def folder(portal, crawled, tmp_path):
    portal.heal()
    portal.clear()
    return shutil.copytree(crawled, tmp_path / "output")


def settings(portal, folder):
    return {**SETTINGS, "WARTA_URL": portal.url, "OUTPUT_DIR": folder}


def exported(portal, folder):
    have = {line["identifier"] for line in lines(folder)}
    return [story for story in portal.newsroom.stories if story.identifier in have]


def outdated(folder):
    """Return the articles that are still to be read again."""
    sql = "SELECT identifier FROM articles WHERE body_layer = 'generic' AND layouts < ? ORDER BY 1"
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return [identifier for (identifier,) in connection.execute(sql, (layouts.VERSION,))]


def asked(portal):
    return [hit.path for hit in portal.hits if hit.path.startswith("/read")]


def truth(portal, folder):
    """Return what the lines must be in the end: every article, and those that were read wrongly twice."""
    return sorted(
        (int(story.identifier), version)
        for story in exported(portal, folder)
        for version in range(1, 2 + (bool(story.body) and int(story.identifier) % 2))
    )


def newest(folder):
    return {line["identifier"]: line for line in sorted(lines(folder), key=lambda line: line["version"])}


def check_healed(portal, folder):
    assert keys(folder) == truth(portal, folder)
    assert {key: line["article_body"] for key, line in newest(folder).items()} == {
        story.identifier: story.body or None for story in exported(portal, folder)
    }
    assert outdated(folder) == []
    assert verify(folder).findings == []


# -- whole crawls -----------------------------------------------------------------------------------------------------


def test_the_next_crawl_reads_them_from_the_archive_and_asks_the_portal_for_none(portal, folder, tmp_path):
    before = len(outdated(folder))
    assert before > BATCH_LINES
    portal.fail("/read", "404")
    ended = run("crawl", "warta", settings=settings(portal, folder))
    assert ended.code == 0, ended.log
    assert asked(portal) == []
    changed = sum(version == 2 for _, version in truth(portal, folder))
    assert f"of {before} texts of the generic layer the archive has {before} (" in ended.log
    assert (ended.stats["healing/revision"], ended.stats["healing/unchanged"]) == (changed, before - changed)
    assert f"{changed} articles written" in ended.log
    report = json.loads(Path(ended.stats["report"]).with_suffix(".json").read_text(encoding="utf-8"))
    assert report["numbers"]["healed"] == before
    check_healed(portal, folder)
    # Written as a replay of all there is writes them.
    again = run("replay", str(folder / "archive"), "--out", str(tmp_path / "again"), settings=settings(portal, folder))
    assert again.code == 0
    replayed = newest(tmp_path / "again")
    for key, healed in newest(folder).items():
        if healed["version"] == 2:
            line = replayed[key]
            assert {**healed, "version": 1} == {**line, "metadata": {**line["metadata"], **_changes(healed)}}
    # And the one after that looks into no archive.
    portal.clear()
    for path in (folder / "archive").iterdir():
        path.write_bytes(b"")
    ended = run("crawl", "warta", settings={**settings(portal, folder), "ARCHIVE_ENABLED": False})
    assert (ended.code, asked(portal)) == (0, [])
    assert "generic layer" not in ended.log


def _changes(line):
    return {name: line["metadata"][name] for name in ("changed_fields",)}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_crawl_that_is_ended_meanwhile_leaves_nothing_twice_and_the_next_goes_on(portal, folder, number):
    portal.fail("/read", "404")
    before = len(outdated(folder))
    words = command("crawl", "warta", settings=settings(portal, folder))[3:]
    ended = subprocess.run(
        [sys.executable, "-c", ENDED % number, *words], cwd=ROOT, stderr=subprocess.DEVNULL, check=False
    )
    assert ended.returncode == (-number if number == signal.SIGKILL else 6)
    left = len(outdated(folder))
    assert 0 < left < before
    ended = run("crawl", "warta", settings=settings(portal, folder))
    assert ended.code == 0, ended.log
    assert f"of {left} texts of the generic layer the archive has {left} (" in ended.log
    assert asked(portal) == []
    check_healed(portal, folder)


# -- in this process --------------------------------------------------------------------------------------------------


def heal(portal, folder, is_ending=lambda: False, leased=0):
    """Heal a folder; return what was counted, and the healing."""
    counts = {}
    with closing(Store.open(folder)) as store:
        crawl = Crawl(str, origin=portal.url, opened=store)
        crawl.run = store.ledger.begin_run("warta", {})
        made = Healing(
            crawl,
            Config.of({"WARTA_URL": portal.url, "OUTPUT_DIR": str(folder)}),
            is_ending,
            lambda name, number=1: counts.update({name: counts.get(name, 0) + number}),
        )
        if made.is_due:
            asyncio.run(made.run())
        store.ledger.end_run(crawl.run, "ok", {})
        assert store.ledger.query("SELECT count(*) FROM articles WHERE lease IS NOT NULL") == [(leased,)]
    return {name.removeprefix("healing/"): n for name, n in counts.items() if name.startswith("healing/")}, made


def test_it_goes_on_where_it_was_told_to_stop(portal, folder):
    all_of_them = len(outdated(folder))
    calls = iter(range(10**9))
    found, made = heal(portal, folder, lambda: next(calls) > 2 * ARTICLES + BATCH_LINES)
    assert made.has_more
    left = len(outdated(folder))
    assert 0 < left < all_of_them
    assert sum(found.values()) == all_of_them - left
    found, made = heal(portal, folder)
    assert (sum(found.values()), made.has_more) == (left, False)
    check_healed(portal, folder)
    assert heal(portal, folder)[0] == {}


def test_a_crawl_that_ends_before_anything_is_read_leaves_all_of_it_to_the_next(portal, folder, monkeypatch):
    ended, search = [], healing._newest

    def searched(*given):
        found = search(*given)
        ended.append(True)
        return found

    monkeypatch.setattr(healing, "_newest", searched)
    found, made = heal(portal, folder, lambda: bool(ended))
    assert (found, made.has_more) == ({}, True)
    ended.clear()
    monkeypatch.undo()
    heal(portal, folder)
    check_healed(portal, folder)


def test_a_search_that_takes_too_long_is_given_up_for_good(portal, folder, monkeypatch, caplog):
    monkeypatch.setattr(healing, "SEARCH_SECONDS", 0.0)
    assert heal(portal, folder)[0] == {}
    assert "run `scrapy replay" in caplog.text
    monkeypatch.undo()
    assert heal(portal, folder)[0] == {}, "it is not searched again by every crawl"


@pytest.mark.parametrize("bound", ["READING_SECONDS", "ARTICLES"])
def test_what_is_too_much_for_one_crawl_is_left_to_the_next(portal, folder, monkeypatch, bound):
    monkeypatch.setattr(healing, bound, {"READING_SECONDS": 0.05, "ARTICLES": 10}[bound])
    before = len(outdated(folder))
    found, made = heal(portal, folder)
    assert made.has_more
    assert 0 < sum(found.values()) < before
    monkeypatch.undo()
    assert not heal(portal, folder)[1].has_more
    check_healed(portal, folder)


def test_without_the_packages_the_portal_is_asked_and_the_log_says_why(portal, folder, monkeypatch, caplog):
    monkeypatch.setattr(config, "_is_installed", lambda _: False)
    assert heal(portal, folder)[0] == {}
    assert "needs the packages warcio and fastwarc" in caplog.text
    monkeypatch.undo()
    found, made = heal(portal, folder)
    assert found
    assert not made.has_more


def test_articles_that_the_archive_does_not_have_keep_the_portal_from_nothing(portal, folder, monkeypatch):
    monkeypatch.setattr(healing, "ARTICLES", 10)
    shutil.rmtree(folder / "archive")
    write(folder / "archive", [Capture("https://wartaekonomi.co.id/read1/x", later(0), b"<p>Lain</p>")])
    assert not heal(portal, folder)[1].has_more


def later(minutes):
    """Return a moment after all that was crawled."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


def stories(portal, folder):
    """Return the odd articles that are to be read again."""
    waiting = outdated(folder)
    return [story for story in portal.newsroom.stories if int(story.identifier) in waiting if int(story.identifier) % 2]


def page(portal, story):
    return Pages(portal.newsroom).answer(f"{story.path}?page=all").body


def test_the_newest_capture_counts_wherever_it_stands(portal, folder):
    first, second, third, *_ = stories(portal, folder)
    bodies = {story.identifier: page(portal, story) for story in (first, second, third)}
    changed = bodies[first.identifier].replace(first.headline.encode(), b"Ralat: Judul yang Diperbaiki")
    write(
        folder / "archive" / "arsip",
        [
            Capture(first.url, later(2), changed),
            Capture(first.url, later(1), bodies[first.identifier]),
            Capture(first.url, later(3), b"<h1>404</h1>", status=404),
            # Newer than all others, and older than the line: neither is the article's page.
            Capture(second.url, later(2), b"<html><body><h1>Sedang dalam perbaikan</h1></body></html>"),
            Capture(third.url, datetime(2020, 1, 1, tzinfo=UTC), bodies[third.identifier].replace(b"<p>", b"<p>Dulu ")),
        ],
    )
    found, made = heal(portal, folder)
    assert not made.has_more
    assert found.pop("not_the_article") == 1
    assert set(found) == {"revision", "unchanged"}
    assert newest(folder)[first.identifier]["headline"] == "Ralat: Judul yang Diperbaiki"
    assert newest(folder)[third.identifier]["article_body"] == third.body
    assert outdated(folder) == [int(second.identifier)], "it is left to the portal"


def test_what_the_archive_does_not_have_whole_is_left_to_the_portal(portal, folder, caplog):
    (path,) = (folder / "archive").iterdir()
    last = scan(path).entries[-1]
    data = path.read_bytes()
    path.unlink()
    path.with_name(path.name + ".open").write_bytes(data[: last.offset + 40])
    (folder / "archive" / "other.warc.gz").write_bytes(b"not an archive")
    (folder / "archive" / "piece.warc.gz").write_bytes(gzip.compress(gzip.decompress(data)))
    os.mkfifo(folder / "archive" / "pipe.warc.gz")
    found, made = heal(portal, folder)
    assert "other.warc.gz is not a WARC file" in caplog.text
    assert "piece.warc.gz is compressed as one piece: `scrapy replay` unpacks and reads it" in caplog.text
    assert not made.has_more
    left = [str(identifier) for identifier in outdated(folder)]
    assert all(identifier in last.url for identifier in left)
    assert found["unchanged"] + found["revision"] >= ARTICLES - 20
    portal.clear()
    assert run("crawl", "warta", settings={**settings(portal, folder), "ARCHIVE_ENABLED": False}).code == 0
    assert all(any(identifier in path for identifier in left) for path in asked(portal))
    check_healed(portal, folder)


def test_what_another_crawl_is_fetching_is_not_touched(portal, folder):
    taken = outdated(folder)[:2]
    with closing(Store.open(folder)) as other:
        run_ = other.ledger.begin_run("warta", {})
        assert other.ledger.claim(taken, run_, refetch=True) == taken
        assert heal(portal, folder, leased=2)[1].has_more
        other.ledger.end_run(run_, "ok", {})
    assert outdated(folder) == taken
    heal(portal, folder)
    check_healed(portal, folder)


def test_an_article_that_this_crawl_has_looked_at_is_left_to_the_next(portal, folder):
    """The portal says that the oldest one has not changed, and is not asked for it again."""
    looked_at = outdated(folder)[0]
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        connection.execute("UPDATE articles SET next_check = 1 WHERE identifier = ?", (looked_at,))
        connection.execute("INSERT INTO validators VALUES (?, 'x', NULL)", (f"read{looked_at}",))
    portal.fail("/read", "body", body=b"", status=304)
    ended = run("crawl", "warta", settings=settings(portal, folder))
    assert ended.code == 0, ended.log
    assert [str(looked_at) in path for path in asked(portal)] == [True]
    assert outdated(folder) == [looked_at]
    portal.clear()
    assert run("crawl", "warta", settings=settings(portal, folder)).code == 0
    assert asked(portal) == []
    check_healed(portal, folder)


def test_an_older_capture_than_the_line_is_no_step_back(portal, folder):
    shutil.rmtree(folder / "archive")
    story = stories(portal, folder)[0]
    write(folder / "archive", [Capture(story.url, datetime(2020, 1, 1, tzinfo=UTC), page(portal, story))])
    before = keys(folder), outdated(folder)
    assert heal(portal, folder)[0] == {"overtaken": 1}
    assert (keys(folder), outdated(folder)) == before
