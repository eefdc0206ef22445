"""A fault at some file operations and a power cut after some; `make bench BENCH=crash` takes all of them."""

import pytest

from tests.benchmarks._disk import has_compiler, run_on_it


@pytest.mark.skipif(not has_compiler(), reason="the failing disk is made by a C compiler on Linux")
def test_nothing_is_lost_twice_or_torn_when_a_file_operation_fails_or_the_power_goes(capfd):
    assert run_on_it("tests.benchmarks._faults", "--every", "17", "--seeds", "2") == 0, capfd.readouterr()
    assert capfd.readouterr().out.count("nothing lost, twice or torn") == 2
