"""`scrapy schedule`: posts what the timetable says is due to scrapyd. Safe to run as often as you like."""

from __future__ import annotations

import configparser
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wartacrawl.command import CommandError, Options, ProjectCommand

if TYPE_CHECKING:
    from wartacrawl.operations.scrapyd import Scrapyd
    from wartacrawl.operations.timetable import Due


class Command(ProjectCommand):
    """Post each crawl that was due last, unless scrapyd knows it or an earlier one of its kind is not done yet."""

    summary = "Post the crawls that are due to scrapyd; twice does no harm"
    arguments = "[TIMETABLE]"
    limits = (0, 1)
    guide = "docs/scrapyd.md"
    examples = {
        "schedule": "by deploy/timetable.toml beside scrapy.cfg, every few minutes from cron",
        "schedule --dry-run": "print what is due, and post nothing",
        "schedule --at 2026-11-24T02:30": "what was due then, in Asia/Jakarta",
    }
    options = {
        "--target": {"metavar": "NAME", "default": "local", "help": "[deploy:NAME] of scrapy.cfg (local)"},
        "--at": {"metavar": "TIME", "help": "post what was due at YYYY-MM-DDTHH:MM, Asia/Jakarta (now)"},
        "--dry-run": {"action": "store_true", "help": "print what is due and post nothing"},
    }

    def work(self, args: list[str], opts: Options) -> None:
        """Post, and print a line for each crawl; exit code 0 when scrapyd has all that is due."""
        from scrapy.utils.conf import get_config

        from wartacrawl.operations.scrapyd import Scrapyd
        from wartacrawl.operations.timetable import PATIENCE, Timetable, default_path

        now = self._moment(opts.at)
        path = Path(args[0]) if args else default_path()
        dues = Timetable.read(path).due(now)
        for due in dues:
            self._check(due)
        if not dues:
            print(f"Nothing was due within the last {PATIENCE.total_seconds() / 3600:.0f} hours.")
        elif opts.dry_run:
            for due in dues:
                print(f"{due.job}: {_command(due)}")
        else:
            try:
                scrapyd = Scrapyd.from_config(get_config(), opts.target)
            except configparser.Error as error:
                self.fail("usage", str(error))
                return
            self._post(path, dues, scrapyd)

    def _check(self, due: Due) -> None:
        """Refuse now what would fail in the job at night."""
        from scrapy.spiderloader import get_spider_loader

        from wartacrawl.config import ConfigError
        from wartacrawl.spiders.arguments import Arguments

        loader = get_spider_loader(self.settings)
        try:
            Arguments.parse(due.arguments, getattr(loader.load(due.entry.spider), "allowed_arguments", ()))
        except KeyError:
            known = ", ".join(sorted(loader.list()))
            raise ConfigError(f"{due.entry.spider!r} is not a spider of this project: there are {known}.") from None
        except ConfigError as error:
            raise ConfigError(f"The job {due.entry.name!r} of the timetable cannot run: {error}") from None

    def _post(self, path: Path, dues: list[Due], scrapyd: Scrapyd) -> None:
        import fcntl

        with path.open("rb") as file:
            # Scrapyd accepts an id twice, so two of these commands must not check and post at the same time.
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
        except CommandError as error:
            self.fail(error.word, str(error))
            return "not posted"
        return "posted"

    def _moment(self, text: str | None) -> datetime | None:
        from wartacrawl.language import dates

        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.usage(f"--at {text!r} is not a time: give YYYY-MM-DDTHH:MM, such as 2026-11-24T02:30.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=dates.JAKARTA)


def _command(due: Due) -> str:
    words = [f"-a {name}={value}" for name, value in due.arguments.items()]
    words += [f"-s {name}={value}" for name, value in due.entry.settings.items()]
    return " ".join(["scrapy crawl", due.entry.spider, *words])
