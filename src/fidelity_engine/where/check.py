"""Whether a filter fits the fields it is used on, told before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches

from fidelity_engine.where.literals import NUMBER, convert
from fidelity_engine.where.tree import FieldType, Leaf, Node, Plain, Problem, leaves

_EQUAL = frozenset({"eq", "ne", "in", "not_in", "present"})
_ORDERED = _EQUAL | {"gt", "gte", "lt", "lte", "between"}
FIT: dict[FieldType, frozenset[str]] = {
    "text": _EQUAL | {"contains", "matches"},
    "number": _ORDERED,
    "integer": _ORDERED,
    "boolean": _EQUAL,
    "date": _ORDERED,
    "timestamp": _ORDERED,
    "list": _EQUAL | {"contains", "any_of", "all_of", "none_of"},
}
_WANTED: dict[FieldType, tuple[str, str]] = {
    "number": ("a number", "Write a number such as 30."),
    "integer": ("a number", "Write a number such as 30."),
    "boolean": ("a boolean", "Write true or false."),
    "date": ("a date", "Write it as 2026-01-30."),
    "timestamp": ("a timestamp", "Write it as 2026-01-30T08:15, local time."),
}


def check(node: Node, types: Mapping[str, FieldType], lenient: AbstractSet[str] = frozenset()) -> list[Problem]:
    """Mistakes that show once the fields are known. `lenient`: ids and attributes, where `01` is text as written."""
    found = (_leaf(leaf, types, leaf.field in lenient) for leaf in leaves(node))
    return [problem for problem in found if problem is not None]


def _leaf(leaf: Leaf, types: Mapping[str, FieldType], lenient: bool) -> Problem | None:
    kind = types.get(leaf.field)
    if kind is None:
        near = get_close_matches(leaf.field, sorted(types), 1)
        mend = f"Did you mean `{near[0]}`?" if near else f"Fields are {', '.join(sorted(types))}."
        return Problem(leaf.field_path, f"there is no field `{leaf.field}`", mend, key=True)
    if leaf.op not in FIT[kind]:
        mend = f"A {kind} field knows {', '.join(sorted(FIT[kind]))}."
        if kind == "text" and leaf.op in _ORDERED and _numbers(leaf):     # a column of a CSV file, or one of a workbook with a word in it
            mend = f"Declare `type: number` for the column of `{leaf.field}`."
        return Problem(leaf.path, f"`{leaf.op}` does not fit `{leaf.field}`, which is a {kind} field", mend, key=True)
    return None if leaf.op == "present" else _values(leaf, kind, lenient)


def _numbers(leaf: Leaf) -> bool:
    texts = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return all(isinstance(text, Plain) and NUMBER.fullmatch(text) for text in texts)


def _values(leaf: Leaf, kind: FieldType, lenient: bool) -> Problem | None:
    texts = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    for index, text in enumerate(texts):
        path = (*leaf.path, index) if isinstance(leaf.value, tuple) else leaf.path
        problem = _as_text(leaf, text, path) if kind in ("text", "list") else _as_typed(leaf, text, kind, path)
        if problem is not None and not (lenient and kind in ("text", "list")):
            return problem
    return None


def _as_text(leaf: Leaf, text: str, path: tuple[str | int, ...]) -> Problem | None:
    if not isinstance(text, Plain) or leaf.op in ("contains", "matches"):
        return None
    if NUMBER.fullmatch(text):
        mend = f"Declare `type: number` for the column of `{leaf.field}`, or write \"{text}\" in quotes."
        return Problem(path, f"`{leaf.field}` is text and `{text}` is a number", mend)
    if text.lower() in ("true", "false"):
        mend = f"Declare `type: boolean` for the column of `{leaf.field}`, or write \"{text}\" in quotes."
        return Problem(path, f"`{leaf.field}` is text and `{text}` is a boolean", mend)
    return None


def _as_typed(leaf: Leaf, text: str, kind: FieldType, path: tuple[str | int, ...]) -> Problem | None:
    wanted, mend = _WANTED[kind]
    if kind in ("number", "integer", "boolean") and not isinstance(text, Plain):
        return Problem(path, f"`{leaf.field}` is {wanted} and \"{text}\" in quotes is text", mend)
    try:
        convert(leaf.field, text, kind)
    except ValueError:
        return Problem(path, f"`{leaf.field}` is {wanted} and `{text}` is not", mend)
    return None
