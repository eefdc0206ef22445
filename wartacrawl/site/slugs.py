"""The words of an article's address, which the portal makes of its headline."""

from __future__ import annotations

import re

from wartacrawl.site import urls

# The share of the words of a slug that the headline must have: it may have been edited since.
_SHARE = 0.6
_LONGEST = 600
_WORD = re.compile(r"[a-z0-9]+")
_BETWEEN = re.compile(r"[^\w\s-]+")


def is_of_slug(headline: str, url: str) -> bool:
    """Return whether a headline is that of the slug in an article's address."""
    ref = urls.parse(url)
    slug = set(_WORD.findall((ref.slug or "").lower())) if ref is not None else set()
    # As the portal makes its slugs: "Rp75,8" is "rp758".
    words = set(_WORD.findall(_BETWEEN.sub("", headline[:_LONGEST].lower())))
    return bool(slug) and len(slug & words) >= _SHARE * len(slug)
