"""`scrapy list-sections`: the portal's menu as it is now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand

from wartacrawl.arguments import ArgumentError
from wartacrawl.folder import portal_origin
from wartacrawl.outcome import CODES
from wartacrawl.probing import Probe, probe
from wartacrawl.site import sections, urls

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Read the menu from the home page: name, slug, URL."""

    requires_project = True

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "The portal's menu as it is now: name, slug, URL"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        """Print the sections as a table, or as tab-separated lines where the output is no terminal."""
        try:
            origin = portal_origin(self.settings)
        except ArgumentError as error:
            print(error, file=sys.stderr)
            self.exitcode = CODES["usage"]
            return
        found: list[sections.Section] = []
        trouble: list[str] = []

        async def read_menu(ask: Probe) -> None:
            answer = await ask.ask(urls.build(urls.Ref("home"), origin=origin))
            if answer.reason is not None or answer.status != 200:
                why = answer.reason.sentence if answer.reason else f"HTTP {answer.status}"
                trouble.append(f"No menu: {origin} could not be read ({why}). Check the network and WARTA_URL.")
                return
            page = answer.page(origin, "menu")
            found.extend(sections.read_menu(page.tree, base=answer.url, origin=origin))
            if not found:
                trouble.append(f"No menu: the home page of {origin} names no section; run `scrapy doctor`.")

        probe(self.crawler_process, read_menu)
        for sentence in trouble:
            print(sentence, file=sys.stderr)
            self.exitcode = CODES["drift"] if "names no section" in sentence else CODES["unreachable"]
        self._print(found)

    def _print(self, found: list[sections.Section]) -> None:
        if not sys.stdout.isatty():
            for section in found:
                print(section.name, section.slug, section.url, sep="\t")
            return
        table = Table("name", "slug", "URL")
        for section in found:
            table.add_row(section.name, section.slug, section.url)
        if found:
            Console().print(table)
