import io
import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from tests.articles import NOON, article, articles, open_store
from tests.conftest import run
from wartacrawl import __version__
from wartacrawl.archives.captures import Capture
from wartacrawl.operations.status import status
from wartacrawl.operations.timetable import Timetable
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.store import Store
from wartacrawl.terminal.status import show

NOW = (NOON + timedelta(hours=3)).astimezone(UTC)
TIMETABLE = """
[settings]
OUTPUT_DIR = "{folder}"
[[job]]
spider = "warta"
cron = "5 * * * *"
[[job]]
spider = "indeks"
cron = "30 2 * * *"
"""


@pytest.fixture
def folder(tmp_path):
    """Write three days, a changed article, one without a day, one rejected, some pending, and three crawls."""
    folder = tmp_path / "output"
    store = Store.open(folder)
    store.ledger.clock = NOON.timestamp
    run = store.ledger.begin_run("warta", {})
    store.write(articles(range(1000, 1030), days=3))
    store.write([article(2000, published=None), article(2001, article_section="Kabar Sawit")])
    store.write([article(1000, headline="Berita yang diubah", published=NOON - timedelta(days=1))])
    store.reject({"reasons": ["the page has no headline"], **article(3000).record()})
    store.ledger.announce([(4000 + number, None, "2026-07-12") for number in range(5)], "rss")
    for number in range(3):
        store.ledger.record_failure(4000 + number, "timeout \x1b[2J")
    store.ledger.record_failure(4003, "gone", final="gone")
    captures = [(1000, 0), (5000, 1), (5000, 2), (5001, 0)]  # one has a line
    url, moment = "https://wartaekonomi.co.id/read5000/berita", datetime(2024, 2, 10, tzinfo=UTC)
    fetched = [Capture(number, page, url, moment, source="wayback") for number, page in captures]
    store.ledger.settle_captures(fetched, "fetched")
    store.ledger.settle_captures([Capture(5002, 0, url, moment, source="wayback")], "unfit", "cut")
    store.ledger.end_run(run, "ok", {"export/lines": 33, "outcome/why": "33 articles written"})
    failed = store.ledger.begin_run("indeks", {"since": "2026-07-10"})
    store.ledger.end_run(failed, "partial", {"outcome/why": "3 failed [red]"})
    store.ledger.begin_run("warta", {})
    store.close()
    return folder


@pytest.fixture
def record(folder, tmp_path):
    file = tmp_path / "timetable.toml"
    file.write_text(TIMETABLE.format(folder=folder), encoding="utf-8")
    with closing(Ledger(folder / FILE_NAME, read_only=True, clock=NOW.timestamp)) as ledger:
        return status(folder, ledger, Timetable.read(file), NOW)


def test_it_counts_what_there_is(record, folder):
    assert (record["articles"], record["versions"], record["undated"]) == (32, 33, 1)
    assert (record["first_day"], record["last_day"]) == ("2026-07-10", "2026-07-12")
    assert record["days"] == {"open": 2, "missing": 1}
    assert record["sections"] == {"": 30, "Kabar Sawit": 1}
    assert record["size"]["articles"] == sum(file.stat().st_size for file in folder.glob("articles/**/*.jsonl"))
    assert record["version"] == __version__


def test_it_says_what_is_pending_and_why(record):
    assert record["pending"]["articles"] == 4
    assert record["pending"]["not_tried"] == 1
    assert record["pending"]["failed"] == {"timeout \x1b[2J": 3}
    assert datetime.fromisoformat(record["pending"]["next_try"]) >= NOON
    assert record["given_up"] == {"gone": 1, "rejected": 1}
    assert record["to_replay"] == 2


def test_it_shows_the_last_crawls_and_the_next(record, folder):
    assert [crawl["outcome"] for crawl in record["crawls"]][1:] == ["partial", "ok"]
    assert record["next"]["due"] == "2026-07-12T15:05:00+07:00"
    assert record["next"]["folder"] == str(folder)


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_fits_and_nothing_on_it_steers_the_terminal(record, width):
    screen = io.StringIO()
    show(record, Console(file=screen, width=width, height=24, highlight=False))
    text = screen.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert len(text.splitlines()) <= 24
    assert "\x1b" not in text
    assert "3 failed [red]" in text
    assert "2 articles fetched from web archives (`scrapy replay`)" in text
    for word in (f"wartacrawl {__version__}", "33 versions", "timeout", "Sawit", "2 open", "15:05 WIB", "partial"):
        assert word in text


def test_an_empty_ledger_is_shown(tmp_path):
    open_store(tmp_path / "output")[0].close()
    with closing(Ledger(tmp_path / "output" / FILE_NAME, read_only=True)) as ledger:
        record = status(tmp_path / "output", ledger, None)
    screen = io.StringIO()
    show(record, Console(file=screen, width=80))
    assert "0 in 0 versions" in screen.getvalue()


def test_the_command_prints_a_screen_or_json(folder):
    settings = {"OUTPUT_DIR": folder}
    done = run("status", settings=settings)
    assert (done.code, done.log) == (0, "")
    assert "32 in 33 versions" in done.out
    assert "Next" not in done.out  # deploy/timetable.toml is an example for another folder
    assert json.loads(run("status", "--json", settings=settings).out)["articles"] == 32
    bad = run("status", "--timetable", str(folder / "no.toml"), settings=settings)
    assert bad.code == 2
    assert re.search(r"no\.toml cannot be read", bad.log)


def test_a_folder_without_a_ledger_is_one_sentence(tmp_path):
    done = run("status", settings={"OUTPUT_DIR": tmp_path})
    assert (done.code, done.out) == (1, "")
    assert done.log == f"{tmp_path} has no ledger yet: run `scrapy crawl warta` first.\n"
