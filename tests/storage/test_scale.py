"""What docs/scale.md says about several machines."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from wartacrawl.portal.server import Portal

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")


def test_folders_whose_days_differ_are_put_together_as_the_page_says(tmp_path, crawl, output):
    one, two = tmp_path / "one", tmp_path / "two"
    with Portal(seed=51, articles=60, days=4) as portal:
        days = sorted({story.day for story in portal.newsroom.stories})
        middle = days[len(days) // 2]
        early = {"since": days[0].isoformat(), "until": days[len(days) // 2 - 1].isoformat()}
        late = {"since": middle.isoformat(), "until": days[-1].isoformat()}
        assert crawl(portal, "indeks", settings={"OUTPUT_DIR": one}, **late).code == 0
        assert crawl(portal, "indeks", settings={"OUTPUT_DIR": two}, **early).code == 0
        (commands,) = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE)
        beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        merged = subprocess.run(
            ["sh", "-ec", commands],
            cwd=tmp_path,
            env={**os.environ, "PATH": beside, "SCRAPY_SETTINGS_MODULE": "wartacrawl.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert merged.returncode == 0, merged.stderr
        assert "60 lines of 60 articles" in merged.stdout
        assert "0 findings" in merged.stdout
        output.folder = one
        assert output.ids == sorted(story.identifier for story in portal.newsroom.stories)
        again = crawl(portal, "indeks", settings={"OUTPUT_DIR": one}, since=early["since"], until=late["until"])
        assert again.code == 0
        assert "nothing new" in again.last_line
        assert len(output.ids) == 60


def test_a_part_that_is_in_both_folders_keeps_the_lines_of_both(tmp_path):
    append = re.search(r"(?m)^\(cd two .*$", PAGE)[0]
    for name in ("one", "two"):
        (tmp_path / name / "articles").mkdir(parents=True)
        (tmp_path / name / "articles" / "undated.jsonl").write_text(f"{name}\n", encoding="utf-8")
    (tmp_path / "two" / "articles" / "2024").mkdir()
    (tmp_path / "two" / "articles" / "2024" / "2024-01-01.jsonl").write_text("new\n", encoding="utf-8")
    subprocess.run(["sh", "-ec", append], cwd=tmp_path, check=True)
    assert (tmp_path / "one" / "articles" / "undated.jsonl").read_text(encoding="utf-8") == "one\ntwo\n"
    assert (tmp_path / "one" / "articles" / "2024" / "2024-01-01.jsonl").read_text(encoding="utf-8") == "new\n"
