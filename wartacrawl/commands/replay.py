"""`scrapy replay PATH…`: articles extracted again from archived pages, without network."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from wartacrawl.command import CommandError, Options, ProjectCommand, positive


class Command(ProjectCommand):
    """Write new versions where the text changed, or show what would change; exit code 1 when a page is unreadable."""

    summary = "Extract again from archived pages (WARC files or folders of them), no network"
    arguments = "PATH…"
    limits = (1, float("inf"))
    guide = "docs/archive.md"
    examples = {
        "replay output/archive --dry-run": "show each field that would change",
        "replay output/archive --jobs 4": "write new versions, with four processes",
        "replay /shared/archive --cluster tcp://10.0.0.5:8786": "read by the workers of a Dask cluster",
        "replay some.warc.gz --out other": "into another output folder",
    }
    options = {
        "--dry-run": {"action": "store_true", "help": "write nothing; show each field that would change"},
        "--out": {"metavar": "DIR", "help": "another output folder (default: OUTPUT_DIR)"},
        "--jobs": {"type": positive, "metavar": "N", "help": "processes (default: one a core)"},
        "--cluster": {"metavar": "ADDRESS", "help": "a Dask scheduler, such as tcp://10.0.0.5:8786"},
    }

    def work(self, args: list[str], opts: Options) -> None:
        """Replay."""
        from wartacrawl.config import INSTALL_ARCHIVE, ConfigError

        try:
            self._replay(args, opts)
        except FileNotFoundError as error:
            raise ConfigError(str(error)) from None
        except OSError as error:
            raise CommandError("crashed", str(error)) from None
        except ImportError as missing:
            if (missing.name or "").partition(".")[0] not in {"warcio", "fastwarc"}:
                raise
            raise ConfigError(
                f"scrapy replay needs the packages warcio and fastwarc: install them with `{INSTALL_ARCHIVE}`."
            ) from None

    def _replay(self, args: list[str], opts: Options) -> None:
        from wartacrawl import items
        from wartacrawl.config import check_writable
        from wartacrawl.operations import replay, rewriting, workers
        from wartacrawl.reading.visits import Archives, visits
        from wartacrawl.reporting.number import counted
        from wartacrawl.storage import warc

        config = self.config
        folder = Path(opts.out).expanduser().absolute() if opts.out else config.folder
        if not opts.dry_run:
            check_writable(folder, "--out" if opts.out else "OUTPUT_DIR")
        paths = warc.files(Path(arg) for arg in args)
        with ExitStack() as stack:
            archives = stack.enter_context(Archives(paths, origin=config.origin, own=config.folder / warc.FOLDER))
            found = visits(archives.found())
            for sentence in archives.problems:
                self.warn(sentence)
            for portal, number in archives.left_out.items():
                what = f"{counted(number, 'page')} of {portal} {'is' if number == 1 else 'are'}"
                self.warn(
                    f"{what} left out, as it is not the portal in use: set -s WARTA_URL={portal} to read such pages."
                )
            elsewhere = stack.enter_context(workers.cluster(opts.cluster, archives.files)) if opts.cluster else None
            results = replay.replay(
                found, jobs=opts.jobs or workers.cores(), page_seconds=config.page_seconds, elsewhere=elsewhere
            )
            if opts.dry_run:
                tally = rewriting.compare(results, folder, say=print)
            else:
                tally = rewriting.rewrite(
                    results,
                    folder,
                    faults=items.problems,
                    say=self.warn,
                    ages=config.discovery.recheck_ages,
                    paths=args,
                )
        print(f"{folder}: {tally.sentence()}")
        self.exitcode = 1 if tally.counts["unreadable"] else 0
