"""The archives that the tests ask: they answer as Common Crawl, pywb and the Wayback Machine do."""

import gzip
import http.client
import io
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.archives.captures import Capture, captures_of
from tests.archives.commoncrawl import CommonCrawl
from tests.archives.server import LOCK, Pywb
from tests.archives.wayback import Wayback
from wartacrawl.portal.newsroom import Newsroom

pytestmark = pytest.mark.xdist_group("archives")  # the servers of this module start once

CRAWL = "CC-MAIN-2026-30"
TAKEN = datetime(2026, 7, 13, 1, tzinfo=UTC)
ARTICLES = 12


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def get(url, **headers):
    """Ask once; return status, headers and body."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer = urllib.request.build_opener(_NoRedirect).open(urllib.request.Request(url, headers=sent), timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers, answer.read()


@pytest.fixture(scope="module")
def captures():
    newsroom = Newsroom(81, ARTICLES, 2, datetime(2026, 7, 12, 4, tzinfo=UTC))
    found = list(captures_of(newsroom, TAKEN, whole=False))
    later = TAKEN + timedelta(days=40)
    return [
        *found,
        Capture("https://wartaekonomi.co.id/read1/hilang", TAKEN, b"<h1>404</h1>", status=404),
        Capture(found[0].url, later, found[0].body, is_revisit=True),
        Capture(found[1].url, later, found[1].body[:500], truncated="length"),
    ]


@pytest.fixture(scope="module")
def crawl(captures, tmp_path_factory):
    with CommonCrawl(tmp_path_factory.mktemp("commoncrawl")) as archive:
        archive.add(CRAWL, captures)
        yield archive


@pytest.fixture(scope="module")
def pywb(crawl, tmp_path_factory):
    with Pywb(tmp_path_factory.mktemp("pywb"), {"warta": crawl.collection(CRAWL)}) as server:
        yield server


@pytest.fixture(scope="module")
def machine(captures, tmp_path_factory):
    with Wayback(tmp_path_factory.mktemp("wayback"), captures) as archive:
        yield archive


def lines_of(crawl):
    """Read an index as a client does: the table, then each block by its range."""
    root = f"{crawl.data.url}/cc-index/collections/{CRAWL}/indexes"
    table = get(f"{root}/cluster.idx")[2].decode().splitlines()
    for row in table:
        first, part, offset, length, _ = row.split("\t")
        end = int(offset) + int(length) - 1
        status, _, block = get(f"{root}/{part}", Range=f"bytes={offset}-{end}")
        assert status == 206
        lines = gzip.decompress(block).decode().splitlines()
        assert lines[0].startswith(f"{first} ")
        yield from lines


# -- Common Crawl ------------------------------------------------------------------------------------------------------


def test_the_list_of_crawls_names_them(crawl):
    status, _, body = get(f"{crawl.index.url}/collinfo.json")
    assert status == 200
    assert [known["id"] for known in json.loads(body)] == [CRAWL]


def test_blocks_are_sorted_and_lead_to_the_records(crawl, captures):
    lines = list(lines_of(crawl))
    assert lines == sorted(lines)
    ours = [line for line in lines if line.startswith(("id,co,wartaekonomi)/", "id,co,wartaekonomi,m)/"))]
    assert len(ours) == len(captures)
    found = set()
    for line in ours:
        where = json.loads(line.split(" ", 2)[2])
        end = int(where["offset"]) + int(where["length"]) - 1
        status, headers, record = get(f"{crawl.data.url}/{where['filename']}", Range=f"bytes={where['offset']}-{end}")
        assert status == 206
        assert headers["Content-Range"].startswith(f"bytes {where['offset']}-{end}/")
        (read,) = ArchiveIterator(io.BytesIO(record))
        assert read.rec_headers.get_header("WARC-Target-URI") == where["url"]
        found.add((where["url"], line.split(" ")[1]))
    assert found == {(capture.url, capture.timestamp) for capture in captures}


def test_a_range_behind_the_end_is_refused(crawl):
    url = f"{crawl.data.url}/cc-index/collections/{CRAWL}/indexes/cluster.idx"
    assert get(url, Range="bytes=99999999-")[0] == 416
    assert get(f"{crawl.data.url}/crawl-data/none")[0] == 404


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [("503", {"retry_after": 7}, 503), ("403", {}, 403), ("whole", {}, 200), ("short", {}, 206), ("shifted", {}, 206),
     ("garbled", {}, 206), ("body", {"body": b"<html>", "status": 200}, 200)],
)  # fmt: skip
def test_answers_are_spoilt_on_demand(crawl, kind, options, expected):
    url, asked = f"{crawl.data.url}/cc-index/collections/{CRAWL}/indexes/cluster.idx", "bytes=0-99"
    _, _, true = get(url, Range=asked)
    crawl.data.fail("cluster.idx", kind, 1, **options)
    status, headers, body = get(url, Range=asked)
    assert status == expected
    assert headers["Retry-After"] == (str(options["retry_after"]) if "retry_after" in options else None)
    assert body != true
    assert get(url, Range=asked)[2] == true


def test_connections_are_cut_on_demand(crawl):
    url = f"{crawl.data.url}/cc-index/collections/{CRAWL}/indexes/cluster.idx"
    crawl.data.fail("cluster.idx", "truncated", 1)
    with pytest.raises(http.client.IncompleteRead):
        get(url)
    crawl.data.fail("cluster.idx", "reset", 1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected, urllib.error.URLError)):
        get(url)
    assert crawl.data.hits[-1].status == 0
    assert get(url)[0] == 200


# -- pywb --------------------------------------------------------------------------------------------------------------


def test_pywb_reads_the_same_index(crawl, pywb):
    asked = f"{pywb.cdx('warta')}?url=wartaekonomi.co.id&matchType=domain&output=json"
    theirs = [json.loads(line) for line in get(asked)[2].splitlines()]
    ours = [line for line in lines_of(crawl) if line.startswith(("id,co,wartaekonomi)", "id,co,wartaekonomi,"))]
    assert [f"{line['urlkey']} {line['timestamp']}" for line in theirs] == [line.rsplit(" {")[0] for line in ours]
    assert any("matchType=domain" in target for target in pywb.asked)


def test_pywb_gives_captures_as_they_were_taken(pywb, captures):
    capture = captures[2]
    status, headers, body = get(f"{pywb.url}/warta/{capture.timestamp}id_/{capture.url}")
    assert (status, body) == (200, capture.body)
    assert headers["Memento-Datetime"] == f"{capture.taken:%a, %d %b %Y %H:%M:%S} GMT"


# -- the Wayback Machine -----------------------------------------------------------------------------------------------


def rows_of(machine, **query):
    """Return the parted lines of a query, and the key to go on by."""
    words = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
    status, _, body = get(f"{machine.url}/cdx/search/cdx?{words}")
    assert status == 200
    text, _, key = body.decode().partition("\n\n")
    return [line.split(" ") for line in text.splitlines()], key.strip()


def test_a_long_list_comes_in_pieces(machine, captures):
    query = {"url": "wartaekonomi.co.id", "matchType": "domain", "limit": 5, "showResumeKey": "true"}
    rows, key = rows_of(machine, **query)
    pieces = 1
    while key:
        more, key = rows_of(machine, **query, resumeKey=key)
        rows += more
        pieces += 1
    assert pieces == -(-len(captures) // 5)
    assert len({tuple(row) for row in rows}) == len(rows) == len(captures)


def test_filters_fit_whole_fields_and_neighbours_collapse(machine, captures):
    every = {"url": "wartaekonomi.co.id", "matchType": "domain", "fl": "urlkey,timestamp,statuscode,mimetype"}
    assert len(rows_of(machine, **every)[0]) == len(captures)
    good, _ = rows_of(machine, **every, filter="statuscode:200")
    assert len(good) == len(captures) - 2
    assert rows_of(machine, **every, filter="statuscode:20")[0] == []
    revisits, _ = rows_of(machine, **every, filter="mimetype:warc/revisit")
    assert [row[2:] for row in revisits] == [["-", "warc/revisit"]]
    assert len(rows_of(machine, **every, collapse="urlkey")[0]) == len(captures) - 2
    assert len(rows_of(machine, **every, **{"from": 202608})[0]) == 2
    header, *rows = json.loads(get(f"{machine.url}/cdx/search/cdx?url=wartaekonomi.co.id/read1/hilang&output=json")[2])
    assert header[:3] == ["urlkey", "timestamp", "original"]
    assert [row[4] for row in rows] == ["404"]


def test_captures_come_as_they_were_taken_or_lead_to_the_nearest(machine, captures):
    first, again = captures[0], captures[-2]
    for capture in (first, again):
        status, headers, body = get(f"{machine.url}/web/{capture.timestamp}id_/{capture.url}")
        assert (status, body) == (200, first.body)
        assert headers["Memento-Datetime"] == f"{capture.taken:%a, %d %b %Y %H:%M:%S} GMT"
    status, headers, _ = get(f"{machine.url}/web/20260714000000id_/{first.url}")
    assert status == 302
    assert f"/web/{first.timestamp}id_/" in headers["Location"]
    assert get(f"{machine.url}/web/20260714000000id_/https://wartaekonomi.co.id/read2/none")[0] == 404


def test_a_site_that_is_excluded_is_refused(captures, tmp_path):
    with Wayback(tmp_path, captures[:2]) as machine:
        machine.exclude("wartaekonomi")
        status, _, body = get(f"{machine.url}/cdx/search/cdx?url=wartaekonomi.co.id&matchType=domain")
        assert status == 403
        assert b"AdministrativeAccessControlException" in body
        status, _, body = get(f"{machine.url}/web/{captures[0].timestamp}id_/{captures[0].url}")
        assert status == 403
        assert b"excluded" in body


def test_the_lock_of_pywb_names_hashes_and_no_host():
    text = LOCK.read_text(encoding="utf-8")
    assert "pywb==2.10.0" in text
    assert text.count("--hash=sha256:") > 100
    assert "://" not in text
