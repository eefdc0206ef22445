"""Common Crawl: the list of its crawls, and captures found in its static index by byte ranges.

The index of a crawl is 300 files of gzip members ("blocks") of 3,000 lines; `cluster.idx` has the first key of each
block and where it stands. A search by halves finds the line in about ten small requests, and then only blocks that may
hold articles are read: this is what Common Crawl asks of bulk users, in place of its query server.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from wartacrawl.archives import captures, records
from wartacrawl.archives.source import ArchiveError, Ask, Listing, UnfitError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from wartacrawl.archives.captures import Capture, KeyRange
    from wartacrawl.archives.source import Answer

NAME = "commoncrawl"
CRAWL_NAME = re.compile(r"CC-MAIN-[0-9]{4}(?:-[0-9]{2}(?:[0-9]{2})?)?")
# Crawls take two to three weeks from about the week they are named after.
_LONGEST_CRAWL = timedelta(weeks=9)
# The page of a listing that finds all others.
CLUSTER = "cluster.idx"
SLOT = NAME
# Bytes of cluster.idx that one look takes, and the distance at which looking ends and reading begins.
_LOOK = 4_096
_READ = 65_536
# Bytes of an index block, and of a record, unpacked.
_BLOCK_BYTES = 64 * 1024 * 1024
# Blocks of a crawl that one newspaper can fill, and garbled lines of a block that are reported one by one.
_BLOCKS_LIMIT = 100_000
_REPORTED = 3
_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})")


def read_crawls(answer: Answer) -> list[str]:
    """Return the names of the crawls that collinfo.json lists, newest first; raise `ArchiveError`."""
    try:
        names = [entry["id"] for entry in json.loads(answer.body)]
        names = [name for name in names if CRAWL_NAME.fullmatch(name)]
    except (ValueError, LookupError, TypeError, RecursionError):
        names = []
    if not names:
        raise ArchiveError(f"{answer.url} does not list any crawl of Common Crawl: check ARSIP_INDEX_URL.")
    return names


def may_reach(crawl: str, day: date) -> bool:
    """Return whether a crawl can have captures of a day or later, by the week (or the last year) in its name.

    >>> may_reach("CC-MAIN-2024-10", date(2024, 3, 1)), may_reach("CC-MAIN-2024-10", date(2024, 9, 1))
    (True, False)
    """
    year, _, week = crawl.removeprefix("CC-MAIN-").partition("-")
    if len(week) == 2 and 1 <= int(week) <= 53:
        return date.fromisocalendar(int(year), min(int(week), 52), 1) + _LONGEST_CRAWL >= day
    return int(week or year) >= day.year


@dataclass(frozen=True, slots=True)
class Block:
    """Where a block of index lines stands, in bytes of one of the files beside cluster.idx."""

    file: str
    offset: int
    length: int

    @property
    def page(self) -> str:
        """The block as the name of a page: `cdx-00012.gz:188224:203512`."""
        return f"{self.file}:{self.offset}:{self.length}"

    @classmethod
    def of(cls, page: str) -> Block:
        """Return the block that a page names."""
        file, offset, length = page.rsplit(":", 2)
        return cls(file, int(offset), int(length))


class ClusterSearch:
    """Finds the blocks that may hold keys of some ranges. `next_range` says what to read, `take` takes it in."""

    def __init__(self, ranges: Sequence[KeyRange]) -> None:
        self.blocks: list[Block] = []
        self._ranges = ranges
        self._low, self._high = min(each.low for each in ranges), max(each.high for each in ranges)
        self._begin = 0  # a line begins here, and its key is below all ranges unless it is the first
        self._end: int | None = None  # lines from here on are within the ranges or beyond
        self._look = _LOOK
        self._last: tuple[bytes, Block] | None = None  # the line whose block ends where the next one begins
        self._is_collecting = False
        self._is_done = False

    def next_range(self) -> tuple[int, int] | None:
        """Return the first and the last byte to be read next, None when all blocks are known."""
        if self._is_done:
            return None
        if self._end is None:
            return 0, self._look - 1
        if self._is_collecting or self._end - self._begin <= _READ:
            self._is_collecting = True
            return self._begin, self._begin + max(_READ, self._look) - 1
        middle = (self._begin + self._end) // 2
        return middle, middle + self._look - 1

    def take(self, first: int, data: bytes, size: int) -> None:
        """Take in the bytes from `first` on, of a file of `size` bytes; raise `ValueError` for what is no index."""
        if self._end is None:
            self._end = size
        elif self._is_collecting:
            self._collect(first, data, is_last=first + len(data) >= size)
        else:
            self._halve(first, data, is_last=first + len(data) >= size)

    def _halve(self, first: int, data: bytes, *, is_last: bool) -> None:
        start = data.find(b"\n") + 1
        end = data.find(b"\n", start)
        if not start or end < 0:
            if is_last:
                self._end = first
                return
            self._look *= 2
            if self._look > _READ:
                raise ValueError(f"the line at byte {first:,} has no end")
            return
        key, _ = _read_line(data[start:end])
        if key < self._low and first + start < (self._end or 0):
            self._begin = first + start
        else:
            self._end = first

    def _collect(self, first: int, data: bytes, *, is_last: bool) -> None:
        whole = data if is_last else data[: data.rfind(b"\n") + 1]
        if not whole and not is_last:
            raise ValueError(f"the line at byte {first:,} has no end")
        for line in filter(None, whole.split(b"\n")):
            key, block = _read_line(line)
            self._add(key)
            self._last = key, block
            if key >= self._high:
                self._is_done = True
                return
        self._begin = first + len(whole)
        if is_last:
            self._add(None)
            self._is_done = True

    def _add(self, next_key: bytes | None) -> None:
        """Add the last block when it can hold keys of the ranges, up to the first key of the next one."""
        if self._last is not None and any(each.overlaps(self._last[0], next_key) for each in self._ranges):
            self.blocks.append(self._last[1])
            if len(self.blocks) > _BLOCKS_LIMIT:
                raise ValueError(f"more than {_BLOCKS_LIMIT:,} blocks are said to hold pages of one newspaper")


def _read_line(line: bytes) -> tuple[bytes, Block]:
    """Return the key of a line of cluster.idx and the block that begins with it."""
    fields = line.rstrip(b"\r").split(b"\t")
    try:
        key, file, offset, length = fields[0], fields[1].decode("ascii"), int(fields[2]), int(fields[3])
    except (LookupError, ValueError):
        raise ValueError(f"{line[:80]!r} is not a line of it") from None
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", file) or offset < 0 or length <= 0:
        raise ValueError(f"{line[:80]!r} does not name a block")
    return key, Block(file, offset, length)


class CommonCrawl:
    """One crawl of Common Crawl, such as CC-MAIN-2024-10; `data_url` is the origin of its files."""

    grows = False

    def __init__(self, crawl: str, *, data_url: str, origin: str) -> None:
        self.name = f"{NAME}:{crawl}"
        self._origin = origin
        self._ranges = captures.key_ranges(origin)
        self._data_url = data_url
        self._folder = f"{data_url}/cc-index/collections/{crawl}/indexes/"

    def first_pages(self) -> Sequence[str]:
        """Return the page that finds the blocks."""
        return (CLUSTER,)

    def read_page(self, page: str) -> Generator[Ask, Answer, Listing]:
        """Search cluster.idx for blocks, or read a block."""
        if page == CLUSTER:
            return (yield from self._find_blocks())
        return (yield from self._read_block(Block.of(page)))

    def _find_blocks(self) -> Generator[Ask, Answer, Listing]:
        url, search = self._folder + CLUSTER, ClusterSearch(self._ranges)
        while (wanted := search.next_range()) is not None:
            answer = yield _ask(url, *wanted)
            try:
                search.take(wanted[0], *_read_range(answer, *wanted))
            except ValueError as error:
                raise ArchiveError(f"{url} is not an index of Common Crawl: {error}.") from None
        return Listing(further=[block.page for block in search.blocks])

    def _read_block(self, block: Block) -> Generator[Ask, Answer, Listing]:
        url, last = self._folder + block.file, block.offset + block.length - 1
        answer = yield _ask(url, block.offset, last)
        try:
            data, _ = _read_range(answer, block.offset, last)
            lines = unpack(data, _BLOCK_BYTES).split(b"\n")
        except ValueError as error:
            raise ArchiveError(f"{url} at byte {block.offset:,} is not a block of an index: {error}.") from None
        listing, garbled = Listing(), 0
        for line in filter(None, lines):
            if not any(each.low <= line < each.high for each in self._ranges):
                continue
            try:
                capture = captures.article_capture(captures.read_cdxj(line), self.name, self._origin, in_files=True)
            except (ValueError, TypeError, RecursionError) as error:
                garbled += 1
                if garbled <= _REPORTED:
                    listing.problems.append(f"{url} at byte {block.offset:,}: a garbled line is left out ({error})")
                continue
            if capture is not None:
                listing.captures.append(capture)
        if garbled > _REPORTED:
            listing.problems.append(f"{url} at byte {block.offset:,}: {garbled:,} garbled lines are left out in all")
        return listing

    def ask_record(self, capture: Capture) -> Ask:
        """Return the request for the bytes of a record."""
        return ask_range(self._data_url, capture)

    def read_record(self, capture: Capture, answer: Answer) -> bytes:
        """Return the record, unpacked; raise `UnfitError` where another one stands, or none."""
        return read_range_record(capture, answer)


def ask_range(data_url: str, capture: Capture) -> Ask:
    """Return the request for the bytes of a record in the files of Common Crawl."""
    place = _place_of(capture)
    return _ask(f"{data_url}/{place.file}", place.offset, place.offset + place.length - 1)


def read_range_record(capture: Capture, answer: Answer) -> bytes:
    """Return the record in an answer to `ask_range`, unpacked; raise `UnfitError` where it is not the capture's."""
    place = _place_of(capture)
    try:
        data, _ = _read_range(answer, place.offset, place.offset + place.length - 1)
        record = unpack(data, records.RECORD_BYTES)
    except ValueError as error:
        raise UnfitError(f"byte {place.offset:,} of {place.file}: {error}") from None
    records.check(record, capture)
    return record


def _place_of(capture: Capture) -> captures.Place:
    if capture.place is None:
        raise LookupError(f"there is no record of {capture.url}")
    return capture.place


def _ask(url: str, first: int, last: int) -> Ask:
    headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
    return Ask(url, SLOT, headers)


def _read_range(answer: Answer, first: int, last: int) -> tuple[bytes, int]:
    """Return the bytes of an answer to a request for a range, and the size of the file; raise `ValueError`."""
    if answer.status != 206:
        raise ValueError(f"HTTP {answer.status} in answer to a request for a range of bytes")
    found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    if found is None:
        raise ValueError("the answer does not say which bytes of the file it has")
    begin, end, size = (int(number) for number in found.groups())
    if begin != first or end != min(last, size - 1) or len(answer.body) != end - begin + 1:
        raise ValueError("the answer has other bytes than were asked for")
    return answer.body, size


def unpack(data: bytes, limit: int) -> bytes:
    """Return what is in one gzip member; raise `ValueError` where it is torn, none, or longer than `limit` bytes."""
    packed = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        plain = packed.decompress(data, limit)
    except zlib.error:
        raise ValueError("it is not packed by gzip") from None
    if packed.unconsumed_tail:
        raise ValueError(f"it has more than {limit:,} bytes")
    if not packed.eof:
        raise ValueError("it is cut off")
    return plain


def chosen(spec: str, names: Sequence[str]) -> list[str]:
    """Return the crawls that `latest:N`, `all` or names separated by commas mean, in the order of `names`."""
    if spec == "all":
        return list(names)
    if spec.startswith("latest:"):
        return list(names[: int(spec.removeprefix("latest:"))])
    wanted = spec.split(",")
    return [name for name in names if name in wanted]
