"""JSON Lines by day of publication, written in one transaction with the ledger.

A line is appended to its part, the part is synced, and then the ledger commits the new length together with what it
knows of the article. Whatever stands in a part beyond its committed length was never promised: it is cut off the next
time a process opens the output folder or appends to that part. Only what a crash can leave is cut. Where there are more
lines than that, or no run that could have crashed, the ledger is older than the lines, and nothing is changed.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl import items
from wartacrawl.language import similarity
from wartacrawl.site import layouts
from wartacrawl.storage import generation, parts
from wartacrawl.storage.folder import REJECTED, fault, find_parts, hold_folder, make_folder
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.parts import BATCH_LINES, Parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wartacrawl.items import Article
    from wartacrawl.storage.ledger import Row

logger = logging.getLogger(__name__)

# Seconds after publication at which an article is looked at again (setting RECHECK_AGES).
RECHECK_AGES = (3_600, 21_600, 86_400, 604_800)
# A check this soon after the last one (as a share of the age) would find nothing.
RECHECK_GAP = 0.25

# Articles of the generic layer that one crawl reads again after the layouts have changed: few, to spread them politely.
OUTDATED_A_CRAWL = 50

WriteResult = Literal["new", "revision", "unchanged"]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an article, its version, and the earlier article that it almost repeats."""

    identifier: str
    result: WriteResult
    version: int
    near_duplicate_of: str | None = None

    @property
    def stats(self) -> list[str]:
        """The stats that count it."""
        lines = ["export/lines"] if self.result != "unchanged" else []
        near = ["classify/near_duplicate"] if self.near_duplicate_of is not None else []
        return [f"classify/{self.result}", *lines, *near]


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


class Store:
    """An output folder: its ledger and its parts.

    A process that writes begins a run in the ledger first and ends it after. A run that did not end says that a tail is
    what a crash left, and not what a restored backup lacks.
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
            make_folder(folder)
            return cls(folder, recheck_ages=recheck_ages)
        except OSError as error:
            raise fault(error, folder) from error

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
        orphan = next(iter(find_parts(self.folder)), None)
        # Looked for once more: another crawl on the same new folder may just have made both.
        if orphan is not None and not ledger.exists():
            raise LedgerError(
                f"{self.folder} holds articles ({orphan.name}) but no ledger: run `scrapy rebuild-ledger`, which makes "
                f"a new {FILE_NAME} from the lines, or choose another OUTPUT_DIR."
            )

    def _recover(self) -> None:
        ledger = self.ledger
        with ledger.transaction(durable=True):
            for path, line in parts.last_lines(self.folder, ledger):
                ledger.extend_part(path, length=ledger.part(path).length, lines=0, last_line=line)
            parts.recover(self.folder, ledger)
            ledger.close_dead_runs()
            ahead = ledger.set_back_future_times()
            generation.write(self.folder, ledger.generation())
        if ahead:
            logger.warning(
                "The clock was ahead in crawl %s: what it noted of the future is set back, and looked at again",
                ", ".join(map(str, ahead)),
            )

    @contextmanager
    def _writing(self) -> Iterator[Parts]:
        self.ledger.check_in_place()
        files = Parts(self.folder, self.ledger)
        try:
            with self.ledger.transaction(durable=True):
                # A failed COMMIT is not undone here: whether it reached the disk is known only at the next opening.
                try:
                    yield files
                    files.commit()
                    made = self.ledger.count_commit() if files else self.ledger.generation()
                except BaseException:
                    files.undo()
                    raise
            # Only now is it certain that the ledger has come so far.
            generation.write(self.folder, made)
        except OSError as error:
            raise fault(error, self.folder) from error
        finally:
            files.close()

    def write(self, articles: Iterable[Article]) -> list[Written]:
        """Write articles in one transaction, at most `BATCH_LINES` of them, and say what became of each.

        The result is decided under the write lock, so that two crawls at once cannot both call an article new. Sets
        `version`, `near_duplicate_of` and `metadata.changed_fields` of the articles.
        """
        batch = sorted(articles, key=lambda article: int(article.identifier))
        if len(batch) > BATCH_LINES:
            raise ValueError(f"{len(batch)} articles in one transaction; {BATCH_LINES} is the limit")
        with self._writing() as files:
            return [self._write_one(article, files) for article in batch]

    def confirm(self, article: Article) -> None:
        """Remember that an exported article was fetched again and has not changed."""
        with self.ledger.transaction():
            self._checked(int(article.identifier), article.published)
            layer = article.metadata["field_sources"].get("article_body")
            self.ledger.record_reading(int(article.identifier), layer, layouts.VERSION)

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

    def outdated(self) -> list[Row]:
        """Return the articles to be read again as the layouts have changed, at most `OUTDATED_A_CRAWL`."""
        return self.ledger.outdated(layouts.VERSION, limit=OUTDATED_A_CRAWL)

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

    def reject(self, record: dict[str, Any], *, is_final: bool = True) -> None:
        """Append a record to rejected.jsonl and, where that is final, remember its article as given up."""
        with self._writing() as files:
            files.append(REJECTED, _dump(record))
            identifier = str(record.get("identifier"))
            if is_final and identifier.isdecimal() and len(identifier) < 19:
                self._held.pop(int(identifier), None)
                reason = "rejected: " + "; ".join(record["reasons"])
                self.ledger.record_failure(int(identifier), reason, final="rejected")

    def _write_one(self, article: Article, files: Parts) -> Written:
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
        self._append(article, files, known, signature)
        self.ledger.add_bands(identifier, bands)
        result: WriteResult = "new" if article.version == 1 else "revision"
        return Written(article.identifier, result, article.version, article.near_duplicate_of)

    def _append(self, article: Article, files: Parts, known: Row | None, signature: str) -> None:
        identifier = int(article.identifier)
        path, line, published, day = article.part, items.dump(article.record()), article.published, article.day
        due = next_check(published, self.ledger.clock(), self.recheck_ages)
        self.ledger.record_export(
            identifier,
            slug=article.slug,
            day=day.isoformat() if day else (known.day if known else None),
            published=published.timestamp() if published else None,
            version=article.version,
            signature=signature,
            part=path,
            offset=files.append(path, line),
            length=len(line),
            next_check=due,
            body_layer=article.metadata["field_sources"].get("article_body"),
            layouts=layouts.VERSION,
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
        return read_line(self.folder, row)


def read_line(folder: Path, row: Row) -> dict[str, Any]:
    """Return the last exported line of an article; raise `LookupError` where it has none."""
    if row.part is None or row.offset is None or row.length is None:
        raise LookupError(f"article {row.identifier} has no exported line")
    try:
        with (folder / row.part).open("rb") as file:
            file.seek(row.offset)
            line = file.read(row.length)
    except FileNotFoundError:
        raise parts.missing(folder / row.part, 0, row.offset + row.length) from None
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise LedgerError(
            f"{folder / row.part} was changed from outside: no whole line at byte {row.offset} (article "
            f"{row.identifier}); restore the file, or run `scrapy rebuild-ledger`."
        ) from error
    return record


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in items.PAGE_FIELDS if name in before and before[name] != after[name]]


def _name(identifier: int) -> str:
    return f"read{identifier}"


def _dump(record: dict[str, Any]) -> bytes:
    """Return a rejected record as a line: half a surrogate pair, which UTF-8 has no form for, stays an escape."""
    try:
        return items.dump(record)
    except UnicodeEncodeError:
        return json.dumps(record).encode() + b"\n"
