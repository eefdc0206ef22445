"""Pages as WARC 1.1 files: written so that a kill costs at most the last record, read whoever wrote them.

Every record is a gzip member of its own, written by warcio in one piece; a file is full at `ROLL_BYTES` and the next
one begins. Nobody else writes to a file: it is made anew and locked until it is closed or its process ends, however it
ends. What a kill left half written is cut away by `mend`, which also finds what the index does not know yet.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from fastwarc.stream_io import BrotliReader, ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

FOLDER = "archive"
# Our own files are told by their names: only they are ever cut.
PREFIX, SUFFIX = "warta-", ".warc.gz"
# What `files` takes for a WARC file in a folder.
SUFFIXES = (".warc", ".warc.gz", ".warc.zst", ".warc.lz4")
# Size at which a file is full (setting ARCHIVE_FILE_BYTES); 1 GB is what archives recommend, at most a record more.
ROLL_BYTES = 1_000_000_000
# Bytes of an unpacked document that are read; a page of the portal has about 80 KB.
MOST_BYTES = 8 * 1024 * 1024

# Our own fields, next to those of the standard: the discovery source of an article, and where its portal stood.
VIA = "Wartacrawl-Via"
PORTAL = "portal"
JOB = "job"

Kind = Literal["response", "resource"]
Headers = list[tuple[str, str]]
Extra = dict[str, str]

# Packing twice saves nothing: bodies that come compressed are only wrapped.
_LEVEL, _LEVEL_PACKED = 6, 1
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
# Bytes of a gzip member before which not even the first line of a record need be out.
_PACKED_LINE = 400


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer as they were on the wire; `body` is still packed as `Content-Encoding` says.

    `fetched_at` is aware. A document a browser made has no status line of its own: see `Writer.write_rendered`.
    """

    url: str
    fetched_at: datetime
    status: int
    reason: str
    headers: Headers
    body: bytes
    method: str
    request_headers: Headers
    request_body: bytes = b""
    protocol: str = "HTTP/1.1"
    ip_address: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in an archive: what it is and where it stands (byte `offset` of its record in `file`).

    `portal` is the origin it was asked from, None where the archive does not say; `fetched_at` is aware.
    """

    file: str
    offset: int
    url: str
    fetched_at: datetime
    kind: Kind
    status: int
    content_type: str | None
    via: str | None = None
    portal: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The body of an archived document, unpacked, and its Content-Type header."""

    body: bytes
    content_type: str | None


class Memory(Protocol):
    """What the index needs of the ledger."""

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the write lock."""

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement that reads and return its rows."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Run a statement that writes and return its cursor."""


# -- writing --------------------------------------------------------------------------------------------------------


class Writer:
    """The WARC files of one crawl. `info` goes into the first record of each: who wrote it, how, from where.

    Every method raises `OSError` when the folder cannot be written; nothing of a failed exchange stays behind.
    """

    def __init__(self, folder: Path, *, info: Mapping[str, str], roll_bytes: int = ROLL_BYTES) -> None:
        self.folder = folder
        self._info = dict(info)
        self._roll_bytes = roll_bytes
        self._number = 0
        self._descriptor: int | None = None
        self._name = ""
        self._length = 0

    @property
    def name(self) -> str:
        """The file that is being written, "" before the first record."""
        return self._name

    @property
    def length(self) -> int:
        """The bytes written to it."""
        return self._length

    def write(self, exchange: Exchange) -> Entry:
        """Append a request and its response, and say where the response stands."""
        offset = self._make_room()
        builder = _Builder(exchange.fetched_at)
        response = builder.response(exchange)
        self._append(builder.packed(response), builder.packed(builder.request(exchange, response)))
        header = _header(exchange.headers, "content-type")
        return self._entry(exchange.url, offset, exchange.fetched_at, "response", exchange.status, header, exchange.via)

    def write_rendered(self, url: str, html: str, fetched_at: datetime, *, via: str | None = None) -> Entry:
        """Append a document as a browser showed it (UTF-8), as a resource record, and say where it stands."""
        offset = self._make_room()
        builder = _Builder(fetched_at)
        content_type = "text/html; charset=utf-8"
        self._append(builder.packed(builder.resource(url, html.encode("utf-8", "replace"), content_type, via)))
        return self._entry(url, offset, fetched_at, "resource", 200, content_type, via)

    def _entry(
        self,
        url: str,
        offset: int,
        fetched_at: datetime,
        kind: Kind,
        status: int,
        content_type: str | None,
        via: str | None,
    ) -> Entry:
        portal, job = self._info.get(PORTAL), self._info.get(JOB)
        return Entry(self._name, offset, url, fetched_at, kind, status, content_type, via, portal, job)

    def _make_room(self) -> int:
        """Open the first file, or the next one when this is full; return the offset of the next record."""
        if self._descriptor is not None and self._length >= self._roll_bytes:
            self.close()
        if self._descriptor is None:
            self._open()
            builder = _Builder(datetime.now(UTC))
            self._append(builder.packed(builder.info(self._name, self._info)))
        return self._length

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        while self._descriptor is None:
            self._name = f"{PREFIX}{stamp}-{socket.gethostname()}-{os.getpid()}-{self._number:05}{SUFFIX}"
            self._number += 1
            try:
                descriptor = os.open(self.folder / self._name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            except FileExistsError:
                continue  # a container may give every crawl the same host name and process number
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                self._descriptor = descriptor
            else:
                os.close(descriptor)  # another crawl mended the new file away before it was locked
        self._length = 0

    def _append(self, *members: bytes) -> None:
        """Write whole members in one piece, so that a kill tears at most the last of them."""
        assert self._descriptor is not None  # noqa: S101 - _make_room has opened it
        data = b"".join(members)
        written = 0
        try:
            while written < len(data):
                written += os.pwrite(self._descriptor, data[written:], self._length + written)
        except OSError:
            os.ftruncate(self._descriptor, self._length)
            raise
        self._length += len(data)

    def close(self) -> None:
        """Bring the file to the disk and let go of it."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


class _Builder:
    """Records of one moment, as warcio makes them."""

    def __init__(self, moment: datetime) -> None:
        self._date = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._buffer = BytesIO()
        self._writer = WARCWriter(self._buffer, gzip=False, warc_version="WARC/1.1")
        # Of a resource the whole block is the payload, whose digest it has; a second one fastwarc takes for wrong.
        self._writer.NO_PAYLOAD_DIGEST_TYPES = (*WARCWriter.NO_PAYLOAD_DIGEST_TYPES, "resource")

    def info(self, name: str, info: Mapping[str, str]) -> Any:
        fields = {"format": "WARC File Format 1.1", **info}
        record = self._writer.create_warcinfo_record(name, fields)
        record.rec_headers.replace_header("WARC-Date", self._date)
        return record

    def response(self, exchange: Exchange) -> Any:
        extra = self._extra(exchange.via)
        if exchange.ip_address:
            extra["WARC-IP-Address"] = exchange.ip_address
        # The body is no longer chunked, and its length is known.
        kept = [one for one in exchange.headers if one[0].lower() not in {"transfer-encoding", "content-length"}]
        head = StatusAndHeaders(
            f"{exchange.status} {exchange.reason}".strip(),
            [*kept, ("Content-Length", str(len(exchange.body)))],
            protocol=exchange.protocol,
        )
        return self._record(exchange.url, "response", exchange.body, extra, http_headers=head)

    def request(self, exchange: Exchange, response: Any) -> Any:
        parts = urlsplit(exchange.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = exchange.request_headers
        if not _header(headers, "host"):
            headers = [("Host", parts.netloc), *headers]
        head = StatusAndHeaders(f"{exchange.method} {target} HTTP/1.1", headers, is_http_request=True)
        extra = {
            "WARC-Date": self._date,
            "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
        }
        return self._record(exchange.url, "request", exchange.request_body, extra, http_headers=head)

    def resource(self, url: str, body: bytes, content_type: str, via: str | None) -> Any:
        return self._record(url, "resource", body, self._extra(via), warc_content_type=content_type)

    def _extra(self, via: str | None) -> Extra:
        return {"WARC-Date": self._date, **({VIA: via} if via else {})}

    def _record(self, url: str, kind: str, body: bytes, extra: Extra, **more: Any) -> Any:
        return self._writer.create_warc_record(
            url, kind, payload=BytesIO(body), length=len(body), warc_headers_dict=extra, **more
        )

    def packed(self, record: Any) -> bytes:
        """Return a record as a gzip member."""
        is_packed = record.http_headers is not None and record.http_headers.get_header("Content-Encoding")
        self._writer.write_record(record)
        packer = zlib.compressobj(_LEVEL_PACKED if is_packed else _LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        member = packer.compress(self._buffer.getvalue()) + packer.flush()
        self._buffer.seek(0)
        self._buffer.truncate()
        return member


def _header(headers: Headers, name: str) -> str | None:
    return next((value for known, value in headers if known.lower() == name), None)


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; tell whether it is ours, which it is not where there are no such locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# -- reading --------------------------------------------------------------------------------------------------------


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the WARC files among paths, folders searched, each once, in the order of their names.

    Raises `FileNotFoundError` for a path that is not there or a folder without any.
    """
    found: dict[Path, None] = {}
    for path in paths:
        here = sorted(one for one in path.rglob("*") if one.name.endswith(SUFFIXES)) if path.is_dir() else [path]
        if not here or not all(one.is_file() for one in here):
            raise FileNotFoundError(f"{path} is no WARC file and no folder with any: name one, such as output/archive.")
        found.update(dict.fromkeys(here))
    return list(found)


def scan(path: Path) -> list[Entry]:
    """Return the documents (responses and resources) of a file; a torn last one is left out.

    Raises `UnseekableError` when single records cannot be read later, `OSError` when it is no WARC file.
    """
    entries: list[Entry] = []
    try:
        entries.extend(_scan(path))
    except (OSError, ValueError) as error:
        if not _is_torn_in_first_line(path):
            raise OSError(f"{path} is no WARC file, or a broken one ({error}): leave it out or mend it.") from error
    # Where several records are packed together, they stand at the same place, or where none begins.
    if len({entry.offset for entry in entries}) < len(entries) or not all(
        _stands(path, entry) for entry in entries[:: max(len(entries) // 2, 1)]
    ):
        raise UnseekableError(f"{path} is compressed as one piece")
    if entries and not _is_whole(path, entries[-1]):
        entries.pop()
    return entries


def _scan(path: Path) -> Iterator[Entry]:
    info: dict[str, str] = {}
    wanted = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.warcinfo
    for record in ArchiveIterator(str(path), record_types=wanted):
        if record.record_type == WarcRecordType.warcinfo:
            info = _read_info(record)
        else:
            yield from _read_entry(record, path.name, info)


def _is_torn_in_first_line(path: Path) -> bool:
    """Tell whether what ends a file is the beginning of a record, too short for its very name."""
    with path.open("rb") as stream:
        if stream.read(2) == _GZIP:
            size = os.fstat(stream.fileno()).st_size
            return size - whole_length(stream.fileno()) < _PACKED_LINE
        stream.seek(-min(stream.seek(0, os.SEEK_END), 16), os.SEEK_END)
        last, mark, torn = stream.read().rpartition(b"\r\n\r\n")
        return bool(last and mark and torn) and b"WARC/1.".startswith(torn)


def _stands(path: Path, entry: Entry) -> bool:
    """Tell whether a document can be found at its place."""
    with path.open("rb") as stream:
        return _at(stream, entry, parse_http=False) is not None


def _is_whole(path: Path, entry: Entry) -> bool:
    """Tell whether a document has all the bytes it says it has."""
    with path.open("rb") as stream:
        record = _at(stream, entry, parse_http=False)
        length = record.headers.get("Content-Length")  # the header itself may be torn before it
        return length is not None and len(_read(record.reader, int(length) + 1)) == int(length)


def _at(stream: Any, entry: Entry, **options: Any) -> Any:
    """Return the record of a document, None where another one stands, or none."""
    stream.seek(entry.offset)
    try:
        record = next(iter(ArchiveIterator(stream, **options)), None)
    except OSError:
        return None
    return record if record is not None and _address(record) == entry.url else None


class UnseekableError(Exception):
    """A file compressed as one piece: single records cannot be read without all before them."""


def _read_info(record: Any) -> dict[str, str]:
    lines = record.reader.read().decode("utf-8", "replace").splitlines()
    fields = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in fields}


def _read_entry(record: Any, name: str, info: Mapping[str, str]) -> Iterator[Entry]:
    is_resource = record.record_type == WarcRecordType.resource
    url, date = _address(record), _moment(record.headers.get("WARC-Date"))
    if not url or date is None or not (is_resource or record.is_http_parsed):
        return
    yield Entry(
        file=name,
        offset=record.stream_pos,
        url=url,
        fetched_at=date,
        kind="resource" if is_resource else "response",
        status=200 if is_resource else _status(record),
        content_type=_one((record.headers if is_resource else record.http_headers).get("Content-Type")),
        via=_one(record.headers.get(VIA)),
        portal=info.get(PORTAL),
        job=info.get(JOB),
    )


def _one(text: Any) -> Any:
    """Return the same object for the same words: a replay keeps an entry for every page there is."""
    return sys.intern(text) if isinstance(text, str) else text


def _address(record: Any) -> str:
    return (record.headers.get("WARC-Target-URI") or "").strip("<>")  # wget writes them


def _status(record: Any) -> int:
    return record.http_headers.status_code or 0


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class Reader:
    """Single documents of archive files, which stay open from one to the next."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._stream: Any = None

    def read(self, path: Path, entry: Entry) -> Document:
        """Return a document, unpacked.

        Raises `OSError` when it does not stand there, cannot be unpacked, or has more than `MOST_BYTES`.
        """
        if path != self._path:
            self.close()
            self._path, self._stream = path, path.open("rb")
        record = _at(self._stream, entry, auto_decode="transfer")
        if record is None:
            raise OSError(f"{entry.url} does not stand at byte {entry.offset} of {path}")
        headers = record.http_headers if record.is_http_parsed else record.headers
        encoding = headers.get("Content-Encoding") or ""
        body = _unpack(_read(record.reader, MOST_BYTES + 1), encoding.strip().lower())
        if len(body) > MOST_BYTES:
            raise OSError(f"{entry.url} at byte {entry.offset} of {path} has more than {MOST_BYTES:,} bytes")
        return Document(body, headers.get("Content-Type"))

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._path = self._stream = None


def _unpack(body: bytes, encoding: str) -> bytes:
    """Undo a Content-Encoding, up to a byte more than `MOST_BYTES`.

    Some archives keep bodies unpacked under the header of packed ones: what is not packed stays as it is.
    """
    if encoding in {"br", "zstd"}:
        reader = (BrotliReader if encoding == "br" else ZstdReader)(BytesIO(body))
        try:
            return _read(reader, MOST_BYTES + 1)
        except OSError:
            body.decode()  # raises for what is no text
            return body
    if body.startswith(_GZIP):
        return _inflate(body, zlib.MAX_WBITS + 16)
    if encoding == "deflate":
        # Servers send it with and without the header of zlib.
        for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            with suppress(zlib.error):
                return _inflate(body, window)
    return body


def _inflate(body: bytes, window: int) -> bytes:
    packed = zlib.decompressobj(window)
    plain = packed.decompress(body, MOST_BYTES + 1)
    if not packed.eof and len(plain) <= MOST_BYTES:
        raise OSError("its packed body is torn")
    return plain


def _read(reader: Any, most: int) -> bytes:
    pieces: list[bytes] = []
    while most > 0 and (piece := reader.read(most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


@contextmanager
def expanded(path: Path, folder: Path) -> Iterator[Path]:
    """Give a file that is compressed as one piece as a plain one of the same name in `folder`, as long as it lasts."""
    target = folder / (path.name.removesuffix(".gz") + ".plain")
    with path.open("rb") as stream, target.open("wb") as plain:
        for record in ArchiveIterator(stream, parse_http=False):
            record.write(plain)
    try:
        yield target
    finally:
        target.unlink()


# -- the index ------------------------------------------------------------------------------------------------------

_SCHEMA = """
CREATE TABLE IF NOT EXISTS archive_files (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, length INTEGER NOT NULL, portal TEXT, job TEXT);
CREATE TABLE IF NOT EXISTS archive (
  file INTEGER NOT NULL, offset INTEGER NOT NULL, url TEXT NOT NULL, fetched TEXT NOT NULL, kind TEXT NOT NULL,
  status INTEGER NOT NULL, content_type TEXT, via TEXT, PRIMARY KEY (file, offset)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS archive_url ON archive (url, fetched);
"""
_COLUMNS = "name, offset, url, fetched, kind, status, content_type, via, portal, job"


class Index:
    """Which documents stand where in the files of a folder, `OUTPUT_DIR/archive/`: two tables in the ledger.

    A file is known up to a length; what lies beyond is not lost, `mend` reads it from the file itself.
    """

    def __init__(self, ledger: Memory, folder: Path) -> None:
        self.folder = folder
        self._ledger = ledger

    def make(self) -> None:
        """Make the tables where they are missing."""
        with self._ledger.transaction():
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._ledger.execute(statement)

    def exists(self) -> bool:
        """Tell whether the tables are there; without them nothing else may be asked."""
        return bool(self._ledger.query("SELECT 1 FROM sqlite_master WHERE name = 'archive_files'"))

    def is_complete(self, path: Path) -> bool:
        """Tell whether all of a file is known; False for one that stands in another folder."""
        return path.resolve().parent == self.folder.resolve() and self.length(path.name) == path.stat().st_size

    def length(self, name: str) -> int:
        """Return up to which byte a file is known, 0 for one that is not."""
        rows = self._ledger.query("SELECT length FROM archive_files WHERE name = ?", (name,))
        return int(rows[0][0]) if rows else 0

    def add(self, name: str, length: int, entries: Iterable[Entry]) -> None:
        """Remember documents of a file, which is `length` bytes long with them."""
        found = list(entries)
        portal, job = (found[0].portal, found[0].job) if found else (None, None)
        with self._ledger.transaction():
            rows = self._ledger.execute(
                "INSERT INTO archive_files (name, length, portal, job) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
                " SET length = excluded.length, portal = coalesce(portal, excluded.portal),"
                " job = coalesce(job, excluded.job) RETURNING id",
                (name, length, portal, job),
            ).fetchall()
            for one in found:
                self._ledger.execute(
                    "INSERT INTO archive (file, offset, url, fetched, kind, status, content_type, via)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (
                        rows[0][0], one.offset, one.url, one.fetched_at.isoformat(), one.kind, one.status,
                        one.content_type, one.via,
                    ),
                )  # fmt: skip

    def forget(self, name: str) -> None:
        """Forget a file that is gone or was cut short from outside."""
        with self._ledger.transaction():
            self._ledger.execute(
                "DELETE FROM archive WHERE file IN (SELECT id FROM archive_files WHERE name = ?)", (name,)
            )
            self._ledger.execute("DELETE FROM archive_files WHERE name = ?", (name,))

    def entries(self, name: str) -> list[Entry]:
        """Return the documents of a file."""
        return self._select("WHERE name = ? ORDER BY offset", name)

    def find(self, url: str) -> list[Entry]:
        """Return every document that came from an address, oldest first."""
        return self._select("WHERE url = ? ORDER BY fetched", url)

    def _select(self, condition: str, value: str) -> list[Entry]:
        statement = f"SELECT {_COLUMNS} FROM archive JOIN archive_files ON id = file {condition}"  # noqa: S608 - constants
        return [
            Entry(
                _one(row[0]), row[1], row[2], datetime.fromisoformat(row[3]), _one(row[4]), row[5], *map(_one, row[6:])
            )
            for row in self._ledger.query(statement, (value,))
        ]


def mend(index: Index) -> int:
    """Cut torn tails in the index's folder, index what it lacks, and return how many files were cut.

    Files that another crawl is writing are left alone, and so are those that are not ours. Raises `OSError` when the
    folder cannot be written.
    """
    cut = 0
    for path in sorted(index.folder.glob(f"{PREFIX}*{SUFFIX}")):
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue  # another crawl mends, too
        try:
            if try_lock(descriptor) and os.fstat(descriptor).st_nlink:
                cut += _mend(path, descriptor, index)
        finally:
            os.close(descriptor)
    return cut


def _mend(path: Path, descriptor: int, index: Index) -> bool:
    size, known = os.fstat(descriptor).st_size, index.length(path.name)
    if size == known and size:
        return False
    if size < known:
        index.forget(path.name)
        known = 0
    end = whole_length(descriptor, known)
    if end < size:
        os.ftruncate(descriptor, end)
        os.fsync(descriptor)
    if not end:
        path.unlink()
        return True
    # From the beginning: the first record says where the documents come from.
    index.add(path.name, end, [entry for entry in scan(path) if entry.offset >= known])
    return end < size


def whole_length(descriptor: int, start: int = 0) -> int:
    """Return where the last whole gzip member of an open file ends, looking from the end of another one (`start`)."""
    end = position = start
    packed = zlib.decompressobj(zlib.MAX_WBITS + 16)
    rest = b""
    while data := rest or os.pread(descriptor, _CHUNK, position):
        position += 0 if rest else len(data)
        try:
            packed.decompress(data)
        except zlib.error:
            break
        rest = packed.unused_data
        if packed.eof:
            end = position - len(rest)
            packed = zlib.decompressobj(zlib.MAX_WBITS + 16)
    return end
