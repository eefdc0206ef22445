"""Indonesian dates: every form of the portal and its neighbours, and none that no calendar has."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wartacrawl.language import dates

NOW = datetime(2026, 7, 12, 10, 0, tzinfo=dates.JAKARTA)

FORMS = [
    ("Selasa, 06 Desember 2022, 22:10 WIB", "2022-12-06T22:10:00+07:00"),
    ("Sabtu, 19 Desember 2020 | 19:14 WIB", "2020-12-19T19:14:00+07:00"),
    ("Senin, 10 Juni 2019 \u2013 12:42 WIB", "2019-06-10T12:42:00+07:00"),
    ("Jum'at, 16 Juni 2023 |08:32 WIB", "2023-06-16T08:32:00+07:00"),
    ("Jum\u2019at, 16 Juni 2023 | 08:32 WIB", "2023-06-16T08:32:00+07:00"),
    ("05/05/2022, 19:37 WIB", "2022-05-05T19:37:00+07:00"),
    ("4/5/2022 9:07", "2022-05-04T09:07:00+07:00"),
    ("12 September 2025 | 15.22 WIB", "2025-09-12T15:22:00+07:00"),
    ("16 Jun 2022, 10:20 WIB", "2022-06-16T10:20:00+07:00"),
    ("9 Januari 2020 12:27 Diperbarui: 9 Januari 2020 17:10", "2020-01-09T12:27:00+07:00"),
    ("Ahad, 3 Pebruari 2019 pukul 09.05 WITA", "2019-02-03T09:05:00+08:00"),
    ("3 Nopember 2019 - 09:05 WIT", "2019-11-03T09:05:00+09:00"),
    ("12 Agt 2024 01:05", "2024-08-12T01:05:00+07:00"),
    ("12 Ags 2024 01:05", "2024-08-12T01:05:00+07:00"),
    ("12 Agu 2024 01:05", "2024-08-12T01:05:00+07:00"),
    ("Jumat (7/3/2025) Pukul : 10.20 WIB", "2025-03-07T10:20:00+07:00"),
    ("1 Mei 2024\u00a0pkl. 01:05", "2024-05-01T01:05:00+07:00"),
    ("SENIN, 1 JANUARI 2024 00:00 WIB", "2024-01-01T00:00:00+07:00"),
    ("Diterbitkan 12-Agustus-2024 01:05:59", "2024-08-12T01:05:59+07:00"),
    ("22:10 WIB, 6 Desember 2022", "2022-12-06T22:10:00+07:00"),
    ("Desember 6, 2022 22:10", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06T22:10:00+07:00", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06T22:10:00+0700", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06T22:10+07", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06T22:10:00", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06 22:10:00", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06 22:10", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06T15:10:00Z", "2022-12-06T15:10:00+00:00"),
    ("2022-12-06T15:10:00.123456Z", "2022-12-06T15:10:00+00:00"),
    ("2022-12-06T22:10:00.5+08:00", "2022-12-06T22:10:00+08:00"),
    ("2022-12-06T22:10:00-03:30", "2022-12-06T22:10:00-03:30"),
    ("2022-12-06 22:10:00 WIB", "2022-12-06T22:10:00+07:00"),
    ("2022-12-06 22:10:00 GMT+7", "2022-12-06T22:10:00+07:00"),
    ("Tue, 06 Dec 2022 22:10:00 +0700", "2022-12-06T22:10:00+07:00"),
    ("Tue, 06 Dec 2022 22:10:00", "2022-12-06T22:10:00+07:00"),
    ("Tue, 6 Dec 2022 15:10:00 GMT", "2022-12-06T15:10:00+00:00"),
    ("06 Dec 22 15:10 EST", "2022-12-06T15:10:00-05:00"),
    ("Thu Nov 06 2025 08:15:00 GMT+0700 (Western Indonesia Time)", "2025-11-06T08:15:00+07:00"),
    ("Thu Nov  6 08:15:00 2025", "2025-11-06T08:15:00+07:00"),
    ("Thu Nov 6 08:15:00 WITA 2025", "2025-11-06T08:15:00+08:00"),
    ("November 6, 2025 8:15 PM", "2025-11-06T20:15:00+07:00"),
    ("Nov. 6th, 2025 at 08.15 WIB", "2025-11-06T08:15:00+07:00"),
    ("Kamis, 6 November 2025 08 : 15 WIB", "2025-11-06T08:15:00+07:00"),
    ("6 November 2025 | 24:00 WIB", "2025-11-07T00:00:00+07:00"),
    ("2025-12-31T24:00:00+07:00", "2026-01-01T00:00:00+07:00"),
    ("Kamis, 1/03/2018 03:15 WIB", "2018-03-01T03:15:00+07:00"),
    ("Jum'at, 16/03/2018 20:56 WIB", "2018-03-16T20:56:00+07:00"),
    ("20 jam lalu", "2026-07-11T14:00:00+07:00"),
    ("5 menit yang lalu", "2026-07-12T09:55:00+07:00"),
    ("sejam lalu", "2026-07-12T09:00:00+07:00"),
    ("1 jam 5 menit lalu", "2026-07-12T08:55:00+07:00"),
    ("baru saja", "2026-07-12T10:00:00+07:00"),
    ("kemarin 13:00", "2026-07-11T13:00:00+07:00"),
    ("Kemarin, 13.00 WITA", "2026-07-11T13:00:00+08:00"),
    ("Hari ini pukul 07.30 WIB", "2026-07-12T07:30:00+07:00"),
]

NO_TIME = [
    ("Rabu, 13 Desember 2017", date(2017, 12, 13)),
    ("2017-12-13", date(2017, 12, 13)),
    ("13/12/2017", date(2017, 12, 13)),
    ("9 Januari 2020 Diperbarui: 9 Januari 2020 17:10", date(2020, 1, 9)),
    ("kemarin", date(2026, 7, 11)),
    ("3 hari lalu", date(2026, 7, 9)),
]

NO_DATES = [
    "31 Februari 2022 10:00",
    "29 Februari 2023 10:00",
    "07/13/2022 10:00",
    "00/05/2022 10:00",
    "2022-13-06T10:00:00",
    "13:00",
    "2022",
    "Desember 2022 10:00",
    "12 Sep 15:22",
    "Harga emas 2022 naik 10:10",
    "3 bulan lalu",
    "9999 minggu 9999 minggu 9999 minggu lalu",
    "",
    "   ",
    "Redaksi",
    "1670339400",
]


@pytest.mark.parametrize(("text", "iso"), FORMS)
def test_every_form_is_read_with_its_offset(text, iso):
    reading = dates.parse(text, now=NOW)
    assert reading.message is None
    assert reading.when.isoformat() == iso


@pytest.mark.parametrize(("text", "day"), NO_TIME)
def test_a_day_without_a_time_is_no_moment_but_a_day(text, day):
    reading = dates.parse(text, now=NOW)
    assert reading.when is None
    assert reading.message.endswith("has no time of day.")
    assert dates.parse_day(text, now=NOW) == day


@pytest.mark.parametrize(
    "text",
    [
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z",
        "-0001-11-30T00:00:00+00:00",
        "1970-01-01T00:00:00Z",
        "1 Januari 1970 07:00 WIB",
    ],
)
def test_the_zero_of_a_program_is_not_a_date(text):
    reading = dates.parse(text, now=NOW)
    assert (reading.when, reading.is_zero) == (None, True)


@pytest.mark.parametrize("text", ["24:01 WIB, 6 November 2025", "6 November 2025 25:00"])
def test_a_day_or_time_that_does_not_exist_is_refused(text):
    assert dates.parse(text, now=NOW).when is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Penulis: Ani Uji | Jumat, 07 Maret 2025 10:15 WIB", ["Jumat, 07 Maret 2025 10:15 WIB"]),
        ("Senin, 23/11/2026 03:40 WIB oleh Rina Uji", ["Senin, 23/11/2026 03:40 WIB"]),
        ("Rina Uji : 23 Nov 2026 | 13:06", ["23 Nov 2026 | 13:06"]),
        ("10:15 WIB, 7 Maret 2025 - Ani Uji", ["10:15 WIB, 7 Maret 2025"]),
        ("Rina Uji - 2 jam lalu", ["2 jam lalu"]),
        ("Ani 7 Maret 2025 10:15 Diperbarui: 8 Maret 2025 11:00", ["7 Maret 2025 10:15", "8 Maret 2025 11:00"]),
        ("Reporter: Rina Uji", []),
    ],
)
def test_the_dates_of_a_line_are_found_with_all_that_is_theirs(line, found):
    assert [line[start:end] for start, end in dates.spans(line)] == found


@given(st.text(max_size=300))
def test_spans_are_in_order_and_within_the_line(line):
    ends = [0, *(place for span in dates.spans(line) for place in span), len(line)]
    assert ends == sorted(ends)


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_said_to_be_none(text):
    reading = dates.parse(text, now=NOW)
    assert reading.when is None
    assert "is not a date" in reading.message
    assert dates.parse_day(text, now=NOW) is None


@pytest.mark.parametrize("text", ["6 Desember 2022 25:10", "6 Desember 2022 10:60", "6 Desember 2022 10:00 +99:00"])
def test_a_time_no_clock_shows_spoils_the_date(text):
    assert dates.parse(text, now=NOW).when is None
    assert "not a date of the calendar" in dates.parse(text, now=NOW).message


def test_a_wrong_weekday_is_noted_and_the_date_kept():
    reading = dates.parse("Senin, 06 Desember 2022, 22:10 WIB", now=NOW)
    assert reading.when.isoformat() == "2022-12-06T22:10:00+07:00"
    assert "that day was a Selasa" in reading.message


def test_up_to_a_day_ahead_is_believed_and_no_more():
    assert dates.parse("13 Juli 2026 10:00 WIB", now=NOW).when is not None
    later = dates.parse("13 Juli 2026 10:01 WIB", now=NOW)
    assert later.when is None
    assert "more than a day after" in later.message


def test_before_the_portal_there_were_no_articles():
    assert dates.parse("31 Desember 1994 10:00 WIB", now=NOW).when is None
    assert dates.parse("1970-01-01T00:00:00Z", now=NOW).when is None
    assert dates.parse("1 Januari 1995 10:00 WIB", now=NOW).when is not None


def test_the_clock_may_be_of_any_zone():
    now = datetime(2026, 7, 11, 20, 0, tzinfo=UTC)
    assert dates.parse("kemarin 13:00", now=now).when.isoformat() == "2026-07-11T13:00:00+07:00"
    assert dates.parse("2 jam lalu", now=now).when.isoformat() == "2026-07-12T01:00:00+07:00"


def test_a_naive_clock_is_a_mistake():
    with pytest.raises(ValueError, match="aware"):
        dates.parse("kemarin 13:00", now=datetime(2026, 7, 12))  # noqa: DTZ001 - the mistake itself
    with pytest.raises(ValueError, match="aware"):
        dates.day(datetime(2026, 7, 12))  # noqa: DTZ001 - the mistake itself


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("9 Januari 2020 12:27 Diperbarui: 9 Januari 2020 17:10", ("9 Januari 2020 12:27", "9 Januari 2020 17:10")),
        ("9 Januari 2020 12:27 | Update: 9 Januari 2020 17:10", ("9 Januari 2020 12:27", "9 Januari 2020 17:10")),
        ("9 Jan 2020 12:27 (Terakhir diperbarui 10 Jan 2020 17:10)", ("9 Jan 2020 12:27", "10 Jan 2020 17:10")),
        ("Terakhir diperbarui: 9 Januari 2020", ("", "9 Januari 2020")),
        ("9 Januari 2020 12:27", ("9 Januari 2020 12:27", None)),
        ("9 Januari 2020 12:27 Diperbarui:", ("9 Januari 2020 12:27", None)),
        ("", ("", None)),
    ],
)
def test_publication_and_change_are_parted(text, parts):
    assert dates.split_modified(text) == parts


def test_a_day_is_counted_in_jakarta():
    assert dates.day(datetime(2022, 12, 6, 17, 0, tzinfo=UTC)) == date(2022, 12, 7)
    assert dates.parse_day("Tue, 06 Dec 2022 17:00:00 GMT") == date(2022, 12, 7)
    assert dates.parse_day("06 Desember 2022, 23:59 WIB") == date(2022, 12, 6)


def test_relative_days_need_a_clock():
    assert dates.parse_day("kemarin") is None
    assert dates.parse_day("20 jam lalu", now=NOW) == date(2026, 7, 11)


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "Senin ", "1:11 ", "12/", "1 jam ", "x", "2022-", "\u0661", "Diperbarui "]
)
def test_long_garbage_is_given_up_at_once(piece):
    began = time.perf_counter()
    for length in (100, 199, 100_000):
        text = (piece * length)[:length]
        assert dates.parse(text, now=NOW).when is None
        dates.split_modified(text)
    assert time.perf_counter() - began < 1


MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()
DAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}
moments = st.datetimes(datetime(1995, 1, 1), datetime(2026, 7, 12))  # noqa: DTZ001 - a zone is drawn beside it


@given(
    moments,
    st.sampled_from(sorted(ZONES)),
    st.sampled_from([", ", " | ", " - ", " \u2013 ", " pukul "]),
    st.sampled_from(":."),
)
def test_what_a_newsroom_writes_is_read_back(moment, zone, gap, colon):
    moment = moment.replace(second=0, microsecond=0)
    day = f"{DAYS[moment.weekday()]}, {moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    text = f"{day}{gap}{moment:%H}{colon}{moment:%M} {zone}"
    expected = moment.replace(tzinfo=timezone(timedelta(hours=ZONES[zone])))
    assert dates.parse(text, now=NOW) == dates.Reading(expected, None)


@given(moments, st.integers(-12 * 4, 14 * 4))
def test_iso_8601_is_read_back_to_the_second(moment, quarters):
    when = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    assert dates.parse(when.isoformat(), now=NOW).when.isoformat() == when.isoformat()


fragments = st.sampled_from(
    [*MONTHS, *DAYS, *ZONES, "31", "2022", "0000", "9999", "24:00", "-", "/", "lalu", "jam", "kemarin", "T", "se", "pm"]
)


@settings(deadline=None)  # the first guess loads dateparser
@given(st.text(max_size=250) | st.lists(fragments, max_size=12).map(" ".join))
def test_no_text_breaks_the_calendar(text):
    reading = dates.parse(text, now=NOW)
    assert (reading.when is None) <= (reading.message is not None)
    assert reading.when is None or (reading.when.utcoffset() is not None and reading.when - NOW <= timedelta(days=1))
    dates.parse_day(text)
    dates.parse_day(text, now=NOW)
    dates.split_modified(text)
