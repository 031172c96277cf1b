"""What was computed here, outside of SQL, as a relation that a measure can join to its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fidelity_engine.links import Ask


def stored(ask: Ask, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> str:
    """The name of a relation with these rows; `columns`: name → SQL type."""
    relation = f"computed_{ask.scope.rule_no(ask.rule)}"
    lists = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    unnested = ", ".join(f"unnest(${column}::{kind}[]) as {column}" for column, kind in columns.items())
    ask.scope.db.run(f"create or replace {ask.scope.db.shared} table {relation} as select {unnested}", dict(zip(columns, lists, strict=True)))
    return relation
