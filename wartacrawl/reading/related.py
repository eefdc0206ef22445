"""The links to other articles that stand between the paragraphs: "Baca Juga" in all its forms, kept as data."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from wartacrawl.items import Related
from wartacrawl.language import dates, text
from wartacrawl.reading import lines
from wartacrawl.reading.blocks import SEAM, Block, string
from wartacrawl.reading.credits import without_dates
from wartacrawl.site import urls

if TYPE_CHECKING:
    from wartacrawl.page import Element
    from wartacrawl.reading.blocks import Line, Piece
    from wartacrawl.site.links import Links

# A class or id of a box of such links.
_BOX_CLASS = re.compile(r"baca|juga|related|terkait|rekomen|recommend|read-?(?:also|more)", re.IGNORECASE)

_POINTS = re.compile(r"[:：»›>→➤►▶|]\s{0,4}$")
_NUMBERED = re.compile(r"(?:#\s?)?[0-9]{1,2}[.)]\s")
_MOST_LABEL_WORDS = 4
_LONGEST_LABEL = 40
_JOINTS = " |•·–—-"
_MOST_LABELS = 24
_LONGEST_HEADLINE = 220
_FEWEST_HEADLINE_WORDS = 3


class RelatedLinks:
    """Collects the related links of one article, line by line.

    `found` are the links in order, each once; `expected` is true right after a label that nothing followed in its line.
    """

    def __init__(self, links: Links) -> None:
        self.found: list[Related] = []
        self.expected = False
        self._links = links
        self._known: set[str] = set()

    def add(self, headline: str, href: str | None) -> None:
        """Take a link, its label left out; each address once."""
        headline = text.clean(headline).strip(lines.EDGES + ":")
        for label in text.related_labels(headline):
            rest = headline[label.end :]
            if label.start == 0 and (label.points or rest[:1].isupper()):
                headline = headline[label.end :]
        label_, colon, rest = headline.partition(": ")
        if colon and text.offers(label_) and len(rest.split()) >= _FEWEST_HEADLINE_WORDS:
            headline = rest
        url = self._links.of(href).url if href else None
        if headline and (url or headline) not in self._known:
            self._known.add(url or headline)
            self.found.append(Related(headline=headline, url=url))

    def take_box(self, box: Element, blocks: list[Block]) -> bool:
        """Take the links of a box, `blocks` being what it holds behind its label; return whether it is one."""
        found: list[tuple[str, str]] = []
        linked = other = 0
        for line in (line for block in blocks for line in block.lines):
            for headline, href in lines.linked(line):
                if self._links.of(href).kind in {"article", "other"} and headline:
                    found.append((headline, href))
                    linked += len(headline)
            beside = string([segment for segment in line if not segment.href])
            other += len(without_dates(beside, dates.spans(beside)))
        if not found or other > (3 * linked + 200 if names_box(box) else linked / 2):
            return False
        for headline, href in found:
            self.add(headline, href)
        return True

    def _leads_away(self, href: str) -> bool:
        """Return whether a link behind a label may be related: not a pager, a section or a list of this portal."""
        link = self._links.of(href)
        if link.kind == "own":  # a list that was filled by a machine may name the very article it stands in
            return link.page is None
        return link.kind == "article" or (link.kind == "other" and not (link.url or "").startswith(urls.ORIGIN))

    def _is_linked_headline(self, line: Line, words: str) -> bool:
        """Return whether a line is a linked headline of another article: after a label, or standing alone."""
        found = list(lines.linked(line))
        if not found:
            return False
        linked = sum(len(headline) for headline, _ in found)
        if self.expected:
            return (
                all(self._leads_away(href) for _, href in found)
                and 2 * linked >= len(words)
                and not text.is_pager(words)
            )
        kinds = {self._links.of(href).kind for _, href in found}
        beside = string([segment for segment in line if not segment.href]).strip(_JOINTS)
        is_alone = not beside and not words.endswith((".", ",", ";", ":"))
        return is_alone and kinds == {"article"} and len(words.split()) >= _FEWEST_HEADLINE_WORDS

    def _is_labelled(self, line: Line, *, is_item: bool) -> bool:
        """Return whether a line is a short label, a colon, and a linked headline of another article to its end.

        That form says enough, whatever the label's words; in a list ("Senin: …") they must say that they offer it.
        """
        found = list(lines.linked(line))
        if len(found) != 1 or self._links.of(found[0][1]).kind != "article":
            return False
        headline = found[0][0]
        raw = "".join(segment.text for segment in line)
        label, _, rest = raw.partition("".join(segment.text for segment in line if segment.href))
        label, rest = text.clean(label), text.clean(rest)
        return (
            0 < len(label) <= _LONGEST_LABEL
            and len(label.split()) <= _MOST_LABEL_WORDS
            and not rest.strip(lines.EDGES + ".")
            and len(headline.split()) >= _FEWEST_HEADLINE_WORDS
            and (_POINTS.search(label) is not None or text.offers(label))
            and (not is_item or text.offers(label.rstrip(" :")))
            and not headline.endswith(".")
        )

    def take_line(self, line: Line, words: str, *, is_item: bool = False) -> bool:
        """Take a line that is nothing but links to other articles, with or without a label; return whether it is."""
        if not line.has_link:  # most lines
            return False
        if not self._is_linked_headline(line, words) and not self._is_labelled(line, is_item=is_item):
            return False
        for headline, href in lines.linked(line):
            self.add(headline, href)
        return True

    def take_beside(self, line: Line, words: str) -> bool:
        """Take "Baca Juga" links beside the text; other boxes of links there are the portal's, not the article's."""
        if text.is_related_label(words):
            self.expected = text.is_also_label(words)
            return True
        found = list(lines.linked(line)) if self.expected or text.may_relate(words) else []
        if self.expected and self.take_line(line, words):
            return True
        self.expected = False
        return (
            bool(found) and any(label.points for label in text.related_labels(words)) and (not self.without(line).words)
        )

    def without(self, line: Line) -> Line:
        """Return a line without the related links in its midst, which are taken."""
        raw = "".join(segment.text for segment in line)
        cuts: list[tuple[int, int]] = []
        # Each label is looked for in the whole line: what has more of them is no line of a journalist.
        for label in itertools.islice(text.related_labels(raw), _MOST_LABELS):
            if cuts and label.start < cuts[-1][1]:
                continue
            end = self._related_end(line, raw, label)
            if end is not None:
                cuts.append(lines.bracketed(raw, label.start, lines.closing(raw, label.start, end)))
        return lines.cut(line, cuts) if cuts else line

    def _related_end(self, line: Line, raw: str, label: text.Label) -> int | None:
        """Return where a related link ends that begins with `label`; `None` when the label is a journalist's words."""
        before = raw[: label.start].strip(' \t\n(["“*-•»>|')
        is_marked = lines.begins_emphasis(line, label.start, raw)
        stands_apart = not before or before.endswith(text.PAUSES) or is_marked
        found, end = lines.links_after(line, label.end)
        if found:
            return self._linked_end(raw, label, found, end, stands_apart=stands_apart, is_marked=is_marked)
        return self._unlinked_end(line, raw, label, before, stands_apart=stands_apart, is_marked=is_marked)

    def _unlinked_end(
        self, line: Line, raw: str, label: text.Label, before: str, *, stands_apart: bool, is_marked: bool
    ) -> int | None:
        rest = raw[label.end :].strip(f" \t\n)]{SEAM}")
        own = lines.href_at(line, label.end - 1)
        if own is not None and rest and not before and self._links.of(own).kind == "article":
            # The label is the link, the headline stands beside it.
            self.add(rest, own)
            return len(raw)
        if not rest:
            self.expected = self.expected or stands_apart
            return len(raw) if stands_apart else None
        if not label.points or not label.is_also:
            return None
        run = lines.emphasis_end(line, label.start) if is_marked else None
        if run is not None and run > label.end and raw[label.end : run].strip():
            self.add(raw[label.end : run], None)
            return run
        if len(rest) > _LONGEST_HEADLINE or (before and rest.endswith(".")) or re.search(r"[.!?]\s+[A-Z“]", rest):
            return None
        self.add(rest, None)
        return len(raw)

    def _linked_end(
        self,
        raw: str,
        label: text.Label,
        found: list[tuple[str, str]],
        end: int,
        *,
        stands_apart: bool,
        is_marked: bool,
    ) -> int | None:
        rest = raw[end:].strip(" \t\n)].")
        kinds = {self._links.of(href).kind for _, href in found}
        if not label.points and (
            not stands_apart or not kinds <= {"article", "other", "none"} or (rest and not is_marked)
        ):
            return None
        for headline, href in found:
            self.add(headline, href)
        return end


def sub_headings(pieces: list[Piece], links: Links) -> set[int]:
    """Return the ids of those blocks of the text (in page order) that are the linked sub-headings of a round-up.

    In a round-up of other articles each part begins with a linked headline: a heading or a numbered line, with text
    behind it, and never one alone.
    """
    found = set()
    blocks = [piece for piece in pieces if isinstance(piece, Block) and piece.inside]
    for block, behind in itertools.pairwise(blocks):
        if block.kind != "heading" and not _NUMBERED.match(block.lines[0].words):
            continue
        if _is_all_linked(block, links) and not _is_all_linked(behind, links):
            found.add(id(block))
    return found if len(found) > 1 else set()


def names_box(element: Element) -> bool:
    """Return whether a class or id names a box of links to other articles."""
    return _names_box(element.get("class"), element.get("id"))


@lru_cache(maxsize=4096)  # the pages of a portal share their class names
def _names_box(name: str | None, mark: str | None) -> bool:
    return _BOX_CLASS.search(f"{name or ''} {mark or ''}") is not None


def _is_all_linked(block: Block, links: Links) -> bool:
    if not any(line.has_link for line in block.lines):
        return False
    segments = [segment for line in block.lines for segment in line]
    linked = [segment for segment in segments if segment.href]
    others = "".join(segment.text for segment in segments if not segment.href)
    beside = _NUMBERED.sub("", text.clean(others) + " ", count=1).strip(lines.EDGES)
    return bool(linked) and not beside and all(links.of(segment.href).kind == "article" for segment in linked)
