"""Texts that only the generic layer could read, read again from our own archive once the layouts have changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

from wartacrawl import items
from wartacrawl.config import ConfigError, require_warc
from wartacrawl.reporting.number import counted
from wartacrawl.site import layouts
from wartacrawl.storage import warc
from wartacrawl.storage.parts import BATCH_LINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wartacrawl.config import Config
    from wartacrawl.crawl import Crawl
    from wartacrawl.items import Article
    from wartacrawl.reading.visits import Archives, Visit
    from wartacrawl.storage.warc_reading import Reader

logger = logging.getLogger(__name__)

# Articles that a crawl reads again at most, and the seconds by the clock that the search for them and the reading may
# take. A core searches about 7,000 pages a second and reads 250 (2026-11).
ARTICLES = 20_000
SEARCH_SECONDS = 300.0
READING_SECONDS = 300.0
# The walk through the archive: its frontier is the version of the layouts for which all was read that is there.
WALK = "archive"


class _StoppedError(Exception):
    """The search has to end: its time is over, or the crawl ends."""


class Healing:
    """The archive of a crawl's output folder, searched once for each version of the layouts.

    Of each article the newest visit counts. What is not there, or cannot be read, is left to the portal. `is_ending`
    says that the crawl is to end, `count` takes a stat and a number.
    """

    def __init__(self, crawl: Crawl, config: Config, is_ending: Callable[[], bool], count: Callable[..., None]) -> None:
        self._crawl = crawl
        self._config = config
        self._is_ending = is_ending
        self._count = count
        self._folder = crawl.store.folder / warc.FOLDER
        self._until = 0.0
        self.has_more = False

    @property
    def is_due(self) -> bool:
        """True when there are such texts, and an archive that was not yet searched for them."""
        ledger = self._crawl.ledger
        return (
            bool(ledger.outdated(layouts.VERSION, limit=1))
            and ledger.walk(WALK).frontier < layouts.VERSION
            and self._folder.is_dir()
        )

    async def run(self) -> None:
        """Search the archive and read what is there; `has_more` says afterwards that the next crawl has to go on."""
        try:
            require_warc(f"Reading {self._folder} again after the layouts have changed")
        except ConfigError as error:
            logger.warning("%s", error)
            return
        from wartacrawl.reading.visits import Archives  # noqa: PLC0415 - its packages are an extra

        paths = sorted(file for file in self._folder.rglob("*") if file.name.endswith(warc.SUFFIXES) and file.is_file())
        origin = self._crawl.origin
        # Unpacked files may be ten times as large: that is left to those who ask for it.
        await self._heal(Archives(paths, origin=origin, own=self._folder, unpacks=False, watch=self._watch))
        if not self.has_more:
            self._crawl.ledger.complete_walk(WALK, layouts.VERSION)

    async def _heal(self, archives: Archives) -> None:
        wanted = [row.identifier for row in self._crawl.ledger.outdated(layouts.VERSION, limit=ARTICLES)]
        self._until = time.monotonic() + SEARCH_SECONDS
        try:
            # In a thread, so that the crawl hears of signals meanwhile.
            found = await asyncio.to_thread(_newest, archives, frozenset(wanted))
        except _StoppedError:
            self.has_more = self._is_ending()
            if not self.has_more:
                logger.warning(
                    "The archive is too large to be searched for texts of the generic layer in %.0f s: run `scrapy "
                    "replay %s`",
                    SEARCH_SECONDS,
                    self._folder,
                )
            return
        self._until = time.monotonic() + READING_SECONDS
        became = await self._read([found[identifier] for identifier in wanted if identifier in found])
        # Where nothing came of it, going on would only keep the portal from being asked.
        if became["unchanged"] or became["revision"] or self._is_ending():
            self.has_more = self.has_more or len(wanted) == ARTICLES or self._must_stop()
        for word, number in became.items():
            self._count(f"healing/{word}", number)
        logger.info(
            "The layouts have changed: of %s of the generic layer the archive has %s (%s)",
            counted(len(wanted), "text"),
            f"{len(found):,}",
            ", ".join(f"{number:,} {word}" for word, number in became.items()) or "none read",
        )

    def _must_stop(self) -> bool:
        return self._is_ending() or time.monotonic() > self._until

    def _watch(self) -> None:
        if self._must_stop():
            raise _StoppedError

    async def _read(self, visits: list[Visit]) -> Counter[str]:
        """Read visits and write what comes of them; return what became of how many."""
        from wartacrawl.storage.warc_reading import Reader  # noqa: PLC0415 - as above

        became: Counter[str] = Counter()
        reader = Reader()
        try:
            for start in range(0, len(visits), BATCH_LINES):
                batch = {visit.identifier: visit for visit in visits[start : start + BATCH_LINES]}
                # What this crawl has looked at already, or another one is fetching, is left to the next crawl.
                claimed = self._crawl.ledger.claim(batch, self._crawl.run, refetch=True)
                self.has_more = self.has_more or len(claimed) < len(batch)
                articles = await self._articles((batch[identifier] for identifier in claimed), reader, became)
                became.update(self._write(articles))
                for identifier in set(claimed).difference(int(article.identifier) for article in articles):
                    self._crawl.ledger.release(identifier, None)
                if self._must_stop():
                    break
        finally:
            reader.close()
        return became

    async def _articles(self, visits: Iterable[Visit], reader: Reader, became: Counter[str]) -> list[Article]:
        from wartacrawl.reading.visits import extract_visit  # noqa: PLC0415 - as above

        articles: list[Article] = []
        for visit in visits:
            await asyncio.sleep(0)  # signals and heartbeats have their turn
            if self._must_stop():
                break
            row = self._crawl.ledger.article(visit.identifier)
            if row is None or visit.is_overtaken(self._crawl.store.read(row)):
                became["overtaken"] += 1
                continue
            result = extract_visit(visit, reader, self._config.page_seconds)
            result.set_source(self._crawl.ledger)
            if result.article is None or items.problems(result.article):
                became[result.status if result.article is None else "rejected"] += 1
            else:
                articles.append(result.article)
        return articles

    def _write(self, articles: list[Article]) -> list[str]:
        written = self._crawl.store.write(articles) if articles else []
        for name in (name for line in written for name in line.stats):
            self._count(name)
        return [line.result for line in written]


def _newest(archives: Archives, identifiers: frozenset[int]) -> dict[int, Visit]:
    """Return the newest visit of each of the articles that the archives have."""
    from wartacrawl.reading.visits import visits  # noqa: PLC0415 - as above
    from wartacrawl.storage.warc_reading import UnseekableError  # noqa: PLC0415 - as above

    pages = []
    for path in archives.paths:
        try:
            pages += [page for page in archives.pages(path) if page.identifier in identifiers]
        except UnseekableError as error:
            logger.warning("%s: `scrapy replay` unpacks and reads it", error)
        except OSError as error:
            logger.warning("%s", error)
    return {visit.identifier: visit for visit in visits(pages)}
