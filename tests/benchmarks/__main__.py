"""`python -m tests.benchmarks [names]`: run the named benchmarks of this folder, or all of them."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the benchmarks there are: every module here that does not begin with an underscore."""
    return sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_"))


def main(wanted: list[str]) -> int:
    """Run them one after the other; 2 for a name there is none of, 1 when one of them failed."""
    known = names()
    if strange := [name for name in wanted if name not in known]:
        sys.stderr.write(f"There is no benchmark {strange[0]!r}: there are {', '.join(known)}.\n")
        return 2
    failed = []
    for name in wanted or known:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        began = time.perf_counter()
        # A benchmark returns None or 0 when what it found is right.
        if importlib.import_module(f"tests.benchmarks.{name}").main():
            failed.append(name)
        sys.stdout.write(f"== {name}: {time.perf_counter() - began:,.1f} s\n\n")
    if failed:
        sys.stderr.write(f"Failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
