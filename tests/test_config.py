"""A folder that cannot be written is a wrong argument: told in one sentence, by every command, before anything else."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import run
from tests.storage.test_export import obey_rights
from wartacrawl.config import ConfigError, check_writable
from wartacrawl.portal.server import Portal
from wartacrawl.storage.ledger import FILE_NAME


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("no folder", encoding="utf-8")
    return path


def refused(folder, name="OUTPUT_DIR"):
    with pytest.raises(ConfigError) as caught:
        check_writable(folder, name)
    return str(caught.value)


def test_a_folder_that_is_there_or_can_be_made_is_fine_and_nothing_is_made(tmp_path):
    check_writable(tmp_path)
    check_writable(tmp_path / "deep" / "deeper")
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_is_named(file):
    assert refused(file) == (
        f"OUTPUT_DIR='{file}' cannot be written: {file} is no folder; move it away, or name another folder."
    )
    assert refused(file / "deeper", "--out") == (
        f"--out='{file / 'deeper'}' cannot be written: {file} is no folder; move it away, or name another folder."
    )


def test_a_link_to_nothing_is_in_the_way(tmp_path):
    (tmp_path / "output").symlink_to(tmp_path / "nowhere" / "at all")
    assert f"{tmp_path / 'output'} is no folder" in refused(tmp_path / "output")


def test_a_path_that_cannot_be_is_said(tmp_path):
    assert "File name too long" in refused(tmp_path / ("x" * 300))


@pytest.mark.parametrize("locked", [".", FILE_NAME])
def test_a_right_that_is_missing_is_named(tmp_path, locked):
    (tmp_path / FILE_NAME).touch()
    (tmp_path / locked).chmod(0o555)
    code = (
        "import sys; from pathlib import Path; from wartacrawl.config import check_writable\n"
        "check_writable(Path(sys.argv[1]))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=obey_rights if os.geteuid() == 0 else None,
    )
    (tmp_path / locked).chmod(0o755)
    sentence = f"we have no right to write to {tmp_path / locked}; set its rights, or name another folder."
    assert sentence in child.stderr


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_crawl_into_a_file_is_usage_before_the_first_request(crawl, file, below):
    with Portal(articles=3) as portal:
        ended = crawl(portal, settings={"OUTPUT_DIR": file / below})
        assert not portal.hits
    assert ended.code == 2, ended.log
    assert "Outcome: usage (exit code 2): OUTPUT_DIR='" in ended.last_line
    assert f"{file} is no folder" in ended.last_line
    assert "Traceback" not in ended.log
    assert "No report" not in ended.log  # the sentence says it already


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["replay", "--out", "{}", "tests"], "--out"),
        (["replay", "-s", "OUTPUT_DIR={}", "tests"], "OUTPUT_DIR"),
        (["rebuild-ledger", "-s", "OUTPUT_DIR={}"], "OUTPUT_DIR"),
        (["demo", "-s", "OUTPUT_DIR={}"], "OUTPUT_DIR"),
        (["doctor", "--save", "{}"], "--save"),
        (["save-case", "583116", "--save", "{}"], "--save"),
    ],
)
def test_every_command_that_writes_calls_a_file_in_the_way_usage(file, words, name):
    with Portal(articles=3) as portal:
        ended = run(*(word.format(file) for word in words), settings={"WARTA_URL": portal.url})
        assert not portal.hits
    assert ended.code == 2, ended.log
    assert ended.last_line.startswith(f"{name}='{file}")
    assert f"{file}' is no folder" in ended.last_line or f"{file} is no folder" in ended.last_line
    assert len(ended.log.strip().splitlines()) == 1


def test_a_report_that_cannot_be_written_is_one_sentence(crawl, output):
    with Portal(articles=3) as portal:
        assert crawl(portal, "artikel", urls=portal.newsroom.stories[0].identifier).code == 0
    reports = output.folder / "reports"
    shutil.rmtree(reports)
    reports.write_text("no folder", encoding="utf-8")
    ended = run("report", settings={"OUTPUT_DIR": output.folder})
    assert ended.code == 1
    assert ended.log.startswith(f"{reports} cannot be written (File exists): see what is in the way")
    assert len(ended.log.strip().splitlines()) == 1
