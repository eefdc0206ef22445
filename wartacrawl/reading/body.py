"""What the pieces of an article mean: its text, and all that stands between the paragraphs and is none.

Nothing is taken for noise by its class alone: a line goes when its words and links say so. What is kept as data on the
way out: related links, bylines, dates, tags, captions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wartacrawl.items import Image, Related, Video
from wartacrawl.language import captions, people, text
from wartacrawl.reading import edges
from wartacrawl.reading.blocks import Block, Line, Picture, Piece, Player, around
from wartacrawl.reading.edges import Entry
from wartacrawl.reading.lines import EDGES, row
from wartacrawl.reading.noise import PLAYER, Dropped, Noise, without_calls
from wartacrawl.reading.related import RelatedLinks, names_box, sub_headings
from wartacrawl.site import layouts, urls

if TYPE_CHECKING:
    from collections.abc import Collection

    from wartacrawl.page import Element
    from wartacrawl.reading.credits import Byline, Credits
    from wartacrawl.site.links import Links

_TAG_CLASS = re.compile(r"(?:^|[-_])tags?(?:$|[-_A-Z])|Tags?(?:$|[-_A-Z])|tagcloud|topik", re.ASCII)
# Lines that a dateline may stand in: behind a sub-heading, a correction, a lead.
_BEFORE_DATELINE = 3
_HAS_WORD = re.compile(r"\w")
_LONGEST_LABEL = 240
_LONGEST_BOX = 600
_BULLET = re.compile(r"^(?:[-–—•·▪●○*◦‣]\s+)+")


@dataclass(slots=True)
class Body:
    """An article as its page shows it.

    `dates` are rows that state a date, verbatim but for folded white space, the one nearest to the headline first.
    """

    paragraphs: list[str] = field(default_factory=list)
    dateline: str | None = None
    related: list[Related] = field(default_factory=list)
    bylines: list[Byline] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    main_image: Image | None = None
    main_caption: str | None = None
    images: list[Image] = field(default_factory=list)
    videos: list[Video] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        """The paragraphs joined by a blank line, `None` without any."""
        return "\n\n".join(self.paragraphs) or None


@dataclass(slots=True)
class _Shot:
    """A picture, and how many lines of text stood before it."""

    picture: Picture
    url: str
    before: int


def interpret(
    pieces: list[Piece],
    *,
    links: Links,
    headline: str | None,
    rows: Credits,
    title: Element | None = None,
    containers: Collection[Element] = (),
) -> Body:
    """Read the pieces of an article; `rows` collects the people and dates named beside the text.

    `headline` is known from elsewhere and left out where it is repeated at the head of the text; `title` is the element
    that shows it.
    """
    return _Reader(pieces, links, headline, rows, title, containers).read()


class _Reader:
    def __init__(
        self,
        pieces: list[Piece],
        links: Links,
        headline: str | None,
        rows: Credits,
        title: Element | None,
        containers: Collection[Element],
    ) -> None:
        self._pieces = pieces
        self._rows = rows
        self._title = title
        self._links = links
        self._headline = text.comparison_key(headline) if headline else None
        self._containers = frozenset(containers)
        self._related = RelatedLinks(links)
        self._noise = Noise(links, containers)
        self._sub_headings = sub_headings(pieces, links)
        self._body = Body(related=self._related.found)
        self._entries: list[Entry] = []
        self._shots: list[_Shot] = []
        self._expects_tags = False
        self._keywords: dict[str, None] = {}
        self._videos: set[str] = set()
        self._offers = False
        self._related_at: list[int] = []  # how many lines of text stood before each related link
        self._ended = False  # what readers wrote begins
        self._outer_image: _Shot | None = None
        self._last_media: Picture | Player | None = None
        self._began = False
        self._text_place = 0

    def read(self) -> Body:
        index = 0
        while index < len(self._pieces):
            piece = self._pieces[index]
            index += 1
            if isinstance(piece, Picture):
                self._take_picture(piece)
            elif isinstance(piece, Player):
                self._take_player(piece)
            elif piece.inside and not self._ended:
                if not self._began:
                    self._began, self._text_place = True, index
                said = [line.words for line in piece.lines]
                self._ended = (
                    piece.kind != "item" and text.heads_comments(said[0]) and any(map(edges.is_sentence, self._entries))
                )
                behind = self._skip_box(piece, " ".join(said), index)
                if behind is None:
                    self._take_inside(piece, said)
                else:
                    index = behind
                self._related_at += [len(self._entries)] * (len(self._related.found) - len(self._related_at))
            else:
                self._take_outside(piece, index)
        self._body.keywords = list(self._keywords)
        self._trim_head()
        self._end_at_byline()
        self._trim_tail()
        self._write()
        self._place_images()
        self._body.bylines = self._rows.bylines
        self._body.dates = self._rows.dates_near(self._headline_place())
        return self._body

    def _headline_place(self) -> int:
        """Return the number of the piece that shows the headline, that of the first of the text where none does."""
        pieces = enumerate(self._pieces, 1)
        return next((place for place, piece in pieces if piece.element is self._title), self._text_place)

    # -- outside the text ---------------------------------------------------------------------------------------------

    def _take_outside(self, block: Block, place: int) -> None:
        for line in block.lines:
            words = line.words
            if self._related.take_beside(line, words):
                continue
            facts = row(line)
            if self._rows.take_row(line, facts, place, block.element, is_above=not self._began) or self._take_tags(
                line, words
            ):
                continue
            is_behind_picture = self._last_media is not None and captions.may_be_caption(words)
            if (captions.is_caption(words) or is_behind_picture) and not self._began:
                self._take_caption(words)
            else:
                self._rows.take_date(line, facts, place, block.element)

    def _take_tags(self, line: Line, words: str, block: Block | None = None) -> bool:
        """Take a line of links to tags: in a list of tags, after its label, or where there are several.

        `block` is what of the text the line stands in; outside the text, one tag is a list.
        """
        expected, self._expects_tags = self._expects_tags, False
        if text.is_tag_label(words):
            self._expects_tags = True
            return True
        if not line.has_link:
            return False
        found = [segment for segment in line if segment.href and self._links.of(segment.href).kind == "tag"]
        if not found:
            return False
        is_listed = block is None or block.kind == "item" or self._noise.stands_in(block, _TAG_CLASS)
        tags = set(found)
        label = text.clean(" ".join(segment.text for segment in line if segment not in tags)).strip(EDGES + ",;#")
        is_labelled = expected or text.is_tag_label(label)
        if (label and not is_labelled) or (not is_listed and not is_labelled and len(found) < 2):
            return False
        self._expects_tags = expected
        for segment in found:
            name = text.clean(segment.text).strip("#,; ")
            if name:
                self._keywords.setdefault(name)
        return True

    # -- pictures and players -----------------------------------------------------------------------------------------

    def _take_picture(self, picture: Picture) -> None:
        url = urls.resolve(picture.source, base=self._links.base)
        leads = self._links.of(picture.href).kind if picture.href else "none"
        if leads == "article" and picture.caption:
            self._related.add(picture.caption, picture.href)
            self._drop_offer()
        if url is None or layouts.is_banner(url) or leads in {"article", "channel", "tag"} or self._in_box(picture):
            return
        self._last_media = picture
        shot = _Shot(picture, url, len(self._entries))
        if picture.inside:
            self._shots.append(shot)
        elif not self._began and self._outer_image is None:
            self._outer_image = shot

    def _take_player(self, player: Player) -> None:
        url = urls.resolve(player.source, base=self._links.base)
        if url is None or not layouts.is_video(url) or (self._began and not player.inside):
            return
        self._last_media = player
        self._drop_player_label()
        if url not in self._videos:
            self._videos.add(url)
            self._body.videos.append(Video(url=url, caption=player.caption))

    def _drop_player_label(self) -> None:
        # "Simak Video …" right above it.
        if self._entries and text.is_player_label(self._entries[-1].text):
            self._leave_out(self._entries.pop().text, "label of a player")

    def _drop_offer(self) -> None:
        # "Pilihan Editor", and under it nothing but the link.
        if self._offers:
            self._leave_out(self._entries.pop().text, "label of a related link")
            self._offers = False

    def _take_caption(self, words: str) -> None:
        media = self._last_media
        if media is not None and media.caption is None:
            media.caption = words
        elif media is None:
            self._body.main_caption = words

    def _place_images(self) -> None:
        """Tell the picture above the text from those within it; without text they all are the page's own."""
        first = self._outer_image
        inner = list(self._shots)
        if first is None and inner and self._entries and inner[0].before == 0:
            first = inner.pop(0)
        if first is not None:
            self._body.main_image = _image(first)
        known = {first.url} if first is not None and self._entries else set()
        for shot in inner:
            if shot.url not in known:
                known.add(shot.url)
                self._body.images.append(_image(shot))

    # -- boxes --------------------------------------------------------------------------------------------------------

    def _skip_box(self, block: Block, words: str, index: int) -> int | None:
        """Take a box of related links whose first words are its label; return the place of the piece after it."""
        if not text.is_related_label(words) and not text.offers(words.rstrip("!")):
            return None
        earlier = (self._pieces[place] for place in range(index - 2, -1, -1))  # no copy: there may be many labels
        before = next((piece for piece in earlier if isinstance(piece, Block) and piece.inside), None)
        taken = {block.element, *(around(before, self._containers) if before is not None else ())}
        boxes = [outer for outer in around(block, self._containers) if outer not in taken]
        for box in reversed(boxes):
            end = index
            while end < len(self._pieces) and box in around(self._pieces[end], self._containers):
                end += 1
            if self._related.take_box(box, [piece for piece in self._pieces[index:end] if isinstance(piece, Block)]):
                return end
        return None

    def _in_box(self, picture: Picture) -> bool:
        return any(
            names_box(outer) and len(outer.text_content()) < _LONGEST_BOX for outer in around(picture, self._containers)
        )

    def _take_inside(self, block: Block, said: list[str]) -> None:
        is_data = block.kind == "table"
        if is_data and self._noise.is_table_of_cards(block):
            self._leave_out(" / ".join(said), "cards of other articles")
            return
        for line, words in zip(block.lines, said, strict=True):
            related = len(self._related.found)
            kept = (line, words) if is_data else self._read_line(line, words, block)
            if kept is not None and kept[1]:
                self._related.expected = False
                self._last_media = None
                self._entries.append(Entry(block, *kept))
                self._offers = text.offers(kept[1].rstrip("!"))
            elif len(self._related.found) > related:
                self._drop_offer()

    def _read_line(self, line: Line, words: str, block: Block) -> tuple[Line, str] | None:
        """Return what of a line is text and its words, `None` for nothing; what is data is noted on the way."""
        if captions.is_caption(words) or self._is_beside_picture(words, block):
            self._take_caption(words)
            self._leave_out(words, "caption")
            return None
        # A long line without a link is neither label nor button: most lines are, and need no closer look.
        if len(words) <= _LONGEST_LABEL or line.has_link:
            reason = self._reason(line, words, block)
            if reason is not None:
                self._leave_out(words, reason)
                if reason == PLAYER:
                    self._drop_player_label()
                return None
        if text.may_relate(words):
            rest = self._related.without(line)
            if rest is not line:
                self._leave_out(words, "related link")
            line, words = rest, rest.words
        if not _HAS_WORD.search(words):
            return None
        if self._noise.is_promo(line, words):
            self._leave_out(words, "promo")
            return None
        return line, words

    def _is_beside_picture(self, words: str, block: Block) -> bool:
        """Return whether a line ends with the credit of a picture, and stands right behind one, or above the text.

        Above a text in paragraphs it is a caption only where it stands in none.
        """
        if block.element is None or not captions.may_be_caption(words):
            return False
        return (isinstance(self._last_media, Picture) and self._last_media.caption is None) or (
            block.element.tag in {"div", "span", "figure", "center", "small", "em", "i"}
            and not any(map(edges.is_sentence, self._entries))
            and any(next(holder.iter("p"), None) is not None for holder in self._containers)
        )

    def _leave_out(self, words: str, reason: str) -> None:
        if words:
            self._body.dropped.append(Dropped(words, reason))

    def _reason(self, line: Line, words: str, block: Block) -> str | None:
        """Return why a line is not text; take down what it says."""
        reason = self._noise.reason(line, words, block)
        if reason is not None:
            return reason
        if self._take_tags(line, words, block):
            return "tags"
        if id(block) in self._sub_headings and not self._related.expected:
            return None
        return "related link" if self._related.take_line(line, words, is_item=block.kind == "item") else None

    # -- edges --------------------------------------------------------------------------------------------------------

    def _trim_head(self) -> None:
        end = edges.head_end(self._entries, self._headline)
        facts_end = edges.facts_end(self._entries, end, self._rows, self._text_place)
        for place, entry in enumerate(self._entries[:facts_end]):
            self._leave_out(entry.text, "head of the page" if place < end else "byline or date")
        self._drop(0, facts_end)
        for place, entry in enumerate(self._entries[:_BEFORE_DATELINE]):
            parted = layouts.DATELINES.part(entry.text)
            # Behind a note or a lead only a place tells it from a question: "Warta Ekonomi - Apa rencana Anda?"
            if parted is not None and (place == 0 or parted[0] or self._entries[0].block.kind == "heading"):
                self._body.dateline, entry.text = parted
                if not entry.text:
                    self._drop(place)
                break

    def _end_at_byline(self) -> None:
        """End the text at its byline or imprint: what follows is other articles'."""
        place = edges.end(self._entries, self._rows)
        if place is None:
            place = edges.byline_before_the_end(self._entries)
            if place is not None:
                entry = self._entries[place]
                self._rows.take_edge(entry.line, row(entry.line), len(self._pieces), entry.block.element)
                self._drop(place)
            return
        behind = self._entries[place:]
        del self._entries[place:]
        # Links of a sidebar that an open element let in.
        del self._related.found[sum(at <= place for at in self._related_at) :]
        for number, entry in enumerate(behind, len(self._pieces)):
            if not self._rows.take_edge(entry.line, row(entry.line), number, entry.block.element):
                self._leave_out(entry.text, "behind the byline")

    def _drop(self, place: int, number: int = 1) -> None:
        """Take lines out of the text, all at once: one by one, the time would grow with the square of their number."""
        del self._entries[place : place + number]
        for shot in self._shots:
            shot.before -= min(max(shot.before - place, 0), number)
        self._related_at = [at - min(max(at - place, 0), number) for at in self._related_at]

    def _trim_tail(self) -> None:
        while self._entries:
            entry = self._entries[-1]
            if self._noise.is_promo(entry.line, entry.text, is_last=True):
                self._leave_out(self._entries.pop().text, "promo")
                continue
            entry.text, credits_ = people.trailing_bylines(entry.text)
            self._rows.add(credits_, entry.line)
            entry.text = people.without_initials(entry.text)
            if entry.text and not self._rows.take_tail(
                entry.line, entry.text, is_item=edges.is_listed(self._entries, len(self._entries) - 1)
            ):
                break
            self._entries.pop()

    def _write(self) -> None:
        """Join the lines of each block to a paragraph."""
        blocks: dict[int, list[Entry]] = {}
        for entry in self._entries:
            blocks.setdefault(id(entry.block), []).append(entry)
        for entries in blocks.values():
            kind = entries[0].block.kind
            words = ("\n" if kind == "table" else " ").join(entry.text for entry in entries)
            words = without_calls(layouts.without_slogan(words)) if kind == "text" else words
            if kind == "item":
                words = "- " + _BULLET.sub("", words)
            if _HAS_WORD.search(words):
                self._body.paragraphs.append(words)


def _image(shot: _Shot) -> Image:
    caption, credit = captions.split_credit(shot.picture.caption or "")
    return Image(url=shot.url, caption=caption, credit_text=credit)
