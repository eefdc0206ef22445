"""`scrapy crawl`: as Scrapy's own, with exit codes that say how it went."""

from __future__ import annotations

import gc
import logging
import sys
from asyncio import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError

from wartacrawl.command import HelpFormatter, Options, Word, examples
from wartacrawl.extensions.log import shorten_log
from wartacrawl.reporting.printable import make_log_printable

if TYPE_CHECKING:
    import argparse

    from scrapy.crawler import CrawlerProcessBase
    from scrapy.settings import Settings

logger = logging.getLogger(__name__)


class Command(CrawlCommand):
    """Run a spider; the exit code is that of the outcome (see README)."""

    settings: Settings
    crawler_process: CrawlerProcessBase
    examples: ClassVar[dict[str, str]] = {
        "crawl warta": "everything new",
        "crawl warta -a sections=ekbis,kabar-sawit -a limit=50": "fifty articles of two sections",
        "crawl indeks -a since=2025-01-05 -a until=2025-01-31": "history: what is missing of these days",
        "crawl arsip -a count=1": "history: how much of it Common Crawl has, without asking the portal",
        "crawl artikel -a urls=583116,583117": "just these articles, again if need be",
        "crawl warta -s OUTPUT_DIR=/var/lib/wartacrawl": "into another folder; see wartacrawl/settings.py for all -s",
    }

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add Scrapy's options; --help lists the arguments of each spider, with examples."""
        super().add_options(parser)
        if {"-h", "--help"} & set(sys.argv):
            parser.formatter_class = HelpFormatter
            parser.epilog = f"{self._arguments()}\n\n{examples(self.examples)}"

    def _arguments(self) -> str:
        from scrapy.spiderloader import get_spider_loader

        from wartacrawl.spiders.arguments import EXAMPLES

        loader = get_spider_loader(self.settings)
        spiders = {name: getattr(loader.load(name), "allowed_arguments", ()) for name in sorted(loader.list())}
        lines = ["spiders, and the arguments (-a NAME=VALUE) that each takes:"]
        lines += [f"  {name:<9}{' '.join(sorted(allowed))}" for name, allowed in spiders.items()]
        width = max(len(example) for example, _ in EXAMPLES.values())
        lines += ["", "arguments:"]
        lines += [f"  -a {example:<{width}}  {meaning}" for example, meaning in EXAMPLES.values()]
        return "\n".join(lines)

    def process_options(self, args: list[str], opts: Options) -> None:
        """Check where the log goes: Scrapy opens it before `run`, and fails with a traceback."""
        super().process_options(args, opts)
        sentence = self._fault_of_log()
        if sentence is not None:
            if len(args) == 1:
                self._leave_report(args[0], opts.spargs, sentence)
            raise UsageError(sentence, print_help=False)
        if self.settings["LOG_LEVEL"] in {"DEBUG", logging.DEBUG}:
            self.settings.set("STATS_DUMP", True, "project")
        else:
            shorten_log()

    def _fault_of_log(self) -> str | None:
        level, path = self.settings["LOG_LEVEL"], self.settings["LOG_FILE"]
        if not isinstance(level, int) and level not in logging.getLevelNamesMapping():
            allowed = "DEBUG, INFO, WARNING, ERROR and CRITICAL"
            return f"LOG_LEVEL={level!r} is not a level: allowed are {allowed}."
        if path and self.settings.getbool("LOG_ENABLED"):
            try:
                Path(path).open("a", encoding="utf-8").close()
            except OSError as error:
                return f"LOG_FILE={path!r} cannot be written ({error.strerror}): name a file elsewhere."
        return None

    def run(self, args: list[str], opts: Options) -> None:
        """Check the arguments, run the spider, set the exit code."""
        if len(args) != 1:
            raise UsageError(
                "scrapy crawl takes the name of one spider, such as `scrapy crawl warta`.", print_help=False
            )
        make_log_printable()
        from wartacrawl.config import ConfigError
        from wartacrawl.storage.database import LedgerError

        name, given = args[0], opts.spargs
        try:
            crawler = self._ready(name, given)
            fault = self._crawl(crawler, given)
        except ConfigError as error:
            self._leave_report(name, given, str(error))
            self._end(name, "usage", str(error))
        except LedgerError as error:
            self._end(name, "crashed", str(error))
        else:
            if fault is None:
                self.exitcode = crawler.stats.get_value("outcome/code", 1)
                return
            logger.error("The crawl could not begin", exc_info=fault)
            why = f"the crawl could not begin ({type(fault).__name__}: {fault}); the traceback is above"
            self._end(name, "crashed", why)

    def _crawl(self, crawler: Any, given: dict[str, str]) -> BaseException | None:
        """Crawl; return what kept the crawl from having an outcome of its own, or raise it if it is a `ConfigError`."""
        # When it is imported, this module reads the source of its whole call stack, which is deep in the event loop.
        import scrapy.core.downloader.handlers.http11  # noqa: F401

        from wartacrawl.config import ConfigError

        # What is loaded stays; pages come and go by reference counts, and the few rings among them can wait.
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)
        crawl = self.crawler_process.crawl(crawler, **given)
        self.crawler_process.start()
        fault = crawl.exception() if isinstance(crawl, Future) and crawl.done() and not crawl.cancelled() else None
        if isinstance(fault, ConfigError):
            raise fault
        return fault

    def _ready(self, name: str, given: dict[str, str]) -> Any:
        """Return the crawler once arguments, settings and output folder are known to be usable."""
        from wartacrawl.config import ConfigError, check_writable, suggestion
        from wartacrawl.storage.store import Store

        try:
            crawler: Any = self._create_crawler(name)
        except KeyError:
            names = sorted(self.crawler_process.spider_loader.list())
            raise ConfigError(f"{name!r} is not a spider of this project: {suggestion(name, names)}") from None
        _, config = crawler.spidercls.check(crawler.settings, given)
        check_writable(config.folder)
        Store.open(config.folder).close()
        return crawler

    def _leave_report(self, name: str, given: dict[str, str], sentence: str) -> None:
        """Write the report of a crawl that is refused, unless it is OUTPUT_DIR that cannot be used."""
        from wartacrawl.config import OutputConfig, check_writable
        from wartacrawl.reporting import report

        try:
            folder = OutputConfig.read(self.settings).folder
            check_writable(folder)
            page = report.write_refusal(folder, name, given, sentence)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a report, the sentence must be shown
            if str(error) != sentence:
                logger.warning("No report of this crawl: %s", error)
            return
        logger.info("Report: %s", page)

    def _end(self, name: str, word: Word, sentence: str) -> None:
        from wartacrawl.reporting.outcome import CODES

        self.exitcode = CODES[word]
        logger.error("Outcome: %s (exit code %d): %s", word, self.exitcode, sentence)
        if not self.settings.getbool("LOG_ENABLED") or self.settings.get("LOG_FILE"):
            print(sentence, file=sys.stderr)
        if not sys.stderr.isatty():  # a person at a terminal has read the sentence
            self._notify(name, word, sentence)

    def _notify(self, name: str, word: Word, sentence: str) -> None:
        from wartacrawl.config import ConfigError, NotifyConfig
        from wartacrawl.reporting import notification
        from wartacrawl.reporting.outcome import Outcome

        try:
            addresses = notification.addresses(NotifyConfig.read(self.settings))
        except ConfigError as error:
            if str(error) != sentence:
                logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
            return
        for trouble in notification.send(addresses, notification.compose(name, Outcome(word, sentence))):
            logger.error("%s", trouble)
