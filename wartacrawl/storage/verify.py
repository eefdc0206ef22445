"""Checking the lines of an output folder against the contract and against the ledger."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.items import ARTICLES, UNDATED
from wartacrawl.language import dates
from wartacrawl.site import urls
from wartacrawl.storage.folder import REJECTED, find_parts, find_strangers
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# A key is identifier and version in one 64-bit number.
_VERSION_BITS = 20


@dataclass(slots=True)
class Report:
    """What was read and what is wrong with it; a finding is `path:line: sentence`, with line 0 for a whole file."""

    parts: int = 0
    lines: int = 0
    articles: int = 0
    findings: list[str] = field(default_factory=list)


def read_lines(file: Path) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number from 1, byte offset, line with its line feed); a torn last line has none."""
    offset = 0
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            yield number, offset, line
            offset += len(line)


def verify(folder: Path) -> Report:
    """Check every part of an output folder; may run beside a crawl, whose lines under way are left out.

    JSON, schema, order of the fields, address and identifier, the day of the part, unique (identifier, version),
    versions 1, 2, 3 … without a gap and in this order, torn tails, and that each part is as long as the ledger has
    committed.
    """
    report = Report()
    try:
        files = find_parts(folder)
    except LedgerError as error:
        report.findings.append(f"{ARTICLES}:0: {error}")
        return report
    # 8 bytes a line: a million lines take 8 MB, not 100. Lines are found again only for what turns out wrong.
    keys = array("Q")
    committed, is_in_use, problems = _committed(folder, has_parts=bool(files))
    report.findings += problems
    for file in files:
        name = file.relative_to(folder).as_posix()
        report.parts += 1
        report.findings += _part(file, name, keys, report, committed.get(name) if is_in_use else None)
    report.findings += [
        f"{path}:0: is not the name of a part; wartacrawl leaves it alone" for path in find_strangers(folder)
    ]
    report.findings += _key_problems(folder, keys)
    report.articles = len({key >> _VERSION_BITS for key in keys})
    if not is_in_use:
        report.findings += _length_problems(folder, committed)
    return report


def _committed(folder: Path, *, has_parts: bool) -> tuple[dict[str, int], bool, list[str]]:
    """Return the committed lengths, whether a crawl is running, and what is wrong with the ledger."""
    path = folder / FILE_NAME
    if not path.exists():
        missing = f"{FILE_NAME}:0: there is no ledger; run `scrapy rebuild-ledger`"
        return {}, False, [missing] if has_parts else []
    try:
        ledger = Ledger(path, read_only=True)
        try:
            return ledger.parts(), ledger.is_in_use(), []
        finally:
            ledger.close()
    except LedgerError as error:
        return {}, False, [f"{FILE_NAME}:0: {error}"]


def _part(file: Path, name: str, keys: array[int], report: Report, committed: int | None) -> Iterator[str]:
    """Read one part up to its committed length if given, add its keys and yield what is wrong with it."""
    later: dict[int, tuple[int, int]] = {}
    for number, offset, line in read_lines(file):
        if committed is not None and offset >= committed:
            break
        report.lines += 1
        record = _parse(line)
        problems = _problems(line, record, name)
        yield from (f"{name}:{number}: {problem}" for problem in problems)
        if record is None or problems:
            continue
        identifier, version = int(record["identifier"]), record["version"]
        keys.append(identifier << _VERSION_BITS | version)
        before = later.get(identifier, (0, 0))
        if before[0] > version:
            yield f"{name}:{number}: article {identifier} version {version} stands after {before[0]}, line {before[1]}"
        elif version > 1:
            later[identifier] = version, number


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _problems(line: bytes, record: dict[str, Any] | None, name: str) -> list[str]:
    if not line.endswith(b"\n"):
        return ["torn: the line has no end"]
    if record is None:
        return ["no JSON object"]
    return items.record_problems(record) or list(_contradictions(record, name))


def _contradictions(record: dict[str, Any], name: str) -> Iterator[str]:
    """Yield what a schema cannot say of a line: its fields contradict each other, or the name of its part."""
    if urls.identity(record["url"]) != record["identifier"]:
        yield f"article {record['identifier']} has the address of another, {record['url']}"
    if record["version"] >> _VERSION_BITS:
        yield f"version {record['version']} is no count of changes"
    expected = _part_of(record["date_published"])
    if name != expected:
        yield f"belongs to {expected}"


def _part_of(date_published: str | None) -> str:
    if date_published is None:
        return UNDATED
    try:
        day = dates.day(datetime.fromisoformat(date_published)).isoformat()
    except (ValueError, OverflowError):  # the form of a date, but none there is in Jakarta
        return f"the part of a day, which {date_published} is not"
    return f"{ARTICLES}/{day[:4]}/{day}.jsonl"


def _key_problems(folder: Path, keys: array[int]) -> Iterator[str]:
    twice: set[int] = set()
    orphaned: set[int] = set()
    before = 0
    for key in sorted(keys):
        version = key & ((1 << _VERSION_BITS) - 1)
        if key == before:
            twice.add(key)
        elif version != 1 and key != before + 1:
            orphaned.add(key)
        before = key
    if twice or orphaned:
        yield from _located(_places(folder, twice | orphaned), twice, orphaned)


def _places(folder: Path, wanted: set[int]) -> dict[int, list[str]]:
    """Return where the lines with these keys stand, as `path:line`: a second reading, only when something is wrong."""
    places: dict[int, list[str]] = defaultdict(list)
    for file in find_parts(folder):
        name = file.relative_to(folder).as_posix()
        for number, _, line in read_lines(file):
            record = _parse(line)
            try:
                key = int(record["identifier"]) << _VERSION_BITS | record["version"] if record else 0
            except (KeyError, TypeError, ValueError):
                continue
            if key in wanted:
                places[key].append(f"{name}:{number}")
    return places


def _located(places: dict[int, list[str]], twice: set[int], orphaned: Iterable[int]) -> Iterator[str]:
    for key in sorted(places):
        identifier, version = key >> _VERSION_BITS, key & ((1 << _VERSION_BITS) - 1)
        first, *others = places[key]
        if key in orphaned:
            yield f"{first}: article {identifier} has version {version} but not the one before it"
        if key in twice:
            yield from (
                f"{other}: article {identifier} version {version} stands at {first} already" for other in others
            )


def _length_problems(folder: Path, committed: dict[str, int]) -> Iterator[str]:
    names = {file.relative_to(folder).as_posix() for file in find_parts(folder)} if committed else set()
    for path in sorted({*names, *committed} | ({REJECTED} if committed else set())):
        expected = committed.get(path, 0)
        file = folder / path
        length = file.stat().st_size if file.exists() else 0
        if length < expected:
            yield f"{path}:0: has {length:,} of the {expected:,} bytes committed; run `scrapy rebuild-ledger`"
        elif length > expected:
            yield f"{path}:0: {length - expected:,} bytes beyond the committed end; the next crawl cuts or refuses them"
