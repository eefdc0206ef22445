"""`scrapy explain URL-or-FILE`: one article, field by field, with the layer each value came from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wartacrawl.command import CommandError, Options, ProjectCommand

if TYPE_CHECKING:
    from wartacrawl.operations.cases import Source
    from wartacrawl.reading.extract import Extraction


class Command(ProjectCommand):
    """Show an article as it would be exported; exit codes as of a crawl, 5 where the page has no headline."""

    requires_crawler_process = True
    is_quiet = True
    summary = "One article, field by field, with the layer each value came from"
    arguments = "URL-or-FILE"
    limits = (1, 1)
    examples = {
        "explain 583116": "an article of the portal, by its number",
        "explain https://…/read583116/slug": "or its address",
        "explain page.html": "a saved page",
        "explain tests/pages/layout/case --json": "a test case, as JSON",
    }
    options = {"--json": {"action": "store_true", "help": "print the exported record and all offers as JSON"}}

    def work(self, args: list[str], opts: Options) -> None:
        """Extract and print."""
        from wartacrawl.terminal.explanation import as_json, show

        path = Path(args[0])
        try:
            extraction = self._read(self._saved(path)) if path.exists() else self._fetched(args[0])
        except ValueError as error:
            raise CommandError("usage", str(error)) from None
        print(as_json(extraction)) if opts.json else show(extraction)
        if extraction.doubt is not None:
            self.warn(f"A crawl does not take this page for the article: {extraction.doubt}.")
            self.exitcode = 6
        if extraction.article.headline is None:
            self.exitcode = 5

    def _read(self, sources: list[Source]) -> Extraction:
        from wartacrawl.reading.extract import merge
        from wartacrawl.reading.page_reader import PageReader

        reader = PageReader(self.config.origin, self.config.page_seconds)
        return merge([reader.article(source.page("artikel")) for source in sources])

    def _fetched(self, address: str) -> Extraction:
        from wartacrawl.operations.probe import NoArticleError, fetched
        from wartacrawl.site import urls

        try:
            return fetched(self.crawler_process, address, self.portal)[1]
        except NoArticleError:
            raise self.usage(
                f"{address!r} is neither a file nor an article: give a saved page, an id such as 583116, or a URL such "
                f"as {urls.ORIGIN}/read583116/slug."
            ) from None

    def _saved(self, path: Path) -> list[Source]:
        """Return the pages of a test case, or a saved page, which must state its own address."""
        from wartacrawl.operations import cases
        from wartacrawl.site import urls
        from wartacrawl.spiders.arguments import read_file

        config = self.config
        folder = path if path.is_dir() else path.parent
        if (path.is_dir() or path.name == "page.html") and (folder / "meta.json").is_file():
            return cases.read(folder)
        if path.is_dir():
            raise self.usage(f"{path} is a folder without meta.json: give a saved page or a test case.")
        try:
            content = read_file(path, config.download.maxsize or 2**30)
        except (OSError, ValueError) as error:
            raise CommandError(
                "usage", f"{path} cannot be read ({getattr(error, 'strerror', None) or error}): give a saved page."
            ) from None
        return [cases.Source(urls.build(urls.Ref("home")), content, None, datetime.now(UTC), config.origin)]
