"""Archived pages extracted again: the same lines as the crawl's, new versions only where the text changed."""

import gzip
import io
import json
import multiprocessing
import multiprocessing.forkserver
import os
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.articles import lines, open_store
from tests.conftest import command, run
from wartacrawl.items import Article
from wartacrawl.operations import replay as replaying
from wartacrawl.operations import workers
from wartacrawl.operations.rewriting import differences
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.portal.pages import Look, Pages
from wartacrawl.portal.server import Portal
from wartacrawl.reading import visits
from wartacrawl.site import urls
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.store import Store
from wartacrawl.storage.verify import verify


@pytest.fixture
def archived(crawl):
    """Crawls with the archive switched on."""

    def archived(portal, spider="warta", **arguments):
        ended = crawl(portal, spider, settings={"ARCHIVE_ENABLED": True}, **arguments)
        assert ended.code == 0, ended.log
        return ended

    return archived


def replay(*paths, out=None, code=0, **settings):
    """Replay; the portal's address is one nobody answers at."""
    given = [*map(str, paths), *(["--out", str(out)] if out else [])]
    # Only the archive of the output folder in use is believed to be of the portal it names.
    own = next((path for path in paths if isinstance(path, Path) and "archive" in path.parts), None)
    home = {"OUTPUT_DIR": own.parent if own.name == "archive" else own.parents[1]} if own else {}
    ended = run("replay", *given, settings={"WARTA_URL": "http://127.0.0.1:9", **home, **settings})
    assert ended.code == code, ended.log + ended.out
    assert "Traceback" not in ended.log
    return ended


def in_order(folder):
    """Every line of an output folder, in an order of its own."""
    return sorted(lines(folder), key=lambda line: (int(line["identifier"]), line["version"]))


def contents(folder):
    """Return what a replay may change: the bytes of the lines, and what the ledger knows of the articles."""
    files = {path: path.read_bytes() for path in folder.rglob("*.jsonl")}
    with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
        return files, ledger.query("SELECT identifier, version, signature, part, offset FROM articles ORDER BY 1")


# -- our own archive ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 3])
def test_replaying_a_crawl_gives_the_lines_of_the_crawl(archived, output, tmp_path, jobs):
    # Articles in several pages, under slugs that are redirected, each page with its own advertisements.
    with Portal(seed=71, articles=80, days=3, whole=False, slugs="redirect", torn=True) as portal:
        archived(portal)
        crawled = in_order(output.folder)
        assert len(crawled) == 80
        assert max(line["pages"] for line in crawled) > 1
        portal.clear()
        ended = replay(output.folder / "archive", "--jobs", jobs, out=tmp_path / "again")
        assert portal.hits == []
    assert "80 visits" in ended.out
    assert "80 new" in ended.out
    assert in_order(tmp_path / "again") == crawled
    assert verify(tmp_path / "again").findings == []


def test_versions_come_again_in_their_order(archived, output, tmp_path):
    with Portal(seed=72, articles=20, days=1) as portal:
        archived(portal)
        for number, story in enumerate(portal.newsroom.stories[:6]):
            portal.revise(story.id, headline=f"Ralat {number}: Harga Berubah Lagi")
        archived(portal, full=1)
        portal.revise(portal.newsroom.stories[0].id)
        archived(portal, full=1)
    crawled = in_order(output.folder)
    assert max(line["version"] for line in crawled) == 3
    replay(output.folder / "archive", out=tmp_path / "again")
    assert in_order(tmp_path / "again") == crawled
    # What is there already is known word for word, and what was replaced stays replaced.
    before = contents(output.folder)
    ended = replay(output.folder / "archive", OUTPUT_DIR=output.folder)
    assert contents(output.folder) == before
    assert "new" not in ended.out.partition(": ")[2]
    assert "overtaken" in ended.out


def test_what_a_killed_crawl_left_is_replayed_whole(output, tmp_path):
    with Portal(seed=73, articles=60, days=2) as portal:
        settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "ARCHIVE_ENABLED": True, "EXPORT_BATCH": 8}
        process = subprocess.Popen(command("crawl", "warta", settings=settings), stderr=subprocess.DEVNULL)
        while len(portal.hits) < 45 and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        process.wait()
    (path,) = (output.folder / "archive").iterdir()
    with path.open("ab") as file:
        file.write(path.read_bytes()[-200:-100])
    kept = {line["identifier"]: line for line in in_order(output.folder)}
    replay(path, out=tmp_path / "again")
    again = {line["identifier"]: line for line in in_order(tmp_path / "again")}
    # The archive is ahead of the lines, never behind.
    assert kept.items() <= again.items()
    assert len(again) >= 10


# -- a better extraction --------------------------------------------------------------------------------------------


@pytest.fixture
def outdated(archived, output, tmp_path):
    """Make an output folder as an older extraction left it: three texts and two descriptions were read otherwise."""
    with Portal(seed=74, articles=12, days=1) as portal:
        archived(portal)
    folder = tmp_path / "outdated"
    records = [line for line in in_order(output.folder) if line["article_body"]]
    with closing(Store.open(folder)) as store:
        run_ = store.ledger.begin_run("warta", {})
        for number, record in enumerate(records):
            article = Article(**json.loads(json.dumps(record)))
            if number < 3:
                article.article_body += "\n\nBaca Juga: Harga Sawit Naik"
            elif number < 5:
                article.description = "Kutipan lama"
            store.write([article])
        store.ledger.end_run(run_, "ok", {})
    (output.folder / "archive").rename(folder / "archive")
    return folder, folder / "archive", records


def test_only_articles_whose_text_changed_become_new_versions(outdated):
    folder, archive, records = outdated
    before = in_order(folder)
    ended = replay(archive, OUTPUT_DIR=folder)
    after = in_order(folder)
    assert [line for line in after if line["version"] == 1] == before
    revised = [line for line in after if line["version"] == 2]
    assert [line["identifier"] for line in revised] == [record["identifier"] for record in records[:3]]
    assert [line["article_body"] for line in revised] == [record["article_body"] for record in records[:3]]
    assert [line["metadata"]["changed_fields"] for line in revised] == [["article_body"]] * 3
    assert "3 revision" in ended.out
    assert verify(folder).findings == []


def test_a_dry_run_shows_each_field_old_and_new_and_writes_nothing(outdated):
    folder, archive, records = outdated
    before = contents(folder)
    ended = replay("--dry-run", archive, OUTPUT_DIR=folder)
    assert contents(folder) == before
    for record in records[:3]:
        assert f"article {record['identifier']} gets a new version\n" in ended.out
    for record in records[3:5]:
        assert f"article {record['identifier']} keeps its text, no new version\n" in ended.out
        assert f"  + description: {record['description']!r}"[:100] in ended.out
    assert ended.out.count("  - article_body: 'Baca Juga: Harga Sawit Naik'\n") == 3
    assert ended.out.count("  - description: 'Kutipan lama'\n") == 2
    assert "3 articles differ in article_body\n" in ended.out
    assert "2 articles differ in description\n" in ended.out
    assert "3 revision" in ended.out
    assert "2 changed" in ended.out


def test_a_dry_run_needs_lines_to_compare_with(outdated, tmp_path):
    ended = replay("--dry-run", outdated[1], out=tmp_path / "nothing", code=1)
    assert "has no ledger, so there is nothing to compare with" in ended.log
    assert not (tmp_path / "nothing").exists()


def test_of_long_values_the_beginning_is_shown():
    shown = list(differences("headline", "a" * 500, None))
    assert [line[:15] for line in shown] == ["- headline: 'aa", "+ headline: Non"]
    assert shown[0].endswith("… (502 characters)")


# -- archives of others ---------------------------------------------------------------------------------------------


def foreign(path, documents, *, packed=True):
    """Write a WARC file as another crawler does: warcio alone, addresses as they were found, no word on the source."""
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=packed)
    writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another crawler"}))
    for number, (url, status, content_type, body) in enumerate(documents):
        date = {"WARC-Date": f"2026-07-12T05:{number // 60:02}:{number % 60:02}Z"}
        head = StatusAndHeaders(f"{status} X", [("Content-Type", content_type)], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url, "response", io.BytesIO(body), length=len(body), http_headers=head, warc_headers_dict=date
        )
        writer.write_record(record)
        note = writer.create_warc_record(url, "metadata", io.BytesIO(b"via: x"), length=6, warc_headers_dict=date)
        writer.write_record(note)
    path.write_bytes(buffer.getvalue())


def pages_of(newsroom, **look):
    """Return the portal's pages as somebody else archived them, with what else is in such an archive."""
    pages = Pages(newsroom, Look(**look))
    hosts = ("https://wartaekonomi.co.id", "https://www.wartaekonomi.co.id", "http://wartaekonomi.co.id")
    yield "https://wartaekonomi.co.id/robots.txt", 200, "text/plain", b"User-agent: *\n"
    yield "https://wartaekonomi.co.id/", 200, "text/html", pages.answer("/").body
    for number, story in enumerate(newsroom.stories):
        for page in range(1, story.pages + 1):
            tail = f"?page={page}" if page > 1 else ""
            body = pages.answer(story.path + tail).body
            yield f"{hosts[number % 3]}{story.path}{tail}", 200, "text/html; charset=UTF-8", body
    yield "https://wartaekonomi.co.id/read1/gone", 404, "text/html", b"<h1>404</h1>"
    yield "https://foto.wartaekonomi.co.id/files/arsip_foto_2026_07_12/a.jpg", 200, "image/jpeg", b"\xff\xd8"
    yield "https://example.org/read2/elsewhere", 200, "text/html", b"<h1>Other news</h1><p>Text</p>"


@pytest.mark.parametrize("form", ["plain", "packed", "one piece"])
def test_archives_of_other_crawlers_are_read(tmp_path, form):
    newsroom = Newsroom(75, 25, 2, datetime(2026, 7, 12, 4, tzinfo=UTC))
    path = tmp_path / ("x.warc" if form == "plain" else "x.warc.gz")
    foreign(path, pages_of(newsroom, whole=False), packed=form == "packed")
    if form == "one piece":
        path.write_bytes(gzip.compress(path.read_bytes()))
    before = path.read_bytes()
    replay(path, out=tmp_path / "out")
    found = {line["identifier"]: line for line in in_order(tmp_path / "out")}
    assert set(found) == {story.identifier for story in newsroom.stories}
    for story in newsroom.stories:
        line = found[story.identifier]
        assert (line["headline"], line["article_body"], line["url"]) == (story.headline, story.body or None, story.url)
        assert line["pages"] == story.pages
        assert line["metadata"]["discovered_via"] == "replay"
        assert line["metadata"]["job"] is None
        assert line["metadata"]["date_downloaded"].startswith("2026-07-12T05:0")
    assert path.read_bytes() == before
    assert verify(tmp_path / "out").findings == []


def test_a_foreign_page_of_a_known_article_keeps_the_source_the_ledger_knows(archived, output, tmp_path):
    with Portal(seed=76, articles=6, days=1) as portal:
        archived(portal, via="rss")
        story = portal.revise(portal.newsroom.stories[0].id, headline="Ralat: Harga Berubah Lagi")
        page = Pages(portal.newsroom).answer(story.path).body
    path = tmp_path / "x.warc.gz"
    stamp = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    foreign(path, [(story.url, 200, "text/html", page)])
    data = gzip.decompress(path.read_bytes()).replace(b"2026-07-12T05:00:00Z", stamp.encode())
    path.write_bytes(data)
    path = path.rename(tmp_path / "x.warc")
    replay(path, OUTPUT_DIR=output.folder)
    newest = in_order(output.folder)
    (line,) = [line for line in newest if line["version"] == 2]
    assert line["headline"] == "Ralat: Harga Berubah Lagi"
    assert line["metadata"]["discovered_via"] == "rss"


def test_an_older_archive_does_not_bring_an_old_text_back(archived, output, tmp_path):
    with Portal(seed=76, articles=6, days=1) as portal:
        story = portal.newsroom.stories[0]
        old = Pages(portal.newsroom).answer(story.path).body
        portal.revise(story.id, headline="Ralat: Harga Berubah Lagi")
        archived(portal)
    path = tmp_path / "x.warc.gz"
    foreign(path, [(story.url, 200, "text/html", old)])
    before = contents(output.folder)
    assert "1 overtaken" in replay(path, OUTPUT_DIR=output.folder).out
    assert contents(output.folder) == before


# -- what is missing or broken --------------------------------------------------------------------------------------


def test_an_article_whose_pages_are_not_all_there_is_told_and_not_written(tmp_path):
    newsroom = Newsroom(75, 25, 2, datetime(2026, 7, 12, 4, tzinfo=UTC))
    torn = next(story for story in newsroom.stories if story.pages > 1)
    path = tmp_path / "x.warc.gz"
    foreign(path, (one for one in pages_of(newsroom, whole=False) if f"{torn.path}?page=2" not in one[0]))
    ended = replay(path, out=tmp_path / "out")
    assert f"article {torn.identifier} is incomplete: {torn.url}?page=2 is not in the archive" in ended.log
    assert "1 incomplete" in ended.out
    assert torn.identifier not in {line["identifier"] for line in in_order(tmp_path / "out")}


def test_a_page_that_cannot_be_read_is_told_and_costs_itself_alone(tmp_path):
    newsroom = Newsroom(77, 5, 1, datetime(2026, 7, 12, 4, tzinfo=UTC))
    path = tmp_path / "x.warc"
    documents = list(pages_of(newsroom))
    bad = newsroom.stories[2]
    foreign(path, documents, packed=False)
    data = path.read_bytes()
    body = next(body for url, _, _, body in documents if bad.path in url)
    packed = gzip.compress(body)[: len(body) // 8]  # a torn one
    place = data.index(body)
    path.write_bytes(data[:place] + packed.ljust(len(body), b"\0")[: len(body)] + data[place + len(body) :])
    ended = replay(path, out=tmp_path / "out", code=1)
    assert f"article {bad.identifier} is unreadable: " in ended.log
    assert len(lines(tmp_path / "out")) == 4


def test_a_capture_that_is_not_the_article_leaves_it_to_the_live_crawl(tmp_path):
    path = tmp_path / "x.warc.gz"
    html = b"<html><head><title>Warta Ekonomi</title></head><body><h1>Halaman tidak ditemukan</h1></body></html>"
    foreign(path, [("https://wartaekonomi.co.id/read7/x", 200, "text/html", html)])
    ended = replay(path, out=tmp_path / "out")
    assert "1 not_the_article" in ended.out
    assert "article 7 is not_the_article: nothing on the page says that it is this article" in ended.log
    store, run = open_store(tmp_path / "out")
    store.ledger.announce([(7, "x", None)], "rss")
    assert store.ledger.claim([7], run) == [7]
    store.close()


def test_a_page_without_headline_is_rejected_once(tmp_path):
    path = tmp_path / "x.warc.gz"
    head = b"<link rel=canonical href=/read7/x><meta property='og:type' content='article'>"
    html = b"<html><head>" + head + b"</head><body><p>" + b"Harga naik. " * 50 + b"</p></body></html>"
    foreign(path, [("https://wartaekonomi.co.id/read7/x", 200, "text/html", html)])
    for _ in range(2):
        assert "1 rejected" in replay(path, out=tmp_path / "out").out
    rejected = (tmp_path / "out" / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rejected) == 1
    assert json.loads(rejected[0])["identifier"] == "7"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "takes PATH…"),
        (("--jobs", "0", "."), 2, "--jobs: '0' is not a whole number from 1"),
        (("no-such-file.warc.gz",), 2, "no-such-file.warc.gz is neither a WARC file nor a folder with any"),
        (("wartacrawl/portal",), 2, "wartacrawl/portal is neither a WARC file nor a folder with any"),
        (("pyproject.toml",), 1, "pyproject.toml is not a WARC file"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_one_sentence(tmp_path, arguments, code, words):
    ended = run("replay", *arguments, settings={"OUTPUT_DIR": tmp_path / "out"})
    assert ended.code == code
    assert words in ended.log + ended.out
    assert "Traceback" not in ended.log
    assert not (tmp_path / "out").exists()


def test_a_process_that_is_killed_is_replaced_and_its_share_read_again(tmp_path):
    newsroom = Newsroom(78, 40, 1, datetime(2026, 7, 12, 4, tzinfo=UTC))
    path = tmp_path / "x.warc.gz"
    foreign(path, [one for _ in range(20) for one in pages_of(newsroom)])
    with visits.Archives([path], origin=urls.ORIGIN) as archives:
        found = visits.visits(archives.found())
        results = replaying.replay(found, jobs=2, page_seconds=60)
        came = [next(results)]
        for child in workers_of_this_process():
            os.kill(child, 9)
        came += results
    assert [result.visit for result in came] == found
    assert {result.status for result in came} == {"article"}
    assert not workers_of_this_process()


def workers_of_this_process():
    """Return the processes that the server of our workers has forked."""
    server = multiprocessing.forkserver._forkserver._forkserver_pid
    children = Path(f"/proc/{server}/task/{server}/children") if server else None
    return [int(child) for child in children.read_text().split()] if children else []


def die_of_seven(numbers):
    if 7 in numbers:
        os.kill(os.getpid(), 9)
    return [number * 2 for number in numbers]


def test_what_kills_its_process_each_time_is_given_up_alone():
    crew = workers.Crew(die_of_seven, give_up=lambda number: -number, make=workers.processes(2), size=2)
    shares = [range(start, start + 4) for start in range(0, 40, 4)]
    assert list(crew.answers(shares)) == [-7 if number == 7 else number * 2 for number in range(40)]


def test_a_reject_from_an_archive_is_not_final_for_the_live_crawl(tmp_path, output, crawl):
    with Portal(seed=80, articles=5, days=1) as portal:
        story = portal.newsroom.stories[0]
        html = f"<link rel=canonical href={urls.ORIGIN}{story.path}><p>Sedang diperbaiki</p>".encode()
        path = tmp_path / "x.warc.gz"
        foreign(path, [(f"{urls.ORIGIN}{story.path}", 200, "text/html", html)])
        ended = replay(path, OUTPUT_DIR=output.folder)
        assert "1 rejected" in ended.out or "1 not_the_article" in ended.out
        assert crawl(portal).code == 0
        assert len(output.ids) == 5


def test_a_file_of_others_cannot_make_pages_of_another_host_into_articles(archived, output, tmp_path):
    with Portal(seed=79, articles=5, days=1) as portal:
        archived(portal)
        url = portal.url
    stranger = tmp_path / "stranger"
    (output.folder / "archive").rename(stranger)
    ended = replay(stranger, out=tmp_path / "out")
    assert f"pages of {url} are left out" in ended.log
    assert f"-s WARTA_URL={url}" in ended.log
    assert not (tmp_path / "out/articles").exists()
    assert "5 new" in replay(stranger, out=tmp_path / "out", WARTA_URL=url).out
