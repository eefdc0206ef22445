"""`scrapy verify`: is every exported line what the contract promises?"""

from __future__ import annotations

from wartacrawl.command import CommandError, Options, ProjectCommand


class Command(ProjectCommand):
    """Print each finding as file:line: what, then a summary; exit code 1 when there are any."""

    summary = "Check every exported line: JSON, schema, uniqueness, order, torn tails"
    guide = "docs/durability.md"
    examples = {"verify": "check OUTPUT_DIR", "verify -s OUTPUT_DIR=/var/lib/wartacrawl": "check another folder"}

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Check every part."""
        from wartacrawl.operations.workers import spread
        from wartacrawl.reporting.number import counted
        from wartacrawl.storage.verify import verify

        folder = self.config.folder
        if not folder.is_dir():
            raise CommandError("crashed", f"{folder} is not a folder: name the one with the articles, -s OUTPUT_DIR=….")
        report = verify(folder, spread=spread)
        for finding in report.findings:
            print(finding)
        print(
            f"{folder}: {counted(report.lines, 'line')} of {counted(report.articles, 'article')} in "
            f"{counted(report.parts, 'part')}, {counted(len(report.findings), 'finding')}"
        )
        self.exitcode = 1 if report.findings else 0
