"""Our text against that of generic extractors, on the hand-written cases under tests/pages.

Every tool gets the same pages, decoded: reading character sets is not what is compared here. Of an article of several
pages each tool reads each page, and what it makes of them is put together in order.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import lxml.html

from tests.benchmarks import _peers
from tests.benchmarks._material import ROOT, say
from tests.benchmarks._tables import Table
from wartacrawl.extract import extract, merge
from wartacrawl.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = ROOT / "docs" / "quality.md"
CASES = ROOT / "tests" / "pages"
PEERS = [
    _peers.TRAFILATURA,
    _peers.TRAFILATURA_PRECISE,
    _peers.NEWSPAPER,
    _peers.NEWS_PLEASE,
    _peers.READABILITY,
]
WIB = timezone(timedelta(hours=7))
OURS = "wartacrawl"

# -- the cases ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A page (or several) and the article a person reads in it."""

    name: str
    pages: list[Page]
    expected: dict[str, Any]

    @property
    def layout(self) -> str:
        return self.name.partition("/")[0]

    @cached_property
    def body(self) -> list[str]:
        """The lines of the text: paragraphs, and the rows of tables."""
        return tidy((self.expected["article_body"] or "").splitlines(), None)

    @cached_property
    def noise(self) -> dict[str, set[str]]:
        """What stands on the pages and is not of the text, by kind."""
        return noise(self)


def cases() -> list[Case]:
    return [_case(file.parent) for file in sorted(CASES.glob("*/*/expected.json"))]


def _case(folder: Path) -> Case:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    sources = [{"url": meta["url"], "file": "page.html"}, *meta.get("more", [])]
    pages = [
        Page.from_bytes(
            source["url"],
            (folder / source["file"]).read_bytes(),
            fetched_at=datetime.fromisoformat(meta["fetched_at"]),
            via="artikel",
            content_type=meta.get("content_type"),
        )
        for source in sources
    ]
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return Case(folder.relative_to(CASES).as_posix(), pages, expected)


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
    python = _peers.python(peer)
    with tempfile.TemporaryDirectory() as name:
        folder, tasks = Path(name), []
        for number, page in enumerate(page for case in known for page in case.pages):
            file = folder / f"{number}.html"
            file.write_text(page.html, encoding="utf-8", newline="")
            tasks.append({"url": page.url, "file": str(file)})
        (folder / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
        command = [python, "-I", _peers.WORKER, peer.name, "extract", folder / "tasks.json", folder / "results.json"]
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


# -- lines -------------------------------------------------------------------------------------------------------------

_INLINE = set(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s small span strong sub sup time u var".split()
)
_SILENT = set("head iframe noscript script style svg template textarea title".split())
_MARK = re.compile(r"^(?:[-•*\u2013]|\d+[.)])\s+|^>\s*|^#+\s+")


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).casefold())


def tidy(lines: list[str], case: Case | None) -> list[str]:
    """Return lines as they are compared: white space folded; without bullets, table bars and lines of no words.

    The headline above the text and the dateline of a case go, too: whether they belong to the text is a convention, and
    not what is compared.
    """
    folded = [_MARK.sub("", fold(line.replace("|", " "))) for line in lines]
    if case:
        dateline = _dateline(case.expected["dateline"])
        folded = [dateline.sub("", line) for line in folded if line != case.expected["headline"]]
    return [line for line in folded if re.search(r"\w", line)]


def _dateline(place: str | None) -> re.Pattern[str]:
    house = r"^\W*(?:(?:Warta ?Ekonomi|WE)\b[\w.,: ]*?)?\W*"
    return re.compile(rf"{house}{re.escape(place)}\W*?\s*(?:[-\u2013\u2014]+\s*|$)" if place else "(?!)", re.IGNORECASE)


def lines_of(html: str) -> list[str]:
    """Return the lines a browser shows of a document or a piece of one."""
    out = [""]

    def walk(element: lxml.html.HtmlElement) -> None:
        if not isinstance(element.tag, str) or element.tag in _SILENT:
            return
        block = element.tag not in _INLINE
        if block:
            out.append("")
        out[-1] += element.text or ""
        for child in element:
            walk(child)
            out[-1] += child.tail or ""
        if block:
            out.append("")

    # libxml2 cuts nesting at 256 levels unless told otherwise: deep enough for this, not too deep for Python.
    root = lxml.html.document_fromstring(html.encode("utf-8", "replace"), lxml.html.HTMLParser(encoding="utf-8"))
    walk(root)
    return [line for line in map(fold, out) if line]


# -- noise -------------------------------------------------------------------------------------------------------------

# Kinds of lines that are no text, told by how they begin or by the words only they have; the first that fits counts.
KINDS = {
    "Baca Juga": r"^\W*(?:baca|lihat|simak) juga\b",
    "promo": r"yuk follow|google news|saluran whatsapp",
    "share": r"^bagikan artikel",
    "pager": r"^(?:halaman (?:berikut|selanjut)nya|selanjutnya|tampilkan semua)\b",
    "caption": r"kredit foto\b",
    "byline": r"^(?:penulis|reporter|pewarta|editor|redaktur|oleh)\s*(?::|$)",
    "ad": r"^(?:iklan|advertisement|video iklan)$",
    "lists, menus": r"",
}
_LABEL = re.compile(r"(?:baca|lihat|simak) juga", re.IGNORECASE)


def noise(case: Case) -> dict[str, set[str]]:
    """Return what is no text on the pages of a case, told from the page and the expected article alone.

    Headlines of related links count wherever they stand, captions with or without credit. Other lines are noise of
    their kind when the text has no such line; of no kind (lists, menus, footers) when they have three words or more
    and no three in a row are the text's.
    """
    body = " ".join(case.body)
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    found["Baca Juga"] = {fold(link["headline"]) for link in case.expected["related"]}
    pictures = [case.expected["main_image"], *case.expected["images"]]
    found["caption"] = {fold(picture["caption"]) for picture in pictures if picture and picture["caption"]}
    text = _triples(body)
    for line in {line for page in case.pages for line in tidy(lines_of(page.html), case)}:
        if line in body:
            continue
        kind = next(kind for kind, pattern in KINDS.items() if re.search(pattern, line, re.IGNORECASE))
        if kind == "Baca Juga":
            found[kind] |= {label.casefold() for label in _LABEL.findall(line)}
        elif kind == "caption":
            # The caption is there already; what is left is the credit.
            found[kind] |= {line[place.start() :] for place in re.finditer("kredit foto", line, re.IGNORECASE)}
        elif kind != "lists, menus" or (len(words(line)) >= 3 and not _triples(line) & text):
            found[kind].add(line)
    return found


def _triples(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return set(zip(found, found[1:], found[2:], strict=False))


def leaked(case: Case, reading: Reading) -> dict[str, int]:
    """Return how many pieces of noise of each kind stand in a reading more often than in the text."""
    text, body = (" ".join(lines).casefold() for lines in (reading.lines, case.body))
    return {
        kind: sum(text.count(piece.casefold()) > body.count(piece.casefold()) for piece in pieces)
        for kind, pieces in case.noise.items()
    }


# -- scores ------------------------------------------------------------------------------------------------------------


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


def readings_of_all(known: list[Case]) -> Iterator[tuple[str, list[Reading] | str]]:
    """Yield each tool with what it reads, or the word why it is not there."""
    yield OURS, ours(known)
    for peer in PEERS:
        try:
            yield peer.label, theirs(peer, known)
        except _peers.UnavailableError as error:
            yield peer.label, f"not installed: {error}"


def tables(*, long: bool) -> Iterator[Table]:  # noqa: ARG001 - every benchmark is asked alike
    """Yield the tables of the document: text, noise, fields, layouts."""
    known = cases()
    written = [case for case in known if case.body]
    everything = dict(readings_of_all(known))
    there = {tool: readings for tool, readings in everything.items() if not isinstance(readings, str)}
    missing = [f"{tool}: {why}" for tool, why in everything.items() if isinstance(why, str)]
    scores = {
        tool: {case.name: score(case, reading) for case, reading in zip(known, readings, strict=True) if case.body}
        for tool, readings in there.items()
    }
    yield _text_table(written, scores, "; ".join(missing))
    yield _noise_table(known, there)
    columns = ["tool", "headline", "day of publication", "moment of publication", "authors"]
    rows = [[tool, *fields_right(known, readings).values()] for tool, readings in there.items()]
    yield Table("fields", f"Fields that are exactly right, in percent of {len(known)} articles", columns, rows)
    yield _layout_table(written, scores)
    for name, one in scores[OURS].items():
        if not one.exact:
            say(f"{OURS} is not exact on {name}: precision {one.precision:.3f}, recall {one.recall:.3f}")


def _text_table(written: list[Case], scores: dict[str, dict[str, Score]], missing: str) -> Table:
    rows = []
    for tool, by_case in scores.items():
        ones = list(by_case.values())
        shares = [[getattr(one, name) for one in ones] for name in ("precision", "recall", "f1", "paragraphs", "exact")]
        rows.append([tool, *(percent(mean(share)) for share in shares)])
    columns = ["tool", "precision", "recall", "F1", "paragraphs kept exactly", "texts without a fault"]
    title = f"Text of {len(written)} articles, in percent, mean over articles"
    return Table("text", title, columns, rows, missing)


def _noise_table(known: list[Case], there: dict[str, list[Reading]]) -> Table:
    planted = {kind: sum(len(case.noise[kind]) for case in known) for kind in KINDS}
    rows = []
    for tool, readings in there.items():
        counts: Counter[str] = Counter()
        for case, reading in zip(known, readings, strict=True):
            counts.update(leaked(case, reading))
        rows.append([tool, *(str(counts[kind]) for kind in KINDS), str(sum(counts.values()))])
    columns = ["tool", *(f"{kind} ({number:,})" for kind, number in planted.items()), "all"]
    title = "Pieces of noise kept in the text (in brackets: how many stand on the pages)"
    return Table("noise", title, columns, rows)


def _layout_table(written: list[Case], scores: dict[str, dict[str, Score]]) -> Table:
    layouts = Counter(case.layout for case in written)
    rows = [
        [
            tool,
            *(percent(mean(by_case[case.name].f1 for case in written if case.layout == layout)) for layout in layouts),
        ]
        for tool, by_case in scores.items()
    ]
    columns = ["tool", *(f"{layout} ({number})" for layout, number in layouts.items())]
    return Table("layouts", "F1 of the text by layout (in brackets: articles)", columns, rows)
