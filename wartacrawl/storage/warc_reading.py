"""Reading WARC files of any program: what is in them, and single documents, unpacked.

A bad record is left out with a sentence; the others are read. Headers, bodies and dates have bounds.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from fastwarc.stream_io import BrotliReader, ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecordType

from wartacrawl.storage.members import MAGIC, member_end, whole_length
from wartacrawl.storage.warc import JOB, OPEN, PORTAL, VIA, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

# Bytes of an unpacked document that are read; a page of the portal has about 80 KB.
BODY_BYTES = 8 * 1024 * 1024
# Bytes that the headers of a record, or of an answer, may have.
HEADER_BYTES = 64 * 1024
# A record dated later than this after now has a wrong date; clocks differ, and so may time zones.
_FUTURE = timedelta(days=1)
# Bytes of a gzip member before which not even the first line of a record need be out.
_PACKED_LINE = 400
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]{0,1000})?\r\n")


@dataclass(frozen=True, slots=True)
class Document:
    """The body of an archived document, unpacked, and its Content-Type header."""

    body: bytes
    content_type: str | None


@dataclass(slots=True)
class Scan:
    """The documents of a file, and a sentence for each record that had to be left out."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class UnseekableError(Exception):
    """A file compressed as one piece: single records cannot be read without all before them."""


def unwatched() -> None:
    """Do nothing for a record: the search goes on to its end."""


def scan(path: Path, watch: Callable[[], None] = unwatched) -> Scan:
    """Return the documents (responses and resources) of a file; a torn last one is left out.

    `watch` is called for each record. Raises `UnseekableError` when single records cannot be read later, `OSError` when
    it is not a WARC file.
    """
    found = Scan()
    try:
        _scan(path, found, watch)
    except (OSError, ValueError) as error:
        if not found.entries and not found.problems and not _is_torn_in_first_line(path):
            raise OSError(f"{path} is not a WARC file, or broken ({error}): leave it out or repair it.") from error
        if not _is_torn_in_first_line(path):
            found.problems.append(f"{path.name}: what follows byte {_end(found):,} cannot be read ({error})")
    entries = found.entries
    # Where several records are packed together, they stand at the same place, or where none begins.
    if len({entry.offset for entry in entries}) < len(entries) or not all(
        _stands(path, entry) for entry in entries[:: max(len(entries) // 2, 1)]
    ):
        raise UnseekableError(f"{path} is compressed as one piece")
    if entries and not _is_whole(path, entries[-1]):
        entries.pop()
    return found


def _end(found: Scan) -> int:
    return found.entries[-1].offset if found.entries else 0


def _scan(path: Path, found: Scan, watch: Callable[[], None]) -> None:
    info: dict[str, str] = {}
    wanted = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.warcinfo
    name, latest = path.name.removesuffix(OPEN), datetime.now(UTC) + _FUTURE
    with path.open("rb") as stream:
        start = 0
        while True:
            stream.seek(start)
            try:
                for record in ArchiveIterator(stream, record_types=wanted, **_OPTIONS):
                    start = record.stream_pos
                    watch()
                    if record.record_type == WarcRecordType.warcinfo:
                        info = _read_info(record)
                    else:
                        _take(record, name, info, latest, found)
            except OSError as error:
                after = _next_record(stream, start)
                if after is None:
                    raise
                found.problems.append(f"{path.name}: the record after byte {start:,} is left out ({error})")
                start = after
            else:
                return


_OPTIONS: dict[str, Any] = {"parse_http": False, "max_header_len": HEADER_BYTES}


def _next_record(stream: Any, start: int) -> int | None:
    """Return where the record after a broken one begins, looking from `start` on; only packed records tell it."""
    is_broken = False
    position: int | None = start
    while position is not None:
        stream.seek(position)
        try:
            next(iter(ArchiveIterator(stream, **_OPTIONS)))
        except StopIteration:
            return None
        except OSError:
            is_broken = True
        else:
            if is_broken:
                return position
        position = member_end(stream.fileno(), position)
    return None


def _read_info(record: Any) -> dict[str, str]:
    lines = _read(record.reader, HEADER_BYTES).decode("utf-8", "replace").splitlines()
    fields = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in fields}


def _take(record: Any, name: str, info: Mapping[str, str], latest: datetime, found: Scan) -> None:
    """Add the document of a record, or a sentence why it is left out; other records are skipped."""
    is_resource = record.record_type == WarcRecordType.resource
    url, offset = _address(record), record.stream_pos
    date = _moment(record.headers.get("WARC-Date"))
    why = None
    if not is_resource:
        try:
            record.parse_http()
        except (OSError, ValueError) as error:
            why = f"its headers cannot be read ({error})"
    if why is None and not is_resource and record.http_headers is None:
        return
    if url and date is None:
        why = f"{record.headers.get('WARC-Date')!r} is not a date"
    elif date is not None and date > latest:
        why = f"it is dated in the future ({date:%Y-%m-%d})"
    elif record.headers.get("WARC-Truncated"):
        why = f"it is truncated ({record.headers.get('WARC-Truncated')})"
    if not url or why is not None or date is None:
        if url:
            found.problems.append(f"{name}: {url} at byte {offset:,} is left out: {why}")
        return
    headers = record.headers if is_resource else record.http_headers
    found.entries.append(
        Entry(
            file=name,
            offset=offset,
            url=url,
            fetched_at=date,
            kind="resource" if is_resource else "response",
            status=200 if is_resource else record.http_headers.status_code or 0,
            content_type=_same(headers.get("Content-Type")),
            via=_same(record.headers.get(VIA)),
            portal=_same(info.get(PORTAL)),
            job=_same(info.get(JOB)),
        )
    )


def _is_torn_in_first_line(path: Path) -> bool:
    """Return whether what ends a file is the beginning of a record, too short for its very name."""
    with path.open("rb") as stream:
        if stream.read(2) == MAGIC:
            size = os.fstat(stream.fileno()).st_size
            return size - whole_length(stream.fileno()) < _PACKED_LINE
        stream.seek(-min(stream.seek(0, os.SEEK_END), 16), os.SEEK_END)
        last, mark, torn = stream.read().rpartition(b"\r\n\r\n")
        return bool(last and mark and torn) and b"WARC/1.".startswith(torn)


def _same(text: Any) -> Any:
    """Return the same object for the same words: a replay keeps an entry for every page there is."""
    return sys.intern(text) if isinstance(text, str) else text


def _address(record: Any) -> str:
    return (record.headers.get("WARC-Target-URI") or "").strip("<>")  # wget writes them


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _stands(path: Path, entry: Entry) -> bool:
    """Return whether a document can be found at its place."""
    with path.open("rb") as stream:
        return _at(stream, entry) is not None


def _is_whole(path: Path, entry: Entry) -> bool:
    """Return whether a document has all the bytes it says it has."""
    with path.open("rb") as stream:
        record = _at(stream, entry)
        length = record.headers.get("Content-Length") or ""  # the header itself may be torn before or within it
        return length.isdecimal() and len(_read(record.reader, int(length) + 1)) == int(length)


def _at(stream: Any, entry: Entry) -> Any:
    """Return the record of a document, None where another one stands, or none."""
    stream.seek(entry.offset)
    try:
        record = next(iter(ArchiveIterator(stream, **_OPTIONS)), None)
    except OSError:
        return None
    return record if record is not None and _address(record) == entry.url else None


class Reader:
    """Single documents of archive files, which stay open from one to the next."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._stream: Any = None

    def read(self, path: Path, entry: Entry) -> Document:
        """Return a document, unpacked.

        Raises `OSError` when it does not stand there, cannot be unpacked, or has more than `BODY_BYTES`.
        """
        if path != self._path:
            self.close()
            self._path, self._stream = path, _open(path)
        record = _at(self._stream, entry)
        if record is None:
            raise OSError(f"{entry.url} does not stand at byte {entry.offset} of {path}")
        return _document(record, f"{entry.url} at byte {entry.offset} of {path}", is_response=entry.kind == "response")

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._path = self._stream = None


def read_response(record: bytes) -> Document:
    """Return the document in a response record that is not in a file, unpacked.

    Raises `OSError` when it is another kind of record, cannot be unpacked, or has more than `BODY_BYTES`.
    """
    found = next(iter(ArchiveIterator(BytesIO(record), **_OPTIONS)), None)
    if found is None or found.record_type != WarcRecordType.response:
        raise OSError("it is not a response")
    return _document(found, _address(found), is_response=True)


def _document(record: Any, what: str, *, is_response: bool) -> Document:
    if is_response:
        record.parse_http()
    headers = record.http_headers or record.headers
    body = _read(record.reader, BODY_BYTES + 1)
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        body = dechunk(body)
    body = _unpack(body, (headers.get("Content-Encoding") or "").strip().lower())
    if len(body) > BODY_BYTES:
        raise OSError(f"{what} has more than {BODY_BYTES:,} bytes")
    return Document(body, headers.get("Content-Type"))


def read_info(path: Path) -> dict[str, str]:
    """Return what the first record of a file says of who wrote it, {} where it says nothing."""
    try:
        with path.open("rb") as stream:
            record = next(iter(ArchiveIterator(stream, **_OPTIONS)), None)
            is_info = record is not None and record.record_type == WarcRecordType.warcinfo
            return _read_info(record) if is_info else {}
    except (OSError, ValueError):
        return {}


def _open(path: Path) -> Any:
    """Open a file, also one whose crawl has ended since and has taken the `.open` off its name."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        if not path.name.endswith(OPEN):
            raise
        return path.with_name(path.name.removesuffix(OPEN)).open("rb")


def dechunk(body: bytes) -> bytes:
    r"""Undo Transfer-Encoding: chunked; some archives keep the plain body under its header, which stays as it is.

    >>> dechunk(b"5\r\nSawit\r\n0\r\n\r\n"), dechunk(b"<p>Sawit")
    (b'Sawit', b'<p>Sawit')
    """
    pieces: list[bytes] = []
    position = 0
    while position < len(body):
        size = _CHUNK_SIZE.match(body, position)
        if size is None:
            return body
        length = int(size[1], 16)
        pieces.append(body[size.end() : size.end() + length])
        position = size.end() + length + 2
        if not length:
            break
        if position <= len(body) and body[position - 2 : position] != b"\r\n":
            return body
    return b"".join(pieces)


def _unpack(body: bytes, encoding: str) -> bytes:
    """Undo a Content-Encoding, up to a byte more than `BODY_BYTES`.

    Some archives keep bodies unpacked under the header of packed ones: what is not packed stays as it is.
    """
    if encoding in {"br", "zstd"}:
        reader = (BrotliReader if encoding == "br" else ZstdReader)(BytesIO(body))
        try:
            return _read(reader, BODY_BYTES + 1)
        except OSError:
            body.decode()  # raises where it is not text
            return body
    if body.startswith(MAGIC):
        return _inflate(body, zlib.MAX_WBITS + 16)
    if encoding == "deflate":
        # Servers send it with and without the header of zlib.
        for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            with suppress(zlib.error):
                return _inflate(body, window)
    return body


def _inflate(body: bytes, window: int) -> bytes:
    packed = zlib.decompressobj(window)
    plain = packed.decompress(body, BODY_BYTES + 1)
    if not packed.eof and len(plain) <= BODY_BYTES:
        raise OSError("its packed body is torn")
    return plain


def _read(reader: Any, limit: int) -> bytes:
    pieces: list[bytes] = []
    while limit > 0 and (piece := reader.read(limit)):
        pieces.append(piece)
        limit -= len(piece)
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
