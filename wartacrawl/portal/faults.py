"""Faults on request: what can go wrong between a crawler and a portal."""

from __future__ import annotations

import functools
import re
import struct
import threading
import zlib
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "500", "502", "503", "504", "429", "403", "401", "404", "410",
    "slow", "reset", "hang", "empty_list", "truncated", "redirect", "body", "gzip_bomb", "huge",
]  # fmt: skip

_OPTIONS = {
    "slow": {"delay"},
    "hang": {"delay"},
    "redirect": {"to", "status"},
    "body": {"body", "content_type", "headers", "status"},
    "gzip_bomb": {"megabytes"},
    "huge": {"megabytes"},
}


@dataclass(slots=True)
class Fault:
    """A fault for the addresses (path and query) in which `pattern` is found, `times` times or for ever."""

    pattern: re.Pattern[str]
    kind: Kind
    times: int | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"fault {self.kind!r} is unknown: choose from {', '.join(get_args(Kind))}.")
        allowed = _OPTIONS.get(self.kind, {"retry_after"} if self.kind.isdigit() else set())
        if strange := set(self.options) - allowed:
            raise ValueError(f"fault {self.kind!r} has no option {', '.join(sorted(strange))}.")


class Faults:
    """The faults in force. The first that fits answers; a used-up one lets the next try."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, pattern: str, kind: Kind, times: int | None = None, **options: Any) -> None:
        """Put a fault in force; `ValueError` for an unknown kind or option."""
        with self._lock:
            self._faults.append(Fault(re.compile(pattern), kind, times, options))

    def clear(self) -> None:
        """Lift every fault."""
        with self._lock:
            self._faults.clear()

    def take(self, target: str) -> Fault | None:
        """Return the fault for this address, counting it, or `None`."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.times != 0 and fault.pattern.search(target):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


@functools.lru_cache(maxsize=2)
def gzip_bomb(megabytes: int = 128) -> bytes:
    """Return a small gzip file that expands to so many megabytes of markup and spaces.

    A megabyte is compressed once; a full flush ends it on a byte and forgets the dictionary, so it may be repeated.
    """
    chunk = b"<p>" + b" " * ((1 << 20) - 7) + b"</p>"
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush(zlib.Z_FINISH)
    checksum = 0
    for _ in range(megabytes):
        checksum = zlib.crc32(chunk, checksum)
    trailer = struct.pack("<II", checksum, (megabytes << 20) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + packed * megabytes + end + trailer
