"""From the words of the rule file to the tree; every mistake found on the way is told, none is thrown."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from fidelity_engine.where.literals import NUMBER
from fidelity_engine.where.patterns import refused
from fidelity_engine.where.tree import LISTED, OPERATORS, All, Any_, Leaf, Node, None_, Path, Plain, Problem

BLOCKS: dict[str, Callable[[tuple[Node, ...]], Node]] = {"all": All, "any": Any_, "none": None_}
SCALARS = "eq", "ne", "gt", "gte", "lt", "lte", "contains", "matches"


def parse(raw: Any, path: Path = ()) -> tuple[Node, list[Problem]]:
    """The tree of a filter and its mistakes; parts with a mistake are left out of the tree."""
    problems: list[Problem] = []
    return _block(raw, path, problems), problems


def _block(raw: Any, path: Path, problems: list[Problem]) -> Node:
    if not isinstance(raw, dict):
        mend = "Write {field: value}, for example {kind: department}."
        problems.append(Problem(path, "a filter is a map of fields", mend))
        return All(())
    found: list[Node] = []
    for key, value in raw.items():
        here = (*path, key)
        found += [_joined(key, value, here, problems)] if key in BLOCKS else _field(key, value, here, problems)
    return found[0] if len(found) == 1 else All(tuple(found))


def _joined(key: str, value: Any, path: Path, problems: list[Problem]) -> Node:
    if not isinstance(value, list) or not value:
        problems.append(Problem(path, f"`{key}` joins a list of filters", f"Write {key}: [{{field: value}}, ...]."))
        return All(())
    return BLOCKS[key](tuple(_block(part, (*path, index), problems) for index, part in enumerate(value)))


def _field(field: str, value: Any, path: Path, problems: list[Problem]) -> list[Node]:
    if not isinstance(value, dict):
        return _leaf(field, "in" if isinstance(value, list) else "eq", value, path, problems)
    if not value:
        mend = "Write {field: value} or {field: {gte: 30}}."
        problems.append(Problem(path, f"`{field}` is compared with nothing", mend))
    found: list[Node] = []
    for op, operand in value.items():
        if op in OPERATORS:
            found += _leaf(field, op, operand, (*path, op), problems)
        else:
            problems.append(Problem((*path, op), f"there is no operator `{op}`", _known(op), key=True))
    return found


def _known(op: str) -> str:
    near = get_close_matches(op, OPERATORS, 1)
    return f"Did you mean `{near[0]}`?" if near else f"Operators are {', '.join(OPERATORS)}."


def _leaf(field: str, op: str, raw: Any, path: Path, problems: list[Problem]) -> list[Node]:
    problem = _shape(op, raw, path)
    if problem is None:
        value = _operand(op, raw)
        problem = _sense(op, value, path)
        if problem is None:
            return [Leaf(field, op, value, path)]
    problems.append(problem)
    return []


def _sense(op: str, value: Any, path: Path) -> Problem | None:
    """Whether an operand of the right shape can be meant."""
    if op == "between" and _descends(value):
        return Problem(path, f"`between` runs from {value[0]} down to {value[1]}", "Write the smaller end first.")
    reason = refused(value) if op == "matches" else None
    return Problem(path, *reason) if reason else None


def _shape(op: str, raw: Any, path: Path) -> Problem | None:
    if op == "present":
        mend = "Write present: true or present: false."
        return None if str(raw).lower() in ("true", "false") else Problem(path, "`present` is `true` or `false`", mend)
    if op not in LISTED:
        if raw is None:
            return Problem(path, f"`{op}` compares with nothing", "For missing values write {present: false}.")
        fits = not isinstance(raw, list | dict)
        return None if fits else Problem(path, f"`{op}` compares with one value", f"Write {op}: VALUE.")
    if not isinstance(raw, list) or not raw or (op == "between" and len(raw) != 2):
        wanted = "two values" if op == "between" else "a list of values"
        return Problem(path, f"`{op}` wants {wanted}", f"Write {op}: [A, B].")
    odd = next((index for index, item in enumerate(raw) if item is None or isinstance(item, list | dict)), None)
    told = f"`{op}` compares with single values"
    return None if odd is None else Problem((*path, odd), told, "Write a word or number.")


def _operand(op: str, raw: Any) -> Any:
    if op == "present":
        return str(raw).lower() == "true"
    return tuple(map(_scalar, raw)) if op in LISTED else _scalar(raw)


def _scalar(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    return Plain(str(raw).lower() if isinstance(raw, bool) else raw)


def _descends(ends: tuple[str, str]) -> bool:
    low, high = ends
    if NUMBER.fullmatch(low) and NUMBER.fullmatch(high):
        return float(low) > float(high)
    return len(low) == len(high) >= 10 and low[:4].isdecimal() and high[:4].isdecimal() and low > high
