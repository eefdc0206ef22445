"""What every page of the documentation names exists: files, headings, commands and their options."""

import re
from functools import cache
from importlib import import_module

import pytest

from wartacrawl import __version__

from .articles import ROOT
from .conftest import run

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ALL = [pytest.param(page, id=page.relative_to(ROOT).as_posix()) for page in PAGES]
COMMANDS = {file.stem for file in (ROOT / "wartacrawl" / "commands").glob("[a-z]*.py")}
_COMMAND = re.compile(r"(?:^|[`/ ])scrapy ([a-z][a-z-]*)((?: [^`#\n|&>]*)?)", re.MULTILINE)


def anchors(page):
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", ALL)
def test_links_lead_somewhere(page):
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("page", ALL)
def test_commands_and_their_options_exist(page):
    for name, rest in _COMMAND.findall(page.read_text(encoding="utf-8")):
        if name in COMMANDS:
            for option in re.findall(r"(?<= )(--[a-z-]+)", rest):
                assert option in help_of(name), f"scrapy {name} {option}"


@cache
def help_of(name):
    return set(re.findall(r"--[a-z-]+", run(name, "--help").out))


def test_every_command_is_in_the_documentation():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in COMMANDS if f"scrapy {name}" not in text} == set()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_names_a_guide_that_exists(name):
    guide = getattr(import_module(f"wartacrawl.commands.{name}").Command, "guide", "")
    assert not guide or (ROOT / guide).is_file()


_PLACE = re.compile(r"(?<![\w/.-])(?:wartacrawl|tests|docs|deploy)/[\w./-]*\w(?![\w<{*])")
_ROOMS = "|".join(sorted(file.name for file in (ROOT / "wartacrawl").iterdir() if (file / "__init__.py").exists()))


@pytest.mark.parametrize("page", ALL)
def test_the_files_and_folders_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    own = {place for place in _PLACE.findall(text) if not re.search(r"/(?:0001|unknown)\b", place)}
    assert {place for place in own if not (ROOT / place).exists()} <= {"tests/pages/layout/case"}


def test_the_files_that_messages_and_docstrings_name_exist():
    named = {
        (file.name, place)
        for file in (ROOT / "wartacrawl").rglob("*.py")
        for place in re.findall(rf"(?<![\w/])(?:{_ROOMS})/\w+\.py", file.read_text(encoding="utf-8"))
    }
    assert named
    assert {pair for pair in named if not (ROOT / "wartacrawl" / pair[1]).exists()} == set()


def test_contributing_names_what_stands_in_the_files_it_names():
    _, *paths = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("\n## ")
    for path in paths:
        files = [ROOT / place for place in _PLACE.findall(path) if place.endswith(".py")]
        source = "".join(file.read_text(encoding="utf-8") for file in files)
        names = re.findall(r"`([A-Z]\w+)`", path)
        assert [name for name in names if not re.search(rf"\b{name}\b", source)] == [], path.partition("\n")[0]


def test_the_changelog_begins_with_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"(?m)^## ([0-9.]+) \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$", text)[1] == __version__
