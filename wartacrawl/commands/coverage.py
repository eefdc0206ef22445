"""`scrapy coverage`: proof of what is there and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wartacrawl.command import Options, ProjectCommand

if TYPE_CHECKING:
    from wartacrawl.storage.coverage import Day


class Command(ProjectCommand):
    """Print the table; exit code 6 when an article is missing, or a day that was asked for was never walked."""

    summary = "Per day: announced by each source, exported, failed and missing"
    guide = "docs/operations.md"
    examples = {
        "coverage": "the last seven days",
        "coverage --since 2025-01-05 --until 2025-01-31": "exit code 6 when anything of these days is missing",
        "coverage --since today-30 --json": "for other programs",
    }
    options = {
        "--since": {"metavar": "DAY", "help": "first day: YYYY-MM-DD, today-7 (default: 6 before --until)"},
        "--until": {"metavar": "DAY", "help": "last day (default: today in Asia/Jakarta)"},
        "--json": {"action": "store_true", "help": "print JSON instead of a table"},
    }

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Compare what was announced with what was exported."""
        from wartacrawl.language import dates
        from wartacrawl.storage.coverage import as_record, coverage, dead_sections, undated, unwalked

        now = datetime.now(UTC)
        since, until = self.days(opts, until=dates.day(now))
        until = until or dates.day(now)
        since = since or until - timedelta(days=6)
        with self.ledger() as ledger:
            days, loose, dead = coverage(ledger, since, until), undated(ledger), dead_sections(ledger)
        if opts.json:
            self.print_json({"days": [as_record(day) for day in days], "undated": loose, "dead_sections": dead})
        else:
            from wartacrawl.terminal.coverage import show

            show(days, loose)
            if dead:
                print(f"Dead links of the menu (404, 410): {', '.join(dead)}")
        is_named = opts.since is not None or opts.until is not None
        overdue = unwalked(days, now) if is_named else []
        self._report_unwalked(overdue)
        self.exitcode = 6 if overdue or any(day.missing for day in days) else 0

    def _report_unwalked(self, days: list[Day]) -> None:
        if days:
            first, last = days[0].day, days[-1].day
            which = f"{first} was" if len(days) == 1 else f"{len(days):,} days from {first} to {last} were"
            self.warn(f"{which} never walked to the end: run `scrapy crawl indeks -a since={first} -a until={last}`.")
