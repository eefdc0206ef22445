"""Just these articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from wartacrawl.config import ConfigError
from wartacrawl.spiders.base import CHUNK, Batch, PortalSpider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scrapy.settings import BaseSettings

    from wartacrawl.config import Config
    from wartacrawl.spiders.arguments import Arguments

# Articles that one line of the log names.
NAMED = 20


class ArtikelSpider(PortalSpider):
    """`scrapy crawl artikel -a urls=URL,URL` or `-a file=urls.txt`: fetched again even if known."""

    name = "artikel"
    allowed_arguments: ClassVar[frozenset[str]] = frozenset({"urls", "file", "limit"})

    @classmethod
    def check(cls, settings: BaseSettings, given: Mapping[str, object]) -> tuple[Arguments, Config]:
        """Require at least one article."""
        checked = super().check(settings, given)
        if not checked[0].articles:
            raise ConfigError("artikel needs articles: give urls=URL,URL (or ids), or file=urls.txt with one per line.")
        return checked

    def plan(self) -> Iterator[Batch]:
        """Ask for the articles, under the slugs given or known."""
        wanted = list(self.arguments.articles.items())
        ledger = self.ledger
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            ledger.announce(((identifier, slug, None) for identifier, slug in chunk), "artikel")
            known = ledger.articles(identifier for identifier, _ in chunk)
            found = [(identifier, slug or known[identifier].slug) for identifier, slug in chunk]
            batch = list(self.ask_articles(found, "artikel", refetch=True))
            self._note_left_out({identifier for identifier, _ in found}, batch)
            yield batch

    def _note_left_out(self, wanted: set[int], batch: Batch) -> None:
        """Name the articles that the ledger does not let this crawl have."""
        left_out = wanted - {request.cb_kwargs["identifier"] for request in batch}
        if not left_out or self.crawl.is_spent:
            return
        self.count("article/left_out", len(left_out))
        names = ", ".join(map(str, sorted(left_out)[:NAMED])) + ", …" * (len(left_out) > NAMED)
        self.logger.warning(
            "Not requested: %s. Another crawl is fetching them, or this machine's clock was set back: run again later",
            names,
        )
