"""Captures as the index of an archive lists them, and the keys that such an index is sorted by."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["listed", "fetched", "unfit"]

# Characters of an index line that are read; an address has at most 4,096.
LINE_LENGTH = 32_768
# What an index may say of a file: its path, and a place in it; and of a text.
_PATH = re.compile(r"[A-Za-z0-9_.-][A-Za-z0-9_./=-]{0,1000}")
_FILE_BYTES = 1 << 50
_DIGEST = re.compile(r"[A-Za-z0-9:=+/_-]{0,128}")
_HTML = frozenset({"text/html", "application/xhtml+xml"})
# What archives call the type of a capture whose content is that of an earlier one.
_REVISIT = "warc/revisit"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the record of a capture stands in the files of an archive, in bytes."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Capture:
    """An article's page in an archive. `page` counts from 1; 0 is the whole article (`?page=all`).

    `moment` is aware, in whole seconds. `digest` tells texts of one archive apart. `place` is None where the archive
    gives records by address and moment alone. `source` is the name of the archive, `state` what became of the capture.
    """

    identifier: int
    page: int
    url: str
    moment: datetime
    digest: str | None = None
    place: Place | None = None
    source: str = ""
    state: State = "listed"

    @property
    def timestamp(self) -> str:
        """The moment as archives write it, in 14 digits."""
        return self.moment.strftime("%Y%m%d%H%M%S")


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The index keys from `low` on and below `high`."""

    low: bytes
    high: bytes

    def overlaps(self, first: bytes, last: bytes | None) -> bool:
        """Return whether keys from `first` to `last` (None: to the end) can be in the range."""
        return first < self.high and (last is None or last >= self.low)


def surt(prefix: str) -> str:
    """Return the beginning of an index key for the beginning of an address without scheme.

    >>> surt("m.wartaekonomi.co.id/berita"), surt("127.0.0.1:8000/read")
    ('id,co,wartaekonomi,m)/berita', '1,0,0,127:8000)/read')
    """
    host, slash, path = prefix.partition("/")
    name, colon, port = host.partition(":")
    return f"{','.join(reversed(name.split('.')))}{colon}{port}){slash}{path}"


def key_ranges(origin: str) -> tuple[KeyRange, ...]:
    """Return the index keys of all addresses of articles, those on `origin` included.

    The number of an article begins with a digit from 1 to 9; what follows 9 is a colon.
    """
    starts = (surt(prefix).encode("ascii") for prefix in urls.article_prefixes(origin))
    return tuple(KeyRange(start + b"1", start + b":") for start in starts)


def read_cdxj(line: bytes) -> Mapping[str, Any]:
    """Return the fields of an index line (`key timestamp {json}`); raise `ValueError` for one that is garbled."""
    if len(line) > LINE_LENGTH:
        raise ValueError("the line is too long")
    key, timestamp, fields = line.decode("utf-8").split(" ", 2)
    found = json.loads(fields)
    if not isinstance(found, dict) or not key:
        raise ValueError("no fields")
    return {**found, "timestamp": timestamp}


def article_capture(fields: Mapping[str, Any], source: str, origin: str, *, in_files: bool) -> Capture | None:
    """Return the capture that index fields describe; None where it is not a page of an article, or is incomplete.

    `in_files` says that its record is read from the files of the archive, at the place that the index must name. Else
    the archive gives it by address and moment, and a revisit with the content of the earlier capture it stands for.
    Raises `ValueError` or `TypeError` where the fields make no sense.
    """
    url, moment = str(fields.get("url") or fields.get("original") or "").strip(), _moment(fields.get("timestamp"))
    ref = urls.parse(url, origin=origin)
    is_article = ref is not None and ref.kind == "article" and ref.id is not None
    if ref is None or not is_article or not _is_whole_page(fields, with_revisits=not in_files):
        return None
    page = {"all": 0, None: 1}.get(ref.page, ref.page)  # type: ignore[arg-type]
    digest = str(fields.get("digest") or "")
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest[:40]!r} is not a digest")
    place = _place(fields) if in_files else None
    return Capture(int(ref.id or 0), int(page or 0), url, moment, digest or None, place, source)


def _is_whole_page(fields: Mapping[str, Any], *, with_revisits: bool) -> bool:
    mime = str(fields.get("mime") or fields.get("mimetype") or "").partition(";")[0].strip().lower()
    status = str(fields.get("status") or fields.get("statuscode") or "-")
    is_page = status == "200" and mime in _HTML
    return (is_page or (with_revisits and status == "-" and mime == _REVISIT)) and not fields.get("truncated")


def _moment(timestamp: object) -> datetime:
    text = str(timestamp)
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:40]!r} is not a moment")
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _place(fields: Mapping[str, Any]) -> Place:
    file, offset, length = str(fields.get("filename")), fields.get("offset"), fields.get("length")
    if offset is None or length is None:
        raise ValueError("no place of a record")
    place = Place(file, int(offset), int(length))
    is_within = 0 <= place.offset < _FILE_BYTES and 0 < place.length < _FILE_BYTES
    if not is_within or not _PATH.fullmatch(file) or ".." in file.split("/"):
        raise ValueError(f"no record can stand at byte {offset} of {file[:200]!r}")
    return place
