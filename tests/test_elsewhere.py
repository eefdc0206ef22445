"""wartacrawl installed with pip and used from another folder, as the README says."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT, Output, command
from wartacrawl.portal.server import Portal

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language):
    """Return the first block of the README in a language that names wartacrawl or a spider."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(text for text in blocks if "wartacrawl" in text or "warta" in text)


@pytest.fixture
def elsewhere(tmp_path):
    """Return a function that runs a command in a folder outside the project."""

    def run(*words, **environment):
        env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        return subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)

    return run


def test_two_lines_of_scrapy_cfg_are_enough(elsewhere, tmp_path):
    config = block("ini")
    assert len(config.strip().splitlines()) == 2
    (tmp_path / "scrapy.cfg").write_text(config, encoding="utf-8")
    with Portal(seed=8, articles=3, days=1) as portal:
        ended = elsewhere(*command("crawl", "warta", settings={"WARTA_URL": portal.url}))
        assert ended.returncode == 0, ended.stderr
    assert len(Output(tmp_path / "output").records) == 3
    assert elsewhere(*command("verify")).returncode == 0


def test_without_it_the_folder_must_be_absolute_and_the_sentence_says_so(elsewhere, tmp_path):
    environment = {"SCRAPY_SETTINGS_MODULE": "wartacrawl.settings"}
    ended = elsewhere(*command("verify"), **environment)
    assert ended.returncode == 2
    assert "there is no scrapy.cfg here or above to start from: give an absolute path" in ended.stderr
    with Portal(seed=8, articles=3, days=1) as portal:
        settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": tmp_path / "here"}
        assert elsewhere(*command("crawl", "warta", settings=settings), **environment).returncode == 0
    assert len(Output(tmp_path / "here").records) == 3


def test_a_script_may_give_values(elsewhere, tmp_path):
    (tmp_path / "scrapy.cfg").write_text(block("ini"), encoding="utf-8")
    with Portal(seed=8, articles=12, days=1) as portal:
        section = portal.newsroom.stories[0].section
        script = block("python")
        assert 'sections=["ekbis"]' in script
        script = script.replace('["ekbis"]', repr([section.name]))
        script = script.replace("get_project_settings()", "settings", 1).replace(
            "process = ", f"settings = get_project_settings()\nsettings.set('WARTA_URL', {portal.url!r})\nprocess = ", 1
        )
        ended = elsewhere(sys.executable, "-c", script)
        assert ended.returncode == 0, ended.stderr
    records = Output(tmp_path / "output").records
    assert 1 <= len(records) <= 3
    assert {record["article_section"] for record in records} == {section.name}
