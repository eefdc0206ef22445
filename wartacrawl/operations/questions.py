"""What `scrapy doctor` asks the portal: a row a question, each with a function that reads the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from wartacrawl.operations.examination import USUAL, VITAL, Mark, Specimen
from wartacrawl.reading.extract import merge
from wartacrawl.reporting.number import counted
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Callable

    from wartacrawl.items import Article
    from wartacrawl.operations.cases import Source
    from wartacrawl.operations.probe import Answer
    from wartacrawl.page import Page
    from wartacrawl.reading.page_reader import PageReader
    from wartacrawl.site import feeds, listings, sections

# The oldest day of which the dated index was reported to be there (2026-11, one public crawl).
OLD_DAY = date(2025, 1, 5)
# A page number no list has.
ABSURD_PAGE = 999
_GONE = frozenset({404, 410})

# Where a page may state its date of publication for machines: name → XPath.
_CARRIERS = {
    "JSON-LD": "boolean(//script[contains(@type, 'ld+json') and contains(., 'datePublished')])",
    "JSON-LD @graph": "boolean(//script[contains(@type, 'ld+json') and contains(., '@graph')])",
    "meta article:published_time": "boolean(//meta[@property='article:published_time'])",
    "itemprop datePublished": "boolean(//*[@itemprop='datePublished'])",
    "time[datetime]": "boolean(//time[@datetime])",
}


@dataclass(slots=True)
class Sight:
    """What has been seen of the portal so far; later questions start from it."""

    origin: str
    reader: PageReader
    section: sections.Section | None = None
    # The articles of the section's first page, and whether it has a pager.
    first_page: list[str] = field(default_factory=list)
    is_paged: bool = False
    menu_is_empty: bool = False
    has_cards: bool = False
    # The first sitemap that robots.txt names.
    sitemap: str | None = None
    news_sitemap: str | None = None
    # Addresses of articles, the one to examine first.
    articles: list[str] = field(default_factory=list)
    specimens: list[Specimen] = field(default_factory=list)
    # Lists and feeds as they came, by the name of a file.
    lists: dict[str, Source] = field(default_factory=dict)

    def lacks(self, names: tuple[str, ...]) -> list[str]:
        """Return those of the named fields that none of the articles had."""
        lacking = [specimen.lacks(names) for specimen in self.specimens]
        return [name for name in names if lacking and all(name in missing for missing in lacking)]

    @property
    def layout(self) -> str | None:
        """The first layout that an article was recognised by."""
        layouts = (specimen.extraction.article.metadata.get("layout") for specimen in self.specimens)
        return next(filter(None, layouts), None)

    def path(self, url: str) -> str:
        """Return the path of an address on the portal."""
        return url.removeprefix(self.origin) or "/"


@dataclass(frozen=True, slots=True)
class Finding:
    """How an answer is read: in words, how good it is, the unknowns that it settles, and what to do."""

    came: str
    mark: Mark = "ok"
    settles: dict[str, str] = field(default_factory=dict)
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A request of the doctor.

    `url` is what to ask for, None where there is nothing to ask; `read` reads the answer, and notes in the `Sight` what
    later questions need. `accepts` are statuses beside 2xx and 3xx that are an answer, too. `unanswered` is what to do
    when there is none, though other pages came.
    """

    tried: str | Callable[[Sight], str]
    url: Callable[[Sight], str | None]
    read: Callable[[Sight, Answer], Finding]
    follow: bool = True
    accepts: frozenset[int] = frozenset()
    unanswered: str | None = None

    def title(self, sight: Sight) -> str:
        """Return what is tried, in words."""
        return self.tried if isinstance(self.tried, str) else self.tried(sight)


# -- the home page ----------------------------------------------------------------------------------------------------


def read_home(sight: Sight, answer: Answer) -> Finding:
    """Read the menu."""
    page = answer.page(sight.origin, "menu")
    sight.lists["home.html"] = answer.source(sight.origin)
    found = sight.reader.menu(page)
    sight.menu_is_empty = not found
    sight.section = next((section for section in found if section.id), found[0] if found else None)
    if not found:
        advice = "The menu names no section: look at the home page's <nav> and correct site/sections.py."
        return Finding("no section in the menu", "bad", advice=(advice,))
    listed = ", ".join(f"{section.slug}={section.id or sight.path(section.url)}" for section in found)
    return Finding(f"{counted(len(found), 'section')}{_validators(answer)}", settles={"section ids and paths": listed})


# -- lists ------------------------------------------------------------------------------------------------------------


def _read_list(sight: Sight, answer: Answer, file: str) -> tuple[listings.Listing, Finding | None]:
    """Return a list, and what is to be said where it shows articles or is a shell."""
    page = answer.page(sight.origin, file)
    sight.lists[file] = answer.source(sight.origin)
    listing = sight.reader.listing(page)
    cards = listing.cards
    if cards:
        sight.has_cards = True
        sight.articles += [card.url for card in cards]
        dated = sum(card.day is not None for card in cards)
        came = f"{counted(len(cards), 'article')} ({listing.form}), {dated} with a day"
        settles = {"items per list page": str(len(cards)), "pager": _pager(sight, listing)}
        return listing, Finding(came + _validators(answer), settles=settles)
    if listing.shell:
        advice = "Lists are filled by script: install wartacrawl[browser] and set RENDER_ENABLED=True."
        return listing, Finding("an empty shell that a script fills", "bad", advice=(advice,))
    return listing, None


def _read_index(sight: Sight, answer: Answer) -> Finding:
    advice = "Today's index is empty: normal just after midnight, else correct the selectors of site/listings.py."
    return _read_list(sight, answer, "indeks.html")[1] or Finding("no article in it", "odd", advice=(advice,))


def _read_section(sight: Sight, answer: Answer) -> Finding:
    listing, finding = _read_list(sight, answer, "section.html")
    sight.first_page = [card.id for card in listing.cards]
    sight.is_paged = listing.next_url is not None or listing.last_page is not None
    advice = "A list shows no article: correct the selectors of site/listings.py (--save keeps the page)."
    return finding or Finding("no article in it", "bad", advice=(advice,))


def _section_url(sight: Sight, page: int) -> str | None:
    return urls.with_page(sight.section.url, page) if sight.section is not None and sight.first_page else None


def _read_second_page(sight: Sight, answer: Answer) -> Finding:
    if answer.location is not None:
        advice = "?page=2 of a section leads elsewhere: its pager has another form, or the section is short."
        settles = {"pager": "?page=2 leads away"}
        return Finding(_leads(sight, answer), "odd", settles=settles, advice=(advice,))
    if answer.status in _GONE:
        if not sight.is_paged:
            return Finding(f"HTTP {answer.status}: page 1 has no pager", "odd")
        advice = "?page=2 of a section does not answer: look at its pager and correct urls.with_page."
        return Finding(f"HTTP {answer.status}", "bad", advice=(advice,))
    ids = _ids(sight, answer)
    new = [identifier for identifier in ids if identifier not in sight.first_page]
    if new:
        settles = {"pager": "?page=N works"}
        return Finding(f"{counted(len(ids), 'article')}, {len(new)} not on page 1", settles=settles)
    advice = "?page=2 of a section brings nothing new: its pager has another form, or the section is short."
    settles = {"pager": "?page=2 brings nothing new"}
    return Finding("nothing that is not on page 1", "odd", settles=settles, advice=(advice,))


def _read_absurd_page(sight: Sight, answer: Answer) -> Finding:
    if answer.location is not None:
        return Finding(_leads(sight, answer), settles={"list end": f"a redirect (HTTP {answer.status})"})
    if answer.status in _GONE:
        return Finding(f"HTTP {answer.status}", settles={"list end": f"HTTP {answer.status}"})
    ids = _ids(sight, answer)
    if not ids:
        return Finding("no article in it", settles={"list end": "an empty list"})
    same = "page 1 again" if ids == sight.first_page else "a page again"
    return Finding(f"{counted(len(ids), 'article')}: {same}", settles={"list end": f"{same}, which ends the walk"})


def _read_old_index(sight: Sight, answer: Answer) -> Finding:
    ids = _ids(sight, answer)
    if ids:
        sight.lists[f"indeks-{OLD_DAY}.html"] = answer.source(sight.origin)
        return Finding(f"{counted(len(ids), 'article')}", settles={"index reach": f"{OLD_DAY} or further"})
    advice = f"The dated index lists nothing for {OLD_DAY}: try later days in `scrapy crawl indeks`."
    return Finding("no article in it", "odd", settles={"index reach": f"not to {OLD_DAY}"}, advice=(advice,))


def _ids(sight: Sight, answer: Answer) -> list[str]:
    page = answer.page(sight.origin, "list")
    return [card.id for card in sight.reader.listing(page).cards]


def _pager(sight: Sight, listing: listings.Listing) -> str:
    if listing.next_url is None and listing.last_page is None:
        return "none seen"
    parts = [f"next is {sight.path(listing.next_url)}"] if listing.next_url else []
    parts += [f"pages to {listing.last_page}"] if listing.last_page else []
    return ", ".join(parts)


def _leads(sight: Sight, answer: Answer) -> str:
    return f"HTTP {answer.status} → {sight.path(answer.location or '')}"


def _validators(answer: Answer) -> str:
    headers = answer.response.headers if answer.response is not None else {}
    names = [name for name in ("ETag", "Last-Modified") if name in headers]
    return f"; {' and '.join(names)}" if names else ""


# -- feeds ------------------------------------------------------------------------------------------------------------


def _read_rss(sight: Sight, answer: Answer) -> Finding:
    source = sight.lists["rss.xml"] = answer.source(sight.origin)
    return _read_feed(sight, answer, sight.reader.rss(source.body, source.fetched_at), "RSS")


def _read_sitemap(sight: Sight, answer: Answer) -> Finding:
    source = sight.lists["sitemap.xml"] = answer.source(sight.origin)
    sitemap = sight.reader.sitemap(source.body, source.fetched_at)
    if sitemap.kind == "urlset":
        return _read_feed(sight, answer, sitemap.entries, "sitemap")
    news = [child for child in sitemap.children if child.kind == "news"]
    came = f"an index of {len(sitemap.children)}, {len(news)} of news"
    if not news:
        advice = "No child of the sitemap is known as news: correct the name pattern in site/feeds.py."
        return Finding(came, "bad", advice=(advice,))
    sight.news_sitemap = news[0].url
    return Finding(came)


def _read_news_sitemap(sight: Sight, answer: Answer) -> Finding:
    source = sight.lists["sitemap-news.xml"] = answer.source(sight.origin)
    entries = sight.reader.sitemap(source.body, source.fetched_at).entries
    return _read_feed(sight, answer, entries, "sitemap")


def _read_feed(sight: Sight, answer: Answer, entries: tuple[feeds.Entry, ...], name: str) -> Finding:
    if not entries:
        advice = f"The {name} lists no article: correct site/feeds.py (--save keeps the feed)."
        return Finding("no article in it", "bad", advice=(advice,))
    dated = sum(entry.published is not None for entry in entries)
    sight.articles += [entry.url for entry in entries]
    came = f"{counted(len(entries), 'article')}, {dated} dated{_validators(answer)}"
    return Finding(came, settles={"feeds": f"{name} of {len(entries)}, {dated} dated"})


# -- articles ---------------------------------------------------------------------------------------------------------


def _first_article(sight: Sight) -> str | None:
    return None if sight.specimens or not sight.articles else _whole(sight, sight.articles[0])


def _second_article(sight: Sight) -> str | None:
    """Return another article where the first lacks something: one may lack what all others have."""
    if not sight.specimens or not (sight.lacks(VITAL + USUAL) or sight.layout is None):
        return None
    first = urls.identity(sight.articles[0], origin=sight.origin)
    others = (url for url in sight.articles if urls.identity(url, origin=sight.origin) != first)
    other = next(others, None)
    return None if other is None else _whole(sight, other)


def _whole(sight: Sight, url: str) -> str | None:
    ref = urls.parse(url, origin=sight.origin)
    if ref is None or ref.kind != "article":
        return None
    return urls.build(urls.Ref("article", id=ref.id, slug=ref.slug, page="all"), origin=sight.origin)


def _read_article(sight: Sight, answer: Answer) -> Finding:
    asked = urls.identity(answer.url, origin=sight.origin)
    landed = urls.parse(answer.response.url, origin=sight.origin) if answer.response is not None else None
    if landed is None or landed.id != asked:
        return Finding(f"redirected to {answer.response and answer.response.url}", "bad")
    page = answer.page(sight.origin, "doctor")
    specimen = Specimen(answer.source(sight.origin), page, merge([sight.reader.article(page)]))
    sight.specimens.append(specimen)
    article = specimen.extraction.article
    layers, layout = article.metadata["field_sources"], article.metadata.get("layout")
    missing = specimen.lacks(VITAL)
    came = f"{counted(article.word_count, 'word')}, layout {layout or 'unknown'}{_validators(answer)}"
    settles = {
        "date carrier": _carriers(page, layers.get("date_published")),
        "tag list": _tags(page, article, layers.get("keywords")),
        "caption markup": _caption(article, layers.get("main_image")),
    }
    # What one article lacks, another may have: bad is only what a second lacks, too.
    is_bad = len(sight.specimens) > 1 and bool(sight.lacks(VITAL))
    mark: Mark = "bad" if is_bad else "ok" if layout and not missing else "odd"
    return Finding(came + (f"; no {', '.join(missing)}" if missing else ""), mark, settles)


def _wrong_slug(sight: Sight) -> str | None:
    if not sight.specimens:
        return None
    identifier = sight.specimens[0].extraction.article.identifier
    return urls.build(urls.Ref("article", id=identifier, slug="x"), origin=sight.origin)


def _read_wrong_slug(sight: Sight, answer: Answer) -> Finding:
    if answer.location is not None:
        return Finding(_leads(sight, answer), settles={"wrong slugs": f"redirected by HTTP {answer.status}"})
    if answer.status in _GONE:
        advice = "A wrong slug answers 404: give `scrapy crawl artikel` whole URLs, bare ids do not work."
        return Finding(f"HTTP {answer.status}", "odd", settles={"wrong slugs": "not served"}, advice=(advice,))
    return Finding("the article", settles={"wrong slugs": "served; a bare id is enough"})


def _carriers(page: Page, layer: str | None) -> str:
    found = [name for name, path in _CARRIERS.items() if page.tree.xpath(path)]
    if "JSON-LD" not in found and "JSON-LD @graph" in found:
        found.remove("JSON-LD @graph")
    return f"{', '.join(found) or 'visible text alone'} (used: {layer or 'none'})"


def _tags(page: Page, article: Article, layer: str | None) -> str:
    refs = (urls.parse(urls.canonical(link, base=page.url) or "") for link in page.tree.xpath("//a/@href"))
    linked = sum(ref is not None and ref.kind == "tag" for ref in refs)
    return (
        f"{counted(len(article.keywords), 'keyword')} (layer {layer or 'none'}), {counted(linked, 'link')} to tag pages"
    )


def _caption(article: Article, layer: str | None) -> str:
    image = article.main_image
    if image is None:
        return "no main image"
    parts = [name for name in ("caption", "credit_text") if image[name]]
    return f"{' and '.join(parts) or 'neither caption nor credit'} (layer {layer or 'none'})"


# -- the table --------------------------------------------------------------------------------------------------------


def _at(ref: urls.Ref) -> Callable[[Sight], str | None]:
    return lambda sight: urls.build(ref, origin=sight.origin)


_WITHOUT = "{0} does not answer: it can be left out with -a via={1}."

# The most important first: what does not fit into the budget is not asked for.
QUESTIONS = (
    Question("index, today", _at(urls.Ref("index")), _read_index),
    Question(
        lambda sight: f"section {sight.section.name}" if sight.section else "section",
        lambda sight: sight.section.url if sight.section else None,
        _read_section,
    ),
    Question("article, ?page=all", _first_article, _read_article),
    Question("RSS", _at(urls.Ref("rss")), _read_rss, unanswered=_WITHOUT.format("RSS", "sections,indeks,sitemap")),
    Question(
        "sitemap",
        lambda sight: sight.sitemap or urls.build(urls.Ref("sitemap"), origin=sight.origin),
        _read_sitemap,
        unanswered=_WITHOUT.format("The sitemap", "sections,indeks,rss"),
    ),
    Question("news sitemap", lambda sight: sight.news_sitemap, _read_news_sitemap),
    # Where neither index nor section lists one, a feed may.
    Question("article, ?page=all", _first_article, _read_article),
    Question("second article", _second_article, _read_article),
    Question("section, page 2", lambda sight: _section_url(sight, 2), _read_second_page, follow=False, accepts=_GONE),
    Question(
        f"section, page {ABSURD_PAGE}",
        lambda sight: _section_url(sight, ABSURD_PAGE),
        _read_absurd_page,
        follow=False,
        accepts=_GONE,
    ),
    Question(f"index of {OLD_DAY}", _at(urls.Ref("index", day=OLD_DAY)), _read_old_index),
    Question("article, wrong slug", _wrong_slug, _read_wrong_slug, follow=False, accepts=_GONE),
)
