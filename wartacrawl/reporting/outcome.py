"""How a crawl ended, in one word, one number and one sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.number import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wartacrawl.crawl import Crawl

Word = Literal["ok", "crashed", "usage", "unreachable", "blocked", "drift", "partial"]

CODES: dict[Word, int] = {"ok": 0, "crashed": 1, "usage": 2, "unreachable": 3, "blocked": 4, "drift": 5, "partial": 6}

# What to do about an outcome, in one line; docs/operations.md says more.
ADVICE = {
    "crashed": "The traceback is in the log. What was written is complete; the next crawl continues from there.",
    "usage": "Correct what the sentence names and run again.",
    "unreachable": "Check the network and WARTA_URL, and whether the portal opens in a browser; then `scrapy doctor`.",
    "blocked": "Do not work around it: slow down (DOWNLOAD_DELAY), wait a day, or ask the portal's people.",
    "drift": (
        "Run `scrapy doctor`, look at an article with `scrapy explain URL`, then follow CONTRIBUTING.md (the site "
        "changed its template). Good articles were kept."
    ),
    "partial": "Run the same crawl again: it asks only for what is missing.",
    "running": "Run `scrapy report` again when it has ended.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The word of the contract and why it applies."""

    word: Word
    why: str

    @property
    def code(self) -> int:
        """The exit code of `scrapy crawl`."""
        return CODES[self.word]


class CommandError(Exception):
    """The end of a command: its outcome, and a sentence with the reason."""

    def __init__(self, word: Word, sentence: str) -> None:
        super().__init__(sentence)
        self.word: Word = word


def judge(stats: Mapping[str, Any], reason: str, crawl: Crawl) -> Outcome:
    """Return the outcome of a crawl from its stats, the reason Scrapy closed it for and its state."""
    for rule in (_usage, _crashed, _unreachable, _blocked, _drift, _partial):
        outcome = rule(stats, reason, crawl)
        if outcome is not None:
            return outcome
    return Outcome("ok", _summary(stats))


def _summary(stats: Mapping[str, Any]) -> str:
    dead, quiet = (sum(name.startswith(f"list/{how}/") for name in stats) for how in ("dead", "quiet"))
    empty = stats.get("list/said_empty", 0)
    found = (
        (stats.get("article/failed/gone", 0), "article", "gone for good (404, 410)"),
        (stats.get("article/pending", 0), "announced article", "still pending"),
        (empty, "day", f"{'has' if empty == 1 else 'have'} no articles, as the index says"),
        (dead, "dead link", "in the menu (404, 410)"),
        (quiet, "section", "of the menu without any article, as in earlier crawls"),
    )
    return "; ".join([_written(stats), *_listed(found)])


def _listed(found: Iterable[tuple[int, str, str]]) -> list[str]:
    """Return a phrase for each number that is not 0, with its noun and what it did."""
    return [f"{counted(number, noun)} {what}" for number, noun, what in found if number]


def _written(stats: Mapping[str, Any]) -> str:
    if "captures/count/articles" in stats:
        return _captured(Figures(stats))
    lines = stats.get("export/lines", 0)
    return f"{counted(lines, 'article')} written" if lines else "nothing new"


def _captured(figures: Figures) -> str:
    """Say what a crawl of web archives found, and what it fetched."""
    found = figures.under("captures/count/")
    words = {"known": "known", "fetched": "fetched before", "missing": "missing"}
    numbers = ", ".join(f"{found.get(name, 0):,} {word}" for name, word in words.items())
    if found.get("unusable"):
        numbers += f" ({found['unusable']:,} without a capture that can be used)"
    captures = f"{counted(found.get('captures', 0), 'capture')} of {counted(found.get('articles', 0), 'article')}"
    now = figures.count("article/fetched")
    tail = f"; {counted(now, 'article')} fetched now, which `scrapy replay` makes lines of" if now else ""
    return f"{captures} in the archives: {numbers}{tail}"


def _failed(stats: Mapping[str, Any], *kinds: str) -> int:
    names = [f"{what}/failed/{kind}" for what in ("article", "list", "feed") for kind in kinds]
    return sum(stats.get(name, 0) for name in names)


def _pages(stats: Mapping[str, Any]) -> int:
    return sum(stats.get(f"page/{what}", 0) for what in ("article", "list", "home", "feed", "archive"))


def _usage(_stats: Mapping[str, Any], _reason: str, crawl: Crawl) -> Outcome | None:
    sentence = crawl.why.get("usage")
    return Outcome("usage", sentence) if sentence else None


def _crashed(stats: Mapping[str, Any], reason: str, crawl: Crawl) -> Outcome | None:
    if "fault" in crawl.why:
        return Outcome("crashed", crawl.why["fault"])
    exceptions = stats.get("spider_exceptions/count", 0) + stats.get("item_error_count", 0)
    if exceptions or reason == "start_error":
        return Outcome("crashed", f"{counted(max(exceptions, 1), 'unhandled fault')}; the traceback is in the log")
    return None


def _unreachable(stats: Mapping[str, Any], reason: str, crawl: Crawl) -> Outcome | None:
    failures = _failed(stats, "unreachable", "server", "client", "offsite", "refused", "fault")
    failures += sum(stats.get(f"{what}/failed/gone", 0) for what in ("list", "feed"))
    turned_away = reason == "blocked" or _failed(stats, "robots", "blocked") > failures
    if _pages(stats) or turned_away or not (failures or reason == "unreachable"):
        return None
    why = crawl.why.get("unreachable") or counted(failures, "failed request")
    name, there = ("ARSIP_*_URL", "") if crawl.archives else ("WARTA_URL", ", or try the crawler with `make demo`")
    return Outcome(
        "unreachable", f"no page of {crawl.asked} could be fetched ({why}): check the network and {name}{there}"
    )


def _blocked(stats: Mapping[str, Any], reason: str, crawl: Crawl) -> Outcome | None:
    origin = crawl.asked
    robots, blocked = _failed(stats, "robots"), _failed(stats, "blocked")
    if reason == "blocked":
        return Outcome("blocked", crawl.why.get("blocked", f"{origin} refused requests until the crawl gave up"))
    if stats.get("export/lines") or not robots + blocked:
        return None
    if _pages(stats) > stats.get("page/home", 0) and not stats.get("article/asked"):
        return None  # a menu alone is nothing of what was asked for
    if robots >= blocked:
        return Outcome(
            "blocked", f"robots.txt of {origin} forbids {counted(robots, 'page')} and nothing else could be fetched"
        )
    return Outcome(
        "blocked", f"{origin} answered 401, 403 or 429 to {counted(blocked, 'request')}: ask its people, or slow down"
    )


def _drift(_stats: Mapping[str, Any], reason: str, crawl: Crawl) -> Outcome | None:
    # The monitors say so, while the crawl runs (which ends it) or when it has ended. The figures of an interrupted
    # crawl prove nothing: it lost the articles under way.
    if reason == "drift" or (reason == "finished" and "drift" in crawl.why):
        return Outcome("drift", crawl.why.get("drift", "fields fell below their coverage"))
    return None


def _partial(stats: Mapping[str, Any], reason: str, crawl: Crawl) -> Outcome | None:
    figures = Figures(stats)
    lists = Counter(figures.under("list/failed/")) + Counter(figures.under("feed/failed/"))
    unsaid = figures.count("list/empty") + figures.count("list/shell")
    named, left_out = figures.count("article/named_gone"), figures.count("article/left_out")
    found = (
        (figures.failed, "article", "could not be fetched and will be tried again"),
        (figures.count("article/unfit"), "article", "had no capture that can be used, as the log says"),
        (named, "article", f"asked for by name {'does' if named == 1 else 'do'} not exist"),
        (left_out, "article", f"asked for by name {'was' if left_out == 1 else 'were'} left out"),
        (lists.total(), "list page", f"could not be fetched{_forbidden(lists)}"),
        (unsaid, "list", "came without any article and without saying that there is none"),
        (figures.count("list/copied"), "list", "showed the list of another day"),
        (figures.count("list/bounded"), "list", "had no end"),
        (figures.count("validate/rejected"), "article", "rejected, see rejected.jsonl"),
    )
    parts = _listed(found)
    if reason not in {"finished", "usage"}:
        why: dict[str, str] = {str(word): sentence for word, sentence in crawl.why.items()}
        parts.append(f"stopped before the end ({why.get(reason, reason)}); what is missing is remembered")
    return Outcome("partial", "; ".join([_written(stats), *parts])) if parts else None


def _forbidden(lists: Counter[str]) -> str:
    """Say that robots.txt is the cause, as trying again would not help."""
    robots = lists["robots"]
    if not robots:
        return ""
    return f" ({'' if robots == lists.total() else f'{robots:,} of them '}forbidden by robots.txt)"
