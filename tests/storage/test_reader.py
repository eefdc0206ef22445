import json
import shutil
import subprocess
import sys
from datetime import date, timedelta

import pytest

import wartacrawl
from tests.articles import NOON, ROOT, article, articles, lines, open_store
from wartacrawl.storage.ledger import FILE_NAME, LedgerError
from wartacrawl.storage.reader import Reader, read

PART = "articles/2026/2026-07-12.jsonl"


@pytest.fixture
def folder(tmp_path):
    """Write three days: an article that changed its day with its text, one changed twice, and one without a day."""
    folder = tmp_path / "output"
    store, run = open_store(folder)
    store.write(articles(range(100, 110), days=3))
    store.write([article(200, article_section="Kabar Sawit"), article(201, article_section="EkBis")])
    store.write([article(300, published=None)])
    for headline in ("Kedua", "Ketiga"):
        store.write([article(200, headline=headline, article_section="Kabar Sawit")])
    store.write([article(201, headline="Pindah hari", published=NOON - timedelta(days=2), article_section="EkBis")])
    store.ledger.end_run(run, "ok", {})
    store.close()
    return folder


@pytest.fixture(params=["with a ledger", "without"])
def either(folder, request):
    """Return the same folder as it is, and without its ledger."""
    if request.param == "without":
        (folder / FILE_NAME).unlink()
    return folder


def test_each_article_comes_once_in_its_newest_version_by_day(either):
    found = list(read(either))
    newest = {line["identifier"]: line for line in sorted(lines(either), key=lambda line: line["version"])}
    assert len(found) == len(newest) == 13
    assert {one.identifier: one.record() for one in found} == newest
    days = [one.day for one in found]
    assert days[-1] is None
    assert days[:-1] == sorted(days[:-1])


def test_all_versions_are_all_lines(either):
    assert [one.record() for one in read(either, all_versions=True)] == lines(either)


def test_days_are_those_of_the_newest_version(either):
    moved = [one.identifier for one in read(either, since="2026-07-10", until=date(2026, 7, 10))]
    assert "201" in moved
    assert "201" not in [one.identifier for one in read(either, since=NOON)]
    assert "300" not in [one.identifier for one in read(either, until="2030-01-01")]


@pytest.mark.parametrize("name", ["kabar-sawit", "Kabar Sawit", "KABAR SAWIT"])
def test_a_section_goes_by_name_or_slug(either, name):
    assert [(one.identifier, one.version) for one in read(either, section=name)] == [("200", 3)]


def test_articles_are_read_one_at_a_time(either):
    reader = Reader(either)
    next(iter(reader))
    assert 0 < reader.position < reader.size
    assert len(list(reader)) == 13
    assert reader.position == reader.size


def test_what_a_crawl_adds_meanwhile_is_not_read(either):
    reader = Reader(either)
    before = len(lines(either))
    store, _ = open_store(either) if (either / FILE_NAME).exists() else (None, None)
    if store is None:
        with (either / PART).open("ab") as part:
            part.write((either / PART).read_bytes())
    else:
        store.write([article(200, headline="Keempat"), article(900)])
        store.close()
    assert len(lines(either)) > before
    found = [(one.record["identifier"], one.record["version"]) for one in reader]
    assert len(found) == 13
    assert ("200", 3) in found


def test_a_line_under_way_is_not_read(either):
    with (either / PART).open("ab") as part:
        part.write(b'{"identifier":"9')
    assert len(list(read(either))) == 13


def test_what_a_killed_crawl_has_not_committed_is_not_read(folder):
    store, _ = open_store(folder)
    with (folder / PART).open("ab") as part:
        part.write(json.dumps(article(901).record()).encode() + b"\n")
    assert "901" not in [one.identifier for one in read(folder)]
    store.close()


def test_lines_that_no_crash_can_have_left_are_not_passed_over(folder):
    shutil.copy(folder / PART, folder / "articles/2026/2026-07-13.jsonl")
    with pytest.raises(LedgerError, match="rebuild-ledger"):
        read(folder)


def test_a_part_that_is_gone_is_named(folder):
    (folder / PART).unlink()
    with pytest.raises(LedgerError, match=r"2026-07-12\.jsonl is missing"):
        read(folder)


@pytest.mark.parametrize("name", ["output", "nowhere", "file"])
def test_a_folder_without_articles_is_one_sentence(tmp_path, name):
    (tmp_path / "output").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match=f"{name} (has no articles|is not a folder): name the "):
        read(tmp_path / name)


@pytest.mark.parametrize("line", [b"{}\n", b"\0\0\0\n", b'{"version":1,"identifier":"x"}\n', b"[" * 9000 + b"\n"])
def test_a_foreign_line_is_named(folder, line):
    (folder / FILE_NAME).unlink()
    number = len((folder / PART).read_bytes().splitlines()) + 1
    with (folder / PART).open("ab") as part:
        part.write(line)
    with pytest.raises(LedgerError, match=rf"12\.jsonl:{number} is not an exported article"):
        list(read(folder))


def test_a_line_of_a_newer_version_is_not_half_read(folder):
    (folder / FILE_NAME).unlink()
    record = article(400).record() | {"mood": "calm"}
    record["metadata"]["schema_version"] = 99
    with (folder / PART).open("a", encoding="utf-8") as part:
        part.write(json.dumps(record) + "\n")
    with pytest.raises(LedgerError, match="schema version 99"):
        list(read(folder))


def test_a_day_that_is_none_is_a_value_error(folder):
    with pytest.raises(ValueError, match="'2026-13-01' is not a day"):
        read(folder, since="2026-13-01")


# -- import wartacrawl ------------------------------------------------------------------------------------------------


def test_the_package_offers_what_it_names():
    assert set(wartacrawl.__all__) <= set(dir(wartacrawl))
    assert wartacrawl.read is read
    with pytest.raises(AttributeError, match="no attribute 'raed'"):
        _ = wartacrawl.raed


def test_importing_brings_nothing_else_and_reading_does_without_scrapy(folder):
    code = (
        "import sys; before = set(sys.modules); import wartacrawl\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)\n"
        "for article in wartacrawl.read(sys.argv[1]): pass\n"
        "print(*sorted(sys.modules.keys() & {'scrapy', 'twisted', 'trafilatura', 'dateparser', 'pyarrow', 'rich'}))"
    )
    done = subprocess.run([sys.executable, "-c", code, folder], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["wartacrawl", ""], done.stdout


def test_a_page_at_hand_is_read():
    case = next(iter(sorted((ROOT / "tests/pages/current").glob("*/expected.json")))).parent
    meta, expected = (json.loads((case / name).read_text(encoding="utf-8")) for name in ("meta.json", "expected.json"))
    page = (case / "page.html").read_bytes()
    for html in (page, page.decode()):
        found = wartacrawl.extract(html, meta["url"])
        assert found.headline == expected["headline"]
        assert found.article_body == expected["article_body"]


@pytest.mark.parametrize("html", ["", "<html><body>Sedang dalam perawatan</body></html>"])
def test_a_page_that_is_not_the_article_is_refused(html):
    with pytest.raises(ValueError, match="does not hold its article"):
        wartacrawl.extract(html, "https://wartaekonomi.co.id/read583116/harga-naik")
