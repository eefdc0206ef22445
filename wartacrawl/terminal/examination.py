"""What `scrapy doctor` prints for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from wartacrawl.reporting.number import counted
from wartacrawl.reporting.outcome import CODES

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from wartacrawl.operations.examination import Examination

_STYLES = {"ok": "[green]✓[/]", "odd": "[yellow]?[/]", "bad": "[bold red]✗[/]"}


def show(found: Examination, kept: list[Path], console: Console) -> None:
    """Print an examination for people."""
    console.print(f"[bold]{escape(found.origin)}[/], {counted(found.requests, 'request')}\n")
    console.print(_checks(found))
    still_open = [name for name, answer in found.unknowns.items() if answer is None]
    if still_open:
        console.print(f"[dim]Still open: {', '.join(still_open)}[/]")
    if found.fields:
        console.print(f"\n[bold]Article[/] {escape(found.article or '')}", soft_wrap=True)
        console.print(f"[bold]Layout[/]  {escape(found.layout or 'unknown')}")
        console.print(_fields(found))
        missing = [field.name for field in found.fields if field.value is None]
        if missing:
            console.print(f"[dim]Not on this page: {', '.join(missing)}[/]")
    for message in found.messages:
        console.print(f"[yellow]![/] {escape(message)}")
    if found.advice:
        console.print("\n[bold]What to do[/]")
        for number, sentence in enumerate(found.advice, 1):
            console.print(f"{number}. {escape(sentence)}")
    if kept:
        console.print(f"\nKept {counted(len(kept), 'page')}; check expected.json by hand:")
        for path in kept:
            console.print(f"  {escape(str(path))}", soft_wrap=True)
    colour = {"ok": "green", "partial": "yellow"}.get(found.word, "red")
    verdict = f"[bold {colour}]Outcome: {found.word}[/] (exit code {CODES[found.word]}): {escape(found.why)}"
    console.print(f"\n{verdict}", soft_wrap=True)


def _checks(found: Examination) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", width=1)
    table.add_column("tried", max_width=24)
    table.add_column("what came", max_width=36)
    table.add_column("which settles")
    for check in found.checks:
        settles = "\n".join(f"[bold]{name}[/]: {escape(answer)}" for name, answer in check.settles.items())
        tried = f"{escape(check.tried)}\n[dim]{escape(_short(check.url))}[/]"
        table.add_row(_STYLES[check.mark], tried, escape(check.came), settles)
    return table


def _short(path: str, limit: int = 24) -> str:
    """Return a path that fits one line, its middle left out: a query at its end matters more."""
    return path if len(path) <= limit else f"{path[: limit // 2]}…{path[-(limit - limit // 2 - 1) :]}"


def _fields(found: Examination) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    table.add_column("field", no_wrap=True, min_width=22)
    table.add_column("layer", no_wrap=True, min_width=8)
    table.add_column("value", no_wrap=True, overflow="ellipsis", ratio=1)
    for field in found.fields:
        if field.value is not None:
            table.add_row(field.name, escape(field.layer or ""), escape(field.value))
    return table
