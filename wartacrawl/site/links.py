"""Where the links of a page lead."""

from __future__ import annotations

from typing import Literal, NamedTuple

from wartacrawl.site import layouts, urls

LinkKind = Literal["own", "article", "tag", "channel", "other", "none"]


class Link(NamedTuple):
    """Where a link leads: what kind of page, its address as data, and the page number of an article's address."""

    kind: LinkKind
    url: str | None
    page: int | Literal["all"] | None = None


def absolute(href: str, base: str, origin: str | None) -> str | None:
    """Return the absolute http(s) address of a link; one on `origin` is put on the real portal.

    >>> absolute("http://127.0.0.1:8000/read7/kopi", "https://wartaekonomi.co.id/", "http://127.0.0.1:8000")
    'https://wartaekonomi.co.id/read7/kopi'
    """
    stated = urls.resolve(href, base=base)
    if stated is None or origin is None or origin == urls.ORIGIN or not stated.startswith(origin):
        return stated
    path = stated[len(origin) :]
    return urls.ORIGIN + path if path[:1] in {"", "/", "?", "#"} else stated


class Links:
    """Reads the links of one page.

    `base` is what relative ones count from (on the real portal), `origin` where the page was fetched from: a mirror's
    links to itself lead to the real portal. `identifier` is the page's article.
    """

    def __init__(self, base: str, identifier: str, origin: str | None = None) -> None:
        self.base = base
        self._identifier = identifier
        self._origin = origin
        self._known: dict[str | None, Link] = {}

    def absolute(self, href: str) -> str | None:
        """Return the absolute http(s) address of a link, on the real portal where it is the mirror's."""
        return absolute(href, self.base, self._origin)

    def of(self, href: str | None) -> Link:
        """Return where a link leads."""
        known = self._known.get(href)
        if known is None:
            known = self._known[href] = self._read(href)
        return known

    def _read(self, href: str | None) -> Link:
        stated = self.absolute(href) if href else None
        if stated is None:
            return Link("none", None)
        ref = urls.parse(stated)
        if ref is None:  # an address of no known kind is left as it is stated, unless it is a person's page
            url = urls.canonical(stated) if layouts.is_person(stated) else stated
            return Link("channel" if layouts.is_channel(stated) else "other", url)
        if ref.kind == "article":
            url = urls.build(urls.Ref("article", id=ref.id, slug=ref.slug))
            return Link("own" if ref.id == self._identifier else "article", url, ref.page)
        return Link("tag" if ref.kind == "tag" else "other", urls.canonical(stated))
