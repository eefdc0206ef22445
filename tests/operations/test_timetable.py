"""When a crawl is due, under which id, and what a timetable may not say."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from wartacrawl.language.dates import JAKARTA
from wartacrawl.operations.timetable import PATIENCE, Timetable, TimetableError

SHIPPED = ROOT / "deploy" / "timetable.toml"
FOLDER = '[settings]\nOUTPUT_DIR = "/srv/warta"\n'


def timetable(tmp_path, text):
    path = tmp_path / "timetable.toml"
    path.write_text(text, encoding="utf-8")
    return Timetable.read(path)


def jobs(tmp_path, line, now):
    read = timetable(tmp_path, f'{FOLDER}[[job]]\nspider = "warta"\n{line}\n')
    return [due.job for due in read.due(datetime.fromisoformat(now))]


@pytest.mark.parametrize(
    ("line", "now", "expected"),
    [
        ('at = "02:30"', "2026-11-24T02:30:00+07:00", ["warta-2026-11-24T0230"]),
        ('at = "02:30"', "2026-11-24T02:29:59+07:00", ["warta-2026-11-23T0230"]),
        # 19:31 in London is half past two in Jakarta.
        ('at = "02:30"', "2026-11-23T19:31:00+00:00", ["warta-2026-11-24T0230"]),
        ('at = ["14:30", "02:30"]', "2026-11-24T23:00:00+07:00", ["warta-2026-11-24T1430"]),
        ('at = "*:05"', "2026-11-24T00:04:00+07:00", ["warta-2026-11-23T2305"]),
        ('at = "*:05"', "2026-11-24T00:05:00+07:00", ["warta-2026-11-24T0005"]),
        # A Tuesday.
        ('at = "02:30"\nweekdays = ["tue"]', "2026-11-24T12:00:00+07:00", ["warta-2026-11-24T0230"]),
        ('at = "14:30"\nweekdays = ["mon"]', "2026-11-24T12:00:00+07:00", ["warta-2026-11-23T1430"]),
        # Nobody makes up for what is more than a day late.
        ('at = "02:30"\nweekdays = ["mon"]', "2026-11-24T02:30:00+07:00", []),
        ('at = "02:30"\nweekdays = ["sun"]', "2026-11-24T12:00:00+07:00", []),
        ('at = "23:59"\nname = "late"', "2027-01-01T00:00:00+07:00", ["late-2026-12-31T2359"]),
    ],
)
def test_the_last_crawl_that_was_due_has_its_moment_in_its_id(tmp_path, line, now, expected):
    assert jobs(tmp_path, line, now) == expected


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    minutes=st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=4),
)
def test_whenever_one_asks_what_is_due_is_past_and_nothing_later_was(now, minutes, tmp_path_factory):
    at = [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes]
    read = timetable(tmp_path_factory.getbasetemp(), f'{FOLDER}[[job]]\nspider = "warta"\nat = {at}\n')
    (due,) = read.due(now)
    assert now - PATIENCE < due.moment <= now
    clock, local = f"{due.moment.astimezone(JAKARTA):%H:%M}", now.astimezone(JAKARTA)
    assert clock in at
    passed = [local.replace(hour=m // 60, minute=m % 60, second=0, microsecond=0) for m in minutes]
    passed = [moment if moment <= local else moment - timedelta(days=1) for moment in passed]
    assert due.moment == max(passed)


def test_the_same_moment_has_the_same_id_until_the_next_is_due(tmp_path):
    line, first = 'at = "*:05"', datetime.fromisoformat("2026-11-24T10:05:00+07:00")
    seen = {tuple(jobs(tmp_path, line, (first + timedelta(minutes=m)).isoformat())) for m in range(60)}
    assert seen == {("warta-2026-11-24T1005",)}


def test_arguments_and_settings_become_what_the_command_line_would_have(tmp_path):
    text = f"""{FOLDER}DOWNLOAD_DELAY = 2
[[job]]
spider = "indeks"
at = "02:30"
arguments = {{ since = "today-7", until = "today", limit = 50, full = true }}
[job.settings]
DOWNLOAD_DELAY = 0.5
ARCHIVE_ENABLED = true
RECHECK_AGES = [3600, 86400]
MONITORS_FIELD_COVERAGE = {{ headline = 0.9 }}
[[job]]
name = "history"
spider = "indeks"
at = "20:00"
arguments = {{ since = 2025-01-05, until = "2025-12-31" }}
"""
    due, history = timetable(tmp_path, text).due(datetime.fromisoformat("2026-03-02T23:00:00+07:00"))
    assert due.arguments == {"since": "2026-02-23", "until": "2026-03-02", "limit": "50", "full": "True"}
    assert due.entry.settings == {
        "OUTPUT_DIR": "/srv/warta",
        "DOWNLOAD_DELAY": "0.5",
        "ARCHIVE_ENABLED": "True",
        "RECHECK_AGES": "3600,86400",
        "MONITORS_FIELD_COVERAGE": '{"headline": 0.9}',
    }
    assert history.arguments == {"since": "2025-01-05", "until": "2025-12-31"}
    assert history.entry.settings == {"OUTPUT_DIR": "/srv/warta", "DOWNLOAD_DELAY": "2"}


def test_dates_are_counted_from_the_moment_in_jakarta_not_from_when_one_asks(tmp_path):
    text = f'{FOLDER}[[job]]\nspider = "indeks"\nat = "00:30"\narguments = {{ since = "today-1" }}\n'
    # Due at half past midnight on the 24th in Jakarta, which is the 23rd in UTC, and looked at a day later.
    (due,) = timetable(tmp_path, text).due(datetime.fromisoformat("2026-11-24T17:29:00+00:00"))
    assert due.job == "indeks-2026-11-24T0030"
    assert due.arguments == {"since": "2026-11-23"}


def test_an_entry_knows_its_own_jobs_from_those_with_a_longer_name(tmp_path):
    text = f'{FOLDER}[[job]]\nspider = "indeks"\nat = "00:30"\n'
    (entry,) = timetable(tmp_path, text).entries
    assert entry.owns("indeks-2026-11-24T0030")
    assert not entry.owns("indeks-history-2026-11-24T0030")
    assert not entry.owns("indeks-by-hand")


JOB = f'{FOLDER}[[job]]\nspider = "warta"\nat = "02:30"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no job"),
        ("job = 3", "there is no job"),
        ("[[job]", "is no TOML"),
        ('[[jobs]]\nspider = "warta"', "the timetable: 'jobs' is not known: allowed are job, settings"),
        (f'{FOLDER}[[job]]\nat = "02:30"', "job 1 (unnamed): spider=None is no name"),
        (f'{FOLDER}[[job]]\nspider = "../etc"\nat = "02:30"', "job 1 (../etc): spider='../etc' is no name"),
        (f'{FOLDER}[[job]]\nspider = "warta"', "job 1 (warta): at=None is no time"),
        (f'{FOLDER}[[job]]\nspider = "warta"\nat = "24:00"', "at='24:00' is no time: give times of Asia/Jakarta"),
        (f'{FOLDER}[[job]]\nspider = "warta"\nat = ["02:30", 3]', "at=['02:30', 3] is no time"),
        (f'{FOLDER}[[job]]\nspider = "warta"\nat = []', "at=[] is no time"),
        (f'{FOLDER}[[job]]\nspider = "warta"\nat = 02:30:00', "is no time"),
        (JOB + 'weekdays = ["sunday"]', "weekdays=['sunday'] are no days: give a list of mon, tue"),
        (JOB + 'weekdays = "mon"', "weekdays='mon' are no days"),
        (JOB + "weekdays = []", "weekdays=[] are no days"),
        (JOB + 'argument = "x"', "job 1 (warta): 'argument' is not known"),
        (JOB + 'arguments = "limit=5"', "arguments='limit=5' is no table"),
        (JOB + '[[job]]\nspider = "warta"\nat = "03:30"', "job 2: 'warta' is there twice"),
        ('[[job]]\nspider = "warta"\nat = "02:30"', "OUTPUT_DIR='' is no absolute path"),
        (JOB + 'settings = { OUTPUT_DIR = "output" }', "job 1 (warta): OUTPUT_DIR='output' is no absolute path"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence_with_file_job_and_value(tmp_path, text, words):
    with pytest.raises(TimetableError, match=re.escape(words)) as refused:
        timetable(tmp_path, text)
    assert str(refused.value).startswith(str(tmp_path / "timetable.toml"))
    assert "\n" not in str(refused.value)


def test_a_timetable_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(TimetableError, match="cannot be read"):
        Timetable.read(tmp_path / "none.toml")


def test_the_shipped_timetable_can_be_used_with_and_without_its_examples(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    assert {entry.spider for entry in Timetable.read(SHIPPED).entries} == {"warta", "indeks"}
    examples = re.sub(r"(?m)^# (?=\[\[|[A-Za-z_]+ = )", "", text)
    assert [entry.name for entry in timetable(tmp_path, examples).entries] == ["warta", "indeks", "history"]
    assert "WARTA_CONTACT" in timetable(tmp_path, examples).entries[0].settings
