"""Checking the lines of an output folder against the contract and against the ledger."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import fastjsonschema

from wartacrawl import dates, items
from wartacrawl.export import ARTICLES, UNDATED
from wartacrawl.ledger import FILE_NAME, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(slots=True)
class Report:
    """What was read and what is wrong with it; a finding is `path:line: sentence`, with line 0 for a whole part."""

    parts: int = 0
    lines: int = 0
    articles: int = 0
    findings: list[str] = field(default_factory=list)


def part_files(folder: Path) -> list[Path]:
    """Return the part files of an output folder, oldest day first, undated last."""
    files = (folder / ARTICLES).glob("**/*.jsonl")
    return sorted(files, key=lambda file: (file.stem == "undated", file.stem, file))


def read_lines(file: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number from 1, byte offset, line with its line feed); a torn last line has none."""
    offset = 0
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            yield number, offset, line
            offset += len(line)


def verify(folder: Path) -> Report:
    """Check every part of an output folder.

    JSON, schema, the day of the part, unique (identifier, version), versions 1, 2, 3 … without a gap, torn tails, and
    that each part is as long as the ledger has committed.
    """
    report = Report()
    check = fastjsonschema.compile(items.schema())
    # (identifier, version) packed into 64 bits: a million lines take 8 MB, not 100.
    keys = array("Q")
    for file in part_files(folder):
        report.parts += 1
        name = file.relative_to(folder).as_posix()
        for number, _, line in read_lines(file):
            report.lines += 1
            record = _parse(line)
            problems = ["torn: the line has no end"] if not line.endswith(b"\n") else []
            problems += _problems(record, name, check)
            report.findings += [f"{name}:{number}: {problem}" for problem in problems]
            if record is not None and not problems:
                keys.append(int(record["identifier"]) << 20 | record["version"])
    report.findings += _key_problems(keys)
    report.articles = len({key >> 20 for key in keys})
    report.findings += _ledger_problems(folder)
    return report


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _problems(record: dict[str, Any] | None, name: str, check: Callable[[Any], Any]) -> list[str]:
    if record is None:
        return ["no JSON object"]
    try:
        check(record)
    except fastjsonschema.JsonSchemaValueException as error:
        return [f"against the schema: {error.message.removeprefix('data.')}"]
    if tuple(record) != items.FIELD_NAMES:
        return ["the fields are not in the order of the contract"]
    when = record["date_published"]
    day = dates.day(datetime.fromisoformat(when)).isoformat() if when else None
    expected = f"{ARTICLES}/{day[:4]}/{day}.jsonl" if day else UNDATED
    return [] if name == expected else [f"belongs to {expected}"]


def _key_problems(keys: array[int]) -> Iterator[str]:
    before = 0
    for key in sorted(keys):
        identifier, version = key >> 20, key & 0xFFFFF
        if key == before:
            yield f"{ARTICLES}:0: article {identifier} version {version} stands more than once"
        elif (before >> 20 == identifier and version != (before & 0xFFFFF) + 1) or (
            before >> 20 != identifier and version != 1
        ):
            yield f"{ARTICLES}:0: article {identifier} has version {version} but not the one before it"
        before = key


def _ledger_problems(folder: Path) -> Iterator[str]:
    if not (folder / FILE_NAME).exists():
        if (folder / ARTICLES).exists():
            yield f"{FILE_NAME}:0: there is no ledger; run `scrapy rebuild-ledger`"
        return
    ledger = Ledger(folder / FILE_NAME)
    try:
        for path, committed in sorted(ledger.parts().items()):
            file = folder / path
            length = file.stat().st_size if file.exists() else 0
            if length < committed:
                yield f"{path}:0: has {length:,} of the {committed:,} bytes that were committed; run `scrapy rebuild-ledger`"
            elif length > committed:
                yield f"{path}:0: {length - committed:,} bytes beyond the committed end; the next crawl cuts them"
    finally:
        ledger.close()
