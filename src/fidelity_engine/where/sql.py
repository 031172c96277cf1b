"""From the tree to SQL: a three-valued boolean expression in which every literal is a bound value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fidelity_engine.where.literals import convert
from fidelity_engine.where.tree import All, Any_, FieldType, Leaf, Node

TYPES = {
    "text": "VARCHAR", "list": "VARCHAR", "number": "DECIMAL(18,6)", "integer": "DECIMAL(18,6)", "boolean": "BOOLEAN",
    "date": "DATE", "timestamp": "TIMESTAMP",
}
COMPARED = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Column(NamedTuple):
    """What a field is in the query: an SQL expression of ours, and its type.

    `bits`: the SQL of a number that tells the same as a list, and the bit of each value in it: sooner compared than texts.
    """

    sql: str
    type: FieldType
    bits: tuple[str, Mapping[str, int]] | None = None


class Bound:
    """Collects the values of one statement; calling it with a value gives the parameter that stands for it."""

    def __init__(self, prefix: str = "b") -> None:
        self.prefix = prefix
        self.values: dict[str, Any] = {}

    def __call__(self, value: Any) -> str:
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = value
        return f"${name}"


def sql(node: Node, columns: Mapping[str, Column], bound: Bound) -> str:
    """A boolean expression: true, false, or NULL where missing values leave it unknown."""
    if isinstance(node, Leaf):
        return _leaf(node, columns[node.field], bound)
    parts = [sql(part, columns, bound) for part in node.nodes]
    if isinstance(node, All):
        return f"({' and '.join(parts)})" if parts else "true"
    joined = f"({' or '.join(parts)})" if parts else "false"
    return joined if isinstance(node, Any_) else f"(not {joined})"


def _leaf(leaf: Leaf, column: Column, bound: Bound) -> str:
    if leaf.op == "present":
        return f"({column.sql} is {'not ' if leaf.value else ''}null)"
    texts = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    if column.bits is not None:
        number, bit = column.bits
        return _of_list(leaf.op, [f"({number} & {int(bit.get(convert(leaf.field, text, 'list'), 0))}) <> 0" for text in texts])
    literals = [_literal(leaf.field, text, column.type, bound) for text in texts]
    if column.type == "list":          # one test per literal: list_has_any is ten times slower than list_contains
        return _of_list(leaf.op, [f"list_contains({column.sql}, {literal})" for literal in literals])
    return _of_scalar(leaf.op, column.sql, literals)


def _literal(field: str, text: str, kind: FieldType, bound: Bound) -> str:
    return f"{bound(convert(field, text, kind))}::{TYPES[kind]}"


def _of_scalar(op: str, field: str, literals: list[str]) -> str:
    if op in COMPARED:
        return f"({field} {COMPARED[op]} {literals[0]})"
    if op in ("in", "not_in"):
        return f"({field} {op.replace('_', ' ')} ({', '.join(literals)}))"
    if op == "between":
        return f"({field} between {literals[0]} and {literals[1]})"
    return f"{'contains' if op == 'contains' else 'regexp_full_match'}({field}, {literals[0]})"


def _of_list(op: str, tests: list[str]) -> str:
    """`tests`: whether the list holds each of the literals."""
    found = f"({(' and ' if op == 'all_of' else ' or ').join(tests)})"
    return f"(not {found})" if op in ("ne", "not_in", "none_of") else found
