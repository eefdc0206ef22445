"""Writes the JSON Schema and docs/fields.md from `items.py`: `python -m wartacrawl.operations.fields`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wartacrawl.items import schema

SCHEMA_FILE = Path(__file__).parents[1] / "article.schema.json"
TABLE_FILE = Path(__file__).parents[2] / "docs" / "fields.md"


def schema_text() -> str:
    """Return the JSON Schema as it is shipped."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def table_text() -> str:
    """Return the table of fields as Markdown."""
    rows = [
        "# The article, field by field",
        "",
        "Made from `wartacrawl/items.py` by `make schema`. Every key stands in every line, in this order.",
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


def main() -> None:
    """Write both files."""
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    TABLE_FILE.write_text(table_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
