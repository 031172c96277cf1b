"""Why a filter holds, does not, or cannot be told: its leaves one by one, put as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.where import All, Any_, Leaf, Node

Truth = bool | None
Truths = Mapping[Leaf, Truth]
Shown = Callable[[str], str | None]
"""The value of a field as it may be shown; None where it is missing."""

BE = {
    "eq": "be {}", "gt": "be more than {}", "gte": "be at least {}", "lt": "be less than {}", "lte": "be at most {}",
    "between": "be {0[0]} to {0[1]}", "in": "be one of {}", "contains": "have {}", "any_of": "have one of {}",
    "all_of": "have all of {}", "matches": "match {}", "present": "be there",
}
NEGATED = {"ne": "eq", "not_in": "in", "none_of": "any_of"}
OUTSIDE = {True: "inside the school day", False: "outside the school day"}
HIDDEN = "hidden"


def truth(node: Node, leaves: Truths) -> Truth:
    """Three-valued: whether a filter holds, from what its leaves say."""
    if isinstance(node, Leaf):
        return leaves[node]
    found = [truth(part, leaves) for part in node.nodes]
    if isinstance(node, All):
        return False if False in found else None if None in found else True
    anyone = True if True in found else None if None in found else False
    return anyone if isinstance(node, Any_) else None if anyone is None else not anyone


def reasons(node: Node, leaves: Truths, shown: Shown, wanted: bool = True) -> list[str]:
    """Why the filter is not `wanted`: a sentence per leaf that decides. Empty where it is."""
    found = truth(node, leaves)
    if found is wanted:
        return []
    if isinstance(node, Leaf):
        return [missing(node.field) if found is None else failing(node, shown(node.field), wanted)]
    if isinstance(node, All):
        return _of_all(node.nodes, leaves, shown, wanted, found)
    if isinstance(node, Any_):
        return _of_any(node.nodes, leaves, shown, wanted, found)
    return _of_any(node.nodes, leaves, shown, not wanted, found)


def _of_all(nodes: tuple[Node, ...], leaves: Truths, shown: Shown, wanted: bool, found: Truth) -> list[str]:
    """All must hold: whatever does not is a reason. All must not hold together: they do."""
    if wanted:
        decisive = [n for n in nodes if truth(n, leaves) is found] if found is False else nodes
        return [text for n in decisive for text in reasons(n, leaves, shown)]
    parts = [text for n in nodes for text in reasons(n, leaves, shown, wanted=False)]
    return [f"together excluded: {'; '.join(parts)}"] if len(parts) > 1 else parts


def _of_any(nodes: tuple[Node, ...], leaves: Truths, shown: Shown, wanted: bool, found: Truth) -> list[str]:
    """One must hold: none does. None must hold: some do."""
    if not wanted:
        decisive = [n for n in nodes if truth(n, leaves) is (None if found is None else True)]
        return [text for n in decisive for text in reasons(n, leaves, shown, wanted=False)]
    parts = [text for n in nodes for text in reasons(n, leaves, shown)]
    return [f"none of these holds: {'; '.join(parts)}"] if len(parts) > 1 and found is False else parts


def missing(field: str) -> str:
    """What is said of a leaf that is unknown."""
    return f"{_words(field)} is missing: may or may not count"


def failing(leaf: Leaf, value: str | None, wanted: bool = True) -> str:
    """`minutes is 22, must be at least 30`."""
    if leaf.field == "in_school_day" and leaf.op in ("eq", "ne") and value in ("true", "false"):
        return OUTSIDE[value == "true"]
    has = "is missing" if value is None else "" if value == HIDDEN else f"is {value}"
    said = f"{_words(leaf.field)}{' ' if has else ''}{has}"
    return f"{said}, {condition(leaf, wanted)}" if has else f"{said} {condition(leaf, wanted)}"


def condition(leaf: Leaf, wanted: bool = True) -> str:
    """`must be at least 30`."""
    op = NEGATED.get(leaf.op, leaf.op)
    holds = wanted is (leaf.op == op)
    if op == "present":
        holds = holds is bool(leaf.value)
    operand = leaf.value if op == "between" else ", ".join(leaf.value) if isinstance(leaf.value, tuple) else leaf.value
    return f"must {'' if holds else 'not '}{BE[op].format(operand)}"


def told(node: Node) -> str:
    """A whole filter in words: `minutes must be at least 30; in_school_day must be true`."""
    if isinstance(node, Leaf):
        return f"{_words(node.field)} {condition(node)}"
    parts = [told(part) for part in node.nodes]
    if isinstance(node, All):
        return "; ".join(parts)
    return f"{'one' if isinstance(node, Any_) else 'none'} of ({'; '.join(parts)})"


def _words(field: str) -> str:
    return field.replace("_", " ")


def written(value: Any) -> str | None:
    """A value of an event as a sentence holds it; None where it is missing."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | int):
        return number(Decimal(value))
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value) or "empty"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)
