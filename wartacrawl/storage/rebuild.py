"""Rebuilding the ledger from the exported lines, when it was lost or damaged."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from wartacrawl import items
from wartacrawl.language import dates, similarity
from wartacrawl.storage import folder as folders
from wartacrawl.storage import generation, parts
from wartacrawl.storage.building import Builder, ExportedLine
from wartacrawl.storage.folder import REJECTED, find_parts, find_strangers, hold_folder, sync
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.lines import in_turn, parse, read_lines, read_piece, shares
from wartacrawl.storage.store import next_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wartacrawl.storage.generation import Generation
    from wartacrawl.storage.lines import Piece, Spread


@dataclass(slots=True)
class _Taken:
    """What stands in a piece of a part: its lines as the ledger remembers them, and the numbers of unreadable ones.

    `count` is the number of lines, `last` and `end` are the byte offsets of the last one and of its end. `lacks_end`
    says that it is whole but for its line feed, as an editor may leave it; a torn one does not count.
    """

    path: str
    lines: list[ExportedLine] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    count: int = 0
    last: int = 0
    end: int = 0
    lacks_end: bool = False


@dataclass(slots=True)
class Rebuilt:
    """What was taken over, where the old ledger is kept, and lines that could not be taken over."""

    path: Path
    kept: Path | None = None
    parts: int = 0
    lines: int = 0
    findings: list[str] = field(default_factory=list)


def rebuild(folder: Path, *, recheck_ages: Sequence[float] = (), spread: Spread = in_turn) -> Rebuilt:
    """Rebuild `ledger.sqlite`; torn tails are cut, a damaged line stays in its part and is reported.

    `spread` has the lines read elsewhere, in other processes.

    What only the ledger knew (failures, walks, validators, runs) is lost: the next crawl finds it out again. Raises
    `LedgerError` when there is no such folder, it cannot be written, or a crawl is running on it.
    """
    if not folder.is_dir():
        raise LedgerError(f"{folder} is not a folder: name the one with the articles, -s OUTPUT_DIR=….")
    try:
        in_use = hold_folder(folder, alone=True)
        try:
            return _rebuild(folder, recheck_ages, spread)
        finally:
            os.close(in_use)
    except OSError as error:
        raise LedgerError(
            f"{error.filename or folder} cannot be read or written ({error.strerror or error}): mend that and run "
            "again; the lines and the old ledger are as they were."
        ) from error


def _rebuild(folder: Path, recheck_ages: Sequence[float], spread: Spread) -> Rebuilt:
    report = Rebuilt(folder / FILE_NAME)
    building = folder / f"{FILE_NAME}.new"
    _discard(building)
    try:
        made = _build(building, folder, report, spread(partial(take, ages=recheck_ages), _shares(folder)))
        sync(building)
    except BaseException:
        _discard(building)  # a full disk is not left fuller than it was
        raise
    report.kept = _put_in_place(building, report.path)
    sync(folder)
    generation.write(folder, made)
    return report


def _build(building: Path, folder: Path, report: Rebuilt, pieces: Iterator[_Taken]) -> Generation:
    ledger = Ledger(building)
    try:
        builder = Builder(ledger)
        with builder.filling():
            for path, taken in groupby(pieces, key=attrgetter("path")):
                _take_part(folder, path, taken, builder, ledger, report)
            report.findings += [
                f"{path}:0: is not the name of a part and stays as it is" for path in find_strangers(folder)
            ]
            folders.refuse_link(folder, REJECTED)
            if (folder / REJECTED).exists():
                _take_rejected(folder, ledger)
        return ledger.generation()
    finally:
        # The last connection takes the -wal into the file and removes it.
        ledger.close()


def _shares(folder: Path) -> Iterator[list[Piece]]:
    return shares(folder, {file.relative_to(folder).as_posix(): file.stat().st_size for file in find_parts(folder)})


def _discard(building: Path) -> None:
    for file in _files(building):
        file.unlink(missing_ok=True)


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
    folder: Path, path: str, pieces: Iterable[_Taken], builder: Builder, ledger: Ledger, report: Rebuilt
) -> None:
    end = last = count = 0
    for piece in pieces:
        report.findings += [
            f"{path}:{count + number}: this line could not be read and stays as it is" for number in piece.unreadable
        ]
        builder.add(path, piece.lines)
        count += piece.count
        end, last = (piece.end, piece.last) if piece.count else (end, last)
        if piece.lacks_end:
            _append(folder / path, b"\n")
    _cut(folder, path, end)
    with (folder / path).open("rb") as file:
        file.seek(last)
        ledger.extend_part(path, length=end, lines=count, last_line=file.read(end - last))
    report.parts += 1
    report.lines += count


def _append(file: Path, data: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _cut(folder: Path, path: str, end: int) -> None:
    if end < (folder / path).stat().st_size:
        with folders.opened(folder, path) as descriptor:
            parts.cut(folder, path, descriptor, end)


def take(pieces: Sequence[Piece], ages: Sequence[float]) -> list[_Taken]:
    """Read some pieces: what the ledger is to remember of their lines."""
    return [_take(piece, ages) for piece in pieces]


def _take(piece: Piece, ages: Sequence[float]) -> _Taken:
    taken = _Taken(piece.path)
    for offset, line in read_piece(piece):
        is_torn = not line.endswith(b"\n")
        found = _line(line, offset, len(line) + is_torn, ages)
        if is_torn and found is None:
            break
        taken.count += 1
        taken.last, taken.end, taken.lacks_end = offset, offset + len(line) + is_torn, is_torn
        if found is None:
            taken.unreadable.append(taken.count)
        else:
            taken.lines.append(found)
    return taken


def _line(line: bytes, offset: int, length: int, ages: Sequence[float]) -> ExportedLine | None:
    """Return what the ledger is to remember of a line, None where it is not an exported article."""
    record = parse(line)
    if record is None or items.record_problems(record):
        return None
    body, metadata = record["article_body"], record["metadata"]
    try:
        published = _moment(record["date_published"])
        # A clock that was ahead must not make the article look checked until that time has come.
        downloaded = min(datetime.fromisoformat(metadata["date_downloaded"]).timestamp(), time.time())
        return ExportedLine(
            identifier=int(record["identifier"]),
            slug=items.slug(record["url"]),
            day=_day(published),
            published=published.timestamp() if published else None,
            version=record["version"],
            signature=items.signature(record["headline"], body),
            offset=offset,
            length=length,
            downloaded=downloaded,
            next_check=next_check(published, downloaded, ages),
            # By which version of the layouts is not known: what only the generic layer could read is read again.
            body_layer=metadata["field_sources"].get("article_body"),
            source=metadata["discovered_via"],
            bands=similarity.bands(body) if body else (),
        )
    except (ValueError, OverflowError):  # a date or a character that only looks like one
        return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(published: datetime | None) -> str | None:
    return dates.day(published).isoformat() if published else None


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
        return  # it was never valid; nothing depends on it
    if 0 < identifier < 1 << 62:
        ledger.announce([(identifier, None, day)], source)
        ledger.record_failure(identifier, reason, final="rejected")
