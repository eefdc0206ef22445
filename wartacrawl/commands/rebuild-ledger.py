"""`scrapy rebuild-ledger`: the ledger made anew from the exported lines."""

from __future__ import annotations

from scrapy.commands import ScrapyCommand

from wartacrawl.commands import in_one_sentence, refuse_arguments
from wartacrawl.config import Config, ConfigError, check_writable
from wartacrawl.storage.rebuild import rebuild


class Command(ScrapyCommand):
    """Read every line, cut torn tails, keep the old ledger under another name."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Make the ledger anew from the exported lines"

    @in_one_sentence
    def run(self, args: list[str], opts: object) -> None:  # noqa: ARG002 - Scrapy's signature
        """Rebuild, and print what was found; exit code 1 when a line could not be taken over, 2 for a wrong folder."""
        refuse_arguments("rebuild-ledger", args, "name the folder with -s OUTPUT_DIR=…")
        config = Config.of(self.settings)
        folder = config.folder
        if not folder.is_dir():
            raise ConfigError(f"OUTPUT_DIR={str(folder)!r} is not a folder: name the one with the articles.")
        check_writable(folder)
        report = rebuild(folder, recheck_ages=config.discovery.recheck_ages)
        for finding in report.findings:
            print(finding)
        kept = f"; the old one is {report.kept}" if report.kept else ""
        print(f"{report.path}: {report.lines:,} lines of {report.parts:,} parts remembered{kept}")
        self.exitcode = 1 if report.findings else 0
