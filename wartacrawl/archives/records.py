"""WARC records as an archive hands them over: checked against the index, their bytes left as they are."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from wartacrawl.archives.source import UnfitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wartacrawl.archives.captures import Capture
    from wartacrawl.archives.source import Answer

# Bytes of a record, unpacked; a page of the portal has about 80 KB.
RECORD_BYTES = 8 * 1024 * 1024
_HEAD_BYTES = 64 * 1024
_END = b"\r\n\r\n"
# How archives name the headers of then, and those that no longer hold.
_ORIGINAL = "x-archive-orig-"
_WIRE = frozenset({"transfer-encoding", "content-encoding", "content-length", "connection"})


def check(record: bytes, capture: Capture) -> None:
    """Raise `UnfitError` unless a record is a whole response, of the address and the moment that the index says."""
    headers = _headers(record)
    url = headers.get("warc-target-uri", "").strip("<>")
    moment = re.sub(r"[^0-9]", "", headers.get("warc-date", ""))[:14]
    if headers.get("warc-type") != "response":
        raise UnfitError(f"its record is {headers.get('warc-type', 'without type')!r:.40}, not a response")
    if url != capture.url or moment != capture.timestamp:
        raise UnfitError(f"its record is of {url:.200} at {moment or 'no moment'}")
    if headers.get("warc-truncated"):
        raise UnfitError(f"its record is truncated ({headers['warc-truncated']:.40})")
    block = len(record) - record.index(_END) - len(_END)
    length = headers.get("content-length", "")
    if not length.isdecimal() or block - len(_END) != int(length):
        raise UnfitError(f"its record has {block:,} bytes with its end, and says {length or 'nothing':.20} without")


def _headers(record: bytes) -> Mapping[str, str]:
    head, end, _ = record[:_HEAD_BYTES].partition(_END)
    lines = head.decode("utf-8", "replace").split("\r\n")
    if not end or not re.fullmatch(r"WARC/1\.[01]", lines[0]):
        raise UnfitError("what stands there is not a WARC record")
    fields = (line.partition(":") for line in lines[1:])
    return {name.strip().lower(): value.strip() for name, _, value in fields}


def build(capture: Capture, answer: Answer) -> bytes:
    """Return a record of what an archive answered for a capture, with the headers of then where it names them.

    Its identifier follows from address and moment: the same capture has the same one.
    """
    then = {name: value for name, value in answer.headers.items() if name.startswith(_ORIGINAL)}
    kept = {name.removeprefix(_ORIGINAL): value for name, value in then.items()}
    kept.setdefault("content-type", answer.headers.get("content-type", "text/html"))
    # The body is neither chunked nor packed any more.
    headers = {name: value for name, value in kept.items() if name not in _WIRE}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["HTTP/1.1 200 OK", *lines, f"content-length: {len(answer.body)}", "", ""])
    block = head.encode("utf-8", "replace") + answer.body
    identifier = uuid5(NAMESPACE_URL, f"{capture.timestamp}/{capture.url}")
    fields = [
        "WARC/1.1",
        "WARC-Type: response",
        f"WARC-Record-ID: <urn:uuid:{identifier}>",
        f"WARC-Target-URI: {capture.url}",
        f"WARC-Date: {capture.moment:%Y-%m-%dT%H:%M:%SZ}",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join(fields).encode("utf-8", "replace") + _END + block + _END


def read_date(text: str) -> datetime | None:
    """Return the moment of a header such as Memento-Datetime, aware; None for what is not one."""
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
