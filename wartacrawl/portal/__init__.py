"""A replica of the portal, to try everything on: invented news, printed as the newspaper would print it.

`words` and `newsroom` make the stories, `pages` prints them, `faults` spoils answers on request, `server` speaks HTTP.
It shares no code with `site`, so that a mistake there cannot hide behind the same mistake here.

>>> with Portal(seed=1, articles=20) as portal:
...     portal.url.startswith("http://127.0.0.1:")
True
"""

from .newsroom import Newsroom, Story
from .server import Hit, Portal

__all__ = ["Hit", "Newsroom", "Portal", "Story"]
