"""Archived pages as visits: an article's page, or its pages where it has several, fetched about the same time.

A visit is found in WARC files and extracted as a crawl extracts pages, without network. `scrapy replay` reads all there
are; a crawl reads those whose text only the generic layer could read before the layouts changed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, Self

from wartacrawl.page import Page
from wartacrawl.reading.extract import merge, next_page
from wartacrawl.reading.page_reader import PageReader
from wartacrawl.site import urls
from wartacrawl.storage import warc, warc_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wartacrawl.items import Article
    from wartacrawl.reading.extract import Extraction
    from wartacrawl.storage.ledger import Ledger

# The discovery source of a page whose archive does not say and of which the ledger knows nothing.
VIA = "replay"
ReplayStatus = Literal["article", "incomplete", "not_the_article", "unreadable"]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of an article in an archive. `page` counts from 1, which is also the whole article (`?page=all`).

    `url` is on the real portal, `origin` where the page was fetched from.
    """

    identifier: int
    page: int
    path: Path
    url: str
    entry: warc.Entry
    origin: str


@dataclass(frozen=True, slots=True)
class Visit:
    """The pages of an article as they stood at one time, the first one first.

    `is_followed` says that another visit of the article follows in the same second: lines know no smaller time.
    """

    identifier: int
    pages: tuple[Found, ...]
    is_followed: bool = False

    @property
    def fetched_at(self) -> datetime:
        """When the last page came."""
        return max(page.entry.fetched_at for page in self.pages)

    @property
    def via(self) -> str | None:
        """The discovery source, where the archive tells."""
        return next((page.entry.via for page in self.pages if page.entry.via), None)

    def is_overtaken(self, record: Mapping[str, Any] | None, *, is_in_order: bool = False) -> bool:
        """Return whether the last line of the article (None without one) is newer: this text would be a step back.

        `is_in_order` says that the line was made from an earlier visit.
        """
        if record is None:
            return False
        downloaded = datetime.fromisoformat(record["metadata"]["date_downloaded"])
        is_of_its_second = self.fetched_at.replace(microsecond=0) == downloaded
        return self.fetched_at < downloaded or (is_of_its_second and self.is_followed and not is_in_order)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a visit: an article, or why there is none."""

    visit: Visit
    status: ReplayStatus
    article: Article | None = None
    why: str | None = None

    def set_source(self, ledger: Ledger) -> None:
        """Fill in the discovery source where the archive does not say: the ledger's first one, or "replay"."""
        if self.article is not None and self.visit.via is None:
            self.article.metadata["discovered_via"] = ledger.first_source(self.visit.identifier) or VIA


# -- finding the visits ---------------------------------------------------------------------------------------------


class Archives:
    """WARC files opened for reading. To be closed after: files packed as one piece are unpacked while it lasts.

    Without `unpacks` such a file raises `UnseekableError`.

    Pages of the real hosts are always understood, and those of `origin`, the portal in use. Only files in `own`, the
    archive folder of our crawls, are believed to be of the portal that they name. `files` are those that were read,
    `problems` sentences on records that cannot be used; `left_out` counts articles by the portal that a file names and
    that was not asked for. `watch` is called for each record, and ends the search with an exception of its own.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        origin: str,
        own: Path | None = None,
        unpacks: bool = True,
        watch: Callable[[], None] = warc_reading.unwatched,
    ) -> None:
        self.problems: list[str] = []
        self.left_out: Counter[str] = Counter()
        self._origin = origin
        self._own = own
        self._unpacks = unpacks
        self._watch = watch
        self.files: list[Path] = []
        self.paths = list(paths)
        self._unpacked = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._unpacked.close()

    def found(self) -> Iterator[Found]:
        """Yield the pages of articles in the files, in the order of the files.

        Raises `OSError` for a file that cannot be read.
        """
        for path in self.paths:
            yield from self.pages(path)

    def pages(self, path: Path) -> Iterator[Found]:
        """Yield the pages of articles in a file; raises `OSError` when it cannot be read."""
        real, entries = self._entries(path)
        self.files.append(real)
        for entry in entries:
            if is_page(entry):
                yield from self._article(real, entry)

    def _entries(self, path: Path) -> tuple[Path, list[warc.Entry]]:
        try:
            scan = warc_reading.scan(path, self._watch)
        except warc_reading.UnseekableError:
            if not self._unpacks:
                raise
            folder = Path(self._unpacked.enter_context(TemporaryDirectory(prefix="replay-")))
            path = self._unpacked.enter_context(warc_reading.expanded(path, folder))
            scan = warc_reading.scan(path, self._watch)
        self.problems += scan.problems
        return path, scan.entries

    def _article(self, path: Path, entry: warc.Entry) -> Iterator[Found]:
        is_ours = self._own is not None and warc.is_own(path, self._own)
        origin = entry.portal if entry.portal and is_ours else self._origin
        url = urls.localize(entry.url, base=urls.ORIGIN, origin=origin)
        ref = urls.parse(url, origin=origin) if url else None
        if url and ref is not None and ref.kind == "article" and ref.id is not None:
            number = ref.page if isinstance(ref.page, int) else 1
            yield Found(int(ref.id), number, path, urls.ORIGIN + url.removeprefix(origin), entry, origin)
        elif entry.portal and entry.portal != origin and entry.url.startswith(f"{entry.portal}/read"):
            self.left_out[entry.portal] += 1


def is_page(entry: warc.Entry) -> bool:
    """Return whether a document came whole and is HTML, as far as its headers say."""
    kind = (entry.content_type or "text/html").partition(";")[0].strip().lower()
    return entry.status == 200 and kind in {"text/html", "application/xhtml+xml"}


def visits(found: Iterable[Found]) -> list[Visit]:
    """Put pages together as they were fetched; oldest visits first.

    The page a browser rendered takes the place of the empty shell that was fetched before it.
    """
    by_article: dict[int, list[Found]] = defaultdict(list)
    for page in found:
        by_article[page.identifier].append(page)
    all_visits = [visit for pages in by_article.values() for visit in _visits(pages)]
    all_visits.sort(key=lambda visit: (visit.fetched_at, visit.identifier))
    last: dict[int, datetime] = {}
    for number in reversed(range(len(all_visits))):
        visit = all_visits[number]
        second = visit.fetched_at.replace(microsecond=0)
        if last.get(visit.identifier) == second:
            all_visits[number] = replace(visit, is_followed=True)
        last[visit.identifier] = second
    return all_visits


def _visits(pages: list[Found]) -> Iterator[Visit]:
    pages.sort(key=lambda page: page.entry.fetched_at)
    starts = _without_shells([page for page in pages if page.page == 1])
    for number, first in enumerate(starts):
        begin = first.entry.fetched_at if number else None
        end = starts[number + 1].entry.fetched_at if number + 1 < len(starts) else None
        later = {
            page.page: page
            for page in pages
            if page.page > 1
            and (begin is None or page.entry.fetched_at >= begin)
            and (end is None or page.entry.fetched_at < end)
        }
        yield Visit(first.identifier, (first, *(later[number] for number in sorted(later))))


def _without_shells(starts: list[Found]) -> list[Found]:
    followed = zip(starts, [*starts[1:], None], strict=True)
    return [
        start
        for start, after in followed
        if not (
            after is not None
            and start.entry.kind == "response"
            and after.entry.kind == "resource"
            and start.url == after.url
        )
    ]


# -- extracting -----------------------------------------------------------------------------------------------------


def extract_visit(visit: Visit, reader: warc_reading.Reader, page_seconds: float) -> Result:
    """Extract the pages of a visit; each may take `page_seconds` of a processor."""
    try:
        parts = _parts(visit, reader, page_seconds)
        wanted = next_page(parts)
        if wanted is not None:
            return Result(visit, "incomplete", why=f"{wanted} is not in the archive")
        read = merge(parts) if len(parts) > 1 else parts[0]
        if read.doubt is not None:
            return Result(visit, "not_the_article", why=read.doubt)
        article = read.article
    except Exception as error:  # noqa: BLE001 - one page must not end the replay of all others; it is reported
        return Result(visit, "unreadable", why=f"{type(error).__name__}: {error}")
    article.metadata["job"] = visit.pages[0].entry.job
    return Result(visit, "article", article)


def _parts(visit: Visit, reader: warc_reading.Reader, page_seconds: float) -> list[Extraction]:
    """Extract the first page, and each further one that the pages before it ask for."""
    via = visit.via or VIA
    further = {page.page: page for page in visit.pages[1:]}
    found: Found | None = visit.pages[0]
    pages = PageReader(urls.ORIGIN, page_seconds)
    parts: list[Extraction] = []
    while found is not None:
        parts.append(pages.article(_page(found, via, reader)))
        found = further.get(len(parts) + 1) if next_page(parts) is not None else None
    return parts


def _page(found: Found, via: str, reader: warc_reading.Reader) -> Page:
    document = reader.read(found.path, found.entry)
    return Page.from_bytes(
        found.url,
        document.body,
        fetched_at=found.entry.fetched_at,
        via=via,
        content_type=document.content_type,
        origin=found.origin,
    )
