"""The files of a report: the facts as JSON, and the page."""

from __future__ import annotations

import json
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from wartacrawl.reporting.facts import Facts, facts
from wartacrawl.reporting.index import index_facts, read_counts
from wartacrawl.reporting.outcome import CODES
from wartacrawl.reporting.page import render, render_index
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "reports"


def stem(report: Facts) -> str:
    """Return the file name of a report without its ending: names sort by time.

    >>> stem({"run": {"started": "2026-11-24T08:34:07+00:00", "spider": "warta", "number": 12}})
    '20261124T083407Z-warta-12'
    """
    run = report["run"]
    started = datetime.fromisoformat(run["started"]).astimezone(UTC)
    # A spider that does not exist is called whatever was typed.
    spider = re.sub(r"[^\w.]+", "-", run["spider"])
    return f"{started:%Y%m%dT%H%M%SZ}-{spider}-{run['number']}"


def write(folder: Path, report: Facts) -> tuple[Path, Path]:
    """Write a report as JSON and HTML under `folder`/reports and return their paths; no file is ever half there."""
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    paths = target / f"{stem(report)}.json", target / f"{stem(report)}.html"
    _put(paths[0], json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    _put(paths[1], render(report))
    return paths


def write_refusal(folder: Path, spider: str, given: Mapping[str, str], sentence: str) -> Path:
    """Note a crawl that a bad argument or setting ended before it began; return the page of its report.

    Raises `LedgerError` or `OSError` when the folder cannot be used.
    """
    stats = {"usage": sentence, "outcome": "usage", "outcome/why": sentence, "outcome/code": CODES["usage"]}
    store = Store.open(folder)
    try:
        run = store.ledger.begin_run(spider, dict(given), given.get("_job"))
        store.ledger.end_run(run, "usage", stats)
        before = store.ledger.parts()
    finally:
        store.close()
    _, page = write(folder, facts(folder, run, before=before, stats=stats))
    return page


def write_index(folder: Path) -> Path:
    """Write the page of all crawls and return its path; raises `LedgerError` when the ledger cannot be read."""
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    # What was counted in the parts is kept, so that the next report reads only what was added since.
    kept = target / ".counts"
    counts = read_counts(kept)
    page = render_index(index_facts(folder, counts))
    _put(kept, json.dumps(counts, ensure_ascii=False) + "\n")
    _put(target / "index.html", page)
    return target / "index.html"


def _put(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def rebuild(folder: Path, number: int | None = None) -> list[Path]:
    """Write the pages of all reports again (or of one run), and return their paths, oldest first, then the index.

    A report is made from its JSON; a run that left none (it was killed) from the ledger.
    Raises `LedgerError` or `LookupError`.
    """
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    try:
        runs = [run for (run,) in ledger.query("SELECT id FROM runs ORDER BY id")]
    finally:
        ledger.close()
    if number is not None and number not in runs:
        raise LookupError(f"{folder / FILE_NAME} knows no run {number}: the last one is {max(runs, default=0)}.")
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
            f"{path} is no report of this version ({error}): delete it, and the ledger is used."
        ) from error
    target = path.with_suffix(".html")
    _put(target, page)
    return target
