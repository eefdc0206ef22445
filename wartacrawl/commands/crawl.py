"""`scrapy crawl`: as Scrapy's own, with exit codes that say how it went."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError

from wartacrawl.config import ConfigError, OutputConfig, check_writable
from wartacrawl.reporting import notification, report
from wartacrawl.reporting.outcome import CODES, Outcome, Word
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.store import Store

if TYPE_CHECKING:
    import argparse
    import asyncio

logger = logging.getLogger(__name__)


class Command(CrawlCommand):
    """Run a spider; the exit code is that of the outcome (see README)."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check where the log goes: Scrapy opens it before `run`, and fails with a traceback."""
        super().process_options(args, opts)
        sentence = self._fault_of_log()
        if sentence is not None:
            if len(args) == 1:
                self._leave_report(args[0], opts.spargs, sentence)
            raise UsageError(sentence, print_help=False)

    def _fault_of_log(self) -> str | None:
        level, path = self.settings["LOG_LEVEL"], self.settings["LOG_FILE"]
        if not isinstance(level, int) and level not in logging.getLevelNamesMapping():
            allowed = "DEBUG, INFO, WARNING, ERROR and CRITICAL"
            return f"LOG_LEVEL={level!r} is no level: allowed are {allowed}."
        if path and self.settings.getbool("LOG_ENABLED"):
            try:
                Path(path).open("a", encoding="utf-8").close()
            except OSError as error:
                return f"LOG_FILE={path!r} cannot be written ({error.strerror}): name a file elsewhere."
        return None

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, run the spider, set the exit code."""
        if len(args) != 1:
            raise UsageError("scrapy crawl takes the name of one spider: warta, indeks or artikel.", print_help=False)
        crawler = self._crawler(args[0], opts.spargs)
        if crawler is None or not self._is_ready(crawler, opts.spargs):
            return
        crawl = self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if self._has_begun(crawl, args[0], opts.spargs):
            self.exitcode = crawler.stats.get_value("outcome/code", CODES["crashed"])

    def _has_begun(self, crawl: asyncio.Task[None], name: str, given: dict[str, str]) -> bool:
        """Tell whether the crawl came so far as to have an outcome of its own, and say why if not."""
        fault = crawl.exception() if crawl.done() and not crawl.cancelled() else None
        if fault is None:
            return True
        if isinstance(fault, ConfigError):
            self._refuse(name, given, str(fault))
        else:
            logger.error("The crawl could not begin", exc_info=fault)
            self._end(
                name, "crashed", f"the crawl could not begin ({type(fault).__name__}: {fault}); the traceback is above"
            )
        return False

    def _crawler(self, name: str, given: dict[str, str]) -> Any:
        try:
            return self._create_crawler(name)
        except KeyError:
            names = ", ".join(sorted(self.crawler_process.spider_loader.list()))
            self._refuse(name, given, f"{name!r} is no spider of this project: there are {names}.")
            return None

    def _is_ready(self, crawler: Any, given: dict[str, str]) -> bool:
        """Tell whether arguments and output folder can be used, and say so in one sentence if not."""
        try:
            _, config = crawler.spidercls.check(crawler.settings, given)
            check_writable(config.folder)
            Store.open(config.folder).close()
        except ConfigError as error:
            self._refuse(crawler.spidercls.name, given, str(error))
            return False
        except LedgerError as error:
            self._end(crawler.spidercls.name, "crashed", str(error))
            return False
        return True

    def _refuse(self, name: str, given: dict[str, str], sentence: str) -> None:
        self._leave_report(name, given, sentence)
        self._end(name, "usage", sentence)

    def _leave_report(self, name: str, given: dict[str, str], sentence: str) -> None:
        """Write the report of a crawl that is refused, unless it is OUTPUT_DIR that cannot be used."""
        try:
            folder = OutputConfig.read(self.settings).folder
            check_writable(folder)
            page = report.write_refusal(folder, name, given, sentence)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a report, the sentence must be told
            if str(error) != sentence:
                logger.warning("No report of this crawl: %s", error)
            return
        logger.info("Report: %s", page)

    def _end(self, name: str, word: Word, sentence: str) -> None:
        self.exitcode = CODES[word]
        logger.error("Outcome: %s (exit code %d): %s", word, self.exitcode, sentence)
        if not self.settings.getbool("LOG_ENABLED") or self.settings.get("LOG_FILE"):
            print(sentence, file=sys.stderr)
        if not sys.stderr.isatty():  # a person at a terminal has read the sentence
            self._notify(name, Outcome(word, sentence))

    def _notify(self, name: str, outcome: Outcome) -> None:
        try:
            addresses = notification.addresses(self.settings)
        except ConfigError as error:
            if str(error) != outcome.why:
                logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
            return
        for trouble in notification.send(addresses, notification.compose(name, outcome)):
            logger.error("%s", trouble)
