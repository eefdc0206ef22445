"""WARC files with captures of the portal, as archives hold them, and their index as pywb's own tool makes it."""

import io
import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.archives.server import program
from wartacrawl.portal.newsroom import Newsroom
from wartacrawl.portal.pages import Look, Pages
from wartacrawl.site.urls import ORIGIN
from wartacrawl.storage.warc import Exchange
from wartacrawl.storage.warc_writing import Writer

HOSTS = (ORIGIN, "https://www.wartaekonomi.co.id", "http://wartaekonomi.co.id", "https://m.wartaekonomi.co.id")


@dataclass(frozen=True)
class Capture:
    """A page as an archive took it at a moment (aware). `truncated` is the reason in `WARC-Truncated`."""

    url: str
    taken: datetime
    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=UTF-8"
    truncated: str | None = None
    is_revisit: bool = False

    @property
    def timestamp(self) -> str:
        """Return the moment as archives write it, 14 digits in UTC."""
        return f"{self.taken.astimezone(UTC):%Y%m%d%H%M%S}"


@dataclass(frozen=True)
class Line:
    """A line of an index: `where` has url, mime, status, digest, length, offset and filename, all strings."""

    key: str
    timestamp: str
    where: dict[str, str]

    def __str__(self) -> str:
        return f"{self.key} {self.timestamp} {json.dumps(self.where)}"


def captures_of(newsroom: Newsroom, taken: datetime, hosts=HOSTS, **look) -> Iterator[Capture]:
    """Capture every page of every article, a second apart, by the hosts in turn; `look` is the replica's."""
    pages = Pages(newsroom, Look(**look))
    for number, story in enumerate(newsroom.stories):
        for page in range(1, story.pages + 1):
            target = story.path + (f"?page={page}" if page > 1 else "")
            yield Capture(hosts[number % len(hosts)] + target, taken, pages.answer(target).body)
            taken += timedelta(seconds=1)


def write(folder: Path, captures: Iterable[Capture]) -> list[Path]:
    """Write captures as WARC files by our own writer, and what it never writes (cut pages, revisits) by warcio."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(folder, info={"software": "an archive of the tests"})
    others = []
    for capture in captures:
        if capture.truncated or capture.is_revisit:
            others.append(capture)
            continue
        headers = [("Content-Type", capture.content_type)]
        writer.write(Exchange(capture.url, capture.taken, capture.status, "X", headers, capture.body, "GET", []))
    writer.close()
    if others:
        _write_others(folder / "others.warc.gz", others)
    return sorted(folder.glob("*.warc.gz"))


def _write_others(path: Path, captures: list[Capture]) -> None:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for capture in captures:
            date = f"{capture.taken.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            head = StatusAndHeaders(
                f"{capture.status} X", [("Content-Type", capture.content_type)], protocol="HTTP/1.1"
            )
            extra = {"WARC-Date": date, **({"WARC-Truncated": capture.truncated} if capture.truncated else {})}
            body = io.BytesIO(capture.body)
            record = writer.create_warc_record(
                capture.url, "response", body, len(capture.body), warc_headers_dict=extra, http_headers=head
            )
            if capture.is_revisit:
                writer.ensure_digest(record, block=False, payload=True)
                digest = record.rec_headers.get_header("WARC-Payload-Digest")
                record = writer.create_revisit_record(capture.url, digest, capture.url, date, http_headers=head)
                record.rec_headers.replace_header("WARC-Date", date)
            writer.write_record(record)


def index(root: Path) -> list[Line]:
    """Return the index of all WARC files under a folder, sorted, as cdxj-indexer makes it."""
    text = subprocess.run(
        [program("cdxj-indexer"), "--sort", "--dir-root", root, root],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    parted = (line.split(" ", 2) for line in text.splitlines())
    return [Line(key, timestamp, json.loads(where)) for key, timestamp, where in parted]
