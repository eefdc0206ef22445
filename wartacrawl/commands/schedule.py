"""`scrapy schedule`: posts what the timetable says is due to scrapyd. Safe to run as often as one likes."""

from __future__ import annotations

import configparser
import fcntl
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import closest_scrapy_cfg, get_config

from wartacrawl.config import ConfigError
from wartacrawl.language import dates
from wartacrawl.operations.scrapyd import Scrapyd, ScrapydError
from wartacrawl.operations.timetable import PATIENCE, Due, Timetable, TimetableError
from wartacrawl.reporting.outcome import CODES
from wartacrawl.spiders.arguments import Arguments

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Post each crawl that was due last, unless scrapyd knows it or an earlier one of its kind is not done yet."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return the arguments."""
        return "[options] [TIMETABLE]"

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Post the crawls that are due to scrapyd; twice does no harm"

    def long_desc(self) -> str:
        """Return the text of --help."""
        return (
            "Posts the crawls that are due by TIMETABLE (default: deploy/timetable.toml beside scrapy.cfg) to the "
            "scrapyd of scrapy.cfg. To be run every few minutes by cron or a systemd timer; see docs/scrapyd.md."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --target, --at and --dry-run."""
        super().add_options(parser)
        parser.add_argument("--target", metavar="NAME", default="local", help="[deploy:NAME] of scrapy.cfg (local)")
        parser.add_argument("--at", metavar="TIME", help="post what was due at YYYY-MM-DDTHH:MM, Asia/Jakarta (now)")
        parser.add_argument("--dry-run", action="store_true", help="say what is due and ask nobody")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Post and say so, one line a crawl; exit code 0 when scrapyd has all that is due."""
        if len(args) > 1:
            raise UsageError(f"scrapy schedule takes one timetable at most, not {' '.join(args)!r}.", print_help=False)
        now = _moment(opts.at)
        try:
            path = _path(args)
            dues = Timetable.read(path).due(now)
            for due in dues:
                self._check(due)
            if not dues:
                print(f"Nothing was due within the last {PATIENCE.total_seconds() / 3600:.0f} hours.")
            elif opts.dry_run:
                for due in dues:
                    print(f"{due.job}: {_command(due)}")
            else:
                self._post(path, dues, Scrapyd.from_config(get_config(), opts.target))
        except (TimetableError, configparser.Error) as error:
            self._fail(str(error), CODES["usage"])
        except ScrapydError as error:
            self._fail(str(error), CODES[error.word])

    def _check(self, due: Due) -> None:
        """Find out now what would otherwise stand in the log of a job at night."""
        loader = get_spider_loader(self.settings)
        try:
            Arguments.parse(due.arguments, loader.load(due.entry.spider).allowed_arguments)
        except KeyError:
            known = ", ".join(sorted(loader.list()))
            raise TimetableError(f"{due.entry.spider!r} is no spider of this project: there are {known}.") from None
        except ConfigError as error:
            raise TimetableError(f"The job {due.entry.name!r} of the timetable cannot run: {error}") from None

    def _post(self, path: Path, dues: list[Due], scrapyd: Scrapyd) -> None:
        with path.open("rb") as file:
            # Scrapyd takes an id twice, so two of us must not look and post at the same time.
            fcntl.flock(file, fcntl.LOCK_EX)
            known = scrapyd.jobs()
            for due in dues:
                print(f"{due.job}: {self._post_one(due, known, scrapyd)}", flush=True)

    def _post_one(self, due: Due, known: dict[str, str], scrapyd: Scrapyd) -> str:
        if due.job in known:
            return f"already {known[due.job]}"
        undone = [job for job, state in known.items() if state != "finished" and due.entry.owns(job)]
        if undone:
            return f"not posted, {undone[0]} is still {known[undone[0]]}"
        try:
            scrapyd.schedule(due.entry.spider, due.job, due.arguments, due.entry.settings)
        except ScrapydError as error:
            self._fail(str(error), CODES[error.word])
            return "not posted"
        return "posted"

    def _fail(self, sentence: str, code: int) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = code


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--at {text!r} is no time: give YYYY-MM-DDTHH:MM, such as 2026-11-24T02:30.", print_help=False
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dates.JAKARTA)


def _path(args: list[str]) -> Path:
    if args:
        return Path(args[0])
    config = closest_scrapy_cfg()
    if not config:
        raise TimetableError("There is no scrapy.cfg here or above: go to the project's folder, or name a timetable.")
    return Path(config).resolve().parent / "deploy" / "timetable.toml"


def _command(due: Due) -> str:
    words = [f"-a {name}={value}" for name, value in due.arguments.items()]
    words += [f"-s {name}={value}" for name, value in due.entry.settings.items()]
    return " ".join(["scrapy crawl", due.entry.spider, *words])
