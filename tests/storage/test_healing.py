"""Texts of the generic layer are read again after the layouts have changed: whole crawls."""

import sqlite3
from contextlib import closing

import pytest

from tests.articles import keys
from tests.conftest import run
from wartacrawl.portal.server import Portal
from wartacrawl.site import layouts
from wartacrawl.storage.ledger import FILE_NAME
from wartacrawl.storage.store import OUTDATED_A_CRAWL

# Articles of the replica: more than one crawl reads again.
ARTICLES = OUTDATED_A_CRAWL + 5
# Nothing is looked at again for another reason.
SETTINGS = {"RECHECK_AGES": ""}


def ledger(folder):
    return closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None))


def make_outdated(folder):
    """Have the ledger say what it says after a redesign: all texts are of the generic layer and of older layouts."""
    with ledger(folder) as connection:
        connection.execute("UPDATE articles SET body_layer = 'generic', layouts = ?", (layouts.VERSION - 1,))


def count_outdated(folder):
    with ledger(folder) as connection:
        (found,) = connection.execute("SELECT count(*) FROM articles WHERE layouts < ?", (layouts.VERSION,)).fetchone()
        return found


def read_again(portal):
    found = [hit.path for hit in portal.hits if hit.path.startswith("/read")]
    portal.clear()
    return len(found)


@pytest.fixture
def portal():
    with Portal(seed=117, articles=ARTICLES, days=2) as portal:
        yield portal


def test_the_next_crawls_read_them_again_some_at_a_time(portal, crawl, output):
    assert crawl(portal, settings=SETTINGS).code == 0
    assert len(output.ids) == ARTICLES
    before = keys(output.folder)
    make_outdated(output.folder)
    asked = []
    for _ in range(3):
        read_again(portal)
        assert crawl(portal, settings=SETTINGS).code == 0
        asked.append(read_again(portal))
    assert asked == [OUTDATED_A_CRAWL, ARTICLES - OUTDATED_A_CRAWL, 0]
    assert count_outdated(output.folder) == 0
    assert keys(output.folder) == before, "the same text is no new version"


def test_what_is_gone_for_good_is_not_asked_for_by_every_crawl(portal, crawl, output):
    assert crawl(portal, settings=SETTINGS).code == 0
    make_outdated(output.folder)
    with ledger(output.folder) as connection:
        connection.execute(
            "UPDATE articles SET body_layer = 'layout' WHERE identifier NOT IN (SELECT max(identifier) FROM articles)"
        )
    portal.fail("/read", "410")
    asked = []
    for _ in range(2):
        read_again(portal)
        assert crawl(portal, settings=SETTINGS).code == 0
        asked.append(read_again(portal))
    assert asked == [1, 0]
    assert count_outdated(output.folder) == ARTICLES - 1


def test_a_replay_of_the_archive_reads_them_again_without_the_portal(portal, crawl, output):
    settings = {**SETTINGS, "ARCHIVE_ENABLED": True}
    assert crawl(portal, settings=settings).code == 0
    before = keys(output.folder)
    make_outdated(output.folder)
    portal.clear()
    ended = run("replay", str(output.folder / "archive"), "--jobs", "1", settings={"OUTPUT_DIR": output.folder})
    assert (ended.code, portal.hits) == (0, [])
    assert f"{ARTICLES} unchanged" in ended.out
    assert count_outdated(output.folder) == 0
    assert crawl(portal, settings=settings).code == 0
    assert read_again(portal) == 0
    assert keys(output.folder) == before
