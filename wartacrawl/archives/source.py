"""What a public web archive is to a crawl: something that lists captures, and gives the record of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from wartacrawl.archives.captures import Capture


# What the Wayback Machine says of sites whose owners do not want to be there.
_EXCLUDED = ("AccessControlException", "Blocked Site Error", "has been excluded from")


class ArchiveError(Exception):
    """An answer of an archive that cannot be used; the message is a sentence that names the address."""


class UnfitError(Exception):
    """A capture that cannot be used, whenever it is asked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to an archive.

    `slot` names the queue it waits in, and `pause` is the least time in seconds between two of them. `max_bytes` is the
    longest answer that is read; `accepts` are the statuses beside 2xx that are an answer, too. `follows` says whether
    redirects are followed.
    """

    url: str
    slot: str
    headers: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int = 64 * 1024 * 1024
    accepts: tuple[int, ...] = ()
    pause: float = 0.6
    follows: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What an archive answered; the names of headers are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def is_excluded(answer: Answer) -> bool:
    """Return whether an archive says that an owner has pages left out, which asking again does not change.

    >>> is_excluded(Answer("", 403, {}, b"AdministrativeAccessControlException: Blocked Site Error"))
    True
    >>> is_excluded(Answer("", 403, {}, b"Forbidden"))
    False
    """
    if answer.status not in {403, 404, 451}:
        return False
    marks = answer.body[:4_096].decode("utf-8", "replace") + answer.headers.get("x-archive-wayback-runtime-error", "")
    return answer.status == 451 or any(mark in marks for mark in _EXCLUDED)


@dataclass(slots=True)
class Listing:
    """What a page of a listing brought: captures of articles, further pages, and sentences on what was unreadable."""

    captures: list[Capture] = field(default_factory=list)
    further: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Source(Protocol):
    """An archive whose listing has pages, each with a name; the ledger remembers which of them are read.

    `name` is the discovery source of its articles. `grows` says that captures may be added to what was listed.
    """

    name: str
    grows: bool

    def first_pages(self) -> Sequence[str]:
        """Return the pages that a listing begins with."""

    def read_page(self, page: str) -> Generator[Ask, Answer, Listing]:
        """Yield what must be asked to read a page and return what it brought; raise `ArchiveError`."""

    def ask_record(self, capture: Capture) -> Ask:
        """Return the request for a capture."""

    def read_record(self, capture: Capture, answer: Answer) -> bytes:
        """Return an answer as an unpacked WARC record; raise `UnfitError` where it is not the capture."""
