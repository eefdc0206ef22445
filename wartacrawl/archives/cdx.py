"""CDX servers: the Wayback Machine's, which goes on by a resume key, and pywb's, with or without numbered pages.

Both give a capture by its address and moment (`…/20240220000000id_/URL`), as it was taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from wartacrawl.archives import captures, commoncrawl, records
from wartacrawl.archives.source import ArchiveError, Ask, Listing, UnfitError, is_excluded
from wartacrawl.site import urls

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from wartacrawl.archives.captures import Capture
    from wartacrawl.archives.source import Answer

WAYBACK = "wayback"
# Captures on a page of a listing that goes on by a resume key.
_LINES = 10_000
_FIELDS = "timestamp,original,mimetype,statuscode,digest"
# Pages of one listing; at the sizes asked for a newspaper fills some hundred.
_PAGES_LIMIT = 100_000
# Seconds between two requests: the Wayback Machine allows 30 listings a minute, and 600 captures.
LIST_PAUSE = 2.0
RECORD_PAUSE = 0.6


class CdxServer:
    """A CDX server at an address such as https://archive.example/all/cdx; `data_url` is where Common Crawl's files are.

    Pages of its listing are named `how|prefix|where`: `ask` finds out how the server goes on, `page` has a number,
    `resume` a key.
    """

    grows = True

    def __init__(self, name: str, address: str, *, data_url: str, origin: str) -> None:
        self.name = name
        self._address = address
        self._data_url = data_url
        self._origin = origin
        self._host = urlsplit(address).netloc
        for ending, there in (("/cdx/search/cdx", "/web"), ("/cdx", "")):
            if address.endswith(ending):
                self._captures = address.removesuffix(ending) + there
                break
        else:
            self._captures = address

    @property
    def _has_files(self) -> bool:
        """True for the query server of Common Crawl, whose records are only in its files."""
        return self._address.endswith("-index")

    def first_pages(self) -> Sequence[str]:
        """Return a page for each beginning that addresses of articles have."""
        how = "resume" if self.name == WAYBACK else "ask"
        return [f"{how}|{prefix}|" for prefix in urls.article_prefixes(self._origin)]

    def read_page(self, page: str) -> Generator[Ask, Answer, Listing]:
        """Ask for one page and read it, whichever way this server answers."""
        how, prefix, where = page.split("|", 2)
        query = {"url": prefix, "matchType": "prefix", "output": "json"}
        if how == "ask":
            query |= {"showNumPages": "true", "pageSize": "1"}
        elif how == "page":
            query |= {"page": where, "pageSize": "1"}
        else:
            query |= {"fl": _FIELDS, "filter": "statuscode:(200|-)", "limit": str(_LINES), "showResumeKey": "true"}
        # A resume key comes as it is to be sent.
        resume = f"&resumeKey={where}" if how == "resume" and where else ""
        url = f"{self._address}?{urlencode(query)}{resume}"
        answer = yield Ask(url, f"{self._host}-list", accepts=(400, 403, 404, 451), pause=LIST_PAUSE)
        if is_excluded(answer):
            return Listing(
                problems=[f"{self._host} leaves out {prefix}…: its owner asked for that (HTTP {answer.status})"]
            )
        if answer.status == 404 and b"No Captures found" in answer.body:
            return Listing()
        if answer.status != 200:
            raise ArchiveError(f"{url} answers HTTP {answer.status}: give the address of a CDX server.")
        try:
            return self._read(answer, prefix, how)
        except (ValueError, LookupError, TypeError, RecursionError):
            raise ArchiveError(
                f"{url} does not answer as a CDX server does: correct the address of the archive."
            ) from None

    def _read(self, answer: Answer, prefix: str, how: str) -> Listing:
        text = answer.body.decode("utf-8").strip()
        if how == "ask" and text.isdecimal():
            return Listing(further=[f"resume|{prefix}|"])
        if text.startswith("["):
            return self._read_table(json.loads(text), prefix, answer.url)
        lines = text.splitlines()
        first = json.loads(lines[0]) if lines else {}
        if how == "ask" and "pages" in first:
            return Listing(
                further=[f"page|{prefix}|{page:06}" for page in range(min(int(first["pages"]), _PAGES_LIMIT))]
            )
        if lines and "timestamp" not in first:
            raise ValueError("no fields")
        return self._take(map(_read_line, lines), answer.url)

    def _read_table(self, rows: list[list[str]], prefix: str, url: str) -> Listing:
        """Read the Wayback Machine's form: a row of names, rows of captures, and an empty row before a resume key."""
        further: list[str] = []
        if len(rows) >= 2 and rows[-2] == []:
            key = str(rows[-1][0])
            if not key or len(key) > 10_000:
                raise ValueError("no resume key")
            further = [f"resume|{prefix}|{key}"]
            rows = rows[:-2]
        names = rows[0] if rows else []
        if rows and "timestamp" not in names:
            raise ValueError("no names of fields")
        listing = self._take((dict(zip(names, row, strict=False)) for row in rows[1:]), url)
        listing.further = further
        return listing

    def _take(self, rows: Any, url: str) -> Listing:
        listing, garbled = Listing(), 0
        for row in rows:
            try:
                capture = captures.article_capture(row, self.name, self._origin, in_files=self._has_files)
            except (ValueError, TypeError):
                garbled += 1
                continue
            if capture is not None:
                listing.captures.append(capture)
        if garbled:
            listing.problems.append(f"{url}: {garbled:,} garbled lines are left out")
        return listing

    # -- records ------------------------------------------------------------------------------------------------------

    def ask_record(self, capture: Capture) -> Ask:
        """Return the request for a capture as it was taken."""
        if self._has_files:
            return commoncrawl.ask_range(self._data_url, capture)
        url = f"{self._captures}/{capture.timestamp}id_/{capture.url}"
        return Ask(
            url, self._host, {"Accept-Encoding": "identity"}, records.RECORD_BYTES, (403, 404, 451), RECORD_PAUSE, False
        )

    def read_record(self, capture: Capture, answer: Answer) -> bytes:
        """Return an answer as a record; raise `UnfitError` where it is of another moment, or there is none."""
        if self._has_files:
            return commoncrawl.read_range_record(capture, answer)
        if is_excluded(answer):
            raise UnfitError("the archive leaves it out: its owner asked for that")
        if answer.status != 200:
            raise UnfitError(f"the archive answers HTTP {answer.status}")
        moment = records.read_date(answer.headers.get("memento-datetime", ""))
        if moment != capture.moment:
            raise UnfitError(f"the archive has it of another moment ({moment or 'which it does not say'})")
        return records.build(capture, answer)


def name_of(address: str) -> str:
    """Return the discovery source of articles from the CDX server at an address.

    >>> name_of("https://archive.example/all/cdx")
    'cdx:archive.example/all'
    """
    parts = urlsplit(address)
    return f"cdx:{parts.netloc}{parts.path.removesuffix('/cdx')}"


def _read_line(line: str) -> Mapping[str, Any]:
    """Return the fields of a line, {} for a garbled one."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
