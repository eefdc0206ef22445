"""Work divided among processes or the workers of a cluster; what a worker was doing when it died is done again.

Anything that is a `concurrent.futures.Executor` can do the work.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
from collections import deque
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import wartacrawl
from wartacrawl.config import ConfigError
from wartacrawl.storage.database import LedgerError
from wartacrawl.storage.lines import in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from wartacrawl.storage.lines import Piece

# Shares in progress for each worker, finished ones that wait for an earlier one included.
AHEAD = 4
# Shares of a folder below which starting processes takes longer than the work.
_FEW = 8
# Seconds between looks at whether the workers are still in reach.
_LOOK = 5
# Seconds until a scheduler must have answered.
_PATIENCE = 10

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Crew(Generic[Item, Answer]):
    """Workers that do shares of the work and return the answers in order.

    `do` makes the answers of a share of items, and must be importable by a worker. `give_up` makes the answer for an
    item that a worker has died of, alone. `make` returns a new executor, also after the last one broke; `size` is the
    number of workers, and `losses` are the exceptions that say that a worker died. `is_lost` says that all of them are
    out of reach: then waiting ends with a `ConnectionError`.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Item]], list[Answer]],
        *,
        give_up: Callable[[Item], Answer],
        make: Callable[[], Executor],
        size: int,
        losses: tuple[type[BaseException], ...] = (BrokenExecutor,),
        is_lost: Callable[[], bool] = bool,
    ) -> None:
        self._do = do
        self._give_up = give_up
        self._make = make
        self._size = size
        self._losses = losses
        self._is_lost = is_lost
        self._executor: Executor | None = None
        self._under_way: deque[tuple[Sequence[Item], Future[list[Answer]]]] = deque()

    def answers(self, shares: Iterable[Sequence[Item]]) -> Iterator[Answer]:
        """Yield the answers of all shares, in order."""
        try:
            for share in shares:
                self._under_way.append((share, self._submit(share)))
                if len(self._under_way) >= AHEAD * self._size:
                    yield from self._next()
            while self._under_way:
                yield from self._next()
        finally:
            for _, future in self._under_way:
                future.cancel()
            self._under_way.clear()
            self._dismiss()

    def _submit(self, share: Sequence[Item]) -> Future[list[Answer]]:
        if self._executor is None:
            self._executor = self._make()
        try:
            return self._executor.submit(self._do, share)
        except self._losses as error:
            failed: Future[list[Answer]] = Future()
            failed.set_exception(error)
            return failed

    def _wait_for(self, future: Future[list[Answer]]) -> list[Answer]:
        # What was handed over while a connection broke would never be answered.
        while not wait([future], _LOOK).done:
            if self._is_lost():
                raise ConnectionError("the workers are out of reach")
        return future.result()

    def _dismiss(self) -> None:
        executor, self._executor = self._executor, None
        if executor is not None and not self._is_lost():
            executor.shutdown()  # waits for what is under way

    def _next(self) -> list[Answer]:
        share, future = self._under_way.popleft()
        try:
            return future.result()
        except self._losses:
            # It is not known which share killed the worker: all unfinished ones are done again, each alone.
            self._dismiss()
            answers = self._alone(share)
            self._under_way = deque((other, self._again(other, lost)) for other, lost in self._under_way)
            return answers

    def _again(self, share: Sequence[Item], future: Future[list[Answer]]) -> Future[list[Answer]]:
        if future.done() and not future.cancelled() and future.exception() is None:
            return future
        done: Future[list[Answer]] = Future()
        done.set_result(self._alone(share))
        return done

    def _alone(self, share: Sequence[Item]) -> list[Answer]:
        """Do a share alone; one that kills its worker again is done item by item."""
        try:
            return self._wait_for(self._submit(share))
        except self._losses:
            self._dismiss()
        if len(share) == 1:
            return [self._give_up(share[0])]
        return [answer for item in share for answer in self._alone([item])]


def processes(number: int, *modules: str) -> Callable[[], Executor]:
    """Return a function that makes executors with a number of processes on this machine.

    They are forked from a server that has imported `modules`: not from this process, as SQLite must not be carried
    into another, and not started one by one, as each would import everything again.
    """
    context = multiprocessing.get_context("forkserver")
    # The first one is what this process was started as: without it here, each worker would import it again.
    context.set_forkserver_preload(["scrapy.cmdline", *modules])
    return lambda: ProcessPoolExecutor(number, context, initializer=_calm)


def _calm() -> None:
    """Look for unreachable objects seldom: reading makes few of them and many that end by themselves (-7 %)."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def cores() -> int:
    """Return the number of processes that can run at once; not every system says which cores are ours."""
    ours = getattr(os, "sched_getaffinity", None)
    return len(ours(0)) if ours else os.cpu_count() or 1


def spread(do: Callable[[Sequence[Piece]], list[Answer]], shares: Iterable[Sequence[Piece]]) -> Iterator[Answer]:
    """Have the lines of a folder read by a process for each core; in this process where there are few."""
    shares = list(shares)
    number = cores()
    if number == 1 or len(shares) < _FEW:
        return in_turn(do, shares)
    module = getattr(do, "func", do).__module__
    return Crew(do, give_up=_refuse, make=processes(number, module), size=number).answers(shares)


def _refuse(piece: Piece) -> NoReturn:
    raise LedgerError(
        f"{piece.folder / piece.path}: the process that read it from byte {piece.start:,} on died twice, maybe because "
        "memory ran out: free some and run again."
    )


@contextmanager
def cluster(address: str, paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield `make`, `size`, `losses` and `is_lost` of a `Crew` for the Dask scheduler at an address (tcp://host:8786).

    Raises `ConfigError` when Dask is not installed, nobody answers, there are no workers, or they have another version
    of wartacrawl or cannot see one of the files; `ConnectionError` when the scheduler is lost while they work.
    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - an extra
        from distributed.comm.core import CommClosedError  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError("--cluster needs Dask: install it with `pip install 'distributed>=2026.3'`.") from None
    try:
        client: Any = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"No Dask scheduler answers at {address} ({type(error).__name__}): start `dask scheduler` there, or "
            "correct the address, such as tcp://10.0.0.5:8786."
        ) from None
    # Dask gives loggers a level and a handler of their own and writes tracebacks of a lost connection; one sentence
    # below says it.
    for name in ("distributed", "distributed.client", "distributed.gc", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        size = _check_workers(client, address, [str(path.absolute()) for path in paths])
        yield {
            "make": client.get_executor,
            "size": size,
            "losses": (BrokenExecutor, KilledWorker),
            "is_lost": lambda: client.status != "running",
        }
    except (CancelledError, ConnectionError, CommClosedError):
        raise ConnectionError(
            f"The Dask scheduler at {address} was lost: what was read so far is written; start it again and repeat "
            "the replay, which writes the rest."
        ) from None
    finally:
        client.close()


def _check_workers(client: Any, address: str, paths: Sequence[str]) -> int:
    """Return the number of threads of the workers that answer, and see that they can do the work."""
    threads = client.nthreads()
    if not threads:
        raise ConfigError(f"The scheduler at {address} has no workers: start `dask worker {address}` on some machine.")
    try:
        versions = client.run(_version)
    except Exception as error:  # noqa: BLE001 - what a worker says cannot be foreseen
        raise ConfigError(
            f"The workers of {address} cannot import wartacrawl ({type(error).__name__}): install version "
            f"{wartacrawl.__version__} where they run."
        ) from None
    for worker, version in versions.items():
        if version != wartacrawl.__version__:
            raise ConfigError(
                f"The worker {worker} has wartacrawl {version}, this is {wartacrawl.__version__}: install the same "
                "version on all machines."
            )
    for worker, missing in client.run(_missing, list(paths)).items():
        if missing:
            raise ConfigError(
                f"The worker {worker} cannot see {missing[0]}: put the files on a drive that all machines have under "
                "the same path."
            )
    return sum(threads.values())


def _version() -> str:
    return wartacrawl.__version__


def _missing(paths: list[str]) -> list[str]:
    from pathlib import Path  # noqa: PLC0415 - this runs on a worker

    return [path for path in paths if not Path(path).is_file()]
