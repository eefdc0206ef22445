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

__version__ = "0.1.0"
