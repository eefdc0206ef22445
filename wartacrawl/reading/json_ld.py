"""JSON-LD as pages really carry it: in lists, graphs and comments, with trailing commas and entities.

What the strict parser refuses goes to json-repair, which is kept for just that; what it makes of garbage is believed
only where an article comes out.
"""

from __future__ import annotations

import html
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Node = dict[str, Any]

# A page's data has a few KB; anything larger is not metadata, and repairing it could take seconds.
_LARGEST = 400_000
_LARGEST_MENDED = 100_000
# The parser of the standard library and the mender are both recursive.
_DEEPEST = 200
# What wraps a script against parsers of other times, before and behind it.
_OPENING = re.compile(r"\A(?:\s|\ufeff|//|/\*|\*/|<!--|<!\[CDATA\[)++")
_BLANKS = " \t\r\n\f\v\ufeff"
_LONGEST_COMMENT = 400
_CLOSINGS = ("-->", "]]>", "//", "/*", "*/", ";")
_MOST_CLOSINGS = 20
_TRAILING = re.compile(r",(?=\s*+[}\]])")
_ARTICLE = re.compile(r"(?:Article|BlogPosting|VideoObject|ImageGallery|Posting|Report)$")
_BRACKETS = re.compile(r"[\[\]{}]")
# A raw line break inside a string is the most common fault of all.
_LENIENT = json.JSONDecoder(strict=False)


class Script(NamedTuple):
    """The objects of a script that have a type, outermost first; `is_guess` where its quotes or brackets are broken."""

    nodes: list[Node]
    is_guess: bool = False


def read(script: str) -> Script:
    """Read a script; it has no objects where it cannot be read.

    >>> read('<!-- {"@graph": [{"@type": "NewsArticle", "headline": "Kopi",}]}; -->')
    Script(nodes=[{'@type': 'NewsArticle', 'headline': 'Kopi'}], is_guess=False)
    """
    text = _unwrapped(script) if len(script) <= _LARGEST else ""
    if not text or _is_deep(text):
        return Script([])
    if "&" in text and '"' not in text:
        text = html.unescape(text)
    for mend in (str, _without_trailing):
        with suppress(ValueError):
            return Script(list(_typed(_LENIENT.decode(mend(text)))))
    return Script(list(_typed(_guess(text))), is_guess=True)


def _unwrapped(script: str) -> str:
    text = _without_comment(_OPENING.sub("", script).rstrip(_BLANKS))
    for _ in range(_MOST_CLOSINGS):
        closing = next((ending for ending in _CLOSINGS if text.endswith(ending)), None)
        if closing is None:
            break
        text = text.removesuffix(closing).rstrip(_BLANKS)
    return text


def _without_comment(text: str) -> str:
    """Return a script without a comment before its data; how the comment began is gone already."""
    head = text[:_LONGEST_COMMENT]
    start = min((place for place in map(head.find, "{[") if place >= 0), default=0)
    comment = head[:start].rstrip(" \t")
    return text[start:] if comment.endswith(("-->", "*/", "\n")) else text


def _is_deep(text: str) -> bool:
    """Return whether brackets nest deeper than a parser may go: where there are so many at all, they are counted."""
    if text.count("{") + text.count("[") <= _DEEPEST:
        return False
    depth = deepest = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _without_trailing(text: str) -> str:
    return _TRAILING.sub("", text)


def _guess(text: str) -> Any:
    if len(text) > _LARGEST_MENDED or text.lstrip()[:1] not in {"{", "["}:
        return None
    # Loading it costs as much as a hundred pages, and almost none come here.
    import json_repair  # noqa: PLC0415

    try:
        return json_repair.loads(text, skip_json_loads=True)
    except Exception:  # noqa: BLE001 - whatever a foreign parser stumbles over, the script is unreadable to us
        return None


def _typed(value: Any) -> Iterator[Node]:
    waiting = [value]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, list):
            waiting[:0] = found
        elif isinstance(found, dict):
            if "@type" in found:
                yield found
            if isinstance(found.get("@graph"), (list, dict)):
                waiting.insert(0, found["@graph"])
            elif "@type" not in found or "mainEntity" in found:
                waiting[:0] = [value for value in found.values() if isinstance(value, (list, dict))]


def types(node: Node) -> list[str]:
    """Return the types of an object, without any namespace."""
    kinds = node.get("@type")
    return [str(kind).rpartition("/")[2] for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]


def article(found: list[Node], is_own: Callable[[str], bool | None]) -> Node | None:
    """Return the object that describes the page's article.

    `is_own` says of an address whether it is this article's (`None` where it is not an article's): an object that
    names another article is a teaser and left out.
    """
    candidates = []
    for node in found:
        if not any(_ARTICLE.search(kind) for kind in types(node)):
            continue
        verdicts = {is_own(url) for url in addresses(node)}
        if False in verdicts and True not in verdicts:
            continue
        is_news = any(kind.endswith("Article") for kind in types(node))
        candidates.append((True in verdicts, is_news, len(node), node))
    return max(candidates, key=lambda candidate: candidate[:3], default=(False, False, 0, None))[3]


def addresses(node: Node) -> Iterator[str]:
    """Yield the addresses an object gives for itself."""
    for name in ("mainEntityOfPage", "url", "@id"):
        value = node.get(name)
        value = (value.get("@id") or value.get("url")) if isinstance(value, dict) else value
        if isinstance(value, str):
            yield value


def of_type(found: list[Node], kind: str) -> Node | None:
    """Return the first object of a type."""
    return next((node for node in found if kind in types(node)), None)


def text(value: Any) -> str | None:
    """Return a value meant as text: a string, the first of a list, the name of an object."""
    if isinstance(value, list):
        return next((name for name in map(text, value) if name), None)
    if isinstance(value, dict):
        return text(value.get("@value") or value.get("name") or value.get("url"))
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None


def people(value: Any, found: list[Node]) -> list[tuple[str, str | None]]:
    """Return persons as (name, address); an organisation is none, and a reference is looked up in `found`."""
    named: list[tuple[str, str | None]] = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            named.append((entry, None))
        elif isinstance(entry, dict):
            node = entry if "name" in entry else next((n for n in found if n.get("@id") == entry.get("@id")), entry)
            name, url = text(node.get("name")), node.get("url")
            if name and "Organization" not in "".join(types(node)):
                named.append((name, url if isinstance(url, str) else None))
    return named


def words(value: Any) -> list[str]:
    """Return keywords: a list, or a string parted by commas."""
    parts = value if isinstance(value, list) else [value]
    return [word for part in parts if isinstance(part, str) for word in part.split(",") if word.strip()]


def image(value: Any) -> str | None:
    """Return the address of an image: a string, an object, or the first of a list."""
    if isinstance(value, list):
        return next((picture for picture in map(image, value) if picture), None)
    if isinstance(value, dict):
        return image(value.get("url") or value.get("contentUrl"))
    return value.strip() or None if isinstance(value, str) else None


def crumbs(node: Node | None) -> list[tuple[str, str | None]]:
    """Return the steps of a BreadcrumbList as (name, address), in the order of their positions."""
    items = node.get("itemListElement") if node else None
    steps: list[tuple[float, str, str | None]] = []
    for number, item in enumerate(items if isinstance(items, list) else []):
        if not isinstance(item, dict):
            continue
        target = item.get("item")
        name = text(item.get("name")) or (text(target.get("name")) if isinstance(target, dict) else None)
        url = (target.get("@id") or target.get("url")) if isinstance(target, dict) else target
        if name:
            place = item.get("position")
            steps.append(
                (place if isinstance(place, (int, float)) else number, name, url if isinstance(url, str) else None)
            )
    return [(name, url) for _, name, url in sorted(steps, key=lambda step: step[0])]


def truth(value: Any) -> bool | None:
    """Return a value meant as true or false.

    >>> truth("False"), truth("https://schema.org/True"), truth("maybe")
    (False, True, None)
    """
    if isinstance(value, bool):
        return value
    word = str(value).rpartition("/")[2].strip().lower()
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(word)
