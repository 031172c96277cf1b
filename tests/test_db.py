"""What the embedded engine is allowed to use."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine.db import INTERRUPTED, Database
from fidelity_engine.db.connecting import complaint
from fidelity_engine.room import BESIDE_FILE_BYTES, MEMORY_BYTES, SHARE


@pytest.mark.parametrize(("asked", "most"), [(None, MEMORY_BYTES), ("200MB", 200e6 * SHARE), ("3GB", 3e9 * SHARE)])
def test_memory_is_bounded_unless_somebody_asks_for_more(asked: str | None, most: float) -> None:
    """Without a limit of one's own at most MEMORY_BYTES are held (less on a small machine); of one that is given the engine has its share."""
    db = Database(memory_limit=asked)
    try:
        assert db.memory_bytes <= most * 1.05
        assert asked is None or db.memory_bytes >= most * 0.9
    finally:
        db.close()


@pytest.mark.parametrize(("asked", "wanted", "in_file"), [
    (None, 2 * MEMORY_BYTES, True), (None, 1e6, False), ("1GB", 0.9e9, True), ("3GB", 2e9, False), ("3GB", 3e9, True),
])  # fmt: skip
def test_what_does_not_fit_into_memory_lies_in_a_file(asked: str | None, wanted: float, in_file: bool, tmp_path: Path) -> None:
    """Much more than the limit is bounded by it, and nothing of the file is left."""
    db = Database(memory_limit=asked, temp_dir=tmp_path, wanted_bytes=wanted)
    try:
        assert db.in_file is in_file
        assert asked or db.memory_bytes == pytest.approx(BESIDE_FILE_BYTES if in_file else MEMORY_BYTES, rel=0.05)
        db.run("create table large as select range as number, hash(range) as packed from range(3000000)")
        assert db.one("select count(*) from large") == 3_000_000
        assert bool(list(tmp_path.glob("*/district.duckdb"))) is in_file
    finally:
        db.close()
    assert not list(tmp_path.iterdir())


def test_one_thread_is_for_a_while() -> None:
    """What many small files are read with ends with them, also where reading fails."""
    db = Database(threads=3)
    try:
        with pytest.raises(KeyError), db.one_thread():
            assert db.one("select current_setting('threads')") == 1
            raise KeyError
        assert db.one("select current_setting('threads')") == 3
    finally:
        db.close()


LONG = "select sum(hash(range)) as n from range(200_000_000)"


STREAM = "select hash(range) as n from range(2_000_000_000)"


@pytest.mark.parametrize("asked", [
    lambda db: db.run(f"create temp table x as {LONG}"), lambda db: list(db.batches(LONG, 10)), lambda db: db.arrow(LONG),
    lambda db: db.rows(LONG), lambda db: db.records(LONG), lambda db: sum(1 for _ in db.streamed(STREAM)),
], ids=["run", "batches", "arrow", "rows", "records", "streamed"])  # fmt: skip
def test_an_interrupt_within_a_statement_is_one(asked: Callable[[Database], object]) -> None:
    """Ctrl-C while the embedded engine works is a KeyboardInterrupt, at the end of a pipeline at the latest, and the connection lives on."""
    db = Database()
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            asked(db)
        assert db.one("select 1") == 1
    finally:
        timer.cancel()
        db.close()


class Interrupted:
    """A connection, and its cursors, that are interrupted as rows are fetched, or a setting is changed."""

    description = (("n",),)

    def execute(self, sql: str, values: object = None) -> Interrupted:
        """The cursor; no setting is changed."""
        if sql.startswith("set"):
            self.fetchall()
        return self

    def fetchall(self) -> list[tuple[int]]:
        """What the embedded engine makes of Ctrl-C."""
        raise RuntimeError(INTERRUPTED)

    def fetchmany(self, size: int) -> list[tuple[int]]:
        """The same."""
        return self.fetchall()


@pytest.mark.parametrize("asked", [
    lambda db: db.rows("n"), lambda db: db.records("n"), lambda db: db.one("n"), lambda db: list(db.streamed("n")), lambda db: db.plan_less(),
    lambda db: db.in_order().__enter__(), lambda db: db.one_thread().__enter__(), lambda db: db.fence(),
], ids=["rows", "records", "one", "streamed", "plan less", "in order", "one thread", "fence"])  # fmt: skip
def test_an_interrupt_beside_a_statement_is_one(asked: Callable[[Database], object]) -> None:
    """Ctrl-C while rows are fetched or settings are changed is a KeyboardInterrupt too, and no bug with its trace."""
    db = Database()
    real, db.connection = db.connection, Interrupted()  # type: ignore[assignment]
    try:
        with pytest.raises(KeyboardInterrupt):
            asked(db)
    finally:
        db.connection = real
        db.close()


def test_what_another_thread_ends_is_an_interrupt() -> None:
    """A statement that is ended from outside is nobody's mistake: it must not pass for a file that cannot be read."""
    db, told = Database(), list[BaseException]()
    other = db.beside()

    def work() -> None:
        try:
            other.run("select sum(hash(range)) from range(4_000_000_000)")
        except BaseException as error:
            told.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        other.interrupt()
        thread.join(0.05)
    db.close()
    assert [type(error) for error in told] == [KeyboardInterrupt]


@pytest.mark.parametrize("arrow", [True, False])
def test_batches_keep_the_order_that_was_asked(arrow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many threads make a result of however many batches, its rows come in their order."""
    monkeypatch.setattr("fidelity_engine.db.find_spec", lambda name: arrow or None)
    db = Database(threads=4)
    try:
        db.run("create table one as select hash(range) % 1000000 as n from range(400000)")
        pieces = [batch["n"].to_pylist() if arrow else batch["n"] for batch in db.batches("select n from one order by n", 50_000)]
        numbers = [n for piece in pieces for n in piece]
        assert len(pieces) > 1 and len(numbers) == 400_000 and numbers == sorted(numbers)
    finally:
        db.close()


def test_the_engine_itself_is_asked_what_it_has_against_a_statement() -> None:
    """Its own words, or nothing; nothing of it is seen by an evaluation."""
    assert complaint("select regexp_full_match('', $1)", ["[a-z]+"]) is None
    assert "missing )" in str(complaint("select regexp_full_match('', $1)", ["(a"]))
