"""Filters and summed fields beside the types that the rule file itself gives: what cannot fit shows before any file is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from fidelity_engine.model.source import ColumnSpec, SourceSpec, is_address
from fidelity_engine.rulefile.draft import Draft, Drafts, Path
from fidelity_engine.where import CANONICAL, DERIVED, LENIENT, NUMERIC, FieldType, Node, check, leaves

_TEXT_FILES = frozenset({".csv", ".tsv", ".tab", ".txt"})
_MAY_BE_LISTS = ("team", "school")
_OF_SUBJECTS: dict[str, FieldType] = {"members": "number", "staff_roles": "list"}
_FILTERS = ("where", "having")
_SUMMED = ("field", "items")


def check_fits(drafts: Drafts) -> None:
    """Operators and values that do not fit a field, and sums of what is no number; other fields show when sources are read."""
    known: dict[str, dict[str, FieldType]] = {}
    for selection in drafts.selections.values():
        _filter(selection.where, known.setdefault(selection.type, _types(selection.type, drafts)), drafts)
    for rule in drafts.rules:
        if rule.expect is not None:
            _filter(rule.expect.where, _OF_SUBJECTS, drafts)
        for part, path in _choosing(rule):
            event = drafts.selections[part.event].type if part.event in drafts.selections else part.event
            _part(part, path, known.setdefault(event, _types(event, drafts)), drafts)


def _choosing(rule: Draft) -> Iterator[tuple[Any, Path]]:
    """The parts of a rule that choose events, with their key paths."""
    here: Path = (*rule.path, "measure")
    p = rule.measure.parameters if rule.measure is not None else None
    parts = [(p, here), *((getattr(p, role, None), (*here, role)) for role in ("after", "answer"))]
    parts += [(step.done_when, (*rule.path, "adjust", index, "done_when")) for index, step in enumerate(rule.adjust)]
    yield from ((part, path) for part, path in parts if isinstance(getattr(part, "event", None), str))


def _part(part: Any, path: Path, types: dict[str, FieldType], drafts: Drafts) -> None:
    for name in _FILTERS:
        _filter(getattr(part, name, None), types, drafts)
    for name in _SUMMED:
        said = getattr(part, name, None)
        for where, word in [((*path, name), said)] if isinstance(said, str) else [((*path, name, i), one) for i, one in enumerate(said or ())]:
            if types.get(word, "number") not in NUMERIC:
                mend = f"Declare `type: number` for the column of `{word}`." if word not in CANONICAL | DERIVED else "Name a field that holds numbers."
                drafts.problems.add(where, f"`{word}` is a {types[word]} field, and a number is needed", mend)


def _filter(node: Any, types: dict[str, FieldType], drafts: Drafts) -> None:
    if not isinstance(node, Node):
        return
    lenient = LENIENT | set(_OF_SUBJECTS)
    for leaf in leaves(node):
        for problem in check(leaf, types, lenient) if leaf.field in types else ():
            drafts.problems.add(*problem)


def _types(kind: str, drafts: Drafts) -> dict[str, FieldType]:
    """The types of an event type's fields, as far as all sources that deliver it say them."""
    found: dict[str, FieldType] = {**CANONICAL, **DERIVED}
    specs = [spec for spec in drafts.sources.values() if kind in spec.delivers]
    if len(drafts.sources) < len(drafts.named("evidence")):          # one with a mistake might say otherwise
        specs = []
    places = {field: {_type(spec, field) for spec in specs} for field in _MAY_BE_LISTS}
    if not specs or None in set().union(*places.values()):
        del found["team"], found["school"]
    elif "list" in set().union(*places.values()):          # an event of several teams may be one of several schools
        found |= {"school": "list", "team": "list" if "list" in places["team"] else "text"}
    for field in {field for spec in specs for field in spec.columns} - {*CANONICAL, *DERIVED}:
        said = {_type(spec, field) for spec in specs}
        only = said.pop() if len(said) == 1 else None
        if only is not None:
            found[field] = only
    return found


def _type(spec: SourceSpec, field: str) -> FieldType | None:
    """What the rule file says of a field of a source; None where only the source would tell."""
    column = spec.columns.get(field)
    if column is None and field not in _MAY_BE_LISTS:
        return None
    column = column or ColumnSpec.model_validate({})
    if column.type or column.split:
        return column.type or "list"
    if column.value is not None:
        return column.constant_type
    return "text" if _is_text_file(spec) else None


def _is_text_file(spec: SourceSpec) -> bool:
    if spec.reader is not None:
        return spec.reader == "csv"
    return not is_address(spec.read) and PurePosixPath(spec.read).suffix.lower() in _TEXT_FILES
