"""Keeping the records of public web archives: on the disk before the ledger knows, and known again after a kill."""

from __future__ import annotations

import platform
from contextlib import suppress
from typing import TYPE_CHECKING

import wartacrawl
from wartacrawl.archives.captures import Capture
from wartacrawl.site import urls
from wartacrawl.storage import warc, warc_reading
from wartacrawl.storage.database import LedgerError
from wartacrawl.storage.warc_writing import Writer, mend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wartacrawl.storage.ledger import Ledger

# What the first record of a file says of the crawl that wrote it, before the number of the crawl.
_PART_OF = "isPartOf"


class Keeper:
    """The records that a crawl of web archives puts into `OUTPUT_DIR/archive/`.

    A record is on the disk before the ledger has its capture as fetched. What a kill leaves between the two is found by
    `heal` in the next crawl, so that nothing is fetched twice. Raises `LedgerError` when the folder cannot be used.
    """

    def __init__(
        self, folder: Path, ledger: Ledger, *, crawl: str, origin: str, roll_bytes: int, job: str | None = None
    ) -> None:
        self._folder = folder / warc.FOLDER
        self._ledger = ledger
        self._origin = origin
        self._spider = crawl.partition(" ")[0]
        # The portal is not named: these pages come from elsewhere.
        info = {
            "software": f"wartacrawl/{wartacrawl.__version__} Python/{platform.python_version()}",
            _PART_OF: crawl,
            **({warc.JOB: job} if job else {}),
        }
        self._writer = Writer(self._folder, info=info, roll_bytes=roll_bytes)
        self._names: set[str] = set()

    def heal(self) -> int:
        """Take in the records of earlier crawls that the ledger does not know; return their number."""
        try:
            mend(self._folder)
            return sum(
                self._take_in(path)
                for path in sorted(self._folder.glob(f"{warc.PREFIX}*{warc.SUFFIX}"))
                if warc.is_own(path, self._folder) and not self._ledger.is_read_file(path.name)
            )
        except OSError as error:
            raise _fault(error) from error

    def _take_in(self, path: Path) -> int:
        found: list[Capture] = []
        if str(warc_reading.read_info(path).get(_PART_OF)).partition(" ")[0] == self._spider:
            with suppress(warc_reading.UnseekableError):
                found = [*filter(None, map(self._capture, warc_reading.scan(path).entries))]
        self._ledger.settle_captures(found, "fetched")
        self._ledger.note_read_file(path.name)
        return len(found)

    def _capture(self, entry: warc.Entry) -> Capture | None:
        ref = urls.parse(entry.url, origin=self._origin)
        if ref is None or ref.id is None or entry.via is None:
            return None
        page = 0 if ref.page == "all" else ref.page or 1
        return Capture(int(ref.id), page, entry.url, entry.fetched_at, source=entry.via)

    def keep(self, records: Sequence[tuple[Capture, bytes]]) -> None:
        """Write the records of an article's captures (unpacked), and remember them as fetched."""
        try:
            self._names.add(self._writer.copy([(record, capture.source) for capture, record in records]))
        except OSError as error:
            raise _fault(error) from error
        self._ledger.settle_captures([capture for capture, _ in records], "fetched")

    def close(self) -> None:
        """Close the file; all that is in it is known."""
        try:
            self._writer.close()
        except OSError as error:
            raise _fault(error) from error
        for name in self._names:
            self._ledger.note_read_file(name)


def _fault(error: OSError) -> LedgerError:
    return LedgerError(
        f"The archive {error.filename or warc.FOLDER} cannot be written ({error.strerror or error}): check whether the "
        "disk is full or the permissions of OUTPUT_DIR are wrong, then run again; every record written so far is kept."
    )
