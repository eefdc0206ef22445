"""Checking the lines of an output folder against the contract and against the ledger."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.items import ARTICLES
from wartacrawl.site import urls
from wartacrawl.storage.folder import REJECTED, find_parts, find_strangers
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.lines import in_turn, parse, read_lines, read_piece, shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wartacrawl.storage.lines import Piece, Spread

# A key is identifier and version in one 64-bit number.
_VERSION_BITS = 20
_VERSION = (1 << _VERSION_BITS) - 1


@dataclass(slots=True)
class Verified:
    """What was read and what is wrong with it; a finding is `path:line: sentence`, with line 0 for a whole file."""

    parts: int = 0
    lines: int = 0
    articles: int = 0
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Checked:
    """What stands in a piece of a part: the key of each line, 0 for an invalid one, and (line from 0, problem)."""

    path: str
    keys: array[int]
    problems: list[tuple[int, str]]


def verify(folder: Path, *, spread: Spread = in_turn) -> Verified:
    """Check every part of an output folder; may run beside a crawl, whose uncommitted lines are left out.

    JSON, schema, order of the fields, address and identifier, the day of the part, unique (identifier, version),
    versions 1, 2, 3 … without a gap and in this order, torn tails, and that each part is as long as the ledger has
    committed. `spread` has the lines read elsewhere, in other processes.
    """
    report = Verified()
    try:
        files = find_parts(folder)
    except LedgerError as error:
        report.findings.append(f"{ARTICLES}:0: {error}")
        return report
    committed, is_in_use, problems = _committed(folder, has_parts=bool(files))
    report.findings += problems
    lengths = {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}
    if is_in_use:
        lengths = {path: min(length, committed.get(path, 0)) for path, length in lengths.items()}
    # 8 bytes a line: a million lines take 8 MB, not 100. Lines are found again only for what turns out wrong.
    keys = array("Q")
    part = _Part("", keys)
    for checked in spread(check, shares(folder, lengths)):
        if checked.path != part.name:
            part = _Part(checked.path, keys)
            report.parts += 1
        report.lines += len(checked.keys)
        report.findings += part.add(checked)
    report.findings += [
        f"{path}:0: is not the name of a part; wartacrawl leaves it alone" for path in find_strangers(folder)
    ]
    report.findings += _key_problems(folder, keys)
    report.articles = len({key >> _VERSION_BITS for key in keys if key})
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


class _Part:
    """The part that is being read; adds the keys of its lines to those of all parts."""

    def __init__(self, name: str, keys: array[int]) -> None:
        self.name = name
        self._keys = keys
        self._lines = 0
        self._later: dict[int, tuple[int, int]] = {}

    def add(self, checked: _Checked) -> Iterator[str]:
        """Yield what is wrong with the next piece of the part."""
        first = self._lines + 1
        self._lines += len(checked.keys)
        self._keys.extend(checked.keys)
        wrong = [(first + number, problem) for number, problem in checked.problems]
        for number, key in enumerate(checked.keys, first):
            identifier, version = key >> _VERSION_BITS, key & _VERSION
            before, line = self._later.get(identifier, (0, 0))
            if before > version:
                wrong.append((number, f"article {identifier} version {version} stands after {before}, line {line}"))
            elif version > 1:
                self._later[identifier] = version, number
        yield from (f"{self.name}:{number}: {problem}" for number, problem in sorted(wrong))


def check(pieces: Sequence[Piece]) -> list[_Checked]:
    """Check the lines of some pieces, each by itself."""
    return [_check(piece) for piece in pieces]


def _check(piece: Piece) -> _Checked:
    checked = _Checked(piece.path, array("Q"), [])
    for number, (_, line) in enumerate(read_piece(piece)):
        record = parse(line)
        problems = _problems(line, record, piece.path)
        checked.problems.extend((number, problem) for problem in problems)
        checked.keys.append(_key(record) if record is not None and not problems else 0)
    return checked


def _key(record: dict[str, Any]) -> int:
    return int(record["identifier"]) << _VERSION_BITS | int(record["version"])


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
    if type(record["version"]) is not int or record["version"] >> _VERSION_BITS:
        yield f"version {record['version']} is not a number of changes"
    expected = _part_of(record["date_published"])
    if name != expected:
        yield f"belongs to {expected}"


def _part_of(date_published: str | None) -> str:
    try:
        return items.part_of(items.day_of(date_published))
    except (ValueError, OverflowError):  # the form of a date, but none there is in Jakarta
        return f"the part of a day, which {date_published} is not"


def _key_problems(folder: Path, keys: array[int]) -> Iterator[str]:
    twice: set[int] = set()
    orphaned: set[int] = set()
    before = 0
    for key in sorted(filter(None, keys)):
        version = key & _VERSION
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
            record = parse(line)
            try:
                key = _key(record or {})
            except (LookupError, TypeError, ValueError):
                continue
            if key in wanted:
                places[key].append(f"{name}:{number}")
    return places


def _located(places: dict[int, list[str]], twice: set[int], orphaned: Iterable[int]) -> Iterator[str]:
    for key in sorted(places):
        identifier, version = key >> _VERSION_BITS, key & _VERSION
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
