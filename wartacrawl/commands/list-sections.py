"""`scrapy list-sections`: the portal's menu as it is now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wartacrawl.command import CommandError, Options, ProjectCommand

if TYPE_CHECKING:
    from wartacrawl.operations.probe import Probe
    from wartacrawl.site.sections import Section


class Command(ProjectCommand):
    """Print the sections as a table, or as tab-separated lines where the output is not a terminal."""

    requires_crawler_process = True
    is_quiet = True
    summary = "The portal's menu as it is now: name, slug, URL"
    examples = {
        "list-sections": "in a terminal a table, elsewhere a line each, separated by tabs",
        "list-sections -s WARTA_URL=http://127.0.0.1:8000": "of a mirror",
    }

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Read the menu from the home page."""
        from wartacrawl.operations.probe import not_fetched, probe
        from wartacrawl.site import urls

        origin = self.portal

        async def read_menu(ask: Probe) -> list[Section]:
            answer = await ask.ask(urls.build(urls.Ref("home"), origin=origin))
            if answer.failure is not None:
                raise not_fetched(answer.failure, f"No menu: {origin} could not be read", "the network and WARTA_URL")
            menu = ask.reader.menu(answer.page(origin, "menu"))
            if not menu:
                why = f"No menu: the home page of {origin} names no section; run `scrapy doctor`."
                raise CommandError("drift", why)
            return menu

        found = probe(self.crawler_process, read_menu)
        self._print(found)
        self._report_dead(found)

    def _report_dead(self, found: list[Section]) -> None:
        """Name the sections that the last crawl found to be dead links; without a ledger none are known."""
        from wartacrawl.config import ConfigError
        from wartacrawl.storage.coverage import dead_sections
        from wartacrawl.storage.database import LedgerError

        try:
            with self.ledger() as ledger:
                dead = set(dead_sections(ledger))
        except (ConfigError, LedgerError, CommandError):
            return
        for section in found:
            if section.slug in dead:
                self.warn(f"{section.slug} was a dead link (404, 410) in the last crawl: {section.url}")

    def _print(self, found: list[Section]) -> None:
        if not sys.stdout.isatty():
            for section in found:
                print(section.name, section.slug, section.url, sep="\t")
            return
        from rich.console import Console
        from rich.table import Table

        table = Table("name", "slug")
        table.add_column("URL", overflow="fold")
        for section in found:
            table.add_row(section.name, section.slug, section.url)
        Console().print(table)
