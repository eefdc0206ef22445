"""The time budget of a page: it ends hopeless work, nests, and leaves the signals of others alone."""

import re
import signal
import threading
import time
from contextlib import suppress

import pytest

from wartacrawl.reading.budget import PageTooSlowError, time_limit

# It takes years on this text.
HOPELESS = re.compile(r"(?:a|a)*b"), "a" * 40


def work(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_regular_expression_is_interrupted():
    pattern, text = HOPELESS
    began = time.process_time()
    with pytest.raises(PageTooSlowError, match="PAGE_SECONDS"), time_limit(0.1):
        pattern.match(text)
    assert time.process_time() - began < 1


def test_work_within_the_limit_is_left_alone():
    with time_limit(5):
        work(0.01)


def test_waiting_costs_nothing():
    with time_limit(0.1):
        time.sleep(0.2)


def test_an_exception_that_a_library_swallows_comes_again():
    def swallows():
        for _ in range(3):
            with suppress(Exception):
                work(0.2)

    with pytest.raises(PageTooSlowError), time_limit(0.05):
        swallows()


def test_the_earliest_of_nested_limits_counts():
    with pytest.raises(PageTooSlowError), time_limit(0.1), time_limit(60):
        work(5)
    with time_limit(60):
        with pytest.raises(PageTooSlowError), time_limit(0.05):
            work(5)
        work(0.1)


def test_an_outer_limit_goes_on_after_an_inner_one():
    def nested():
        with time_limit(60):
            work(0.01)
        work(5)

    with pytest.raises(PageTooSlowError), time_limit(0.2):
        nested()


def test_handlers_and_timers_of_others_are_as_before():
    rang = []
    before = signal.signal(signal.SIGPROF, lambda *_: rang.append(1))
    try:
        with pytest.raises(PageTooSlowError), time_limit(0.05):
            work(5)
        signal.raise_signal(signal.SIGPROF)
        assert rang == [1]
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    finally:
        signal.signal(signal.SIGPROF, before)


def test_another_alarm_rings_within_a_limit():
    rang = []
    before = signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with time_limit(5):
            work(0.2)
        assert rang == [1]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_another_thread_has_no_limit():
    done = []

    def run():
        with time_limit(0.01):
            work(0.1)
        done.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == [True]
