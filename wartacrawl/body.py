"""What the pieces of an article mean: its text, and all that stands between the paragraphs and is none.

Nothing is taken for noise by its class alone: a line goes when its words and links say so. What is kept as data on the
way out: related links, bylines, dates, tags, captions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from wartacrawl import dates, text
from wartacrawl.blocks import SEAM, Block, Line, Picture, Piece, Player, Segment, around, string, tokens
from wartacrawl.items import Image, Related, Video
from wartacrawl.site import layouts, urls

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from wartacrawl.blocks import Element

LinkKind = Literal["own", "article", "tag", "channel", "other", "none"]

_JOINT = re.compile(rf"(?:[\s,;|•·/&–—{SEAM}-]|\bdan\b)*", re.IGNORECASE)
_RELATED_WORDS = ("juga", "baca", "simak", "lihat")
_BOX_CLASS = re.compile(r"baca|juga|related|terkait|rekomen|recommend|read-?(?:also|more)", re.IGNORECASE)
_SENTENCE_END = ".!?:;”\"')’…"
_PAGER_CLASS = re.compile(r"pag(?:er|ing|ina)", re.IGNORECASE)
_TAG_CLASS = re.compile(r"(?:^|[-_])tags?(?:$|[-_A-Z])|Tags?(?:$|[-_A-Z])|tagcloud|topik", re.ASCII)
_BLANK = f" \t\n\xa0{SEAM}"
_HAS_WORD = re.compile(r"\w")
_EDGES = " \t\n|•·»›>*_-–—"
_DATE_LINE = re.compile(
    r"\W*(?:(?:di)?(?:publikasikan|terbitkan|perbarui|posting|muat|tayang(?:kan)?)|terbit|rilis|update[d]?|published|posted"
    r"|senin|selasa|rabu|kamis|jum.?at|sabtu|minggu|ahad|[0-9])",
    re.IGNORECASE,
)
_MAYBE_DATE = re.compile(r"[0-9]|\blalu\b|kemarin|hari ini|baru saja", re.IGNORECASE)
_LONGEST_DATE_LINE = 90
_LONGEST_HEADLINE = 220
_FEWEST_HEADLINE_WORDS = 3
_LONGEST_BUTTON = 60
_LONGEST_LABEL = 240
_LONGEST_NAMES = 80
_BULLET = re.compile(r"^(?:[-–—•·▪●○*◦‣]\s+)+")


class Link(NamedTuple):
    """Where a link leads: what kind of page, its address as data, and the page number of an article's address."""

    kind: LinkKind
    url: str | None
    page: int | Literal["all"] | None = None


class Links:
    """Reads the links of one page: `base` is its address (on the real portal), `identifier` its article."""

    def __init__(self, base: str, identifier: str) -> None:
        self.base = base
        self._identifier = identifier
        self.of = lru_cache(maxsize=1024)(self._read)

    def _read(self, href: str | None) -> Link:
        stated = urls.resolve(href, base=self.base) if href else None
        if stated is None:
            return Link("none", None)
        ref = urls.parse(stated)
        if ref is None:  # an address of no known kind is left as it is stated
            return Link("channel" if layouts.is_channel(stated) else "other", stated)
        if ref.kind == "article":
            url = urls.build(urls.Ref("article", id=ref.id, slug=ref.slug))
            return Link("own" if ref.id == self._identifier else "article", url, ref.page)
        return Link("tag" if ref.kind == "tag" else "other", urls.canonical(stated))


class Byline(NamedTuple):
    """A person named in a byline, with the address the name links to."""

    role: text.Role
    name: str
    url: str | None


@dataclass(slots=True)
class Body:
    """An article as its page shows it. `dates` are lines that state a date, verbatim but for folded white space."""

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

    @property
    def text(self) -> str | None:
        """The paragraphs joined by a blank line, `None` without any."""
        return "\n\n".join(self.paragraphs) or None


@dataclass(slots=True)
class _Entry:
    """A line of the text that is still taken for text."""

    block: Block
    line: Line
    text: str


@dataclass(slots=True)
class _Shot:
    """A picture, and how many lines of text stood before it."""

    picture: Picture
    url: str
    before: int


def interpret(
    pieces: list[Piece], *, links: Links, headline: str | None, now: datetime, containers: Collection[Element] = ()
) -> Body:
    """Read the pieces of an article; `now` (aware) is what relative dates count from.

    `headline` is known from elsewhere and left out where it is repeated at the head of the text.
    """
    return _Reader(pieces, links, headline, now, containers).read()


class _Reader:
    def __init__(
        self, pieces: list[Piece], links: Links, headline: str | None, now: datetime, containers: Collection[Element]
    ) -> None:
        self._pieces = pieces
        self._links = links
        self._headline = text.folded(headline) if headline else None
        self._now = now
        self._containers = containers
        self._body = Body()
        self._entries: list[_Entry] = []
        self._shots: list[_Shot] = []
        self._expects_related = False
        self._expects_tags = False
        self._role: text.Role | None = None
        self._outer_image: _Shot | None = None
        self._last_media: Picture | Player | None = None
        self._began = False

    def read(self) -> Body:
        index = 0
        while index < len(self._pieces):
            piece = self._pieces[index]
            index += 1
            if isinstance(piece, Picture):
                self._take_picture(piece)
            elif isinstance(piece, Player):
                self._take_player(piece)
            elif piece.inside:
                self._began = True
                index = self._skip_box(piece, index) or self._take_inside(piece, index)
            else:
                self._take_outside(piece)
        self._trim_head()
        self._trim_tail()
        self._write()
        self._place_images()
        return self._body

    # -- outside the text ---------------------------------------------------------------------------------------------

    def _take_outside(self, block: Block) -> None:
        for line in block.lines:
            words = string(line)
            if self._take_outer_related(line, words):
                continue
            if self._take_byline(line, words) or self._take_tags(line, words, is_listed=True):
                continue
            if text.is_caption(words) and not self._began:
                self._take_caption(words)
            elif self._states_date(words):
                self._body.dates.append(words)

    def _take_outer_related(self, line: Line, words: str) -> bool:
        """Take "Baca Juga" links beside the text; other boxes of links there are the portal's, not the article's."""
        if text.is_related_label(words):
            self._expects_related = text.is_also_label(words)
            return True
        found = list(_linked(line)) if self._expects_related or _may_relate(words) else []
        if self._expects_related and found and self._is_related(line, words):
            for headline, href in found:
                self._relate(headline, href)
            return True
        self._expects_related = False
        return (
            bool(found)
            and any(label.points for label in text.related_labels(words))
            and (not string(self._without_related(line)))
        )

    def _states_date(self, words: str) -> bool:
        if len(words) > _LONGEST_DATE_LINE or not _MAYBE_DATE.search(words):
            return False
        reading = dates.parse(words, now=self._now)
        return reading.when is not None or (bool(_DATE_LINE.match(words)) and not _is_no_date(reading))

    def _take_byline(self, line: Line, words: str) -> bool:
        """Take the people of a byline; a label alone announces that the next line names them."""
        credits_ = text.bylines(words)
        if credits_ is None:
            role, self._role = self._role, None
            if role is None or len(words) > _LONGEST_NAMES or any(char.isdigit() for char in words):
                return False
            credits_ = [text.Credit(role, name) for name in text.names(words)]
        else:
            self._role = text.role_of(words) if words.endswith((":", "：")) else None
        self._credit(credits_, line)
        return True

    def _credit(self, credits_: list[text.Credit], line: Line) -> None:
        for role, name in credits_:
            byline = Byline(role, name, self._url_of(line, name))
            if not any(known.role == role and known.name == name for known in self._body.bylines):
                self._body.bylines.append(byline)

    def _url_of(self, line: Line, name: str) -> str | None:
        for segment in line:
            if segment.href and text.clean(segment.text) and text.clean(segment.text) in name:
                return self._links.of(segment.href).url
        return None

    def _take_tags(self, line: Line, words: str, *, is_listed: bool) -> bool:
        """Take a line of links to tags: in a list of tags, after its label, or where there are several."""
        expected, self._expects_tags = self._expects_tags, False
        if text.is_tag_label(words):
            self._expects_tags = True
            return True
        found = [segment for segment in line if segment.href and self._links.of(segment.href).kind == "tag"]
        if not found:
            return False
        label = text.clean(" ".join(segment.text for segment in line if segment not in found)).strip(_EDGES + ",;#")
        is_labelled = expected or text.is_tag_label(label)
        if (label and not is_labelled) or (not is_listed and not is_labelled and len(found) < 2):
            return False
        self._expects_tags = expected
        for segment in found:
            name = text.clean(segment.text).strip("#,; ")
            if name and name not in self._body.keywords:
                self._body.keywords.append(name)
        return True

    # -- pictures and players -----------------------------------------------------------------------------------------

    def _take_picture(self, picture: Picture) -> None:
        url = urls.resolve(picture.source, base=self._links.base)
        leads = self._links.of(picture.href).kind if picture.href else "none"
        if leads == "article" and picture.caption:
            self._relate(picture.caption, picture.href)
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
        if all(video["url"] != url for video in self._body.videos):
            self._body.videos.append(Video(url=url, caption=player.caption))

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

    def _skip_box(self, block: Block, index: int) -> int | None:
        """Take a box of related links whose first words are its label; return the place of the piece after it."""
        words = " ".join(string(line) for line in block.lines)
        if not text.is_related_label(words):
            return None
        before = next(
            (piece for piece in reversed(self._pieces[: index - 1]) if isinstance(piece, Block) and piece.inside), None
        )
        taken = {id(one) for one in around(before, self._containers)} if before is not None else set()
        boxes = [one for one in around(block, self._containers) if id(one) not in taken and one is not block.element]
        for box in reversed(boxes):
            end = index
            while end < len(self._pieces) and any(one is box for one in around(self._pieces[end], self._containers)):
                end += 1
            if self._take_box(box, [piece for piece in self._pieces[index:end] if isinstance(piece, Block)]):
                return end
        return None

    def _take_box(self, box: Element, blocks: list[Block]) -> bool:
        found: list[tuple[str, str]] = []
        linked = other = 0
        for line in (line for block in blocks for line in block.lines):
            for headline, href in _linked(line):
                if self._links.of(href).kind in {"article", "other"} and headline:
                    found.append((headline, href))
                    linked += len(headline)
            other += len(string([segment for segment in line if not segment.href]))
        is_named = any(_BOX_CLASS.search(token) for token in tokens(box))
        if not found or other > (3 * linked + 200 if is_named else linked / 2):
            return False
        for headline, href in found:
            self._relate(headline, href)
        return True

    def _in_box(self, picture: Picture) -> bool:
        return any(
            _BOX_CLASS.search(token) and len(one.text_content()) < 600
            for one in around(picture, self._containers)
            for token in tokens(one)
        )

    def _relate(self, headline: str, href: str | None) -> None:
        headline = text.clean(headline).strip(_EDGES + ":")
        for label in text.related_labels(headline):
            rest = headline[label.end :]
            if label.start == 0 and (label.points or rest[:1].isupper()):
                headline = headline[label.end :]
        url = self._links.of(href).url if href else None
        same = (one for one in self._body.related if (one["url"] or one["headline"]) == (url or headline))
        if headline and next(same, None) is None:
            self._body.related.append(Related(headline=headline, url=url))

    # -- the text -----------------------------------------------------------------------------------------------------

    def _take_inside(self, block: Block, index: int) -> int:
        for line in block.lines:
            kept = (line, string(line)) if block.kind == "table" else self._read_line(line, block)
            if kept is not None and kept[1]:
                self._expects_related = False
                self._last_media = None
                self._entries.append(_Entry(block, *kept))
        return index

    def _read_line(self, line: Line, block: Block) -> tuple[Line, str] | None:
        """Return what of a line is text and its words, `None` for nothing; what is data is noted on the way."""
        words = string(line)
        if text.is_caption(words):
            self._take_caption(words)
            return None
        # A long line without a link is neither label nor button: most lines are, and need no closer look.
        if (len(words) <= _LONGEST_LABEL or any(segment.href for segment in line)) and self._is_data(
            line, words, block
        ):
            return None
        if _may_relate(words):
            line = self._without_related(line)
            words = string(line)
        return None if not _HAS_WORD.search(words) or self._is_promo(line, words) else (line, words)

    def _is_data(self, line: Line, words: str, block: Block) -> bool:
        """Tell whether a line is a label, a button or a link to elsewhere; take down what it says."""
        if text.is_advert(words) or self._is_share(line, words) or self._is_pager(line, words, block):
            return True
        if self._take_tags(line, words, is_listed=block.kind == "item" or self._stands_in(block, _TAG_CLASS)):
            return True
        if not self._is_related(line, words):
            return False
        for headline, href in _linked(line):
            self._relate(headline, href)
        return True

    def _is_share(self, line: Line, words: str) -> bool:
        if text.is_share(words):
            return True
        found = list(_linked(line))
        is_button = sum(len(label) for label, _ in found) >= len(words) and len(words) <= _LONGEST_BUTTON
        leads = bool(found) and all(self._links.of(href).kind == "channel" for _, href in found)
        return (bool(found) and text.is_platforms(words)) or (leads and is_button)

    def _is_pager(self, line: Line, words: str, block: Block) -> bool:
        if text.is_pager_label(words):
            return True
        leading = [segment for segment in line if segment.href and self._links.of(segment.href).page is not None]
        if leading and all(self._links.of(segment.href).kind == "own" for segment in leading):
            rest = string([segment for segment in line if segment not in leading])
            return not rest or text.is_pager(rest)
        if not text.is_pager(words) and re.search(r"\w", words):
            return False
        return self._stands_in(block, _PAGER_CLASS) or bool(
            re.search(r"halaman|berikutnya|selanjutnya|next\b", words, re.IGNORECASE)
        )

    def _stands_in(self, block: Block, named: re.Pattern[str]) -> bool:
        """Tell whether an element around a block, within the text, has such a class or id."""
        return any(named.search(token) for one in around(block, self._containers) for token in tokens(one))

    def _is_related(self, line: Line, words: str) -> bool:
        """Tell whether a line is a linked headline of another article: after a label, or standing alone."""
        found = list(_linked(line))
        if not found:
            return False
        linked = sum(len(headline) for headline, _ in found)
        kinds = {self._links.of(href).kind for _, href in found}
        if self._expects_related:
            # A list that was filled by a machine may name the very article it stands in.
            return kinds <= {"article", "own", "other"} and 2 * linked >= len(words)
        is_alone = linked >= len(re.sub(r"\s*[|•·–—-]\s*", "", words)) and not words.endswith((".", ",", ";", ":"))
        return is_alone and kinds == {"article"} and len(words.split()) >= _FEWEST_HEADLINE_WORDS

    def _is_promo(self, line: Line, words: str) -> bool:
        if not text.calls(words):
            return False
        leads = any(segment.href and self._links.of(segment.href).kind == "channel" for segment in line)
        return text.is_promo(words, names_the_house=layouts.has_house(words), leads_to_channel=leads)

    # -- Baca Juga within a line --------------------------------------------------------------------------------------

    def _without_related(self, line: Line) -> Line:
        raw = "".join(segment.text for segment in line)
        cuts: list[tuple[int, int]] = []
        for label in text.related_labels(raw):
            if cuts and label.start < cuts[-1][1]:
                continue
            end = self._related_end(line, raw, label)
            if end is not None:
                cuts.append(_bracketed(raw, label.start, _closing(raw, label.start, end)))
        return _cut(line, cuts) if cuts else line

    def _related_end(self, line: Line, raw: str, label: text.Label) -> int | None:
        """Return where a related link ends that begins with `label`; `None` when the label is a journalist's words."""
        before = raw[: label.start].strip(' \t\n(["“*-•»>|')
        is_marked = _is_marked(line, label.start, raw)
        stands_apart = not before or before[-1] in _SENTENCE_END or is_marked
        found, end = _links_after(line, label.end)
        if found:
            return self._linked_end(raw, label, found, end, stands_apart=stands_apart, is_marked=is_marked)
        return self._unlinked_end(line, raw, label, before, stands_apart=stands_apart, is_marked=is_marked)

    def _unlinked_end(
        self, line: Line, raw: str, label: text.Label, before: str, *, stands_apart: bool, is_marked: bool
    ) -> int | None:
        rest = raw[label.end :].strip(" \t\n)]")
        own = _href_at(line, label.end - 1)
        if own is not None and rest and not before and self._links.of(own).kind == "article":
            # The label is the link, the headline stands beside it.
            self._relate(rest, own)
            return len(raw)
        if not rest:
            self._expects_related = self._expects_related or stands_apart
            return len(raw) if stands_apart else None
        if not label.points:
            return None
        run = _run_end(line, label.start) if is_marked else None
        if run is not None and run > label.end and raw[label.end : run].strip():
            self._relate(raw[label.end : run], None)
            return run
        if len(rest) > _LONGEST_HEADLINE or (before and rest.endswith(".")) or re.search(r"[.!?]\s+[A-Z“]", rest):
            return None
        self._relate(rest, None)
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
            self._relate(headline, href)
        return end

    # -- edges --------------------------------------------------------------------------------------------------------

    def _trim_head(self) -> None:
        while self._entries:
            entry = self._entries[0]
            if len(self._entries) > 1 and self._headline and text.folded(entry.text) == self._headline:
                pass
            elif self._is_date_line(entry.text):
                self._body.dates.append(entry.text)
            elif not self._take_byline(entry.line, entry.text):
                break
            self._drop(0)
        for place in range(min(2, len(self._entries))):
            entry = self._entries[place]
            parted = text.dateline(entry.text, layouts.HOUSE)
            if parted is not None:
                self._body.dateline, entry.text = parted
                if not entry.text:
                    self._drop(place)
            if parted is not None or entry.block.kind != "heading":
                break

    def _drop(self, place: int) -> None:
        del self._entries[place]
        for shot in self._shots:
            shot.before -= shot.before > place

    def _is_date_line(self, words: str) -> bool:
        return (
            len(words) <= _LONGEST_DATE_LINE
            and len(words.split()) <= 12
            and bool(_DATE_LINE.match(words))
            and not _is_no_date(dates.parse(words, now=self._now))
            and not words.endswith(".")
        )

    def _trim_tail(self) -> None:
        while self._entries:
            entry = self._entries[-1]
            entry.text, credits_ = text.trailing_bylines(entry.text)
            self._credit(credits_, entry.line)
            entry.text = text.without_initials(entry.text)
            if entry.text and not self._take_byline(entry.line, entry.text):
                break
            self._entries.pop()

    def _write(self) -> None:
        """Join the lines of each block to a paragraph."""
        blocks: dict[int, list[_Entry]] = {}
        for entry in self._entries:
            blocks.setdefault(id(entry.block), []).append(entry)
        for entries in blocks.values():
            kind = entries[0].block.kind
            words = ("\n" if kind == "table" else " ").join(entry.text for entry in entries)
            words = _without_calls(layouts.without_slogan(words)) if kind == "text" else words
            if kind == "item":
                words = "- " + _BULLET.sub("", words)
            if re.search(r"\w", words):
                self._body.paragraphs.append(words)


def _image(shot: _Shot) -> Image:
    caption, credit = text.split_credit(shot.picture.caption or "")
    return Image(url=shot.url, caption=caption, credit_text=credit)


def _without_calls(words: str) -> str:
    """Return a paragraph without sentences at its end that call to the newspaper's own channels."""
    while True:
        head, gap, last = words.rpartition(". ")
        if not gap or not layouts.has_house(last):
            return words
        if not text.is_promo(last, names_the_house=True, leads_to_channel=False):
            return words
        words = f"{head}."


def _may_relate(words: str) -> bool:
    # An expression that ignores case takes ten times as long, and nearly every line is asked.
    lowered = words.lower()
    return any(word in lowered for word in _RELATED_WORDS)


def _is_no_date(reading: dates.Reading) -> bool:
    return reading.when is None and (reading.message or "").endswith("is no date.")


def _linked(line: Line) -> Iterator[tuple[str, str]]:
    """Yield the links of a line as (words, href); neighbouring segments of one address are one link."""
    found: list[tuple[str, str]] = []
    is_open = False
    for segment in line:
        if segment.href and is_open and found[-1][1] == segment.href:
            found[-1] = (found[-1][0] + segment.text, segment.href)
        elif segment.href:
            found.append((segment.text, segment.href))
        elif not segment.text.strip(_BLANK) and is_open:
            found[-1] = (found[-1][0] + segment.text, found[-1][1])
            continue
        is_open = bool(segment.href)
    for words, href in found:
        if cleaned := text.clean(words):
            yield cleaned, href


def _offsets(line: Line) -> Iterator[tuple[int, int, Segment]]:
    start = 0
    for segment in line:
        yield start, start + len(segment.text), segment
        start += len(segment.text)


def _links_after(line: Line, position: int) -> tuple[list[tuple[str, str]], int]:
    """Return the links that follow a place in a line with nothing but joints between them, and where they end."""
    found: list[tuple[str, str]] = []
    end, gap = position, ""
    for start, stop, segment in _offsets(line):
        if stop <= position:
            continue
        piece = segment.text[max(position - start, 0) :]
        if segment.href:
            if found and found[-1][1] == segment.href and not gap.strip(_BLANK):
                found[-1] = (found[-1][0] + gap + piece, segment.href)
            else:
                found.append((piece, segment.href))
            end, gap = stop, ""
        elif _JOINT.fullmatch(piece):
            gap += piece
        else:
            break
    return found, end


def _href_at(line: Line, position: int) -> str | None:
    return next((segment.href for start, stop, segment in _offsets(line) if start <= position < stop), None)


def _is_marked(line: Line, position: int, raw: str) -> bool:
    """Tell whether emphasis begins at a place in a line (blanks and brackets passed over)."""
    while position < len(raw) and not raw[position].isalnum():
        position += 1
    before = 0
    for start, stop, segment in _offsets(line):
        if start <= position < stop:
            head = segment.text[: position - start].strip(' \t\n(["“')
            return bool(segment.emphasis) and segment.emphasis != before and not head
        if segment.text.strip():
            before = segment.emphasis
    return False


def _run_end(line: Line, position: int) -> int | None:
    """Return where the emphasised run around a place ends."""
    run, end = 0, None
    for start, stop, segment in _offsets(line):
        if run == 0 and stop > position and segment.emphasis and segment.text[max(position - start, 0) :].strip():
            run = segment.emphasis
        if run and segment.emphasis == run:
            end = stop
    return end


def _closing(raw: str, start: int, end: int) -> int:
    """Take with a related link the bracket it stands in, or the full stop behind it where it is a sentence."""
    if raw[start] in "([":
        closed = re.match(r"\s*[)\]]", raw[end:])
        return end + (closed.end() if closed else 0)
    before = raw[:start].rstrip()
    stop = re.match(r"\s*[.;](?=\s|$)", raw[end:])
    return end + (stop.end() if stop and (not before or before[-1] in _SENTENCE_END) else 0)


def _bracketed(raw: str, start: int, end: int) -> tuple[int, int]:
    """Take with a related link the brackets that are left with nothing in them."""
    before, after = raw[:start].rstrip(_BLANK), raw[end:].lstrip(_BLANK)
    if before.endswith(("(", "[")) and after.startswith((")", "]")):
        return len(before) - 1, len(raw) - len(after) + 1
    return start, end


def _cut(line: Line, cuts: list[tuple[int, int]]) -> Line:
    """Return a line without some stretches; what was parted by one is joined by a blank, punctuation without."""
    raw = "".join(segment.text for segment in line)
    kept: Line = []
    start = 0
    for first, last in (*cuts, (len(raw), len(raw))):
        kept += _stretch(line, start, first)
        start = last
        if raw[last:].lstrip()[:1] in ",.;:!?":
            start += len(raw[last:]) - len(raw[last:].lstrip())
            kept = _stretch(kept, 0, len("".join(segment.text for segment in kept).rstrip()))
        else:
            kept.append(Segment(" ", None, 0))
    return kept


def _stretch(line: Line, first: int, last: int) -> Line:
    """Return the part of a line between two places."""
    return [
        segment._replace(text=segment.text[max(first - start, 0) : last - start])
        for start, stop, segment in _offsets(line)
        if start < last and stop > first
    ]
