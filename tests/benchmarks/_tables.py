"""Tables that a benchmark prints and, when asked, puts into a document between two marks of the table's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words under a heading. `title` says what the figures are and is printed above, `note` below."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """Return the table as Markdown that reads well in a terminal, too: first column left, others right."""
        widths = [
            max(3, *(len(row[number]) for row in (self.columns, *self.rows))) for number in range(len(self.columns))
        ]

        def line(cells: Sequence[str]) -> str:
            first, *others = (
                cell.rjust(width) if number else cell.ljust(width)
                for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            return f"| {' | '.join([first, *others])} |"

        rule = [f"{'-' * (width - 1)}{':' if number else '-'}" for number, width in enumerate(widths)]
        parts = [f"{self.title}:", "\n".join([line(self.columns), line(rule), *map(line, self.rows)]), self.note]
        return "\n\n".join(part for part in parts if part)


def put(document: Path, tables: Sequence[Table]) -> None:
    """Replace the tables of those names in a document. Raises `ValueError` for one the document has no place for."""
    text = document.read_text(encoding="utf-8")
    for table in tables:
        begin, end = f"<!-- table {table.name} -->", f"<!-- end {table.name} -->"
        place = re.compile(f"(?<={re.escape(begin)}\n).*?(?={re.escape(end)})", re.DOTALL)
        text, number = place.subn(lambda _, table=table: f"\n{table.markdown()}\n\n", text)
        if number != 1:
            raise ValueError(
                f"{document} has {number} places for the table {table.name!r}: put {begin} and {end} there"
            )
    document.write_text(text, encoding="utf-8")
