"""`scrapy save-case URL`: one page of the live portal, kept as a test case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.utils.conf import closest_scrapy_cfg

from wartacrawl.commands import in_one_sentence, ready
from wartacrawl.config import check_writable
from wartacrawl.operations import cases
from wartacrawl.operations.probe import ProbeError, fetched, quiet
from wartacrawl.reading.extract import extract, merge
from wartacrawl.reporting.outcome import CODES, Word

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Fetch an article as a crawl would, with the rest of its pages, and keep it under tests/pages/."""

    requires_project = True

    def syntax(self) -> str:
        """Return the arguments."""
        return "[options] URL"

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Keep an article of the portal as a test case"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --save."""
        super().add_options(parser)
        parser.add_argument(
            "--save", metavar="DIR", help="folder of the cases (default: tests/pages beside scrapy.cfg)"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Keep the log to errors unless the command line says otherwise."""
        super().process_options(args, opts)
        quiet(self.settings)

    @in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Fetch, draft what is expected, print where it was kept; exit codes as those of a crawl."""
        config = ready(self.settings)
        folder = Path(opts.save).absolute() if opts.save else _default_folder()
        check_writable(folder, "--save")
        try:
            sources = fetched(self.crawler_process, " ".join(args), config.origin)
        except LookupError:
            raise UsageError(
                f"scrapy save-case takes the URL (or id) of one article, not {' '.join(args)!r}.", print_help=False
            ) from None
        except ProbeError as error:
            self._fail(error.word, str(error))
            return
        self._keep(sources, folder)

    def _keep(self, sources: list[cases.Source], folder: Path) -> None:
        extraction = merge([extract(source.page("artikel")) for source in sources])
        try:
            case = cases.save(folder, sources, extraction.article)
        except OSError as error:
            self._fail("crashed", f"{folder} cannot be written to ({error.strerror}): give another with --save DIR.")
            return
        print(case)
        print("Compare expected.json with the page in a browser, correct it, then set checked to true in meta.json.")

    def _fail(self, word: Word, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = CODES[word]


def _default_folder() -> Path:
    return Path(closest_scrapy_cfg()).resolve().parent / "tests" / "pages"
