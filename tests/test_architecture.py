"""The walls of the house: which module may import which."""

import ast
from pathlib import Path

import pytest

import wartacrawl

PACKAGE = Path(wartacrawl.__file__).parent

# A module imports only from rows above its own, and from its own folder.
ROWS = [
    {"page", "language"},
    {"items"},
    {"site"},
    {"loaders", "archives"},
    {"storage"},
    {"reading", "config", "crawl"},
    {"reporting"},
    # ---- the Scrapy line: nothing above imports scrapy
    {"component"},
    {"middlewares"},
    {"pipelines", "rendering"},
    {"spiders"},
    {"extensions", "operations"},
    {"terminal", "command"},
    {"commands"},
]
ROW = {room: number for number, rooms in enumerate(ROWS) for room in rooms}
SCRAPY_LINE = ROW["component"]
# These stand apart: the settings name components by strings, the replica shares nothing with the crawler.
APART = {"__init__", "settings", "portal"}

# Imports that the walls forbid and that are still to be removed: module → rooms.
TO_REMOVE: dict[str, set[str]] = {}
STILL_SCRAPY: set[str] = set()

LINES = 450
# Longer than that, and still to be split.
TOO_LONG = {"storage.warc", "portal.newsroom", "portal.pages", "portal.words"}

HOSTS = ("wartaekonomi.co.id",)
# The schema states the real host: it is part of the contract, not knowledge of the site.
MAY_NAME_THE_HOST = {"items.py", "settings.py", "arguments.py"}

FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [pytest.param(file, id=file.relative_to(PACKAGE).as_posix()) for file in FILES]


def name_of(file: Path) -> str:
    """Return a module's name below the package: "reading.body"; a folder's __init__ has the name of the folder."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def room(name: str) -> str:
    return name.partition(".")[0]


def imports(file: Path):
    """Yield the full names of all that a module imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(file: Path) -> set[str]:
    """Return the modules of the package that a module imports, by their names below the package."""
    names = {name_of(other) for other in FILES}
    found = {name.removeprefix("wartacrawl.") for name in imports(file) if name.startswith("wartacrawl.")}
    return {name for name in found if name in names and name != name_of(file)}


@pytest.mark.parametrize("file", MODULES)
def test_every_module_has_a_room(file):
    assert room(name_of(file)) in ROW.keys() | APART


@pytest.mark.parametrize("file", MODULES)
def test_nothing_above_the_scrapy_line_imports_scrapy(file):
    if ROW.get(room(name_of(file)), SCRAPY_LINE) < SCRAPY_LINE and name_of(file) not in STILL_SCRAPY:
        frameworks = {"scrapy", "twisted", "scrapy_playwright", "itemadapter"}
        assert not {name.partition(".")[0] for name in imports(file)} & frameworks


@pytest.mark.parametrize("file", MODULES)
def test_a_module_imports_only_from_rows_above_its_own(file):
    own = room(name_of(file))
    if own in APART:
        return
    wrong = {
        other
        for other in map(room, own_imports(file))
        if other != own and other not in APART and ROW[other] >= ROW[own]
    }
    assert wrong == TO_REMOVE.get(name_of(file), set())


def test_there_is_no_ring():
    graph = {
        name_of(file): {other for other in own_imports(file) if room(other) not in TO_REMOVE.get(name_of(file), ())}
        for file in FILES
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*path, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


READERS = {"extract", "read_listing", "read_menu", "read_rss", "read_sitemap", "is_empty_index", "is_empty_list"}


@pytest.mark.parametrize("file", MODULES)
def test_below_the_scrapy_line_pages_are_read_within_their_time(file):
    if ROW.get(room(name_of(file)), 0) >= SCRAPY_LINE:
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        called = {
            getattr(node.func, "id", getattr(node.func, "attr", "")) for node in nodes if isinstance(node, ast.Call)
        }
        assert not called & READERS, "pages are read by reading.page_reader.PageReader"


def test_no_module_is_long():
    sizes = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {name for name, lines in sizes.items() if lines > LINES} <= TOO_LONG


@pytest.mark.parametrize("file", MODULES)
def test_only_commands_know_the_replica(file):
    if room(name_of(file)) not in {"portal", "commands"}:
        assert not [name for name in imports(file) if name.startswith("wartacrawl.portal")]


@pytest.mark.parametrize("file", MODULES)
def test_the_replica_shares_nothing_with_the_crawler(file):
    if room(name_of(file)) == "portal":
        assert not {other for other in own_imports(file) if room(other) != "portal"}


@pytest.mark.parametrize("file", MODULES)
def test_the_newspaper_is_named_only_in_site(file):
    if room(name_of(file)) in {"site", "portal"} or file.name in MAY_NAME_THE_HOST:
        return
    code = ast.parse(file.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(code) if isinstance(node, ast.Expr)}
    strings = [
        n.value
        for n in ast.walk(code)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in prose
    ]
    assert not [text for text in strings if any(host in text for host in HOSTS)]
