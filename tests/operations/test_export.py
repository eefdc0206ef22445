import csv
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from datetime import date, datetime, timedelta

import pytest

from tests.articles import NOON, ROOT, article, articles, lines, open_store, python
from tests.conftest import run
from wartacrawl import items
from wartacrawl.config import ConfigError
from wartacrawl.operations import export
from wartacrawl.operations.export import SUFFIXES
from wartacrawl.reporting.outcome import CommandError
from wartacrawl.storage.reader import Reader

PEOPLE = [{"name": "Sekar Ayu", "url": None}, {"name": "Bima", "url": "https://wartaekonomi.co.id/penulis/bima"}]
IMAGE = {"url": "https://foto.wartaekonomi.co.id/a.jpg", "caption": "Panen", "credit_text": "Antara"}
EAST = datetime.fromisoformat("2026-07-12T00:30:00+09:00")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "output"
    store, run = open_store(folder)
    store.write(articles(range(1000, 1040), days=3))
    store.write(
        [
            article(
                2000,
                headline="=SUM(A1)",
                published=EAST,
                authors=PEOPLE,
                keywords=["sawit", "CPO"],
                main_image=IMAGE,
                article_section="Kabar Sawit",
                is_accessible_for_free=True,
                article_body='- Satu\n\n- "Dua", kata Menkeu di café Jum’at',
            ),
            article(2001, published=None, article_body=None, videos=[{"url": IMAGE["url"], "caption": None}]),
        ]
    )
    store.write([article(1000, published=NOON - timedelta(days=1), headline="Berita yang diubah")])
    store.ledger.end_run(run, "ok", {})
    store.close()
    return folder


@pytest.fixture
def to(folder, tmp_path):
    """Export to a file of that name and return it."""

    def to(name, *, since=None, section=None, all_versions=False, excel=False):
        reader = Reader(folder, since=since, section=section, all_versions=all_versions)
        export.check(tmp_path / name, folder, excel=excel)
        export.export(reader, tmp_path / name, excel=excel, all_versions=all_versions)
        return tmp_path / name

    return to


def newest(folder):
    return {line["identifier"]: line for line in sorted(lines(folder), key=lambda line: line["version"])}


# -- what each format holds -------------------------------------------------------------------------------------------


def test_json_lines_are_the_lines_as_they_are(to, folder):
    written = to("a.jsonl").read_bytes().splitlines()
    assert {json.loads(line)["identifier"]: json.loads(line) for line in written} == newest(folder)
    assert set(written) <= {
        line for part in folder.glob("articles/**/*") if part.is_file() for line in part.read_bytes().splitlines()
    }
    assert len(to("all.jsonl", all_versions=True).read_bytes().splitlines()) == len(written) + 1


def test_parquet_has_types_and_instants(to, folder):
    parquet = pytest.importorskip("pyarrow.parquet")
    file = to("a.parquet")
    schema = parquet.read_schema(file)
    assert schema.names == [*items.FIELD_NAMES, "day"]
    assert str(schema.field("date_published").type) == "timestamp[us, tz=Asia/Jakarta]"
    assert str(schema.field("word_count").type) == "int64"
    assert str(schema.field("is_accessible_for_free").type) == "bool"
    rows = {row["identifier"]: row for row in parquet.read_table(file).to_pylist()}
    expected = newest(folder)
    assert rows.keys() == expected.keys()
    for identifier, row in rows.items():
        line = expected[identifier]
        when = datetime.fromisoformat(line["date_published"]) if line["date_published"] else None
        assert row["date_published"] == when
        assert row.pop("day") == (items.Article(**line).day)
        assert row["metadata"].pop("date_downloaded") == datetime.fromisoformat(line["metadata"]["date_downloaded"])
        row["metadata"]["field_sources"] = dict(row["metadata"]["field_sources"])
        assert row["metadata"] == {key: value for key, value in line["metadata"].items() if key != "date_downloaded"}
        same = set(items.FIELD_NAMES) - {"date_published", "metadata"}
        assert {name: row[name] for name in same} == {name: line[name] for name in same}
    assert str(rows["2000"]["date_published"]) == "2026-07-11 22:30:00+07:00"


def test_parquet_is_read_by_the_others(to):
    duckdb, pandas = pytest.importorskip("duckdb"), pytest.importorskip("pandas")
    file = to("a.parquet")
    assert duckdb.sql(f"SELECT count(*), max(day) FROM '{file}'").fetchall() == [(42, date(2026, 7, 12))]  # noqa: S608
    assert str(pandas.read_parquet(file)["date_published"].dtype) == "datetime64[us, Asia/Jakarta]"


def test_csv_is_read_back_as_it_was(to, folder):
    with to("a.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["identifier"]: row for row in csv.DictReader(file)}
    expected = newest(folder)
    assert rows.keys() == expected.keys()
    for name in ("headline", "article_body", "date_published", "url", "article_section"):
        assert {key: row[name] for key, row in rows.items()} == {
            key: line[name] or "" for key, line in expected.items()
        }
    row = rows["2000"]
    assert (row["authors"], row["keywords"], row["main_image_url"]) == ("Sekar Ayu; Bima", "sawit; CPO", IMAGE["url"])
    assert (row["day"], row["is_accessible_for_free"], row["word_count"]) == ("2026-07-11", "true", "9")
    assert row["metadata_layout"] == "current"
    pandas = pytest.importorskip("pandas")
    assert pandas.read_csv(to("a.csv"), parse_dates=["day"]).shape == (42, len(row))


def test_a_spreadsheet_gets_a_mark_its_own_times_and_no_formulas(to):
    raw = to("a.csv", excel=True).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfidentifier,")
    (row,) = (
        row for row in csv.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True)) if row["identifier"] == "2000"
    )
    assert row["date_published"] == "2026-07-11 22:30:00"
    assert (row["headline"], row["article_body"][:6]) == ("'=SUM(A1)", "'- Sat")


def test_sqlite_has_types_and_finds_words(to):
    pytest.importorskip("sqlite_utils")
    database = sqlite3.connect(to("a.sqlite"))
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*), typeof(word_count) FROM articles").fetchone() == (42, "integer")
        found = database.execute(
            "SELECT identifier, authors, is_accessible_for_free, day FROM articles WHERE rowid IN"
            " (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'CAFE jum')"
        ).fetchall()
        assert [(key, json.loads(authors), free, day) for key, authors, free, day in found] == [
            ("2000", PEOPLE, 1, "2026-07-11")
        ]
    finally:
        database.close()
    with pytest.raises(sqlite3.IntegrityError):
        _insert_twice(to("a.sqlite"))
    database = sqlite3.connect(to("all.sqlite", all_versions=True))
    assert database.execute("SELECT count(*) FROM articles WHERE identifier = '1000'").fetchone() == (2,)
    database.close()


def _insert_twice(path):
    database = sqlite3.connect(path)
    try:
        database.execute("INSERT INTO articles SELECT * FROM articles LIMIT 1")
    finally:
        database.close()


def test_datasette_opens_it_searches_and_shows_the_article(to):
    pytest.importorskip("datasette")
    file = to("a.sqlite")
    server = subprocess.Popen(
        [sys.executable, "-m", "datasette", "serve", file, "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        url = next(found[0] for line in server.stderr if (found := re.search(r"http://127\.0\.0\.1:[0-9]+", line)))

        def page(path):
            with urllib.request.urlopen(url + path, timeout=20) as answer:
                return answer.read().decode()

        assert 'type="search"' in page("/a/articles")
        (row,) = json.loads(page("/a/articles.json?_search=cafe+menkeu&_shape=array"))
        assert row["identifier"] == "2000"
        assert "kata Menkeu di café" in page("/a/articles/2000")
        facets = json.loads(page("/a/articles.json?_facet_array=keywords&_size=0"))["facet_results"]
        assert {one["value"] for one in facets.get("results", facets)["keywords"]["results"]} == {"sawit", "CPO"}
    finally:
        server.terminate()
        server.communicate(timeout=20)


def test_a_field_that_is_added_is_exported(monkeypatch):
    from wartacrawl.operations import columns

    schema = items.schema()
    schema["properties"]["mood"] = {"type": "object", "properties": {"word": {"type": ["string", "null"]}}}
    monkeypatch.setattr(columns.items, "schema", lambda: schema)
    added = columns.flat_columns()[-1]
    assert (added.name, added.value({"mood": {"word": "tenang"}}), added.value({})) == ("mood_word", "tenang", None)


# -- selections -------------------------------------------------------------------------------------------------------


def test_days_and_sections_are_selected(to):
    assert len(to("a.jsonl", section="kabar-sawit").read_bytes().splitlines()) == 1
    assert len(to("b.jsonl", since=date(2026, 7, 12)).read_bytes().splitlines()) == 13
    assert to("c.csv", since=date(2030, 1, 1)).read_text(encoding="utf-8").count("\n") == 1


def test_an_unknown_section_is_told_with_those_that_exist(to, tmp_path):
    with pytest.raises(ConfigError, match="there are Kabar Sawit"):
        to("a.jsonl", section="kabar-sawah")
    assert not list(tmp_path.glob("*a.jsonl*"))


# -- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(folder, tmp_path, suffix):
    target = tmp_path / f"a{suffix}"
    target.write_text("before", encoding="utf-8")
    child = python(
        "import sys; from pathlib import Path\n"
        "from wartacrawl.operations.export import export; from wartacrawl.storage.reader import Reader\n"
        "from wartacrawl.reporting.outcome import CommandError\n"
        "try: export(Reader(Path(sys.argv[1])), Path(sys.argv[2]))\n"
        "except CommandError as error: print(error)",
        folder,
        target,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    out, log = child.communicate(timeout=60)
    assert re.fullmatch(rf"{target} cannot be written \(.+\): see whether the disk is full or failing.*\n", out), (
        out + log
    )
    assert target.read_text(encoding="utf-8") == "before"
    assert sorted(file.name for file in tmp_path.iterdir()) == [target.name, "output"]


def test_a_target_that_cannot_be_replaced_is_left_alone(to, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(CommandError, match=r"Permission denied\): check its permissions"):
        to("a.csv")
    assert not list(tmp_path.glob(".a*"))


def test_a_fault_in_the_lines_leaves_no_half_file(to, folder, tmp_path):
    part = max(folder.glob("articles/2026/*.jsonl"))
    part.write_bytes(part.read_bytes().replace(b'{"identifier"', b'?"identifier"'))
    for suffix in SUFFIXES:
        with pytest.raises(Exception, match="is not an exported article"):
            to(f"a{suffix}")
    assert [file.name for file in tmp_path.iterdir()] == ["output"]


@pytest.mark.parametrize(("package", "suffix"), [("pyarrow", ".parquet"), ("sqlite_utils", ".sqlite")])
def test_a_missing_package_is_named_with_the_command_that_installs_it(to, tmp_path, monkeypatch, package, suffix):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ConfigError, match=rf"needs the package {package.replace('_', '-')}: install it with `pip install '"
    ):
        to(f"a{suffix}")
    assert [file.name for file in tmp_path.iterdir()] == ["output"]


def test_the_commands_that_install_are_those_of_the_extra():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for command in export._INSTALL.values():
        assert re.search(rf'^export = .*"{re.escape(command.split(chr(39))[1])}"', text, re.MULTILINE)


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGINT])
def test_an_export_that_is_stopped_leaves_nothing(folder, tmp_path, signalled):
    child = python(
        "import sys, time; from scrapy.cmdline import execute; from wartacrawl.operations import tables\n"
        "def stop(path, lines, **_): path.write_text('half'); print('now', flush=True); time.sleep(60)\n"
        "tables.write_jsonl = stop\n"
        "execute(['scrapy', 'export', sys.argv[1], '-s', sys.argv[2]])",
        tmp_path / "a.jsonl",
        f"OUTPUT_DIR={folder}",
    )
    assert child.stdout.readline() == "now\n"
    child.send_signal(signalled)
    child.communicate(timeout=30)
    assert child.returncode
    assert not list(tmp_path.glob("*a.jsonl*"))


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_wrote_and_replaces_it(folder, tmp_path):
    for _ in range(2):
        done = run("export", str(tmp_path / "a.csv"), "--until", "today", settings={"OUTPUT_DIR": folder})
        assert (done.code, done.log) == (0, "")
        assert re.fullmatch(rf"{tmp_path}/a\.csv: 41 articles, [0-9.]+ kB\n", done.out)
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["a.xlsx"],
            r"'a\.xlsx' has no suffix of a known format: name a file that ends in \.parquet, .* or \.sqlite\.",
        ),
        (["a.jsonl", "--excel"], r"--excel is for CSV"),
        (["nowhere/a.csv"], r"nowhere is not a folder"),
        (["output"], r"'output' has no suffix"),
        (["output/articles/2026/2026-07-20.jsonl"], "would be taken for a part"),
        (["a.csv", "--since", "yesterday", "--until", "today-9"], "is after --until"),
        (["a.csv", "--since", "31-12-2026"], "--since='31-12-2026' is not a"),
        (["a.csv", "--section", "cuaca"], "there are Kabar Sawit"),
        ([], "scrapy export takes FILE"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder, tmp_path, words, sentence):
    given = [str(tmp_path / words[0]), *words[1:]] if words else []
    done = run("export", *given, settings={"OUTPUT_DIR": folder})
    assert done.code == 2, done.log
    assert re.search(sentence, done.log.strip().splitlines()[-1]), done.log
    assert "Traceback" not in done.log
    assert not list(tmp_path.glob("*a.*"))


def test_a_folder_without_articles_is_one_sentence(tmp_path):
    done = run("export", str(tmp_path / "a.csv"), settings={"OUTPUT_DIR": tmp_path})
    assert (done.code, done.log) == (1, f"{tmp_path} has no articles: name the folder that a crawl wrote into.\n")
    assert not list(tmp_path.iterdir())


def test_it_may_run_beside_a_crawl(folder, to):
    writer = python(
        "import sys; from pathlib import Path; from tests.articles import articles, open_store\n"
        "store, run = open_store(Path(sys.argv[1])); print('up', flush=True)\n"
        "number = 5000\n"
        "while True:\n"
        "    store.write(articles(range(number, number + 20), days=9)); number += 20",
        folder,
    )
    try:
        assert writer.stdout.readline() == "up\n"
        counts = []
        end = time.monotonic() + 60
        while len(counts) < 5 or counts[0] == counts[-1]:
            assert time.monotonic() < end
            found = [json.loads(line)["identifier"] for line in to("a.jsonl").read_bytes().splitlines()]
            assert len(found) == len(set(found))
            assert (len(found) - 42) % 20 == 0  # whole transactions
            counts.append(len(found))
        assert counts == sorted(counts)
    finally:
        writer.kill()
        writer.communicate()
