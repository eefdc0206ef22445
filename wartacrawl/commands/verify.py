"""`scrapy verify`: is every exported line what the contract promises?"""

from __future__ import annotations

from scrapy.commands import ScrapyCommand

from wartacrawl.commands import in_one_sentence, refuse_arguments
from wartacrawl.config import Config
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.verify import verify


class Command(ScrapyCommand):
    """Check JSON, schema, unique (identifier, version), order and torn tails of every part."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Check every exported line: JSON, schema, uniqueness, order, torn tails"

    @in_one_sentence
    def run(self, args: list[str], opts: object) -> None:  # noqa: ARG002 - Scrapy's signature
        """Print each finding as file:line: what, then a summary; exit code 1 when there are any."""
        refuse_arguments("verify", args, "name the folder with -s OUTPUT_DIR=…")
        folder = Config.of(self.settings).folder
        if not folder.is_dir():
            raise LedgerError(f"{folder} is not a folder: name the one with the articles, -s OUTPUT_DIR=….")
        report = verify(folder)
        for finding in report.findings:
            print(finding)
        print(
            f"{folder}: {report.lines:,} lines of {report.articles:,} articles in {report.parts:,} parts, "
            f"{len(report.findings):,} findings"
        )
        self.exitcode = 1 if report.findings else 0
