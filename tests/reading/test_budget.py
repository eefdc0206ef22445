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


# -- in a thread, as on a Dask worker ----------------------------------------------------------------------------------


def in_thread(work):
    """Run a function in a thread; return what it raised."""
    raised = []

    def run():
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def limited(seconds, block):
    def run():
        with time_limit(seconds):
            block()

    return in_thread(run)


def spin(seconds):
    """Use a thread's own processor time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_thread_has_the_limit_too():
    began = time.monotonic()
    error = limited(0.1, lambda: spin(20))
    assert isinstance(error, PageTooSlowError)
    assert "PAGE_SECONDS" in str(error)
    assert time.monotonic() - began < 10


def test_a_thread_that_waits_or_is_in_time_goes_on():
    assert limited(0.1, lambda: time.sleep(0.3)) is None
    assert limited(5, lambda: spin(0.01)) is None


def test_a_thread_cannot_swallow_its_limit():
    def swallow():
        for _ in range(3):
            with suppress(Exception):
                spin(0.3)

    assert isinstance(limited(0.05, swallow), PageTooSlowError)


def test_nothing_rings_in_a_thread_after_its_page():
    def pages():
        for _ in range(20):
            with suppress(PageTooSlowError), time_limit(0.02):
                spin(0.04)
        spin(0.3)

    assert in_thread(pages) is None


def test_threads_do_not_share_their_limits():
    results = []
    threads = [threading.Thread(target=lambda: results.append(limited(1, lambda: spin(0.6)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [None] * 3
