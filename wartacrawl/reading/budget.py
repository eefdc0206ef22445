"""A time budget for reading one page, so that a hostile or broken page costs seconds and not the crawl."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# Seconds until the alarm rings again, where a library swallowed the exception.
_AGAIN = 0.1
# A timer of zero seconds is switched off.
_SHORTEST = 0.001
# Rounds of a loop within which Python raises what another thread has thrown. Taking it back (`SetAsyncExc` of NULL)
# would leave CPython 3.11 looking for it for ever, and hang under a tracer.
_ENOUGH = 10
# How often a thread that swallows the exception gets it again.
_MOST_ALARMS = 100
# The deadlines under way in the main thread, in seconds of `time.process_time`, innermost last.
_deadlines: list[float] = []


class PageTooSlowError(Exception):
    """Reading a page took longer than its budget; what was read until then is worth nothing.

    `word` is the outcome of a command that ends by it.
    """

    word = "partial"


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `PageTooSlowError` when the block takes more than this many seconds of processor time.

    Processor time, because a page is slow by its own work and not because the machine is busy. The timer is
    `ITIMER_PROF`, which neither Scrapy nor Twisted uses. The regular expressions of CPython look for signals while they
    run; a call into libxml2 is interrupted when it returns. Limits may be nested: the earliest deadline counts.

    Python delivers signals to the main thread only, in which a crawl and `scrapy replay` read their pages. A thread of
    a Dask worker is watched by another thread, which cannot interrupt a single call that takes too long; where the
    system has no such timers or clocks, the block runs without a limit.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main and hasattr(time, "pthread_getcpuclockid"):
        with _watched(seconds):
            yield
        return
    if not is_main or not hasattr(signal, "setitimer"):
        yield
        return
    depth = len(_deadlines)
    handler = signal.signal(signal.SIGPROF, _ring)
    deadline = min([time.process_time() + seconds, *_deadlines[-1:]])
    _deadlines.append(deadline)
    timer = signal.setitimer(signal.ITIMER_PROF, max(deadline - time.process_time(), _SHORTEST), _AGAIN)

    def leave() -> None:
        del _deadlines[depth:]
        left = max(_deadlines[-1] - time.process_time(), _SHORTEST) if _deadlines else timer[0]
        signal.setitimer(signal.ITIMER_PROF, left, timer[1])
        signal.signal(signal.SIGPROF, handler or signal.SIG_DFL)

    try:
        try:
            yield
        finally:
            leave()
    except PageTooSlowError:  # the alarm may ring on the way out as well
        leave()
        raise
    if time.process_time() > deadline + _AGAIN:
        # A library swallowed the exception: what came out is not the page.
        raise PageTooSlowError(_SENTENCE)


_SENTENCE = "The page takes longer to read than PAGE_SECONDS allows: set a higher one if it is worth the wait."


def _ring(_number: int, _frame: FrameType | None) -> None:
    if _deadlines:
        raise PageTooSlowError(_SENTENCE)


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Limit the processor time of a block in a thread to which no signal is delivered."""
    thread = threading.get_ident()
    clock = time.pthread_getcpuclockid(thread)
    deadline = time.clock_gettime(clock) + seconds
    is_over, alarms = threading.Event(), 0

    def watch() -> None:
        nonlocal alarms
        left = seconds
        while alarms < _MOST_ALARMS and not is_over.wait(max(left, _AGAIN)):
            left = deadline - time.clock_gettime(clock)
            if left <= 0:
                alarms += 1
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(PageTooSlowError))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()

    def leave() -> None:
        is_over.set()
        watcher.join()
        with suppress(PageTooSlowError):  # what was thrown and has not arrived yet arrives in this loop
            for _ in range(_ENOUGH):
                pass

    try:
        try:
            yield
        finally:
            leave()
    except PageTooSlowError:  # the alarm may ring on the way out as well
        leave()
        raise PageTooSlowError(_SENTENCE) from None
    if alarms:  # a library swallowed the exception
        raise PageTooSlowError(_SENTENCE)
