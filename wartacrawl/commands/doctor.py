"""`scrapy doctor`: a handful of requests to a live portal, and what works, field by field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wartacrawl.command import Options, ProjectCommand

if TYPE_CHECKING:
    from wartacrawl.operations.doctor import Doctor
    from wartacrawl.operations.probe import Probe


class Command(ProjectCommand):
    """Probe robots, menu, lists, feeds and an article; print what works and what to do; exit codes as of a crawl."""

    requires_crawler_process = True
    is_quiet = True
    summary = "Probe a live portal with a handful of requests and say, field by field, what works"
    arguments = "[URL of an article]"
    limits = (0, 1)
    guide = "docs/first-contact.md"
    examples = {
        "doctor": "the portal of WARTA_URL, and an article that its home page or index names",
        "doctor 583116": "and this article",
        "doctor --save tests/pages": "keep what came as test cases",
    }
    options = {
        "--save": {"metavar": "DIR", "help": "keep what came as new test cases under DIR"},
        "--json": {"action": "store_true", "help": "print JSON instead of tables"},
    }

    def work(self, args: list[str], opts: Options) -> None:
        """Examine, print, save."""
        from wartacrawl.config import check_writable
        from wartacrawl.operations.doctor import Doctor
        from wartacrawl.operations.probe import probe
        from wartacrawl.reporting.outcome import CODES
        from wartacrawl.site import urls

        if args and urls.identity(args[0]) is None:
            self.refuse_arguments(args)
        origin = self.portal
        if opts.save:
            check_writable(Path(opts.save).absolute(), "--save")

        async def script(ask: Probe) -> Doctor:
            doctor = Doctor(ask, origin, _article_url(args, origin))
            await doctor.examine()
            return doctor

        doctor = probe(self.crawler_process, script)
        found = doctor.examination
        self.exitcode = CODES[found.word]
        kept = self._save(doctor, Path(opts.save)) if opts.save else []
        if opts.json:
            self.print_json({**found.record(), "saved": [str(path) for path in kept]})
        else:
            from rich.console import Console

            from wartacrawl.terminal.examination import show

            show(found, kept, Console(highlight=False))

    def _save(self, doctor: Doctor, folder: Path) -> list[Path]:
        from wartacrawl.operations import cases

        try:
            kept = [cases.save_list(folder, name, source) for name, source in doctor.sight.lists.items()]
            kept += [
                cases.save(folder, [specimen.source], specimen.extraction.article)
                for specimen in doctor.sight.specimens[:1]
            ]
        except OSError as error:
            self.warn(f"Nothing could be kept in {folder}: {error.strerror}. Give a folder to write to.")
            self.exitcode = self.exitcode or 1
            return []
        return kept


def _article_url(args: list[str], origin: str) -> str | None:
    from wartacrawl.site import urls

    if not args:
        return None
    ref = urls.parse(args[0]) or urls.parse(args[0], origin=origin)
    return urls.build(urls.Ref("article", id=urls.identity(args[0]), slug=ref.slug if ref else None), origin=origin)
