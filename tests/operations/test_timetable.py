"""When a crawl is due, under which id, and what a timetable may not say."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from wartacrawl.config import ConfigError
from wartacrawl.language.dates import JAKARTA
from wartacrawl.operations.timetable import PATIENCE, Timetable

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
        ('cron = "30 2 * * *"', "2026-11-24T02:30:00+07:00", ["warta-2026-11-24T0230"]),
        ('cron = "30 2 * * *"', "2026-11-24T02:29:59+07:00", ["warta-2026-11-23T0230"]),
        # 19:31 in London is half past two in Jakarta.
        ('cron = "30 2 * * *"', "2026-11-23T19:31:00+00:00", ["warta-2026-11-24T0230"]),
        ('cron = ["30 14 * * *", "30 2 * * *"]', "2026-11-24T23:00:00+07:00", ["warta-2026-11-24T1430"]),
        ('cron = "5 * * * *"', "2026-11-24T00:04:00+07:00", ["warta-2026-11-23T2305"]),
        ('cron = "5 * * * *"', "2026-11-24T00:05:00+07:00", ["warta-2026-11-24T0005"]),
        # A Tuesday.
        ('cron = "30 2 * * tue"', "2026-11-24T12:00:00+07:00", ["warta-2026-11-24T0230"]),
        ('cron = "30 14 * * mon"', "2026-11-24T12:00:00+07:00", ["warta-2026-11-23T1430"]),
        # Nobody makes up for what is more than a day late.
        ('cron = "30 2 * * mon"', "2026-11-24T02:30:00+07:00", []),
        ('cron = "30 2 * * 0"', "2026-11-24T12:00:00+07:00", []),
        ('cron = "59 23 * * *"\nname = "late"', "2027-01-01T00:00:00+07:00", ["late-2026-12-31T2359"]),
    ],
)
def test_the_last_crawl_that_was_due_has_its_moment_in_its_id(tmp_path, line, now, expected):
    assert jobs(tmp_path, line, now) == expected


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    minutes=st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=4),
)
def test_whenever_one_asks_what_is_due_is_past_and_nothing_later_was(now, minutes, tmp_path_factory):
    cron = [f"{minute % 60} {minute // 60} * * *" for minute in minutes]
    read = timetable(tmp_path_factory.getbasetemp(), f'{FOLDER}[[job]]\nspider = "warta"\ncron = {cron}\n')
    (due,) = read.due(now)
    assert now - PATIENCE < due.moment <= now
    local = now.astimezone(JAKARTA)
    passed = [local.replace(hour=m // 60, minute=m % 60, second=0, microsecond=0) for m in minutes]
    passed = [moment if moment <= local else moment - timedelta(days=1) for moment in passed]
    assert due.moment == max(passed)


def test_the_same_moment_has_the_same_id_until_the_next_is_due(tmp_path):
    line, first = 'cron = "5 * * * *"', datetime.fromisoformat("2026-11-24T10:05:00+07:00")
    seen = {tuple(jobs(tmp_path, line, (first + timedelta(minutes=m)).isoformat())) for m in range(60)}
    assert seen == {("warta-2026-11-24T1005",)}


def test_arguments_and_settings_become_what_the_command_line_would_have(tmp_path):
    text = f"""{FOLDER}DOWNLOAD_DELAY = 2
[[job]]
spider = "indeks"
cron = "30 2 * * *"
arguments = {{ since = "today-7", until = "today", limit = 50, full = true }}
[job.settings]
DOWNLOAD_DELAY = 0.5
ARCHIVE_ENABLED = true
RECHECK_AGES = [3600, 86400]
MONITORS_FIELD_COVERAGE = {{ headline = 0.9 }}
[[job]]
name = "history"
spider = "indeks"
cron = "0 20 * * *"
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
    text = f'{FOLDER}[[job]]\nspider = "indeks"\ncron = "30 0 * * *"\narguments = {{ since = "today-1" }}\n'
    # Due at half past midnight on the 24th in Jakarta, which is the 23rd in UTC, and looked at a day later.
    (due,) = timetable(tmp_path, text).due(datetime.fromisoformat("2026-11-24T17:29:00+00:00"))
    assert due.job == "indeks-2026-11-24T0030"
    assert due.arguments == {"since": "2026-11-23"}


def test_yesterday_is_the_day_before_the_moment(tmp_path):
    text = f'{FOLDER}[[job]]\nspider = "indeks"\ncron = "30 0 * * *"\narguments = {{ until = "yesterday" }}\n'
    (due,) = timetable(tmp_path, text).due(datetime.fromisoformat("2026-11-24T12:00:00+07:00"))
    assert due.arguments == {"until": "2026-11-23"}


def test_what_is_due_next_lies_ahead(tmp_path):
    text = f'{FOLDER}[[job]]\nspider = "indeks"\ncron = ["30 14 * * *", "30 2 * * sun"]\n'
    (entry,) = timetable(tmp_path, text).entries
    assert entry.next_due(datetime.fromisoformat("2026-11-24T07:30:00+00:00")).job == "indeks-2026-11-25T1430"
    assert entry.next_due(datetime.fromisoformat("2026-11-28T15:00:00+07:00")).job == "indeks-2026-11-29T0230"


def test_an_entry_knows_its_own_jobs_from_those_with_a_longer_name(tmp_path):
    text = f'{FOLDER}[[job]]\nspider = "indeks"\ncron = "30 0 * * *"\n'
    (entry,) = timetable(tmp_path, text).entries
    assert entry.owns("indeks-2026-11-24T0030")
    assert not entry.owns("indeks-history-2026-11-24T0030")
    assert not entry.owns("indeks-by-hand")


JOB = f'{FOLDER}[[job]]\nspider = "warta"\ncron = "30 2 * * *"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no job"),
        ("job = 3", "there is no job"),
        ("[[job]", "is not TOML"),
        ('[[jobs]]\nspider = "warta"', "the timetable: 'jobs' is not known: allowed are job, settings"),
        (f'{FOLDER}[[job]]\ncron = "30 2 * * *"', "job 1 (unnamed): spider=None is not a name"),
        (f'{FOLDER}[[job]]\nspider = "../etc"\ncron = "30 2 * * *"', "job 1 (../etc): spider='../etc' is not a name"),
        (f'{FOLDER}[[job]]\nspider = "warta"', "job 1 (warta): cron=None cannot be used (there is none)"),
        (f'{FOLDER}[[job]]\nspider = "warta"\ncron = "02:30"', "cron='02:30' cannot be used (not five fields)"),
        (f'{FOLDER}[[job]]\nspider = "warta"\ncron = "30 24 * * *"', "cannot be used (bad hour): give minute, hour"),
        (f'{FOLDER}[[job]]\nspider = "warta"\ncron = "0 0 30 2 *"', "cannot be used (bad day-of-month)"),
        (f'{FOLDER}[[job]]\nspider = "warta"\ncron = "0 30 2 * * *"', "cannot be used (not five fields)"),
        (f'{FOLDER}[[job]]\nspider = "warta"\ncron = ["30 2 * * *", 3]', "cannot be used (not five fields)"),
        (f'{FOLDER}[[job]]\nspider = "warta"\ncron = []', "cron=[] cannot be used (there is none)"),
        (f'{FOLDER}[[job]]\nspider = "warta"\ncron = 02:30:00', "cannot be used (there is none)"),
        (JOB + 'at = "02:30"', "job 1 (warta): 'at' is not known: allowed are arguments, cron"),
        (JOB + 'argument = "x"', "job 1 (warta): 'argument' is not known"),
        (JOB + 'arguments = "limit=5"', "arguments='limit=5' is not a table"),
        (JOB + '[[job]]\nspider = "warta"\ncron = "30 3 * * *"', "job 2: 'warta' is used twice"),
        ('[[job]]\nspider = "warta"\ncron = "30 2 * * *"', "OUTPUT_DIR='' is not an absolute path"),
        (JOB + 'settings = { OUTPUT_DIR = "output" }', "job 1 (warta): OUTPUT_DIR='output' is not an absolute path"),
        (
            JOB + 'settings = { NOTIFY_URLS = "tgram://1:a/2" }',
            "environment of scrapyd, as WARTACRAWL_NOTIFY_URLS",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence_with_file_job_and_value(tmp_path, text, words):
    with pytest.raises(ConfigError, match=re.escape(words)) as refused:
        timetable(tmp_path, text)
    assert str(refused.value).startswith(str(tmp_path / "timetable.toml"))
    assert "\n" not in str(refused.value)


def test_a_timetable_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        Timetable.read(tmp_path / "none.toml")


def test_the_shipped_timetable_can_be_used_with_and_without_its_examples(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    assert {entry.spider for entry in Timetable.read(SHIPPED).entries} == {"warta", "indeks"}
    examples = re.sub(r"(?m)^# (?=\[\[|[A-Za-z_]+ = )", "", text)
    assert [entry.name for entry in timetable(tmp_path, examples).entries] == ["warta", "indeks", "history"]
    assert "WARTA_CONTACT" in timetable(tmp_path, examples).entries[0].settings
