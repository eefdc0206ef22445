"""WARC records as an archive hands them over: checked against the index, their bytes left as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wartacrawl.archives.source import UnfitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wartacrawl.archives.captures import Capture

# Bytes of a record, unpacked; a page of the portal has about 80 KB.
RECORD_BYTES = 8 * 1024 * 1024
_HEAD_BYTES = 64 * 1024
_END = b"\r\n\r\n"


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
