"""Spiders that ask public web archives: what is sent to them, and how an article is put together from captures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import Request

from wartacrawl.archives.source import Answer, UnfitError, is_excluded
from wartacrawl.middlewares.politeness import ARCHIVE
from wartacrawl.page import Page
from wartacrawl.reading.budget import PageTooSlowError
from wartacrawl.site import urls
from wartacrawl.spiders.base import PortalSpider
from wartacrawl.spiders.failures import reason_of, request_of
from wartacrawl.spiders.recovery import Recovery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from wartacrawl.archives.captures import Capture
    from wartacrawl.archives.source import Ask, Source
    from wartacrawl.reading.extract import Extraction
    from wartacrawl.spiders.base import Batch
    from wartacrawl.storage.captures import CapturedArticle
    from wartacrawl.storage.keeper import Keeper

# What an archive answers when it refuses us.
REFUSALS = frozenset({401, 403})


class CaptureSpider(PortalSpider):
    """A crawl of web archives, by name in `sources`; `keeper` keeps the records that it fetches."""

    sources: dict[str, Source]
    keeper: Keeper

    def ask(self, ask: Ask, callback: Callable[..., Any], errback: Callable[..., Any], **values: Any) -> Request:
        """Return what an archive is asked as a request, at its own pace; `values` are passed to both callbacks."""
        return Request(
            ask.url,
            callback,
            headers=dict(ask.headers),
            errback=errback,
            cb_kwargs=values,
            dont_filter=True,
            meta={
                ARCHIVE: ask.pause,
                "handle_httpstatus_list": list(ask.accepts),
                "dont_redirect": not ask.follows,
                "download_slot": ask.slot,
                "download_maxsize": ask.max_bytes,
                "download_warnsize": 0,
                # These are interfaces made for programs, with limits of their own: see docs/archives.md.
                "dont_obey_robotstxt": True,
            },
        )

    def fetch(self, missing: Sequence[CapturedArticle]) -> Iterator[Batch]:
        """Ask for articles that are missing, as many as `limit` allows.

        One after the other, so that a kill costs the pages of one article, and a refusal no more than one request.
        """
        limit = self.crawl.remaining
        self.count("article/asked", len(missing) if limit is None else min(len(missing), limit))
        for article in missing:
            if self.crawl.is_spent:
                return
            self.crawl.give_back(-1)
            captures = self.ledger.captures_of(article.identifier)
            yield list(self._try_next(Recovery.of(article.identifier, captures, self.sources.keys())))

    def _try_next(self, recovery: Recovery) -> Iterator[Request]:
        """Ask for the next capture of an article's first page, or say that none is left."""
        start = recovery.next_start()
        if start is not None:
            yield self._ask_capture(recovery, start)
            return
        self.crawl.give_back()
        self.count(f"article/failed/{recovery.put_off}" if recovery.put_off else "article/unfit")
        self.logger.warning("Article %d has no other capture in these archives", recovery.identifier)

    def _ask_capture(self, recovery: Recovery, capture: Capture) -> Request:
        ask = self.sources[capture.source].ask_record(capture)
        return self.ask(ask, self.read_record, self.record_failed, recovery=recovery, capture=capture)

    def read_record(self, response: Response, recovery: Recovery, capture: Capture) -> Iterator[Request]:
        """Take the record of a capture, and keep all of the article's when they make a whole one."""
        from wartacrawl.reading.extract import next_page  # loaded for the first article

        answer = answer_of(response)
        if answer.status in REFUSALS and not is_excluded(answer):
            self._put_off(recovery, f"{answer.url} answers HTTP {answer.status}", "blocked")
            yield from self._try_next(recovery)
            return
        self.count("page/archive")
        try:
            record = self.sources[capture.source].read_record(capture, answer)
            recovery.parts.append(self._read(record, capture))
            recovery.taken.append((capture, record))
            wanted = next_page(recovery.parts)
            further = self._next_capture(recovery, wanted) if wanted is not None else None
        except UnfitError as error:
            self._leave_out_capture(capture, str(error))
            yield from self._try_next(recovery)
            return
        if further is not None:
            yield self._ask_capture(recovery, further)
            return
        self.keeper.keep(recovery.taken)
        self.count("captures/fetched", len(recovery.taken))
        self.count("article/fetched")
        day = recovery.parts[0].article.day
        if not self.arguments.covers(day):
            self.crawl.give_back()  # kept all the same: it is not to be fetched twice

    def _read(self, record: bytes, capture: Capture) -> Extraction:
        """Read the page in a record; raise `UnfitError` where it is not the article."""
        from wartacrawl.storage import warc_reading  # its packages are an extra

        local = urls.localize(capture.url, base=urls.ORIGIN, origin=self.origin)
        try:
            document = warc_reading.read_response(record)
            page = Page.from_bytes(
                urls.ORIGIN + (local or "").removeprefix(self.origin),
                document.body,
                fetched_at=capture.moment,
                via=capture.source,
                content_type=document.content_type,
                origin=self.origin,
            )
            extraction = self.reader.article(page)
        except (OSError, ValueError, PageTooSlowError) as error:
            raise UnfitError(f"its page cannot be read ({error})") from error
        if extraction.doubt is not None:
            raise UnfitError(f"not the article: {extraction.doubt}")
        return extraction

    def _next_capture(self, recovery: Recovery, url: str) -> Capture:
        """Return a capture of the further page that an article goes on at; raise `UnfitError` without any."""
        ref = urls.parse(url, origin=self.origin)
        capture = recovery.next_page(ref.page) if ref is not None and isinstance(ref.page, int) else None
        if capture is None:
            raise UnfitError(f"it goes on at {url}, of which there is no capture")
        return capture

    def _leave_out_capture(self, capture: Capture, why: str) -> None:
        """Remember that a capture cannot be used."""
        self.count("captures/unfit")
        self.logger.warning("Left out: %s of %s in %s: %s", capture.url, capture.timestamp, capture.source, why)
        self.ledger.settle_captures([capture], "unfit", why)

    def record_failed(self, failure: Failure, /) -> Iterator[Request]:
        """Try another capture of the article; the one that failed is asked for again by the next crawl."""
        request, reason = request_of(failure), reason_of(failure)
        recovery, capture = request.cb_kwargs["recovery"], request.cb_kwargs["capture"]
        if reason.kind == "not_sent":
            self.crawl.give_back()
            return
        if reason.is_not_there:
            self._leave_out_capture(capture, f"its file {request.url} is gone ({reason.sentence})")
        else:
            self._put_off(recovery, f"{request.url}: {reason.sentence}", reason.kind)
        yield from self._try_next(recovery)

    def _put_off(self, recovery: Recovery, why: str, kind: str) -> None:
        """Leave a capture to the next crawl."""
        recovery.put_off = kind
        self.logger.warning("Could not be fetched: %s", why)

    def closed(self, reason: str) -> None:
        """Close the archive file; Scrapy calls this before the outcome is judged."""
        super().closed(reason)
        if "keeper" in vars(self):
            self.crawl.with_store(self.keeper.close)


def answer_of(response: Response) -> Answer:
    """Return a response as the archives room reads it."""
    headers = {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    return Answer(response.url, response.status, headers, response.body)
