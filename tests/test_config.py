"""Settings: each is read once, a bad or misspelt one is refused in one sentence, before anything else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings, default_settings

from tests.conftest import run
from tests.storage.test_export import obey_rights
from wartacrawl import settings as defaults
from wartacrawl.config import Config, ConfigError, MonitorsConfig, check_writable, refuse_misspelt
from wartacrawl.portal.server import Portal
from wartacrawl.storage.ledger import FILE_NAME

# Settings that other parts of Scrapy or of this package read, and that are not in Config.
OTHERS: set[str] = set()


def project(**given):
    """Return Scrapy's settings as a crawl has them."""
    settings = Settings()
    settings.setmodule(defaults)
    settings.update(given, priority="cmdline")
    return settings


def test_the_defaults_are_those_of_the_settings_module():
    assert Config.of(project()) == Config.of({}) == Config.read()


def test_every_setting_of_ours_is_in_the_config():
    own = {name for name in vars(defaults) if name.isupper()} - set(vars(default_settings))
    foreign = {name for name in own if name.startswith("SPIDERMON_")}
    assert own - foreign - OTHERS - set(Config.names()) == set()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PATIENCE_SECONDS", "-1", "a number from 0"),
        ("PATIENCE_SECONDS", "nan", "a number from 0"),
        ("PATIENCE_SECONDS", "", "a number from 0"),
        ("EXPORT_BATCH", "2.5", "a whole number from 1"),
        ("MONITORS_FALLBACK_SHARE", "1.5", "a number from 0 to 1: give one, such as MONITORS_FALLBACK_SHARE=0.5"),
        ("RENDER_ENABLED", "maybe", "give RENDER_ENABLED=1 or RENDER_ENABLED=0"),
        ("WARTA_URL", "https://wartaekonomi.co.id/indeks", "scheme and host alone"),
        ("WARTA_URL", "http://[", "scheme and host alone"),
        ("WARTA_CONTACT", "me", "an e-mail address nor a URL"),
        ("RECHECK_AGES", "3600,young", "seconds after publication"),
        ("OUTPUT_DIR", "", "not a folder"),
        ("OUTPUT_DIR", "~nobody-of-this-name/out", "give an absolute path"),
        ("JOBDIR", "crawls/1", "leave it out"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(name, value, allowed):
    with pytest.raises(ConfigError) as caught:
        Config.of(project(**{name: value}))
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}={value!r}")
    assert allowed in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("WARTA_URI", "WARTA_URL"),
        ("RENDER_ENABLE", "RENDER_ENABLED"),
        ("OUPUT_DIR", "OUTPUT_DIR"),
        ("OUTPUT_FOLDER", "OUTPUT_DIR"),
        ("PATIENCE_SECOND", "PATIENCE_SECONDS"),
        ("MONITORS_ERROR_LINES", "MONITORS_ERRORS"),
        ("warta_url", "WARTA_URL"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(name, meant):
    with pytest.raises(ConfigError, match=f"^{name} is not a setting: did you mean {meant}\\?$"):
        Config.of(project(**{name: "1"}))


def test_settings_of_scrapy_and_its_plugins_are_not_ours_to_judge():
    refuse_misspelt(name for name in vars(default_settings) if name.isupper())
    refuse_misspelt(["PLAYWRIGHT_MAX_CONTEXTS", "SPIDERMON_ENABLED", "EDITOR", "MY_OWN_THING"])


def test_a_misspelt_field_is_refused_with_the_one_that_was_meant():
    with pytest.raises(ConfigError, match="did you mean 'article_body'"):
        MonitorsConfig.read({"MONITORS_FIELD_COVERAGE": {"article_bodi": 0.9}})


def test_a_misspelt_setting_ends_a_crawl_before_the_first_request(crawl):
    with Portal(articles=3) as portal:
        ended = crawl(portal, settings={"RENDER_ENABLE": "1"})
        assert not portal.hits
    assert ended.code == 2
    assert ended.last_line.endswith("RENDER_ENABLE is not a setting: did you mean RENDER_ENABLED?")


def test_a_relative_folder_starts_at_scrapy_cfg_and_needs_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"there is no scrapy\.cfg here or above"):
        _ = Config.of({}).folder
    (tmp_path / "scrapy.cfg").touch()
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert Config.of({}).folder == tmp_path / "output"
    monkeypatch.setenv("SCRAPYD_JOB", "1")
    with pytest.raises(ConfigError, match="schedule with an absolute path"):
        _ = Config.of({}).folder


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
        f"OUTPUT_DIR='{file}' cannot be written: {file} is not a folder; move it away, or name another folder."
    )
    assert refused(file / "deeper", "--out") == (
        f"--out='{file / 'deeper'}' cannot be written: {file} is not a folder; move it away, or name another folder."
    )


def test_a_link_to_nothing_is_in_the_way(tmp_path):
    (tmp_path / "output").symlink_to(tmp_path / "nowhere" / "at all")
    assert f"{tmp_path / 'output'} is not a folder" in refused(tmp_path / "output")


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
    sentence = f"{tmp_path / locked} is not writable; correct its permissions, or name another folder."
    assert sentence in child.stderr


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_crawl_into_a_file_is_usage_before_the_first_request(crawl, file, below):
    with Portal(articles=3) as portal:
        ended = crawl(portal, settings={"OUTPUT_DIR": file / below})
        assert not portal.hits
    assert ended.code == 2, ended.log
    assert "Outcome: usage (exit code 2): OUTPUT_DIR='" in ended.last_line
    assert f"{file} is not a folder" in ended.last_line
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
    assert "is not a folder" in ended.last_line
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


def test_a_place_where_nothing_can_be_made_is_refused():
    with pytest.raises(ConfigError, match=r"^OUTPUT_DIR='/proc/x' cannot be written: nothing can be created in /proc"):
        check_writable(Path("/proc/x"))


def test_looking_whether_a_folder_can_be_made_leaves_nothing_behind(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
