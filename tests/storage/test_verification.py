import json
import subprocess
import sys

import pytest

from tests.articles import ROOT, article, articles, open_store
from wartacrawl import items
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.verify import verify

PART = "articles/2026/2026-07-12.jsonl"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "output"
    store, run = open_store(folder)
    store.write(articles(range(1, 11), days=2))
    store.write([article(2, headline="Diralat")])
    store.ledger.end_run(run, "ok", {})
    store.close()
    return folder


def change(folder, number, edit):
    """Put `edit(line)` in place of a line of the part, and make the ledger believe it."""
    part = folder / PART
    rows = part.read_bytes().splitlines(keepends=True)
    rows[number - 1] = edit(rows[number - 1])
    part.write_bytes(b"".join(rows))
    believe(folder, PART)


def believe(folder, name):
    ledger = Ledger(folder / FILE_NAME)
    data = (folder / name).read_bytes()
    ledger.extend_part(name, length=len(data), lines=0, last_line=data.splitlines(keepends=True)[-1])
    ledger.close()


def with_field(**changes):
    return lambda line: items.dump({**json.loads(line), **changes})


def findings(folder):
    return verify(folder).findings


def test_a_sound_folder_has_no_findings(folder):
    report = verify(folder)
    assert report.findings == []
    assert (report.parts, report.lines, report.articles) == (2, 11, 10)


def test_an_empty_or_missing_folder_has_no_findings(tmp_path):
    assert findings(tmp_path) == findings(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda _: b"no json\n", "no JSON object"),
        (lambda _: b"[1]\n", "no JSON object"),
        (lambda _: b"\n", "no JSON object"),
        (lambda _: b"\xff\xfe\n", "no JSON object"),
        (lambda _: b"[" * 100_000 + b"\n", "no JSON object"),
        (with_field(headline=None), "against the schema: headline"),
        (with_field(surplus=1), "against the schema"),
        (lambda line: items.dump(dict(reversed(json.loads(line).items()))), "not in the order of the contract"),
        (with_field(date_published="2026-07-12T23:00:00+00:00"), "belongs to articles/2026/2026-07-13.jsonl"),
        (with_field(date_published=None), "belongs to articles/undated.jsonl"),
        (with_field(date_published="2026-02-30T12:00:00+07:00"), "against the schema: date_published"),
        (with_field(date_published="2026-07-12T12:00:00+99:00"), "against the schema: date_published"),
        (with_field(date_published="0001-01-01T00:00:00+14:00"), "0001-01-01T00:00:00+14:00 is not"),
        (with_field(url="https://wartaekonomi.co.id/read999/harga"), "has the address of another"),
        (with_field(version=1 << 40), "is not a number of changes"),
        (with_field(version=1.0), "version 1.0 is not a number of changes"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_number(folder, edit, said):
    change(folder, 3, edit)
    first = findings(folder)[0]
    assert first.startswith(f"{PART}:3: ")
    assert said in first


def test_a_torn_end_is_found(folder):
    change(folder, 6, lambda line: line[:50])
    assert findings(folder) == [f"{PART}:6: torn: the line has no end"]


def test_a_duplicate_names_both_lines(folder):
    change(folder, 5, lambda line: line + line)
    assert findings(folder) == [f"{PART}:6: article 10 version 1 stands at {PART}:5 already"]


def test_a_duplicate_in_another_part_names_both_parts(folder):
    line = items.dump(article(1, published=None).record())
    (folder / "articles/undated.jsonl").write_bytes(line)
    believe(folder, "articles/undated.jsonl")
    other = "articles/2026/2026-07-11.jsonl"
    assert findings(folder) == [f"articles/undated.jsonl:1: article 1 version 1 stands at {other}:1 already"]


def test_a_gap_between_versions_is_found(folder):
    change(folder, 6, with_field(version=3))
    assert findings(folder) == [f"{PART}:6: article 2 has version 3 but not the one before it"]
    change(folder, 5, with_field(version=2))
    assert f"{PART}:5: article 10 has version 2 but not the one before it" in findings(folder)


def test_versions_in_the_wrong_order_are_found(folder):
    change(folder, 1, with_field(version=2))
    change(folder, 6, with_field(version=1))
    assert findings(folder) == [f"{PART}:6: article 2 version 1 stands after 2, line 1"]


def test_a_missing_part_and_a_short_one_are_found(folder):
    (folder / PART).write_bytes(b"")
    assert [finding.partition(" bytes")[0] for finding in findings(folder)] == [
        f"{PART}:0: has 0 of the {size(folder):,}"
    ]
    (folder / PART).unlink()
    assert "scrapy rebuild-ledger" in findings(folder)[0]


def size(folder):
    ledger = Ledger(folder / FILE_NAME, read_only=True)
    length = ledger.part(PART).length
    ledger.close()
    return length


def test_bytes_that_nobody_committed_are_found(folder):
    with (folder / PART).open("ab") as part:
        part.write(items.dump(article(77).record()))
    (found,) = findings(folder)
    assert found.startswith(f"{PART}:0: ")
    assert "beyond the committed end" in found


def test_a_missing_or_damaged_ledger_is_found(folder):
    (folder / "ledger.sqlite").write_bytes(b"garbage" * 1_000)
    (found,) = findings(folder)
    assert found.startswith("ledger.sqlite:0: ")
    assert "scrapy rebuild-ledger" in found
    (folder / "ledger.sqlite").unlink()
    assert findings(folder) == ["ledger.sqlite:0: there is no ledger; run `scrapy rebuild-ledger`"]


def test_lines_under_way_beside_a_running_crawl_are_left_out(folder):
    store, run = open_store(folder)
    with (folder / PART).open("ab") as part:
        part.write(b'{"identifier":"7')
    assert verify(folder).findings == []
    store.ledger.end_run(run, "ok", {})
    store.close()
    assert any("torn" in found for found in findings(folder))


def test_verifying_writes_nothing(folder):
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    verify(folder)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before


def scrapy(*words):
    return subprocess.run(
        [sys.executable, "-m", "scrapy.cmdline", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_folder_that_is_not_there_is_not_called_sound(tmp_path):
    missing = scrapy("verify", "-s", f"OUTPUT_DIR={tmp_path / 'nowhere'}")
    assert missing.returncode == 1
    assert "is not a folder" in missing.stderr
    misread = scrapy("verify", str(tmp_path))
    assert misread.returncode == 2
    assert "takes no" in misread.stderr


def test_the_command_prints_findings_and_a_summary_and_ends_with_1(folder):
    sound = scrapy("verify", "-s", f"OUTPUT_DIR={folder}")
    assert (sound.returncode, sound.stderr) == (0, "")
    assert "11 lines of 10 articles in 2 parts, 0 findings" in sound.stdout
    change(folder, 3, lambda _: b"no json\n")
    found = scrapy("verify", "-s", f"OUTPUT_DIR={folder}")
    assert found.returncode == 1
    assert found.stdout.splitlines()[0] == f"{PART}:3: no JSON object"
