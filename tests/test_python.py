"""The snippets of docs/python.md, run one after the other as they stand, on the sample; and the sample itself."""

import json
import re
import shutil

import jsonschema
import pytest

import wartacrawl
from wartacrawl import items

from .articles import ROOT, lines

TEXT = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"(?ms)^```python\n(.*?)^```", TEXT)
SAMPLE = ROOT / "docs" / "sample"
PAGE = ROOT / "tests" / "pages" / "current" / "all-parts-as-described" / "page.html"


def test_the_snippets_do_what_the_page_says(tmp_path, monkeypatch, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    shutil.copytree(SAMPLE, tmp_path / "output")
    shutil.copy(PAGE, tmp_path)
    monkeypatch.chdir(tmp_path)
    names, shown = {}, []
    for number, code in enumerate(SNIPPETS, 1):
        exec(compile(code, f"docs/python.md, snippet {number}", "exec"), names)  # noqa: S102 - our own documentation
        shown.append(capsys.readouterr().out)
    plt.close("all")
    loop, attributes, table, picture, page = shown
    assert re.fullmatch(r"2026-11-24 .+ [0-9]+\n", loop)
    assert "2026-11-21" in attributes
    assert "EkBis" in table
    assert picture == ""
    assert (tmp_path / "articles-a-day.png").read_bytes().startswith(b"\x89PNG")
    assert page.endswith(" layout\n")


def test_the_sample_is_valid_and_has_what_there_is_to_see():
    schema = json.loads((ROOT / "wartacrawl" / "article.schema.json").read_text(encoding="utf-8"))
    records = lines(SAMPLE)
    for record in records:
        assert items.record_problems(record) == []
        if record["metadata"]["schema_version"] == items.SCHEMA_VERSION:
            jsonschema.validate(record, schema)
    assert len({record["article_section"] for record in records}) >= 5
    for field in ("related", "images", "videos", "authors", "keywords", "main_image", "article_body"):
        assert any(record[field] for record in records), field
    assert any(record["version"] == 2 for record in records)
    assert len(list(wartacrawl.read(SAMPLE))) == len(records) - 1
