"""Where a picture or player of a page is loaded from, however late."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wartacrawl.page import Element

TAGS = frozenset({"img", "amp-img"})
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-full", "data-cfsrc")
_NO_SOURCE = ("data:", "about:", "javascript:", "blob:")
_LONGEST_SRCSET = 8_000
_CANDIDATE = re.compile(r"(\S++)(?:\s++([0-9]{1,6}(?:\.[0-9]{1,3})?)[wxh](?![^\s,]))?+[\s,]*+")


def source(element: Element) -> str | None:
    """Return the address of a picture or player: what a script would load before what stands in for it."""
    for name in _SOURCES:
        stated = _stated(element, name)
        if stated:
            return stated
    return largest(element.get("data-srcset")) or _stated(element, "src") or largest(element.get("srcset"))


def _stated(element: Element, name: str) -> str | None:
    address = (element.get(name) or "").strip()
    return None if not address or address.startswith(_NO_SOURCE) else address


def largest(srcset: str | None) -> str | None:
    """Return the address of the largest candidate of a `srcset`; addresses may hold commas.

    >>> largest("https://cdn.example/w_320,q_80/a.jpg 320w, https://cdn.example/w_960,q_80/a.jpg 960w")
    'https://cdn.example/w_960,q_80/a.jpg'
    """
    found = (
        (match[1].strip(","), float(match[2] or 0)) for match in _CANDIDATE.finditer((srcset or "")[:_LONGEST_SRCSET])
    )
    usable = [(address, size) for address, size in found if address and not address.startswith(_NO_SOURCE)]
    return max(usable, key=lambda candidate: candidate[1])[0] if usable else None


def fallback(element: Element) -> str | None:
    """Return the source of a picture that has none of its own: from its `<picture>`, or `<noscript>` beside it."""
    # The parser puts what follows a <source> into it.
    around = [outer for outer in islice(element.iterancestors(), 3) if outer.tag in {"picture", "source"}]
    candidates = [outer for outer in around if outer.tag == "source"]
    candidates += around[-1].iterdescendants("source") if around else ()
    for candidate in candidates:
        found = largest(candidate.get("data-srcset")) or largest(candidate.get("srcset"))
        if found is not None:
            return found
    element = around[-1] if around else element
    for beside in (element.getnext(), element.getprevious()):
        if beside is not None and beside.tag == "noscript":
            return next(filter(None, map(source, beside.iter(*TAGS))), None)
    return None


def is_dot(element: Element) -> bool:
    """Return whether an image is a spacer or a counter: a pixel or two."""
    sizes = [(element.get(name) or "").strip().removesuffix("px") for name in ("width", "height")]
    return any(size.isdigit() and int(size) < 3 for size in sizes)


def player_source(element: Element) -> str | None:
    """Return the address of a player, from the elements in it where it has none of its own."""
    video = element.get("data-videoid") or element.get("videoid")
    if video and "youtube" in element.tag:
        return f"https://www.youtube.com/embed/{video}"
    inner = element.iter("source", "embed")
    return next(filter(None, (source(node) or node.get("data") for node in (element, *inner))), None)
