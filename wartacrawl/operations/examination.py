"""What `scrapy doctor` found out, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl.reporting.outcome import CODES, Word

if TYPE_CHECKING:
    from wartacrawl.operations.cases import Source
    from wartacrawl.page import Page
    from wartacrawl.reading.extract import Extraction

Mark = Literal["ok", "odd", "bad"]

# An article must have these: a page where they cannot be read has another layout than we know.
VITAL = ("headline", "date_published", "article_body")
# Most articles have these; where one is missing a person should look.
USUAL = ("authors", "editors", "article_section", "keywords", "main_image", "description", "dateline", "canonical_url")

UNKNOWNS = (
    "robots and limits",
    "section ids and paths",
    "items per list page",
    "pager",
    "list end",
    "index reach",
    "feeds",
    "date carrier",
    "tag list",
    "caption markup",
    "wrong slugs",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One request: what was tried, where, what came, how good that is, and which unknowns it settles."""

    tried: str
    url: str
    came: str
    mark: Mark
    kind: str | None = None
    seconds: float = 0.0
    settles: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the article: its value, shortened, and the layer it came from; None where it is missing."""

    name: str
    value: str | None
    layer: str | None


@dataclass(frozen=True, slots=True)
class Specimen:
    """An article that was examined, with its page as it came and as it was read."""

    source: Source
    page: Page
    extraction: Extraction

    def lacks(self, names: tuple[str, ...]) -> list[str]:
        """Return those of the named fields that could not be read; a video or photo page needs no text."""
        article = self.extraction.article
        is_picture = bool(article.videos or article.images)
        return [
            name
            for name in names
            if getattr(article, name) in (None, []) and not (name == "article_body" and is_picture)
        ]


@dataclass(slots=True)
class Examination:
    """All that was found; `word` is an outcome of the contract."""

    origin: str
    checks: list[Check] = field(default_factory=list)
    article: str | None = None
    layout: str | None = None
    fields: list[Field] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    requests: int = 0
    word: Word = "ok"
    why: str = ""

    @property
    def unknowns(self) -> dict[str, str | None]:
        """Return each open question with its answer, None where it stays open."""
        found: dict[str, dict[str, None]] = {name: {} for name in UNKNOWNS}
        for check in self.checks:
            for name, answer in check.settles.items():
                found[name][answer] = None
        return {name: "; ".join(answers) or None for name, answers in found.items()}

    def advise(self, *sentences: str) -> None:
        """Add what to do, each sentence once."""
        self.advice += [sentence for sentence in dict.fromkeys(sentences) if sentence not in self.advice]

    def record(self) -> dict[str, Any]:
        """Return the examination as JSON-ready values."""
        return {
            "origin": self.origin,
            "outcome": self.word,
            "code": CODES[self.word],
            "why": self.why,
            "requests": self.requests,
            "checks": [asdict(check) for check in self.checks],
            "unknowns": self.unknowns,
            "article": self.article,
            "layout": self.layout,
            "fields": [asdict(shown) for shown in self.fields],
            "messages": self.messages,
            "advice": self.advice,
        }


def brief(value: Any) -> str | None:
    """Return a value as one line, None for a missing one.

    >>> brief([{"name": "Siti", "url": None}, {"name": "Budi", "url": None}])
    'Siti; Budi'
    """
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return "; ".join(filter(None, map(brief, value[:4]))) + (" …" if len(value) > 4 else "")
    if isinstance(value, dict):
        return str(value.get("name") or value.get("headline") or value.get("caption") or value.get("url"))
    text = " ".join(str(value).split())
    return text if len(text) <= 200 else f"{text[:120]} … {text[-60:]}"
