"""Connections to the embedded engine: one per evaluation, and one for what is asked of the engine itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import duckdb

from fidelity_engine.errors import FidelityError

MOST_THREADS = 1024
"""More help nowhere, and could take a machine down."""


def connected(settings: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    """A connection; FidelityError where the limits that somebody named are none."""
    threads = settings.get("threads")
    try:
        endless = str(settings.get("memory_limit", "1GB")).strip()[:1] in ("", "-")             # the engine takes these for no limit
        if endless or (isinstance(threads, int) and threads > MOST_THREADS):          # and would start so many
            raise duckdb.InvalidInputException("a limit that is none")
        return duckdb.connect(":memory:", config=dict(settings))
    except (duckdb.ParserException, duckdb.SyntaxException, duckdb.InvalidInputException):
        asked = ", ".join(f"{limit} {settings[limit]!r}" for limit in ("memory_limit", "threads") if limit in settings)
        raise FidelityError(f"{asked}: no such limits can be kept", "Engine", 'Write memory_limit="2GB", threads=2.') from None


@cache
def _empty() -> duckdb.DuckDBPyConnection:
    """Without relations, opened once: that takes longer than most questions."""
    return duckdb.connect(":memory:", config={"threads": 1})


def complaint(sql: str, values: Sequence[Any]) -> str | None:
    """What the engine has against a statement that reads nothing; None where it has nothing against it."""
    try:
        _empty().cursor().execute(sql, values)
    except duckdb.Error as error:
        return str(error)
    return None
