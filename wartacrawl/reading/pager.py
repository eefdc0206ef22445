"""Articles on several pages: which pages follow, and when an answer to `?page=all` is only the first of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wartacrawl.language import text
from wartacrawl.site import urls

if TYPE_CHECKING:
    from wartacrawl.page import Element
    from wartacrawl.reading.document import Document

# A pager that never ends is no pager.
MOST_PAGES = 30
_NEXT = re.compile(r"selanjutnya|berikutnya|next|^\s*[»›→>]+\s*$", re.IGNORECASE)
_CURRENT = re.compile(r"\b(?:active|current|aktif|selected|sekarang)\b", re.IGNORECASE)


def further(document: Document) -> tuple[str, ...]:
    """Return the addresses of the pages that follow; none for a page that already shows the whole article."""
    if "page=" not in document.page.html:
        return ()
    paged = [
        (link, document.links.of(link.get("href")))
        for link in document.tree.iter("a")
        if "page=" in (link.get("href") or "")
    ]
    own = [(link, target.page) for link, target in paged if target.kind == "own" and target.page is not None]
    numbers = [page for _, page in own if isinstance(page, int)]
    here = urls.parse(document.page.url)
    current = here.page if here is not None and here.page is not None else 1
    if not numbers or (current == "all" and not _shows_first_page(own)):
        return ()
    start = 2 if current == "all" else int(current) + 1
    last = min(max(numbers), start + MOST_PAGES)
    slug = urls.parse(document.url)
    return tuple(
        urls.build(urls.Ref("article", id=document.identifier, slug=slug.slug if slug else None, page=number))
        for number in range(start, last + 1)
    )


def _shows_first_page(own: list[tuple[Element, Any]]) -> bool:
    """Return whether an answer to `?page=all` is only the first page: it leads on, or says that page 1 is open."""
    for link, page in own:
        around = link.getparent()
        words = link.text_content()
        if page == "all":
            return True
        if page == 2 and (_NEXT.search(words) or _NEXT.search(around.text or "") or link.get("rel") == "next"):
            return True
        marks = f"{link.get('class') or ''} {around.get('class') or ''} {link.get('aria-current') or ''}"
        if page == 1 and (_CURRENT.search(marks) or link.get("aria-current") in {"page", "true"}):
            return True
    pager = next((link.getparent() for link, _ in own), None)
    current = pager.iter("span", "strong", "b", "em", "li") if pager is not None else ()
    return any(
        text.clean(element.text_content()) == "1" and not any(True for _ in element.iter("a")) for element in current
    )
