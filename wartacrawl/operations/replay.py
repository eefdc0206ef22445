"""Extracting again from archived pages, in several processes and without network.

The visits are sorted by time and extracted side by side; what comes of them is handed over in that order, so that the
versions of an article follow each other as they did on the portal.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wartacrawl.operations.workers import Crew, processes
from wartacrawl.reading.visits import Result, Visit, extract_visit
from wartacrawl.storage import warc_reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Visits handed to a process at a time: enough to make the handing over cheap, few enough to keep all of them busy.
BATCH = 16


def replay(
    found: Sequence[Visit], *, jobs: int = 1, page_seconds: float, elsewhere: Mapping[str, Any] | None = None
) -> Iterator[Result]:
    """Extract visits in `jobs` processes, or by the workers of a cluster (`elsewhere`), and yield results in order.

    A page that takes longer than `page_seconds` of a processor is unreadable, and so is one that its process dies of
    each time. When a process dies, its unfinished share is done again by another.
    """
    shares = [found[start : start + BATCH] for start in range(0, len(found), BATCH)]
    if elsewhere is None and (jobs == 1 or len(shares) < 2):
        for share in shares:
            yield from extract_visits(share, page_seconds)
        return
    number = min(jobs, len(shares))
    crew = Crew(
        partial(extract_visits, page_seconds=page_seconds),
        give_up=_give_up,
        **(elsewhere or {"make": processes(number, __name__), "size": number}),
    )
    yield from crew.answers(shares)


def _give_up(visit: Visit) -> Result:
    return Result(visit, "unreadable", why="the process that read it died each time, maybe for memory")


def extract_visits(batch: Sequence[Visit], page_seconds: float) -> list[Result]:
    """Extract a batch in one process."""
    reader = warc_reading.Reader()
    try:
        return [extract_visit(visit, reader, page_seconds) for visit in batch]
    finally:
        reader.close()
