"""A small stand-in for the Wayback Machine on loopback: its CDX server's dialect, and captures as they were taken."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, unquote, unquote_plus, urlsplit

from warcio.archiveiterator import ArchiveIterator

from tests.archives.captures import Capture, Line, index, write
from tests.archives.host import Answer, Host

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
BLOCKED = (
    b"org.archive.util.io.RuntimeIOException: "
    b"org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error\n"
)
_NAMES = {"original": "url", "mimetype": "mime", "statuscode": "status", "digest": "digest", "length": "length"}


class Wayback(Host):
    """The archive for the length of a `with` block; its captures are kept in `folder`."""

    def __init__(self, folder: Path, captures: Iterable[Capture], most_lines: int = 150_000) -> None:
        super().__init__(self._respond)
        self._folder = folder
        self._most_lines = most_lines
        self._excluded: re.Pattern[str] | None = None
        write(folder, captures)
        self.lines = index(folder)

    @property
    def settings(self) -> dict[str, object]:
        """The settings that lead a crawl here."""
        return {"ARSIP_WAYBACK_URL": self.url}

    def exclude(self, pattern: str) -> None:
        """Refuse addresses that match, as the archive does when a site asks for it."""
        self._excluded = re.compile(pattern)

    def _respond(self, target: str, headers: Mapping[str, str]) -> Answer:  # noqa: ARG002
        if found := re.fullmatch(r"/web/(\d{1,14})id_/(.+)", target):
            return self._replay(found[1], unquote(found[2]))
        parts = urlsplit(target)
        if parts.path != "/cdx/search/cdx":
            return Answer(404, b"no such page")
        return self._search({name: values[-1] for name, values in parse_qs(parts.query).items()}, parts.query)

    # -- the CDX server ------------------------------------------------------------------------------------------------

    def _search(self, query: dict[str, str], raw: str) -> Answer:
        if self._excluded and self._excluded.search(query.get("url", "")):
            return Answer(403, BLOCKED, {"Content-Type": "text/plain"})
        try:
            rows = self._rows(query, parse_qs(raw).get("filter", []), parse_qs(raw).get("collapse", []))
        except (KeyError, ValueError, re.error) as error:
            return Answer(400, f"Bad request: {error}".encode(), {"Content-Type": "text/plain"})
        most = min(int(query.get("limit", self._most_lines)), self._most_lines)
        key = None
        if len(rows) > most and query.get("showResumeKey") == "true":
            # The key of the line that comes next.
            key = quote_plus(f"{rows[most]['urlkey']} {rows[most]['timestamp']}")
        fields = query.get("fl", ",".join(FIELDS)).split(",")
        return _table([[row[name] for name in fields] for row in rows[:most]], fields, key, query.get("output"))

    def _rows(self, query: dict[str, str], filters: list[str], collapse: list[str]) -> list[dict[str, str]]:
        fits = _matcher(query["url"], query.get("matchType"))
        first, last = query.get("from", "").ljust(14, "0"), query.get("to", "").ljust(14, "9")
        resumed = tuple(unquote_plus(query["resumeKey"]).rsplit(" ", 1)) if "resumeKey" in query else ("", "")
        rows = []
        for line in self.lines:
            is_in_range = first <= line.timestamp <= last and (line.key, line.timestamp) >= resumed
            if is_in_range and fits(line.key):
                rows.append(_row(line))
        rows = [row for row in rows if all(_passes(row, condition) for condition in filters)]
        for field in collapse:
            rows = _collapsed(rows, *field.split(":"))
        return rows

    # -- captures ------------------------------------------------------------------------------------------------------

    def _replay(self, timestamp: str, url: str) -> Answer:
        if self._excluded and self._excluded.search(url):
            kept = {"X-Archive-Wayback-Runtime-Error": "AdministrativeAccessControlException: Blocked Site Error"}
            return Answer(403, b"This URL has been excluded from the Wayback Machine.", kept)
        known = [line for line in self.lines if _plain(line.where["url"]) == _plain(url)]
        if not known:
            return Answer(404, b"The Wayback Machine has not archived that URL.")
        nearest = min(known, key=lambda line: abs(int(line.timestamp) - int(timestamp.ljust(14, "0"))))
        if nearest.timestamp != timestamp:
            return Answer(302, b"", {"Location": f"{self.url}/web/{nearest.timestamp}id_/{nearest.where['url']}"})
        return self._capture(nearest)

    def _capture(self, line: Line) -> Answer:
        whole = line
        if line.where.get("mime") == "warc/revisit":
            same = [
                known
                for known in self.lines
                if known.where.get("digest") == line.where["digest"] and known.where.get("mime") != "warc/revisit"
            ]
            if not same:
                return Answer(404, b"The Wayback Machine has not archived that URL.")
            whole = same[0]
        with (self._folder / whole.where["filename"]).open("rb") as file:
            file.seek(int(whole.where["offset"]))
            record = next(iter(ArchiveIterator(file)))
            status, body = int(record.http_headers.get_statuscode()), record.content_stream().read()
            kept = {f"x-archive-orig-{name.lower()}": value for name, value in record.http_headers.headers}
            kind = record.http_headers.get_header("Content-Type") or "text/html"
        moment = datetime.strptime(line.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        memento = {"Content-Type": kind, "Memento-Datetime": f"{moment:%a, %d %b %Y %H:%M:%S} GMT"}
        return Answer(status, body, {**kept, **memento})


def _row(line: Line) -> dict[str, str]:
    row = {name: line.where.get(known, "-") for name, known in _NAMES.items()}
    if row["mimetype"] == "warc/revisit":
        row["statuscode"] = "-"
    row["digest"] = row["digest"].removeprefix("sha1:")
    return {"urlkey": line.key, "timestamp": line.timestamp, **row}


def _plain(url: str) -> str:
    """Return an address without what the archive does not tell apart: scheme, `www.` and the port 80."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{parts.path or '/'}?{parts.query}".lower()


def _matcher(url: str, match: str | None) -> Callable[[str], bool]:
    """Return what tells whether a key is among those a query asks for."""
    if url.startswith("*."):
        url, match = url[2:], "domain"
    elif url.endswith("*"):
        url, match = url[:-1], "prefix"
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = ",".join(reversed((parts.hostname or "").removeprefix("www.").split(".")))
    target = f"{host})" + ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).lower()
    matchers: dict[str, Callable[[str], bool]] = {
        "exact": lambda key: key == target,
        "prefix": lambda key: key.startswith(target),
        "host": lambda key: key.startswith(f"{host})"),
        "domain": lambda key: key.startswith((f"{host})", f"{host},")),
    }
    return matchers[match or "exact"]


def _passes(row: dict[str, str], condition: str) -> bool:
    """Return whether a row passes `[!]field:pattern` (the whole field)."""
    wanted = not condition.startswith("!")
    name, _, pattern = condition.lstrip("!").partition(":")
    return (re.fullmatch(pattern, row[name]) is not None) == wanted


def _collapsed(rows: list[dict[str, str]], name: str, length: str = "") -> list[dict[str, str]]:
    """Return the first of neighbours that agree in a field, or in its beginning."""
    kept: list[dict[str, str]] = []
    for row in rows:
        value = row[name][: int(length) if length else None]
        if not kept or kept[-1][name][: int(length) if length else None] != value:
            kept.append(row)
    return kept


def _table(rows: list[list[str]], fields: list[str], key: str | None, output: str | None) -> Answer:
    if output == "json":
        table = [fields, *rows, *([[], [key]] if key else [])] if rows else []
        return Answer(200, json.dumps(table).encode(), {"Content-Type": "application/json"})
    text = "".join(f"{' '.join(row)}\n" for row in rows) + (f"\n{key}\n" if key else "")
    return Answer(200, text.encode(), {"Content-Type": "text/plain"})
