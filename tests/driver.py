"""Drives a spider in this process: its requests one after the other over real sockets, without an engine."""

import urllib.error
import urllib.request
from dataclasses import dataclass, field

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.http import HtmlResponse
from scrapy.settings import Settings
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.statscollectors import MemoryStatsCollector
from twisted.python.failure import Failure

from wartacrawl.config import MonitorsConfig
from wartacrawl.crawl import Crawl
from wartacrawl.pipelines import Classify, Export, Validate
from wartacrawl.reporting import monitors
from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.monitors import Case
from wartacrawl.reporting.outcome import judge


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass
class Driven:
    """A crawl that was driven to its end: what was asked for, what came of it, and how it ended."""

    crawl: Crawl
    stats: dict
    asked: list[str] = field(default_factory=list)
    items: list = field(default_factory=list)

    @property
    def outcome(self):
        drift = monitors.drift(monitors.judge(Case(Figures(self.stats), Figures({}), MonitorsConfig.read())))
        if drift:
            self.crawl.why.setdefault("drift", "; ".join(drift))
        return judge(self.stats, self.crawl.ended or "finished", self.crawl)


def drive(spider_class, portal, folder, settings=None, most=2_000, **arguments) -> Driven:
    """Run a spider against a replica; redirects are followed, at most five."""
    wired = Settings()
    wired.setmodule("wartacrawl.settings")
    wired.setdict({"WARTA_URL": portal.url, "OUTPUT_DIR": str(folder), **(settings or {})})
    crawler = Crawler(spider_class, wired)
    crawler.stats = MemoryStatsCollector(crawler)
    crawler.crawling = True
    crawler.spider = spider = crawler._create_spider(**arguments)
    crawl = Crawl.of(crawler)
    crawl.close = str
    crawl.sitemaps = ()
    driven = Driven(crawl, crawler.stats.get_stats())
    pipelines = [kind.from_crawler(crawler) for kind in (Validate, Classify, Export)]
    try:
        for batch in spider.plan():
            waiting = list(batch)
            while waiting and crawl.ended is None:
                assert len(driven.asked) < most, driven.asked[-20:]
                waiting.sort(key=lambda request: -request.priority)
                waiting += _results(waiting.pop(0), driven, pipelines)
            if crawl.ended is not None:
                break
    except CloseSpider:
        pass
    pipelines[-1].flush()
    spider.closed("finished")
    crawl.ledger.end_run(crawl.run, driven.outcome.word, {})
    crawl.store.close()
    return driven


def _results(request, driven, pipelines):
    driven.asked.append(request.url)
    try:
        results = request.callback(_fetch(request), **request.cb_kwargs)
    except HttpError as error:
        failure = Failure(error)
        failure.request = request
        results = request.errback(failure)
    further = []
    for result in results or ():
        if isinstance(result, Request):
            further.append(result)
            continue
        driven.items.append(result)
        _pass_on(result, pipelines)
    return further


def _pass_on(item, pipelines):
    try:
        for pipeline in pipelines:
            item = pipeline.process_item(item)
    except DropItem:
        pass


def _fetch(request):
    sent = request
    for _ in range(6):
        headers = {name.decode(): values[0].decode() for name, values in sent.headers.items()}
        try:
            answer = _OPENER.open(urllib.request.Request(sent.url, headers=headers), timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body, status = answer.read(), answer.status
        response = HtmlResponse(sent.url, status, dict(answer.headers.items()), body, request=sent)
        if status in {301, 302}:
            to = response.urljoin(answer.headers["Location"])
            sent = sent.replace(url=to, meta={**sent.meta, "redirect_urls": [request.url]})
            continue
        if status >= 400 and status not in request.meta.get("handle_httpstatus_list", ()):
            raise HttpError(response)
        return response
    raise AssertionError(f"{request.url} is redirected for ever")
