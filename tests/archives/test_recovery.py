"""History from web archives in whole: the commands of docs/archives.md, and kills on the way from captures to lines."""

import re
import shlex
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.archives.captures import captures_of
from tests.archives.commoncrawl import CommonCrawl
from tests.archives.wayback import Wayback
from tests.articles import keys, lines
from tests.conftest import ROOT, command, run
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.portal.server import Portal
from wartacrawl.storage.verify import verify

pytestmark = pytest.mark.xdist_group("archives")

NOW = datetime(2026, 7, 12, 4, tzinfo=UTC)
TAKEN = datetime(2026, 7, 13, 1, tzinfo=UTC)
CRAWL = "CC-MAIN-2026-30"


def room(articles):
    return Newsroom(83, articles, 3, NOW)


def bodies(newsroom):
    return {story.identifier: story.body for story in newsroom.stories}


def texts(folder):
    return {line["identifier"]: line["article_body"] for line in lines(folder)}


def wired(folder, **more):
    """Return settings under which nobody answers but the archives."""
    return {"OUTPUT_DIR": folder, "WARTA_URL": "http://127.0.0.1:9", "DOWNLOAD_DELAY": 0, **more}


def kill(words, settings, when, seconds=60.0):
    """Start a command and kill it as soon as something is so; return whether it was still running."""
    process = subprocess.Popen(
        command(*words, settings=settings), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + seconds
    while process.poll() is None and not when() and time.monotonic() < end:
        time.sleep(0.002)
    process.kill()
    return process.wait() == -9


def test_the_commands_of_the_page_lead_from_nothing_to_lines(tmp_path):
    page = (ROOT / "docs" / "archives.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"(?ms)^```sh\n(.*?)^```", page)
    typed = [shlex.split(line, comments=True) for line in block.splitlines() if line.startswith("scrapy ")]
    newsroom, said = room(12), []
    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        # The table of blocks is long enough to be searched by halves.
        archive.add(CRAWL, captures_of(newsroom, TAKEN, whole=False), strangers=6_000)
        for _, *given in typed:
            words = [word.replace("output/", f"{tmp_path}/output/") for word in given]
            ended = run(*words, settings=wired(tmp_path / "output", **archive.settings))
            assert ended.code == 0, (words, ended.log, ended.out)
            said.append(ended.log + ended.out)
        table = [hit for hit in archive.data.hits if hit.target.endswith("cluster.idx")]
        held = archive.folder.joinpath("cc-index", "collections", CRAWL, "indexes", "cluster.idx").stat().st_size
    assert "12 articles in the archives: 0 known, 0 fetched before, 12 missing" in said[0]
    assert "12 new" in said[2]
    assert texts(tmp_path / "output") == bodies(newsroom)
    assert verify(tmp_path / "output").findings == []
    # Not the whole table was read, and no range of it twice.
    ranges = [tuple(map(int, hit.headers["Range"].removeprefix("bytes=").split("-"))) for hit in table]
    assert sum(last - first + 1 for first, last in ranges) < held
    assert len(set(ranges)) == len(ranges)


def test_killed_among_captures_of_the_wayback_machine_nothing_is_lost_or_fetched_twice(tmp_path):
    newsroom, folder = room(30), tmp_path / "out"
    with Wayback(tmp_path / "wayback", captures_of(newsroom, TAKEN, whole=False)) as wayback:
        settings = wired(folder, **wayback.settings)
        wayback.delay = 0.02

        def taken():
            return [hit.target for hit in wayback.hits if hit.target.startswith("/web/")]

        kills = 0
        for number in range(3):
            before = len(taken())
            kills += kill(
                ("crawl", "arsip", "-a", "source=wayback"),
                settings,
                lambda before=before, number=number: len(taken()) > before + 2 + 3 * number,
            )
        wayback.delay = 0
        ended = run("crawl", "arsip", "-a", "source=wayback", settings=settings)
        assert ended.code == 0, ended.log
        asked = Counter(taken())
        # A kill costs at most the pages of the article that was under way.
        assert kills == 3
        assert sum(asked.values()) - len(asked) <= kills * max(story.pages for story in newsroom.stories)
        wayback.clear()
        assert run("crawl", "arsip", "-a", "source=wayback", settings=settings).code == 0
        assert taken() == []
    ended = run("replay", str(folder / "archive"), settings=settings)
    assert ended.code == 0, ended.log
    assert texts(folder) == bodies(newsroom)
    assert {line["metadata"]["discovered_via"] for line in lines(folder)} == {"wayback"}
    assert verify(folder).findings == []


def test_killed_while_replaying_nothing_is_written_twice_and_the_live_crawl_asks_for_the_rest_alone(tmp_path):
    newsroom, folder = room(150), tmp_path / "out"
    lost = {story.identifier for story in newsroom.stories[::30]}
    held = [
        capture
        for capture in captures_of(newsroom, TAKEN, whole=False)
        if re.search(r"/read(\d+)", capture.url)[1] not in lost
    ]
    with CommonCrawl(tmp_path / "commoncrawl") as archive:
        archive.add(CRAWL, held)
        settings = wired(folder, **archive.settings)
        ended = run("crawl", "arsip", settings=settings)
        assert ended.code == 0, ended.log
        kills = []
        for _ in range(3):
            size = sum(path.stat().st_size for path in folder.glob("articles/**/*.jsonl"))
            kills.append(
                kill(
                    ("replay", "--jobs", "1", str(folder / "archive")),
                    settings,
                    lambda size=size: sum(path.stat().st_size for path in folder.glob("articles/**/*.jsonl")) > size,
                )
            )
        assert kills[0]
        ended = run("replay", str(folder / "archive"), settings=settings)
        assert ended.code == 0, ended.log
        assert keys(folder) == sorted((int(number), 1) for number in bodies(newsroom) if number not in lost)
        assert verify(folder).findings == []
        archive.data.clear()
        assert run("crawl", "arsip", settings=settings).code == 0
        assert archive.data.hits == []
    days = sorted(story.day for story in newsroom.stories)
    with Portal(newsroom=room(150), whole=False) as portal:
        live = {"OUTPUT_DIR": folder, "WARTA_URL": portal.url, "RECHECK_AGES": ""}
        ended = run("crawl", "indeks", "-a", f"since={days[0]}", "-a", f"until={days[-1]}", settings=live)
        assert ended.code == 0, ended.log
        asked = {found[1] for hit in portal.hits if (found := re.match(r"/read(\d+)", hit.path))}
    assert asked == lost
    assert texts(folder) == bodies(newsroom)
    assert verify(folder).findings == []


def test_captures_of_several_archives_become_versions_in_the_order_of_time(tmp_path):
    """Files are named so that their order is not that of time."""
    newsroom = room(5)
    story = newsroom.stories[0]
    names = ("c-first", "a-second", "b-third")
    headlines = []
    for number, name in enumerate(names):
        if number:
            newsroom.revise(story.id, headline=f"Ralat {number}: Harga Berubah Lagi")
        headlines.append(newsroom[story.id].headline)
        with CommonCrawl(tmp_path / name) as archive:
            archive.add(CRAWL, captures_of(newsroom, TAKEN + timedelta(days=number), whole=False))
    out = tmp_path / "out"
    ended = run("replay", "--out", str(out), *(str(tmp_path / name) for name in sorted(names)), settings=wired(out))
    assert ended.code == 0, ended.log
    versions = [line for line in lines(out) if line["identifier"] == story.identifier]
    assert [line["version"] for line in versions] == [1, 2, 3]
    assert [line["headline"] for line in versions] == headlines
    moments = [line["metadata"]["date_downloaded"] for line in versions]
    assert moments == sorted(moments)
    assert "5 new" in ended.out
    assert "2 revision" in ended.out
