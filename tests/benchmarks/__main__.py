"""`python -m tests.benchmarks [--long] [--write] [names]`: run the named benchmarks of this folder.

Without names, all that fill a table of the documentation: `--write` puts the tables there. The drills, which take long
and fill none, are run by name. Each says first how many minutes it takes on two quiet cores.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks._material import say
from tests.benchmarks._tables import put

if TYPE_CHECKING:
    from types import ModuleType

HERE = Path(__file__).parent
# In the order of docs/performance.md; the last one is about quality.
MEASURED = ["crawl", "extraction", "peers", "replay", "folder", "startup", "text"]


def names() -> list[str]:
    """Return the benchmarks there are: every module here that does not begin with an underscore."""
    return sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_"))


def measure(benchmark: ModuleType, *, long: bool, write: bool) -> None:
    """Print the tables of a benchmark as they come; put them into its document when all are there."""
    tables = []
    for table in benchmark.tables(long=long):
        say(f"\n{table.markdown()}\n")
        tables.append(table)
    if write:
        put(benchmark.DOCUMENT, tables)


def main() -> int:
    """Run the benchmarks one after the other; 1 when a drill found something wrong."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    options.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(names())}; default: {MEASURED}")
    options.add_argument("--long", action="store_true", help="measure what takes more than a few minutes, too")
    options.add_argument("--write", action="store_true", help="put the tables into the documentation")
    chosen = options.parse_args()
    if strange := set(chosen.names) - set(names()):
        options.error(f"there is no benchmark {min(strange)!r}: there are {', '.join(names())}")
    failed = []
    for name in chosen.names or MEASURED:
        began = time.perf_counter()
        benchmark = importlib.import_module(f"tests.benchmarks.{name}")
        minutes = getattr(benchmark, "LONG_MINUTES" if chosen.long else "MINUTES", getattr(benchmark, "MINUTES", None))
        say(f"== {name}" + (f", about {minutes} min" if minutes else ""))
        if hasattr(benchmark, "tables"):
            measure(benchmark, long=chosen.long, write=chosen.write)
        elif benchmark.main():  # a drill returns None or 0 when what it found is right
            failed.append(name)
        say(f"== {name}: {time.perf_counter() - began:,.1f} s\n")
    if failed:
        sys.stderr.write(f"Failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
