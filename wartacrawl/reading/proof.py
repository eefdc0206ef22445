"""Whether a page proves that it is the article that was asked for.

A portal answers with other pages under an article's address: a challenge, a login, a soft 404, maintenance, the home
page, another article. That the address was asked for proves nothing, so the page itself has to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wartacrawl.reading import json_ld
from wartacrawl.site import slugs, urls

if TYPE_CHECKING:
    from wartacrawl.items import Article
    from wartacrawl.reading.document import Document

# Words of a text that is long enough for an article where the page has no other sign of being one.
MANY_WORDS = 60


def doubt(document: Document, article: Article) -> str | None:
    """Return why a page may not be the article asked for, in a short clause; None where it proves that it is.

    It does by stating the article's address (canonical, og:url or JSON-LD) and by being an article, or by a known
    template whose headline is that of the slug a list announced.
    """
    own, others = _stated(document)
    if not own and others:
        return f"the page says that it is {others[0]}"
    if own and (_is_article(document) or article.word_count >= MANY_WORDS):
        return None
    if document.layout is not None and article.headline and slugs.is_of_slug(article.headline, document.page.url):
        return None
    return "nothing on the page says that it is this article"


def _stated(document: Document) -> tuple[bool, list[str]]:
    """Return whether the page states the article's own address, and which other pages of the portal it claims to be."""
    addresses = [*document.stated, *(json_ld.addresses(document.node) if document.node is not None else ())]
    resolved = (document.links.absolute(address) for address in addresses)
    found = [(address, urls.parse(address)) for address in resolved if address]
    known = [(address, ref) for address, ref in found if ref is not None]
    own = any(ref.kind == "article" and ref.id == document.identifier for _, ref in known)
    return own, [address for address, ref in known if (ref.kind, ref.id) != ("article", document.identifier)]


def _is_article(document: Document) -> bool:
    metas = document.metas
    return (
        document.layout is not None
        or document.node is not None
        or "article" in (kind.strip().lower() for kind in metas.get("og:type", ()))
        or "article:published_time" in metas
        or "articleBody" in document.page.html
    )
