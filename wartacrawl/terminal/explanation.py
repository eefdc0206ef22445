"""What `scrapy explain` prints: an article field by field, and what each layer said of it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wartacrawl.items import PAGE_FIELDS, Article
from wartacrawl.loaders import ArticleLoader

if TYPE_CHECKING:
    from wartacrawl.reading.extract import Extraction

# Characters of a value that another layer offered.
_BRIEF = 160


def as_json(extraction: Extraction) -> str:
    """Return the exported record, what each layer offered, and the lines left out of the text, as JSON."""
    offers = {
        name: [{"layer": layer, "value": value} for layer, value, _ in _offers(extraction, name)]
        for name in extraction.offers
    }
    dropped = [line._asdict() for line in extraction.dropped]
    record = {"article": extraction.article.record(), "offers": offers, "dropped": dropped}
    return json.dumps(record, ensure_ascii=False, indent=2)


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


def show(extraction: Extraction) -> None:
    """Print the table."""
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
    if extraction.dropped:
        console.print(_dropped(extraction))


def _dropped(extraction: Extraction) -> Table:
    table = Table(title="Left out of the text", title_justify="left", box=box.HORIZONTALS)
    table.add_column("reason", no_wrap=True)
    table.add_column("line", overflow="fold")
    for words, reason in extraction.dropped:
        table.add_row(reason, Text(words))
    return table


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
