"""No line of a page stops the crawl: every regular expression of the package takes time linear in the text.

A pattern is tried on texts made of its own parts: each unbounded repetition is fed what it repeats, so that a nested
repetition (exponential) or two side by side (quadratic) have something to backtrack over. Every pattern is searched for
anywhere in a text, which is stricter than most are used.
"""

import ast
import importlib
import pkgutil
import re
import signal
import time
from pathlib import Path

import pytest

import wartacrawl

SIZES = (1_000, 10_000, 50_000)
# Ten times the text may take 35 times as long, at the most, and five times the text 12 times: quadratic work takes 100
# times and 25 times as long.
POWER = 1.54
# Seconds below which a ratio says nothing.
NOISE = 0.01
# Seconds for the middle size below which it cannot be quadratic: that is some millions of steps.
SURE = 0.0006
# Seconds one search of the longest text may take on a slow machine: an exponential pattern never comes back.
PATIENCE = 5
TRIES = 3
# What a hostile or careless page is full of.
UNITS = (
    *(" ", "\n", "-", "–", ".", ":", "(", "[", "{", "<", "/", "a", "ab ", "A. ", "0", "12 ", "0812 3456 7890, "),
    *(
        "978-602-1234-56-7 ",
        "12/03/2025, ",
        "12 Maret 2025 | 10:15 WIB ",
        "http://",
        "<![CDATA[",
        "Baca Juga: ",
        "link ",
    ),
)

# It writes pages and reads none.
REPLICA = "wartacrawl.portal"

_unbounded = re._constants.MAXREPEAT
_parse = re._parser.parse


def modules():
    for found in pkgutil.walk_packages(wartacrawl.__path__, "wartacrawl."):
        if not found.name.endswith("__main__") and not found.name.startswith(REPLICA):
            yield importlib.import_module(found.name)


def held(value, seen):
    """Yield the patterns that a value holds, however deep."""
    if id(value) in seen:
        return
    seen[id(value)] = value  # kept, so that no other object gets its number
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for one in (*value, *value.values()):
            yield from held(one, seen)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from held(one, seen)
    elif isinstance(value, type) and value.__module__.startswith("wartacrawl"):
        yield from held(dict(vars(value)), seen)
    elif type(value).__module__.startswith("wartacrawl") and hasattr(value, "__dict__"):
        yield from held(vars(value), seen)


def calls(tree):
    """Yield (call, is_at_import) for every call of `re` in a module."""
    in_functions = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        # What an object of a module compiles when it is made is held by it, and found there.
        and getattr(function, "name", "") != "__init__"
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target = node.func
            if isinstance(target.value, ast.Name) and target.value.id == "re" and target.attr != "escape":
                yield node, id(node) not in in_functions


def inline(file):
    """Yield the patterns that functions of a module hand to `re` as they are; those they put together are refused."""
    for call, is_at_import in calls(ast.parse(file.read_text(encoding="utf-8"))):
        if is_at_import:
            continue
        where = f"{file.name}:{call.lineno}"
        assert call.func.attr != "compile", (
            f"{where} compiles a pattern in a function: make it a constant of the module"
        )
        pattern = call.args[0]
        assert isinstance(pattern, ast.Constant), f"{where} puts a pattern together in a function: compile it once"
        flags = "".join(ast.unparse(one) for one in (*call.args[1:], *(word.value for word in call.keywords)))
        yield re.compile(pattern.value, re.IGNORECASE if "IGNORECASE" in flags else 0)


def patterns():
    found = {}
    seen = {}
    for module in modules():
        for pattern in held({name: value for name, value in vars(module).items() if name != "re"}, seen):
            found.setdefault((pattern.pattern, pattern.flags), (module.__name__, pattern))
    for file in sorted(Path(wartacrawl.__path__[0]).rglob("*.py")):
        for pattern in inline(file) if "portal" not in file.parts else ():
            found.setdefault((pattern.pattern, pattern.flags), (file.name, pattern))
    return [(f"{name}: {pattern.pattern[:60]!r}", pattern) for name, pattern in found.values()]


def example(part, choice=0):
    """Return a text that part of a parsed pattern matches, or nearly: `choice` picks among alternatives."""
    return "".join(_example(str(kind), value, choice) for kind, value in part)


def _example(kind, value, choice):  # noqa: PLR0911
    if kind == "LITERAL":
        return chr(value)
    if kind in {"NOT_LITERAL", "ANY"}:
        return "a"
    if kind == "IN":
        members = [_member(str(name), inner) for name, inner in value if str(name) != "NEGATE"]
        if any(str(name) == "NEGATE" for name, _ in value):
            return next(one for one in "a0 -é€" if one not in members)
        return members[choice % len(members)]
    if kind == "BRANCH":
        return example(value[1][choice % len(value[1])], choice)
    if kind == "SUBPATTERN":
        return example(value[-1], choice)
    if kind == "ATOMIC_GROUP":
        return example(value, choice)
    if kind.endswith("REPEAT"):
        least, _, inner = value
        return example(inner, choice) * max(least, 1)
    return ""


def _member(name, inner):
    if name == "RANGE":
        return chr(inner[0])
    if name == "CATEGORY":
        return {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "1", "CATEGORY_WORD": "a"}.get(str(inner), "-")
    return chr(inner)


def pumps(part, before=""):
    """Yield (what stands before, repeated part) for every repetition of a parsed pattern that has no bound."""
    for kind, value in part:
        name = str(kind)
        if name.endswith("REPEAT"):
            if value[1] is _unbounded or value[1] > 200:
                yield before, value[2]
            yield from pumps(value[2], before)
        elif name == "BRANCH":
            for one in value[1]:
                yield from pumps(one, before)
        elif name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            yield from pumps(value[-1] if name == "SUBPATTERN" else value, before)
        before += _example(name, value, 0)


def shapes(pattern):
    """Return (beginning, unit to repeat): what pages are full of, and what the pattern itself begins with, repeats."""
    parsed = _parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    repeated = list(pumps(parsed))
    own = {example(parsed, choice) for choice in range(6)} | {example(list(parsed)[:1], 0)}
    pumped = {(before, example(part, choice)) for before, part in repeated for choice in range(4)}
    pumped |= {(before, unit) for before, _ in repeated for unit in " -a1" if before}
    pumped |= {("", before) for before, _ in repeated}
    found = [*(("", unit) for unit in UNITS), *sorted({("", unit) for unit in own} | pumped)]
    return [shape for shape in found if shape[1]] if repeated else []


def text_of(pattern, shape, size):
    before, unit = shape
    text = before + (unit * (size // len(unit) + 1))[:size] + "\x00!"
    return text.encode("utf-8") if isinstance(pattern.pattern, bytes) else text


def seconds(pattern, shape, size):
    text = text_of(pattern, shape, size)
    began = time.process_time()
    for _ in pattern.finditer(text):
        pass
    pattern.fullmatch(text)
    return time.process_time() - began


def grows(pattern, shape):
    """Return whether a pattern takes more than linear time; small texts first, so that the worst is found cheaply."""
    before = None
    for size in SIZES:
        spent = seconds(pattern, shape, size)
        if size == SIZES[1] and spent < SURE:
            return False
        if before is not None and spent > NOISE and spent > before[1] * (size / before[0]) ** POWER:
            return True
        before = size, spent
    return False


class TimeUpError(Exception):
    pass


@pytest.fixture
def patience():
    def ring(*_):
        raise TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_there_are_patterns_of_every_room():
    names = " ".join(name for name, _ in patterns())
    assert all(room in names for room in ("language.text", "language.dates", "reading.", "site.", "page"))


@pytest.mark.usefixtures("patience")
def test_a_nested_repetition_is_found():
    for bad in (r"(?:[\s,.]*\d{1,2})+x", r"\s*[(]\d", r"(?:a|a)*b", r"<a.*?>b"):
        signal.setitimer(signal.ITIMER_REAL, 1)
        try:
            assert any(grows(re.compile(bad), shape) for shape in shapes(re.compile(bad))), bad
        except TimeUpError:
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.usefixtures("patience")
def test_every_pattern_takes_linear_time():
    slow = []
    for name, pattern in patterns():
        for shape in shapes(pattern):
            signal.setitimer(signal.ITIMER_REAL, PATIENCE * TRIES)
            try:
                if all(grows(pattern, shape) for _ in range(TRIES)):
                    slow.append(f"{name} on {shape[1]!r} repeated behind {shape[0]!r}")
                    break
            except TimeUpError:
                slow.append(f"{name} on {shape[1]!r} repeated behind {shape[0]!r}: never ends")
                break
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    assert not slow, "\n".join(slow)
