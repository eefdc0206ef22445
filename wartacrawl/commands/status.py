"""`scrapy status`: what there is, what is pending, and what comes next, on one screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wartacrawl.command import Options, ProjectCommand

if TYPE_CHECKING:
    from wartacrawl.operations.timetable import Timetable


class Command(ProjectCommand):
    """Print the screen; nothing is asked of the portal, and a running crawl is not disturbed."""

    summary = "One screen: articles, days, sections, what is pending and why, the last crawls"
    guide = "docs/operations.md"
    examples = {
        "status": "of OUTPUT_DIR",
        "status --json": "for other programs",
        "status --timetable /etc/wartacrawl/timetable.toml": "with the next crawl of this timetable",
    }
    options = {
        "--json": {"action": "store_true", "help": "print JSON instead of a screen"},
        "--timetable": {
            "metavar": "FILE",
            "help": "timetable (default: deploy/timetable.toml, if it is for OUTPUT_DIR)",
        },
    }

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Read ledger and reports, and print."""
        from wartacrawl.operations.status import status

        with self.ledger() as ledger:
            record = status(self.config.folder, ledger, self._timetable(opts.timetable))
        if opts.json:
            self.print_json(record)
        else:
            from wartacrawl.terminal.status import show

            show(record)

    def _timetable(self, given: str | None) -> Timetable | None:
        from wartacrawl.config import ConfigError
        from wartacrawl.operations.timetable import Timetable, default_path

        if given is not None:
            return Timetable.read(Path(given))
        try:
            path = default_path()
        except ConfigError:
            return None
        if not path.exists():
            return None
        # The file of a clone may be the example: it counts only for the folder that it fills.
        entries = Timetable.read(path).entries
        return Timetable(tuple(each for each in entries if Path(each.settings["OUTPUT_DIR"]) == self.config.folder))
