"""Rebuilding the ledger from the exported lines, when it was lost or damaged."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.language import dates, similarity
from wartacrawl.site import urls
from wartacrawl.storage import folder as folders
from wartacrawl.storage import generation, parts
from wartacrawl.storage.folder import REJECTED, find_parts, find_strangers, hold_folder
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.store import next_check
from wartacrawl.storage.verify import read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Lines taken over in one transaction: few enough that a small machine holds them, whatever the parts.
_CHUNK = 2_000

# A record, the byte offset of its line and the length of it.
_Line = tuple[dict[str, Any], int, int]


@dataclass(slots=True)
class Report:
    """What was taken over, where the old ledger is kept, and lines that could not be taken over."""

    path: Path
    kept: Path | None = None
    parts: int = 0
    lines: int = 0
    findings: list[str] = field(default_factory=list)


def rebuild(folder: Path, *, recheck_ages: Sequence[float] = ()) -> Report:
    """Rebuild `ledger.sqlite`; torn tails are cut, a damaged line stays in its part and is reported.

    What only the ledger knew (failures, walks, validators, runs) is gone: the next crawl finds it out again. Raises
    `LedgerError` when there is no such folder, it cannot be written, or a crawl is running on it.
    """
    if not folder.is_dir():
        raise LedgerError(f"{folder} is no folder: name the one with the articles, -s OUTPUT_DIR=….")
    try:
        in_use = hold_folder(folder, alone=True)
        try:
            return _rebuild(folder, recheck_ages)
        finally:
            os.close(in_use)
    except OSError as error:
        raise LedgerError(
            f"{error.filename or folder} cannot be read or written ({error.strerror or error}): mend that and run "
            "again; the lines and the old ledger are as they were."
        ) from error


def _rebuild(folder: Path, recheck_ages: Sequence[float]) -> Report:
    report = Report(folder / FILE_NAME)
    building = folder / f"{FILE_NAME}.new"
    for leftover in _files(building):
        leftover.unlink(missing_ok=True)
    ledger = Ledger(building)
    try:
        for file in find_parts(folder):
            _take_part(file, folder, ledger, report, recheck_ages)
        report.findings += [
            f"{path}:0: is not the name of a part and stays as it is" for path in find_strangers(folder)
        ]
        ledger.clock = time.time
        folders.refuse_link(folder, REJECTED)
        if (folder / REJECTED).exists():
            _take_rejected(folder, ledger)
        made = ledger.generation()
    finally:
        # The last connection takes the -wal into the file and removes it.
        ledger.close()
    _sync(building)
    report.kept = _put_in_place(building, report.path)
    _sync(folder)
    generation.write(folder, made)
    return report


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))]


def _put_in_place(building: Path, target: Path) -> Path | None:
    """Move the old ledger aside and the new one in; return where the old one is."""
    old = [file for file in _files(target) if file.exists()]
    kept = target.with_name(f"{target.name}.{time.strftime('%Y%m%dT%H%M%S')}")
    number = 0
    while kept.exists():
        number += 1
        kept = kept.with_name(f"{target.name}.{time.strftime('%Y%m%dT%H%M%S')}.{number}")
    # A -wal left alone would be read as the new ledger's own; the main file goes first, so that a crash in between
    # leaves a folder without a ledger, which is refused, and not half of an old one, which is not.
    for file in old:
        file.rename(kept.with_name(kept.name + file.name.removeprefix(target.name)))
    building.rename(target)
    return kept if old else None


def _take_part(
    file: Path,
    folder: Path,
    ledger: Ledger,
    report: Report,
    recheck_ages: Sequence[float],
) -> None:
    path = file.relative_to(folder).as_posix()
    end = lines = 0
    last = b""
    chunk: list[_Line] = []
    for number, offset, line in read_lines(file):
        record = _read(line)
        is_torn = not line.endswith(b"\n")
        if is_torn and record is None:
            break
        if is_torn:
            # Whole but for its line feed, as an editor may leave it.
            _append(file, b"\n")
        length = len(line) + is_torn
        if record is None:
            report.findings.append(f"{path}:{number}: this line could not be read and stays as it is")
        else:
            chunk.append((record, offset, length))
        end, lines, last = offset + length, number, line if not is_torn else line + b"\n"
        if is_torn:
            break
        if len(chunk) >= _CHUNK:
            _take(chunk, path, ledger, recheck_ages)
            chunk.clear()
    _take(chunk, path, ledger, recheck_ages)
    _cut(folder, path, end)
    ledger.extend_part(path, length=end, lines=lines, last_line=last)
    report.parts += 1
    report.lines += lines


def _append(file: Path, data: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _cut(folder: Path, path: str, end: int) -> None:
    if end < (folder / path).stat().st_size:
        descriptor = folders.open_file(folder, path)
        try:
            parts.cut(folder, path, descriptor, end)
        finally:
            os.close(descriptor)


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(line)
        if items.record_problems(record):
            return None
        _day(_moment(record["date_published"]))
    except (ValueError, OverflowError, RecursionError):
        return None
    return record


def _take(chunk: list[_Line], path: str, ledger: Ledger, ages: Sequence[float]) -> None:
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
    published = _moment(record["date_published"])
    slug, day = _slug(record["url"]), _day(published)
    # A clock that was ahead must not make the article look checked until that time has come.
    downloaded = min(datetime.fromisoformat(record["metadata"]["date_downloaded"]).timestamp(), time.time())
    ledger.clock = lambda: downloaded
    ledger.announce([(identifier, slug, day)], record["metadata"]["discovered_via"])
    ledger.record_export(
        identifier,
        slug=slug,
        day=day,
        published=published.timestamp() if published else None,
        version=record["version"],
        signature=items.signature(record["headline"], record["article_body"]),
        part=path,
        offset=offset,
        length=length,
        next_check=next_check(published, downloaded, ages),
        # By which version of the layouts is not known: what only the generic layer could read is read again.
        body_layer=record["metadata"]["field_sources"].get("article_body"),
    )
    if record["article_body"]:
        ledger.add_bands(identifier, similarity.bands(record["article_body"]))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(published: datetime | None) -> str | None:
    return dates.day(published).isoformat() if published else None


def _slug(url: str) -> str | None:
    ref = urls.parse(url)
    return ref.slug if ref else None


def _take_rejected(folder: Path, ledger: Ledger) -> None:
    end = lines = 0
    last = b""
    for number, offset, line in read_lines(folder / REJECTED):
        if not line.endswith(b"\n"):
            break
        end, lines, last = offset + len(line), number, line
        _take_one_rejected(line, ledger)
    _cut(folder, REJECTED, end)
    ledger.extend_part(REJECTED, length=end, lines=lines, last_line=last)


def _take_one_rejected(line: bytes, ledger: Ledger) -> None:
    try:
        record = json.loads(line)
        identifier, reason = int(record["identifier"]), "rejected: " + "; ".join(record["reasons"])
        day = _day(_moment(record["date_published"]))
        source = str(record["metadata"]["discovered_via"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return  # it was never valid; that it cannot be read harms nobody
    if 0 < identifier < 1 << 62:
        ledger.announce([(identifier, None, day)], source)
        ledger.record_failure(identifier, reason, final="rejected")
