"""A fault at every file operation, and a power cut after every one; run on the failing disk of `_disk.py`.

The workload writes a folder as crawls do: three transactions of articles over several days, one of revisions, a
rejected article. After each fault or cut the folder is opened as the next crawl would open it. Nothing that was
acknowledged may be missing, nothing may stand twice or torn; then the workload runs again to its end, and `verify` must
find nothing.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import random
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.articles import article, articles, keys, open_store
from tests.benchmarks._disk import KILL, Disk, Operation, operations
from wartacrawl.storage.ledger import LedgerError
from wartacrawl.storage.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAULTS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "kill": KILL}
# Blocks of a write that a power cut may leave out (bytes).
_BLOCK = 512
EXPECTED = sorted([*((n, 1) for n in range(1, 26)), *((n, 2) for n in range(1, 6))])


def work(folder: Path, acknowledge: Callable[[list[int]], object]) -> None:
    """Write what is not written yet; `acknowledge` hears what a transaction has promised."""
    store, run = open_store(folder)
    outcome = "crashed"
    try:
        for start in (1, 9, 17):
            batch = articles(range(start, min(start + 9, 26)), days=3)
            store.ledger.announce([(int(one.identifier), None, None) for one in batch], "rss")
            written = store.write([one for one in batch if not _is_written(store, one.identifier)])
            acknowledge([int(one.identifier) for one in written])
        changed = [article(n, published=one.published, headline=f"Ralat {n}") for n, one in _first_five()]
        acknowledge([int(one.identifier) for one in store.write(changed)])
        row = store.ledger.article(99)
        if row is None or row.state != "rejected":
            store.reject({"reasons": ["the page has no headline"], **article(99, headline=None).record()})
        outcome = "ok"
    finally:
        store.ledger.end_run(run, outcome, {})
        store.close()


def _is_written(store, identifier: str) -> bool:
    row = store.ledger.article(int(identifier))
    return row is not None and row.version > 0


def _first_five():
    return [(int(one.identifier), one) for one in articles(range(1, 6), days=3)]


def check(folder: Path, promised: set[int]) -> None:
    """Open a folder as the next crawl would and finish the work; raise `AssertionError` for anything lost or twice."""
    if folder.exists():
        store, run = open_store(folder)
        store.ledger.end_run(run, "ok", {})
        store.close()
        found = keys(folder)  # fails on a torn line
        assert len(found) == len(set(found)), f"twice: {found}"
        assert promised <= {identifier for identifier, _ in found}, f"lost: {promised - {n for n, _ in found}}"
    work(folder, lambda _: None)
    assert keys(folder) == EXPECTED, keys(folder)
    assert verify(folder).findings == [], verify(folder).findings
    rejected = (folder / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["identifier"] for line in rejected] == ["99"]


# -- faults -----------------------------------------------------------------------------------------------------------


def count_operations(disk: Disk, base: Path) -> int:
    """Return the number of operations the work takes."""
    disk.fail(0, 0)
    work(base / "output", lambda _: None)
    number = disk.count
    shutil.rmtree(base / "output")
    return number


def faults(every: int) -> int:
    """Let every n-th operation fail in each way, each in a process of its own; return how many faults there were."""
    done = 0
    with TemporaryDirectory() as name:
        base = Path(name).resolve()
        disk = Disk(base / "output")
        total = count_operations(disk, base)
        for number in range(1, total + 1, every):
            for word, error in FAULTS.items():
                promised = _fail_once(disk, base, number, error)
                disk.fail(0, 0)
                try:
                    check(base / "output", promised)
                except (AssertionError, LedgerError) as wrong:
                    sys.stdout.write(f"operation {number} of {total} with {word}: {wrong}\n")
                    raise
                shutil.rmtree(base / "output", ignore_errors=True)
                done += 1
    return done


def _fail_once(disk: Disk, base: Path, number: int, error: int) -> set[int]:
    """Work in a child process until its disk fails; return what it had promised by then."""
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(told)
        code = 1
        try:
            disk.fail(number, error)
            work(base / "output", lambda found: os.write(tell, json.dumps(found).encode() + b"\n"))
            code = 0
        except LedgerError:
            code = 0  # one sentence, as it should be
        except BaseException as wrong:  # noqa: BLE001 - told by the exit code, whatever it is
            sys.stderr.write(f"operation {number}, error {error}: {type(wrong).__name__}: {wrong}\n")
        finally:
            os._exit(code)
    os.close(tell)
    with os.fdopen(told) as stream:
        promised = {identifier for line in stream for identifier in json.loads(line)}
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in ({0} if error != KILL else {0, -9}), (
        f"operation {number}, error {error}"
    )
    return promised


# -- power cuts -------------------------------------------------------------------------------------------------------


@dataclass
class State:
    """Folders, the entries in them (path to file number), and the data of files by number."""

    folders: set[str] = field(default_factory=set)
    entries: dict[str, int] = field(default_factory=dict)
    data: dict[int, bytes] = field(default_factory=dict)

    def apply(self, done: Operation, file: int, rng: random.Random | None = None) -> None:
        """Do an operation to a file; with `rng`, only some blocks of a write."""
        if done.kind == "m":
            self.folders.add(done.path)
        elif done.kind == "c":
            self.entries[done.path] = file
        elif done.kind == "u":
            self.entries.pop(done.path, None)
        elif done.kind == "r":
            self.entries[done.other] = file
            self.entries.pop(done.path, None)
        else:
            self.data[file] = _written(self.data.get(file, b""), done, rng)

    def copy(self) -> State:
        """Return one that may be changed."""
        return State(set(self.folders), dict(self.entries), dict(self.data))


class Platter:
    """What is on a disk: what is durable, and the operations (each with the number of its file) not yet synced."""

    def __init__(self) -> None:
        self.durable = State()
        self.pending: list[tuple[Operation, int]] = []
        self._files: dict[str, int] = {}  # as the processes see them
        self._number = 0

    def take(self, operation: Operation) -> None:
        """Take an operation; a sync makes durable what was done to the file, or the entries of the folder."""
        file = self._files.get(operation.path, -1)
        if operation.kind == "c":
            self._number += 1
            file = self._files[operation.path] = self._number
        elif operation.kind == "u":
            self._files.pop(operation.path, None)
        elif operation.kind == "r":
            self._files[operation.other] = self._files.pop(operation.path)
        if operation.kind != "s":
            self.pending.append((operation, file))
            return
        # The entry of a new file is another matter than the file: only a sync of its folder makes it durable.
        covered = [
            (done, of)
            for done, of in self.pending
            if (of == file if done.kind in "wt" else str(Path(done.path).parent) == operation.path)
        ]
        for done, of in covered:
            self.pending.remove((done, of))
            self.durable.apply(done, of)

    def after_a_cut(self, rng: random.Random | None, *, keeps: bool) -> State:
        """Return what a power cut leaves: all pending operations kept or lost, or some of them (`rng`)."""
        state = self.durable.copy()
        for done, file in self.pending:
            if rng is None:
                if keeps:
                    state.apply(done, file)
            elif rng.random() < 0.6:
                state.apply(done, file, rng if rng.random() < 0.5 else None)
        return state


def _written(data: bytes, done: Operation, rng: random.Random | None) -> bytes:
    if done.kind == "t":
        return data[: done.offset].ljust(done.offset, b"\0")
    whole = bytearray(data.ljust(done.offset + len(done.data), b"\0"))
    for start in range(0, len(done.data), _BLOCK):
        if rng is None or rng.random() < 0.7:
            block = done.data[start : start + _BLOCK]
            whole[done.offset + start : done.offset + start + len(block)] = block
    return bytes(whole)


def watch(disk: Disk, base: Path) -> list[Operation]:
    """Work once from an empty folder, with what was promised as writes to a file of the name `promised`."""
    log = base / "log"
    child = os.fork()
    if not child:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
        disk.watch(descriptor)

        def acknowledge(found: list[int]) -> None:
            data = json.dumps(found).encode()
            os.write(descriptor, f"p\t\t\t0\t{len(data)}\n".encode() + data)

        work(base / "output", acknowledge)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    shutil.rmtree(base / "output")
    return list(operations(log))


def cuts(every: int, seeds: int) -> int:
    """Cut the power after every n-th operation, in several ways; return how many cuts there were."""
    done = 0
    with TemporaryDirectory() as name:
        base = Path(name).resolve()
        platter, promised = Platter(), set()
        for number, operation in enumerate(watch(Disk(base / "output"), base)):
            if operation.kind == "p":
                promised |= set(json.loads(operation.data))
                continue
            platter.take(operation)
            if number % every:
                continue
            for way, state in enumerate(_states(platter, number, seeds)):
                _put(base, state)
                try:
                    check(base / "output", promised)
                except (AssertionError, LedgerError) as wrong:
                    sys.stdout.write(
                        f"cut after operation {number} ({operation.kind} {operation.path}), way {way}: {wrong}\n"
                    )
                    raise
                done += 1
    return done


def _states(platter: Platter, number: int, seeds: int) -> Iterator[State]:
    yield platter.after_a_cut(None, keeps=False)
    yield platter.after_a_cut(None, keeps=True)
    for seed in range(seeds):
        yield platter.after_a_cut(random.Random(number * 100 + seed), keeps=True)


def _put(base: Path, state: State) -> None:
    shutil.rmtree(base / "output", ignore_errors=True)
    for folder in sorted(state.folders):
        if Path(folder).parent.is_dir():  # the entry of the one above may be lost
            Path(folder).mkdir()
    for path, file in state.entries.items():
        if Path(path).parent.is_dir():
            Path(path).write_bytes(state.data.get(file, b""))


def main() -> int:
    """Run faults and cuts."""
    options = argparse.ArgumentParser(prog="tests.benchmarks._faults")
    options.add_argument("--every", type=int, default=1, help="take every n-th operation only")
    options.add_argument("--seeds", type=int, default=8, help="random power cuts after each operation")
    chosen = options.parse_args()
    logging.disable()  # each cut is reported there
    try:
        number = faults(chosen.every)
        sys.stdout.write(f"{number:,} faults: nothing lost, twice or torn\n")
        number = cuts(chosen.every, chosen.seeds)
        sys.stdout.write(f"{number:,} power cuts: nothing lost, twice or torn\n")
    except (AssertionError, LedgerError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
