"""The log of a crawl: what Scrapy logs about itself at start and end is shown at DEBUG only."""

from __future__ import annotations

import logging
from functools import partial

# Logger → how the messages begin that say the same in every crawl. The stats are in the report.
_CHATTER = {
    "scrapy.utils.log": ("Scrapy ", "Versions:"),
    "scrapy.addons": ("Enabled ",),
    "scrapy.middleware": ("Enabled ",),
    "scrapy.crawler": ("Overridden settings:",),
    "scrapy.core.engine": ("Spider opened", "Closing spider"),
}


def shorten_log() -> None:
    """Leave out versions, components and settings; to be called before Scrapy logs its first line."""
    for name, beginnings in _CHATTER.items():
        logging.getLogger(name).addFilter(partial(_is_worth_it, beginnings))


def _is_worth_it(beginnings: tuple[str, ...], record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(beginnings)
