"""Which date is believed: for machines before for readers, unless a program wrote local time as UTC."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.items import Article
from wartacrawl.language.dates import JAKARTA
from wartacrawl.loaders import ArticleLoader
from wartacrawl.reading import moments

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()
LAYERS = ("json_ld", "layout")
local = st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 19)).map(  # noqa: DTZ001 - a zone is set beside it
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=JAKARTA)
)


def believed(machine=(), shown=()):
    loader = ArticleLoader(Article(identifier="7", url="https://wartaekonomi.co.id/read7"))
    messages = []
    stated = moments.in_order({"json_ld": list(machine)}, {"layout": list(shown)}, LAYERS)
    disagree = moments.offer(loader, "date_published", list(stated), NOW, messages)
    return loader.load_item(), disagree, messages


def line(moment):
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year} {moment:%H:%M} WIB"


@given(local)
def test_local_time_marked_as_utc_is_told_from_the_date_shown(moment):
    article, disagree, messages = believed([moment.strftime("%Y-%m-%dT%H:%M:%SZ")], [line(moment)])
    assert (article.date_published, article.date_published_raw) == (moment.isoformat(), line(moment))
    assert disagree
    assert "a zone off the date shown" in messages[0]


@given(local)
def test_true_utc_is_believed_and_written_in_wib(moment):
    stated = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    article, disagree, messages = believed([stated], [line(moment)])
    assert (article.date_published, article.date_published_raw) == (moment.isoformat(), stated)
    assert (disagree, messages) == (False, [])


@given(local, st.integers(2, 300))
def test_minutes_between_them_are_no_zone(moment, minutes):
    article, disagree, _ = believed([moment.isoformat()], [line(moment - timedelta(minutes=minutes))])
    assert article.date_published == moment.isoformat()
    assert disagree


def test_a_line_of_another_day_than_the_nearest_is_something_elses():
    article, _, _ = believed([], ["Kamis, 19 November 2026", "18 November 2026 08:15 WIB"])
    assert (article.date_published, article.date_published_raw) == (None, "Kamis, 19 November 2026")
    article, _, _ = believed([], ["Kamis, 19 November 2026", "19 November 2026 08:15 WIB"])
    assert article.date_published == "2026-11-19T08:15:00+07:00"
