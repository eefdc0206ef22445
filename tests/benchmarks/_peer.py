"""A peer at work, in its own environment: this file imports nothing of ours.

`python _peer.py NAME extract TASKS RESULTS` reads `[{"url", "file"}]` and writes for each what the peer makes of it:
`text` (plain) or `html`, `headline`, `date`, `authors`, or `error`. Fields the peer has no notion of are absent.
`python _peer.py NAME crawl URLS` fetches the addresses in a file with the peer's own means and reads them the same way.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Reading = dict[str, Any]

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def stay_at_home(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse every connection that leaves this machine: peers look up pictures and lists of domains on the side."""
    host = None
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    if host is not None and host not in LOOPBACK:
        raise ConnectionRefusedError(f"{host} is not on this machine")


# -- the peers: each returns how it reads a page and how it fetches one ------------------------------------------------


def trafilatura(*, precise: bool = False) -> tuple[Callable[[str, str], Reading], Callable[[str], str]]:
    import trafilatura as peer
    import urllib3

    # Its own fetch_url refuses addresses of this machine; it uses urllib3, too.
    pool = urllib3.PoolManager()

    def read(html: str, url: str) -> Reading:
        found = peer.bare_extraction(html, url=url, with_metadata=True, include_comments=False, favor_precision=precise)
        if found is None:  # it keeps nothing of a page with little text
            return {"text": None, "headline": None, "date": None, "authors": []}
        authors = [name.strip() for name in (found.author or "").split(";") if name.strip()]
        return {"text": found.text, "headline": found.title, "date": found.date, "authors": authors}

    def fetch(url: str) -> str:
        return pool.request("GET", url, headers={"Accept-Encoding": "gzip, deflate"}).data.decode()

    return read, fetch


def newspaper4k() -> tuple[Callable[[str, str], Reading], Callable[[str], str]]:
    import newspaper as peer

    def article(url: str) -> Any:
        return peer.Article(url, language="id", fetch_images=False)

    def read(html: str, url: str) -> Reading:
        found = article(url)
        found.download(input_html=html)
        found.parse()
        date = found.publish_date.isoformat() if found.publish_date else None
        return {"text": found.text, "headline": found.title, "date": date, "authors": found.authors}

    def fetch(url: str) -> str:
        found = article(url)
        found.download()
        return found.html

    return read, fetch


def news_please() -> tuple[Callable[[str, str], Reading], Callable[[str], str]]:
    from newsplease import NewsPlease
    from newsplease.crawler.simple_crawler import SimpleCrawler

    def read(html: str, url: str) -> Reading:
        found = NewsPlease.from_html(html, url=url, fetch_images=False)
        date = found.date_publish.isoformat() if found.date_publish else None
        return {"text": found.maintext, "headline": found.title, "date": date, "authors": found.authors}

    return read, SimpleCrawler.fetch_url


def readability_lxml() -> tuple[Callable[[str, str], Reading], Callable[[str], str]]:
    from readability import Document

    def read(html: str, url: str) -> Reading:
        document = Document(html, url=url)
        return {"html": document.summary(html_partial=True), "headline": document.short_title()}

    def fetch(url: str) -> str:
        raise NotImplementedError(f"readability-lxml fetches nothing: {url}")

    return read, fetch


def script() -> tuple[Callable[[str, str], Reading], Callable[[str], str]]:
    import requests
    from bs4 import BeautifulSoup

    session = requests.Session()

    def read(html: str, url: str) -> Reading:
        soup = BeautifulSoup(html, "lxml")
        paragraphs = [p.get_text(" ", strip=True) for p in soup.select("div.articlePostContent p")]
        headline, date = soup.select_one("article h1"), soup.select_one("time[datetime]")
        byline = soup.select_one("div.articlePostAuthor > p")
        return {
            "url": url,
            "text": "\n".join(text for text in paragraphs if text and not text.startswith("Baca Juga")),
            "headline": headline and headline.get_text(strip=True),
            "date": date and date["datetime"],
            "authors": byline.get_text("\n", strip=True).splitlines() if byline else [],
            "keywords": [tag.get_text(strip=True) for tag in soup.select("a[rel=tag]")],
        }

    def fetch(url: str) -> str:
        answer = session.get(url, timeout=30)
        answer.raise_for_status()
        return answer.text

    return read, fetch


PEERS = {
    "trafilatura": trafilatura,
    "trafilatura-precise": lambda: trafilatura(precise=True),
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "readability-lxml": readability_lxml,
    "script": script,
}


# -- the two tasks -----------------------------------------------------------------------------------------------------


def extract(name: str, tasks: Path, results: Path) -> None:
    read, _ = PEERS[name]()
    readings = []
    for task in json.loads(tasks.read_text(encoding="utf-8")):
        try:
            readings.append(read(Path(task["file"]).read_bytes().decode(), task["url"]))
        except Exception as error:  # noqa: BLE001 - a page a peer breaks on is a page without text, and is told
            readings.append({"error": f"{type(error).__name__}: {error}"})
    results.write_text(json.dumps(readings, ensure_ascii=False), encoding="utf-8")


def crawl(name: str, urls: Path) -> None:
    read, fetch = PEERS[name]()
    addresses = urls.read_text(encoding="utf-8").split()
    found = 0
    for url in addresses:
        reading = read(fetch(url), url)
        found += bool(reading["headline"] and reading["text"])
        sys.stdout.write(json.dumps(reading, ensure_ascii=False, default=str) + "\n")
    # Some pages are a video or a picture alone; more than a few without text would be no measurement.
    if found < 0.8 * len(addresses):
        sys.exit(f"{name} found headline and text on only {found} of {len(addresses)} pages")


if __name__ == "__main__":
    sys.addaudithook(stay_at_home)
    peer, task, *files = sys.argv[1:]
    {"extract": extract, "crawl": crawl}[task](peer, *map(Path, files))
