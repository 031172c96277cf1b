"""The embedded engine: the only place that opens a DuckDB connection, and the fences around it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb

from fidelity_engine.db.connecting import connected
from fidelity_engine.room import BESIDE_FILE_BYTES, FULL, MEMORY_BYTES, SHARE, NoRoom, bytes_of
from fidelity_engine.spill import own_folder

Value = Any
DatabaseError = duckdb.Error
ENGINE_VERSION = duckdb.__version__
"""Of the embedded engine."""

HELD_BACK = "join_order,build_side_probe_side"
"""The optimizers that put inequality joins first (chapter 9), and that build hash tables of the larger side (decision 0003)."""
WORTHWHILE = ("filter_pushdown", "unused_columns", "deliminator", "cte_inlining", "limit_pushdown")
"""The optimizers that pay however few the rows are."""

INTERRUPTED = "Query interrupted"
"""What the embedded engine makes of an interrupt that comes while a statement runs."""

class Database:
    """One connection with its settings; `run` executes, `rows` fetches, `name` quotes an identifier."""

    def __init__(self, memory_limit: str | None = None, threads: int | None = None, temp_dir: Path | None = None,
                 spill_under: Path | None = None, wanted_bytes: float = 0) -> None:
        """`threads`: at most so many; None: as there are processors. `temp_dir`: where its own temporary folder is made.
        `wanted_bytes`: what the evidence takes in memory, roughly; where that is too much, relations lie in a file."""
        self._own = own_folder(temp_dir, spill_under)
        self.folder = Path(self._own.name)
        self.outbox.mkdir()
        self.threads = threads
        self.few_rows = False
        """Whether planning is thought to take longer than running: what is no longer needed is not worth a statement to drop it."""
        settings: dict[str, Any] = {
            "temp_directory": str(self.folder / "spill"),
            "max_temp_directory_size": "200GB",
            "preserve_insertion_order": False,
            "disabled_optimizers": HELD_BACK,
            "checkpoint_threshold": "1TB",
            "asof_loop_join_threshold": 0,          # it takes every relation of ours for a small one
            "autoinstall_known_extensions": False,
            "allow_community_extensions": False,
        }
        if memory_limit:
            settings["memory_limit"] = memory_limit
        if threads:
            settings["threads"] = threads
        self.connection = connected(settings)
        self.closed = False
        self._in_order: list[None] = []
        self.before_close: list[Callable[[], None]] = []
        """What has to end before: helpers, who are at work on connections beside this one."""
        most = self.memory_bytes * SHARE if memory_limit else min(self.memory_bytes, MEMORY_BYTES)
        self.in_file = wanted_bytes > most
        if self.in_file:
            self._lay_down(settings)
            most = most if memory_limit else min(most, BESIDE_FILE_BYTES)
        self.run(f"set memory_limit = '{int(most)}B'; set global TimeZone = 'UTC'")          # of those beside it too
        self.run("set enable_progress_bar = false")          # it would write to the terminal by itself

    @property
    def memory_bytes(self) -> float:
        """What may be held in memory."""
        return bytes_of(str(self.one("select current_setting('memory_limit')")))

    @property
    def outbox(self) -> Path:
        """The one folder that the engine may write results to."""
        return self.folder / "out"

    def _lay_down(self, settings: dict[str, Any]) -> None:
        """Connect to a file in place of memory: what does not fit is written once, packed, and read in parts.

        Relations in memory that have no room are written out and read back as they are, again and again.
        """
        self.connection.close()
        self.connection = duckdb.connect(str(self.folder / "district.duckdb"), config=settings)
        self.run("pragma disable_checkpoint_on_shutdown")          # the file goes with its folder

    def fence(self) -> None:
        """No file, network, extension or setting but the number of threads from here on (chapter 8): called once everything is loaded.

        Where relations lie in a file, what is laid down in order is read in this order from here on.
        """
        if self.in_file:
            self.run("set preserve_insertion_order = true")
        self.run(f"set allowed_directories = [{text(str(self.outbox))}]")
        self.run("set enable_external_access = false")
        self.run("set allowed_configs = ['threads']")
        self.run("set lock_configuration = true")

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """For many small files: each that several threads read at a time is held back until those before it are through."""
        self.run("set threads = 1")
        try:
            yield
        finally:
            self.run(self._all_threads)

    @contextmanager
    def in_order(self) -> Iterator[None]:
        """Rows of files are counted in their order for a while, which ends with the last of those who asked for it."""
        self._in_order.append(None)
        self.run("set preserve_insertion_order = true")
        try:
            yield
        finally:
            self._in_order.pop()
            if not self._in_order:
                self.run("set preserve_insertion_order = false")

    @property
    def _all_threads(self) -> str:
        return f"set threads = {int(self.threads)}" if self.threads else "reset threads"

    def beside(self) -> Database:
        """The same relations, but for temporary ones, on another connection; to be closed."""
        other = copy(self)
        other.connection = self.connection.cursor()
        return other

    @property
    def shared(self) -> str:
        """Stands between `create` and `table` where other connections read it, if there are any: `temp` beside relations in a file."""
        return "temp" if self.in_file else ""

    def plan_less(self) -> None:
        """For few rows, where planning takes longer than running: one thread, and only the optimizers that pay always."""
        self.few_rows = True
        known = [optimizer for (optimizer,) in self.rows("select name from duckdb_optimizers()")]
        self.run("set threads = 1")
        self.run(f"set disabled_optimizers = {text(','.join(one for one in known if one not in WORTHWHILE))}")

    def plan_fully(self) -> None:
        """As it was before `plan_less`."""
        self.few_rows = False
        self.run(self._all_threads)
        self.run(f"set disabled_optimizers = {text(HELD_BACK)}")

    def run(self, sql: str, values: Sequence[Value] | dict[str, Value] | None = None) -> None:
        """Execute one statement with bound values. Here and below: NoRoom where memory or disk are full."""
        with self._blameless():
            self.connection.execute(sql, values)

    @contextmanager
    def _blameless(self) -> Iterator[None]:
        """What is full, or was interrupted, becomes an error of the system: no plugin and no source is to blame."""
        try:
            yield
        except duckdb.OutOfMemoryException:
            raise NoRoom(errno.ENOMEM, "neither memory nor disk has room for what is evaluated", str(self.folder)) from None
        except duckdb.IOException as error:
            code = next((code for code in FULL if os.strerror(code) in str(error)), None)
            if code is None:
                raise
            raise NoRoom(code, os.strerror(code), str(self.folder)) from None
        except duckdb.InterruptException:          # from another thread: see `interrupt`
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            if str(error) == INTERRUPTED:
                raise KeyboardInterrupt from None
            raise

    def rows(self, sql: str, values: Sequence[Value] | dict[str, Value] | None = None) -> list[tuple[Any, ...]]:
        """All rows of one query: for results that are small."""
        with self._blameless():
            return self.connection.execute(sql, values).fetchall()

    def records(self, sql: str, values: Sequence[Value] | dict[str, Value] | None = None) -> list[dict[str, Any]]:
        """All rows of one query as mappings."""
        with self._blameless():
            cursor = self.connection.execute(sql, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def streamed(self, sql: str, size: int = 10_000) -> Iterator[tuple[Any, ...]]:
        """All rows of one query one after the other, for many rows: nothing else may be asked meanwhile."""
        with self._blameless():
            cursor = self.connection.execute(sql)
        while rows := self._fetched(cursor, size):
            yield from rows

    def _fetched(self, cursor: Any, size: int) -> list[tuple[Any, ...]]:
        with self._blameless():
            return cursor.fetchmany(size)  # type: ignore[no-any-return]

    def one(self, sql: str, values: Sequence[Value] | dict[str, Value] | None = None) -> Any:
        """The first value of the first row, None where there is no row."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def arrow(self, sql: str) -> Any:
        """The result as an Arrow table; pyarrow is an extra."""
        with self._blameless():
            return self.connection.sql(sql).to_arrow_table()

    def batches(self, sql: str, size: int) -> Iterator[Any]:
        """A large result in pieces, in its order, beside other work: Arrow batches where pyarrow is there, else lists per column.

        It runs on a connection of its own, which sees no temporary table.
        """
        cursor = self.connection.cursor()
        with self._blameless():
            if find_spec("pyarrow") is not None:
                yield from cursor.sql(sql).to_arrow_reader(size)        # the reader of execute() has its rows in any order
                return
            cursor.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            while rows := cursor.fetchmany(size):
                yield dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))

    def columns(self, relation: str) -> dict[str, str]:
        """Column name → SQL type of a table or view."""
        return {row[0]: row[1] for row in self.rows(f"describe {name(relation)}")}

    def interrupt(self) -> None:
        """End what another thread has this connection do, if it is open and anything is under way."""
        with suppress(DatabaseError):
            self.connection.interrupt()

    def close(self) -> None:
        """Give memory and disk back."""
        self._end()
        self.connection.close()
        self._own.cleanup()

    def leave(self) -> None:
        """For a process that ends: disk is given back, memory goes with the process."""
        if self.in_file:
            self.close()
        self._end()
        self._own.cleanup()

    def _end(self) -> None:
        self.closed = True
        while self.before_close:
            self.before_close.pop()()

    @contextmanager
    def registered(self, relation: str, data: Any) -> Iterator[None]:
        """Arrow data (or anything with the Arrow stream protocol) visible as `relation` for a while."""
        self.register(relation, data)
        try:
            yield
        finally:
            self.connection.unregister(relation)

    def register(self, relation: str, data: Any) -> None:
        """The same for good. A relation of another connection, which this one would not read, is nothing but its rows."""
        foreign = isinstance(data, duckdb.DuckDBPyRelation)
        self.connection.register(relation, SimpleNamespace(__arrow_c_stream__=data.__arrow_c_stream__) if foreign else data)


def name(identifier: str) -> str:
    """An identifier, quoted: the only way in which a column's name of a user's file reaches SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal, quoted: for places where the engine takes no bound value."""
    return "'" + value.replace("'", "''") + "'"


def day(value: date) -> str:
    """A date literal: dates come from date objects of the program, never as text."""
    return f"date '{value.isoformat()}'"
