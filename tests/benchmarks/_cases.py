"""Articles that the quality of the text is measured on: pages, what a person reads in them, and what is noise there.

Most are the hand-written cases under tests/pages. As our code was written against those, the replica's newsroom adds
articles nobody wrote code for: their truth is the story as it was invented, before any template.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import lxml.html

from tests.benchmarks._material import MAY_2026, ROOT
from wartacrawl.operations import cases
from wartacrawl.page import Page
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.portal.pages import Look, Pages
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wartacrawl.portal.newsroom import Image, Story

CASES = ROOT / "tests" / "pages"
LAYOUTS = ("current", "2020", "2019")
# Of each layout of the replica; the seed is used by no test.
STORIES = 50
SEED = 20_260_520


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


def written() -> list[Case]:
    """Return the hand-written cases."""
    return [_case(file.parent) for file in sorted(CASES.glob("*/*/expected.json"))]


def invented() -> list[Case]:
    """Return articles of the replica, in each of its layouts."""
    return [case for layout in LAYOUTS for case in _stories(layout)]


def _case(folder: Path) -> Case:
    pages = [source.page("artikel") for source in cases.read(folder)]
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return Case(folder.relative_to(CASES).as_posix(), pages, expected)


def _stories(layout: str) -> Iterator[Case]:
    newsroom = Newsroom(SEED, STORIES, 1, MAY_2026)
    pages = Pages(newsroom, Look(layout=layout))
    for story in newsroom.stories:
        target = f"{story.path}?page=all"
        page = Page(urls.ORIGIN + target, pages.answer(target).body.decode(), MAY_2026, "rss")
        yield Case(f"{layout}/{story.id}", [page], _truth(story))


def _truth(story: Story) -> dict[str, Any]:
    def picture(image: Image | None) -> dict[str, str | None] | None:
        return {"url": image.url, "caption": image.caption, "credit_text": image.credit} if image else None

    return {
        "headline": story.headline,
        "article_body": story.body,
        "date_published": story.published.isoformat(),
        "authors": [{"name": name} for name in story.authors],
        "dateline": story.dateline,
        "main_image": picture(story.image),
        "images": [picture(image) for image in story.images],
        "related": [{"headline": headline, "url": url} for headline, url in story.related],
    }


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
