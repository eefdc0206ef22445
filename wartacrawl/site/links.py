"""Where the links of a page lead."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from wartacrawl.site import layouts, urls

LinkKind = Literal["own", "article", "tag", "channel", "other", "none"]


class Link(NamedTuple):
    """Where a link leads: what kind of page, its address as data, and the page number of an article's address."""

    kind: LinkKind
    url: str | None
    page: int | Literal["all"] | None = None


class Links:
    """Reads the links of one page: `base` is its address (on the real portal), `identifier` its article."""

    def __init__(self, base: str, identifier: str) -> None:
        self.base = base
        self._identifier = identifier
        self.of = lru_cache(maxsize=1024)(self._read)

    def _read(self, href: str | None) -> Link:
        stated = urls.resolve(href, base=self.base) if href else None
        if stated is None:
            return Link("none", None)
        ref = urls.parse(stated)
        if ref is None:  # an address of no known kind is left as it is stated
            return Link("channel" if layouts.is_channel(stated) else "other", stated)
        if ref.kind == "article":
            url = urls.build(urls.Ref("article", id=ref.id, slug=ref.slug))
            return Link("own" if ref.id == self._identifier else "article", url, ref.page)
        return Link("tag" if ref.kind == "tag" else "other", urls.canonical(stated))
