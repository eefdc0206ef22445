"""The content of an element as a reader sees it: blocks of lines, pictures and players, in order.

One walk over the tree, without recursion (pages nest two thousand deep), decides what starts a new paragraph; what the
words mean is decided later, by `body`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import lxml.etree

from wartacrawl.language.text import PAUSES, clean, is_related_label, unescape, visible
from wartacrawl.page import INLINE, SKIPPED, Element, is_hidden, visible_text
from wartacrawl.reading import pictures, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator


class Path(Protocol):
    """A compiled XPath to elements, whose own type allows for everything else, too."""

    def __call__(self, element: Element, /) -> Any:
        """Return what the path leads to."""


Kind = Literal["text", "heading", "item", "quote", "table"]

_EMPHASIS = frozenset("b strong em i u mark".split())
PLAYERS = frozenset("iframe video embed object amp-youtube amp-iframe amp-video lite-youtube".split())
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_UNSEEN = frozenset({"sr-only", "visually-hidden", "screen-reader-text", "hidden-print"})
# A picture and a few words in an element of their own, where the text stands in paragraphs.
_CAPTIONED = frozenset({"div", "center"})
_WRAPPERS = frozenset({"div", "section"})
_WITH_PICTURE = INLINE - {"a"} | {"br", "div", "picture", "source", "noscript", *pictures.TAGS}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST_RAISED = 4
_LONGEST_CAPTION = 400
_MOST_WITH_PICTURE = 24
# Siblings on each side among which a paragraph is looked for.
_NEAR = 50
# A form with a headline or more paragraphs than these is a whole page put into one, as some servers do; so is one with
# as many that are long.
_MOST_FORM_PARAGRAPHS = 3
_LONG_PARAGRAPH = 60
_GOES_ON = re.compile(r"[a-z0-9(]")


class Segment(NamedTuple):
    """A stretch of text, the address it links to, if any, and the number of its emphasised run (0 for none)."""

    text: str
    href: str | None
    emphasis: int


class Line(list[Segment]):
    """The segments of a line, and what is asked of every line: its words as clean text, and whether any is a link."""

    __slots__ = ("has_link", "words")

    def __init__(self, segments: Iterable[Segment]) -> None:
        super().__init__(segments)
        self.words = string(self)
        self.has_link = any([segment.href for segment in self])  # noqa: C419 - faster than a generator for so few


# A box around a form: so many letters and elements at most.
_LONGEST_FORM_BOX, _FORM_DEPTH, _MOST_FORMS = 200, 3, 20
# A link begins a word of its own to the eye, also where no blank stands before it; `clean` leaves this out.
SEAM = "\u200b"
_SEAM = Segment(SEAM, None, 0)
_BLANKS = f" \t\n\r\f\v\xa0{SEAM}"


@dataclass(slots=True)
class Block:
    """A paragraph, heading, list item, quote or table. Its lines are parted by single line breaks."""

    kind: Kind
    lines: list[Line]
    element: Element
    inside: bool


@dataclass(slots=True)
class Picture:
    """An image as the page writes it; `caption` holds the credit too, `href` is where a click on it leads."""

    source: str
    inside: bool
    element: Element = None
    href: str | None = None
    caption: str | None = None


@dataclass(slots=True)
class Player:
    """An embedded player as the page writes it."""

    source: str
    inside: bool
    element: Element = None
    caption: str | None = None


Piece = Block | Picture | Player


def string(segments: list[Segment]) -> str:
    """Return segments as clean text."""
    return clean("".join([segment.text for segment in segments]).replace(SEAM, ""))


def tokens(element: Element) -> list[str]:
    """Return the class names and the id of an element."""
    return [*(element.get("class") or "").split(), *(element.get("id") or "").split()]


def read(root: Element, containers: Collection[Element], is_noise: Callable[[Element, bool], bool]) -> list[Piece]:
    """Return the pieces of `root` in page order; those within one of the `containers` are marked as inside.

    `is_noise` is asked for every element (and whether it is inside) and leaves out what it says yes to.
    """
    walker = _Walker(root, frozenset(containers), is_noise)
    walker.form_boxes = _form_boxes(root, containers)
    context = lxml.etree.iterwalk(root, events=("start", "end"))
    for event, element in context:
        if event == "start":
            if walker.enter(element):
                context.skip_subtree()
        else:
            walker.leave(element)
    walker.flush()
    return walker.pieces


@dataclass(slots=True)
class _Walker:
    root: Element
    containers: frozenset[Element]
    is_noise: Callable[[Element, bool], bool]
    pieces: list[Piece] = field(default_factory=list)
    form_boxes: set[Element] = field(default_factory=set)
    _lines: list[list[Segment]] = field(default_factory=list)
    _line: list[Segment] = field(default_factory=list)
    _links: list[str] = field(default_factory=list)
    _emphasis: list[int] = field(default_factory=list)
    _runs: int = 0
    _blocks: list[Element] = field(default_factory=list)
    _kinds: list[Kind] = field(default_factory=list)
    _inside: int = 0
    _skipped: Element | None = None
    _opens_item: bool = False
    _torn: bool = False

    # -- elements -----------------------------------------------------------------------------------------------------

    def enter(self, element: Element) -> bool:
        """Begin an element; return whether its content is to be passed over."""
        tag = element.tag
        skipped = not isinstance(tag, str) or self._take_whole(element, tag)
        if skipped:
            self._skipped = element
            return True
        # Word processors leave elements such as <o:p>, servers put whole texts into a span.
        if (tag in INLINE or ":" in tag) and element not in self.containers:
            self._open_inline(element, tag)
        elif tag == "br":
            self._break_line()
        else:
            self._open_block(element, tag)
        self._add(element.text)
        return False

    def leave(self, element: Element) -> None:
        """End an element and go on with the text after it."""
        tag = element.tag
        if element is self._skipped:
            self._skipped = None
        elif (tag in INLINE or ":" in tag) and element not in self.containers:
            if tag == "a":
                self._links.pop()
            elif tag in _EMPHASIS:
                self._emphasis.pop()
        elif tag != "br":
            if self._line or self._lines:
                self.flush()
            self._blocks.pop()
            self._kinds.pop()
            self._opens_item = self._opens_item and tag != "li"
            self._inside -= element in self.containers
        if element is not self.root:
            self._add(element.tail)

    def _take_whole(self, element: Element, tag: str) -> bool:
        """Handle an element that is not walked through: noise, media, captions, tables of data."""
        if tag in SKIPPED or (element.keys() and _is_unseen(element)) or (tag == "form" and not _holds_page(element)):
            return True
        if self.form_boxes and element in self.form_boxes:
            self._tear()
            return True
        if self.is_noise(element, self._inside > 0):
            if not (tag in INLINE or ":" in tag) or element in self.containers:
                self._tear()
            return True
        if tag in pictures.TAGS or tag in PLAYERS:
            (self._add_picture if tag in pictures.TAGS else self._add_player)(element)
            return True
        return (
            (tag in _CAPTIONED and self._take_captioned(element))
            or (tag == "sup" and self._take_raised(element))
            or (self.pieces and self._take_caption(element, tag))
            or (tag == "table" and self._take_table(element))
        )

    def _take_captioned(self, element: Element) -> bool:
        """Take an element that is a picture and its caption: one picture, few words, no paragraph but beside it."""
        if element in self.containers or not len(element):
            return False
        within = enumerate(element.iterdescendants())
        if any(child.tag not in _WITH_PICTURE or number > _MOST_WITH_PICTURE for number, child in within):
            return False  # nearly all, at their first child
        shown = (picture for picture in element.iter(*pictures.TAGS) if picture.getparent().tag != "noscript")
        held = list(islice(shown, 2))
        # More than one block with words is a person's card, or the like.
        spoken = sum(1 for inner in element.iter("div") if has_own_words(inner))
        if len(held) != 1 or spoken > 1:
            return False
        words = clean(visible_text(element))
        beside = (islice(element.itersiblings(preceding=before), _NEAR) for before in (True, False))
        stands_among_paragraphs = any(_is_paragraph(sibling) for siblings in beside for sibling in siblings)
        if not 0 < len(words) <= _LONGEST_CAPTION or not stands_among_paragraphs or is_related_label(words):
            return False
        before = len(self.pieces)
        self.flush()
        self._add_picture(held[0])
        taken = next((piece for piece in self.pieces[before:] if isinstance(piece, Picture)), None)
        if taken is not None:
            taken.caption = words
        return taken is not None

    def _take_raised(self, element: Element) -> bool:
        """Take a number above the line that follows another: 10³ is not 103."""
        words = element.text_content().strip()
        before = self._line[-1].text[-1:] if self._line else ""
        if not before.isdecimal() or len(words) > _LONGEST_RAISED or not words.isdecimal():
            return False
        self._add(words.translate(_SUPERSCRIPTS))
        return True

    def _take_table(self, element: Element) -> bool:
        rows = tables.rows(element)
        if rows:
            self.flush()
            lines = [Line([Segment(row, None, 0)]) for row in rows]
            self.pieces.append(Block("table", lines, element, self._inside > 0))
        return bool(rows)

    def _open_inline(self, element: Element, tag: str) -> None:
        if tag == "a":
            self._links.append((element.get("href") or "").strip())
            self._line.append(_SEAM)
        elif tag in _EMPHASIS:
            self._runs += not self._emphasis
            self._emphasis.append(self._runs)

    def _open_block(self, element: Element, tag: str) -> None:
        if self._line or self._lines:
            self.flush()
        self._inside += element in self.containers
        outer: Kind = self._kinds[-1] if self._kinds else "text"
        kind: Kind = "heading" if tag in HEADINGS else "quote" if tag == "blockquote" else outer
        self._kinds.append("text" if tag in {"li", "td", "th"} else kind)
        self._blocks.append(element)
        if tag == "li":
            self._opens_item = True

    # -- text ---------------------------------------------------------------------------------------------------------

    def _add(self, text: str | None) -> None:
        if not text or (not self._line and text.isspace()):
            return
        if "&" in text:  # what was escaped once too often still holds entities
            text = unescape(text)
        if not text.isascii():
            text = visible(text)
        href = self._links[-1] if self._links else None
        self._line.append(Segment(text, href or None, self._emphasis[-1] if self._emphasis else 0))

    def _break_line(self) -> None:
        if self._links:  # a link over two lines is one link
            self._line.append(Segment(" ", self._links[-1] or None, self._emphasis[-1] if self._emphasis else 0))
            return
        if _is_blank(self._line):
            self._line = []
            if self._lines:
                self.flush()
        else:
            self._lines.append(self._line)
            self._line = []

    def _tear(self) -> None:
        """End a paragraph that an element in its midst tore apart; it is joined again where a sentence goes on."""
        self.flush()
        self._torn = True

    def flush(self) -> None:
        """End the block under way."""
        if not self._lines and not self._line:
            return
        lines = [Line(line) for line in (*self._lines, self._line) if not _is_blank(line)]
        self._lines, self._line = [], []
        if not lines:
            return
        torn, self._torn = self._torn, False
        kind = self._kinds[-1] if self._kinds else "text"
        if self._opens_item:
            kind, self._opens_item = "item", False
        element = self._blocks[-1] if self._blocks else self.root
        if (torn or element in self.containers) and self._goes_on(lines, element, torn=torn):
            return
        self.pieces.append(Block(kind, lines, element, self._inside > 0))

    def _goes_on(self, lines: list[Line], element: Element, *, torn: bool) -> bool:
        """Join the rest of a sentence to its beginning: a block within a paragraph ends it, to the parser."""
        last = self.pieces[-1] if self.pieces else None
        if not isinstance(last, Block) or last.inside != (self._inside > 0) or element.tag in {"p", *HEADINGS}:
            return False
        if not torn and last.element.tag != "p":
            return False
        before, after = last.lines[-1].words, lines[0].words
        if before.endswith(PAUSES) or not _GOES_ON.match(after):
            return False
        last.lines[-1] = Line([*last.lines[-1], Segment(" ", None, 0), *lines[0]])
        last.lines += lines[1:]
        return True

    # -- media --------------------------------------------------------------------------------------------------------

    def _add_picture(self, element: Element) -> None:
        source = pictures.source(element) or pictures.fallback(element)
        if source and not pictures.is_dot(element):
            if _is_blank(self._line) and not self._lines:
                self.flush()
            href = self._links[-1] if self._links else None
            self.pieces.append(Picture(source, self._inside > 0, element, href or None))

    def _add_player(self, element: Element) -> None:
        source = pictures.player_source(element)
        if source:
            self.flush()
            self.pieces.append(Player(source, self._inside > 0, element))

    def _is_caption(self, element: Element, tag: str) -> bool:
        if tag == "figcaption":
            return True
        named = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
        return "caption" in named and next(element.iter(*pictures.TAGS, *PLAYERS), None) is None

    def _take_caption(self, element: Element, tag: str) -> bool:
        """Give a caption to the picture or player before it; without one it is text like any other."""
        media = self._media_of(element, tag)
        if media is None or not self._is_caption(element, tag):
            return False
        text = clean(visible_text(element))
        if len(text) > _LONGEST_CAPTION:
            return False
        if text:
            media.caption = f"{media.caption} {text}" if media.caption else text
        return True

    def _media_of(self, element: Element, tag: str) -> Picture | Player | None:
        """Return what a caption belongs to: right before it, or in its figure, where a counter may part the two."""
        last = self.pieces[-1]
        if isinstance(last, Block):
            return None
        figure = element.getparent() if tag == "figcaption" else None
        is_beside = not self._lines and _is_blank(self._line)
        return last if is_beside or (figure is not None and figure in last.element.iterancestors()) else None


def _is_paragraph(element: Element) -> bool:
    """Return whether an element is a paragraph, or a box around one."""
    return element.tag == "p" or (element.tag in _WRAPPERS and len(element) > 0 and element[0].tag == "p")


def has_own_words(element: Element) -> bool:
    """Return whether an element has words of its own, not in a block within it."""
    own = (element.text, *(child.tail for child in element))
    return any((words or "").strip() for words in own)


def _is_blank(line: list[Segment]) -> bool:
    for segment in line:  # noqa: SIM110 - asked a hundred times a page: a generator costs as much as the rest
        if segment.text.strip(_BLANKS):
            return False
    return True


def _holds_page(form: Element) -> bool:
    paragraphs = sum(1 for _ in islice(form.iter("p", "br"), _MOST_FORM_PARAGRAPHS + 1))
    if paragraphs > _MOST_FORM_PARAGRAPHS or next(form.iter("h1"), None) is not None:
        return True
    long = (words for words in form.itertext() if len(words.strip()) >= _LONG_PARAGRAPH)
    return sum(1 for _ in islice(long, _MOST_FORM_PARAGRAPHS)) == _MOST_FORM_PARAGRAPHS


def _is_unseen(element: Element) -> bool:
    name = element.get("class")
    # A picture of Cloudflare's is hidden until a script shows it.
    hidden = is_hidden(element) and element.get("data-cfsrc") is None
    return hidden or (bool(name) and not _UNSEEN.isdisjoint(name.split()))


def plain(text: str) -> list[Piece]:
    """Return the lines of a plain text as blocks, for sources that come without markup."""
    lines = (line for line in text.splitlines() if line.strip())
    return [Block("text", [Line([Segment(line, None, 0)])], None, inside=True) for line in lines]


def around(piece: Piece, containers: Collection[Element]) -> Iterator[Element]:
    """Yield the elements around a piece from the inside out, up to but without the containers."""
    element = piece.element
    while element is not None and element not in containers:
        yield element
        element = element.getparent()


def _form_boxes(root: Element, containers: Collection[Element]) -> set[Element]:
    """Return the elements that are nothing but a form and what it is for: "Daftar newsletter kami", and a field."""
    found = set()
    for form in islice(root.iter("form"), _MOST_FORMS):
        box = None
        for around_ in islice(form.iterancestors(), _FORM_DEPTH):
            if around_ in containers or around_ is root or len(clean(around_.text_content())) > _LONGEST_FORM_BOX:
                break
            box = around_
        if box is not None and next(form.iter("input", "button", "textarea", "select"), None) is not None:
            found.add(box)
    return found
