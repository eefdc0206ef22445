"""Coverage: what was announced, what is there, what is missing and why, day by day."""

import json
import re
from datetime import date, datetime

import pytest

from tests.conftest import run
from wartacrawl.storage.coverage import Day, coverage, undated, unwalked
from wartacrawl.storage.ledger import Ledger

DAY = "2026-07-12"
AFTERWARDS = 1_783_900_000.0  # 2026-07-13, 06:46 in Jakarta


@pytest.fixture
def ledger(tmp_path):
    folder = tmp_path / "output"
    folder.mkdir()
    opened = Ledger(folder / "ledger.sqlite", clock=lambda: AFTERWARDS)
    yield opened
    opened.close()


def export(ledger, *identifiers, day=DAY):
    for identifier in identifiers:
        ledger.record_export(
            identifier, slug=None, day=day, published=None, version=1, signature="x", part="x", offset=0, length=1,
            next_check=None,
        )  # fmt: skip


def of(ledger, day=DAY):
    return coverage(ledger, date.fromisoformat(day), date.fromisoformat(day))[0]


def show(ledger, *arguments, **environment):
    env = {"COLUMNS": "160", "TERM": "dumb", **environment}
    return run("coverage", *arguments, settings={"OUTPUT_DIR": ledger.path.parent}, env=env)


def test_a_day_counts_each_article_once_and_once_for_each_source(ledger):
    ledger.announce([(1, None, DAY), (2, None, DAY)], f"indeks:{DAY}")
    ledger.announce([(1, None, None), (3, None, DAY)], "section:ekbis")
    ledger.announce([(1, None, DAY)], "section:news")
    ledger.announce([(1, None, DAY)], "rss")
    export(ledger, 1, 2, 3)
    day = of(ledger)
    assert day.announced == {"sections": 2, "indeks": 2, "rss": 1, "sitemap": 0, "artikel": 0}
    assert (day.total, day.exported, day.missing) == (3, 3, 0)


def test_what_is_not_there_is_gone_rejected_failed_or_missing_and_why(ledger):
    ledger.announce([(number, None, DAY) for number in range(1, 6)], f"indeks:{DAY}")
    export(ledger, 1)
    ledger.record_failure(2, "HTTP 500")
    ledger.record_failure(3, "HTTP 410", final="gone")
    ledger.record_failure(4, "rejected: the page has no headline", final="rejected")
    day = of(ledger)
    assert (day.exported, day.failed, day.gone, day.rejected, day.missing) == (1, 1, 1, 1, 2)
    assert day.reasons == {"HTTP 500": 1, "HTTP 410": 1, "rejected: the page has no headline": 1}


def test_a_day_is_closed_when_it_was_walked_and_nothing_is_owed(ledger):
    ledger.announce([(1, None, DAY)], "rss")
    export(ledger, 1)
    assert not of(ledger).is_closed
    ledger.record_day(DAY, clean=False)
    assert not of(ledger).is_closed
    ledger.record_day(DAY, clean=True)
    assert of(ledger).is_closed
    ledger.announce([(2, None, DAY)], "rss")
    assert not of(ledger).is_closed
    ledger.record_failure(2, "HTTP 404", final="gone")
    assert of(ledger).is_closed


def test_an_article_counts_for_the_day_it_turned_out_to_be_of(ledger):
    ledger.announce([(1, None, "2026-07-13")], "indeks:2026-07-13")
    export(ledger, 1)
    assert of(ledger).exported == 1
    assert of(ledger).announced["indeks"] == 1
    assert of(ledger, "2026-07-13").total == 0


def test_articles_of_no_known_day_are_told_apart(ledger):
    ledger.announce([(1, None, None), (2, None, None)], "section:ekbis")
    export(ledger, 1, day=None)
    assert undated(ledger) == {"announced": 1, "exported": 1}


def test_the_table_names_each_day_its_numbers_and_the_reasons(ledger):
    ledger.announce([(1, None, DAY), (2, None, DAY), (3, None, None)], f"indeks:{DAY}")
    export(ledger, 1)
    ledger.record_failure(2, "HTTP 500")
    shown = show(ledger, "--since", "2026-07-11", "--until", DAY)
    assert shown.code == 6
    (row,) = [line for line in shown.out.splitlines() if DAY in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        *(DAY, "·", "2", "·", "·", "·"),
        *("2", "1", "·", "·", "1", "1", "missing (HTTP 500)"),
    ]
    assert "not walked" in shown.out
    assert "Day unknown: 1 announced" in shown.out


@pytest.mark.parametrize("looks_on", [True, False])
def test_the_table_is_whole_in_eighty_columns_and_in_a_pipe(ledger, looks_on):
    ledger.announce([(number, None, DAY) for number in range(1, 100)], f"indeks:{DAY}")
    ledger.announce([(number, None, DAY) for number in range(1, 100)], "section:ekbis")
    export(ledger, 1)
    ledger.record_failure(2, "HTTP 500")
    shown = show(ledger, "--since", DAY, "--until", DAY, COLUMNS="80", **({"FORCE_COLOR": "1"} if looks_on else {}))
    assert "…" not in shown.out
    (head,) = [line for line in shown.out.splitlines() if "sections" in line]
    (row,) = [line for line in shown.out.splitlines() if DAY in line]
    cells = dict(zip(re.findall(r"\w+", head), re.findall(r"[\d-]+|·|missing", row), strict=False))
    assert ("rejected" in cells) is not looks_on
    assert (cells["sections"], cells["indeks"], cells["rss"]) == ("99", "99", "·")
    assert (cells["all"], cells["exported"], cells["failed"], cells["missing"]) == ("99", "1", "1", "98")
    assert cells["state"] == "missing"
    assert not looks_on or max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", shown.out).splitlines())) <= 80


def test_the_command_is_content_when_nothing_is_missing_and_speaks_json(ledger):
    ledger.announce([(1, None, DAY)], "rss")
    export(ledger, 1)
    ledger.record_day(DAY, clean=True)
    shown = show(ledger, "--since", DAY, "--until", DAY, "--json")
    assert shown.code == 0
    (day,) = json.loads(shown.out)["days"]
    assert day["day"] == DAY
    assert day["announced"]["rss"] == 1
    assert day["is_closed"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "last week"], "--since='last week' is not a day: give YYYY-MM-DD"),
        (["--since", "2026-07-13", "--until", DAY], "--since 2026-07-13 is after --until 2026-07-12"),
        ([DAY], "takes no '2026-07-12'"),
    ],
)
def test_a_wrong_argument_is_told_in_one_sentence(ledger, arguments, words):
    shown = show(ledger, *arguments)
    assert shown.code == 2
    assert words in shown.log
    assert "Traceback" not in shown.log


def test_a_day_that_was_asked_for_and_never_walked_is_no_proof(ledger):
    ledger.record_day(DAY, clean=True)
    shown = show(ledger, "--since", "2026-07-10", "--until", DAY)
    assert shown.code == 6
    assert "2 days from 2026-07-10 to 2026-07-11 were never walked to the end: run `scrapy crawl indeks" in shown.log
    assert show(ledger).code == 0  # nobody named these days


def test_articles_without_a_ledger_say_how_to_make_it_again(tmp_path):
    part = tmp_path / "articles" / "2026" / f"{DAY}.jsonl"
    part.parent.mkdir(parents=True)
    part.write_text("{}\n", encoding="utf-8")
    shown = run("coverage", settings={"OUTPUT_DIR": tmp_path})
    assert shown.code == 1
    assert "run `scrapy rebuild-ledger`" in shown.log


def test_a_folder_without_a_ledger_says_what_to_do(tmp_path):
    shown = run("coverage", settings={"OUTPUT_DIR": tmp_path})
    assert shown.code == 1
    assert shown.log.strip().endswith("has no ledger yet: run `scrapy crawl warta` first.")


@pytest.mark.parametrize(("now", "overdue"), [("00:30", []), ("01:30", ["2026-07-12"])])
def test_in_the_hour_after_midnight_yesterday_is_not_overdue(now, overdue):
    days = [Day("2026-07-11", is_walked=True), Day("2026-07-12"), Day("2026-07-13")]
    moment = datetime.fromisoformat(f"2026-07-13T{now}:00+07:00")
    assert [day.day for day in unwalked(days, moment)] == overdue
