"""The progress line at the foot of a terminal, and the closing banner; both are shown only on a terminal."""

from __future__ import annotations

import logging
import stat
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text
from scrapy.exceptions import NotConfigured
from twisted.internet.task import LoopingCall

from wartacrawl.component import Component
from wartacrawl.config import Config
from wartacrawl.items import ARTICLES
from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.number import counted, duration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


# Seconds between two drawings.
REDRAW = 0.5
# Seconds that the rate is measured over: short enough to follow a portal that becomes slow, long enough not to jump.
RATE_SECONDS = 30.0

STYLES = {"ok": "green", "partial": "yellow"}


class Rate:
    """The number of articles settled per second in the last RATE_SECONDS."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, settled: int) -> None:
        """Note how many articles are settled by now (seconds on any clock that only goes forward)."""
        self._seen.append((now, settled))
        while len(self._seen) > 2 and now - self._seen[0][0] > RATE_SECONDS:
            self._seen.popleft()

    def a_second(self) -> float:
        """Return the rate, 0.0 as long as it is unknown.

        >>> rate = Rate()
        >>> for second, settled in enumerate((0, 3, 6)): rate.note(second, settled)
        >>> rate.a_second()
        3.0
        """
        if len(self._seen) < 2:
            return 0.0
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last > first else 0.0


def describe(spider: str, stats: Mapping[str, Any], rate: float) -> str:
    """Return the progress line: new, known, failed, rate, and how long what has been found so far will take.

    New are articles that were not here before, known those that lists name and that need not be fetched or were found
    unchanged; each counts once, however many lists name it.

    >>> stats = {"classify/new": 40, "item_scraped_count": 40, "article/asked": 100, "article/known": 30}
    >>> describe("warta", stats, 2.0)
    'warta  40 new · 30 known · 0 failed · 120/min · 60 to go, 30 s'
    """
    figures = Figures(stats)
    if "captures/listed" in stats or "captures/count/known" in stats:
        return f"{spider}  {' · '.join(_describe_archives(figures, rate))}"
    known = figures.count("article/known") + figures.count("classify/unchanged") + figures.count("article/unchanged")
    left = max(0, figures.count("article/asked") - figures.settled)
    changed = figures.count("classify/revision")
    parts = [
        f"{figures.count('classify/new'):,} new",
        f"{known:,} known",
        f"{figures.failed:,} failed",
        *([f"{changed:,} changed"] if changed else []),
        f"{rate * 60:,.0f}/min",
    ]
    parts.append(_to_go(left, rate) if left else "looking for more")
    return f"{spider}  {' · '.join(parts)}"


def _describe_archives(figures: Figures, rate: float) -> list[str]:
    """Return the parts of the line for web archives: what is listed, then what is fetched.

    >>> _describe_archives(Figures({"captures/listed": 1200, "page/archive": 9}), 0.0)
    ['1,200 new captures listed', '0 failed', 'looking for more']
    >>> _describe_archives(Figures({"captures/count/known": 5, "article/asked": 9, "article/fetched": 3}), 0.5)
    ['3 fetched', '5 known', '0 failed', '30/min', '6 to go, 12 s']
    """
    if "captures/count/known" not in figures.stats:
        return [
            f"{counted(figures.count('captures/listed'), 'new capture')} listed",
            f"{_lost(figures):,} failed",
            "looking for more",
        ]
    left = max(0, figures.count("article/asked") - figures.settled)
    return [
        f"{figures.count('article/fetched'):,} fetched",
        f"{figures.count('captures/count/known'):,} known",
        f"{_lost(figures):,} failed",
        f"{rate * 60:,.0f}/min",
        *([_to_go(left, rate)] if left else []),
    ]


def _lost(figures: Figures) -> int:
    return figures.failed + figures.count("article/unfit") + sum(figures.under("list/failed/").values())


def _to_go(left: int, rate: float) -> str:
    return f"{left:,} to go" + (f", {duration(max(1, round(left / rate)))}" if rate else "")


class _AboveTheLine:
    """A stream for log handlers: what is written to it appears above the progress line, unchanged."""

    def __init__(self, console: Console, stream: TextIO) -> None:
        self._console = console
        self._stream = stream

    def write(self, text: str) -> int:
        """Write whole lines; handlers write one record at a time."""
        self._console.print(Text(text.removesuffix("\n")), soft_wrap=True)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def is_wanted(settings: BaseSettings, stream: TextIO) -> bool:
    """Return whether `stream` is a terminal that can redraw a line, and no log is written to it by its name."""
    if not Config.of(settings).shows_progress or not stream.isatty():
        return False
    if Console(file=stream).is_dumb_terminal:
        return False
    log = settings.get("LOG_FILE")
    try:
        return not (log and stat.S_ISCHR(Path(log).stat().st_mode))
    except OSError:
        return True


class Progress(Component):
    """Draw the line while the crawl runs, and the banner when it has ended."""

    def __init__(self, crawler: Crawler, stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        if not is_wanted(crawler.settings, stream):
            raise NotConfigured
        super().__init__(crawler)
        self._stream: TextIO = stream
        self._console = Console(file=stream, highlight=False)
        self._spinner = Spinner("dots")
        options: dict[str, Any] = {"auto_refresh": False, "redirect_stdout": False, "redirect_stderr": False}
        self._live = Live(self._spinner, console=self._console, transient=True, **options)
        self._timer = LoopingCall(self._draw)
        self._rate = Rate()
        self._handlers: list[tuple[logging.StreamHandler[Any], Any]] = []
        self._where: dict[str, str] = {}

    def spider_opened(self, spider: Spider) -> None:
        """Send the log above the line, and begin to draw."""
        self._name = spider.name
        self._where = {"Articles": str(self._crawl.store.folder / ARTICLES)}
        for handler in logging.root.handlers:
            if isinstance(handler, logging.StreamHandler) and getattr(handler, "stream", None) is self._stream:
                self._handlers.append((handler, handler.setStream(_AboveTheLine(self._console, self._stream))))
        self._live.start()
        self._timer.start(REDRAW)

    def _draw(self) -> None:
        stats = self._stats.get_stats()
        self._rate.note(time.monotonic(), Figures(stats).settled)
        line = Text(describe(self._name, stats, self._rate.a_second()), no_wrap=True, overflow="ellipsis")
        self._spinner.update(text=line)
        self._live.update(self._spinner, refresh=True)

    def engine_stopped(self) -> None:
        """Remove the line, and print the outcome and the paths."""
        if self._timer.running:
            self._timer.stop()
        self._live.stop()
        for handler, stream in self._handlers:
            handler.setStream(stream)
        self._handlers.clear()
        self._console.print(banner(self._stats.get_stats(), self._where), soft_wrap=True)


def banner(stats: Mapping[str, Any], where: Mapping[str, str]) -> Text:
    """Return the closing lines: the outcome in its colour, then a path a line."""
    word = str(stats.get("outcome", "crashed"))
    text = Text("\n")
    text.append(f" {word} ", style=f"bold reverse {STYLES.get(word, 'red')}")
    text.append(f" {stats.get('outcome/why', 'the crawl ended before its outcome was known')}", style="bold")
    places = dict(where)
    if stats.get("report"):
        places["Report"] = str(stats["report"])
    for name, path in places.items():
        text.append(f"\n {name:<9}", style="dim")
        text.append(path)
    return text
