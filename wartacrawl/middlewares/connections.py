"""What goes wrong between us and the portal, in words."""

from __future__ import annotations

import re

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

_WORDS: dict[type[Exception], str] = {
    CannotResolveHostError: "the host cannot be found",
    DownloadConnectionRefusedError: "the connection was refused",
    DownloadTimeoutError: "no answer in time",
    ResponseDataLossError: "the answer broke off",
    DownloadFailedError: "the download failed",
    OSError: "the connection failed",
}
CONNECTION = tuple(_WORDS)
# How Twisted prints an error within an error.
_INNER = re.compile(r"\[?<twisted\.python\.failure\.Failure [\w.]{1,99}: ([^>]{1,200})>\]?")
_LENGTH_LIMIT = 200


def words_of(error: BaseException) -> str:
    """Return what went wrong in a short clause, with what the error itself says in brackets.

    >>> words_of(ResponseDataLossError()), words_of(DownloadFailedError("net::ERR_FAILED"))
    ('the answer broke off', 'the download failed (net::ERR_FAILED)')
    >>> words_of(DownloadConnectionRefusedError("Connection was refused by other side: 111: Connection refused."))
    'the connection was refused'
    """
    if isinstance(error, DownloadConnectionRefusedError):  # it says no more than that, twice
        return _WORDS[DownloadConnectionRefusedError]
    known = next((words for kind, words in _WORDS.items() if isinstance(error, kind)), type(error).__name__)
    said = _INNER.sub(r"\1", (str(error).splitlines() or [""])[0][: 2 * _LENGTH_LIMIT])[:_LENGTH_LIMIT]
    return f"{known} ({said.rstrip('.')})" if said else known
