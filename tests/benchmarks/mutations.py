"""Every page case with every mutation of tests/reading/mutations.py: how many give the same article as before."""

from __future__ import annotations

from tests.benchmarks._material import say
from tests.reading import mutations

MINUTES = 2


def main() -> int:
    """Print each mutation with its pages, and every page that reads otherwise; 1 where that is new."""
    found = 0
    for mutation in mutations.MUTATIONS:
        pages, wrong = 0, {}
        for case in mutations.single_pages():
            parts = mutations.changed(case, mutation)
            if parts is not None:
                pages += 1
                if differences := mutations.differences(parts):
                    wrong[mutations.name_of(case)] = differences
        new = {name for name in wrong if (mutation, name) not in mutations.KNOWN}
        found += len(new)
        say(f"{mutation:32} {pages:4} pages, {len(wrong):3} read otherwise, {len(new):3} of them new")
        for name in sorted(new):
            say(f"  {name}: {', '.join(wrong[name])}")
        for name in sorted(name for known, name in mutations.KNOWN if known == mutation and name not in wrong):
            say(f"  {name}: known, and read rightly now")
    return 1 if found else 0
