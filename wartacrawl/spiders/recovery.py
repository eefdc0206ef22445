"""An article that is to be read from captures: which of them to try, and what has come so far."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wartacrawl.archives.captures import Capture
    from wartacrawl.reading.extract import Extraction


@dataclass(slots=True)
class Recovery:
    """The captures of an article that are still to be tried, the latest first.

    `starts` are captures of its first page or of the whole article, `further` those of its other pages by number.
    `taken` are the records of the try under way and `parts` what was read from them. `put_off` is the kind of failure
    of a capture that could not be fetched this time, "" without any.
    """

    identifier: int
    starts: deque[Capture]
    further: dict[int, list[Capture]]
    taken: list[tuple[Capture, bytes]] = field(default_factory=list)
    parts: list[Extraction] = field(default_factory=list)
    put_off: str = ""

    @classmethod
    def of(cls, identifier: int, captures: Iterable[Capture], sources: Collection[str]) -> Recovery:
        """Return the recovery of an article from its captures (the latest first) in the archives that are asked."""
        usable = [each for each in captures if each.state == "listed" and each.source in sources]
        further: dict[int, list[Capture]] = {}
        for each in usable:
            if each.page > 1:
                further.setdefault(each.page, []).append(each)
        return cls(identifier, deque(each for each in usable if each.page <= 1), further)

    def next_start(self) -> Capture | None:
        """Begin a new try and return its first capture, None where none is left."""
        self.taken.clear()
        self.parts.clear()
        return self.starts.popleft() if self.starts else None

    def next_page(self, number: int) -> Capture | None:
        """Return a capture of a further page, of the archive and near the moment of the first one; None without any."""
        first = self.taken[0][0]
        rows = self.further.get(number, [])
        if not rows:
            return None
        best = min(rows, key=lambda each: (each.source != first.source, abs(each.moment - first.moment)))
        rows.remove(best)
        return best
