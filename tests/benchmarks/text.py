"""Our text against that of generic extractors, on the hand-written cases under tests/pages and the replica's articles.

Every tool gets the same pages, decoded: reading character sets is not what is compared here. Of an article of several
pages each tool reads each page, and what it makes of them is put together in order.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from tests.benchmarks import _cases, _peers
from tests.benchmarks._cases import KINDS, fold, lines_of, tidy, words
from tests.benchmarks._material import ROOT, say
from tests.benchmarks._tables import Table
from wartacrawl.reading.extract import extract, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks._cases import Case

DOCUMENT = ROOT / "docs" / "quality.md"
PEERS = [
    _peers.TRAFILATURA,
    _peers.TRAFILATURA_PRECISE,
    _peers.NEWSPAPER,
    _peers.NEWS_PLEASE,
    _peers.READABILITY,
]
WIB = timezone(timedelta(hours=7))
OURS = "wartacrawl"

# -- the readings ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool makes of a case. `date` and `authors` are absent where the tool has no notion of them."""

    lines: list[str]
    fields: dict[str, Any]


def ours(known: list[Case]) -> list[Reading]:
    readings = []
    for case in known:
        parts = [extract(page) for page in case.pages]
        article = (merge(parts) if len(parts) > 1 else parts[0]).article
        fields = {
            "headline": article.headline,
            "date": article.date_published,
            "authors": [author["name"] for author in article.record()["authors"]],
        }
        readings.append(Reading(tidy((article.article_body or "").splitlines(), case), fields))
    return readings


def theirs(peer: _peers.Peer, known: list[Case]) -> list[Reading]:
    """Let a peer read the cases. Raises `UnavailableError` when it cannot be installed."""
    with tempfile.TemporaryDirectory() as name:
        folder, tasks = Path(name), []
        for number, page in enumerate(page for case in known for page in case.pages):
            file = folder / f"{number}.html"
            file.write_text(page.html, encoding="utf-8", newline="")
            tasks.append({"url": page.url, "file": str(file)})
        (folder / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
        command = _peers.command(peer, "extract", folder / "tasks.json", folder / "results.json")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{peer.name} failed: {done.stderr[-2000:]}")
        answers = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    if all("error" in answer for answer in answers):
        raise RuntimeError(f"{peer.name} breaks on every page: {answers[0]['error']}")
    results = iter(answers)
    return [_together(peer, case, [next(results) for _ in case.pages]) for case in known]


def _together(peer: _peers.Peer, case: Case, results: list[dict[str, Any]]) -> Reading:
    for result in results:
        if "error" in result:
            say(f"{peer.name} breaks on {case.name}: {result['error']}")
    found = [
        line
        for result in results
        for line in (lines_of(result["html"]) if result.get("html") else (result.get("text") or "").splitlines())
    ]
    return Reading(tidy(found, case), {name: results[0][name] for name in results[0] if name not in {"text", "html"}})


# -- scores ------------------------------------------------------------------------------------------------------------


def leaked(case: Case, reading: Reading) -> Counter[str]:
    """Return how many pieces of noise of each kind stand in a reading more often than in the text."""
    text, body = (" ".join(lines).casefold() for lines in (reading.lines, case.body))
    return Counter(
        {
            kind: sum(text.count(piece.casefold()) > body.count(piece.casefold()) for piece in pieces)
            for kind, pieces in case.noise.items()
        }
    )


@dataclass(frozen=True, slots=True)
class Score:
    """How near a reading comes to the text: shares of its words that are right, of the text's words and lines kept."""

    precision: float
    recall: float
    paragraphs: float
    exact: bool

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def score(case: Case, reading: Reading) -> Score:
    right, got = words(" ".join(case.body)), words(" ".join(reading.lines))
    same = sum(match.size for match in SequenceMatcher(None, right, got, autojunk=False).get_matching_blocks())
    kept = sum((Counter(case.body) & Counter(reading.lines)).values())
    return Score(same / len(got) if got else 0.0, same / len(right), kept / len(case.body), case.body == reading.lines)


def fields_right(known: list[Case], readings: list[Reading]) -> dict[str, str]:
    """Return how often each field is right, in percent of the cases that have it (authors: of all cases)."""
    asked: dict[str, list[bool]] = {"headline": [], "day": [], "moment": [], "authors": []}
    for case, reading in zip(known, readings, strict=True):
        expected, got = case.expected, reading.fields
        asked["headline"].append(fold(got.get("headline") or "") == expected["headline"])
        asked["authors"].append(sorted(got.get("authors") or []) == sorted(one["name"] for one in expected["authors"]))
        if expected["date_published"]:
            right, guess = datetime.fromisoformat(expected["date_published"]), got.get("date") or ""
            asked["day"].append(_moment(guess).astimezone(right.tzinfo).date() == right.date() if guess else False)
            asked["moment"].append(len(guess) > len("2026-01-01") and _moment(guess) == right)
    offered = {name for reading in readings for name in reading.fields}
    needs = {"headline": "headline", "day": "date", "moment": "date", "authors": "authors"}
    return {name: percent(mean(asked[name])) if needs[name] in offered else "-" for name in asked}


def _moment(text: str) -> datetime:
    """Read a peer's date; without a zone it is the portal's, which favours peers that drop zones."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=WIB)


def percent(share: float) -> str:
    """Return a share in percent; 100.0 means all, nothing is rounded up to it.

    >>> percent(0.9999), percent(1.0)
    ('99.9', '100.0')
    """
    return f"{int(share * 1000 + 1e-9) / 10:.1f}"


# -- the tables --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comparison:
    """What each tool makes of the same articles; `missing` says which tools are not there, and why."""

    known: list[Case]
    readings: dict[str, list[Reading]]
    missing: str

    @cached_property
    def scores(self) -> dict[str, list[tuple[Case, Score]]]:
        """The articles that have a text, with how near each tool comes to it."""
        return {
            tool: [
                (case, score(case, reading)) for case, reading in zip(self.known, readings, strict=True) if case.body
            ]
            for tool, readings in self.readings.items()
        }

    @cached_property
    def noise(self) -> dict[str, Counter[str]]:
        """The pieces of noise each tool keeps, by kind."""
        return {
            tool: sum((leaked(case, reading) for case, reading in zip(self.known, readings, strict=True)), Counter())
            for tool, readings in self.readings.items()
        }


def compare(known: list[Case]) -> Comparison:
    """Let every tool read the same articles."""
    readings, missing = {OURS: ours(known)}, []
    for peer in PEERS:
        try:
            readings[peer.label] = theirs(peer, known)
        except _peers.UnavailableError as error:
            missing.append(f"{peer.label} could not be installed: {error}")
    return Comparison(known, readings, "; ".join(missing))


def tables(*, long: bool) -> Iterator[Table]:  # noqa: ARG001 - every benchmark is asked alike
    """Yield the tables of the document: on the hand-written cases, then on the replica's articles."""
    found = compare(_cases.written())
    yield _text_table("text", "hand-written articles", found)
    yield _noise_table(found)
    yield _fields_table(found)
    yield _layout_table(found)
    _tell_faults(found)
    found = compare(_cases.invented())
    yield _text_table("replica", "articles of the replica", found)
    _tell_faults(found)


def _text_table(name: str, what: str, found: Comparison) -> Table:
    planted = sum(len(pieces) for case in found.known for pieces in case.noise.values())
    number, rows = 0, []
    for tool, scored in found.scores.items():
        ones, number = [one for _, one in scored], len(scored)
        shares = ([getattr(one, part) for one in ones] for part in ("precision", "recall", "f1", "paragraphs", "exact"))
        rows.append([tool, *(percent(mean(share)) for share in shares), f"{found.noise[tool].total():,}"])
    columns = ["tool", "precision", "recall", "F1", "paragraphs kept exactly", "texts without a fault"]
    title = f"Text of {number} {what}: in percent, mean over articles; and pieces of noise kept, of {planted:,}"
    return Table(name, title, [*columns, "noise kept"], rows, found.missing)


def _noise_table(found: Comparison) -> Table:
    planted = {kind: sum(len(case.noise[kind]) for case in found.known) for kind in KINDS}
    rows = [[tool, *(f"{counts[kind]:,}" for kind in KINDS)] for tool, counts in found.noise.items()]
    columns = ["tool", *(f"{kind} ({number:,})" for kind, number in planted.items())]
    return Table("noise", "Pieces of noise kept in the text, by kind (in brackets: how many there are)", columns, rows)


def _fields_table(found: Comparison) -> Table:
    rows = [[tool, *fields_right(found.known, readings).values()] for tool, readings in found.readings.items()]
    columns = ["tool", "headline", "day of publication", "moment of publication", "authors"]
    title = f"Fields that are exactly right, in percent of {len(found.known)} articles"
    return Table("fields", title, columns, rows)


def _layout_table(found: Comparison) -> Table:
    layouts = Counter(case.layout for case, _ in found.scores[OURS])
    rows = [
        [tool, *(percent(mean(one.f1 for case, one in scored if case.layout == layout)) for layout in layouts)]
        for tool, scored in found.scores.items()
    ]
    columns = ["tool", *(f"{layout} ({number})" for layout, number in layouts.items())]
    return Table("layouts", "F1 of the text by layout (in brackets: articles)", columns, rows)


def _tell_faults(found: Comparison) -> None:
    for case, one in found.scores[OURS]:
        if not one.exact:
            say(f"{OURS} is not exact on {case.name}: precision {one.precision:.3f}, recall {one.recall:.3f}")
