"""`scrapy demo` (`make demo`): the whole crawler on a replica of the portal, no internet needed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

from wartacrawl.command import CommandError, Options, ProjectCommand, Word, positive

if TYPE_CHECKING:
    from pathlib import Path


# Only a folder with this file in it is deleted before a demo.
_MARK = "made-by-demo"


class Command(ProjectCommand):
    """Start the replica on a free loopback port, crawl it, show what came out; the exit code is that of the crawl."""

    summary = "Crawl the bundled replica of the portal and show what comes out"
    examples = {"demo": "200 invented articles", "demo --articles 2000": "more of them"}
    options = {"--articles": {"type": positive, "default": 200, "help": "articles the replica has (default: 200)"}}

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Run the demo."""
        from wartacrawl.config import check_writable

        folder = self.config.folder / "demo"
        check_writable(folder)
        self._clear(folder)
        portal = subprocess.Popen(
            [sys.executable, "-m", "wartacrawl.portal", "--port", "0", "--articles", str(opts.articles), "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            url = portal.stdout.readline().strip() if portal.stdout else ""
            if not url:
                word: Word = "usage" if portal.wait() == 2 else "crashed"
                raise CommandError(word, "The replica did not start; its message is above.")
            print(f"Replica of the portal: {url} ({opts.articles} invented articles)", flush=True)
            self.exitcode = self._crawl(url, folder)
        finally:
            portal.communicate()
        if self.exitcode == 0:
            self._show(folder)

    def _clear(self, folder: Path) -> None:
        if (folder / _MARK).exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()

    def _crawl(self, url: str, folder: Path) -> int:
        # The replica is ours: no need for a guest's pace.
        options = {"WARTA_URL": url, "OUTPUT_DIR": str(folder), "DOWNLOAD_DELAY": "0", "LOG_LEVEL": "WARNING"}
        flags = [word for name, value in options.items() for word in ("-s", f"{name}={value}")]
        return subprocess.run(
            [sys.executable, "-m", "scrapy.cmdline", "crawl", "warta", *flags], check=False
        ).returncode

    def _show(self, folder: Path) -> None:
        from wartacrawl.reporting.number import counted

        parts = sorted((folder / "articles").glob("**/*.jsonl"))
        lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
        if not lines:
            raise CommandError("crashed", "The crawl ended well but wrote no article.")
        sections = Counter(json.loads(line)["article_section"] or "(none)" for line in lines)
        print(
            f"\n{counted(len(lines), 'article')} of {counted(len(sections), 'section')}: "
            + ", ".join(f"{k} {v}" for k, v in sections.most_common())
        )
        print("The first one begins:\n  " + lines[0][:300] + " …")
        print(f"Articles: {folder / 'articles'}")
        reports = sorted((folder / "reports").glob("*-warta-*.html"))
        if reports:
            print(f"Report:   {reports[-1]}")
        print("Next: the real portal with `scrapy doctor`, then `scrapy crawl warta -a limit=50` (see README.md).")
