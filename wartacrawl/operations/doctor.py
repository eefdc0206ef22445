"""The first look at a live portal: what answers, what of it is understood, what to do.

`docs/first-contact.md` says how to read it. Nobody has seen the real portal while this was written; each request here
settles something that had to be left open, and the answer is told in words that can be acted on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from scrapy import signals

from wartacrawl.crawl import Crawl
from wartacrawl.items import PAGE_FIELDS
from wartacrawl.reading.extract import extract, merge
from wartacrawl.reporting.outcome import CODES, Word
from wartacrawl.site import feeds, listings, sections, urls
from wartacrawl.spiders.failures import reason_of_status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy import Request
    from scrapy.http import Response

    from wartacrawl.items import Article
    from wartacrawl.operations.cases import Source
    from wartacrawl.operations.probe import Answer, Probe
    from wartacrawl.page import Page
    from wartacrawl.reading.extract import Extraction

Mark = Literal["ok", "odd", "bad"]

# The oldest day of which the dated index was reported to be there (2026-11, one public crawl).
OLD_DAY = date(2025, 1, 5)
# A page number no list has.
ABSURD_PAGE = 999
# Without these an article is no article; a page that comes and does not yield them has drifted from what we know.
VITAL = ("headline", "date_published")
# Most articles have these; where one is missing a person should look.
USUAL = ("authors", "editors", "article_section", "keywords", "main_image", "description", "dateline", "canonical_url")
_TURNED_AWAY = frozenset({"blocked", "robots"})

UNKNOWNS = (
    "robots and limits",
    "section ids and paths",
    "items per list page",
    "pager",
    "list end",
    "index reach",
    "feeds",
    "date carrier",
    "tag list",
    "caption markup",
    "wrong slugs",
)

# Where a date of publication may stand in machine form: name → XPath that finds it.
_CARRIERS = {
    "JSON-LD": "boolean(//script[contains(@type, 'ld+json') and contains(., 'datePublished')])",
    "JSON-LD @graph": "boolean(//script[contains(@type, 'ld+json') and contains(., '@graph')])",
    "meta article:published_time": "boolean(//meta[@property='article:published_time'])",
    "itemprop datePublished": "boolean(//*[@itemprop='datePublished'])",
    "time[datetime]": "boolean(//time[@datetime])",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One request: what was tried, where, what came, how good that is, and which unknowns it settles."""

    tried: str
    url: str
    came: str
    mark: Mark
    kind: str | None
    seconds: float
    settles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the one article: its value, shortened, and the layer it came from; None where it is missing."""

    name: str
    value: str | None
    layer: str | None


@dataclass(slots=True)
class Examination:
    """All that was found; `word` is an outcome of the contract."""

    origin: str
    checks: list[Check] = field(default_factory=list)
    article: str | None = None
    layout: str | None = None
    fields: list[Field] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    requests: int = 0
    word: Word = "ok"
    why: str = ""

    @property
    def unknowns(self) -> dict[str, str | None]:
        """Return each open question with its answer, None where it stays open."""
        told: dict[str, dict[str, None]] = {name: {} for name in UNKNOWNS}
        for check in self.checks:
            for name, answer in check.settles.items():
                told[name][answer] = None
        return {name: "; ".join(answers) or None for name, answers in told.items()}

    def record(self) -> dict[str, Any]:
        """Return the examination as JSON-ready values."""
        return {
            "origin": self.origin,
            "outcome": self.word,
            "code": CODES[self.word],
            "why": self.why,
            "requests": self.requests,
            "checks": [asdict(check) for check in self.checks],
            "unknowns": self.unknowns,
            "article": self.article,
            "layout": self.layout,
            "fields": [asdict(one) for one in self.fields],
            "messages": self.messages,
            "advice": self.advice,
        }


class Doctor:
    """Asks the portal, most telling pages first, and keeps what came for `cases`."""

    def __init__(self, ask: Probe, origin: str, article_url: str | None = None) -> None:
        self._ask = ask
        self.examination = Examination(origin)
        self.lists: dict[str, Source] = {}
        self.pages: list[Source] = []
        self.extracted: Article | None = None
        self._origin = origin
        self._article_url = article_url
        self._section: sections.Section | None = None
        self._first: list[str] = []
        self._is_paged = False
        self._menu_is_empty = False
        self._cards_found = False
        self._robots: Response | None = None
        ask.crawler.signals.connect(self._note_robots, signals.response_received)

    async def examine(self) -> Examination:
        """Ask for at most a dozen pages and judge what came."""
        found = self.examination
        if await self._home():
            for step in self._steps():
                await step()
        self._read_robots()
        found.requests = self._ask.sent
        found.word, found.why = self._judge()
        return found

    def _steps(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        return (
            self._index_today,
            self._section_page,
            self._article,
            self._rss,
            self._sitemap,
            self._second_page,
            self._absurd_page,
            self._old_index,
            self._wrong_slug,
        )

    # -- asking -------------------------------------------------------------------------------------------------------

    async def _get(self, url: str, *, follow: bool = True) -> Answer:
        return await self._ask.ask(url, meta={} if follow else {"dont_redirect": True})

    def _note(self, tried: str, answer: Answer, came: str | None = None, mark: Mark = "ok", **settles: str) -> None:
        """Write a check down; without `came` the answer is a failure and told as such. `settles`: unknown=answer."""
        named = {name.replace("_", " "): text for name, text in settles.items()}
        failed = _failure(answer)
        kind = failed[0] if failed else None
        if kind == "put_off":
            spent = (
                "the dozen requests are spent"
                if Crawl.of(self._ask.crawler).ended == "budget"
                else "the portal turned us away"
            )
            came, mark = f"not asked for: {spent}", "odd"
        elif came is None:
            came, mark = (failed[1] if failed else f"HTTP {answer.status}"), "bad"
        path = answer.url.removeprefix(self._origin) or "/"
        self.examination.checks.append(Check(tried, path, came, mark, kind, round(answer.seconds, 3), named))

    def _advise(self, sentence: str) -> None:
        if sentence not in self.examination.advice:
            self.examination.advice.append(sentence)

    def _advise_if_others_came(self, sentence: str) -> None:
        if any(check.kind is None for check in self.examination.checks):
            self._advise(sentence)

    def _source(self, answer: Answer) -> Source:
        return answer.source(self._origin)

    # -- robots.txt and the home page ---------------------------------------------------------------------------------

    def _note_robots(self, response: Response, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt") and response.url.endswith("/robots.txt"):
            self._robots = response

    def _read_robots(self) -> None:
        """Tell what robots.txt says; Scrapy asked for it before the first page."""
        url = "/robots.txt"
        if not self._ask.settings.getbool("ROBOTSTXT_OBEY"):
            check = Check("robots.txt", url, "not asked for: ROBOTSTXT_OBEY is off", "odd", None, 0.0, {})
        elif self._robots is None:
            why = Crawl.of(self._ask.crawler).why.get("unreachable", "no answer")
            check = Check("robots.txt", url, why, "bad", "unreachable", 0.0, {})
        elif self._robots.status >= 400:
            says = "there is none: nothing is forbidden"
            check = Check("robots.txt", url, f"HTTP {self._robots.status}", "ok", None, 0.0, {UNKNOWNS[0]: says})
        else:
            check = self._rules(self._robots.text if hasattr(self._robots, "text") else self._robots.body.decode())
        self.examination.checks.insert(0, check)

    def _rules(self, text: str) -> Check:
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
        rules = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("disallow:")]
        rules = [rule for rule in rules if rule]
        delay = self._ask.crawler.stats.get_value("politeness/crawl_delay")
        says = f"{len(rules)} Disallow" + (
            f" ({', '.join(rules[:4])}{', …' if len(rules) > 4 else ''})" if rules else ""
        )
        says += f"; Crawl-delay {delay:g} s, kept" if delay else "; no Crawl-delay for us"
        forbidden = [check.url for check in self.examination.checks if check.kind == "robots"]
        if forbidden:
            self._advise(
                f"robots.txt forbids {', '.join(forbidden[:4])}: ask the portal's people for leave; set WARTA_CONTACT "
                "so that they can answer."
            )
        return Check("robots.txt", "/robots.txt", says, "bad" if forbidden else "ok", None, 0.0, {UNKNOWNS[0]: says})

    async def _home(self) -> bool:
        """Read the menu; return False when the portal stands elsewhere and asking on is pointless."""
        answer = await self._get(urls.build(urls.Ref("home"), origin=self._origin), follow=False)
        target = _location(answer)
        if target is not None and not target.startswith(self._origin + "/"):
            self._note("home page", answer, f"HTTP {answer.status} → {target}", "bad")
            there = "/".join(target.split("/")[:3])
            self._advise(f"The portal answers from {there}: if that is right, run with -s WARTA_URL={there}")
            return False
        if target is not None:
            answer = await self._get(target)
        if _failure(answer):
            self._note("home page", answer)
            return True
        page = answer.page(self._origin, "menu")
        self.lists["home.html"] = self._source(answer)
        found = sections.read_menu(page.tree, base=answer.url, origin=self._origin)
        self._menu_is_empty = not found
        self._section = next((one for one in found if one.id), found[0] if found else None)
        if not found:
            self._note("home page", answer, "no section in the menu", "bad")
            self._advise("The menu names no section: look at the home page's <nav> and mend site/sections.py.")
            return True
        listed = ", ".join(f"{one.slug}={one.id or urls_path(one.url, self._origin)}" for one in found)
        self._note("home page", answer, f"{len(found)} sections{_validators(answer)}", section_ids_and_paths=listed)
        return True

    # -- lists --------------------------------------------------------------------------------------------------------

    async def _index_today(self) -> None:
        url = urls.build(urls.Ref("index"), origin=self._origin)
        listing = await self._list("index, today", url, "indeks.html")
        if listing and listing.cards and self._article_url is None:
            self._article_url = listing.cards[0].url

    async def _section_page(self) -> None:
        if self._section is None:
            return
        listing = await self._list(f"section {self._section.name}", self._section.url, "section.html")
        if listing is None:
            return
        self._first = [card.id for card in listing.cards]
        self._is_paged = listing.next_url is not None or listing.last_page is not None
        if listing.cards and self._article_url is None:
            self._article_url = listing.cards[0].url

    async def _list(self, tried: str, url: str, file: str) -> listings.Listing | None:
        answer = await self._get(url)
        if _failure(answer):
            self._note(tried, answer)
            return None
        page = answer.page(self._origin, tried)
        self.lists[file] = self._source(answer)
        listing = listings.read_listing(page, origin=self._origin, now=page.fetched_at)
        if listing.cards:
            self._cards_found = True
            dated = sum(card.day is not None for card in listing.cards)
            came = f"{len(listing.cards)} articles ({listing.form}), {dated} with a day{_validators(answer)}"
            self._note(
                tried, answer, came, items_per_list_page=str(len(listing.cards)), pager=_pager(listing, self._origin)
            )
        elif listing.shell:
            self._note(tried, answer, "an empty shell that a script fills", "bad")
            self._advise("Lists are filled by script: install wartacrawl[browser] and set RENDER_ENABLED=True.")
        elif file == "indeks.html":
            self._note(tried, answer, "no article in it", "odd")
            self._advise(
                "Today's index is empty: after midnight it may be; by day mend the selectors of site/listings.py."
            )
        else:
            self._note(tried, answer, "no article in it", "bad")
            self._advise("A list shows no article: mend the selectors of site/listings.py (--save keeps the page).")
        return listing

    async def _second_page(self) -> None:
        if self._section is None or not self._first:
            return
        answer = await self._get(urls.with_page(self._section.url, 2), follow=False)
        target = _location(answer)
        if target is not None:
            self._note(
                "section, page 2",
                answer,
                f"HTTP {answer.status} → {urls_path(target, self._origin)}",
                "odd",
                pager="?page=2 leads away",
            )
            self._advise("?page=2 of a section leads elsewhere: its pager has another form, or the section is short.")
            return
        ids = self._ids(answer)
        if ids is None and answer.status in {404, 410} and not self._is_paged:
            self._note("section, page 2", answer, f"HTTP {answer.status}: page 1 has no pager", "odd")
            return
        if ids is None:
            self._note("section, page 2", answer)
            self._advise("?page=2 of a section does not answer: look at its pager and mend urls.with_page.")
            return
        new = [one for one in ids if one not in self._first]
        if new:
            self._note(
                "section, page 2", answer, f"{len(ids)} articles, {len(new)} not on page 1", pager="?page=N works"
            )
            return
        self._note(
            "section, page 2", answer, "nothing that is not on page 1", "odd", pager="?page=2 brings nothing new"
        )
        self._advise("?page=2 of a section brings nothing new: its pager has another form, or the section is short.")

    async def _absurd_page(self) -> None:
        if self._section is None or not self._first:
            return
        answer = await self._get(urls.with_page(self._section.url, ABSURD_PAGE), follow=False)
        tried, target = f"section, page {ABSURD_PAGE}", _location(answer)
        if target is not None:
            self._note(
                tried,
                answer,
                f"HTTP {answer.status} → {urls_path(target, self._origin)}",
                list_end=f"a redirect (HTTP {answer.status})",
            )
            return
        if answer.status in {404, 410}:
            self._note(tried, answer, f"HTTP {answer.status}", list_end=f"HTTP {answer.status}")
            return
        ids = self._ids(answer)
        if ids is None:
            self._note(tried, answer)
        elif not ids:
            self._note(tried, answer, "no article in it", list_end="an empty list")
        else:
            same = "page 1 again" if ids == self._first else "a page again"
            self._note(tried, answer, f"{len(ids)} articles: {same}", list_end=f"{same}, which ends the walk")

    def _ids(self, answer: Answer) -> list[str] | None:
        if _failure(answer):
            return None
        page = answer.page(self._origin, "list")
        return [card.id for card in listings.read_listing(page, origin=self._origin, now=page.fetched_at).cards]

    async def _old_index(self) -> None:
        answer = await self._get(urls.build(urls.Ref("index", day=OLD_DAY), origin=self._origin))
        ids = self._ids(answer)
        tried = f"index of {OLD_DAY}"
        if ids is None:
            self._note(tried, answer)
        elif ids:
            self.lists[f"indeks-{OLD_DAY}.html"] = self._source(answer)
            self._note(tried, answer, f"{len(ids)} articles", index_reach=f"{OLD_DAY} or further")
        else:
            self._note(tried, answer, "no article in it", "odd", index_reach=f"not to {OLD_DAY}")
            self._advise(f"The dated index lists nothing for {OLD_DAY}: try later days in `scrapy crawl indeks`.")

    # -- feeds --------------------------------------------------------------------------------------------------------

    async def _rss(self) -> None:
        answer = await self._get(urls.build(urls.Ref("rss"), origin=self._origin))
        if _failure(answer):
            self._note("RSS", answer)
            self._advise_if_others_came("RSS does not answer: it can be left out with -a via=sections,indeks,sitemap.")
            return
        source = self.lists["rss.xml"] = self._source(answer)
        feed = feeds.read_rss(source.body, origin=self._origin, now=source.fetched_at)
        self._note_feed("RSS", answer, feed, "RSS")

    async def _sitemap(self) -> None:
        answer = await self._get(urls.build(urls.Ref("sitemap"), origin=self._origin))
        if _failure(answer):
            self._note("sitemap", answer)
            self._advise_if_others_came(
                "The sitemap does not answer: it can be left out with -a via=sections,indeks,rss."
            )
            return
        source = self.lists["sitemap.xml"] = self._source(answer)
        sitemap = feeds.read_sitemap(source.body, origin=self._origin, now=source.fetched_at)
        if sitemap.kind == "urlset":
            self._note_feed("sitemap", answer, sitemap.entries, "sitemap")
            return
        news = [child for child in sitemap.children if child.kind == "news"]
        came = f"an index of {len(sitemap.children)}, {len(news)} of news"
        self._note("sitemap", answer, came, "ok" if news else "bad")
        if not news:
            self._advise("No child of the sitemap is known as news: mend the name pattern in site/feeds.py.")
            return
        child = await self._get(news[0].url)
        if _failure(child):
            self._note("news sitemap", child)
            return
        source = self.lists["sitemap-news.xml"] = self._source(child)
        entries = feeds.read_sitemap(source.body, origin=self._origin, now=source.fetched_at).entries
        self._note_feed("news sitemap", child, entries, "sitemap")

    def _note_feed(self, tried: str, answer: Answer, entries: tuple[feeds.Entry, ...], name: str) -> None:
        dated = sum(entry.published is not None for entry in entries)
        came = f"{len(entries)} articles, {dated} dated{_validators(answer)}"
        self._note(tried, answer, came if entries else "no article in it", "ok" if entries else "bad")
        if not entries:
            self._advise(f"The {tried} lists no article: mend site/feeds.py (--save keeps the feed).")
            return
        if self._article_url is None:
            self._article_url = entries[0].url
        self.examination.checks[-1].settles["feeds"] = f"{name} of {len(entries)}, {dated} dated"

    # -- the article --------------------------------------------------------------------------------------------------

    async def _article(self) -> None:
        ref = urls.parse(self._article_url, origin=self._origin) if self._article_url else None
        if ref is None or ref.kind != "article":
            return
        whole = urls.Ref("article", id=ref.id, slug=ref.slug, page="all")
        answer = await self._get(urls.build(whole, origin=self._origin))
        if _failure(answer):
            self._note("article", answer)
            return
        landed = urls.parse(answer.response.url, origin=self._origin) if answer.response is not None else None
        if landed is None or landed.id != ref.id:
            self._note("article", answer, f"sent on to {answer.response and answer.response.url}", "bad")
            return
        page = answer.page(self._origin, "doctor")
        self.pages.append(self._source(answer))
        extraction = merge([extract(page)])
        self.extracted = extraction.article
        self._read_article(extraction, page, answer)

    def _read_article(self, extraction: Extraction, page: Page, answer: Answer) -> None:
        article, found = extraction.article, self.examination
        layers = article.metadata["field_sources"]
        record = article.record()
        found.article, found.layout = article.url, article.metadata.get("layout")
        found.fields = [Field(name, _brief(record[name]), layers.get(name)) for name in PAGE_FIELDS]
        found.messages = [
            *article.metadata["validation_messages"],
            *(f"{name}: the layers disagree" for name in extraction.disagreements),
        ]
        missing = self._missing()
        came = f"{article.word_count} words, layout {found.layout or 'unknown'}{_validators(answer)}"
        self._note(
            "article, ?page=all",
            answer,
            came + (f"; no {', '.join(missing)}" if missing else ""),
            "bad" if missing else "ok" if found.layout else "odd",
            date_carrier=_carriers(page, layers.get("date_published")),
            tag_list=_tags(page, article, layers.get("keywords")),
            caption_markup=_caption(article, layers.get("main_image")),
        )
        self._advise_on_article(missing, layers, len(extraction.pager))

    def _missing(self) -> list[str]:
        article = self.extracted
        if article is None:
            return []
        missing = [name for name in VITAL if getattr(article, name) is None]
        if article.article_body is None and not (article.videos or article.images):
            missing.append("article_body")
        return missing

    def _advise_on_article(self, missing: list[str], layers: dict[str, str], pages: int) -> None:
        if missing:
            self._advise(
                f"{', '.join(missing)} could not be read: `scrapy save-case {self.examination.article}`, then follow "
                "“The site changed its template” in CONTRIBUTING.md."
            )
        if self.examination.layout is None:
            self._advise("No template is recognised: add one with its marker to site/layouts.py (see CONTRIBUTING.md).")
        elif layers.get("article_body") == "generic":
            self._advise("The body came from the generic layer: mend the template's body selector in site/layouts.py.")
        if pages:
            self._advise(f"?page=all left {pages} pages to fetch: articles cost a request for each page.")
        unusual = [name for name in USUAL if getattr(self.extracted, name) in (None, [])]
        if unusual:
            self._advise(f"Look at the article in a browser: is there really no {', '.join(unusual)}?")

    async def _wrong_slug(self) -> None:
        ref = urls.parse(self._article_url, origin=self._origin) if self._article_url else None
        if ref is None or self.extracted is None:
            return
        wrong = urls.build(urls.Ref("article", id=ref.id, slug="x"), origin=self._origin)
        answer = await self._get(wrong, follow=False)
        target = _location(answer)
        if target is not None:
            says = f"sent on by HTTP {answer.status}"
            self._note(
                "article, wrong slug",
                answer,
                f"HTTP {answer.status} → {urls_path(target, self._origin)}",
                wrong_slugs=says,
            )
        elif answer.status == 200:
            self._note("article, wrong slug", answer, "the article", wrong_slugs="served; a bare id is enough")
        elif answer.status in {404, 410}:
            self._note("article, wrong slug", answer, f"HTTP {answer.status}", "odd", wrong_slugs="not served")
            self._advise("A wrong slug answers 404: give `scrapy crawl artikel` whole URLs, bare ids will not do.")
        else:
            self._note("article, wrong slug", answer)

    # -- the verdict --------------------------------------------------------------------------------------------------

    def _judge(self) -> tuple[Word, str]:
        found = self.examination
        pages = [check for check in found.checks if check.tried != "robots.txt" and check.kind != "put_off"]
        failed = [check for check in pages if check.kind]
        if len(failed) == len(pages) or (len(pages) == 1 and pages[0].mark == "bad"):
            return self._judge_silence(failed)
        missing = self._missing()
        bad = [check.tried for check in found.checks if check.mark == "bad"]
        odd = sum(check.mark == "odd" for check in found.checks)
        rules: tuple[tuple[bool, Word, str], ...] = (
            (not self._cards_found, "drift", "pages come, but no list shows an article"),
            (bool(missing), "drift", f"the article comes, but without {', '.join(missing)}"),
            (self._menu_is_empty, "drift", "the home page comes, but its menu names no section"),
            (self._is_unknown_layout(), "drift", "the article was read, but by no known template"),
            (bool(bad), "partial", f"most of it works; look at {', '.join(bad)}"),
            (self.extracted is None, "partial", "lists work, but no article was found to look at"),
        )
        for applies, word, why in rules:
            if applies:
                return word, why
        look = f" ({odd} marked ? are worth a look)" if odd else ""
        return "ok", f"nothing is broken{look}: `scrapy crawl warta -a limit=50` is the next step"

    def _is_unknown_layout(self) -> bool:
        return self.extracted is not None and self.examination.layout is None

    def _judge_silence(self, failed: list[Check]) -> tuple[Word, str]:
        origin, last = self._origin, self.examination.checks[-1].came
        turned_away = [check for check in failed if check.kind in _TURNED_AWAY]
        if turned_away and len(turned_away) * 2 >= len(failed):
            if turned_away[0].kind == "blocked":
                self._advise("The portal turns us away: set WARTA_CONTACT, raise DOWNLOAD_DELAY, ask its people.")
            why = Crawl.of(self._ask.crawler).why.get("blocked", turned_away[0].came)
            return "blocked", f"{origin} lets no page be had ({why})"
        if not self.examination.advice:
            self._advise("Check the network and WARTA_URL; `make demo` shows that the crawler itself works.")
        return "unreachable", f"no page of {origin} could be had ({failed[0].came if failed else last})"


def urls_path(url: str, origin: str) -> str:
    """Return the path of an address on the origin."""
    return url.removeprefix(origin) or "/"


def _failure(answer: Answer) -> tuple[str, str] | None:
    """Return why there is no page, as kind and sentence; None when there is one."""
    if answer.reason is not None:
        return answer.reason.kind, answer.reason.sentence
    reason = reason_of_status(answer.status or 0)
    return (reason.kind, reason.sentence) if reason else None


def _location(answer: Answer) -> str | None:
    response = answer.response
    if response is None or not 300 <= response.status < 400 or b"Location" not in response.headers:
        return None
    return str(response.urljoin((response.headers.get("Location") or b"").decode("latin-1")))


def _validators(answer: Answer) -> str:
    headers = answer.response.headers if answer.response is not None else {}
    names = [name for name in ("ETag", "Last-Modified") if name in headers]
    return f"; {' and '.join(names)}" if names else ""


def _pager(listing: listings.Listing, origin: str) -> str:
    if listing.next_url is None and listing.last_page is None:
        return "none seen"
    told = [f"next is {urls_path(listing.next_url, origin)}"] if listing.next_url else []
    told += [f"pages to {listing.last_page}"] if listing.last_page else []
    return ", ".join(told)


def _carriers(page: Page, layer: str | None) -> str:
    found = [name for name, path in _CARRIERS.items() if page.tree.xpath(path)]
    if "JSON-LD" not in found and "JSON-LD @graph" in found:
        found.remove("JSON-LD @graph")
    return f"{', '.join(found) or 'visible text alone'} (used: {layer or 'none'})"


def _tags(page: Page, article: Article, layer: str | None) -> str:
    refs = (urls.parse(urls.canonical(link, base=page.url) or "") for link in page.tree.xpath("//a/@href"))
    linked = sum(ref is not None and ref.kind == "tag" for ref in refs)
    return f"{len(article.keywords)} keywords (layer {layer or 'none'}), {linked} links to tag pages"


def _caption(article: Article, layer: str | None) -> str:
    image = article.main_image
    if image is None:
        return "no main image"
    told = [name for name in ("caption", "credit_text") if image[name]]  # type: ignore[literal-required]
    return f"{' and '.join(told) or 'neither caption nor credit'} (layer {layer or 'none'})"


def _brief(value: Any) -> str | None:
    """Return a value as one line, None for a missing one."""
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return "; ".join(filter(None, (_brief(one) for one in value[:4]))) + (" …" if len(value) > 4 else "")
    if isinstance(value, dict):
        named = value.get("name") or value.get("headline") or value.get("caption") or value.get("url")
        return str(named)
    text = " ".join(str(value).split())
    return text if len(text) <= 200 else f"{text[:120]} … {text[-60:]}"
