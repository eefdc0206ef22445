"""Writing lines as Parquet, CSV, JSON Lines or SQLite: one function a format, none of which holds them all."""

from __future__ import annotations

import csv
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.operations.columns import DAY, flat_columns, kind_of
from wartacrawl.storage.reader import article

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from wartacrawl.items import Schema
    from wartacrawl.storage.reader import Line

# Articles of a row group of Parquet, and so what is held in memory: about 20 MB of text.
_GROUP = 4_000
_BATCH = 500
_ZONE = "Asia/Jakarta"


def _records(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    return (article(line.record).record() for line in lines)


def _day(record: dict[str, Any]) -> date | None:
    return items.day_of(record["date_published"])


def write_jsonl(path: Path, lines: Iterable[Line]) -> None:
    """Write the lines as they are."""
    with path.open("wb") as file:
        file.writelines(line.raw for line in lines)


def write_csv(path: Path, lines: Iterable[Line], *, excel: bool = False) -> None:
    """Write a flat table, as UTF-8; for `excel` with a byte order mark and with what it takes for its own times."""
    columns = flat_columns()
    with path.open("w", encoding="utf-8-sig" if excel else "utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*(column.name for column in columns), DAY])
        for record in _records(lines):
            cells = [column.for_spreadsheet(record) if excel else column.for_cell(record) for column in columns]
            table.writerow([*cells, _day(record) or ""])


# -- Parquet ----------------------------------------------------------------------------------------------------------


def write_parquet(path: Path, lines: Iterable[Line]) -> None:
    """Write nested columns with their types, times as instants in Asia/Jakarta. Needs pyarrow."""
    import pyarrow as pa
    from pyarrow import parquet

    fields = items.schema()["properties"]
    schema = pa.schema([*((name, _arrow(inner)) for name, inner in fields.items()), (DAY, pa.date32())])
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for group in _groups(_records(lines)):
            rows = [{**_typed(record, fields), DAY: _day(record)} for record in group]
            file.write_batch(pa.RecordBatch.from_pylist(rows, schema=schema))


def _groups(records: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(records, _GROUP)):
        yield group


def _arrow(schema: Schema) -> pa.DataType:
    import pyarrow as pa

    kind = kind_of(schema)
    if kind == "list":
        return pa.list_(_arrow(schema["items"]))
    if kind == "object":
        return pa.struct([(name, _arrow(inner)) for name, inner in schema["properties"].items()])
    if kind == "map":
        return pa.map_(pa.string(), _arrow(schema["additionalProperties"]))
    plain = {"text": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "moment": pa.timestamp("us", _ZONE)}
    return plain[kind]


def _typed(record: dict[str, Any], fields: dict[str, Schema]) -> dict[str, Any]:
    """Return a record with its times as such, and its maps as pairs."""
    return {name: _value(record.get(name), inner) for name, inner in fields.items()}


def _value(value: Any, schema: Schema) -> Any:
    kind = kind_of(schema)
    if value is None:
        return None
    if kind == "moment":
        return datetime.fromisoformat(value)
    if kind == "object":
        return _typed(value, schema["properties"])
    return list(value.items()) if kind == "map" else value


# -- SQLite -----------------------------------------------------------------------------------------------------------


def write_sqlite(path: Path, lines: Iterable[Line], *, all_versions: bool = False) -> None:
    """Write the table `articles` with a full-text index over headline and text. Needs sqlite-utils.

    Lists and maps are JSON, booleans 0 and 1.
    """
    from sqlite_utils import Database

    columns = flat_columns()
    types: dict[str, type] = {column.name: int if column.kind in {"integer", "boolean"} else str for column in columns}
    database = Database(path)
    try:
        # The file is thrown away when anything fails: it needs no journal.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        table = database.table("articles")
        key = ("identifier", "version") if all_versions else "identifier"
        table.create({**types, DAY: str}, pk=key, not_null={"identifier", "url", "headline", "version"})
        rows = (
            {**{column.name: column.for_database(record) for column in columns}, DAY: _day(record)}
            for record in _records(lines)
        )
        table.insert_all(rows, batch_size=_BATCH)
        for name in (DAY, "article_section", "near_duplicate_of"):
            table.create_index([name])
        # Without diacritics "Jumat" finds "Jum’át"; words are parted at everything that is neither letter nor digit.
        table.enable_fts(["headline", "article_body"], tokenize="unicode61 remove_diacritics 2")
        database.execute("ANALYZE")
    finally:
        database.close()
