"""The walls of the house: which module may know which."""

import ast
from pathlib import Path

import pytest

import wartacrawl

PACKAGE = Path(wartacrawl.__file__).parent

# A module imports only from rows before its own; those before the Scrapy line never import scrapy.
ROWS = [
    {"text", "dates", "similarity", "json_ld"},
    {"blocks"},
    {"lines"},
    {"site"},
    {"page", "items"},
    {"links", "loaders", "arguments", "timetable"},
    {"related"},
    {"body"},
    {"generic"},
    {"document"},
    {"layers", "pager"},
    {"extract"},
    {"ledger", "warc"},
    {"export", "coverage", "discovery", "replaying"},
    {"verification", "rebuilding", "rewriting"},
]
PURE = set().union(*ROWS)
# Within a row, these may look at their neighbour to the left.
NEIGHBOURS = {("rebuilding", "verification")}
# site/ reads pages, so it may know the document it reads.
READERS = {("site", "page")}

HOSTS = ("wartaekonomi.co.id",)
# The schema states the real host: it is part of the contract, not knowledge of the site.
MAY_NAME_THE_HOST = {"items.py", "settings.py", "folder.py", "arguments.py"}


MODULES = [pytest.param(file, id=file.relative_to(PACKAGE).as_posix()) for file in sorted(PACKAGE.rglob("*.py"))]


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def row(name: str) -> int:
    return next(number for number, names in enumerate(ROWS) if name in names)


@pytest.mark.parametrize("file", MODULES)
def test_nothing_below_the_scrapy_line_knows_scrapy(file):
    if room(file) in PURE:
        foreign = {name.partition(".")[0] for name in imports(file)} & {
            "scrapy",
            "twisted",
            "scrapy_playwright",
            "spidermon",
        }
        assert not foreign


@pytest.mark.parametrize("file", MODULES)
def test_a_module_imports_only_from_rows_before_its_own(file):
    own = room(file)
    if own not in PURE:
        return
    known = {name.split(".")[1] for name in imports(file) if name.startswith("wartacrawl.")}
    for name in known - {own, "__version__"}:
        assert name in PURE, f"{own} knows {name}, which stands above the Scrapy line"
        allowed = row(name) < row(own) or (own, name) in NEIGHBOURS | READERS
        assert allowed, f"{own} knows {name}, which does not stand before it"


@pytest.mark.parametrize("file", MODULES)
def test_only_commands_know_the_replica(file):
    if room(file) not in {"portal", "commands"}:
        assert not [name for name in imports(file) if name.startswith("wartacrawl.portal")]


@pytest.mark.parametrize("file", MODULES)
def test_the_replica_shares_nothing_with_the_crawler(file):
    if room(file) == "portal":
        shared = [name for name in imports(file) if name.startswith("wartacrawl.") and ".portal" not in name]
        assert not shared


@pytest.mark.parametrize("file", MODULES)
def test_the_newspaper_is_named_only_in_site(file):
    if room(file) in {"site", "portal"} or file.name in MAY_NAME_THE_HOST:
        return
    code = ast.parse(file.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(code) if isinstance(node, ast.Expr)}
    strings = [
        n.value
        for n in ast.walk(code)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in prose
    ]
    assert not [text for text in strings if any(host in text for host in HOSTS)]
