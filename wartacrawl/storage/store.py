"""JSON Lines by day of publication, written in one transaction with the ledger.

A line is appended to its part, the part is synced, and then the ledger commits the new length together with what it
knows of the article. Whatever stands in a part beyond its committed length was never promised: it is cut back the next
time anybody opens the output folder or appends to that part. Only what a crash can leave is cut: with more lines than
that, or no run that could have crashed, the ledger must be older than the lines, and nothing is touched.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl import items
from wartacrawl.language import dates, similarity
from wartacrawl.site import urls
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wartacrawl.items import Article
    from wartacrawl.storage.ledger import Row

ARTICLES = "articles"
UNDATED = f"{ARTICLES}/undated.jsonl"
REJECTED = "rejected.jsonl"

# Lines one transaction may hold, and so the most that one crashed run can leave uncommitted over all parts.
BATCH_LINES = 64

# Seconds after publication at which an article is looked at again (setting RECHECK_AGES).
RECHECK_AGES = (3_600, 21_600, 86_400, 604_800)
# A check that is due within this share of its age after the last look would find nothing.
RECHECK_GAP = 0.25

Verdict = Literal["new", "revision", "unchanged"]


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
    3600.0
    >>> next_check(at, at.timestamp() + 3_000, RECHECK_AGES) - at.timestamp()
    21600.0
    >>> next_check(at, at.timestamp() + 700_000, RECHECK_AGES) is None
    True
    """
    if published is None:
        return None
    born = published.timestamp()
    return next((born + age for age in sorted(ages) if born + age >= now + age * RECHECK_GAP), None)


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
        committed, _ = self._ledger.part(path)
        is_new = not committed and not target.exists()
        if is_new:
            _make_folder(target.parent)
        try:
            # A part with lines is never made anew: that would hide that it was deleted.
            descriptor = os.open(target, os.O_RDWR | (0 if committed else os.O_CREAT), 0o644)
        except FileNotFoundError:
            raise _missing(target, 0, committed) from None
        try:
            tail = uncommitted(target, committed, descriptor)
            if tail is not None:
                _refuse_lines(self._folder, {path: tail}, self._ledger)
                cut_back(descriptor, committed)
            if is_new:
                _sync_folder(target.parent)
        except BaseException:
            os.close(descriptor)
            raise
        return _Part(descriptor, committed, committed, 0)

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
    """An output folder: its ledger and its parts.

    Whoever writes begins a run in the ledger first and ends it after: what a crash leaves is told from what a restored
    backup lacks by the run that did not end.
    """

    def __init__(self, folder: Path, *, recheck_ages: Sequence[float] = RECHECK_AGES) -> None:
        self.folder = folder
        self.recheck_ages = tuple(recheck_ages)
        self._held: dict[int, tuple[str | None, str | None]] = {}
        self._in_use = hold_folder(folder, alone=False)
        try:
            self._refuse_orphans()
            self.ledger = Ledger(folder / FILE_NAME)
            try:
                self._recover()
            except BaseException:
                self.ledger.close()
                raise
        except BaseException:
            os.close(self._in_use)
            raise

    @classmethod
    def open(cls, folder: Path, *, recheck_ages: Sequence[float] = RECHECK_AGES) -> Store:
        """Open an output folder for writing: make it if need be, and cut every part back to its committed length.

        Raises `LedgerError` when the folder cannot be written, when lines are missing that the ledger has committed,
        and when there are lines that no crash can have left.
        """
        try:
            _make_folder(folder)
            return cls(folder, recheck_ages=recheck_ages)
        except OSError as error:
            raise _fault(error, folder) from error

    def close(self) -> None:
        """Close the ledger and let go of the folder."""
        self.ledger.close()
        if self._in_use >= 0:
            os.close(self._in_use)
            self._in_use = -1

    def _refuse_orphans(self) -> None:
        ledger = self.folder / FILE_NAME
        if ledger.exists():
            return
        orphan = next((self.folder / ARTICLES).glob("**/*.jsonl"), None)
        # Looked for once more: another crawl on the same new folder may just have made both.
        if orphan is not None and not ledger.exists():
            raise LedgerError(
                f"{self.folder} holds articles ({orphan.name}) but no ledger: run `scrapy rebuild-ledger`, which makes "
                f"{FILE_NAME} anew from the lines, or choose another OUTPUT_DIR."
            )

    def _recover(self) -> None:
        with self.ledger.transaction(durable=True):
            committed = self.ledger.parts()
            found = (file.relative_to(self.folder).as_posix() for file in (self.folder / ARTICLES).glob("**/*.jsonl"))
            tails = {
                path: lines
                for path in {*found, REJECTED, *committed}
                if (lines := uncommitted(self.folder / path, committed.get(path, 0))) is not None
            }
            _refuse_lines(self.folder, tails, self.ledger)
            for path in tails:
                descriptor = os.open(self.folder / path, os.O_RDWR)
                try:
                    cut_back(descriptor, committed.get(path, 0))
                finally:
                    os.close(descriptor)
            self.ledger.bury_runs()

    @contextmanager
    def _writing(self) -> Iterator[Parts]:
        self.ledger.check_in_place()
        parts = Parts(self.folder, self.ledger)
        try:
            with self.ledger.transaction(durable=True):
                # A failed COMMIT is not undone here: whether it reached the disk is known only at the next opening.
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
        published = datetime.fromisoformat(article.date_published) if article.date_published else None
        self._checked(int(article.identifier), published)

    def confirm_unread(self, identifier: int) -> None:
        """Remember that the portal says an exported article has not changed (304)."""
        known = self.ledger.article(identifier)
        published = known.published if known is not None else None
        self._held[identifier] = self.ledger.validators(_name(identifier))
        self._checked(identifier, datetime.fromtimestamp(published, UTC) if published is not None else None)

    def _checked(self, identifier: int, published: datetime | None) -> None:
        due = next_check(published, self.ledger.clock(), self.recheck_ages)
        with self.ledger.transaction():
            self.ledger.record_check(identifier, due)
            self._keep_validators(identifier, due)

    def validators(self, identifier: int) -> tuple[str | None, str | None]:
        """Return ETag and Last-Modified of the page from which the last line of an article was made."""
        return self.ledger.validators(_name(identifier))

    def hold_validators(self, identifier: int, etag: str | None, last_modified: str | None) -> None:
        """Have the validators of a fetched page remembered together with what becomes of it, and not before.

        Remembered any sooner, a crash in between would have the portal answer 304 for a change that was never written.
        """
        self._held[identifier] = etag, last_modified

    def _keep_validators(self, identifier: int, due: float | None) -> None:
        # Only an article that will be looked at again needs them: the table stays as small as the news of a week.
        held = self._held.pop(identifier, (None, None))
        etag, last_modified = held if due is not None else (None, None)
        self.ledger.keep_validators(_name(identifier), etag, last_modified)

    def reject(self, record: dict[str, Any]) -> None:
        """Append a record to rejected.jsonl and remember its article as given up."""
        with self._writing() as parts:
            parts.append(REJECTED, _dump(record))
            identifier = str(record.get("identifier"))
            if identifier.isdecimal() and len(identifier) < 19:
                self._held.pop(int(identifier), None)
                reason = "rejected: " + "; ".join(record["reasons"])
                self.ledger.record_failure(int(identifier), reason, final="rejected")

    def _write_one(self, article: Article, parts: Parts) -> Written:
        identifier = int(article.identifier)
        known = self.ledger.article(identifier)
        signature = article.signature()
        if known is not None and known.version and known.signature == signature:
            self.confirm(article)
            return Written(article.identifier, "unchanged", known.version)
        bands = similarity.bands(article.article_body) if article.article_body else ()
        article.version = known.version + 1 if known is not None else 1
        article.near_duplicate_of = self._near_duplicate(article, bands)
        article.metadata["content_hash"] = signature
        article.metadata["changed_fields"] = (
            _changed(self.read(known), article.record()) if known is not None and known.version else []
        )
        self._append(article, parts, known, signature)
        self.ledger.add_bands(identifier, bands)
        verdict: Verdict = "new" if article.version == 1 else "revision"
        return Written(article.identifier, verdict, article.version, article.near_duplicate_of)

    def _append(self, article: Article, parts: Parts, known: Row | None, signature: str) -> None:
        identifier = int(article.identifier)
        path, line = part_of(article), items.dump(article.record())
        published = datetime.fromisoformat(article.date_published) if article.date_published else None
        due = next_check(published, self.ledger.clock(), self.recheck_ages)
        ref = urls.parse(article.url)
        self.ledger.record_export(
            identifier,
            slug=ref.slug if ref else None,
            day=Path(path).stem if published else (known.day if known else None),
            published=published.timestamp() if published else None,
            version=article.version,
            signature=signature,
            part=path,
            offset=parts.append(path, line),
            length=len(line),
            next_check=due,
        )
        self._keep_validators(identifier, due)

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
        try:
            with (self.folder / row.part).open("rb") as file:
                file.seek(row.offset)
                line = file.read(row.length)
        except FileNotFoundError:
            raise _missing(self.folder / row.part, 0, row.offset + row.length) from None
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise LedgerError(
                f"{self.folder / row.part} was changed from outside: no whole line at byte {row.offset} (article "
                f"{row.identifier}); restore the file, or run `scrapy rebuild-ledger`."
            ) from error
        return record


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in items.PAGE_FIELDS if before.get(name) != after[name]]


def _name(identifier: int) -> str:
    return f"read{identifier}"


def _dump(record: dict[str, Any]) -> bytes:
    """Return a rejected record as a line: half a surrogate pair, which UTF-8 has no form for, stays an escape."""
    try:
        return items.dump(record)
    except UnicodeEncodeError:
        return json.dumps(record).encode() + b"\n"


def uncommitted(path: Path, committed: int, descriptor: int | None = None) -> int | None:
    """Return how many line feeds a part holds beyond its committed length (bytes), None when it ends there.

    Raises `LedgerError` when the part is missing or shorter.
    """
    try:
        length = os.fstat(descriptor).st_size if descriptor is not None else path.stat().st_size
    except FileNotFoundError:
        length = 0
    if length == committed:
        return None
    if length < committed:
        raise _missing(path, length, committed)
    with path.open("rb") as file:
        file.seek(committed)
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def _refuse_lines(folder: Path, tails: dict[str, int], ledger: Ledger) -> None:
    """Raise `LedgerError` when there are more uncommitted lines than crashed runs can have left."""
    lines, runs = sum(tails.values()), ledger.runs_with_tails()
    if tails and (not runs or lines > BATCH_LINES * runs):
        parts = f"{folder / min(tails)}" + (f" and {len(tails) - 1:,} other parts" if len(tails) > 1 else "")
        raise LedgerError(
            f"{parts} hold what the ledger does not know and no crash can have left ({lines:,} lines): the ledger is "
            "older than the lines, or a part was changed from outside; run `scrapy rebuild-ledger`."
        )


def _missing(path: Path, length: int, committed: int) -> LedgerError:
    state = f"has {length:,} of its {committed:,} bytes" if length else "is missing or empty"
    return LedgerError(
        f"{path} {state}: restore the file, or run `scrapy rebuild-ledger`, after which the crawl fetches again what "
        "was in it."
    )


def cut_back(descriptor: int, committed: int) -> None:
    """Cut an open part back to its committed length (bytes), durably."""
    os.ftruncate(descriptor, committed)
    os.fsync(descriptor)


def hold_folder(folder: Path, *, alone: bool) -> int:
    """Take the folder into use until the returned descriptor is closed or the process ends, however it ends.

    Any number may share it; `alone` is for making the ledger anew. Raises `LedgerError` when the others forbid it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        if alone:
            raise LedgerError(f"A crawl is running on {folder}: stop it first, then run this again.") from None
        raise LedgerError(f"`scrapy rebuild-ledger` is at work on {folder}: run again when it has ended.") from None
    except OSError:
        # A file system without such locks; the ledger's own lock still keeps crawls apart.
        return descriptor
    return descriptor


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


_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the quota is used up; free some space",
    errno.EFBIG: "a limit on the size of files is reached; lift it",
    errno.EROFS: "the file system is read-only; choose another OUTPUT_DIR",
    errno.EACCES: "set the rights of OUTPUT_DIR, or choose another",
    errno.EPERM: "set the rights of OUTPUT_DIR, or choose another",
    errno.ENOTDIR: "choose an OUTPUT_DIR that is a folder",
    errno.EEXIST: "choose an OUTPUT_DIR that is a folder",
}


def _fault(error: OSError, folder: Path) -> LedgerError:
    advice = _ADVICE.get(error.errno or 0, "see whether the disk is full, failing or gone")
    return LedgerError(
        f"{error.filename or folder} cannot be written ({error.strerror or error}): {advice}, then run again; every "
        "line written so far is kept."
    )
