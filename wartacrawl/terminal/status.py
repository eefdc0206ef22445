"""The screen of `scrapy status`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.bar import Bar
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from wartacrawl.language import dates
from wartacrawl.reporting.number import counted, duration
from wartacrawl.reporting.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION_LIMIT = 6
_BAR_WIDTH = 24
_STYLES = {"ok": "green", "partial": "yellow", "running": "cyan"}
_DAYS = {
    "closed": "complete",
    "open": "open",
    "missing": "with articles missing",
    "empty": "empty",
    "unknown": "not walked",
}


def show(record: dict[str, Any], console: Console | None = None) -> None:
    """Print the state of an output folder."""
    console = console or Console(highlight=False)
    console.print(Text.assemble((f"wartacrawl {record['version']}", "bold"), f"  {printable(record['folder'])}"))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, value in _lines(record):
        table.add_row(name, Text(printable(value)))
    console.print(table)
    if record["sections"]:
        console.print("\n[bold]New articles of the last 365 days, by section[/]")
        console.print(_sections(record["sections"]))
    if record["crawls"]:
        console.print("\n[bold]Last crawls[/]")
        console.print(_crawls(record["crawls"]))


def _lines(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    undated = f", {record['undated']:,} without a day" if record["undated"] else ""
    yield "Articles", f"{record['articles']:,} in {counted(record['versions'], 'version')}{undated}"
    if record["first_day"]:
        states = ", ".join(
            f"{record['days'][state]:,} {word}" for state, word in _DAYS.items() if record["days"].get(state)
        )
        yield "Days", f"{record['first_day']} to {record['last_day']}: {states}"
    yield "Disk", " · ".join(f"{name} {decimal(size)}" for name, size in record["size"].items())
    yield "Pending", _pending(record["pending"])
    if record["to_replay"]:
        yield "To replay", f"{counted(record['to_replay'], 'article')} fetched from web archives (`scrapy replay`)"
    if record["given_up"]:
        yield "Given up", ", ".join(f"{number:,} {state}" for state, number in record["given_up"].items())
    upcoming = record["next"]
    if upcoming:
        elsewhere = f", into {upcoming['folder']}" if upcoming["folder"] != record["folder"] else ""
        yield "Next", f"{upcoming['name']} at {_moment(upcoming['due'])}{elsewhere} (timetable)"


def _pending(pending: dict[str, Any]) -> str:
    if not pending["articles"]:
        return "none"
    parts = [f"{pending['not_tried']:,} not tried yet"] if pending["not_tried"] else []
    if pending["failed"]:
        reasons = ", ".join(f"{reason} ×{number:,}" for reason, number in pending["failed"].items())
        parts.append(f"{sum(pending['failed'].values()):,} failed ({reasons})")
    due = f"; next try {_moment(pending['next_try'])}" if pending["next_try"] else ""
    return f"{', '.join(parts)}{due}"


def _sections(sections: dict[str, int]) -> Table:
    named = list(sections.items())
    shown = named if len(named) <= SECTION_LIMIT else named[: SECTION_LIMIT - 1]
    rest = named[len(shown) :]
    rows = [(printable(name or "(none)"), number) for name, number in shown]
    if rest:
        rows.append((f"{len(rest)} others", sum(number for _, number in rest)))
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=32, no_wrap=True)
    table.add_column(justify="right")
    table.add_column(width=_BAR_WIDTH)
    largest = max(number for _, number in rows)
    for name, number in rows:
        table.add_row(Text(name), f"{number:,}", Bar(largest, 0, number, width=_BAR_WIDTH, color="cyan"))
    return table


def _crawls(crawls: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    for name in ("started (WIB)", "spider", "outcome"):
        table.add_column(name, no_wrap=True)
    for name in ("written", "failed", "took"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", overflow="ellipsis", no_wrap=True, ratio=1)
    for crawl in crawls:
        outcome = Text(crawl["outcome"], style=_STYLES.get(crawl["outcome"], "bold red"))
        why = printable(crawl["why"] or "") if crawl["outcome"] != "ok" else ""
        table.add_row(
            _moment(crawl["started"]).removesuffix(" WIB"),
            crawl["spider"],
            outcome,
            f"{crawl['written']:,}",
            f"{crawl['failed']:,}",
            duration(crawl["seconds"]),
            Text(why),
        )
    return table


def _moment(iso: str) -> str:
    return f"{datetime.fromisoformat(iso).astimezone(dates.JAKARTA):%Y-%m-%d %H:%M} WIB"
