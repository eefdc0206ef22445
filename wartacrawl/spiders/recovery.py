"""An article that is to be read from captures: which of them to try, and what has come so far."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wartacrawl.reading.extract import Extraction
    from wartacrawl.storage.captures import CaptureRow


@dataclass(slots=True)
class Recovery:
    """The captures of an article that are still to be tried, the latest first.

    `starts` are captures of its first page or of the whole article, `further` those of its other pages by number.
    `taken` are the records of the try under way and `parts` what was read from them. `put_off` is the kind of failure
    of a capture that could not be fetched this time, "" without any.
    """

    identifier: int
    starts: deque[CaptureRow]
    further: dict[int, list[CaptureRow]]
    taken: list[tuple[CaptureRow, bytes]] = field(default_factory=list)
    parts: list[Extraction] = field(default_factory=list)
    put_off: str = ""

    @classmethod
    def of(cls, identifier: int, captures: Iterable[CaptureRow], sources: Collection[str]) -> Recovery:
        """Return the recovery of an article from its captures (the latest first) in the archives that are asked."""
        usable = [row for row in captures if row.state == "listed" and row.source in sources]
        further: dict[int, list[CaptureRow]] = {}
        for row in usable:
            if row.page > 1:
                further.setdefault(row.page, []).append(row)
        return cls(identifier, deque(row for row in usable if row.page <= 1), further)

    def next_start(self) -> CaptureRow | None:
        """Begin a new try and return its first capture, None where none is left."""
        self.taken.clear()
        self.parts.clear()
        return self.starts.popleft() if self.starts else None

    def next_page(self, number: int) -> CaptureRow | None:
        """Return a capture of a further page, of the archive and near the moment of the first one; None without any."""
        first = self.taken[0][0]
        rows = self.further.get(number, [])
        if not rows:
            return None
        best = min(rows, key=lambda row: (row.source != first.source, abs(row.moment - first.moment)))
        rows.remove(best)
        return best
