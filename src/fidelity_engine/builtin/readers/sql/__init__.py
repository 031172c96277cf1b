"""sql: the rows of one query, from any database that SQLAlchemy reaches; nothing is written there, and nothing runs for ever."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from pydantic import Field

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.values import Positive, Text
from fidelity_engine.plugin.spec import Parameters, Reader, ReadRequest, Rows

SCHEMES = ("postgresql", "postgres", "sqlite", "mysql", "mariadb", "mssql", "oracle")


class Options(Parameters):
    """Keys of a source that is a database."""

    query: Text = Field(description="One SELECT; its columns are the source's.")
    timeout_seconds: Positive = Field(300, description="The query is given up after so long.")


def read(request: ReadRequest) -> Rows:
    """The rows of the query, as they come; an address, a driver or a query that does not do is told without its words."""
    if not request.address:
        raise FidelityError("a database has an address", request.name, "Write read: sqlite:///PATH, or a URL with ${env:NAME}.")
    from fidelity_engine.builtin.readers.sql.session import Session

    session = Session(request, str(request.options.get("query", "")), int(request.options.get("timeout_seconds") or 300))
    columns = session.columns()
    folded = [column.casefold() for column in columns]
    if twice := sorted({column for column in folded if folded.count(column) > 1}):
        session.close()
        raise FidelityError(f"the query gives {', '.join(f'`{name}`' for name in twice)} twice", request.name, "Name the columns with AS.")
    return Rows(columns, _rows(session, columns))


def _rows(session: Any, columns: list[str]) -> Iterator[Mapping[str, Any]]:
    for row in session.rows():
        yield dict(zip(columns, map(_value, row), strict=True))


def _value(value: Any) -> Any:
    """A value as events have it: durations in minutes, bytes as hexadecimal digits, what is no number as missing."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, timedelta):
        return value.total_seconds() / 60
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, time) and not isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    return None if isinstance(value, Decimal) and not value.is_finite() else value


SQL = Reader("sql", (), read, "The rows of a query, from a database by its URL; read only.", Options, schemes=SCHEMES)
