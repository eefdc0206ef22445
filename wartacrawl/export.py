"""JSON Lines by day of publication, written in one transaction with the ledger.

A line is appended to its part, the part is synced, and then the ledger commits the new length together with what it
knows of the article. Whatever stands in a part beyond its committed length was never promised: it is cut back the next
time anybody opens the output folder or appends to that part.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl import dates, items, similarity
from wartacrawl.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wartacrawl.items import Article
    from wartacrawl.ledger import Row

ARTICLES = "articles"
UNDATED = f"{ARTICLES}/undated.jsonl"
REJECTED = "rejected.jsonl"

# Lines one transaction may hold. A crash can leave so many uncommitted ones in a part, never more: if there are more,
# the ledger is older than the lines, and cutting would destroy what somebody restored.
BATCH_LINES = 64

# Seconds after publication at which an article is looked at again (setting RECHECK_AGES).
RECHECK_AGES = (3_600, 21_600, 86_400, 604_800)
# A check that is due so soon after the last look would find nothing (seconds).
RECHECK_GAP = 3_600

Verdict = Literal["new", "revision", "unchanged"]

# Fields that say how and when a line was made, not what the article says.
_OWN_FIELDS = frozenset({"version", "metadata", "near_duplicate_of"})


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an article: the verdict, its version, and the earlier article it almost repeats."""

    identifier: str
    verdict: Verdict
    version: int
    near_duplicate_of: str | None = None


def part_of(article: Article) -> str:
    """Return the part an article belongs to, as a path relative to the output folder."""
    if article.date_published is None:
        return UNDATED
    day = dates.day(datetime.fromisoformat(article.date_published)).isoformat()
    return f"{ARTICLES}/{day[:4]}/{day}.jsonl"


def next_check(published: datetime | None, now: float, ages: Sequence[float]) -> float | None:
    """Return when an article is to be looked at again, in seconds since the epoch; None for never.

    >>> at = datetime.fromisoformat("2026-07-12T08:00:00+07:00")
    >>> next_check(at, at.timestamp() + 60, RECHECK_AGES) - at.timestamp()
    21600.0
    >>> next_check(at, at.timestamp() + 700_000, RECHECK_AGES) is None
    True
    """
    if published is None:
        return None
    due = (published.timestamp() + age for age in sorted(ages))
    return next((moment for moment in due if moment >= now + RECHECK_GAP), None)


class Parts:
    """Files of an output folder opened within one transaction, and how to undo what was appended."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._open: dict[str, _Part] = {}

    def append(self, path: str, line: bytes) -> int:
        """Append a line to a part and return the byte offset at which it begins."""
        part = self._open.get(path)
        if part is None:
            part = self._open[path] = self._open_part(path)
        offset = part.length
        written = 0
        while written < len(line):
            written += os.pwrite(part.descriptor, line[written:], offset + written)
        part.length += len(line)
        part.lines += 1
        return offset

    def _open_part(self, path: str) -> _Part:
        target = self._folder / path
        is_new = not target.exists()
        if is_new:
            _make_folder(target.parent)
        committed, _ = self._ledger.part(path)
        descriptor = os.open(target, os.O_RDWR | os.O_CREAT, 0o644)
        part = _Part(descriptor, committed, committed, 0)
        try:
            cut_back(target, committed, descriptor)
            if is_new:
                _sync_folder(target.parent)
        except BaseException:
            os.close(descriptor)
            raise
        return part

    def commit(self) -> None:
        """Bring every line to the disk and tell the ledger; its own commit makes them count."""
        for path, part in self._open.items():
            os.fsync(part.descriptor)
            self._ledger.extend_part(path, length=part.length, lines=part.lines)

    def undo(self) -> None:
        """Cut away what was appended. Failing here is harmless: the next opening does the same."""
        for part in self._open.values():
            try:
                os.ftruncate(part.descriptor, part.committed)
            except OSError:
                continue

    def close(self) -> None:
        """Close the files."""
        for part in self._open.values():
            os.close(part.descriptor)
        self._open.clear()


@dataclass(slots=True)
class _Part:
    descriptor: int
    committed: int
    length: int
    lines: int


class Store:
    """An output folder: its ledger and its parts."""

    def __init__(self, folder: Path, *, recheck_ages: Sequence[float] = RECHECK_AGES, ledger: Ledger | None = None) -> None:
        self.folder = folder
        self.recheck_ages = tuple(recheck_ages)
        self._near: dict[int, frozenset[int]] = {}
        if ledger is None:
            _make_folder(folder)
            self._refuse_orphans()
            ledger = Ledger(folder / FILE_NAME)
        self.ledger = ledger

    @classmethod
    def open(cls, folder: Path, **options: Any) -> Store:
        """Open an output folder for writing: make it if need be, and cut every part back to its committed length.

        Raises `LedgerError` when the folder cannot be written, or lines are missing that the ledger has committed.
        """
        try:
            store = cls(folder, **options)
            store._recover()
        except OSError as error:
            raise _fault(error, folder) from error
        return store

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _refuse_orphans(self) -> None:
        ledger = self.folder / FILE_NAME
        orphan = None if ledger.exists() else next((self.folder / ARTICLES).glob("**/*.jsonl"), None)
        if orphan is not None:
            raise LedgerError(
                f"{self.folder} holds articles ({orphan.name}) but no ledger: run `scrapy rebuild-ledger`, which makes "
                f"{FILE_NAME} anew from the lines, or choose another OUTPUT_DIR."
            )

    def _recover(self) -> None:
        with self.ledger.transaction():
            committed = self.ledger.parts()
            for path, length in committed.items():
                cut_back(self.folder / path, length)
            found = (file.relative_to(self.folder).as_posix() for file in (self.folder / ARTICLES).glob("**/*.jsonl"))
            for path in sorted({*found, REJECTED} - committed.keys()):
                if (self.folder / path).exists():
                    cut_back(self.folder / path, 0)

    @contextmanager
    def _writing(self) -> Iterator[Parts]:
        parts = Parts(self.folder, self.ledger)
        try:
            with self.ledger.transaction():
                try:
                    yield parts
                    parts.commit()
                except BaseException:
                    parts.undo()
                    raise
        except OSError as error:
            raise _fault(error, self.folder) from error
        finally:
            parts.close()

    def write(self, articles: Iterable[Article]) -> list[Written]:
        """Write articles in one transaction, at most `BATCH_LINES` of them, and say what became of each.

        The verdict is found under the write lock, so that two crawls at once cannot both call an article new. Sets
        `version`, `near_duplicate_of` and `metadata.changed_fields` of the articles.
        """
        batch = sorted(articles, key=lambda article: int(article.identifier))
        if len(batch) > BATCH_LINES:
            raise ValueError(f"{len(batch)} articles in one transaction; {BATCH_LINES} is the most")
        with self._writing() as parts:
            return [self._write_one(article, parts) for article in batch]

    def confirm(self, article: Article) -> None:
        """Remember that an exported article was fetched again and has not changed."""
        self.ledger.record_check(int(article.identifier), self._next_check(article))

    def _next_check(self, article: Article) -> float | None:
        published = datetime.fromisoformat(article.date_published) if article.date_published else None
        return next_check(published, self.ledger.clock(), self.recheck_ages)

    def reject(self, record: dict[str, Any]) -> None:
        """Append a record to rejected.jsonl and remember its article as given up."""
        with self._writing() as parts:
            parts.append(REJECTED, items.dump(record))
            identifier = record.get("identifier")
            if identifier is not None:
                reason = "rejected: " + "; ".join(record["reasons"])
                self.ledger.record_failure(int(identifier), reason, final="rejected")

    def _write_one(self, article: Article, parts: Parts) -> Written:
        identifier = int(article.identifier)
        known = self.ledger.article(identifier)
        signature = article.signature()
        published = datetime.fromisoformat(article.date_published) if article.date_published else None
        if known is not None and known.version and known.signature == signature:
            self.confirm(article)
            return Written(article.identifier, "unchanged", known.version)
        article.version = known.version + 1 if known is not None else 1
        bands = similarity.bands(article.article_body) if article.article_body else ()
        article.near_duplicate_of = self._near_duplicate(article, bands)
        if known is not None and known.version:
            article.metadata["changed_fields"] = _changed(self.read(known), article.record())
        path = part_of(article)
        line = items.dump(article.record())
        offset = parts.append(path, line)
        ref = urls.parse(article.url)
        self.ledger.record_export(
            identifier,
            slug=ref.slug if ref else None,
            day=Path(path).stem if published else (known.day if known else None),
            published=published.timestamp() if published else None,
            version=article.version,
            signature=signature,
            part=path,
            offset=offset,
            length=len(line),
            next_check=self._next_check(article),
        )
        self.ledger.add_bands(identifier, bands)
        verdict: Verdict = "new" if article.version == 1 else "revision"
        return Written(article.identifier, verdict, article.version, article.near_duplicate_of)

    def _near_duplicate(self, article: Article, bands: Sequence[int]) -> str | None:
        """Return the identifier of the first exported article with almost the same text."""
        if not bands or article.article_body is None:
            return None
        for row in self.ledger.similar(int(article.identifier), bands):
            earlier = self.read(row)
            resembled = similarity.resemblance(article.article_body, earlier["article_body"] or "")
            origin = earlier["near_duplicate_of"]
            if resembled >= similarity.THRESHOLD and origin != article.identifier:
                return str(origin or earlier["identifier"])
        return None

    def read(self, row: Row) -> dict[str, Any]:
        """Return the last exported line of an article."""
        if row.part is None or row.offset is None or row.length is None:
            raise LookupError(f"article {row.identifier} has no exported line")
        with (self.folder / row.part).open("rb") as file:
            file.seek(row.offset)
            line = file.read(row.length)
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise LedgerError(
                f"{self.folder / row.part} was changed from outside: no whole line at byte {row.offset} (article "
                f"{row.identifier}); restore the file, or run `scrapy rebuild-ledger`."
            ) from error
        return record


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in items.FIELD_NAMES if name not in _OWN_FIELDS and before.get(name) != after[name]]


def cut_back(path: Path, committed: int, descriptor: int | None = None) -> int:
    """Cut a part back to its committed length and return how many bytes went.

    Raises `LedgerError` when the part is missing or shorter, or longer by more lines than a crash can leave.
    """
    try:
        length = os.fstat(descriptor).st_size if descriptor is not None else path.stat().st_size
    except FileNotFoundError:
        length = 0
    if length == committed:
        return 0
    if length < committed:
        state = f"has {length:,} of its {committed:,} bytes" if length else "is missing or empty"
        raise LedgerError(
            f"{path} {state}: restore the file, or run `scrapy rebuild-ledger`, after which the crawl fetches again "
            "what was in it."
        )
    with path.open("rb") as file:
        file.seek(committed)
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    if lines > BATCH_LINES:
        raise LedgerError(
            f"{path} has {lines:,} lines that the ledger does not know, more than a crash can leave: the ledger is "
            "older than the lines; run `scrapy rebuild-ledger`."
        )
    with path.open("r+b") as file:
        file.truncate(committed)
        os.fsync(file.fileno())
    return length - committed


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, each entered durably into its own."""
    missing = [folder, *folder.parents]
    for step in reversed([one for one in missing if not one.exists()]):
        step.mkdir(exist_ok=True)
        _sync_folder(step.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fault(error: OSError, folder: Path) -> LedgerError:
    where = error.filename or folder
    return LedgerError(
        f"{where} cannot be written ({error.strerror or error}): free some space or set the rights of OUTPUT_DIR, then "
        "run again; every line written so far is kept."
    )
