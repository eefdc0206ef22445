"""`scrapy replay PATH…`: archived pages extracted again, without network."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from wartacrawl import items
from wartacrawl.config import INSTALL_ARCHIVE, Config, ConfigError, check_writable
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError

try:
    from wartacrawl.operations import replay, rewriting
    from wartacrawl.storage import warc
except ImportError as missing:  # the packages are extras
    if (missing.name or "").partition(".")[0] not in {"warcio", "fastwarc"}:
        raise
    replaying = rewriting = warc = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wartacrawl.operations.rewriting import Tally


class Command(ScrapyCommand):
    """Extract articles from WARC files again; write new versions where the text changed, or show what would."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return the arguments."""
        return "[options] PATH…"

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Extract again from archived pages (WARC files or folders of them), no network"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --dry-run, --out and --jobs."""
        super().add_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="write nothing; show each field that would change")
        parser.add_argument("--out", metavar="DIR", help="another output folder (default: OUTPUT_DIR)")
        parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: one a core)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Replay; exit code 1 when a page or folder cannot be used, 2 for a bad argument."""
        if not args or (opts.jobs is not None and opts.jobs < 1):
            raise UsageError("scrapy replay takes WARC files or folders of them, and --jobs from 1.", print_help=False)
        if warc is None:
            self._fail(f"scrapy replay needs the packages warcio and fastwarc: install them with `{INSTALL_ARCHIVE}`.")
            return
        try:
            self._replay(args, opts)
        except (ConfigError, FileNotFoundError) as error:
            self._fail(str(error))
        except (LedgerError, OSError) as error:
            self._fail(str(error), 1)

    def _replay(self, args: list[str], opts: argparse.Namespace) -> None:
        config = Config.of(self.settings)
        folder = Path(opts.out).expanduser().absolute() if opts.out else config.folder
        if not opts.dry_run:
            check_writable(folder, "--out" if opts.out else "OUTPUT_DIR")
        paths = warc.files(Path(arg) for arg in args)
        with replay.Archives(paths, origin=config.origin) as archives:
            with _indexed(config.folder) as index:
                visits = replay.visits(archives.found(index))
            results = replay.replay(visits, jobs=opts.jobs or _cores(), page_seconds=config.page_seconds)
            tally: Tally
            if opts.dry_run:
                tally = rewriting.compare(results, folder, say=print)
            else:
                tally = rewriting.rewrite(
                    results,
                    folder,
                    faults=items.problems,
                    say=lambda sentence: print(sentence, file=sys.stderr),
                    ages=config.discovery.recheck_ages,
                    paths=args,
                )
        print(f"{folder}: {tally.sentence()}")
        self.exitcode = 1 if tally.counts["unreadable"] else 0

    def _fail(self, sentence: str, code: int = 2) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = code


def _cores() -> int:
    """Return how many processes can run at once; not every system tells which cores are ours."""
    ours = getattr(os, "sched_getaffinity", None)
    return len(ours(0)) if ours else os.cpu_count() or 1


@contextmanager
def _indexed(folder: Path) -> Iterator[warc.Index | None]:
    """Open what the ledger of an output folder knows of its archive, for reading."""
    if not (folder / FILE_NAME).exists():
        yield None
        return
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    try:
        index = warc.Index(ledger, folder / warc.FOLDER)
        yield index if index.exists() else None
    finally:
        ledger.close()
