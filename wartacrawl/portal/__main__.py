"""The replica as a process: `python -m wartacrawl.portal` prints its address and serves until it is stopped."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import datetime

from .server import Portal


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser; its names are those of `Portal`."""
    about = "A replica of the portal on 127.0.0.1. Prints its address on one line and serves until it is stopped."
    options = argparse.ArgumentParser(prog="python -m wartacrawl.portal", description=about)
    for name, default in {"port": 0, "seed": 1, "articles": 200, "days": 5, "near-duplicates": 0}.items():
        options.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    for name, default in {"per-page": 10, "rss-size": 20, "sitemap-size": 200}.items():
        options.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    options.add_argument("--now", type=datetime.fromisoformat, help="aware ISO 8601 moment; default: the clock")
    options.add_argument("--layout", default="current", choices=("current", "2020", "2019"))
    options.add_argument("--list-end", default="empty", choices=("empty", "repeat", "404", "redirect"))
    dates = ("json_ld", "graph", "meta", "itemprop", "time", "visible")
    options.add_argument("--dates", default="json_ld", choices=dates)
    options.add_argument("--slugs", default="serve", choices=("serve", "redirect"))
    options.add_argument("--script-lists", action="store_true", help="lists are filled by a script")
    options.add_argument("--until-eof", action="store_true", help="stop when standard input ends, too")
    return options


def _wait_for_the_end_of_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def main() -> int:
    """Serve until SIGTERM, SIGINT or, if asked, the end of standard input."""
    arguments = vars(parser().parse_args())
    until_eof = arguments.pop("until_eof")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        portal = Portal(**arguments)
    except ValueError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    with portal:
        sys.stdout.write(f"{portal.url}\n")
        sys.stdout.flush()
        if until_eof:
            threading.Thread(target=_wait_for_the_end_of_input, args=(stop,), daemon=True).start()
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
