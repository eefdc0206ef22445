"""Pages kept as test cases: `<layout>/<case>/` with page.html, meta.json and expected.json.

`page.html` is what came over the wire, byte for byte. `expected.json` is only a draft: it says what the code reads
today, so `meta.json` marks the case as unchecked until a person has compared it with the page in a browser.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wartacrawl import items
from wartacrawl.page import Page

if TYPE_CHECKING:
    from pathlib import Path

    from wartacrawl.items import Article

_UNCHECKED = "A draft: compare expected.json with the page in a browser, correct it, then set checked to true."


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it came: address (of the real portal), bytes, Content-Type, and the aware time it was fetched.

    `origin` is the mirror it came from, None for the real portal.
    """

    url: str
    body: bytes
    content_type: str | None
    fetched_at: datetime
    origin: str | None = None

    def page(self, via: str) -> Page:
        """Return the document, decoded."""
        return Page.from_bytes(
            self.url, self.body, fetched_at=self.fetched_at, via=via, content_type=self.content_type, origin=self.origin
        )


def save(folder: Path, sources: list[Source], article: Article) -> Path:
    """Keep an article, of one page or more, as a new case under `folder`; return the case's folder.

    Raises `OSError` where it cannot be written.
    """
    first, *others = sources
    case = _new(folder / (article.metadata.get("layout") or "unknown"), _name(first.url))
    more = [(f"page-{number}.html", source) for number, source in enumerate(others, 2)]
    for file, source in (("page.html", first), *more):
        (case / file).write_bytes(source.body)
    meta: dict[str, Any] = {
        "url": first.url,
        "fetched_at": first.fetched_at.isoformat(timespec="seconds"),
        "content_type": first.content_type,
        "origin": first.origin,
        "about": _UNCHECKED,
        "tags": ["unchecked"],
        "checked": False,
    }
    if more:
        meta["more"] = [{"url": source.url, "file": file} for file, source in more]
    _write(case / "meta.json", meta)
    _write(case / "expected.json", {name: getattr(article, name) for name in items.PAGE_FIELDS})
    return case


def read(case: Path) -> list[Source]:
    """Return the pages of a case, in order."""
    meta = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    fetched_at = datetime.fromisoformat(meta["fetched_at"])
    files = [{"url": meta["url"], "file": "page.html"}, *meta.get("more", ())]
    given = (meta.get("content_type"), fetched_at, meta.get("origin"))
    return [Source(page["url"], (case / page["file"]).read_bytes(), *given) for page in files]


def complete(folder: Path) -> None:
    """Write an empty value for every field that a case under `folder` does not state; fields that are gone go."""
    empty = {column.name: [] if column.default is MISSING else column.default for column in fields(items.Article)}
    for file in sorted(folder.glob("*/*/expected.json")):
        stated = json.loads(file.read_text(encoding="utf-8"))
        if tuple(stated) != items.PAGE_FIELDS:
            _write(file, {name: stated.get(name, empty[name]) for name in items.PAGE_FIELDS})


def save_list(folder: Path, name: str, source: Source) -> Path:
    """Keep a list or feed as `lists/<name>` under `folder`; return the file. Raises `OSError`."""
    path = folder / "lists" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source.body)
    return path


def _new(folder: Path, name: str) -> Path:
    """Make a folder of that name, or of the name with a number where a case has it already."""
    number = 1
    while True:
        case = folder / (name if number == 1 else f"{name}-{number}")
        try:
            case.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return case


def _name(url: str) -> str:
    """Return a name for a case that a person recognises.

    >>> _name("https://example.org/read7/harga-tbs-naik?page=all")
    'read7-harga-tbs-naik'
    """
    path = url.partition("#")[0].partition("?")[0].partition("//")[2].partition("/")[2]
    return "-".join(re.findall(r"[A-Za-z0-9]+", path))[:80].strip("-") or "page"


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
