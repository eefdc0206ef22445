"""The table of `scrapy coverage`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from wartacrawl.storage.coverage import SOURCES

if TYPE_CHECKING:
    from wartacrawl.storage.coverage import Day

# Columns that a narrow table leaves out when they are empty.
_SELDOM = frozenset({"artikel", "gone", "rejected", "failed"})
# Characters that a table may have at most where no terminal limits it.
_WIDEST = 1_000


def show(days: list[Day], loose: dict[str, int]) -> None:
    """Print the table, in a terminal so that it fits."""
    console, whole = Console(), table(days, loose)
    width = console.measure(whole, options=console.options.update(max_width=_WIDEST)).maximum
    if console.is_terminal and width > console.width:
        console.print(table(days, loose, is_narrow=True))
    else:
        console.width = max(console.width, width)
        console.print(whole)


def table(days: list[Day], loose: dict[str, int], *, is_narrow: bool = False) -> Table:
    """Return the coverage as a table for the terminal; a narrow one has no frame and no empty columns."""
    shown = Table(title="Announced, exported and missing, by day of publication", title_justify="left")
    if is_narrow:
        shown.box, shown.pad_edge, shown.padding = box.SIMPLE_HEAD, False, 0
    columns = {source: [day.announced[source] for day in days] for source in SOURCES} | {
        "all": [day.total for day in days],
        "exported": [day.exported for day in days],
        "gone": [day.gone for day in days],
        "rejected": [day.rejected for day in days],
        "failed": [day.failed for day in days],
        "missing": [day.missing for day in days],
    }
    if is_narrow:
        columns = {name: numbers for name, numbers in columns.items() if any(numbers) or name not in _SELDOM}
    shown.add_column("day", no_wrap=True)
    for name in columns:
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("state", min_width=7)
    for row, day in enumerate(days):
        numbers = [_number(column[row]) for column in columns.values()]
        shown.add_row(day.day, *numbers, _state(day), style="bold red" if day.missing else None)
    if loose:
        shown.caption = "Day unknown: " + ", ".join(f"{number:,} {state}" for state, number in sorted(loose.items()))
    return shown


def _number(number: int) -> str:
    return f"{number:,}" if number else "·"


def _state(day: Day) -> str:
    reasons = "; ".join(f"{reason} ×{number}" if number > 1 else reason for reason, number in day.reasons.items())
    word = {"empty": "closed", "unknown": "not walked"}.get(day.state, day.state)
    return f"{word} ({reasons})" if reasons else word
