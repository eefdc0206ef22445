"""Whatever an archive answers, it ends in a listing, a record, or one sentence."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.archives import cdx, commoncrawl, records
from wartacrawl.archives.captures import Capture, Place
from wartacrawl.archives.source import Answer, ArchiveError, UnfitError
from wartacrawl.site.urls import ORIGIN

AT = datetime(2024, 2, 20, 22, 10, 55, tzinfo=UTC)
PLACE = Place("crawl-data/x.warc.gz", 100, 50)
CAPTURE = Capture(7, 1, f"{ORIGIN}/read7/kopi", AT, "A" * 32, PLACE, "commoncrawl:CC-MAIN-2024-10")
KEY = "id,co,wartaekonomi)/read7/kopi 20240220221055"
FIELDS = {
    "url": CAPTURE.url,
    "mime": "text/html",
    "status": "200",
    "digest": "A" * 32,
    "length": "50",
    "offset": "100",
    "filename": PLACE.file,
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["timestamp", "pages", "original"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*FIELDS, "pages", "x"]), inner),
    max_leaves=12,
)


def whole(data, first=0):
    """Return the answer of a server that has just these bytes."""
    return Answer(
        "http://x/y", 206, {"content-range": f"bytes {first}-{first + len(data) - 1}/{first + len(data)}"}, data
    )


def block(data):
    source = commoncrawl.CommonCrawl("CC-MAIN-2024-10", data_url="http://x", origin=ORIGIN)
    steps = source.read_page(commoncrawl.Block("cdx-00000.gz", 0, len(data)).page)
    next(steps)
    with pytest.raises((StopIteration, ArchiveError)) as caught:
        steps.send(whole(data))
    return caught.value


def listed(body, page="ask|wartaekonomi.co.id/read|"):
    server = cdx.CdxServer("cdx:x", "http://x/cdx", data_url="http://y", origin=ORIGIN)
    steps = server.read_page(page)
    next(steps)
    with pytest.raises((StopIteration, ArchiveError)) as caught:
        steps.send(Answer("http://x/cdx?", 200, {}, body))
    return caught.value


def test_a_sound_line_is_a_capture():
    data = gzip.compress(f"{KEY} {json.dumps(FIELDS)}\n".encode())
    assert block(data).value.captures == [CAPTURE]


@given(st.dictionaries(st.sampled_from([*FIELDS, "truncated"]), JSON))
def test_fields_of_any_kind_are_a_capture_or_a_sentence(changes):
    data = gzip.compress(f"{KEY} {json.dumps({**FIELDS, **changes})}\n{KEY} {json.dumps(FIELDS)}\n".encode())
    listing = block(data).value
    assert CAPTURE in listing.captures
    assert len(listing.captures) + len(listing.problems) <= 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offset", 10**30),
        ("offset", -1),
        ("length", 0),
        ("length", None),
        ("filename", "../../etc/passwd"),
        ("filename", "http://127.0.0.1/x"),
        ("filename", "//127.0.0.1/x"),
        ("filename", "x\ud800"),
        ("digest", "\ud800"),
        ("digest", "A B"),
    ],
)
def test_a_line_that_names_no_place_is_left_out(name, value):
    listing = block(gzip.compress(f"{KEY} {json.dumps({**FIELDS, name: value})}\n".encode())).value
    assert (listing.captures, len(listing.problems)) == ([], 1)


def test_an_address_cannot_add_lines_to_a_record():
    fields = {**FIELDS, "url": f"{CAPTURE.url}\r\n\r\n"}
    (capture,) = block(gzip.compress(f"{KEY} {json.dumps(fields)}\n".encode())).value.captures
    assert capture.url == CAPTURE.url
    fields = {**FIELDS, "url": f"{CAPTURE.url}\r\nX: y"}
    assert block(gzip.compress(f"{KEY} {json.dumps(fields)}\n".encode())).value.captures == []


@given(st.binary(max_size=200))
def test_lines_of_any_bytes_leave_the_others(junk):
    lines = [KEY.encode() + b" " + junk, f"{KEY} {json.dumps(FIELDS)}".encode()]
    assert CAPTURE in block(gzip.compress(b"\n".join(lines))).value.captures


@given(st.binary(max_size=300))
def test_a_block_of_any_bytes_is_one_sentence(data):
    assert "is not a block of an index" in str(block(data or b"x"))


@given(
    JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60),
    st.sampled_from(["ask", "page", "resume"]),
)
def test_any_answer_of_a_cdx_server_is_a_listing_or_a_sentence(body, how):
    found = listed(body, f"{how}|wartaekonomi.co.id/read|")
    assert isinstance(found, StopIteration) or "does not answer as a CDX server does" in str(found)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_status_that_is_no_answer_is_one_sentence(status):
    server = cdx.CdxServer("cdx:x", "http://x/cdx", data_url="http://y", origin=ORIGIN)
    steps = server.read_page("ask|wartaekonomi.co.id/read|")
    next(steps)
    with pytest.raises(ArchiveError, match=f"HTTP {status}: give the address of a CDX server"):
        steps.send(Answer("http://x/cdx", status, {}, b"<h1>Maaf"))


def test_the_query_server_of_common_crawl_says_that_there_is_nothing():
    server = cdx.CdxServer("cdx:x", "http://x/CC-MAIN-2024-10-index", data_url="http://y", origin=ORIGIN)
    steps = server.read_page("ask|wartaekonomi.co.id/read|")
    next(steps)
    with pytest.raises(StopIteration) as caught:
        steps.send(Answer("http://x/", 404, {}, b'{"message": "No Captures found for: x"}'))
    assert caught.value.value.captures == []
    assert server.ask_record(CAPTURE).headers["Range"] == "bytes=100-149"


# -- records ----------------------------------------------------------------------------------------------------------


def record(**changes):
    """Return a sound record, but for some of its headers."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Kopi</h1>"
    headers = {
        "WARC-Type": "response",
        "WARC-Target-URI": CAPTURE.url,
        "WARC-Date": "2024-02-20T22:10:55Z",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    head = "\r\n".join(["WARC/1.0", *(f"{name}: {value}" for name, value in headers.items() if value is not None)])
    return head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def test_a_sound_record_is_taken_as_it_is():
    data = gzip.compress(record())
    capture = Capture(7, 1, CAPTURE.url, AT, None, Place("x", 0, len(data)))
    assert commoncrawl.read_range_record(capture, whole(data)) == record()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"WARC_Type": "revisit"}, "not a response"),
        ({"WARC_Type": None}, "not a response"),
        ({"WARC_Target_URI": f"{ORIGIN}/read8/teh"}, "of https://wartaekonomi.co.id/read8/teh"),
        ({"WARC_Date": "2024-02-21T22:10:55Z"}, "at 20240221221055"),
        ({"WARC_Date": "kemarin"}, "at no moment"),
        ({"WARC_Truncated": "length"}, "truncated"),
        ({"Content_Length": "9"}, "bytes with its end"),
        ({"Content_Length": "-1"}, "bytes with its end"),
        ({"Content_Length": None}, "bytes with its end"),
    ],
)
def test_a_record_that_is_not_what_the_index_says_is_not_taken(changes, why):
    with pytest.raises(UnfitError, match=why):
        records.check(record(**changes), CAPTURE)


@given(st.binary(max_size=300))
def test_a_record_of_any_bytes_is_not_taken(data):
    with pytest.raises(UnfitError):
        records.check(data, CAPTURE)
    with pytest.raises(UnfitError):
        commoncrawl.read_range_record(CAPTURE, whole(data or b"x", 100))


def test_a_record_that_unpacks_to_too_much_is_not_taken():
    data = gzip.compress(bytes(records.RECORD_BYTES + 1))
    with pytest.raises(UnfitError, match="more than 8,388,608 bytes"):
        commoncrawl.read_range_record(Capture(7, 1, CAPTURE.url, AT, None, Place("x", 0, len(data))), whole(data))


def test_a_record_made_of_an_answer_is_one_that_is_checked():
    headers = {"content-type": "text/html", "x-archive-orig-server": "nginx", "x-archive-orig-content-length": "9"}
    made = records.build(CAPTURE, Answer("http://x", 200, headers, b"<h1>Kopi</h1>"))
    records.check(made, CAPTURE)
    assert b"server: nginx\r\n" in made
    assert made.count(b"content-length: 13\r\n") == 1
    assert records.build(CAPTURE, Answer("http://x", 200, headers, b"<h1>Kopi</h1>")) == made
