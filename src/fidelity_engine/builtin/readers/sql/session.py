"""One read-only transaction with an end: PostgreSQL and SQLite fence it themselves, other databases by the account that is used."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, CursorResult, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from fidelity_engine.builtin.readers.sql.statement import one_reading
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest

BATCH = 5_000
CONNECT_SECONDS = 15
STEPS = 10_000
"""Steps of SQLite between two looks at the clock."""
BOUNDS = {sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000, sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000}
"""The longest text and pattern of SQLite: within one comparison of two texts it does not look at the clock."""
READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


class Session:
    """A query under way. Errors of the driver are told by class and code: their texts may hold secrets and rows."""

    def __init__(self, request: ReadRequest, query: str, seconds: int) -> None:
        self._source, self._seconds = request.name, seconds
        self._deadline = time.monotonic() + seconds
        statement = one_reading(query, request.name)
        self._engine = self._made(request)
        self._connection: Connection | None = None
        self._result = self._told(lambda: self._executed(statement))

    def columns(self) -> list[str]:
        """The names that the query gives."""
        return list(map(str, self._result.keys()))

    def rows(self) -> Iterator[Sequence[Any]]:
        """The rows in batches; the connection is closed behind the last."""
        try:
            while batch := self._told(lambda: self._result.fetchmany(BATCH)):
                if time.monotonic() > self._deadline:
                    raise self._too_long()
                yield from batch
        finally:
            self.close()

    def close(self) -> None:
        """Roll back, and let go."""
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

    def _made(self, request: ReadRequest) -> Engine:
        try:
            url = make_url(request.address)
            if url.get_backend_name() == "sqlite":
                path = request.paths[0]
                return create_engine("sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True))
            return create_engine(_with_driver(url), poolclass=NullPool, hide_parameters=True, connect_args=_patience(url))
        except (ImportError, SQLAlchemyError):
            mend = "Install its driver; for PostgreSQL: pip install 'fidelity-engine[postgres]'."
            raise FidelityError("the address names a database that cannot be reached from here", request.name, mend) from None
        except (ValueError, IndexError):
            raise FidelityError("the address cannot be understood", request.name, "Write postgresql://USER:${env:NAME}@HOST/DATABASE.") from None

    def _executed(self, statement: str) -> CursorResult[Any]:
        connection = self._connection = self._engine.connect()
        kind = connection.dialect.name
        if kind == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
            connection.exec_driver_sql(f"set local statement_timeout = {self._seconds * 1000}")
        elif kind == "sqlite":
            self._fence(connection.connection.driver_connection)
        return connection.exec_driver_sql(statement, execution_options={"stream_results": True, "max_row_buffer": BATCH, "no_parameters": True})

    def _fence(self, raw: Any) -> None:
        """Nothing but reading from this one file, and not for longer than was said."""
        raw.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY)
        raw.set_progress_handler(lambda: time.monotonic() > self._deadline, STEPS)
        for bound, most in BOUNDS.items():
            raw.setlimit(bound, most)

    def _told(self, act: Any) -> Any:
        try:
            return act()
        except SQLAlchemyError as error:
            self.close()
            raise self._too_long() if _code(error) in ("57014", "SQLITE_INTERRUPT") else self._failed(error) from None
        except sqlite3.Error as error:
            self.close()
            raise self._failed(error) from None

    def _too_long(self) -> FidelityError:
        mend = "Ask for less, or say `timeout_seconds:`."
        return FidelityError(f"the query took longer than {self._seconds} seconds", self._source, mend)

    def _failed(self, error: Exception) -> FidelityError:
        cause = getattr(error, "orig", None) or error
        code = _code(error)
        if code == "SQLITE_TOOBIG":
            return FidelityError("the query makes a text of more than a million bytes", self._source, "Leave it out, or shorten it: substr(note, 1, 1000).")
        told = f"{type(cause).__name__}{f', code {code}' if code else ''}"
        return FidelityError(f"the database refused ({told})", self._source, "Try address, account and query by hand.")


def _with_driver(url: URL) -> URL:
    """PostgreSQL by the driver that comes with the extra."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _patience(url: URL) -> dict[str, Any]:
    return {"connect_timeout": CONNECT_SECONDS} if url.get_backend_name() in ("postgresql", "postgres", "mysql", "mariadb") else {}


def _code(error: Exception) -> str:
    """The code that a driver gives, which is no text."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    found = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or next(iter(getattr(cause, "args", ())), "")
    return str(found) if isinstance(found, int) or (isinstance(found, str) and found.replace("_", "").isalnum() and len(found) <= 40) else ""
