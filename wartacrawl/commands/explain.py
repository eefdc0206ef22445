"""`scrapy explain URL-or-FILE`: one article, field by field, with the layer each value came from."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from wartacrawl.commands import in_one_sentence, ready
from wartacrawl.config import Config
from wartacrawl.items import PAGE_FIELDS, Article
from wartacrawl.loaders import ArticleLoader
from wartacrawl.operations import cases
from wartacrawl.operations.probe import ProbeError, fetched, quiet
from wartacrawl.reading.budget import time_limit
from wartacrawl.reading.extract import Extraction, extract, merge
from wartacrawl.reporting.outcome import CODES
from wartacrawl.site import urls

if TYPE_CHECKING:
    import argparse

# Characters of a value that another layer offered.
_BRIEF = 160


class Command(ScrapyCommand):
    """Show an article as it would be exported, and what every layer said of each field."""

    requires_project = True

    def syntax(self) -> str:
        """Return the arguments."""
        return "[options] URL-or-FILE"

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "One article, field by field, with the layer each value came from"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --json."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print the exported record and all offers as JSON")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Keep the log to errors unless the command line says otherwise."""
        super().process_options(args, opts)
        quiet(self.settings)

    @in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Extract and print; exit codes as those of a crawl, 5 where the page has neither headline nor text."""
        if len(args) != 1:
            raise UsageError("scrapy explain takes one article: its URL, its id, or a saved page.", print_help=False)
        path = Path(args[0])
        sources = _saved(path, ready(self.settings).origin) if path.exists() else self._fetched(args[0])
        if not sources:
            return
        try:
            with time_limit(len(sources) * Config.read(self.settings).page_seconds):
                parts = [extract(source.page("artikel")) for source in sources]
        except ValueError as error:
            self._fail("usage", str(error))
            return
        extraction = merge(parts) if len(parts) > 1 else parts[0]
        print(_as_json(extraction)) if opts.json else _show(extraction)
        if extraction.article.headline is None:
            self.exitcode = CODES["drift"]

    def _fetched(self, address: str) -> list[cases.Source]:
        config = ready(self.settings)
        try:
            return fetched(self.crawler_process, address, config.origin)
        except LookupError:
            raise UsageError(
                f"{address!r} is neither a file nor an article: give a saved page, an id such as 583116, or a URL such "
                f"as {urls.ORIGIN}/read583116/slug.",
                print_help=False,
            ) from None
        except ProbeError as error:
            self._fail(error.word, str(error))
            return []

    def _fail(self, word: Any, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = CODES[word]


def _saved(path: Path, origin: str) -> list[cases.Source]:
    """Return the pages of a saved page or of a test case; a lone file says itself which article it is."""
    folder = path if path.is_dir() else path.parent
    if (path.is_dir() or path.name == "page.html") and (folder / "meta.json").is_file():
        return cases.read(folder)
    if path.is_dir():
        raise UsageError(f"{path} is a folder without meta.json: give a saved page or a test case.", print_help=False)
    return [cases.Source(urls.build(urls.Ref("home")), path.read_bytes(), None, datetime.now(UTC), origin)]


def _as_json(extraction: Extraction) -> str:
    offers = {
        name: [{"layer": layer, "value": value} for layer, value, _ in _offers(extraction, name)]
        for name in extraction.offers
    }
    return json.dumps({"article": extraction.article.record(), "offers": offers}, ensure_ascii=False, indent=2)


def _offers(extraction: Extraction, name: str) -> list[tuple[str, Any, bool]]:
    """Return what the layers said of a field (layer, value as it would be exported, whether it was taken)."""
    article = extraction.article
    loader = ArticleLoader(Article(identifier=article.identifier, url=article.url))
    source, taken = article.metadata["field_sources"].get(name), False
    found = []
    for offer in extraction.offers.get(name, ()):
        value = loader.normalised(name, offer.value)
        is_it = not taken and offer.layer == source and value not in (None, [])
        taken = taken or is_it
        found.append((offer.layer, value, is_it))
    return found


def _show(extraction: Extraction) -> None:
    article = extraction.article
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(title=article.url, title_justify="left", box=box.HORIZONTALS, show_lines=True)
    for column in ("field", "layer", "value"):
        table.add_column(column, overflow="fold", no_wrap=column != "value")
    sources = article.metadata["field_sources"]
    empty = []
    for name in PAGE_FIELDS:
        if name in sources or extraction.offers.get(name):
            table.add_row(name, sources.get(name, ""), _cell(extraction, name))
        else:
            empty.append(name)
    console.print(table)
    if empty:
        console.print(f"nothing of: {', '.join(empty)}")
    console.print(f"layout: {article.metadata['layout'] or 'unknown'}")
    for message in article.metadata["validation_messages"]:
        console.print(Text(f"! {message}", style="yellow"))


def _cell(extraction: Extraction, name: str) -> Text:
    value = getattr(extraction.article, name)
    cell = Text(_words(value)) if value not in (None, []) else Text("nothing", style="dim")
    for layer, other, is_taken in _offers(extraction, name):
        if not is_taken:
            says = (
                "the same" if other == value else _brief(_words(other)) if other not in (None, []) else "nothing usable"
            )
            cell.append(f"\n{layer}: {says}", style="dim")
    return cell


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(map(_words, value))
    if isinstance(value, dict):
        return " · ".join(str(part) for part in value.values() if part is not None)
    return str(value)


def _brief(words: str) -> str:
    line = words.replace("\n", " ⏎ ")
    return line if len(line) <= _BRIEF else f"{line[:_BRIEF]}… ({len(words):,} characters)"
