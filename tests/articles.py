"""Articles and output folders for the tests of what is written."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from wartacrawl import items
from wartacrawl.items import Article
from wartacrawl.storage.store import Store

ROOT = Path(__file__).parents[1]
NOON = datetime.fromisoformat("2026-07-12T12:00:00+07:00")
SENTENCES = (
    "Harga tandan buah segar di Riau naik dua persen pekan ini.",
    "Pedagang di Pasar Induk Kramat Jati menahan stok cabai.",
    "Bank sentral menahan suku bunga acuan untuk bulan ketiga.",
    "Petani plasma di Jambi menunggu pupuk bersubsidi datang.",
    "Indeks ditutup menguat setelah sesi siang yang sepi.",
    "Kementerian menyiapkan aturan baru tentang ekspor nikel.",
    "Rupiah bergerak tipis terhadap dolar Amerika Serikat.",
    "Pelabuhan Belawan menambah dua derek peti kemas.",
)


def body(number: int) -> str:
    """Return a text that resembles no other number's."""
    return "\n\n".join(
        f"{SENTENCES[(number + step) % len(SENTENCES)]} Catatan {number * 31 + step} nomor {number**2 + step * 7}."
        for step in range(6)
    )


def article(number: int = 583116, *, published: datetime | None = NOON, **changes) -> Article:
    made = Article(
        **{
            "identifier": str(number),
            "url": f"https://wartaekonomi.co.id/read{number}/berita-{number}",
            "headline": f"Berita {number}",
            "article_body": body(number),
            "date_published": published.isoformat() if published else None,
            "metadata": {
                "date_downloaded": "2026-07-12T06:00:00+00:00",
                "discovered_via": "section:kabar-sawit",
                "content_hash": "0" * 64,
                "field_sources": {"headline": "layout"},
                "layout": "current",
                "validation_messages": [],
                "changed_fields": [],
                "schema_version": items.SCHEMA_VERSION,
                "job": None,
            },
            **changes,
        }
    )
    made.word_count = len((made.article_body or "").split())
    made.metadata["content_hash"] = made.signature()
    return made


def articles(numbers, *, days: int = 1) -> list[Article]:
    """Articles spread over so many days."""
    return [article(number, published=NOON - timedelta(days=number % days)) for number in numbers]


def lines(folder: Path) -> list[dict[str, object]]:
    """Every exported line; fails on a torn one."""
    files = sorted((folder / "articles").glob("**/*.jsonl"))
    found = [line for file in files for line in file.read_bytes().splitlines(keepends=True)]
    assert all(line.endswith(b"\n") for line in found)
    return [json.loads(line) for line in found]


def keys(folder: Path) -> list[tuple[int, int]]:
    return sorted((int(line["identifier"]), line["version"]) for line in lines(folder))


def open_store(folder: Path) -> tuple[Store, int]:
    """Return a store with a run begun, as a crawl opens it."""
    store = Store.open(folder)
    return store, store.ledger.begin_run("warta", {})


def python(code: str, *arguments: object, **options) -> subprocess.Popen:
    """Start Python code that finds these helpers under `tests.articles`."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
