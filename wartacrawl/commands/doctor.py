"""`scrapy doctor`: a handful of requests to a live portal, and what works, field by field."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from wartacrawl.commands import in_one_sentence, ready
from wartacrawl.config import check_writable
from wartacrawl.operations import cases
from wartacrawl.operations.doctor import Doctor
from wartacrawl.operations.probe import Probe, probe, quiet
from wartacrawl.reporting.outcome import CODES
from wartacrawl.site import urls

if TYPE_CHECKING:
    import argparse

    from wartacrawl.operations.examination import Examination

_STYLES = {"ok": "[green]✓[/]", "odd": "[yellow]?[/]", "bad": "[bold red]✗[/]"}


class Command(ScrapyCommand):
    """Probe robots, menu, lists, feeds and one article; print what they settle and what to do."""

    requires_project = True

    def syntax(self) -> str:
        """Return the arguments."""
        return "[options] [URL of an article]"

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Probe a live portal with a handful of requests and say, field by field, what works"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Keep the log to errors unless the command line says otherwise."""
        super().process_options(args, opts)
        quiet(self.settings)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --save and --json."""
        super().add_options(parser)
        parser.add_argument("--save", metavar="DIR", help="keep what came as new test cases under DIR")
        parser.add_argument("--json", action="store_true", help="print JSON instead of tables")

    @in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Examine, print, save; the exit code is that of the outcome (see README)."""
        if len(args) > 1 or (args and urls.identity(args[0]) is None):
            raise UsageError(
                f"scrapy doctor takes the URL (or id) of one article at most, not {' '.join(args)!r}.", print_help=False
            )
        origin = ready(self.settings).origin
        if opts.save:
            check_writable(Path(opts.save).absolute(), "--save")
        doctors: list[Doctor] = []

        async def script(ask: Probe) -> None:
            doctors.append(Doctor(ask, origin, _article_url(args, origin)))
            await doctors[0].examine()

        probe(self.crawler_process, script)
        doctor = doctors[0] if doctors else None
        if doctor is None or not doctor.examination.why:
            print("The examination broke off; the traceback stands above.", file=sys.stderr)
            self.exitcode = CODES["crashed"]
            return
        found = doctor.examination
        self.exitcode = CODES[found.word]
        kept = self._save(doctor, Path(opts.save)) if opts.save else []
        if opts.json:
            record = {**found.record(), "saved": [str(path) for path in kept]}
            print(json.dumps(record, ensure_ascii=False, indent=2))
        else:
            show(found, kept, Console(highlight=False))

    def _save(self, doctor: Doctor, folder: Path) -> list[Path]:
        try:
            kept = [cases.save_list(folder, name, source) for name, source in doctor.sight.lists.items()]
            kept += [
                cases.save(folder, [specimen.source], specimen.extraction.article)
                for specimen in doctor.sight.specimens[:1]
            ]
        except OSError as error:
            print(f"Nothing could be kept in {folder}: {error.strerror}. Give a folder to write to.", file=sys.stderr)
            self.exitcode = self.exitcode or CODES["crashed"]
            return []
        return kept


def _article_url(args: list[str], origin: str) -> str | None:
    if not args:
        return None
    ref = urls.parse(args[0]) or urls.parse(args[0], origin=origin)
    return urls.build(urls.Ref("article", id=urls.identity(args[0]), slug=ref.slug if ref else None), origin=origin)


def show(found: Examination, kept: list[Path], console: Console) -> None:
    """Print an examination for people."""
    console.print(f"[bold]{escape(found.origin)}[/], {found.requests} requests\n")
    console.print(_checks(found))
    still_open = [name for name, answer in found.unknowns.items() if answer is None]
    if still_open:
        console.print(f"[dim]Still open: {', '.join(still_open)}[/]")
    if found.fields:
        console.print(f"\n[bold]Article[/] {escape(found.article or '')}", soft_wrap=True)
        console.print(f"[bold]Layout[/]  {escape(found.layout or 'unknown')}")
        console.print(_fields(found))
        missing = [one.name for one in found.fields if one.value is None]
        if missing:
            console.print(f"[dim]Not on this page: {', '.join(missing)}[/]")
    for message in found.messages:
        console.print(f"[yellow]![/] {escape(message)}")
    if found.advice:
        console.print("\n[bold]What to do[/]")
        for number, sentence in enumerate(found.advice, 1):
            console.print(f"{number}. {escape(sentence)}")
    if kept:
        console.print(f"\nKept {len(kept)} pages; check expected.json by hand:")
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


def _short(path: str, most: int = 24) -> str:
    """Return a path in one line, its middle left out: a query at its end tells more."""
    return path if len(path) <= most else f"{path[: most // 2]}…{path[-(most - most // 2 - 1) :]}"


def _fields(found: Examination) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    table.add_column("field", no_wrap=True, min_width=22)
    table.add_column("layer", no_wrap=True, min_width=8)
    table.add_column("value", no_wrap=True, overflow="ellipsis", ratio=1)
    for one in found.fields:
        if one.value is not None:
            table.add_row(one.name, escape(one.layer or ""), escape(one.value))
    return table
