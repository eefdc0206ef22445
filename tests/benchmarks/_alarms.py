"""Crawls of invented portals, counted as a crawl counts them and judged by the monitors, without any process."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, get_args

from tests.benchmarks._material import MAY_2026
from wartacrawl.config import MonitorsConfig
from wartacrawl.page import Page
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.portal.pages import Dates, Layout, Look, Pages
from wartacrawl.reading.extract import extract
from wartacrawl.reporting import monitors
from wartacrawl.reporting.figures import Figures
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How portals print: each crawl of the sample has one of these, and earlier crawls of the same.
LOOKS = [
    Look(layout=layout, dates=dates, torn=torn)
    for layout in get_args(Layout)
    for dates in get_args(Dates)
    for torn in (False, True)
]
# What a redesign of the pages does: the words that our layouts go by are replaced.
DRIFTS: dict[str, Callable[[bytes], bytes]] = {
    "classes under other names": lambda body: re.sub(
        rb'(?i)class="[^"]*"', b'class="baru"', _replaced(body, articleBody="isi")
    ),
    "no date": lambda body: re.sub(rb"\b(?:20\d\d|Mei|WIB|datePublished|published_time)\b", b"x", body),
    "no description": lambda body: _replaced(body, description="penjelasan"),
    "an empty shell": lambda _body: b"<!DOCTYPE html><html><head></head><body><div id=app></div></body></html>",
}
# Crawls a crawl is compared with.
EARLIER = 10
# The share of healthy pages that lack a date, and of those that lack a description: no newsroom is perfect.
LACKING = 0.05


def _replaced(body: bytes, **words: str) -> bytes:
    for old, new in words.items():
        body = body.replace(old.encode(), new.encode())
    return body


def counted(seed: int, articles: int, look: Look, change: Callable[[bytes], bytes] = bytes) -> list[Counter[str]]:
    """Return what a crawl of a portal of its own counts, article by article."""
    newsroom = Newsroom(seed, articles, 1 + articles // 30, MAY_2026)
    pages = Pages(newsroom, look)
    return [_count(change(pages.answer(f"{story.path}?page=all").body), story.path) for story in newsroom.stories]


def _count(body: bytes, path: str) -> Counter[str]:
    page = Page.from_bytes(f"{urls.ORIGIN}{path}?page=all", body, fetched_at=MAY_2026, via="rss", content_type=None)
    article = extract(page).article
    stats = Counter({f"extract/{name}/{layer}": 1 for name, layer in article.metadata["field_sources"].items()})
    has_text = article.article_body is not None
    if article.headline is None or not (has_text or article.videos or article.images):
        return stats + Counter({"item_dropped_count": 1, "validate/rejected": 1})
    stats += Counter({"item_scraped_count": 1, "export/lines": 1, "classify/new": 1})
    return stats if has_text else stats + Counter({"extract/without_text": 1})


def alarm(crawl: list[Counter[str]], earlier: Counter[str]) -> list[str]:
    """Return why a crawl would end as drift, early or at its end; nothing when it would not."""
    limits = MonitorsConfig.read()
    first = Figures(sum(crawl[: limits.early_articles], Counter()))
    early = monitors.early_drift(first, limits) if len(crawl) >= limits.early_articles else []
    whole = monitors.Case(Figures(sum(crawl, Counter())), Figures(earlier), limits)
    return early or monitors.drift(monitors.judge(whole))


def healthy(crawls: int, seed: int) -> Iterator[list[str]]:
    """Yield the alarms of healthy crawls of 10 to 60 articles, each on a fresh folder and after earlier ones."""
    rng = random.Random(seed)
    history: dict[Look, list[Counter[str]]] = {}
    for number in range(crawls):
        look = rng.choice(LOOKS)
        crawl = counted(seed + number, rng.randint(10, 60), look, partial(_imperfect, rng))
        earlier = history.setdefault(look, [])
        yield alarm(crawl, Counter()) or alarm(crawl, sum(earlier[-EARLIER:], Counter()))
        earlier.append(sum(crawl, Counter()))


def _imperfect(rng: random.Random, body: bytes) -> bytes:
    for name in ("no date", "no description"):
        if rng.random() < LACKING:
            body = DRIFTS[name](body)
    return body


def drifted(name: str, crawls: int, seed: int) -> Iterator[list[str]]:
    """Yield the alarms of crawls of 12 to 60 articles after a redesign; the earlier crawls were before it."""
    rng = random.Random(seed)
    for number in range(crawls):
        look = rng.choice(LOOKS)
        before = sum(counted(seed - number, 60, look), Counter())
        yield alarm(counted(seed + number, rng.randint(12, 60), look, DRIFTS[name]), before)
