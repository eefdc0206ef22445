"""Text of pages as it is shown to people: it must not control a terminal or change the direction of a line."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Controls (C0 but for tab and newline, DEL, C1) and the marks that change the direction of text.
_CONTROLS = [*range(0x09), 0x0B, 0x0C, 0x0D, *range(0x0E, 0x20), *range(0x7F, 0xA0)]
_BIDI = [0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPES = {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_BIDI)}
# What a program writes to its terminal on purpose: colours, and a line drawn again.
_STEERING = {"\x1b", "\r", "\b"}
_FROM_PAGES = {code: escape for code, escape in _ESCAPES.items() if chr(code) not in _STEERING}


def printable(text: str) -> str:
    r"""Return a text with its controls and direction marks as escapes, which JSON understands as well.

    >>> printable("naik\x9b31m 5\u202e%")
    'naik\\u009b31m 5\\u202e%'
    """
    return text.translate(_ESCAPES)


class PrintableFormatter(logging.Formatter):
    """Formats as another formatter does, tracebacks included, and escapes what must not be printed."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines, of a record."""
        return printable(self._inner.format(record))


def make_log_printable() -> None:
    """Escape what must not be printed in every line of the log from here on."""
    for handler in logging.root.handlers:
        if not isinstance(handler.formatter, PrintableFormatter):
            handler.setFormatter(PrintableFormatter(handler.formatter or logging.Formatter()))


class _Stream:
    """A text stream that escapes what would control a terminal."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def write(self, text: str) -> int:
        self._inner.write(text.translate(_FROM_PAGES))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@contextmanager
def printable_output() -> Iterator[None]:
    """Print everything: controls as escapes, and characters that the encoding lacks as well.

    A terminal in cp1252, latin-1 or ASCII has no arrow, tick or curly quote.
    """
    before = sys.stdout, sys.stderr
    for stream in before:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout, sys.stderr = _Stream(before[0]), _Stream(before[1])
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
