"""A second node takes over, as docs/scrapyd.md says: two real scrapyds, the first killed in the middle of its crawl."""

import re
import shutil
from contextlib import closing
from datetime import date

import pytest

from tests.articles import keys
from tests.conftest import ROOT, Output
from tests.daemon import Daemon, clone, wait_for
from wartacrawl.portal.server import Portal
from wartacrawl.storage.coverage import coverage
from wartacrawl.storage.ledger import FILE_NAME, Ledger
from wartacrawl.storage.verify import verify

MOMENT = "2026-11-24T03:00"


@pytest.fixture
def portal():
    with Portal(seed=91, articles=90, days=3, torn=True) as replica:
        yield replica


@pytest.fixture
def nodes(scrapyd, tmp_path):
    """Return two servers with the same project, the second one the standby."""
    first = Daemon(tmp_path / "one-scrapyd")
    shutil.copytree(scrapyd.home / "eggs", first.home / "eggs")
    with first:
        yield first, scrapyd


@pytest.fixture
def take_over():
    """Run the commands of docs/scrapyd.md on the standby: all but those that only another machine could try."""
    page = (ROOT / "docs" / "scrapyd.md").read_text(encoding="utf-8")
    block = re.search(r"(?s)the standby takes over:\n\n```\n(.*?)```", page)[1]

    def take_over(node, tree, folder):
        wanted = [line for line in block.splitlines() if "rebuild-ledger" in line or "verify" in line]
        assert len(wanted) == 2
        said = []
        for line in wanted:
            program, *words = line.replace('"$HOME/warta"', str(folder)).split()
            assert program == ".venv-scrapyd/bin/scrapy"
            ended = node.run(tree, "scrapy", *words)
            assert ended.returncode == 0, ended.stdout + ended.stderr
            said.append(ended.stdout)
        return "".join(said)

    return take_over


def timetable(tree, portal, folder):
    """Write the timetable of a node; the folders differ as both nodes are on this machine."""
    days = sorted(story.day for story in portal.newsroom.stories)
    path = tree / f"{folder.name}.toml"
    path.write_text(
        f'[settings]\nOUTPUT_DIR = "{folder}"\nWARTA_URL = "{portal.url}"\nEXPORT_BATCH = 4\nEXPORT_SECONDS = 0.5\n'
        f'ARCHIVE_ENABLED = true\n[[job]]\nname = "all"\nspider = "indeks"\ncron = "30 2 * * *"\n'
        f"arguments = {{ since = {days[0]}, until = {days[-1]} }}\n",
        encoding="utf-8",
    )
    return path


def post(node, tree, path):
    ended = node.run(tree, "scrapy", "schedule", "--at", MOMENT, str(path))
    assert (ended.returncode, ended.stdout) == (0, "all-2026-11-24T0230: posted\n"), ended.stderr
    return "all-2026-11-24T0230"


def copy(source, target):
    """Copy what the page copies: all but the ledger, which is only whole on the machine that writes it."""
    page = (ROOT / "docs" / "scrapyd.md").read_text(encoding="utf-8")
    (excluded,) = re.findall(r"rsync -a --exclude '(\S+)'", page)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(excluded), dirs_exist_ok=True)
    assert not list(target.glob("ledger*"))


def facts(folder, portal):
    """Return the coverage of all days."""
    days = sorted(story.day for story in portal.newsroom.stories)
    with closing(Ledger(folder / FILE_NAME, read_only=True)) as ledger:
        return coverage(ledger, date.fromisoformat(str(days[0])), days[-1])


def test_a_standby_goes_on_where_a_killed_node_was_copied_last(nodes, portal, crawl, take_over, tmp_path):
    first, standby = nodes
    one, two, whole = (tmp_path / name for name in ("one", "two", "whole"))
    days = sorted(story.day for story in portal.newsroom.stories)
    assert crawl(portal, "indeks", {"OUTPUT_DIR": whole}, since=days[0], until=days[-1]).code == 0

    tree_one = clone(tmp_path / "clone-one", first.url)
    portal.fail("/read", "slow", delay=0.15)
    post(first, tree_one, timetable(tree_one, portal, one))
    wait_for(lambda: sum(file.read_bytes().count(b"\n") for file in one.glob("articles/**/*.jsonl")) > 12)
    copy(one, two)
    # The copy was taken while a line was being written.
    part = max(two.glob("articles/**/*.jsonl"), key=lambda file: file.stat().st_size)
    part.write_bytes(part.read_bytes()[:-100])
    first.kill_all()
    portal.heal()

    tree_two = clone(tmp_path / "clone-two", standby.url)
    said = take_over(standby, tree_two, two)
    copied = keys(two)
    assert f"{len(copied)} lines" in said
    assert 8 < len(copied) < 90
    portal.clear()
    standby.finish(post(standby, tree_two, timetable(tree_two, portal, two)))

    assert keys(two) == keys(whole)
    assert len(keys(two)) == len(portal.newsroom.stories)
    assert verify(two).findings == []
    assert facts(two, portal) == facts(whole, portal)
    asked = {int(found[1]) for hit in portal.hits if (found := re.match(r"/read(\d+)", hit.path))}
    assert asked == {identifier for identifier, _ in keys(two)} - {identifier for identifier, _ in copied}
    # What the first node archived is whole, but for the record that the copy caught half written.
    assert not list(two.glob("archive/*.open"))
    bodies = {record["identifier"]: record["article_body"] for record in Output(whole).records}
    assert {record["identifier"]: record["article_body"] for record in Output(two).records} == bodies
