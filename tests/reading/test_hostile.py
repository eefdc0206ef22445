"""No shape of a page costs more than linear time; `make bench BENCH=hostile` tries larger ones."""

import pytest

from tests.benchmarks import hostile

SIZE = 8_000


@pytest.mark.parametrize("name", hostile.SHAPES)
def test_a_hostile_shape_takes_linear_time(name):
    assert any(hostile.growth(name, SIZE)[1] <= hostile.GROWTH for _ in range(2 * hostile.TRIES))
