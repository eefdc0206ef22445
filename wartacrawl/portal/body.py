"""Prints the body of a story with everything the newspaper puts between the paragraphs."""

from __future__ import annotations

import random
import re
from html import escape
from typing import TYPE_CHECKING

from . import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .newsroom import Block, Image, Story

    Link = Callable[[str], str]

_READ_ALSO = ("Baca Juga", "Baca Juga", "Baca juga", "BACA JUGA", "Lihat Juga", "Simak Juga")
_ADS = (
    """<div class="adInArticle"><div class="ad-label">Advertisement</div>
<script>window.slots = window.slots || []; slots.push("inarticle-{n}");</script></div>""",
    """<div class="ad-inventory-wrapper"><div class="ad-container" id="inv-{n}">Iklan</div></div>""",
    """<div class="adInArticle adInArticle-{n}"><a href="https://ads.wartaekonomi.co.id/klik?zona={n}" rel="nofollow">
<img src="https://ads.wartaekonomi.co.id/files/online_banner/banner_{n}.gif" alt="Iklan"></a></div>""",
)
_PLAYER = (
    '<div class="ivs-wrap"><div id="ivsplayer01-container" class="ivs-container"><ivs-player data-src="stream-{n}">'
    "<p>Video ini tidak dapat diputar.</p></ivs-player></div></div>"
)


def body_pages(story: Story, *, seed: int, older: bool, link: Link, torn: bool = False) -> list[str]:
    """Return the markup of each page's body. `link` turns a canonical address into one the page prints."""
    return _Printer(story, random.Random(seed * 1_000_003 + story.id), older, link, torn).pages()


class _Printer:
    def __init__(self, story: Story, rng: random.Random, older: bool, link: Link, torn: bool) -> None:
        self._torn = torn
        self._story = story
        self._rng = rng
        self._link = link
        new = ("plain", "plain", "plain", "justify", "broken", "wrapped")
        self._style = rng.choice(("justify", "justify", "broken") if older else new)
        self._house = "WE Online" if older else "Warta Ekonomi"
        self._dash = rng.choice(("-", "-", "\N{EN DASH}", "\N{EM DASH}"))
        self._related = list(story.related)
        self._words = _marked_words(story)

    def pages(self) -> list[str]:
        if not self._story.blocks:
            return ["\n".join(self._media())]
        count = len(self._story.blocks)
        share = -(-len(self._related) // count)
        printed = []
        for number, blocks in enumerate(self._story.blocks, 1):
            related, self._related = self._related[:share], self._related[share:]
            pieces = list(self._page(blocks, related, first=number == 1))
            if number == count:
                pieces.append(f"<p><em>{_linked(words.PROMOS[self._rng.randrange(2)], 'Google News')}</em></p>")
            printed.append("\n".join(pieces))
        return printed

    def _page(self, blocks: list[Block], related: list[tuple[str, str]], *, first: bool) -> Iterator[str]:
        """Yield a page's elements: the blocks in runs of one kind, with noise and related links after paragraphs."""
        dateline = self._dateline() if first and self._story.dateline else ""
        if dateline and self._rng.random() < 0.3:
            yield f"<p>{dateline}</p>"
            dateline = ""
        if self._style == "wrapped":
            yield '<div class="article-share-content">'  # bears "share", and yet it holds the text
        runs = list(_runs(blocks))
        places = self._places(runs, len(related))
        for place, run in enumerate(runs):
            inside = related[places.index(place)] if place in places and self._rng.random() < 0.3 else None
            yield self._run(run, dateline, inside)
            dateline = ""
            if place in places and inside is None:
                yield self._read_also(*related[places.index(place)])
            yield from self._noise(place)
        for left_over in related[len(places) :]:
            yield self._read_also(*left_over)
        if self._style == "wrapped":
            yield "</div>"

    def _places(self, runs: list[list[Block]], wanted: int) -> list[int]:
        """Return after which runs the related links stand: paragraphs only; the rest go after the last one."""
        free = [place for place, run in enumerate(runs) if run[0].kind == "p"]
        return sorted(self._rng.sample(free, min(wanted, len(free))))

    def _dateline(self) -> str:
        place = f"{self._house}, {self._story.dateline} {self._dash}"
        return f"<strong>{place}</strong>" if self._rng.random() < 0.6 else place

    def _run(self, run: list[Block], dateline: str, inside: tuple[str, str] | None) -> str:
        kind = run[0].kind
        if kind == "li":
            items = "".join(f"<li>{self._mark(block.text)}</li>" for block in run)
            return f"<ul>{items}</ul>" if self._rng.random() < 0.7 else f"<ol>{items}</ol>"
        if kind != "p":
            return f"<{kind}>{self._mark(run[0].text)}</{kind}>"
        if inside:
            text = self._with_related(run[0].text, *inside)
        elif self._torn:
            text = self._with(run[0].text, '<div class="adInArticle">Iklan</div>')
        else:
            text = self._mark(run[0].text)
        lead = f"{dateline} " if dateline else ""
        if self._style == "broken":
            return f"{lead}{text}<br /><br />"
        style = ' style="text-align: justify;"' if self._style == "justify" else ""
        # A div inside a p is invalid, and yet it occurs.
        ad = '<div class="adInArticle">Iklan</div>' if self._rng.random() < 0.03 else ""
        return f"<p{style}>{lead}{text}{ad}</p>"

    def _with_related(self, text: str, headline: str, url: str) -> str:
        link = f'<a href="{escape(self._link(url))}">{escape(headline)}</a>'
        label = f"<strong>{self._rng.choice(_READ_ALSO)}: {link}</strong>"
        return self._with(text, label)

    def _with(self, text: str, element: str) -> str:
        """Put an element between the first two sentences, or after the only one."""
        cut = re.search(r"(?<=\.) (?=[A-Z])", text)
        if cut is None:
            return f"{self._mark(text)} {element}"
        return f"{self._mark(text[: cut.start()])} {element} {self._mark(text[cut.end() :])}"

    def _read_also(self, headline: str, url: str) -> str:
        label, href, title = self._rng.choice(_READ_ALSO), escape(self._link(url)), escape(headline)
        forms = (
            f'<p><strong>{label}: <a href="{href}">{title}</a></strong></p>',
            f'<p>{label}: <a href="{href}" target="_blank">{title}</a></p>',
            f'<p><b>{label}:</b>&nbsp;<a href="{href}"><b>{title}</b></a></p>',
            f'<div class="baca-juga-box"><span>{label}</span><a href="{href}" title="{title}">{title}</a></div>',
            f'<p><strong>{label}:</strong></p><ul class="linkTerkait"><li><a href="{href}">{title}</a></li></ul>',
            f'<blockquote><p>{label}: <a href="{href}">{title}</a></p></blockquote>',
        )
        return self._rng.choice(forms)

    def _noise(self, place: int) -> Iterator[str]:
        if place == 1:
            yield _PLAYER.format(n=self._rng.randrange(9_000))
        if place in {2, 6}:
            yield self._rng.choice(_ADS).replace("{n}", str(self._rng.randrange(9_000)))
        if place == 3:
            yield from self._media()

    def _media(self) -> Iterator[str]:
        for image in self._story.images:
            yield _figure(image)
        for video in self._story.videos:
            yield f'<div class="video-embed"><iframe src="{escape(video)}" allowfullscreen></iframe></div>'

    def _mark(self, text: str) -> str:
        """Escape a text and put links on tags, emphasis on companies and foreign words."""
        marked = escape(text, quote=False)
        if self._words:
            pattern = "|".join(re.escape(escape(word, quote=False)) for word in self._words)
            marked = re.sub(rf"\b(?:{pattern})\b", self._markup, marked, count=2)
        return marked

    def _markup(self, match: re.Match[str]) -> str:
        url = self._words[match[0].replace("&amp;", "&")]
        return f'<a href="{escape(self._link(url))}">{match[0]}</a>' if url else f"<em>{match[0]}</em>"


def _marked_words(story: Story) -> dict[str, str | None]:
    """Return the words to mark: those with a tag's address are links, the others emphasis."""
    return dict.fromkeys(words.ITALICS) | {tag.name: tag.url for tag in story.tags}


def _runs(blocks: list[Block]) -> Iterator[list[Block]]:
    """Yield each block alone, but list items that follow each other together."""
    run: list[Block] = []
    for block in blocks:
        if run and not (run[-1].kind == block.kind == "li"):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _linked(text: str, phrase: str) -> str:
    return escape(text, quote=False).replace(phrase, f'<a href="https://news.google.com/publications/x">{phrase}</a>')


def _figure(image: Image) -> str:
    caption = escape(image.caption or "", quote=False)
    credit = f" Kredit Foto: {escape(image.credit, quote=False)}" if image.credit else ""
    return f'<figure><img src="{image.url}" alt="{caption}"><figcaption>{caption}{credit}</figcaption></figure>'
