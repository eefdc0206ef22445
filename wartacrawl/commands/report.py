"""`scrapy report`: writes the pages of the reports again."""

from __future__ import annotations

from wartacrawl.command import CommandError, Options, ProjectCommand, positive


class Command(ProjectCommand):
    """Write the HTML report of every crawl from its JSON, or from the ledger where it left none."""

    summary = "Rebuild the HTML reports from their JSON and the ledger"
    guide = "docs/operations.md"
    examples = {"report": "all crawls", "report --run 12": "only crawl 12"}
    options = {"--run": {"type": positive, "metavar": "NUMBER", "help": "only this crawl (default: all of them)"}}

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Print the path of each page, the latest last; exit code 1 when there is none."""
        from wartacrawl.config import check_writable
        from wartacrawl.reporting.report import rebuild

        folder = self.config.folder
        with self.ledger():
            check_writable(folder)
        try:
            made = rebuild(folder, opts.run)
        except LookupError as error:
            raise CommandError("crashed", str(error)) from None
        except OSError as error:
            why = f"{error.filename or folder} cannot be written ({error.strerror or error})"
            raise CommandError(
                "crashed", f"{why}: see what is in the way, then run again; the JSON of the reports is unchanged."
            ) from None
        if not made:
            raise CommandError("crashed", f"{folder} has no crawl in its ledger yet: run `scrapy crawl warta` first.")
        for path in made:
            print(path)
