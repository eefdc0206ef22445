"""`scrapy export FILE`: the newest version of every article as one file for other programs."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from wartacrawl.command import Options, ProjectCommand


class Command(ProjectCommand):
    """Write the file; an existing one is replaced only when the new one is complete."""

    summary = "The newest version of every article as .parquet, .csv, .jsonl or .sqlite"
    arguments = "FILE"
    limits = (1, 1)
    guide = "docs/reading.md"
    examples = {
        "export articles.parquet": "typed columns, for DuckDB, pandas, polars, R",
        "export articles.sqlite": "with a full-text index: `datasette articles.sqlite`",
        "export articles.csv --excel": "for spreadsheets",
        "export sawit.jsonl --section kabar-sawit --since 2026-11-01": "a part of it",
    }
    options = {
        "--since": {"metavar": "DAY", "help": "first day of publication: YYYY-MM-DD, yesterday, today-7"},
        "--until": {"metavar": "DAY", "help": "last day of publication; with either no undated articles"},
        "--section": {"metavar": "NAME", "help": "one section, by name or slug: ekbis, kabar-sawit"},
        "--all-versions": {"action": "store_true", "help": "earlier versions of changed articles, too"},
        "--excel": {"action": "store_true", "help": "CSV as Excel reads it: with a mark, times as its own"},
    }

    def work(self, args: list[str], opts: Options) -> None:
        """Write the file, with a bar in a terminal."""
        from rich.filesize import decimal

        from wartacrawl.operations import export
        from wartacrawl.reporting.number import counted
        from wartacrawl.storage.reader import Reader
        from wartacrawl.terminal.progress import bar

        folder, target = self.config.folder, Path(args[0]).expanduser().absolute()
        export.check(target, folder, excel=opts.excel)
        since, until = self.days(opts)
        # Ended like this, too, it takes its unfinished file away.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        reader = Reader(folder, since=since, until=until, section=opts.section, all_versions=opts.all_versions)
        with bar(f"Writing {target.name}", reader.size) as advance:
            written = export.export(reader, target, excel=opts.excel, all_versions=opts.all_versions, advance=advance)
        lines = counted(written.lines, "version" if opts.all_versions else "article")
        print(f"{target}: {lines}, {decimal(written.size)}")
