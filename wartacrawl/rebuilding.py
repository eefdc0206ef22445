"""Making the ledger anew from the exported lines, when it was lost or damaged."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema

from wartacrawl import dates, items, similarity
from wartacrawl.export import REJECTED, next_check
from wartacrawl.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.site import urls
from wartacrawl.verification import part_files, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Lines taken over in one transaction.
_CHUNK = 2_000


@dataclass(slots=True)
class Report:
    """What was taken over, where the old ledger is kept, and lines that could not be taken over."""

    path: Path
    kept: Path | None = None
    parts: int = 0
    lines: int = 0
    findings: list[str] = field(default_factory=list)


def rebuild(folder: Path, *, recheck_ages: Sequence[float] = ()) -> Report:
    """Make `ledger.sqlite` anew; torn tails are cut, a damaged line ends its part's good beginning and is reported.

    What only the ledger knew (failures, walks, validators, runs) is gone: the next crawl finds it out again.
    """
    if not folder.is_dir():
        raise LedgerError(f"{folder} is no folder: name the one with the articles, -s OUTPUT_DIR=….")
    report = Report(folder / FILE_NAME)
    building = folder / f"{FILE_NAME}.new"
    for leftover in _files(building):
        leftover.unlink(missing_ok=True)
    ledger = Ledger(building)
    try:
        check = fastjsonschema.compile(items.schema())
        for file in part_files(folder):
            _take_part(file, folder, ledger, check, report, recheck_ages)
        rejected = folder / REJECTED
        if rejected.exists():
            _take_rejected(rejected, ledger)
    finally:
        ledger.close()
    report.kept = _put_in_place(building, report.path)
    return report


def _files(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))]


def _put_in_place(building: Path, target: Path) -> Path | None:
    kept = None
    if target.exists():
        kept = target.with_name(f"{target.name}.{time.strftime('%Y%m%dT%H%M%S')}")
        for old in _files(target):
            if old.exists():
                old.rename(kept.with_name(kept.name + old.name.removeprefix(target.name)))
    building.rename(target)
    return kept


def _take_part(
    file: Path,
    folder: Path,
    ledger: Ledger,
    check: Callable[[Any], Any],
    report: Report,
    recheck_ages: Sequence[float],
) -> None:
    path = file.relative_to(folder).as_posix()
    end = lines = 0
    chunk: list[tuple[dict[str, Any], int, int]] = []
    for number, offset, line in read_lines(file):
        if not line.endswith(b"\n"):
            break
        record = _read(line, check)
        if record is None:
            report.findings.append(f"{path}:{number}: this line could not be read and stays as it is")
        else:
            chunk.append((record, offset, len(line)))
        end, lines = offset + len(line), number
        if len(chunk) >= _CHUNK:
            _take(chunk, path, ledger, recheck_ages)
            chunk.clear()
    _take(chunk, path, ledger, recheck_ages)
    if end < file.stat().st_size:
        with file.open("r+b") as stream:
            stream.truncate(end)
    ledger.extend_part(path, length=end, lines=lines)
    report.parts += 1
    report.lines += lines


def _read(line: bytes, check: Callable[[Any], Any]) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(line)
        check(record)
    except (ValueError, RecursionError, fastjsonschema.JsonSchemaValueException):
        return None
    return record


def _take(chunk: list[tuple[dict[str, Any], int, int]], path: str, ledger: Ledger, ages: Sequence[float]) -> None:
    with ledger.transaction():
        for record, offset, length in chunk:
            _take_one(record, path, offset, length, ledger, ages)


def _take_one(
    record: dict[str, Any], path: str, offset: int, length: int, ledger: Ledger, ages: Sequence[float]
) -> None:
    identifier = int(record["identifier"])
    known = ledger.article(identifier)
    if known is not None and known.version >= record["version"]:
        return
    published = datetime.fromisoformat(record["date_published"]) if record["date_published"] else None
    day = dates.day(published).isoformat() if published else None
    ref = urls.parse(record["url"])
    slug = ref.slug if ref else None
    ledger.announce([(identifier, slug, day)], record["metadata"]["discovered_via"])
    ledger.record_export(
        identifier,
        slug=slug,
        day=day,
        published=published.timestamp() if published else None,
        version=record["version"],
        signature=record["metadata"]["content_hash"],
        part=path,
        offset=offset,
        length=length,
        next_check=next_check(published, ledger.clock(), ages),
    )
    if record["article_body"]:
        ledger.add_bands(identifier, similarity.bands(record["article_body"]))


def _take_rejected(file: Path, ledger: Ledger) -> None:
    end = lines = 0
    for number, offset, line in read_lines(file):
        if not line.endswith(b"\n"):
            break
        end, lines = offset + len(line), number
        try:
            record = json.loads(line)
            identifier, reasons = int(record["identifier"]), record["reasons"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        ledger.record_failure(identifier, "rejected: " + "; ".join(reasons), final="rejected")
    if end < file.stat().st_size:
        with file.open("r+b") as stream:
            stream.truncate(end)
    ledger.extend_part(REJECTED, length=end, lines=lines)
