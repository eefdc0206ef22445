"""The files of a report: the facts as JSON, and the page."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import jinja2

from wartacrawl import __version__
from wartacrawl.reporting.facts import REPORT_VERSION, Facts, facts
from wartacrawl.reporting.index import index_facts, read_counts
from wartacrawl.reporting.outcome import CODES
from wartacrawl.reporting.page import render, render_index
from wartacrawl.storage.folder import replacing
from wartacrawl.storage.ledger import FILE_NAME, Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "reports"
# What was counted in the parts, relative to the output folder: the next report reads only what was added since.
COUNTS = f"{FOLDER}/.counts"


def stem(report: Facts) -> str:
    """Return the file name of a report without its ending: names sort by time.

    >>> stem({"run": {"started": "2026-11-24T08:34:07+00:00", "spider": "warta", "number": 12}})
    '20261124T083407Z-warta-12'
    """
    run = report["run"]
    started = datetime.fromisoformat(run["started"]).astimezone(UTC)
    return f"{started:%Y%m%dT%H%M%SZ}-{_file_word(run['spider'])}-{run['number']}"


def _file_word(spider: str) -> str:
    """Return the name of a spider for a file; a spider that does not exist may have any name."""
    return re.sub(r"[^\w.]+", "-", spider[:40])


def write(folder: Path, report: Facts) -> tuple[Path, Path]:
    """Write a report as JSON and HTML under `folder`/reports and return their paths."""
    paths = folder / FOLDER / f"{stem(report)}.json", folder / FOLDER / f"{stem(report)}.html"
    _put(paths[0], json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    _put(paths[1], render(report))
    return paths


def write_refusal(folder: Path, spider: str, given: Mapping[str, str], sentence: str) -> Path:
    """Write the report of a crawl that was refused for a bad argument or setting, in `refused/`; return its path.

    Raises `OSError` when the folder cannot be written.
    """
    now = datetime.now(UTC)
    report = {
        "report_version": REPORT_VERSION,
        "outcome": {"word": "usage", "code": CODES["usage"], "why": sentence},
        "run": {
            "spider": spider,
            "arguments": {name: str(value) for name, value in given.items() if name != "_job"},
            "job": given.get("_job"),
            "started": now.isoformat(timespec="seconds"),
            "version": __version__,
        },
    }
    path = folder / FOLDER / "refused" / f"{now:%Y%m%dT%H%M%S.%fZ}-{_file_word(spider)}.json"
    _put(path, json.dumps(report, indent=1) + "\n")  # ASCII: what was typed may be no text at all
    return path


def write_index(folder: Path) -> Path:
    """Write the page of all crawls and return its path; raises `LedgerError` when the ledger cannot be read."""
    path, kept = folder / FOLDER / "index.html", folder / COUNTS
    counts = read_counts(kept)
    page = render_index(index_facts(folder, counts))
    _put(kept, json.dumps(counts, ensure_ascii=False) + "\n")
    _put(path, page)
    return path


def _put(path: Path, text: str) -> None:
    """Write a file, its folder included, as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as building:
        building.write_text(text, encoding="utf-8")
        building.chmod(0o644)  # for whoever serves the folder, whatever the crawl's umask is


def rebuild(folder: Path, number: int | None = None) -> list[Path]:
    """Write the pages of all reports again (or of one run), and return their paths, oldest first, then the index.

    A report is made from its JSON; a run that left none (it was killed) from the ledger.
    Raises `LedgerError` or `LookupError`.
    """
    with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
        runs = [run for (run,) in ledger.query("SELECT id FROM runs ORDER BY id")]
    if number is not None and number not in runs:
        raise LookupError(f"{folder / FILE_NAME} has no run {number}: the last one is {max(runs, default=0)}.")
    made = []
    for run in runs if number is None else [number]:
        kept = next(iter(sorted((folder / FOLDER).glob(f"*-{run}.json"))), None)
        made.append(_render_kept(kept) if kept is not None else write(folder, facts(folder, run))[1])
    return [*made, write_index(folder)] if made else []


def _render_kept(path: Path) -> Path:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        page = render(report)
    except (ValueError, KeyError, TypeError, jinja2.UndefinedError) as error:
        raise LookupError(
            f"{path} is not a report of this version ({error}): delete it, and the ledger is used."
        ) from error
    target = path.with_suffix(".html")
    _put(target, page)
    return target
