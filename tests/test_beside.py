"""Helpers: what they do is done by the end, what fails is told, and nothing of it shows in a result."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine
from fidelity_engine.beside import begun_beside, beside, followed
from fidelity_engine.db import Database
from fidelity_engine.evaluate import FEW_EVENTS

LONG = "create table long as select sum(hash(range)) as n from range(4_000_000_000)"
EXAMPLE = Path(__file__).parents[1] / "rules" / "district.yaml"


@pytest.fixture
def db() -> Iterator[Database]:
    """Three processors, and few rows."""
    found = Database(threads=3)
    found.plan_less()
    yield found
    found.close()


def test_all_is_done_by_the_end_by_several(db: Database) -> None:
    """Each job has made its relation when the work is over, and nobody is left behind."""
    hands, wait, before = set(), threading.Barrier(3, timeout=20), threading.active_count()

    def make(number: int, db: Database) -> None:
        hands.add(threading.current_thread().name)
        if number < 3:
            wait.wait()             # passed only by three at a time
        db.run(f"create table made_{number} as select {number} as n")

    with beside(db) as work:
        for number in range(12):
            work.later(lambda db, number=number: make(number, db))  # type: ignore[misc]
    assert [db.one(f"select n from made_{number}") for number in range(12)] == list(range(12))
    assert len(hands) == 3 and threading.active_count() == before


@pytest.mark.parametrize("threads, few_rows, alone", [(1, True, False), (3, False, False), (3, True, True)])
def test_without_helpers_a_job_is_done_at_once(threads: int, few_rows: bool, alone: bool) -> None:
    """One processor, many rows, or somebody who asks what each piece takes: all is done in its order, on the one connection."""
    db = Database(threads=threads)
    try:
        if few_rows:
            db.plan_less()
        done: list[object] = []
        with beside(db, alone) as work:
            work.later(done.append)
            assert done == [db]
    finally:
        db.close()


def test_no_more_threads(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no thread, all is done by the one who asks."""

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    done: list[object] = []
    with beside(db) as work:
        work.later(done.append)
        assert done == [db] and not work.has_helpers


def test_the_first_error_is_raised_and_nothing_begun_after_it(db: Database) -> None:
    """What failed first in the order of the jobs is told, whichever ended first."""
    done: list[int] = []

    def fail(number: int, seconds: float) -> None:
        time.sleep(seconds)
        done.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"), beside(db) as work:
        for number, seconds in enumerate([0.3, 0.05, 0.3, 0, 0, 0]):
            work.later(lambda db, number=number, seconds=seconds: fail(number, seconds))  # type: ignore[misc]
    assert set(done) <= {0, 1, 2, 3}


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_what_ends_a_helper_ends_the_work(error: type[BaseException], db: Database) -> None:
    """What would end the process is not lost with the helper whom it ended: else what it was at would be missing, and nobody told."""
    here, began = threading.current_thread(), threading.Event()

    def leave(db: Database) -> None:
        assert threading.current_thread() is not here
        began.set()
        raise error

    with pytest.raises(error), beside(db) as work:
        work.later(leave)
        assert began.wait(20)


def test_what_a_helper_is_at_is_interrupted(db: Database) -> None:
    """Where the one who asks is interrupted, or fails, no helper goes on."""
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), beside(db) as work:
        work.later(lambda db: db.run(LONG))
        time.sleep(0.2)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 10
    assert db.one("select count(*) from duckdb_tables() where table_name = 'long'") == 0


@pytest.mark.parametrize("few_events", [FEW_EVENTS, -1], ids=["small", "large"])
def test_helpers_change_nothing(few_events: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example district gives the same verdicts, findings and counts with one processor and with four, also where it is taken for a large one."""
    monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", few_events)
    found = []
    for threads in (1, 4):
        with Engine.from_file(EXAMPLE, threads=threads).evaluate() as result:
            target = tmp_path / f"{threads}.csv"
            result.verdicts.write(target)
            findings = [replace(finding, run_id="") for finding in result.findings]
            found.append((target.read_bytes(), findings, result.summary.verdicts, result.summary.sources))
    assert found[0] == found[1]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_was_begun_is_there_once_it_is_finished(threads: int) -> None:
    """With a helper or without, of many rows too: all jobs are done, and the first error is raised then and not before."""
    db = Database(threads=threads)
    try:
        work = begun_beside(db, [lambda db: db.run("create table one as select 1 as n"), lambda db: db.run("from nowhere")])
        with pytest.raises(Exception, match="nowhere"):
            work.finish()
        assert db.one("select n from one") == 1
    finally:
        db.close()


def test_one_helper_does_all_in_their_order_while_others_go_on() -> None:
    """Of many rows too: each job begins when the one before is over, none is done by the one who asks, and all are done by the end."""
    db, here = Database(threads=3), threading.current_thread()
    done: list[tuple[str, int]] = []

    def work(number: int, db: Database) -> None:
        assert threading.current_thread() is not here
        done.append(("begun", number))
        time.sleep(0.05)
        done.append(("over", number))

    try:
        with followed(db) as helper:
            for number in range(4):
                helper.later(partial(work, number))
            assert done != [(what, number) for number in range(4) for what in ("begun", "over")]
        assert done == [(what, number) for number in range(4) for what in ("begun", "over")]
    finally:
        db.close()


def test_after_a_job_that_failed_none_follows() -> None:
    """What a helper could not do is raised where its work ends, and what was to follow is not begun."""
    db, done = Database(threads=3), list[Database]()
    try:
        with pytest.raises(Exception, match="nowhere"), followed(db) as helper:
            helper.later(lambda db: db.run("from nowhere"))
            helper.later(done.append)
        assert done == []
    finally:
        db.close()


@pytest.mark.parametrize(("settings", "alone"), [({"threads": 1}, False), ({"threads": 3}, True), ({"threads": 3, "wanted_bytes": math.inf}, False)])
def test_nobody_follows(settings: dict[str, Any], alone: bool) -> None:
    """On one processor, where it is asked what each piece takes, and beside relations in a file: a job is done at once."""
    db, done = Database(**settings), list[Database]()
    try:
        with followed(db, alone) as helper:
            helper.later(done.append)
            assert done == [db]
    finally:
        db.close()


def test_a_database_that_is_closed_ends_what_was_begun() -> None:
    """Who closes the database waits for nothing: what is under way is interrupted, and the helper gone."""
    before, db, begun, told = threading.active_count(), Database(threads=3), threading.Event(), list[type[BaseException]]()

    def work(db: Database) -> None:
        begun.set()
        time.sleep(0.1)          # an interrupt that comes meanwhile is heard by nobody
        try:
            db.run(LONG.replace("4_", "4000_"))          # more than anybody waits for
        except BaseException as error:
            told.append(type(error))
            raise

    begun_beside(db, [work])
    assert begun.wait(20)
    db.close()
    assert threading.active_count() == before and told == [KeyboardInterrupt]
