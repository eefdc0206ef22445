"""Gzip members: where each record of a packed file ends, without keeping what is in it."""

from __future__ import annotations

import os
import zlib

MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 18
# Bytes unpacked at a time.
_PIECE = 1 << 20


def member_end(descriptor: int, start: int) -> int | None:
    """Return the byte at which the gzip member that begins at `start` ends, None where no whole one stands there."""
    packed = zlib.decompressobj(zlib.MAX_WBITS + 16)
    position = start
    while not packed.eof:
        data = packed.unconsumed_tail
        if not data:
            data = os.pread(descriptor, _CHUNK, position)
            position += len(data)
            if not data:
                return None
        try:
            packed.decompress(data, _PIECE)
        except zlib.error:
            return None
    return position - len(packed.unused_data)


def whole_length(descriptor: int) -> int:
    """Return the byte at which the last whole gzip member of an open file ends."""
    end = 0
    while (after := member_end(descriptor, end)) is not None:
        end = after
    return end
