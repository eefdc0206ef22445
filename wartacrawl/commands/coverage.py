"""`scrapy coverage`: proof of what is there and what is missing."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from wartacrawl.commands import in_one_sentence, refuse_arguments
from wartacrawl.config import Config
from wartacrawl.language import dates
from wartacrawl.storage.coverage import SOURCES, Day, as_record, coverage, dead_sections, undated
from wartacrawl.storage.ledger import FILE_NAME, Ledger

if TYPE_CHECKING:
    import argparse


# Columns that a narrow table leaves out when they are full of nothing.
_SELDOM = frozenset({"artikel", "gone", "rejected", "failed"})
# Characters that a table may have at most where no terminal limits it.
_WIDEST = 1_000


class Command(ScrapyCommand):
    """Per day: announced by each source, exported, given up, failed (why), missing."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Per day: announced by each source, exported, failed and missing"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --since, --until and --json."""
        super().add_options(parser)
        parser.add_argument("--since", metavar="DATE", help="first day, YYYY-MM-DD (default: 6 days before --until)")
        parser.add_argument("--until", metavar="DATE", help="last day, YYYY-MM-DD (default: today in Asia/Jakarta)")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    @in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the table; exit code 6 when something is missing."""
        refuse_arguments("coverage", args, "give --since DATE --until DATE")
        until = _day("--until", opts.until) or dates.day(datetime.now(UTC))
        since = _day("--since", opts.since) or until - timedelta(days=6)
        if since > until:
            raise UsageError(f"--since {since} is after --until {until}: give the earlier day first.", print_help=False)
        folder = Config.of(self.settings).folder
        if not (folder / FILE_NAME).exists():
            print(f"{folder} has no ledger yet: run `scrapy crawl warta` first.", file=sys.stderr)
            self.exitcode = 1
            return
        with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
            days, loose, dead = coverage(ledger, since, until), undated(ledger), dead_sections(ledger)
        if opts.json:
            record = {"days": [as_record(day) for day in days], "undated": loose, "dead_sections": dead}
            print(json.dumps(record, ensure_ascii=False, indent=2))
        else:
            _print(days, loose)
            if dead:
                print(f"Dead links of the menu (404, 410): {', '.join(dead)}")
        self.exitcode = 6 if any(day.missing for day in days) else 0


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} {text!r} is no day: give YYYY-MM-DD, such as 2025-01-31.", print_help=False) from None


def _print(days: list[Day], loose: dict[str, int]) -> None:
    """Print the table as wide as it is where nobody looks on, else so that it fits the terminal."""
    console, whole = Console(), table(days, loose)
    width = console.measure(whole, options=console.options.update(max_width=_WIDEST)).maximum
    if console.is_terminal and width > console.width:
        console.print(table(days, loose, is_narrow=True))
    else:
        console.width = max(console.width, width)
        console.print(whole)


def table(days: list[Day], loose: dict[str, int], *, is_narrow: bool = False) -> Table:
    """Return the coverage as a table for the terminal; a narrow one has no frame and no columns of nothing."""
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
    word = "closed" if day.is_closed else "missing" if day.missing else "open" if day.total else "not walked"
    return f"{word} ({reasons})" if reasons else word
