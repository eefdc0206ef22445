"""The snippets of docs/reading.md, run as they stand, on parts that have all that misleads a reader."""

import re
from datetime import datetime, timedelta

import pytest

from .articles import NOON, ROOT, article, articles, lines, open_store

TEXT = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"(?ms)^## (\w+)\n.*?^```python\n(.*?)^```", TEXT)
PEOPLE = [{"name": "Sekar Ayu", "url": None}, {"name": "Bima", "url": "https://wartaekonomi.co.id/penulis/bima"}]


@pytest.fixture
def folder(tmp_path):
    """Write three days and an undated part; fields that are null all day, and a headline that looks like a date."""
    late, early = NOON.replace(hour=23, minute=30), datetime.fromisoformat("2026-07-12T00:30:00+09:00")
    store, run = open_store(tmp_path / "output")
    store.write(articles(range(1000, 1040), days=3))
    store.write(
        [
            article(583116, published=late, headline="2026-01-01", keywords=["sawit", "CPO"]),
            article(583117, published=early, authors=PEOPLE, article_section="Kabar Sawit"),
            article(583118, published=None),
            article(583119, published=NOON, article_body=None, date_modified="2026-07-13T01:00:00+08:00"),
        ]
    )
    (again,) = store.write([article(1000, published=NOON - timedelta(days=1), headline="Berita yang diubah")])
    assert again.version == 2
    store.ledger.end_run(run, "ok", {})
    store.close()
    return tmp_path


def rows(articles):
    """Return what a snippet left behind as one dictionary an article."""
    if hasattr(articles, "fetchall"):
        return [dict(zip(articles.columns, row, strict=True)) for row in articles.fetchall()]
    if hasattr(articles, "to_dicts"):
        return articles.to_dicts()
    found = articles.astype(object).where(articles.notna(), None).to_dict("records")
    for row in found:
        for name in ("date_published", "date_modified"):
            row[name] = row[name].to_pydatetime() if row[name] is not None else None
    return found


def test_there_is_a_snippet_for_each_of_the_three():
    assert [name for name, _ in SNIPPETS] == ["DuckDB", "polars", "pandas"]


@pytest.mark.parametrize(("name", "code"), SNIPPETS, ids=[name for name, _ in SNIPPETS])
def test_a_snippet_reads_every_article_with_right_types_and_offsets(name, code, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    left = {}
    exec(compile(code, f"docs/reading.md, {name}", "exec"), left)  # noqa: S102 - our own documentation
    assert capsys.readouterr().out
    read = {row["identifier"]: row for row in rows(left["articles"])}
    newest = {line["identifier"]: line for line in sorted(lines(folder / "output"), key=lambda line: line["version"])}
    assert read.keys() == newest.keys()
    assert len(rows(left["articles"])) == len(newest) == 44
    for identifier, row in read.items():
        line = newest[identifier]
        for field in ("version", "headline", "article_body", "article_section", "word_count"):
            assert row[field] == line[field]
            assert isinstance(row[field], type(line[field]))
        for field in ("authors", "keywords"):
            assert list(row[field]) == line[field]
        for field in ("date_published", "date_modified"):
            check_time(row[field], line[field])
    # Half past midnight in the east is still the day before in Jakarta.
    assert str(read["583117"]["date_published"].date()) == "2026-07-11"
    assert read["1000"]["headline"] == "Berita yang diubah"


def check_time(read, written):
    if written is None:
        assert read is None
    else:
        assert read == datetime.fromisoformat(written)
        assert read.utcoffset() == timedelta(hours=7)
