"""Work that nobody waits for yet, beside other work: where few rows make planning the work, a second processor plans statements too.

Each helper has a connection of its own to the same relations; temporary ones are seen by the connection that made them alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

from fidelity_engine.db import Database

Job = Callable[[Database], Any]
MOST_HANDS = 4
"""More statements at a time wait for one another."""
PATIENCE_SECONDS = 0.02
"""So long a helper who was interrupted may take to go."""


class Beside:
    """Helpers, who do jobs in the order in which these come. Without any a job is done at once."""

    def __init__(self, db: Database, helpers: int) -> None:
        self._db, self._others = db, list[Database]()
        self._jobs: SimpleQueue[tuple[int, Job] | None] = SimpleQueue()
        self._gone: list[Database] = []
        self._told: SimpleQueue[None] = SimpleQueue()
        self._errors: dict[int, BaseException] = {}
        self._count, self._ended = 0, False
        with suppress(RuntimeError):          # where the system gives no more threads there are fewer helpers
            for _ in range(helpers):
                self._engage()

    def _engage(self) -> None:
        other = self._db.beside()
        try:
            threading.Thread(target=self._help, args=(other,), daemon=True).start()
        except RuntimeError:
            other.connection.close()
            raise
        self._others.append(other)

    @property
    def has_helpers(self) -> bool:
        """Whether a job may be done later than at once."""
        return bool(self._others)

    def later(self, job: Job) -> None:
        """A job that does not depend on those before it, to be done by the end."""
        if not self.has_helpers:
            job(self._db)
            return
        self.leave(job)

    def leave(self, job: Job) -> None:
        """A job that waits for a helper, or for `finish`."""
        self._count += 1
        self._jobs.put((self._count, job))

    def dismiss(self) -> None:
        """No more jobs: helpers go when those that there are have been done."""
        self._send_away()

    def finish(self, helping: bool = True) -> None:
        """Help until nothing is left, or let one helper do all in their order. Of several jobs that failed the first one's error is raised."""
        self._send_away(1 if helping else 0)
        if helping:
            self._work(self._db)
        self._wait()
        self._forget()
        if self._errors:
            raise self._errors[min(self._errors)]

    def stop(self) -> None:
        """Begin nothing more, and interrupt what is under way: again and again, since between two statements nobody hears it."""
        self._ended = True
        self._send_away()
        while len(self._gone) < len(self._others):
            for other in self._others:
                other.interrupt()
            with suppress(Empty):
                self._told.get(timeout=PATIENCE_SECONDS)
        self._forget()

    def _forget(self) -> None:
        """The database need not know of them any more."""
        if self.stop in self._db.before_close:
            self._db.before_close.remove(self.stop)

    def _send_away(self, others: int = 0) -> None:
        for _ in range(len(self._others) + others):
            self._jobs.put(None)

    def _wait(self) -> None:
        """Until all helpers are gone. (`Thread.join`, once interrupted, takes a thread for ended that is not.)"""
        while len(self._gone) < len(self._others):
            self._told.get()

    def _help(self, db: Database) -> None:
        try:
            self._work(db)
        except BaseException as error:          # an interrupted statement, or a file's `repair` that wants to end the process
            self._errors[0] = error
            self._ended = True
        finally:
            db.connection.close()
            self._gone.append(db)
            self._told.put(None)

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
def beside(db: Database, alone: bool = False) -> Iterator[Beside]:
    """Helpers for a while where few rows make it worth it, as many as there are processors left. `alone`: none."""
    work = Beside(db, 0 if alone or not db.few_rows else _hands(db) - 1)
    try:
        yield work
        work.finish()
    except BaseException:
        work.stop()
        raise


@contextmanager
def followed(db: Database, alone: bool = False) -> Iterator[Beside]:
    """One helper for a while, of many rows too, who does jobs one after the other in their order. `alone`, and where relations lie in a file: none."""
    work = Beside(db, 0 if alone or db.in_file else min(1, _hands(db) - 1))
    try:
        yield work
        work.finish(helping=False)
    except BaseException:
        work.stop()
        raise


def begun_beside(db: Database, jobs: Iterable[Job]) -> Beside:
    """Jobs for helpers who are there until these are done, or the database is closed; to be finished.

    Of many rows a statement takes all processors: for them there is one helper.
    """
    work = Beside(db, _hands(db) - 1 if db.few_rows else min(1, _hands(db) - 1))
    db.before_close.append(work.stop)
    for job in jobs:
        work.leave(job)
    work.dismiss()
    return work


def _hands(db: Database) -> int:
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(db.threads or processors, MOST_HANDS)
