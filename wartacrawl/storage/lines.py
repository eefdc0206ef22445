"""Reading the lines of an output folder in pieces, so that several processes can share the work."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

# Bytes of a piece, and of the pieces that a worker gets at a time (some 300 lines).
PIECE = 1 << 20

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes `start` to `end` of a part (`path`, relative to the output folder), for the lines that begin in them."""

    folder: Path
    path: str
    start: int
    end: int


class Spread(Protocol):
    """Hands shares of pieces to workers and yields an answer for each piece, in their order."""

    def __call__(
        self, do: Callable[[Sequence[Piece]], list[Answer]], shares: Iterable[Sequence[Piece]]
    ) -> Iterator[Answer]:
        """Have `do`, which a worker must be able to import, make the answers for each share."""


def in_turn(do: Callable[[Sequence[Piece]], list[Answer]], shares: Iterable[Sequence[Piece]]) -> Iterator[Answer]:
    """Do all shares in this process."""
    for share in shares:
        yield from do(share)


def shares(folder: Path, lengths: Mapping[str, int]) -> Iterator[list[Piece]]:
    """Yield the first `lengths` bytes of each part as shares of about `PIECE` bytes; an empty part is one piece."""
    share: list[Piece] = []
    size = 0
    for path, length in lengths.items():
        for start in range(0, max(length, 1), PIECE):
            piece = Piece(folder, path, start, min(start + PIECE, length))
            if share and size + piece.end - piece.start > PIECE:
                yield share
                share, size = [], 0
            share.append(piece)
            size += piece.end - piece.start
    if share:
        yield share


def read_piece(piece: Piece) -> Iterator[tuple[int, bytes]]:
    """Yield (byte offset, line with its line feed) of the lines that begin in a piece; a torn last line has none."""
    with (piece.folder / piece.path).open("rb") as file:
        # A line that began before the piece belongs to the piece before.
        file.seek(max(piece.start - 1, 0))
        offset = piece.start + (len(file.readline()) - 1 if piece.start else 0)
        while offset < piece.end and (line := file.readline()):
            yield offset, line
            offset += len(line)


def read_lines(file: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number from 1, byte offset, line with its line feed); a torn last line has none."""
    offset = 0
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            yield number, offset, line
            offset += len(line)


def parse(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a line, None for anything else."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
