"""ARCHIVE_ENABLED: every exchange of a crawl is kept as WARC, as it was on the wire.

The recorder listens where the downloader hands over an answer, before anything is unpacked, followed or thrown away:
robots.txt, redirects, refusals and answers that are tried again are kept as well. No request is ever answered from
here. `scrapy replay` reads what it wrote, and crawls do after a change of the layouts (see docs/archive.md).
"""

from __future__ import annotations

import logging
import platform
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import wartacrawl
from wartacrawl.component import Component
from wartacrawl.config import Config
from wartacrawl.storage import warc
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.warc_writing import Writer, mend

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

logger = logging.getLogger(__name__)


class Recorder(Component):
    """Write every exchange of a crawl to its own files in `OUTPUT_DIR/archive/`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._config = Config.of(crawler.settings)
        self._writer: Writer | None = None

    def spider_opened(self, spider: Any) -> None:
        """Mend what a killed crawl left behind, and begin."""
        crawl = self._crawl
        if crawl.archives:
            return  # the records of the archives are kept instead
        folder = crawl.store.folder / warc.FOLDER
        info = {
            "software": f"wartacrawl/{wartacrawl.__version__} Python/{platform.python_version()}",
            "http-header-user-agent": self._config.politeness.user_agent,
            "robots": "obey" if self._config.download.obeys_robots else "ignore",
            "isPartOf": f"{spider.name} {crawl.run}",
            warc.PORTAL: crawl.origin,
            **({warc.JOB: crawl.job} if crawl.job else {}),
        }
        try:
            if cut := mend(folder):
                logger.info("Cut %d archive files back to their last whole record", cut)
            self._writer = Writer(folder, info=info, roll_bytes=self._config.archive.file_bytes)
        except OSError as error:
            self._fail(error)

    def response_downloaded(self, response: Response, request: Request) -> None:
        """Keep an answer, also one that is retried, redirected or refused."""
        if self._writer is None or request.url.startswith("data:"):
            return
        now = datetime.now(UTC)
        # The spider takes this for the time of the page, so that a replay dates it alike.
        request.meta["archived_at"] = now
        try:
            self._write(response, request, now)
        except OSError as error:
            self._fail(error)
            return
        self._stats.inc_value("archive/documents")

    def _write(self, response: Response, request: Request, now: datetime) -> None:
        assert self._writer is not None  # noqa: S101 - response_downloaded looked
        via = request.cb_kwargs.get("via")
        # What a browser showed has no bytes of its own; a refusal is recorded by its status.
        if "playwright" in response.flags and response.status == HTTPStatus.OK:
            self._writer.write_rendered(response.url, response.text, now, via=via)
            return
        self._writer.write(
            warc.Exchange(
                url=request.url,
                fetched_at=now,
                status=response.status,
                reason=_reason(response.status),
                headers=_headers(response.headers),
                body=response.body,
                method=request.method,
                request_headers=_headers(request.headers),
                request_body=request.body,
                protocol=response.protocol or "HTTP/1.1",
                ip_address=str(response.ip_address) if response.ip_address else None,
                via=via,
            )
        )

    def spider_closed(self) -> None:
        """Close the file."""
        try:
            if self._writer is not None:
                self._writer.close()
        except OSError as error:
            self._fail(error)
        finally:
            self._writer = None

    def _fail(self, error: OSError) -> None:
        self._writer = None
        fault = LedgerError(
            f"The archive {error.filename or warc.FOLDER} cannot be written ({error.strerror or error}): check whether "
            "the disk is full or the permissions of OUTPUT_DIR are wrong, then run again, or without an "
            "archive (ARCHIVE_ENABLED=0); every line and page written so far is kept."
        )
        self._crawl.end_by_fault(fault)


def _headers(headers: Headers) -> warc.Headers:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values]


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
