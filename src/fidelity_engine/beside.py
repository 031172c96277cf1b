"""Work that nobody waits for yet, beside other work: where few rows make planning the work, a second processor plans statements too.

Each helper has a connection of its own to the same relations; temporary ones are seen by the connection that made them alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from fidelity_engine.db import Database

Job = Callable[[Database], Any]


class Beside:
    """Helpers, who do jobs in the order in which these come. Without any a job is done at once."""

    def __init__(self, db: Database, helpers: int) -> None:
        self._db, self._others = db, [db.beside() for _ in range(helpers)]
        self._jobs: SimpleQueue[tuple[int, Job] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._help, args=(other,), daemon=True) for other in self._others]
        self._errors: dict[int, BaseException] = {}
        self._count, self._ended = 0, False
        for thread in self._threads:
            thread.start()

    def later(self, job: Job) -> None:
        """A job that does not depend on those before it, to be done by the end."""
        if not self._threads:
            job(self._db)
            return
        self._count += 1
        self._jobs.put((self._count, job))

    def finish(self) -> None:
        """Help until nothing is left. Of several jobs that failed the first one's error is raised."""
        for _ in range(len(self._threads) + 1):
            self._jobs.put(None)
        self._work(self._db)
        self._join()
        if self._errors:
            raise self._errors[min(self._errors)]

    def stop(self) -> None:
        """Begin nothing more, and interrupt what is under way."""
        self._ended = True
        if not any(thread.is_alive() for thread in self._threads):
            return
        for other in self._others:
            self._jobs.put(None)
            other.connection.interrupt()
        self._join()

    def _join(self) -> None:
        for thread, other in zip(self._threads, self._others, strict=True):
            thread.join()
            other.connection.close()

    def _help(self, db: Database) -> None:
        try:
            self._work(db)
        except KeyboardInterrupt:          # what an interrupted statement becomes; who interrupted it goes on
            self._ended = True

    def _work(self, db: Database) -> None:
        while (found := self._jobs.get()) is not None:
            number, job = found
            if self._ended:
                continue
            try:
                job(db)
            except Exception as error:
                self._errors[number] = error
                self._ended = True


@contextmanager
def beside(db: Database, hands: int | None = None) -> Iterator[Beside]:
    """Helpers for a while, as many as there are processors left. `hands`: so many at most with the one who asks."""
    work = Beside(db, max(0, min(hands or db.hands, db.hands) - 1))
    try:
        yield work
        work.finish()
    except BaseException:
        work.stop()
        raise


def side_by_side(db: Database, jobs: Sequence[Job]) -> None:
    """Jobs that do not depend on one another."""
    with beside(db, len(jobs)) as work:
        for job in jobs:
            work.later(job)
