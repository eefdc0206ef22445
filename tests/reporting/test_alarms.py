"""A healthy portal is not taken for a changed one, and a changed one is found; `make bench BENCH=alarms` tries more."""

import pytest

from tests.benchmarks._alarms import DRIFTS, drifted, healthy


def test_healthy_portals_raise_no_alarm():
    assert [alarm for alarm in healthy(16, seed=7) if alarm] == []


@pytest.mark.parametrize("name", DRIFTS)
def test_a_redesign_is_found(name):
    assert all(drifted(name, 2, seed=7))
