"""Several processes that call one function, where a rule has so many cells that starting them pays.

They load the same plugins, with the same rights, from the same folders. Portions go out and answers come back in order,
and only a few are on their way at a time.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from queue import SimpleQueue
from typing import Any

from fidelity_engine.plugin.cells import Answers, Caller, given_to
from fidelity_engine.plugin.portions import Portion
from fidelity_engine.plugin.spec import MeasureKind

WORTH_SECONDS = 2.0
"""A rule whose remaining cells take longer than this is shared: a process takes a third of a second to start."""


class ProcessEnded(Exception):
    """A process ended in the middle of a function."""


class Crew:
    """`named`: what `Host.load` was told of plugins; `processes`: so many at most, 1 for none. To be closed."""

    def __init__(self, named: tuple[Any, ...], processes: int) -> None:
        self._named, self._processes = named, processes if sys.executable else 1
        self._workers: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._pool: ThreadPoolExecutor | None = None

    def answers(self, kind: MeasureKind, parameters: Any, cells: int, portions: Iterable[Portion]) -> Iterator[Answers]:
        """What the function of a kind says of so many cells, portion by portion: here, until it is seen to take long."""
        caller, left = Caller(kind, parameters), iter(portions)
        done, seconds = 0, 0.0
        for portion in left:
            if done and seconds / done * (cells - done) > WORTH_SECONDS and self._started():
                yield from self._shared(kind, parameters, chain([portion], left))
                return
            began = time.thread_time()
            found = caller.answers(portion)
            seconds, done = seconds + time.thread_time() - began, done + len(found.numbers)
            yield found

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for worker in self._workers:
            worker.kill()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for worker in self._workers:
            with suppress(OSError):         # what it was still to read is not read any more
                worker.communicate()
        self._workers, self._pool, self._idle = [], None, SimpleQueue()

    def _started(self) -> bool:
        """Whether there are processes to ask; where they cannot be started, there are none from then on."""
        if self._processes < 2 or self._workers:
            return bool(self._workers)
        try:
            for _ in range(self._processes):
                self._workers.append(_begun())
            for worker in self._workers:
                _send(worker, self._named)
            for worker in self._workers:
                _received(worker)
                self._idle.put(worker)
        except (OSError, ProcessEnded):
            self.close()
            self._processes = 1
            return False
        self._pool = ThreadPoolExecutor(self._processes)
        return True

    def _shared(self, kind: MeasureKind, parameters: Any, portions: Iterable[Portion]) -> Iterator[Answers]:
        if self._pool is None:
            raise AssertionError("nobody was started")
        given = pickle.dumps(given_to(kind, parameters))
        under_way: deque[Future[Answers]] = deque()
        try:
            for portion in portions:
                under_way.append(self._pool.submit(self._ask, (kind.name, given, portion)))
                if len(under_way) > self._processes:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BaseException:
            self.close()
            raise

    def _ask(self, job: tuple[str, bytes, Portion]) -> Answers:
        worker = self._idle.get()
        try:
            _send(worker, job)
            return Answers(*_received(worker))
        finally:
            self._idle.put(worker)


def _begun() -> subprocess.Popen[bytes]:
    # -P: the folder that somebody happens to be in holds no modules of ours.
    command = [sys.executable, "-P", "-m", "fidelity_engine.plugin.worker"]
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths})


def _send(worker: subprocess.Popen[bytes], what: Any) -> None:
    try:
        pickle.dump(what, worker.stdin, pickle.HIGHEST_PROTOCOL)  # type: ignore[arg-type]
        worker.stdin.flush()  # type: ignore[union-attr]
    except (OSError, ValueError):
        raise ProcessEnded from None


def _received(worker: subprocess.Popen[bytes]) -> Any:
    try:
        return pickle.load(worker.stdout)  # type: ignore[arg-type]
    except (OSError, ValueError, EOFError, pickle.UnpicklingError):
        raise ProcessEnded from None
