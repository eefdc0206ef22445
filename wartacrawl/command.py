"""What all commands do the same way.

It is outside of the folder of commands because Scrapy takes every class there for a command.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.exceptions import UsageError

from wartacrawl.reporting.outcome import CODES, CommandError, Word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from scrapy.crawler import CrawlerProcessBase
    from scrapy.settings import Settings

    from wartacrawl.config import Config
    from wartacrawl.storage.ledger import Ledger

__all__ = ["CommandError", "HelpFormatter", "Options", "ProjectCommand", "Word", "examples", "positive"]

Options = argparse.Namespace
# Columns of a terminal that examples may take.
_WIDTH = 80


class HelpFormatter(ScrapyHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Scrapy's, with the lines of examples left as they are, and in letters that the terminal has."""

    def format_help(self) -> str:
        """Return the help; what the encoding of the output lacks is shown as `?`."""
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return super().format_help().replace("…", "...").encode(encoding, "replace").decode(encoding)


class ProjectCommand(ScrapyCommand):
    """The base of a command, which adds `summary` and `work`.

    `arguments` names what may follow the options, `limits` says how many (least, most). `examples` are command lines
    without "scrapy" in front, each with what it does; `guide` is a page of the documentation. A quiet command logs
    errors alone unless asked for more.
    """

    requires_project = True
    requires_crawler_process = False

    summary: ClassVar[str]
    arguments: ClassVar[str] = ""
    limits: ClassVar[tuple[int, float]] = (0, 0)
    options: ClassVar[dict[str, dict[str, Any]]] = {}
    examples: ClassVar[dict[str, str]] = {}
    guide: ClassVar[str] = ""
    is_quiet: ClassVar[bool] = False

    settings: Settings
    crawler_process: CrawlerProcessBase

    # -- what Scrapy asks for -----------------------------------------------------------------------------------------

    def syntax(self) -> str:
        """Return the arguments."""
        return f"[options] {self.arguments}".strip()

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return self.summary

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add Scrapy's options and our own, and show the examples below them."""
        super().add_options(parser)
        for flag, details in self.options.items():
            parser.add_argument(flag, **details)
        parser.formatter_class = HelpFormatter
        parser.epilog = examples(self.examples) + (f"\n\nMore: {self.guide}" if self.guide else "")

    def process_options(self, args: list[str], opts: Options) -> None:
        """Keep the log of a quiet command to errors unless the command line says otherwise."""
        super().process_options(args, opts)
        if self.is_quiet:
            # The project's own level again, so that only this default gives way.
            self.settings.set("LOG_LEVEL", "ERROR", "project")

    def run(self, args: list[str], opts: Options) -> None:
        """Do the work, and end with one sentence and the exit code of its outcome when it cannot be done."""
        from wartacrawl.reporting.printable import printable_output

        if not self.limits[0] <= len(args) <= self.limits[1]:
            self.refuse_arguments(args)
        with printable_output():
            self._work(args, opts)

    def _work(self, args: list[str], opts: Options) -> None:
        try:
            self.work(args, opts)
        except Exception as error:
            word = getattr(error, "word", None)
            if word is None:
                raise
            self.fail(word, str(error))

    # -- what a command does ------------------------------------------------------------------------------------------

    def work(self, args: list[str], opts: Options) -> None:
        """Do the work of the command; an error of ours ends it with one sentence."""
        raise NotImplementedError

    def warn(self, sentence: str) -> None:
        """Print a sentence on standard error."""
        print(sentence, file=sys.stderr)

    def fail(self, word: Word, sentence: str) -> None:
        """Print a sentence on standard error and set the exit code."""
        self.warn(sentence)
        self.exitcode = CODES[word]

    def usage(self, sentence: str) -> UsageError:
        """Return the exception for an option or argument that cannot be used."""
        return UsageError(sentence, print_help=False)

    def refuse_arguments(self, args: list[str]) -> None:
        """Raise `UsageError` for too many arguments, or too few: left alone, they would seem to have been used."""
        name = type(self).__module__.rpartition(".")[2]
        example = f"scrapy {next(iter(self.examples))}"
        if not self.limits[1]:
            raise self.usage(f"scrapy {name} takes no {args[0]!r}: run it as `{example}`.")
        given = f", not {' '.join(args)!r}" if args else ""
        raise self.usage(f"scrapy {name} takes {self.arguments}{given}: run it as `{example}`.")

    def days(self, opts: Options, *, until: date | None = None) -> tuple[date | None, date | None]:
        """Return --since and --until (by default `until`), which must be in this order."""
        from wartacrawl.spiders.arguments import parse_day

        since = parse_day("--since", opts.since) if opts.since is not None else None
        until = parse_day("--until", opts.until) if opts.until is not None else until
        if since and until and since > until:
            raise self.usage(f"--since {since} is after --until {until}: give the earlier day first.")
        return since, until

    def print_json(self, record: Any) -> None:
        """Print plain values for other programs."""
        print(json.dumps(record, ensure_ascii=False, indent=2))

    @property
    def config(self) -> Config:
        """All settings, checked."""
        from wartacrawl.config import Config

        return Config.of(self.settings)

    @property
    def portal(self) -> str:
        """The origin of the portal, for a command that sends requests; a missing browser is a `ConfigError`, too."""
        from wartacrawl.rendering import escalation

        config = self.config
        escalation.check(config.render)
        return config.origin

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger of OUTPUT_DIR for reading; raise `CommandError` where there is none."""
        from wartacrawl.storage.ledger import FILE_NAME, Ledger

        folder = self.config.folder
        if not (folder / FILE_NAME).exists():
            raise CommandError("crashed", missing_ledger(folder))
        with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
            yield ledger


def missing_ledger(folder: Path) -> str:
    """Return the sentence on an output folder without a ledger."""
    if any((folder / "articles").glob("*/*.jsonl")):
        return f"{folder} has articles and no ledger: run `scrapy rebuild-ledger` to make it again from them."
    return f"{folder} has no ledger yet: run `scrapy crawl warta` first."


def examples(lines: dict[str, str]) -> str:
    """Return command lines and what they do, for the end of --help."""
    width = max((len(line) for line in lines), default=0)
    shown = [f"  scrapy {line:<{width}}  {meaning}".rstrip() for line, meaning in lines.items()]
    if max(map(len, shown)) > _WIDTH:
        shown = [f"  scrapy {line}\n      {meaning}" for line, meaning in lines.items()]
    return "\n".join(["examples:", *shown])


def positive(text: str) -> int:
    """Parse a whole number from 1, for argparse."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)
