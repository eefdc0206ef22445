"""The fields of an article as the columns of a table, made from the schema: a new field is exported by itself.

A flat table (CSV, SQLite) has a column for each field, and where a field is an object (`main_image`, `metadata`) one
for each of its own fields: `main_image_url`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl import items
from wartacrawl.language import dates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wartacrawl.items import Schema

Kind = Literal["text", "integer", "boolean", "moment", "list", "object", "map"]

# The day of publication in Asia/Jakarta, the column behind those of the fields.
DAY = "day"
# Separates the values of a list in one cell.
_BETWEEN = "; "
# With these a spreadsheet begins a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def kind_of(schema: Schema) -> Kind:
    """Return the kind of values that a schema allows, null aside.

    >>> kind_of({"type": ["string", "null"], "format": "date-time"})
    'moment'
    """
    stated = schema["type"]
    word = stated if isinstance(stated, str) else next(name for name in stated if name != "null")
    if word == "string":
        return "moment" if schema.get("format") == "date-time" else "text"
    if word == "object":
        return "object" if "properties" in schema else "map"
    kinds: dict[str, Kind] = {"integer": "integer", "boolean": "boolean", "array": "list"}
    return kinds[word]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a flat table; `path` leads to its value in the record."""

    name: str
    kind: Kind
    path: tuple[str, ...]

    def value(self, record: dict[str, Any]) -> Any:
        """Return the value in the record."""
        found: Any = record
        for name in self.path:
            found = found.get(name) if found is not None else None
        return found

    def for_database(self, record: dict[str, Any]) -> str | int | None:
        """Return the value with lists and maps as JSON."""
        value = self.value(record)
        return json.dumps(value, ensure_ascii=False) if self.kind in {"list", "map"} and value is not None else value

    def for_cell(self, record: dict[str, Any]) -> str:
        """Return the value as text; of a list of objects the first field of each (name, headline, URL)."""
        value = self.value(record)
        if value is None:
            return ""
        if self.kind == "list":
            return _BETWEEN.join(next(iter(part.values())) if isinstance(part, dict) else part for part in value)
        if self.kind == "map":
            return json.dumps(value, ensure_ascii=False)
        return str(value).lower() if self.kind == "boolean" else str(value)

    def for_spreadsheet(self, record: dict[str, Any]) -> str:
        """Return the value as a spreadsheet takes it: times as its own in Asia/Jakarta, no formulas."""
        cell = self.for_cell(record)
        if self.kind == "moment" and cell:
            return datetime.fromisoformat(cell).astimezone(dates.JAKARTA).strftime("%Y-%m-%d %H:%M:%S")
        return f"'{cell}" if cell.startswith(_FORMULA) else cell


def flat_columns() -> list[Column]:
    """Return the columns of a flat table in the order of the fields, without `day`."""
    return list(_flat(items.schema(), ()))


def _flat(schema: Schema, path: tuple[str, ...]) -> Iterator[Column]:
    for name, inner in schema["properties"].items():
        kind = kind_of(inner)
        if kind == "object":
            yield from _flat(inner, (*path, name))
        else:
            yield Column("_".join((*path, name)), kind, (*path, name))
