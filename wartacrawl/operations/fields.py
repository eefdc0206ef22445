"""Writes what follows from `items.py`: `python -m wartacrawl.operations.fields` (`make schema`).

That is the JSON Schema, docs/fields.md, and an empty value of every new field in the page cases.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wartacrawl.items import SCHEMA_VERSION, schema
from wartacrawl.operations import cases

SCHEMA_FILE = Path(__file__).parents[1] / "article.schema.json"
TABLE_FILE = Path(__file__).parents[2] / "docs" / "fields.md"
CASES = Path(__file__).parents[2] / "tests" / "pages"


def schema_text() -> str:
    """Return the JSON Schema as it is shipped."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def table_text() -> str:
    """Return the table of fields as Markdown."""
    rows = [
        "# The article, field by field",
        "",
        "Made from `wartacrawl/items.py` by `make schema`. Every key is in every line, in this order.",
        "",
        "| field | type | schema.org | meaning |",
        "|---|---|---|---|",
    ]
    for name, column in schema()["properties"].items():
        word = column.get("$comment", "").removeprefix("https://schema.org/")
        rows.append(f"| `{name}` | {_type(column)} | {word} | {column['description']} |")
    return "\n".join(rows) + "\n"


def _type(column: dict[str, Any]) -> str:
    kinds = column["type"] if isinstance(column["type"], list) else [column["type"]]
    if kinds == ["array"]:
        return f"[{_type(column['items'])}]"
    if "object" in kinds and "properties" in column:
        inner = "{" + ", ".join(column["properties"]) + "}"
        return " or ".join([inner, *(kind for kind in kinds if kind != "object")])
    return " or ".join(kinds)


def keep_older() -> None:
    """Keep the schema of an earlier version under its number: the lines of that version are still judged by it.

    Raises `ValueError` when the fields changed and `SCHEMA_VERSION` did not.
    """
    if not SCHEMA_FILE.exists():
        return
    shipped = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    version = shipped["properties"]["metadata"]["properties"]["schema_version"]["const"]
    if version != SCHEMA_VERSION:
        SCHEMA_FILE.rename(SCHEMA_FILE.with_name(f"article.schema.{version}.json"))
    elif _without_notes(shipped) != _without_notes(schema()):
        raise ValueError(
            f"the fields changed, but lines of schema version {version} exist: raise SCHEMA_VERSION in items.py. "
            f"(Where no line of version {version} was ever written, delete {SCHEMA_FILE.name} first.)"
        )


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict) and "properties" not in value:
        return {key: _without_notes(inner) for key, inner in value.items() if key not in {"description", "$comment"}}
    if isinstance(value, dict):
        inner = {name: _without_notes(column) for name, column in value["properties"].items()}
        return {**_without_notes({k: v for k, v in value.items() if k != "properties"}), "properties": inner}
    return value


def main() -> None:
    """Write all of them."""
    try:
        keep_older()
    except ValueError as error:
        raise SystemExit(f"make schema: {error}") from None
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    TABLE_FILE.write_text(table_text(), encoding="utf-8")
    cases.complete(CASES)


if __name__ == "__main__":
    main()
