"""`scrapy report`: the pages of the reports made anew."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from wartacrawl.commands import in_one_sentence, refuse_arguments
from wartacrawl.config import Config, check_writable
from wartacrawl.reporting.report import rebuild
from wartacrawl.storage.ledger import FILE_NAME

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Write the HTML report of every crawl from its JSON, or from the ledger where it left none."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Rebuild the HTML reports from their JSON and the ledger"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --run."""
        super().add_options(parser)
        parser.add_argument("--run", type=int, metavar="NUMBER", help="only this crawl (default: all of them)")

    @in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the path of each page, the latest last; exit code 1 when there is none."""
        refuse_arguments("report", args, "give --run NUMBER, or nothing")
        folder = Config.of(self.settings).folder
        if not (folder / FILE_NAME).exists():
            self._fail(f"{folder} has no ledger yet: run `scrapy crawl warta` first.")
            return
        check_writable(folder)
        try:
            made = rebuild(folder, opts.run)
        except LookupError as error:
            self._fail(str(error))
            return
        except OSError as error:
            why = f"{error.filename or folder} cannot be written ({error.strerror or error})"
            self._fail(f"{why}: see what is in the way, then run again; the JSON of the reports is as it was.")
            return
        if not made:
            self._fail(f"{folder} knows of no crawl yet: run `scrapy crawl warta` first.")
        for path in made:
            print(path)

    def _fail(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = 1
