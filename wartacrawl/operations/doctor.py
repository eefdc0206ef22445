"""The first look at a live portal: what answers, what of it is understood, what to do.

Nobody had seen the real portal when this was written (2026-11). Each request settles something that had to be left
open, and the answer is given in words that can be acted on; `docs/first-contact.md` explains how to read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals

from wartacrawl.config import DownloadConfig
from wartacrawl.crawl import Crawl
from wartacrawl.items import PAGE_FIELDS
from wartacrawl.operations.examination import USUAL, VITAL, Check, Examination, Field, Mark, brief
from wartacrawl.operations.questions import QUESTIONS, Finding, Question, Sight, read_home
from wartacrawl.reading.budget import PageTooSlowError
from wartacrawl.reporting.number import counted
from wartacrawl.site import urls
from wartacrawl.spiders.failures import REFUSALS, TOO_SLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request
    from scrapy.http import Response

    from wartacrawl.operations.probe import Answer, Probe
    from wartacrawl.reporting.outcome import Word
    from wartacrawl.spiders.failures import Reason


class Doctor:
    """Asks the questions, notes what was found and judges it; `sight` keeps the pages as they came for `cases`."""

    def __init__(self, ask: Probe, origin: str, article_url: str | None = None) -> None:
        self._ask = ask
        self._crawl = Crawl.of(ask.crawler)
        self.examination = Examination(origin)
        self.sight = Sight(origin, ask.reader, articles=[article_url] if article_url else [])
        self._robots: Response | None = None
        ask.crawler.signals.connect(self._note_robots, signals.response_received)

    async def examine(self) -> Examination:
        """Ask for a handful of pages and judge what came."""
        found = self.examination
        if await self._home():
            self.sight.sitemap = self._named_sitemap()
            for question in QUESTIONS:
                url = question.url(self.sight)
                if url is not None:
                    await self._put(question, url)
        self._read_robots()
        self._describe_article()
        found.requests = self._ask.sent
        found.word, found.why = self._judge()
        return found

    async def _put(self, question: Question, url: str) -> None:
        answer = await self._get(url, follow=question.follow)
        title, failure = question.title(self.sight), answer.failure
        if failure is None or (answer.reason is None and answer.status in question.accepts):
            self._read(title, answer, question.read)
            return
        self._note_failure(title, answer, failure)
        if question.unanswered and failure.kind != "not_sent" and any(c.kind is None for c in self.examination.checks):
            self.examination.advise(question.unanswered)

    async def _get(self, url: str, *, follow: bool = True) -> Answer:
        return await self._ask.ask(url, meta={} if follow else {"dont_redirect": True})

    def _read(self, title: str, answer: Answer, read: Callable[[Sight, Answer], Finding]) -> None:
        try:
            self._note(title, answer, read(self.sight, answer))
        except PageTooSlowError:
            self._note_failure(title, answer, TOO_SLOW)

    def _note(self, title: str, answer: Answer, finding: Finding, kind: str | None = None) -> None:
        path, seconds = self.sight.path(answer.url), round(answer.seconds, 3)
        check = Check(title, path, finding.came, finding.mark, kind, seconds, finding.settles)
        self.examination.checks.append(check)
        self.examination.advise(*finding.advice)

    def _note_failure(self, title: str, answer: Answer, reason: Reason) -> None:
        finding = Finding(reason.sentence, "bad")
        if reason.kind == "not_sent":
            is_spent = self._crawl.ended == "budget"
            why = "the requests are spent" if is_spent else "the portal refuses requests"
            finding = Finding(f"not asked for: {why}", "odd")
        self._note(title, answer, finding, reason.kind)

    def _named_sitemap(self) -> str | None:
        origin = self.sight.origin
        named = (urls.localize(url, base=origin, origin=origin) for url in self._crawl.sitemaps or ())
        return next(filter(None, named), None)

    # -- robots.txt and the home page ---------------------------------------------------------------------------------

    def _note_robots(self, response: Response, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt") and response.url.endswith("/robots.txt"):
            self._robots = response

    def _read_robots(self) -> None:
        """Note what robots.txt says; Scrapy asked for it before the first page."""
        tried, path = "robots.txt", "/robots.txt"
        if not DownloadConfig.read(self._ask.settings).obeys_robots:
            check = Check(tried, path, "not asked for: ROBOTSTXT_OBEY is off", "odd")
        elif self._robots is None:
            check = Check(tried, path, self._crawl.why.get("unreachable", "no answer"), "bad", "unreachable")
        elif self._robots.status >= 400:
            says = "there is none: nothing is forbidden"
            check = Check(tried, path, f"HTTP {self._robots.status}", "ok", settles={"robots and limits": says})
        else:
            check = self._rules(self._robots.text if hasattr(self._robots, "text") else self._robots.body.decode())
        self.examination.checks.insert(0, check)

    def _rules(self, text: str) -> Check:
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
        rules = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("disallow:")]
        rules = [rule for rule in rules if rule]
        delay = self._ask.crawler.stats.get_value("politeness/crawl_delay")
        shown = ", ".join(rules[:4] + ["…"] * (len(rules) > 4))
        says = f"{len(rules)} Disallow{f' ({shown})' if rules else ''}"
        says += f"; Crawl-delay {delay:g} s, kept" if delay else "; no Crawl-delay for us"
        forbidden = [check.url for check in self.examination.checks if check.kind == "robots"]
        if forbidden:
            self.examination.advise(
                f"robots.txt forbids {', '.join(forbidden[:4])}: ask the portal's people, and set WARTA_CONTACT "
                "so that they can answer."
            )
        mark: Mark = "bad" if forbidden else "ok"
        return Check("robots.txt", "/robots.txt", says, mark, settles={"robots and limits": says})

    async def _home(self) -> bool:
        """Read the menu; return False when the portal is at another address, and further questions are pointless."""
        answer = await self._get(urls.build(urls.Ref("home"), origin=self.sight.origin), follow=False)
        target = answer.location
        if target is not None and not target.startswith(self.sight.origin + "/"):
            there = "/".join(target.split("/")[:3])
            advice = f"The portal answers from {there}: if that is right, run with -s WARTA_URL={there}"
            self._note("home page", answer, Finding(f"HTTP {answer.status} → {target}", "bad", advice=(advice,)))
            return False
        if target is not None:
            answer = await self._get(target)
        if answer.failure is not None:
            self._note_failure("home page", answer, answer.failure)
        else:
            self._read("home page", answer, read_home)
        return True

    # -- the article --------------------------------------------------------------------------------------------------

    def _describe_article(self) -> None:
        """Show the first article field by field, and say what to do about what none of them had."""
        if not self.sight.specimens:
            return
        extraction, found = self.sight.specimens[0].extraction, self.examination
        article = extraction.article
        layers, record = article.metadata["field_sources"], article.record()
        found.article, found.layout = article.url, self.sight.layout
        found.fields = [Field(name, brief(record[name]), layers.get(name)) for name in PAGE_FIELDS]
        found.messages = [
            *article.metadata["validation_messages"],
            *(f"{name}: the layers disagree" for name in extraction.disagreements),
        ]
        missing, unusual = self.sight.lacks(VITAL), self.sight.lacks(USUAL)
        if missing:
            found.advise(
                f"{', '.join(missing)} could not be read: `scrapy save-case {article.url}`, then follow "
                "“The site changed its template” in CONTRIBUTING.md."
            )
        if found.layout is None:
            found.advise("No template is known: add one with its marker to site/layouts.py (see CONTRIBUTING.md).")
        elif layers.get("article_body") == "generic":
            found.advise("The text came from the generic layer: correct the selector in site/layouts.py.")
        if extraction.pager:
            number = len(extraction.pager)
            found.advise(f"?page=all left {counted(number, 'page')} to fetch: articles cost a request for each page.")
        if unusual:
            found.advise(f"Look at the article in a browser: is there really no {', '.join(unusual)}?")

    # -- the verdict --------------------------------------------------------------------------------------------------

    def _judge(self) -> tuple[Word, str]:
        checks, sight = self.examination.checks, self.sight
        pages = [check for check in checks if check.tried != "robots.txt" and check.kind != "not_sent"]
        failed = [check for check in pages if check.kind]
        if len(failed) == len(pages) or (len(pages) == 1 and pages[0].mark == "bad"):
            return self._judge_silence(failed)
        missing = sight.lacks(VITAL)
        bad = [check.tried for check in checks if check.mark == "bad"]
        odd = sum(check.mark == "odd" for check in checks)
        rules: tuple[tuple[bool, Word, str], ...] = (
            (not sight.has_cards, "drift", "pages come, but no list shows an article"),
            (bool(missing), "drift", f"articles come, but without {', '.join(missing)}"),
            (sight.menu_is_empty, "drift", "the home page comes, but its menu names no section"),
            (bool(sight.specimens) and not sight.layout, "drift", "the article was read, but by no known template"),
            (bool(bad), "partial", f"most of it works; look at {', '.join(bad)}"),
            (not sight.specimens, "partial", "lists work, but no article was found to look at"),
        )
        for applies, word, why in rules:
            if applies:
                return word, why
        look = f" ({odd} marked ? are worth a look)" if odd else ""
        return "ok", f"nothing is broken{look}: `scrapy crawl warta -a limit=50` is the next step"

    def _judge_silence(self, failed: list[Check]) -> tuple[Word, str]:
        origin, last = self.sight.origin, self.examination.checks[-1].came
        turned_away = [check for check in failed if check.kind in REFUSALS]
        if turned_away and len(turned_away) * 2 >= len(failed):
            if turned_away[0].kind == "blocked":
                self.examination.advise(
                    "The portal refuses requests: set WARTA_CONTACT, raise DOWNLOAD_DELAY, ask its people."
                )
            why = self._crawl.why.get("blocked", turned_away[0].came)
            return "blocked", f"{origin} refuses every page ({why})"
        if not self.examination.advice:
            self.examination.advise("Check the network and WARTA_URL; `make demo` shows that the crawler itself works.")
        return "unreachable", f"no page of {origin} could be fetched ({failed[0].came if failed else last})"
