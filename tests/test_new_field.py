"""The path "A new field" of CONTRIBUTING.md, taken literally on a copy of the project with an existing folder."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wartacrawl
from tests.articles import article, keys, lines, open_store
from wartacrawl.portal.server import Portal

ROOT = Path(wartacrawl.__file__).parents[1]
CASE = "tests/pages/current/0001"


@pytest.fixture
def project(tmp_path):
    """Return a copy of the project that has a single page case."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "wartacrawl", folder / "wartacrawl", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "scrapy.cfg", folder)
    (folder / "docs").mkdir()
    (folder / CASE).mkdir(parents=True)
    (folder / CASE / "expected.json").write_text('{"identifier": "7"}', encoding="utf-8")
    return folder


def run(folder, *arguments):
    environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def add_field(folder, version):
    file = folder / "wartacrawl" / "items.py"
    text = file.read_text(encoding="utf-8")
    column = '    mood: Text | None = _maybe(None, "How the text feels.")\n'
    column += '    moods: list[Text] = _several(None, "Several of them.")\n'
    text = text.replace("    dateline: ", f"{column}    dateline: ", 1)
    file.write_text(text.replace("SCHEMA_VERSION = 1", f"SCHEMA_VERSION = {version}"), encoding="utf-8")


def test_a_new_field_leaves_the_lines_of_the_old_version_valid(project, tmp_path):
    output = tmp_path / "output"
    store, run_id = open_store(output)
    store.write([article(583_116), article(583_117)])
    store.ledger.end_run(run_id, "ok", {})
    store.close()
    add_field(project, version=2)
    made = run(project, "wartacrawl.operations.fields")
    assert (made.returncode, made.stderr) == (0, "")
    assert (project / "wartacrawl" / "article.schema.1.json").exists()
    assert "| `mood` |" in (project / "docs" / "fields.md").read_text(encoding="utf-8")
    case = json.loads((project / CASE / "expected.json").read_text(encoding="utf-8"))
    assert (case["identifier"], case["mood"], case["related"]) == ("7", None, [])
    for command in ("verify", "rebuild-ledger", "verify"):
        done = run(project, "scrapy.cmdline", command, "-s", f"OUTPUT_DIR={output}")
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert "2 lines" in done.stdout


def test_crawls_go_on_with_a_folder_of_the_old_version(project, crawl, output):
    with Portal(seed=118, articles=12, days=1) as portal:
        assert crawl(portal).code == 0
        before = keys(output.folder)
        add_field(project, version=2)
        assert run(project, "wartacrawl.operations.fields").returncode == 0
        folder = ("-s", f"OUTPUT_DIR={output.folder}")
        again = ("crawl", "warta", "-a", "full=1", "-s", f"WARTA_URL={portal.url}", "-s", "DOWNLOAD_DELAY=0", *folder)
        for command in (again, ("rebuild-ledger", *folder), again):
            done = run(project, "scrapy.cmdline", *command)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            assert keys(output.folder) == before, command
        story = portal.newsroom.stories[0]
        portal.revise(story.id, headline="Ralat: Harga Berubah Lagi")
        assert run(project, "scrapy.cmdline", *again).returncode == 0
    assert keys(output.folder) == sorted([*before, (int(story.id), 2)])
    (changed,) = (line for line in lines(output.folder) if line["version"] == 2)
    assert (changed["metadata"]["schema_version"], "mood" in changed) == (2, True)
    changes = changed["metadata"]["changed_fields"]
    assert "headline" in changes
    assert not {"mood", "moods"} & set(changes), "what the old line could not say is no change"
    done = run(project, "scrapy.cmdline", "verify", *folder)
    assert (done.returncode, "13 lines of 12 articles" in done.stdout) == (0, True), done.stdout


def test_a_changed_field_demands_a_new_version(project):
    add_field(project, version=1)
    refused = run(project, "wartacrawl.operations.fields")
    assert refused.returncode == 1
    assert "raise SCHEMA_VERSION in items.py" in refused.stderr
