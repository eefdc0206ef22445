"""Warta Ekonomi as data.

`site` holds all that is true only of the newspaper: addresses, menu, lists, templates. `page` is one fetched document,
`reading` makes an `items.Article` of it with `loaders` and `language`, `storage` writes it and remembers, `archives`
reads what public web archives answer, `reporting` judges what a crawl brought. `settings` and `config` say how; `crawl`
is the state of one. Nothing so far imports Scrapy. Above that line `spiders` discover and ask, `middlewares` keep the
pace, `rendering` opens a browser, `pipelines` validate and store, `extensions` watch; each is a `component`.
`operations` are what commands do, `terminal` what they print, `command` what all of them share, `commands` the verbs of
the `scrapy` command line; `portal` is a replica of the newspaper to try it all on.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wartacrawl.items import Article
    from wartacrawl.reading.saved import extract
    from wartacrawl.storage.database import LedgerError
    from wartacrawl.storage.reader import read

__version__ = "0.2.0"
__all__ = ["Article", "LedgerError", "__version__", "extract", "read"]

# What is imported when it is first used, so that `import wartacrawl` costs nothing.
_PLACES = {
    "Article": "wartacrawl.items",
    "LedgerError": "wartacrawl.storage.database",
    "extract": "wartacrawl.reading.saved",
    "read": "wartacrawl.storage.reader",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
