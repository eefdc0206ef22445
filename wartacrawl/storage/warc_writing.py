"""Writing pages as WARC 1.1 files, so that a kill costs at most the last record.

Every record is a gzip member of its own, written by warcio in one piece; a file is full at `ROLL_BYTES` and the next
one begins. A file has `.open` at the end of its name and is locked until it is closed or its process ends, however it
ends. What a kill left half written is cut off by `mend`, which also takes the `.open` away.
"""

from __future__ import annotations

import fcntl
import os
import socket
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from wartacrawl.storage.folder import sync, write_all
from wartacrawl.storage.members import whole_length
from wartacrawl.storage.warc import JOB, OPEN, PORTAL, PREFIX, SUFFIX, VIA, Entry, Exchange, Headers, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Extra = dict[str, str]

# Size at which a file is full (setting ARCHIVE_FILE_BYTES); 1 GB is what archives recommend, at most a record more.
ROLL_BYTES = 1_000_000_000
# Packing twice saves nothing: bodies that come compressed are only wrapped.
_LEVEL, _LEVEL_PACKED = 6, 1
_LENGTHS = {"transfer-encoding", "content-length"}


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
        self._entered: set[str] = set()  # files that are durably in their folder

    @property
    def _path(self) -> Path:
        return self.folder / (self._name + OPEN)

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

    def copy(self, records: Sequence[tuple[bytes, str]]) -> str:
        """Append records of another archive with the source of each, on the disk when it returns; return the file name.

        A record is unpacked and stays as it is, byte by byte, but for a `Wartacrawl-Via` header with its source.
        """
        self._make_room()
        name, descriptor = self._name, self._descriptor
        assert descriptor is not None  # noqa: S101 - _make_room has opened it
        self._append(*(_pack(_with_source(record, source), _LEVEL) for record, source in records))
        os.fsync(descriptor)
        if name not in self._entered:
            sync(self.folder)
            sync(self.folder.parent)
            self._entered.add(name)
        return name

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
            # A container may give every crawl the same host name and process number.
            try:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            except FileExistsError:
                continue
            if os.path.lexists(self.folder / self._name):
                self._path.unlink()
                os.close(descriptor)
                continue
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_at(self._path, descriptor):
                self._descriptor = descriptor
            else:
                os.close(descriptor)  # another crawl took the new file for a dead one before it was locked
        self._length = 0

    def _append(self, *members: bytes) -> None:
        """Write whole members in one piece, so that a kill tears at most the last of them."""
        assert self._descriptor is not None  # noqa: S101 - _make_room has opened it
        data = b"".join(members)
        try:
            write_all(self._descriptor, data, self._length)
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
                if is_at(self._path, descriptor):
                    finish(self._path)
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
        kept = [header for header in exchange.headers if header[0].lower() not in _LENGTHS]
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
        member = _pack(self._buffer.getvalue(), _LEVEL_PACKED if is_packed else _LEVEL)
        self._buffer.seek(0)
        self._buffer.truncate()
        return member


def _pack(record: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return packer.compress(record) + packer.flush()


def _with_source(record: bytes, source: str) -> bytes:
    """Return a record with its source as the last of its headers, in place of one that it may have."""
    head, end, block = record.partition(b"\r\n\r\n")
    mark = VIA.lower().encode() + b":"
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(mark)]
    return b"\r\n".join([*kept, f"{VIA}: {source}".encode()]) + end + block


def _header(headers: Headers, name: str) -> str | None:
    return next((value for known, value in headers if known.lower() == name), None)


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; tell whether it is ours, which it is not where there are no such locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def mend(folder: Path) -> int:
    """Cut torn tails off files that a killed crawl has left, close them, and return how many were cut.

    Files that another crawl is writing are left alone, and so are links and files that are not ours. Raises `OSError`
    when the folder cannot be written.
    """
    cut = 0
    for path in sorted(folder.glob(f"{PREFIX}*{SUFFIX}{OPEN}")):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue  # another crawl mends, too
        except OSError:
            if path.is_symlink():
                continue
            raise
        try:
            if try_lock(descriptor) and is_at(path, descriptor):
                cut += _mend(path, descriptor)
        finally:
            os.close(descriptor)
    return cut


def is_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file is still the one under its path: another crawl may have closed or removed it."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _mend(path: Path, descriptor: int) -> bool:
    size, end = os.fstat(descriptor).st_size, whole_length(descriptor)
    if end < size:
        os.ftruncate(descriptor, end)
        os.fsync(descriptor)
    if end:
        finish(path)
    else:
        path.unlink()
    return end < size


def finish(path: Path) -> None:
    """Take the `.open` off the name of a file that we have locked; its final name is free, as `Writer` saw to that."""
    final = path.with_name(path.name.removesuffix(OPEN))
    if os.path.lexists(final):
        raise FileExistsError(f"{final} is in the way of {path.name}: move it away.")
    path.rename(final)
