"""Pages changed in ways that change nothing of their article, a sample; `tests.benchmarks mutations` takes all."""

import hashlib

import pytest

from tests.reading.mutations import KNOWN, MUTATIONS, changed, differences, name_of, single_pages

# Cases of each mutation, chosen by a hash of both names, so that a new case moves few of them.
SAMPLE = 8


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_change_beside_the_article_changes_nothing_of_it(mutation):
    order = sorted(single_pages(), key=lambda case: hashlib.sha256(f"{mutation} {name_of(case)}".encode()).hexdigest())
    read = 0
    for case in order:
        if (mutation, name_of(case)) in KNOWN or (parts := changed(case, mutation)) is None:
            continue
        assert differences(parts) == {}, name_of(case)
        read += 1
        if read == SAMPLE:
            break
    assert read
