"""Tables of data as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wartacrawl.language.text import clean, is_related_label
from wartacrawl.page import visible_text

if TYPE_CHECKING:
    from wartacrawl.page import Element

# Cells longer than these (characters, without and with a heading row) hold a layout, not data.
_LONGEST_CELL, _LONGEST_TITLED_CELL = 200, 800
# So many rows of two cells and more make a table of data; one alone puts a picture beside a text.
_FEWEST_ROWS = 2
# A table with more columns is not one a reader reads, and a cell spans no more rows than that.
_MOST_COLUMNS, _MOST_SPAN = 40, 100


def rows(table: Element) -> list[str]:
    """Return the rows of a table of data, cells joined by a bar; nothing for a table that only lays out a page."""
    if next(table.iterdescendants("table", "h1", "ul", "iframe"), None) is not None:
        return []
    grid = _grid(table)
    longest = _LONGEST_TITLED_CELL if next(table.iter("th"), None) is not None else _LONGEST_CELL
    wide = sum(1 for cells in grid if sum(map(bool, cells)) > 1)
    if wide < _FEWEST_ROWS or any(len(cell) > longest or is_related_label(cell) for cells in grid for cell in cells):
        return []
    caption = next(table.iter("caption"), None)
    titles = [clean(visible_text(caption))] if caption is not None else []
    width = max(map(len, grid))
    padded = [cells + [""] * (width - len(cells)) if len(cells) > 1 else cells for cells in grid if any(cells)]
    used = [column for column in range(width) if any(len(cells) > 1 and cells[column] for cells in padded)]
    lines = (" | ".join([cells[column] for column in used] if len(cells) > 1 else cells).rstrip() for cells in padded)
    return [line for line in (*titles, *lines) if line]


def _grid(table: Element) -> list[list[str]]:
    """Return the cells of a table by row and column; where a cell spans several, the others are empty.

    A row of one item is a single cell across the table.
    """
    grid: list[list[str]] = []
    open_below: dict[int, int] = {}  # column → rows that a cell above still covers
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            while open_below.get(len(cells), 0) and len(cells) < _MOST_COLUMNS:
                open_below[len(cells)] -= 1
                cells.append("")
            below = _span(cell, "rowspan") - 1
            for number in range(_span(cell, "colspan")):
                if len(cells) < _MOST_COLUMNS:
                    open_below[len(cells)] = below
                    cells.append("" if number else clean(visible_text(cell)))
        for column in [column for column, left in open_below.items() if column >= len(cells) and left]:
            open_below[column] -= 1
        # One cell across the table heads the rows below it.
        alone = list(row.iterchildren("td", "th"))
        heads = len(alone) == 1 and _span(alone[0], "colspan") > 1 and bool(cells[0])
        grid.append(cells[:1] if heads else [*cells, ""] if len(cells) == 1 else cells)
    return grid


def _span(cell: Element, name: str) -> int:
    stated = (cell.get(name) or "").strip()
    return max(1, min(int(stated), _MOST_SPAN)) if stated.isdecimal() and len(stated) < 5 else 1
