"""Why a request brought no page, in the words of the stats, the ledger and the coverage table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError

from wartacrawl.middlewares.connections import CONNECTION, words_of
from wartacrawl.middlewares.politeness import Challenged, NotSent
from wartacrawl.middlewares.portal import LeavesThePortal
from wartacrawl.middlewares.robots import NoRobots
from wartacrawl.reading.budget import PageTooSlowError

if TYPE_CHECKING:
    from scrapy import Request
    from twisted.python.failure import Failure

Kind = Literal[
    "gone",
    "missing",
    "merged",
    "not_the_article",
    "shell",
    "blocked",
    "robots",
    "server",
    "unreachable",
    "offsite",
    "too_large",
    "too_slow",
    "client",
    "refused",
    "not_sent",
    "fault",
]

# The portal does not want to be asked.
REFUSALS = frozenset({"blocked", "robots"})

_OURS: dict[type[IgnoreRequest], Kind] = {
    LeavesThePortal: "offsite",
    NoRobots: "unreachable",
    NotSent: "not_sent",
    Challenged: "blocked",
}


# Failures in a row after which an article is given up: by the pauses between them (`RETRY_PAUSES`) that is after four
# days, after an hour, and after four weeks. 410 is meant for good.
GONE_TRIES = 1
MISSING_TRIES = 7
MERGED_TRIES = 4
OTHER_PAGE_TRIES = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no page: a word for the stats and a short sentence.

    `tries` is the number of failures in a row after which an article is given up, None for never.
    """

    kind: Kind
    sentence: str
    tries: int | None = None

    def is_final(self, failures: int) -> bool:
        """Return whether an article with so many failures in a row, this one included, is given up."""
        return self.tries is not None and failures >= self.tries

    @property
    def is_not_there(self) -> bool:
        """True when the portal says that there is no such page."""
        return self.kind in {"gone", "missing"}


TOO_SLOW = Reason("too_slow", "reading the page took longer than PAGE_SECONDS allows")


def request_of(failure: Failure) -> Request:
    """Return the request that failed: Scrapy puts it beside Twisted's own attributes."""
    request: Request = failure.request  # type: ignore[attr-defined]
    return request


def reason_of(failure: Failure) -> Reason:
    """Return why a request failed."""
    error = failure.value
    assert error is not None  # noqa: S101 - a failure without an error is none
    if isinstance(error, HttpError):
        return _of_status(error.response.status)
    if isinstance(error, IgnoreRequest):
        return _of_ignored(error)
    if isinstance(error, DownloadCancelledError):
        return Reason("too_large", "the answer is larger than DOWNLOAD_MAXSIZE")
    if isinstance(error, PageTooSlowError):
        return TOO_SLOW
    return Reason("unreachable" if isinstance(error, CONNECTION) else "fault", words_of(error))


def reason_of_status(status: int) -> Reason | None:
    """Return why an answer of this status is not a page, None when it is."""
    return _of_status(status) if status >= 400 or status < 200 else None


def _of_status(status: int) -> Reason:
    sentence = f"HTTP {status}"
    if status == 410:
        return Reason("gone", sentence, GONE_TRIES)
    if status == 404:
        return Reason("missing", sentence, MISSING_TRIES)
    if status in {401, 403, 429}:
        return Reason("blocked", sentence)
    return Reason("server" if status >= 500 else "client", sentence)


def _of_ignored(error: IgnoreRequest) -> Reason:
    text = str(error)
    for ours, kind in _OURS.items():
        if isinstance(error, ours):
            return Reason(kind, text)
    if "robots.txt" in text:
        return Reason("robots", "robots.txt forbids it")
    if "exceeded DOWNLOAD_MAXSIZE" in text:
        return Reason("too_large", "the answer is larger than DOWNLOAD_MAXSIZE once unpacked")
    return Reason("refused", text or "refused by a middleware")
