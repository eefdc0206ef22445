"""What is done with the articles of a replay: written as new versions where the text changed, or only compared."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.reporting.number import counted
from wartacrawl.storage.folder import REJECTED
from wartacrawl.storage.ledger import FILE_NAME, Ledger, LedgerError
from wartacrawl.storage.parts import BATCH_LINES
from wartacrawl.storage.store import Store, read_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from wartacrawl.items import Article
    from wartacrawl.reading.visits import Result

    Record = dict[str, Any]
    Say = Callable[[str], None]
    Faults = Callable[[Article], list[str]]

# Characters of a value that are shown.
_SHOWN = 160
_WORDS = "new revision unchanged changed overtaken rejected incomplete not_the_article unreadable".split()


class Tally:
    """What became of the visits (by word), and how long it took."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._began = time.monotonic()

    def sentence(self) -> str:
        """Return the numbers in one line."""
        total, seconds = sum(self.counts[word] for word in _WORDS), time.monotonic() - self._began
        text = ", ".join(f"{self.counts[word]:,} {word}" for word in _WORDS if self.counts[word])
        return f"{total:,} visits in {seconds:.1f} s ({total / max(seconds, 0.001):,.0f} a second): {text or 'nothing'}"


@dataclass(slots=True)
class _Seen:
    """Articles that this replay has written to, and (identifier, date_downloaded) of what is rejected already."""

    rejected: set[tuple[str, str]]
    written: set[int] = field(default_factory=set)


def rewrite(
    results: Iterable[Result], folder: Path, *, faults: Faults, say: Say, ages: Sequence[float], paths: Sequence[str]
) -> Tally:
    """Write what a replay brings to an output folder, as a crawl would; `faults` says what is wrong with an article.

    Raises `LedgerError` when the folder cannot be used.
    """
    store = Store.open(folder, recheck_ages=ages)
    tally = Tally()
    run = store.ledger.begin_run("replay", {"paths": ",".join(paths)})
    outcome = "crashed"
    seen = _Seen(rejected=_rejected(folder))
    try:
        source = iter(results)
        while batch := list(islice(source, BATCH_LINES)):
            found = (_accept(result, store, seen, faults, tally, say) for result in batch)
            articles = [article for article in found if article is not None]
            with store.ledger.transaction():
                for article in articles:
                    _announce(article, store.ledger)
            for written in store.write(articles):
                seen.written.add(int(written.identifier))
                tally.counts[written.result] += 1
        outcome = "ok"
    finally:
        store.ledger.end_run(run, outcome, {f"replay/{word}": number for word, number in tally.counts.items()})
        store.close()
    return tally


def _accept(result: Result, store: Store, seen: _Seen, faults: Faults, tally: Tally, say: Say) -> Article | None:
    """Return the article of a visit when it is to be written."""
    article = result.article
    if article is None:
        _tell(result, tally, say)
        return None
    result.set_source(store.ledger)
    record = _exported(store.ledger, store.folder, result.visit.identifier)
    if result.visit.is_overtaken(record, is_in_order=result.visit.identifier in seen.written):
        tally.counts["overtaken"] += 1
        return None
    reasons = faults(article)
    if reasons:
        tally.counts["rejected"] += 1
        _reject(article, reasons, store, seen.rejected, say)
        return None
    return article


def _tell(result: Result, tally: Tally, say: Say) -> None:
    tally.counts[result.status] += 1
    say(f"article {result.visit.identifier} is {result.status}: {result.why}")


def _announce(article: Article, ledger: Ledger) -> None:
    identifier, day = int(article.identifier), article.day
    if ledger.article(identifier) is None:
        entry = (identifier, article.slug, day.isoformat() if day else None)
        ledger.announce([entry], article.metadata["discovered_via"])


def _reject(article: Article, reasons: list[str], store: Store, known: set[tuple[str, str]], say: Say) -> None:
    """Put an article on record as rejected, once; for the live crawl that is not final, as its page may be another."""
    key = article.identifier, article.metadata["date_downloaded"]
    row = store.ledger.article(int(article.identifier))
    if key in known or (row is not None and row.state == "exported"):
        say(f"article {article.identifier} is rejected: {'; '.join(reasons)}")
        return
    known.add(key)
    store.reject({"reasons": reasons, "job": article.metadata["job"], **article.record()}, is_final=False)


def _rejected(folder: Path) -> set[tuple[str, str]]:
    """Return (identifier, date_downloaded) of what is in rejected.jsonl."""
    found: set[tuple[str, str]] = set()
    if (folder / REJECTED).exists():
        with (folder / REJECTED).open("rb") as file:
            for line in file:
                with suppress(ValueError, LookupError, TypeError):
                    record = json.loads(line)
                    found.add((record["identifier"], record["metadata"]["date_downloaded"]))
    return found


# -- comparing ------------------------------------------------------------------------------------------------------


def compare(results: Iterable[Result], folder: Path, *, say: Say) -> Tally:
    """Say which fields a replay reads otherwise than the last exported line of each article; nothing is written.

    Raises `LedgerError` when the folder has no ledger.
    """
    if not (folder / FILE_NAME).exists():
        raise LedgerError(f"{folder} has no ledger, so there is nothing to compare with: leave --dry-run out.")
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    tally, fields = Tally(), Counter[str]()
    try:
        for result in results:
            fields.update(_compare(result, ledger, folder, tally, say))
    finally:
        ledger.close()
    for name, number in fields.most_common():
        say(f"{counted(number, 'article')} {'differs' if number == 1 else 'differ'} in {name}")
    return tally


def _compare(result: Result, ledger: Ledger, folder: Path, tally: Tally, say: Say) -> list[str]:
    """Say what differs and return the names of the fields."""
    article = result.article
    if article is None:
        _tell(result, tally, say)
        return []
    record = _exported(ledger, folder, result.visit.identifier)
    if record is None:
        tally.counts["new"] += 1
        say(f"article {article.identifier} is new: {article.headline}")
        return []
    if result.visit.is_overtaken(record):
        tally.counts["overtaken"] += 1
        return []
    return _show(article, record, tally, say)


def _show(article: Article, record: Record, tally: Tally, say: Say) -> list[str]:
    new = article.record()
    names = [name for name in items.PAGE_FIELDS if record.get(name) != new[name]]
    is_revision = record["metadata"]["content_hash"] != article.signature()
    tally.counts["revision" if is_revision else "changed" if names else "unchanged"] += 1
    if names:
        say(f"article {article.identifier} {'gets a new version' if is_revision else 'keeps its text, no new version'}")
    for name in names:
        for line in differences(name, record.get(name), new[name]):
            say(f"  {line}")
    return names


def differences(name: str, old: object, new: object) -> Iterator[str]:
    r"""Yield what stands on each side of a changed field: of a text, the paragraphs that the other side lacks.

    >>> list(differences("article_body", "Sawit naik.\n\nBaca Juga", "Sawit naik."))
    ["- article_body: 'Baca Juga'"]
    """
    gone, come = [old], [new]
    if isinstance(old, str) and isinstance(new, str):
        before, after = old.split("\n\n"), new.split("\n\n")
        only_before = [part for part in before if part not in after]
        only_after = [part for part in after if part not in before]
        if only_before or only_after:
            gone, come = list(only_before), list(only_after)
    yield from (f"- {name}: {_short(value)}" for value in gone)
    yield from (f"+ {name}: {_short(value)}" for value in come)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"


def _exported(ledger: Ledger, folder: Path, identifier: int) -> Record | None:
    """Return the last exported line of an article, None where there is none."""
    row = ledger.article(identifier)
    return read_line(folder, row) if row is not None and row.version else None
