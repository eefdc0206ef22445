"""Invents Indonesian business news from a seed and keeps what is true of each story.

The same seed, size and moment give the same news. Nothing here knows how a page looks; `pages` prints the stories.
"""

from __future__ import annotations

import functools
import itertools
import random
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal, TypeVar

from . import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

WIB = timezone(timedelta(hours=7), "WIB")  # Asia/Jakarta has had no other offset since 1964; needs no tz database
SITE = "https://wartaekonomi.co.id"
FOTO = "https://foto.wartaekonomi.co.id"
# An article takes 10 kB of memory, and a moment to be invented.
MOST_ARTICLES = 200_000
MOST_DAYS = 10_000

T = TypeVar("T")
BlockKind = Literal["p", "h2", "h3", "li"]
StoryKind = Literal["text", "photo", "video"]


@dataclass(frozen=True, slots=True)
class Section:
    """A word of the menu. `id` is `None` where the address is a bare path; `parent` names the menu item above it."""

    name: str
    slug: str
    id: int | None
    parent: str | None = None

    @property
    def path(self) -> str:
        """The address on the portal: `/category-{id}/{slug}` or `/{slug}`."""
        return f"/{self.slug}" if self.id is None else f"/category-{self.id}/{self.slug}"

    @property
    def url(self) -> str:
        """The canonical address."""
        return SITE + self.path


@dataclass(frozen=True, slots=True)
class Tag:
    """A keyword and its page; the house has used three forms of address."""

    name: str
    path: str

    @property
    def url(self) -> str:
        """The canonical address."""
        return SITE + self.path


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: address, caption and the X of "Kredit Foto: X"."""

    url: str
    caption: str | None
    credit: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, sub-heading or list item of a story, as plain text."""

    kind: BlockKind
    text: str


@dataclass(slots=True, kw_only=True)
class Story:
    """An article as the newsroom knows it: the ground truth for everything extracted from its page.

    `blocks` holds one list of blocks for each page of the article (empty for photo and video stories); `published` and
    `modified` are aware, in WIB and without seconds; `related` are (headline, canonical URL) in page order.
    """

    id: int
    headline: str
    slug: str
    section: Section
    description: str
    published: datetime
    modified: datetime | None = None
    kind: StoryKind = "text"
    blocks: list[list[Block]] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    dateline: str | None = None
    image: Image | None = None
    images: list[Image] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)
    related: list[tuple[str, str]] = field(default_factory=list)
    changed: datetime | None = None
    """When the page last changed (real clock, UTC); what the server calls Last-Modified."""

    @property
    def identifier(self) -> str:
        """The id as the data set writes it."""
        return str(self.id)

    @property
    def path(self) -> str:
        """The address on the portal."""
        return f"/read{self.id}/{self.slug}"

    @property
    def url(self) -> str:
        """The canonical address."""
        return SITE + self.path

    @property
    def pages(self) -> int:
        """How many pages the article is spread over."""
        return max(1, len(self.blocks))

    @property
    def paragraphs(self) -> list[str]:
        """The body, one string a paragraph: sub-headings as they are, list items as `- …`."""
        return [f"- {block.text}" if block.kind == "li" else block.text for page in self.blocks for block in page]

    @property
    def body(self) -> str | None:
        """The paragraphs parted by blank lines; `None` where the page has no text."""
        return "\n\n".join(self.paragraphs) or None

    @property
    def keywords(self) -> list[str]:
        """The names of the tags."""
        return [tag.name for tag in self.tags]

    @property
    def day(self) -> date:
        """The day of publication in Jakarta."""
        return self.published.date()


def slugify(text: str) -> str:
    """Return the slug of a headline: punctuation dropped, words joined by hyphens.

    >>> slugify("Laba Naik 7,5% Jadi Rp75,8 Miliar: “Ini Baru Awal”")
    'laba-naik-75-jadi-rp758-miliar-ini-baru-awal'
    """
    return "-".join(re.sub(r"[^a-z0-9\s-]", "", text.lower()).split())


# --- Sentences ------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"(\{\w+\}|\[[^\]]*\])")
_Part = str | tuple[str, ...]


@functools.cache
def _parts(pattern: str) -> tuple[_Part, ...]:
    """Split a pattern into text and slots (both strings, slots with braces) and choices (tuples)."""
    return tuple(
        tuple(token[1:-1].split("|")) if token.startswith("[") else token for token in _TOKEN.split(pattern) if token
    )


def _number(rng: random.Random, low: int, high: int) -> str:
    return f"{low + int(rng.random() * (high - low)):,}".replace(",", ".")


_FRESH: dict[str, Callable[[random.Random], str]] = {
    # Squared, because small percentages are what happens on most days.
    "persen": lambda r: f"{int(r.random() ** 2 * 39)},{int(r.random() * 99) + 1} persen",
    "persentanda": lambda r: f"{int(r.random() ** 3 * 39)},{int(r.random() * 99) + 1}%",
    "ratus": lambda r: str(int(r.random() * 899) + 100),
    "rupiah": lambda r: f"Rp{_number(r, 1, 941)},{int(r.random() * 9) + 1} {_pick(r, ('miliar', 'triliun', 'juta'))}",
    "angka": lambda r: _number(r, 101, 9_900),
    "angkakecil": lambda r: str(int(r.random() * 45) + 3),
    "bulan": lambda r: _pick(r, words.MONTHS),
    "hari": lambda r: _pick(r, words.DAYS),
    "tahun": lambda r: str(2021 + int(r.random() * 8)),
    "kuartal": lambda r: f"kuartal {_pick(r, ('pertama', 'kedua', 'ketiga', 'keempat'))}",
    "wilayah": lambda r: _pick(r, words.REGIONS),
    "kotalain": lambda r: _pick(r, words.CITIES),
    "negara": lambda r: _pick(r, words.COUNTRIES),
}


def _pick(rng: random.Random, options: Sequence[T]) -> T:
    return options[int(rng.random() * len(options))]


class _Voice:
    """Fills patterns for one story: who and what it is about stays the same, figures and places change."""

    def __init__(self, rng: random.Random, beat: words.Beat) -> None:
        self._rng = rng
        pt = [_pick(rng, column) for column in words.COMPANY]
        self.surname = _pick(rng, words.LAST)
        self.person = f"{_pick(rng, words.FIRST)} {self.surname}"
        self._fixed = {
            "pt": f"PT {' '.join(pt)} Tbk",
            "emiten": " ".join(pt[:2]),
            "tokoh": self.person,
            "nama": self.surname,
            "jabatan": _pick(rng, words.TITLES),
            "topik": _pick(rng, beat.topics),
            "ahli": person(rng),
        }
        self._fixed["ahlijab"] = self.say(_pick(rng, words.EXPERTS))
        self._fixed["lembaga"] = self.say(_pick(rng, words.AGENCIES))

    def say(self, pattern: str) -> str:
        """Return the pattern with every choice made and every slot filled."""
        said = []
        for part in _parts(pattern):
            if isinstance(part, tuple):
                option = _pick(self._rng, part)
                said.append(self.say(option) if "{" in option else option)
            elif part[0] == "{":
                name = part[1:-1]
                fixed = self._fixed.get(name)
                said.append(fixed if fixed is not None else _FRESH[name](self._rng))
            else:
                said.append(part)
        return "".join(said)

    def sentence(self, pattern: str) -> str:
        """Return the pattern filled and begun with a capital."""
        said = self.say(pattern)
        return said[0].upper() + said[1:]

    def headline(self, pattern: str) -> str:
        """Return a headline: the topic in title case, as the house writes it."""
        topic = self._fixed["topik"]
        self._fixed["topik"] = " ".join(word if word.isupper() else word.capitalize() for word in topic.split())
        try:
            return self.sentence(pattern.replace("{persen}", "{persentanda}"))
        finally:
            self._fixed["topik"] = topic


def person(rng: random.Random) -> str:
    """Return an invented name."""
    return f"{_pick(rng, words.FIRST)} {_pick(rng, words.LAST)}"


def _prose(rng: random.Random, voice: _Voice, beat: words.Beat) -> list[Block]:
    """Return 4 to 12 paragraphs, some with sub-headings or a list between them."""
    count = 4 + int(rng.random() * 9)
    wanted = count * 3
    pool = [*beat.sentences, *words.QUOTES, *words.CONTEXT]
    rng.shuffle(pool)
    sentences = iter([voice.sentence(pattern) for pattern in pool[:wanted]])
    blocks = [Block("p", voice.sentence(_pick(rng, words.LEADS)) + " " + next(sentences))]
    for place in range(1, count - 1):
        if place > 1 and rng.random() < 0.12:
            blocks.append(Block(_pick(rng, ("h2", "h3")), voice.sentence(_pick(rng, words.SUBHEADS))))
        size = 1 + int(rng.random() * 3)
        said = [sentence for _, sentence in zip(range(size), sentences, strict=False)]
        if said:
            blocks.append(Block("p", " ".join(said)))
        if rng.random() < 0.05:
            blocks += [Block("li", voice.sentence(item)) for item in rng.sample(words.ITEMS, 3 + int(rng.random() * 3))]
    blocks.append(Block("p", voice.sentence(_pick(rng, words.CLOSINGS))))
    return blocks


def _paged(rng: random.Random, blocks: list[Block]) -> list[list[Block]]:
    """Spread long articles, one in four, over two or three pages, cut between paragraphs."""
    if len(blocks) < 8 or rng.random() > 0.25:
        return [blocks]
    count = 3 if len(blocks) > 11 else 2
    cuts = [round(len(blocks) * n / count) for n in range(1, count)]
    starts = []
    for cut in cuts:
        while blocks[cut].kind != "p" or blocks[cut - 1].kind != "p":
            cut -= 1  # noqa: PLW2901 - moved back to a place between two paragraphs
        starts.append(cut)
    edges = sorted({0, len(blocks), *starts})
    return [blocks[a:b] for a, b in itertools.pairwise(edges)]


# --- The newsroom ---------------------------------------------------------------------------------------------------

_SECTIONS = (  # name, slug; the menu of December 2022
    ("News", "news"),
    ("EkBis", "ekbis"),
    ("New Economy", "new-economy"),
    ("Kabar Finansial", "kabar-finansial"),
    ("Bursa", "bursa"),
    ("Sport & Lifestyle", "sport-lifestyle"),
    ("Kabar Sawit", "kabar-sawit"),
    ("Video", "video"),
)
_SHARES = (22, 22, 12, 14, 8, 10, 9, 3)
# Stories an hour, from midnight: the desk sleeps at night and is busiest in the morning and after lunch.
_HOURS = (1, 0, 0, 0, 1, 3, 6, 9, 11, 12, 12, 10, 8, 11, 12, 11, 10, 8, 7, 7, 6, 5, 4, 2)
_SWAPS = {" naik ": " meningkat ", " turun ": " menurun ", " dan ": " serta ", " untuk ": " bagi ", " di ": " pada "}


class Newsroom:
    """The portal's stories, newest last.

    `articles` stories lie within `days` calendar days that end at `now` (aware; default: this minute, and then the
    clock goes on). `near_duplicates` of the stories repeat an earlier one with a few words changed.
    """

    def __init__(
        self,
        seed: int = 1,
        articles: int = 200,
        days: int = 5,
        now: datetime | None = None,
        *,
        near_duplicates: int = 0,
        first_id: int = 570_001,
    ) -> None:
        if now is not None and now.utcoffset() is None:
            raise ValueError(f"now={now!r} has no time zone: give an aware datetime.")
        for name, number, least, most in (("articles", articles, 0, MOST_ARTICLES), ("days", days, 1, MOST_DAYS)):
            if not least <= number <= most:
                raise ValueError(f"{name}={number} cannot be invented: give a number from {least} to {most:,}.")
        if near_duplicates * 2 > articles:
            raise ValueError(f"{articles} articles cannot hold {near_duplicates} near-duplicate pairs.")
        self.seed = seed
        self.lock = threading.RLock()
        self.removed: dict[int, int] = {}
        """Status (404 or 410) by id of removed stories."""
        self.near_duplicates: list[tuple[int, int]] = []
        """Pairs of ids, earlier first, with almost the same text."""
        self._fixed_now = now.astimezone(WIB).replace(second=0, microsecond=0) if now else None
        self._rng = random.Random(seed)
        self._stories: dict[int, Story] = {}
        self._lists: dict[tuple[str, object], list[Story]] = {}
        self._headlines: set[str] = set()
        self._next_id = first_id
        self.changed = datetime.now(tz=WIB).replace(microsecond=0)
        """When anything last changed; rises by at least a second with every change."""
        self.sections = self._found_sections()
        self._tags = self._found_tags()
        self._editors = [person(self._rng) for _ in range(9)]
        self._authors = [person(self._rng) for _ in range(24)]
        for published in self._times(articles, days):
            self._write(published)
        self._repeat(near_duplicates)

    # --- reading ---

    @property
    def now(self) -> datetime:
        """The moment the portal lives in: the one given, or the minute on the clock."""
        return self._fixed_now or datetime.now(tz=WIB).replace(second=0, microsecond=0)

    @property
    def stories(self) -> list[Story]:
        """Every story that can be read, newest first."""
        return self._listed("all", None)

    def _listed(self, by: str, word: object) -> list[Story]:
        """Return a list of stories, newest first; all lists are made at once and kept until something changes."""
        with self.lock:
            if not self._lists:
                for story in reversed(self._stories.values()):
                    if story.id not in self.removed:
                        keys = [("all", None), ("section", story.section.slug), ("day", story.day)]
                        for key in (*keys, *(("tag", tag.path) for tag in story.tags)):
                            self._lists.setdefault(key, []).append(story)
            return list(self._lists.get((by, word), ()))

    def __len__(self) -> int:
        return len(self._stories) - len(self.removed)

    def __iter__(self) -> Iterator[Story]:
        return iter(self.stories)

    def get(self, id: int | str) -> Story | None:  # noqa: A002 - the site's own word
        """Return a story that can be read, or `None`."""
        with self.lock:
            return None if int(id) in self.removed else self._stories.get(int(id))

    def __getitem__(self, id: int | str) -> Story:  # noqa: A002 - the site's own word
        if (story := self.get(id)) is None:
            raise KeyError(id)
        return story

    def section(self, word: str) -> Section:
        """Return the section with this name or slug; `KeyError` if there is none."""
        for section in self.sections:
            if word.casefold() in {section.name.casefold(), section.slug}:
                return section
        raise KeyError(word)

    def in_section(self, section: Section) -> list[Story]:
        """Return a section's stories, newest first."""
        return self._listed("section", section.slug)

    def on_day(self, day: date) -> list[Story]:
        """Return the stories of a day in Jakarta, newest first."""
        return self._listed("day", day)

    def with_tag(self, path: str) -> list[Story]:
        """Return the stories that bear the tag with this path, newest first."""
        return self._listed("tag", path)

    def days(self) -> list[date]:
        """Return the days with stories, newest first."""
        return sorted({story.day for story in self.stories}, reverse=True)

    def search(self, query: str) -> list[Story]:
        """Return the stories whose headline holds the query, newest first."""
        return [story for story in self.stories if query.casefold() in story.headline.casefold()]

    # --- changing ---

    def publish(self, n: int = 1, section: str | None = None) -> list[Story]:
        """Write `n` new stories, dated now, in the section with this name or slug (or in any); return them."""
        with self.lock:
            where = self.section(section) if section else None
            self._touch()
            return [self._write(self.now, where) for _ in range(n)]

    def revise(self, id: int | str, *, headline: str | None = None) -> Story:  # noqa: A002 - the site's own word
        """Rewrite a paragraph (and the headline, if one is given) and set `modified`; return the story."""
        with self.lock:
            story = self[id]
            if headline:
                story.headline = headline
            if story.blocks:
                page = story.blocks[-1]
                place = max(n for n, block in enumerate(page) if block.kind == "p")
                voice = _Voice(self._rng, words.BEATS[story.section.name])
                more = voice.sentence(_pick(self._rng, words.CONTEXT))
                page[place] = replace(page[place], text=f"{page[place].text} {more}")
            story.modified = max(self.now, story.published + timedelta(minutes=1))
            self._touch()
            story.changed = self.changed
            return story

    def remove(self, id: int | str, status: Literal[404, 410] = 404) -> Story:  # noqa: A002 - the site's own word
        """Take a story off every list; its page answers `status` from now on. Returns the story."""
        with self.lock:
            story = self[id]
            self.removed[story.id] = status
            self._touch()
            return story

    # --- making ---

    def _touch(self) -> None:
        self._lists.clear()
        self.changed = max(datetime.now(tz=WIB).replace(microsecond=0), self.changed + timedelta(seconds=1))

    def _found_sections(self) -> tuple[Section, ...]:
        rng = self._rng
        ids = iter(rng.sample([n for n in range(11, 480) if n != 283], len(_SECTIONS)))
        bare = {"video", rng.choice(("news", "new-economy", "kabar-sawit"))}
        return tuple(
            Section(name, slug, 283 if slug == "bursa" else None if slug in bare else id_, _parent(slug))
            for (name, slug), id_ in zip(_SECTIONS, ids, strict=True)
        )

    def _found_tags(self) -> dict[str, Tag]:
        names = dict.fromkeys(name for beat in words.BEATS.values() for name in beat.tags)
        ids = self._rng.sample(range(1_000, 60_000), len(names))
        forms = ("/tag{id}/{slug}", "/tag-{id}/{slug}", "/tag/{slug}")
        return {
            name: Tag(name, forms[n % 3].format(id=id_, slug=slugify(name)))
            for n, (name, id_) in enumerate(zip(names, ids, strict=True))
        }

    def _times(self, articles: int, days: int) -> list[datetime]:
        """Return moments in rising order over the days that end now, dense where the desk is awake."""
        now = self.now
        first = now.replace(hour=0, minute=0) - timedelta(days=max(days, 1) - 1)
        hours = [first + timedelta(hours=n) for n in range(int((now - first).total_seconds()) // 3600 + 1)]
        weights = [_HOURS[hour.hour] for hour in hours]
        if not any(weights):
            weights = [1] * len(hours)
        picked = self._rng.choices(hours, weights, k=articles)
        # The hour that is running has only the minutes that are over.
        spans = [(hour, min(60, int((now - hour).total_seconds()) // 60 + 1)) for hour in picked]
        return sorted(hour + timedelta(minutes=int(self._rng.random() * span)) for hour, span in spans)

    def _write(self, published: datetime, section: Section | None = None) -> Story:
        rng = self._rng
        section = section or rng.choices(self.sections, _SHARES)[0]
        beat = words.BEATS[section.name]
        voice = _Voice(rng, beat)
        headline = self._headline(voice, beat)
        kind = _kind(rng, section)
        blocks = [] if kind != "text" else _paged(rng, _prose(rng, voice, beat))
        self._next_id += 1 + int(rng.random() * 6)
        story = Story(
            id=self._next_id,
            headline=headline,
            slug=slugify(headline),
            section=section,
            description=_summary(blocks[0][0].text) if blocks else voice.sentence(_pick(rng, words.LEADS)),
            published=published,
            modified=published + timedelta(minutes=7) if rng.random() < 0.2 else None,
            kind=kind,
            blocks=blocks,
            authors=rng.sample(self._authors, rng.choices((0, 1, 2), (2, 7, 1))[0]),
            editors=rng.sample(self._editors, rng.choices((1, 2), (9, 1))[0]),
            tags=[self._tags[name] for name in rng.sample(beat.tags, 1 + int(rng.random() * 4))],
            dateline=_pick(rng, words.CITIES) if kind == "text" else None,
            related=self._earlier(rng.choices((0, 1, 2, 3), (1, 3, 4, 2))[0]) if kind == "text" else [],
            changed=self.changed,
        )
        if story.modified and story.modified > self.now:
            story.modified = None
        _illustrate(rng, story)
        self._stories[story.id] = story
        self._lists.clear()
        return story

    def _headline(self, voice: _Voice, beat: words.Beat) -> str:
        for _ in range(20):
            headline = voice.headline(_pick(self._rng, beat.headlines))
            if headline not in self._headlines:
                break
        self._headlines.add(headline)
        return headline

    def _earlier(self, count: int) -> list[tuple[str, str]]:
        known = list(itertools.islice(reversed(self._stories), 60))
        picked = [self._stories[id_] for id_ in self._rng.sample(known, min(count, len(known)))]
        return [(story.headline, story.url) for story in picked]

    def _repeat(self, pairs: int) -> None:
        """Make the last `pairs` long stories repeats of earlier ones."""
        long = [story for story in self._stories.values() if len(story.paragraphs) >= 6]
        if len(long) < pairs * 2:
            raise ValueError(
                f"{len(long)} long stories cannot hold {pairs} near-duplicate pairs: ask for more articles."
            )
        for original, copy in zip(long[:pairs], long[len(long) - pairs :], strict=True):
            copy.headline = f"{original.headline}, Ini Kata {copy.editors[0]}"
            copy.slug = slugify(copy.headline)
            copy.section, copy.tags, copy.dateline = original.section, list(original.tags), original.dateline
            copy.blocks = [_reworded(page) for page in original.blocks]
            copy.description = _summary(copy.blocks[0][0].text)
            self.near_duplicates.append((original.id, copy.id))


def _summary(text: str) -> str:
    """Return the first sentence."""
    return re.split(r"(?<=[.”]) (?=[A-Z“])", text, maxsplit=1)[0]


def _parent(slug: str) -> str | None:
    return "Kabar Finansial" if slug == "bursa" else None


def _kind(rng: random.Random, section: Section) -> StoryKind:
    if section.slug == "video":
        return rng.choices(("video", "text"), (6, 4))[0]
    return rng.choices(("text", "photo"), (98, 2))[0]


def _reworded(page: Iterable[Block]) -> list[Block]:
    """Return the page with one small word changed in every third block."""
    blocks = []
    for place, block in enumerate(page):
        text = block.text
        if block.kind == "p" and place % 3 == 1:
            swap = next((word for word in _SWAPS if word in text), None)
            text = text.replace(swap, _SWAPS[swap], 1) if swap else f"{text} Demikian adanya."
        blocks.append(replace(block, text=text))
    return blocks


def _illustrate(rng: random.Random, story: Story) -> None:
    """Give a story its pictures and players."""
    if rng.random() < 0.96:
        story.image = _image(rng, story, story.headline if rng.random() < 0.8 else None)
    if story.kind == "photo":
        story.images = [_image(rng, story, f"{story.headline} ({n})") for n in (1, 2, 3)]
    elif story.kind == "text" and rng.random() < 0.1:
        story.images = [_image(rng, story, f"Suasana di {story.dateline}")]
    if story.kind == "video":
        code = "".join(rng.choices("abcdefghkmnpqrstuvwxyzABCDEFGHJKLMN23456789_-", k=11))
        story.videos = [f"https://www.youtube.com/embed/{code}"]


def _image(rng: random.Random, story: Story, caption: str | None) -> Image:
    when = story.published + timedelta(seconds=int(rng.random() * 60))
    name = f"{'-'.join(story.slug.split('-')[:4])}-{int(rng.random() * 90) + 10}_{when:%H%M%S}"
    extension = "webp" if rng.random() < 0.4 else "jpg"
    url = f"{FOTO}/files/arsip_foto_{when:%Y_%m_%d}/{name}_big.{extension}"
    return Image(url, caption, _pick(rng, words.PHOTOGRAPHERS) if rng.random() < 0.9 else None)
