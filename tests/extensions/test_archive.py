"""Archived crawls of the replica: every exchange is kept as it was on the wire, and other tools can read it."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.conftest import ROOT, command, run
from wartacrawl.config import ArchiveConfig, ConfigError
from wartacrawl.portal.server import Portal
from wartacrawl.storage.warc_reading import scan

BIN = Path(sys.executable).parent


@pytest.fixture
def portal():
    with Portal(seed=61, articles=50, days=2, slugs="redirect") as replica:
        yield replica


@pytest.fixture
def archived(crawl):
    """Crawls with the archive switched on."""

    def archived(portal, spider="warta", settings=None, **arguments):
        return crawl(portal, spider, settings={"ARCHIVE_ENABLED": True, **(settings or {})}, **arguments)

    return archived


def files(output):
    return sorted((output.folder / "archive").iterdir())


def documents(output):
    return [entry for path in files(output) for entry in scan(path).entries]


def records(output):
    """Every record as warcio, whose format this is, reads it: kind, address, status or method, body."""
    found = []
    for path in files(output):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                line = record.http_headers.statusline if record.http_headers else ""
                first = record.http_headers.protocol if record.rec_type == "request" else line[:3]
                address = record.rec_headers.get_header("WARC-Target-URI")
                found.append((record.rec_type, address, first, record.raw_stream.read()))
    return found


def test_every_exchange_is_kept_redirects_refusals_and_second_tries_included(portal, archived, output):
    stories = portal.newsroom.stories
    portal.remove(stories[0].id, 404)
    portal.remove(stories[1].id, 410)
    portal.fail(f"/read{stories[2].id}/", "500")
    portal.fail(f"/read{stories[3].id}/", "503", 1, retry_after=1)
    portal.fail(f"/read{stories[4].id}/", "403", 1)
    portal.fail("/rss", "redirect", 1, to="/rss", status=307)
    wanted = [*(story.identifier for story in stories[:5]), f"{stories[6].url}-slug-lama"]
    assert archived(portal, "artikel", urls=",".join(wanted)).code == 6
    assert archived(portal).code == 6
    kept = records(output)
    answers = Counter((address, status) for kind, address, status, _ in kept if kind == "response")
    assert answers == Counter((portal.url + hit.path, str(hit.status)) for hit in portal.hits)
    asked = Counter((address, method) for kind, address, method, _ in kept if kind == "request")
    assert asked == Counter((portal.url + hit.path, hit.method) for hit in portal.hits)
    assert {status for _, status in answers} >= {"200", "301", "307", "403", "404", "410", "500", "503"}
    paths = {address.removeprefix(portal.url).partition("?")[0] for address, _ in answers}
    assert paths >= {"/robots.txt", "/", "/rss", "/sitemap.xml", "/news/news-1.xml", "/indeks"}


def test_bodies_are_as_they_were_on_the_wire(portal, archived, output):
    assert archived(portal, limit="5").code == 0
    pages = [body for kind, address, _, body in records(output) if kind == "response" and "/read" in address and body]
    assert len(pages) == 5
    for page in pages:
        assert b"articlePostHeader" in gzip.decompress(page)
    # Of what crawlers of old cannot unpack nothing is asked for.
    assert {hit.headers["accept-encoding"] for hit in portal.hits} == {"gzip, deflate"}


def test_other_tools_read_the_files_and_find_nothing_wrong(portal, archived, output):
    assert archived(portal, settings={"ARCHIVE_FILE_BYTES": 60_000}).code == 0
    found = files(output)
    assert len(found) >= 3
    assert all(60_000 <= path.stat().st_size < 120_000 for path in found[:-1])
    said = subprocess.run([BIN / "warcio", "check", "-v", *found], capture_output=True, text=True, check=True).stdout
    assert said.count("digest pass") >= len(portal.hits)
    assert "fail" not in said
    for path in found:
        subprocess.run([BIN / "fastwarc", "check", "-q", "-p", path], capture_output=True, check=True)
    index = [BIN / "warcio", "index", "-f", "filename,offset", *found]
    indexed = subprocess.run(index, capture_output=True, text=True, check=True).stdout
    places = {(entry.file, str(entry.offset)) for entry in documents(output)}
    assert places <= {(line["filename"], line["offset"]) for line in map(json.loads, indexed.splitlines())}


def test_files_that_are_closed_have_their_final_names(portal, archived, output):
    assert archived(portal, settings={"ARCHIVE_FILE_BYTES": 60_000}).code == 0
    assert len(files(output)) > 1
    assert all(path.name.endswith(".warc.gz") for path in files(output))
    (entry,) = [one for one in documents(output) if f"/read{portal.newsroom.stories[0].id}/" in one.url]
    assert entry.portal == portal.url
    assert entry.via in {"rss", "sitemap"} or entry.via.startswith(("indeks:", "section:"))


def test_each_file_says_who_made_it_and_how(portal, archived, output):
    assert archived(portal, limit="1").code == 0
    kind, _, _, body = records(output)[0]
    assert kind == "warcinfo"
    said = dict(line.split(": ", 1) for line in body.decode().splitlines())
    assert said["software"].startswith("wartacrawl/")
    assert said["http-header-user-agent"].startswith("wartacrawl/")
    assert (said["robots"], said["portal"], said["isPartOf"]) == ("obey", portal.url, "warta 1")


def test_a_live_crawl_is_never_answered_from_the_archive(portal, archived, output):
    assert archived(portal).code == 0
    first = Counter(hit.path for hit in portal.hits if hit.path.startswith("/read"))
    changed = portal.revise(portal.newsroom.stories[0].id, headline="Ralat: Harga Berubah Lagi")
    portal.clear()
    assert archived(portal, full=1).code == 0
    assert Counter(hit.path for hit in portal.hits if hit.path.startswith("/read")) == first
    versions = {one["version"]: one["headline"] for one in output.records if one["identifier"] == changed.identifier}
    assert versions[2] == "Ralat: Harga Berubah Lagi"


def test_without_the_switch_nothing_is_kept(portal, crawl, output):
    assert crawl(portal, limit="3").code == 0
    assert not (output.folder / "archive").exists()


def test_a_look_at_the_portal_is_no_crawl_and_is_not_kept(portal, output):
    settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "ARCHIVE_ENABLED": True}
    listed = run("list-sections", settings=settings)
    assert listed.code == 0, listed.log
    assert "kabar-sawit" in listed.out
    assert "Traceback" not in listed.log
    assert not (output.folder / "archive").exists()


# -- kills ----------------------------------------------------------------------------------------------------------


@contextmanager
def crawling(portal, output, **settings):
    wired = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "ARCHIVE_ENABLED": True, **settings}
    process = subprocess.Popen(command("crawl", "warta", settings=wired), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_for(portal, number, process):
    while len(portal.hits) < number and process.poll() is None:
        time.sleep(0.005)


def test_a_killed_crawl_loses_at_most_its_last_record_and_the_next_cuts_the_tear(portal, archived, output):
    with crawling(portal, output) as process:
        wait_for(portal, 25, process)
    (path,) = files(output)
    before = scan(path).entries
    # What was answered before the kill is there; the last few answers were still under way.
    assert len(before) >= 15
    begun = path.read_bytes()[before[-1].offset :][:100]  # as a kill within the writing leaves a record
    with path.open("ab") as file:
        file.write(begun)
    ended = archived(portal)
    assert ended.code == 0, ended.log
    assert "Cut 1 archive files back to their last whole record" in ended.log
    assert path.name.endswith(".open")
    assert scan(path.with_name(path.name.removesuffix(".open"))).entries == before
    for path in files(output):
        subprocess.run([BIN / "fastwarc", "check", "-q", "-p", path], capture_output=True, check=True)
    assert not [path for path in files(output) if path.name.endswith(".open")]


def test_two_crawls_at_once_write_each_to_its_own_file(portal, output):
    with crawling(portal, output) as first, crawling(portal, output) as second:
        logs = [process.communicate(timeout=60)[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], logs
    assert len(files(output)) == 2
    answers = Counter(entry.url for entry in documents(output))
    assert answers == Counter(portal.url + hit.path for hit in portal.hits)
    assert not [path for path in files(output) if path.name.endswith(".open")]


def test_a_crawl_told_to_stop_closes_its_file(portal, output):
    with crawling(portal, output, DOWNLOAD_DELAY=0.05) as process:
        wait_for(portal, 15, process)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 6, log
    assert "Traceback" not in log
    assert [path.name.endswith(".warc.gz") for path in files(output)] == [True]


# -- what cannot be ---------------------------------------------------------------------------------------------------


def test_an_archive_that_cannot_be_written_ends_the_crawl_in_one_sentence(portal, archived, output):
    output.folder.mkdir()
    (output.folder / "archive").write_text("no folder", encoding="utf-8")
    ended = archived(portal)
    assert ended.code == 1, ended.log
    assert "The archive" in ended.last_line
    assert "cannot be written" in ended.last_line
    assert "Traceback" not in ended.log


def without(tmp_path, package):
    """Return an environment in which a package is not installed."""
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None\n", encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))}


@pytest.mark.parametrize("package", ["warcio", "fastwarc"])
def test_a_missing_package_is_said_with_the_command_that_installs_it(portal, output, tmp_path, package):
    env = without(tmp_path, package)
    settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder}
    ended = run("crawl", "warta", settings={**settings, "ARCHIVE_ENABLED": True}, env=env)
    assert ended.code == 2, ended.log
    assert "`pip install 'warcio>=1.8' 'fastwarc>=2'`" in ended.last_line
    assert "Traceback" not in ended.log
    assert portal.hits == []
    ended = run("crawl", "warta", "-a", "limit=2", settings=settings, env=env)
    assert ended.code == 0, ended.log
    replayed = run("replay", str(tmp_path), settings=settings, env=env)
    assert replayed.code == 2
    if package == "warcio":  # it writes alone
        assert "is neither a WARC file nor a folder with any" in replayed.log
        return
    assert re.fullmatch(r"scrapy replay needs .*`pip install .*`\.", replayed.log.strip().splitlines()[-1])


@pytest.mark.parametrize(("name", "value"), [("ARCHIVE_ENABLED", "perhaps"), ("ARCHIVE_FILE_BYTES", "1 GB")])
def test_a_setting_that_cannot_be_used_is_said(name, value):
    with pytest.raises(ConfigError, match=f"^{name}='{value}' is "):
        ArchiveConfig.read({"ARCHIVE_ENABLED": True, name: value})
