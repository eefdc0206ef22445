"""`scrapy list-sections`: the portal's menu as it is now."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand

from wartacrawl.commands import in_one_sentence, ready, refuse_arguments
from wartacrawl.config import Config, ConfigError
from wartacrawl.operations.probe import Probe, probe, quiet
from wartacrawl.reporting.outcome import CODES, Word
from wartacrawl.site import sections, urls
from wartacrawl.spiders.failures import reason_of_status
from wartacrawl.storage.coverage import dead_sections
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Read the menu from the home page: name, slug, URL."""

    requires_project = True

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "The portal's menu as it is now: name, slug, URL"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Keep the log to errors unless the command line says otherwise."""
        super().process_options(args, opts)
        quiet(self.settings)

    @in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        """Print the sections as a table, or as tab-separated lines where the output is no terminal."""
        refuse_arguments("list-sections", args, "name the portal with -s WARTA_URL=…")
        origin = ready(self.settings).origin
        found: list[sections.Section] = []

        async def read_menu(ask: Probe) -> None:
            answer = await ask.ask(urls.build(urls.Ref("home"), origin=origin))
            reason = answer.reason or reason_of_status(answer.status or 0)
            if reason is not None:
                word: Word = "blocked" if reason.kind in {"blocked", "robots"} else "unreachable"
                self._fail(word, f"{origin} could not be read ({reason.sentence}); check the network and WARTA_URL")
                return
            page = answer.page(origin, "menu")
            found.extend(sections.read_menu(page.tree, base=answer.url, origin=origin))
            if not found:
                self._fail("drift", f"the home page of {origin} names no section; run `scrapy doctor`")

        probe(self.crawler_process, read_menu)
        self._print(found)
        self._tell_dead(found)

    def _fail(self, word: Word, why: str) -> None:
        print(f"No menu: {why}.", file=sys.stderr)
        self.exitcode = CODES[word]

    def _tell_dead(self, found: list[sections.Section]) -> None:
        """Say which of the sections the last crawl found to be dead links; without a ledger nobody knows."""
        try:
            folder = Config.of(self.settings).folder
            if not (folder / FILE_NAME).exists():
                return
            with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
                dead = set(dead_sections(ledger))
        except (ConfigError, LedgerError):
            return
        for section in found:
            if section.slug in dead:
                print(f"{section.slug} was a dead link (404, 410) in the last crawl: {section.url}", file=sys.stderr)

    def _print(self, found: list[sections.Section]) -> None:
        if not sys.stdout.isatty():
            for section in found:
                print(section.name, section.slug, section.url, sep="\t")
            return
        table = Table("name", "slug")
        table.add_column("URL", overflow="fold")
        for section in found:
            table.add_row(section.name, section.slug, section.url)
        if found:
            Console().print(table)
