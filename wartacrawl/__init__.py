"""Warta Ekonomi as data.

`site` holds all that is true only of the newspaper (URLs, menu, lists, templates). `page` is one fetched document,
`document` what is found in it once, `blocks`, `lines`, `links`, `related` and `body` its text (`generic` where no
template fits), `layers` what each source in it says; `extract` weighs that into an `items.Article` through `loaders`,
with `text`, `dates`, `json_ld`, `pager` and `similarity` for the matter itself. `ledger` and `export` keep what was
written and write it, in one transaction. Everything so far knows nothing of Scrapy. Above that line, `spiders` discover
and ask, `pipelines` judge and hand over, `politeness`, `archive`, `render`, `progress`, `monitors`, `outcome` and
`report` watch; `timetable` and `scrapyd` say what runs when and where. `commands` are the verbs of the `scrapy` command
line, and `portal` is a replica of the newspaper to try it all on.
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
