"""`where`: structured filters with three-valued logic. None is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from oracle.world import day, number

Truth = bool | None


def every(values: Iterable[Truth]) -> Truth:
    """'All entries of a map must hold': false beats unknown."""
    values = list(values)
    return False if False in values else None if None in values else True


def some(values: Iterable[Truth]) -> Truth:
    """True beats unknown."""
    return opposite(every(opposite(v) for v in values))


def opposite(value: Truth) -> Truth:
    """'None = not any, so unknown stays unknown.'"""
    return None if value is None else not value


def holds(where: dict[str, Any] | None, fields: dict[str, Any]) -> Truth:
    """Whether a filter holds for a record; fields that are not there are missing."""
    return every(entry(name, said, fields) for name, said in (where or {}).items())


def entry(name: str, said: Any, fields: dict[str, Any]) -> Truth:
    """A block, or a field with a value, a list or operators."""
    if name in ("all", "any", "none"):
        parts = [holds(part, fields) for part in said]
        return {"all": every, "any": some, "none": lambda p: opposite(some(p))}[name](parts)
    value = fields.get(name)
    if not isinstance(said, dict):
        said = {"in" if isinstance(said, list) else "eq": said}
    return every(compare(operator, value, operand) for operator, operand in said.items())


def compare(operator: str, value: Any, operand: Any) -> Truth:
    """'A comparison with a missing field is unknown'; `present` never is."""
    if operator == "present":
        return (value is not None) == operand
    if value is None:
        return None
    if isinstance(value, (list, set)):
        return on_list(operator, list(value), operand)
    if isinstance(operand, list):
        return on_several(operator, value, [like(value, o) for o in operand])
    return on_one(operator, value, like(value, operand))


def like(value: Any, operand: Any) -> Any:
    """An operand as the type of the field."""
    if isinstance(value, bool):
        return operand
    if isinstance(value, (int, Fraction)):
        return number(operand)
    return day(operand) if isinstance(value, date) else operand


def on_list(operator: str, value: list[Any], operand: Any) -> Truth:
    """'On a list field: has the value; has one of them.'"""
    operands = [str(o) for o in operand] if isinstance(operand, list) else [str(operand)]
    has = [o in value for o in operands]
    return {"eq": any, "in": any, "contains": any, "any_of": any, "all_of": all, "none_of": lambda h: not any(h)}[operator](has)


def on_several(operator: str, value: Any, operands: list[Any]) -> Truth:
    """One of; none of; between, inclusive."""
    if operator == "between":
        return operands[0] <= value <= operands[1]
    return (value in operands) == (operator in ("in", "eq"))


def on_one(operator: str, value: Any, operand: Any) -> Truth:
    """Comparisons; 'text compares exactly, case included'."""
    if operator == "matches":
        return re.fullmatch(operand, value) is not None
    if operator == "contains":
        return operand in value
    return {
        "eq": lambda: value == operand, "ne": lambda: value != operand,
        "gt": lambda: value > operand, "gte": lambda: value >= operand,
        "lt": lambda: value < operand, "lte": lambda: value <= operand,
    }[operator]()
