"""`scrapy save-case URL`: one page of the live portal, kept as a test case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.utils.conf import closest_scrapy_cfg

from wartacrawl import cases
from wartacrawl.arguments import ArgumentError
from wartacrawl.extract import extract, merge
from wartacrawl.failures import reason_of_status
from wartacrawl.folder import portal_origin
from wartacrawl.outcome import CODES, Word
from wartacrawl.politeness import Manners
from wartacrawl.probing import Answer, Probe, probe, quiet
from wartacrawl.site import urls

if TYPE_CHECKING:
    import argparse

# Most pages of an article that are fetched for a case.
MOST_PAGES = 8


class Command(ScrapyCommand):
    """Fetch an article as a crawl would, with the rest of its pages, and keep it under tests/pages/."""

    requires_project = True

    def syntax(self) -> str:
        """Return the arguments."""
        return "[options] URL"

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Keep an article of the portal as a test case"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --save."""
        super().add_options(parser)
        parser.add_argument(
            "--save", metavar="DIR", help="folder of the cases (default: tests/pages beside scrapy.cfg)"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Keep the log to errors unless the command line says otherwise."""
        super().process_options(args, opts)
        quiet(self.settings)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Fetch, draft what is expected, print where it was kept; exit codes as those of a crawl."""
        identifier = urls.identity(args[0]) if len(args) == 1 else None
        if identifier is None:
            raise UsageError(
                f"scrapy save-case takes the URL (or id) of one article, not {' '.join(args)!r}.", print_help=False
            )
        try:
            origin = portal_origin(self.settings)
            Manners.read(self.settings)
        except ArgumentError as error:
            self._fail("usage", str(error))
            return
        ref = urls.parse(args[0]) or urls.parse(args[0], origin=origin)
        whole = urls.Ref("article", id=identifier, slug=ref.slug if ref else None, page="all")
        sources: list[cases.Source] = []

        async def fetch(ask: Probe) -> None:
            url: str | None = urls.build(whole, origin=origin)
            while url is not None and len(sources) < MOST_PAGES:
                answer = await ask.ask(url)
                if not self._came(answer, identifier, origin):
                    return
                sources.append(answer.source(origin))
                url = _next(sources, identifier, origin)

        probe(self.crawler_process, fetch)
        if sources and not self.exitcode:
            self._keep(sources, Path(opts.save) if opts.save else _default_folder())

    def _came(self, answer: Answer, identifier: str, origin: str) -> bool:
        reason = answer.reason or reason_of_status(answer.status or 0)
        if reason is not None:
            word: Word = "blocked" if reason.kind in {"blocked", "robots"} else "unreachable"
            self._fail(word, f"{answer.url} could not be had ({reason.sentence}): check the address and WARTA_URL.")
            return False
        landed = urls.parse(answer.response.url, origin=origin) if answer.response is not None else None
        if landed is None or landed.id != identifier:
            self._fail(
                "unreachable", f"{answer.url} leads to another page than article {identifier}: check the address."
            )
            return False
        return True

    def _keep(self, sources: list[cases.Source], folder: Path) -> None:
        extraction = merge([extract(source.page("artikel")) for source in sources])
        try:
            case = cases.save(folder, sources, extraction.article)
        except OSError as error:
            self._fail("crashed", f"{folder} cannot be written to ({error.strerror}): give another with --save DIR.")
            return
        print(case)
        print("Compare expected.json with the page in a browser, correct it, then set checked to true in meta.json.")

    def _fail(self, word: Word, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = CODES[word]


def _next(sources: list[cases.Source], identifier: str, origin: str) -> str | None:
    """Return the address of the article's next page where the last one shows that there is one."""
    for url in extract(sources[-1].page("artikel")).pager:
        ref = urls.parse(url)
        if ref is not None and ref.id == identifier and ref.page == len(sources) + 1:
            return urls.build(ref, origin=origin)
    return None


def _default_folder() -> Path:
    return Path(closest_scrapy_cfg()).resolve().parent / "tests" / "pages"
