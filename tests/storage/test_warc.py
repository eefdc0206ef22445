"""WARC files: written so that others can read them, cut where a kill tore them, read whoever wrote them."""

import gzip
import io
import os
import random
import resource
import subprocess
import sys
import time
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastwarc.stream_io import BrotliWriter, ZstdWriter
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.articles import python
from wartacrawl.storage import warc, warc_reading, warc_writing
from wartacrawl.storage.members import whole_length

AT = datetime(2026, 7, 12, 5, 30, 0, 123456, UTC)
INFO = {"software": "a test", warc.PORTAL: "http://127.0.0.1:8000", warc.JOB: "job-1"}
BIN = Path(sys.executable).parent


def exchange(number=1, **changes):
    body = f"<html><body><h1>Berita {number}</h1>{number * 7919}</body></html>".encode() * 20
    made = {
        "url": f"http://127.0.0.1:8000/read{number}/berita?page=all",
        "fetched_at": AT + timedelta(seconds=number),
        "status": 200,
        "reason": "OK",
        "headers": [("Content-Type", "text/html; charset=UTF-8"), ("X-Two", "a"), ("X-Two", "b")],
        "body": body,
        "method": "GET",
        "request_headers": [("User-Agent", "wartacrawl/0.1"), ("Accept-Language", "id")],
        "ip_address": "127.0.0.1",
        "via": "rss",
        **changes,
    }
    return warc.Exchange(**made)


def write(folder, numbers, **options):
    """Write exchanges and return where they stand."""
    with closing(warc_writing.Writer(folder, info=INFO, **options)) as writer:
        return [writer.write(exchange(number)) for number in numbers]


def only_file(folder):
    (path,) = folder.iterdir()
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "archive"


def scan(path):
    return warc_reading.scan(path).entries


def read(folder, entry):
    with closing(warc_reading.Reader()) as reader:
        return reader.read(folder / entry.file, entry).body


# -- writing --------------------------------------------------------------------------------------------------------


def test_an_exchange_is_a_response_and_its_request_as_they_were_on_the_wire(folder):
    packed = gzip.compress(b"<html>Rupiah</html>")
    headers = [("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        writer.write(exchange(status=404, reason="Not Found", headers=headers, body=packed))
    with only_file(folder).open("rb") as stream:
        found = ArchiveIterator(stream, check_digests="raise")
        records = [(record, record.raw_stream.read()) for record in found]
    (info, text), (response, body), (request, _) = records
    assert [record.rec_type for record, _ in records] == ["warcinfo", "response", "request"]
    assert b"software: a test" in text
    assert body == packed
    assert response.http_headers.statusline == "404 Not Found"
    assert response.http_headers.get_header("Content-Length") == str(len(packed))
    assert response.http_headers.get_header("Transfer-Encoding") is None
    assert response.rec_headers.get_header("WARC-Date") == "2026-07-12T05:30:01.123456Z"
    assert response.rec_headers.get_header("WARC-IP-Address") == "127.0.0.1"
    assert request.http_headers.get_header("Host") == "127.0.0.1:8000"
    assert request.http_headers.protocol == "GET"
    assert request.http_headers.statusline == "/read1/berita?page=all HTTP/1.1"
    concurrent = request.rec_headers.get_header("WARC-Concurrent-To")
    assert concurrent == response.rec_headers.get_header("WARC-Record-ID")
    assert info.rec_headers.protocol == "WARC/1.1"


def test_other_tools_find_nothing_wrong(folder):
    write(folder, range(20), roll_bytes=5_000)
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        writer.write_rendered("http://127.0.0.1:8000/indeks", "<html>Sawit “naik”</html>", AT)
    files = sorted(map(str, folder.iterdir()))
    assert len(files) > 2
    said = subprocess.run([BIN / "warcio", "check", "-v", *files], capture_output=True, text=True, check=True).stdout
    assert said.count("digest pass") >= 40
    assert "fail" not in said
    assert "no digest to check" not in said.replace("WARC-Record-Type warcinfo", "")
    for file in files:
        subprocess.run([BIN / "fastwarc", "check", "-q", "-p", file], capture_output=True, check=True)
    records = [record.record_type for file in files for record in FastIterator(file)]
    assert records.count(WarcRecordType.response) == records.count(WarcRecordType.request) == 20
    assert records.count(WarcRecordType.resource) == 1
    assert records.count(WarcRecordType.warcinfo) == len(files)


def test_each_document_can_be_read_at_its_place_alone(folder):
    entries = write(folder, range(8))
    for number in random.Random(1).sample(range(8), 8):
        assert read(folder, entries[number]) == exchange(number).body
    assert scan(only_file(folder)) == entries
    assert {(entry.portal, entry.job, entry.via) for entry in entries} == {("http://127.0.0.1:8000", "job-1", "rss")}


def test_a_full_file_is_followed_by_the_next(folder):
    entries = write(folder, range(12), roll_bytes=2_500)
    files = sorted(folder.iterdir())
    assert len(files) > 2
    assert [entry.file for entry in entries] == sorted(entry.file for entry in entries)
    largest = max(len(file.read_bytes()) for file in files)
    assert 2_500 <= largest < 2_500 + 2_000
    assert [entry for file in files for entry in scan(file)] == entries


def test_a_rendered_page_is_a_resource_in_utf_8(folder):
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        entry = writer.write_rendered("http://127.0.0.1:8000/indeks", "<p>“Sawit”</p>", AT, via="indeks:2026-07-12")
    (found,) = scan(only_file(folder))
    assert found == entry
    assert (found.kind, found.status, found.via) == ("resource", 200, "indeks:2026-07-12")
    with closing(warc_reading.Reader()) as reader:
        document = reader.read(only_file(folder), found)
    assert document.body.decode() == "<p>“Sawit”</p>"
    assert document.content_type == "text/html; charset=utf-8"


def test_a_disk_that_is_full_leaves_nothing_of_the_failed_exchange(folder):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        entry = writer.write(exchange(1))
        length = only_file(folder).stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (length + 100, limits[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                writer.write(exchange(2))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert only_file(folder).stat().st_size == length
        later = writer.write(exchange(3))
    assert scan(only_file(folder)) == [entry, later]


# -- torn tails -----------------------------------------------------------------------------------------------------


def left_open(folder):
    """Give the only file the name it has when a crawl is killed, and return its path."""
    path = only_file(folder)
    return path.rename(path.with_name(path.name + warc.OPEN))


def test_wherever_a_file_is_torn_the_whole_records_before_stay(folder):
    entries = write(folder, range(3))
    path = only_file(folder)
    whole = path.read_bytes()
    ends = [entry.offset for entry in entries]
    for cut in [*range(ends[-1] - 3, len(whole)), *range(0, ends[-1], 37)]:
        path.write_bytes(whole[:cut])
        before = [entry for entry, after in zip(entries, [*ends[1:], None], strict=True) if after and after <= cut]
        opened = left_open(folder)
        assert scan(opened)[: len(before)] == before
        warc_writing.mend(folder)
        assert not opened.exists()
        if not path.exists():
            assert cut < ends[0]
            continue
        left = path.stat().st_size
        assert left <= cut
        assert whole.startswith(path.read_bytes())
        assert scan(path)[: len(before)] == before
        with path.open("rb") as stream:
            assert whole_length(stream.fileno()) == left


def test_garbage_behind_the_last_record_is_cut(folder):
    entries = write(folder, range(3))
    path = only_file(folder)
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 5_000)
    assert warc_writing.mend(folder) == 0, "a file that was closed is left alone"
    left_open(folder)
    assert warc_writing.mend(folder) == 1
    assert path.read_bytes() == whole
    assert scan(path) == entries
    assert warc_writing.mend(folder) == 0


def test_a_file_is_open_by_its_name_until_it_is_closed(folder):
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        entry = writer.write(exchange(1))
        assert only_file(folder).name == entry.file + warc.OPEN
        assert scan(only_file(folder)) == [entry]
        with closing(warc_reading.Reader()) as reader:
            path = only_file(folder)
            writer.close()
            assert reader.read(path, entry).body == exchange(1).body
    assert only_file(folder).name == entry.file


def test_a_name_that_is_taken_is_not_used(folder, monkeypatch):
    (first,) = write(folder, [1])
    monkeypatch.setattr(warc_writing.socket, "gethostname", lambda: "host")
    stamp = first.file.split("-")[1]
    taken = folder / f"{warc.PREFIX}{stamp}-host-{os.getpid()}-00000.warc.gz"
    taken.write_bytes(b"milik saya")
    (entry,) = write(folder, [2])
    assert taken.read_bytes() == b"milik saya"
    assert read(folder, entry) == exchange(2).body


def test_a_link_is_not_opened_for_writing(folder, tmp_path):
    write(folder, [1])
    target = tmp_path / "target"
    only_file(folder).rename(target)
    target.write_bytes(target.read_bytes() + b"garbage")
    before = target.read_bytes()
    (folder / "warta-x.warc.gz.open").symlink_to(target)
    assert warc_writing.mend(folder) == 0
    assert target.read_bytes() == before


def test_files_that_are_being_written_and_files_of_others_are_left_alone(folder):
    write(folder, [1])
    stranger = folder / "crawl-2020.warc.gz.open"
    stranger.write_bytes(only_file(folder).read_bytes()[:-40])
    empty = folder / "other.warc.gz"
    empty.touch()
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        path = folder / (writer.write(exchange(2)).file + warc.OPEN)
        with path.open("ab") as other:
            other.write(b"\x1f\x8b half a member")
        before = {file: file.read_bytes() for file in folder.iterdir()}
        assert warc_writing.mend(folder) == 0
        assert {file: file.read_bytes() for file in folder.iterdir()} == before
        os.close(os.dup(writer._descriptor))  # a lock ends with the last descriptor alone
    # The crawl that wrote it ended well: it is closed, garbage and all, which readers leave out.
    assert len(scan(folder / path.name.removesuffix(warc.OPEN))) == 1


WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from tests.storage.test_warc import INFO, exchange
from wartacrawl.storage import warc_writing
writer = warc_writing.Writer(Path(sys.argv[1]), info=INFO, roll_bytes=int(sys.argv[2]))
for number in itertools.count():
    entry = writer.write(exchange(number))
    print(entry.file, entry.offset, number, flush=True)
"""


def test_what_was_written_before_a_kill_is_there_and_readable(folder):
    rng = random.Random(20_260_712)
    told = []
    for _ in range(4):
        process = python(WRITE_FOR_EVER, folder, 30_000)
        lines = [process.stdout.readline() for _ in range(rng.randrange(5, 60))]
        time.sleep(rng.uniform(0, 0.01))
        process.kill()
        rest = process.stdout.read()
        process.communicate()
        told += [line.split() for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]
        warc_writing.mend(folder)
    found = {(entry.file, entry.offset): entry for path in folder.iterdir() for entry in scan(path)}
    assert len(told) >= 20
    for file, offset, number in told:
        assert read(folder, found[file, int(offset)]) == exchange(int(number)).body


MEND_FOR_EVER = """
import sys
from pathlib import Path
from wartacrawl.storage import warc_writing
print("ready", flush=True)
while True:
    warc_writing.mend(Path(sys.argv[1]))
"""


def test_files_that_begin_while_others_mend_are_left_alone(folder):
    folder.mkdir()
    menders = [python(MEND_FOR_EVER, folder) for _ in range(2)]
    try:
        for mender in menders:
            assert mender.stdout.readline() == "ready\n", mender.stderr.read()
        entries = write(folder, range(150), roll_bytes=1)  # a file for each
        assert [mender.poll() for mender in menders] == [None, None], [m.stderr.read() for m in menders if m.poll()]
    finally:
        for mender in menders:
            mender.kill()
            mender.communicate()
    assert len({entry.file for entry in entries}) == 150
    assert all(read(folder, entry) == exchange(number).body for number, entry in enumerate(entries))


# -- files of others ------------------------------------------------------------------------------------------------


def foreign(*, packed, brackets=False, bodies=3):
    """Return a WARC 1.0 file as warcio alone writes it."""
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "another crawler"}))
    for number in range(bodies):
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        url = f"https://wartaekonomi.co.id/read{number}/x"
        body = f"<html>{number}</html>".encode() * 30
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=head,
            warc_headers_dict={"WARC-Date": "2026-07-12T05:30:00Z"},
        )
        if brackets:
            record.rec_headers.replace_header("WARC-Target-URI", f"<{url}>")
        writer.write_record(record)
    return buffer.getvalue()


def assert_foreign(path, number=3):
    entries = scan(path)
    assert [entry.url for entry in entries] == [f"https://wartaekonomi.co.id/read{n}/x" for n in range(number)]
    assert {(entry.portal, entry.via, entry.job) for entry in entries} == {(None, None, None)}
    assert {entry.fetched_at for entry in entries} == {datetime(2026, 7, 12, 5, 30, tzinfo=UTC)}
    with closing(warc_reading.Reader()) as reader:
        for n, entry in enumerate(entries):
            assert reader.read(path, entry).body == f"<html>{n}</html>".encode() * 30


@pytest.mark.parametrize("brackets", [False, True])
@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz"])
def test_files_of_other_writers_are_read(tmp_path, name, brackets):
    path = tmp_path / name
    path.write_bytes(foreign(packed=name.endswith(".gz"), brackets=brackets))
    assert_foreign(path)


@pytest.mark.parametrize(("algorithm", "suffix"), [("lz4", ".warc.lz4"), ("zstd", ".warc.zst")])
def test_other_ways_of_packing_are_read(tmp_path, algorithm, suffix):
    source, path = tmp_path / "x.warc.gz", tmp_path / f"x{suffix}"
    source.write_bytes(foreign(packed=True))
    subprocess.run([BIN / "fastwarc", "recompress", "-q", "-c", algorithm, source, path], check=True)
    assert_foreign(path)


def test_a_torn_file_of_another_is_read_up_to_the_tear_and_not_touched(tmp_path):
    for name in ("x.warc", "x.warc.gz"):
        path = tmp_path / name
        whole = foreign(packed=name.endswith(".gz"))
        path.write_bytes(whole)
        last = scan(path)[-1].offset
        for cut in range(last, len(whole) - 20, 7):
            path.write_bytes(whole[:cut])
            assert_foreign(path, 2)
            assert path.read_bytes() == whole[:cut]


@pytest.mark.parametrize("bodies", [1, 3, 3_000])
@pytest.mark.parametrize("follows", [b"", foreign(packed=True)])
def test_a_file_packed_as_one_piece_is_told_and_unpacked(tmp_path, bodies, follows):
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(foreign(packed=False, bodies=bodies)) + follows)
    with pytest.raises(warc_reading.UnseekableError):
        scan(path)
    with warc_reading.expanded(path, tmp_path) as plain:
        entries = scan(plain)
        assert len(entries) == bodies + (3 if follows else 0)
        assert read(tmp_path, entries[bodies - 1]) == f"<html>{bodies - 1}</html>".encode() * 30
    assert not plain.exists()


def test_what_is_no_warc_file_is_said_with_its_name(tmp_path):
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"no archive at all" * 50)
    with pytest.raises(OSError, match=r"x\.warc\.gz is not a WARC file"):
        scan(path)
    path.write_bytes(b"")
    assert scan(path) == []


def test_files_are_found_in_folders_once_and_in_order(tmp_path):
    for name in ("b.warc", "a/c.warc.gz", "a/d.warc.zst", "a/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [path.name for path in warc.files([tmp_path, tmp_path / "b.warc"])] == ["c.warc.gz", "d.warc.zst", "b.warc"]
    for missing in (tmp_path / "e.warc", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(FileNotFoundError, match="is neither a WARC file nor a folder with any"):
            warc.files([missing])


# -- reading single documents ---------------------------------------------------------------------------------------


def raw_deflate(body):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def through(writer):
    def pack(body):
        buffer = io.BytesIO()
        with writer(buffer) as stream:
            stream.write(body)
        return buffer.getvalue()

    return pack


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", through(BrotliWriter)),
        ("zstd", through(ZstdWriter)),
        ("identity", bytes),
        # Unpacked on the way, while the header stayed:
        ("gzip", bytes),
        ("br", bytes),
        ("zstd", bytes),
    ],
)
def test_bodies_come_unpacked(folder, encoding, pack):
    body = "Harga TBS naik, “petani” senang. ".encode() * 100
    headers = [("Content-Type", "text/html"), ("Content-Encoding", encoding)]
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        entry = writer.write(exchange(1, headers=headers, body=pack(body)))
    assert read(folder, entry) == body


def test_a_document_is_never_taken_for_another(folder):
    first, second = write(folder, range(2))
    for offset in (0, 1, second.offset, second.offset + 5):
        wrong = warc.Entry(first.file, offset, first.url, first.fetched_at, "response", 200, None)
        with pytest.raises(OSError, match=r"does not stand at byte|Invalid WARC"):
            read(folder, wrong)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("br", through(BrotliWriter))])
def test_a_torn_body_is_no_body(folder, encoding, pack):
    headers = [("Content-Type", "text/html"), ("Content-Encoding", encoding)]
    packed = pack(random.Random(1).randbytes(3_000))
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        entry = writer.write(exchange(1, headers=headers, body=packed[:-500]))
    with pytest.raises((OSError, ValueError)):
        read(folder, entry)


def test_a_document_that_unpacks_to_a_bomb_is_refused(folder):
    bomb = gzip.compress(b" " * (warc_reading.BODY_BYTES + 10))
    headers = [("Content-Type", "text/html"), ("Content-Encoding", "gzip")]
    with closing(warc_writing.Writer(folder, info=INFO)) as writer:
        entry = writer.write(exchange(1, headers=headers, body=bomb))
    with pytest.raises(OSError, match="has more than 8,388,608 bytes"):
        read(folder, entry)


# -- hostile and broken records -------------------------------------------------------------------------------------


def record(number=1, *, date="2026-07-12T05:30:00Z", warc_headers=b"", http_headers=b"", body=b"<html>Sawit</html>"):
    """Return a response of another crawler, byte by byte."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + http_headers + b"\r\n" + body
    url = f"https://wartaekonomi.co.id/read{number}/x".encode()
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: " + url + b"\r\nWARC-Date: " + date.encode() + b"\r\n"
    head += b"Content-Type: application/http; msgtype=response\r\n" + warc_headers
    return head + f"Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def scanned(path, *records, packed=True):
    path.write_bytes(b"".join(gzip.compress(one) if packed else one for one in records))
    return warc_reading.scan(path)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (record(2, date="0001-01-01T00:00:00+14:00"), "is not a date"),
        (record(2, date="9999-12-31T23:59:59-14:00"), "is not a date"),
        (record(2, date="yesterday"), "is not a date"),
        (record(2, date="2097-01-01T00:00:00Z"), "it is dated in the future (2097-01-01)"),
        (record(2, warc_headers=b"WARC-Truncated: length\r\n"), "it is truncated (length)"),
        (record(2, http_headers=b"a: b\r\n" * 500_000), "its headers cannot be read"),
        (record(2, http_headers=b"a: " + b"b" * 3_000_000 + b"\r\n"), "its headers cannot be read"),
        (record(2, warc_headers=b"a: b\r\n" * 500_000), "the record after byte"),
        (record(2, warc_headers=b"a: " + b"b" * 3_000_000 + b"\r\n"), "the record after byte"),
    ],
    ids=[
        "year 1",
        "year 9999",
        "no date",
        "future",
        "truncated",
        "many headers",
        "long header",
        "WARC many",
        "WARC long",
    ],
)
def test_one_bad_record_is_one_sentence_and_the_rest_is_read(tmp_path, bad, why):
    found = scanned(tmp_path / "x.warc.gz", record(1), bad, record(3), record(4))
    assert [entry.url[-3:] for entry in found.entries] == ["1/x", "3/x", "4/x"]
    (problem,) = found.problems
    assert why in problem
    assert problem.startswith("x.warc.gz: ")
    assert len(problem) < 300


def test_a_bad_first_record_costs_no_other(tmp_path):
    found = scanned(tmp_path / "x.warc.gz", record(2, warc_headers=b"a: b\r\n" * 500_000), record(3))
    assert [entry.url[-3:] for entry in found.entries] == ["3/x"]


def test_header_bombs_take_little_memory(tmp_path):
    path = tmp_path / "x.warc.gz"
    bombs = [record(n, http_headers=b"a: b\r\n" * 500_000, warc_headers=b"") for n in range(3)]
    path.write_bytes(b"".join(map(gzip.compress, [*bombs, record(9, warc_headers=b"c: d\r\n" * 500_000), record(10)])))
    child = python(
        "import resource, sys; from pathlib import Path; from wartacrawl.storage.warc_reading import scan\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; found = scan(Path(sys.argv[1]))\n"
        "print(len(found.entries), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)",
        path,
    )
    out, fault = child.communicate(timeout=60)
    entries, grown = map(int, out.split() or ["0", "0"])
    assert entries == 1, fault
    assert grown < 60_000


@pytest.mark.parametrize(
    ("body", "read_as"),
    [
        (b"<html>Sawit</html>", b"<html>Sawit</html>"),
        (b"5\r\nSawit\r\n5\r\n naik\r\n0\r\n\r\n", b"Sawit naik"),
        (b"5;x=1\r\nSawit\r\n0\r\nTrailer: a\r\n\r\n", b"Sawit"),
        (b"", b""),
        (b"12 persen naik\r\n", b"12 persen naik\r\n"),
        (b"5\r\nSawit naik terus", b"5\r\nSawit naik terus"),
    ],
)
def test_a_chunked_header_over_a_plain_body_is_read(tmp_path, body, read_as):
    made = record(1, http_headers=b"Transfer-Encoding: chunked\r\n", body=body)
    (entry,) = scanned(tmp_path / "x.warc.gz", made).entries
    assert read(tmp_path, entry) == read_as
