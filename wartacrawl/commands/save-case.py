"""`scrapy save-case URL`: an article of the live portal, kept as a test case."""

from __future__ import annotations

from pathlib import Path

from wartacrawl.command import CommandError, Options, ProjectCommand


class Command(ProjectCommand):
    """Fetch an article as a crawl would, with all of its pages, and keep it under tests/pages/."""

    requires_crawler_process = True
    is_quiet = True
    summary = "Keep an article of the portal as a test case"
    arguments = "URL"
    limits = (1, 1)
    examples = {
        "save-case 583116": "under tests/pages/ beside scrapy.cfg",
        "save-case https://…/read583116/slug --save cases": "in another folder",
    }
    options = {"--save": {"metavar": "DIR", "help": "folder of the cases (default: tests/pages beside scrapy.cfg)"}}

    def work(self, args: list[str], opts: Options) -> None:
        """Fetch, draft what is expected, print where it was kept; exit codes as those of a crawl."""
        from wartacrawl.config import check_writable
        from wartacrawl.operations import cases
        from wartacrawl.operations.probe import NoArticleError, fetched

        origin = self.portal
        folder = Path(opts.save).absolute() if opts.save else _default_folder()
        check_writable(folder, "--save")
        try:
            sources, extraction = fetched(self.crawler_process, args[0], origin)
        except NoArticleError:
            self.refuse_arguments(args)
        try:
            case = cases.save(folder, sources, extraction.article)
        except OSError as error:
            raise CommandError(
                "crashed", f"{folder} cannot be written to ({error.strerror}): give another with --save DIR."
            ) from None
        print(case)
        print("Compare expected.json with the page in a browser, correct it, then set checked to true in meta.json.")


def _default_folder() -> Path:
    from scrapy.utils.conf import closest_scrapy_cfg

    return Path(closest_scrapy_cfg()).resolve().parent / "tests" / "pages"
