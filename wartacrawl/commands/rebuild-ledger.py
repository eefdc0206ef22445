"""`scrapy rebuild-ledger`: makes the ledger again from the exported lines."""

from __future__ import annotations

from wartacrawl.command import Options, ProjectCommand


class Command(ProjectCommand):
    """Read every line, cut torn tails, keep the old ledger under another name."""

    summary = "Make the ledger again from the exported lines"
    guide = "docs/durability.md"
    examples = {"rebuild-ledger": "read all lines of OUTPUT_DIR; the old ledger is kept under another name"}

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Rebuild, and print what was found; exit code 1 when a line could not be taken over."""
        from wartacrawl.config import ConfigError, check_writable
        from wartacrawl.operations.workers import spread
        from wartacrawl.reporting.number import counted
        from wartacrawl.storage.rebuild import rebuild

        config = self.config
        folder = config.folder
        if not folder.is_dir():
            raise ConfigError(f"OUTPUT_DIR={str(folder)!r} is not a folder: name the one with the articles.")
        check_writable(folder)
        report = rebuild(folder, recheck_ages=config.discovery.recheck_ages, spread=spread)
        for finding in report.findings:
            print(finding)
        kept = f"; the old one is {report.kept}" if report.kept else ""
        print(f"{report.path}: {counted(report.lines, 'line')} of {counted(report.parts, 'part')} remembered{kept}")
        self.exitcode = 1 if report.findings else 0
