"""The stats of a crawl, read as answers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Figures:
    """The stats of a crawl, read as answers."""

    def __init__(self, stats: Mapping[str, Any]) -> None:
        self.stats = stats

    def count(self, name: str) -> int:
        """Return a counter, 0 where nothing was counted."""
        number = self.stats.get(name, 0)
        return number if isinstance(number, int) else 0

    def under(self, prefix: str) -> dict[str, int]:
        """Return the counters below a prefix, by the rest of their names."""
        found = ((name.removeprefix(prefix), self.count(name)) for name in self.stats if name.startswith(prefix))
        return {name: number for name, number in found if number}

    @property
    def written(self) -> int:
        """Lines written: new articles and new versions."""
        return self.count("export/lines")

    @property
    def rejected(self) -> int:
        """Articles that are in rejected.jsonl."""
        return self.count("validate/rejected")

    @property
    def failed(self) -> int:
        """Articles that could not be fetched and will be tried again."""
        return sum(number for kind, number in self.under("article/failed/").items() if kind != "gone")

    @property
    def settled(self) -> int:
        """Requested articles that are settled.

        They are written, unchanged, rejected, failed, gone, outside the days; from web archives: fetched, or unfit.
        """
        failed = sum(self.under("article/failed/").values())
        others = sum(self.count(f"article/{word}") for word in ("unchanged", "fetched", "unfit"))
        return self.extracted + failed + others

    @property
    def extracted(self) -> int:
        """Articles read out of their pages, exported or not."""
        names = ("item_scraped_count", "item_dropped_count", "item_error_count", "article/outside")
        # Scrapy counts what is dropped a moment after it was rejected.
        return max(sum(self.count(name) for name in names), self.rejected)

    @cached_property
    def layers(self) -> dict[str, dict[str, int]]:
        """How many articles had each field from each layer: {field: {layer: articles}}."""
        found: dict[str, dict[str, int]] = {}
        for name, number in self.under("extract/").items():
            field_name, _, layer = name.partition("/")
            if layer and layer != "disagreement":
                found.setdefault(field_name, {})[layer] = number
        return found

    def possible(self, field_name: str) -> int:
        """Return how many of the extracted articles could have had a field: a video page has no text to be missed."""
        return self.extracted - (self.count("extract/without_text") if field_name == "article_body" else 0)

    def had(self, field_name: str) -> int:
        """Return how many articles had a field."""
        return sum(self.layers.get(field_name, {}).values())

    def share(self, field_name: str) -> float | None:
        """Return the share of articles that had a field; None where no article was extracted."""
        possible = self.possible(field_name)
        return min(1.0, self.had(field_name) / possible) if possible > 0 else None
