"""The types of an event type's fields, over all sources that deliver it, and the filters that do not fit them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from fidelity_engine.model.source import ColumnSpec, SourceSpec
from fidelity_engine.stages.load.needs import Needs, Use
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.where import CANONICAL, DERIVED, LENIENT, NUMERIC, FieldType, Leaf, Problem, check, leaves


class Misfit(NamedTuple):
    """A mistake that shows once fields are known: where, what, what would mend it, and in which rule."""

    path: tuple[str | int, ...]
    message: str
    mend: str
    rule: str
    key: bool = False


@dataclass(eq=False, repr=False)
class Fields:
    """The fields of one event type. `types` are those that can be read; `names` those that some source has besides.

    `open_ended`: a source of it could not be read, or tells its fields only by its rows: one may be absent for now.
    `read_as`: columns that are read as another field, and are no field of their own name.
    """

    types: dict[str, FieldType] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    open_ended: bool = False
    read_as: dict[str, str] = field(default_factory=dict)


def fields_of(sources: Sequence[Staged], used: Iterable[str], unread: Sequence[SourceSpec] = ()) -> Fields:
    """What can be read of a type. A field that has several types is text, or a list where one of them is.

    `unread`: sources of it that could not be read; their fields are what the rule file declares them to be.
    """
    found = Fields({**CANONICAL, **DERIVED}, open_ended=bool(unread) or any(staged.open_ended for staged in sources))
    said = [{name: kind for name, column in spec.columns.items() if (kind := _declared(column))} for spec in unread]
    lists = {f for f in ("team", "school") if any(s.is_list(f) for s in sources) or any(kinds.get(f) == "list" for kinds in said)}
    found.types |= dict.fromkeys(lists | ({"school"} if lists else set()), "list")
    for staged in sources:
        found.names |= {*staged.columns, *staged.fields} - set(_read_as(staged.spec))
    for name in sorted(set(used) - set(found.types)):
        kinds = {staged.fields[name].type for staged in sources if staged.has(name)} | {kinds[name] for kinds in said if name in kinds}
        if kinds:
            found.types[name] = _common(kinds)
    for spec in (*(staged.spec for staged in sources), *unread):
        found.read_as |= {column: name for column, name in _read_as(spec).items() if column not in {*found.names, *found.types}}
    return found


def _read_as(spec: SourceSpec) -> dict[str, str]:
    """Column → the field that it is read as, where it is no field itself."""
    fields = {**spec.columns, "type": spec.type} if spec.type else spec.columns
    return {said.column: name for name, said in fields.items() if said and said.column and said.column not in fields and name not in DERIVED}


def _declared(column: ColumnSpec) -> FieldType | None:
    """The type that the rule file gives a column; None where only the source would tell."""
    if column.type or column.split:
        return column.type or "list"
    typed = column.column is None and column.value is not None and not isinstance(column.value, str)
    return column.constant_type if typed else None


def _common(kinds: set[FieldType]) -> FieldType:
    if len(kinds) == 1:
        return next(iter(kinds))
    if "list" in kinds:
        return "list"
    return "number" if kinds <= {"number", "integer"} else "text"


def misfits(needs: Needs, fields: Mapping[str, Fields]) -> list[Misfit]:
    """Every filter and field that does not fit, each told once. Absent fields of open-ended types become readable as missing."""
    found: dict[Misfit, None] = {}
    for use in needs.uses:
        if use.type in fields:
            _admit(use, fields[use.type])
            found |= dict.fromkeys(_of_use(use, fields[use.type]))
    return list(found)


def _admit(use: Use, fields: Fields) -> None:
    """Let an open-ended type have a field that no row has filled yet, unless it looks like a slip of the pen."""
    if not fields.open_ended:
        return
    known = {*fields.types, *fields.names}
    asked = list(leaves(use.node)) if use.node is not None else [Leaf(use.field, "eq", "")] if use.field else []
    for leaf in asked:
        if leaf.field not in known and leaf.field not in fields.read_as and not get_close_matches(leaf.field, known, 1, 0.8):
            fields.types[leaf.field] = "number" if use.numeric else _guess(leaf)


def _guess(leaf: Leaf) -> FieldType:
    if leaf.op in ("any_of", "all_of", "none_of"):
        return "list"
    texts = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    for kind in ("number", "boolean", "date", "timestamp"):
        if leaf.op != "present" and not check(Leaf(leaf.field, leaf.op, leaf.value), {leaf.field: kind}):  # type: ignore[dict-item]
            return kind  # type: ignore[return-value]
    return "text" if texts else "list"


def _of_use(use: Use, fields: Fields) -> Iterable[Misfit]:
    known: dict[str, FieldType] = dict.fromkeys(fields.names, "text") | fields.types  # type: ignore[assignment]
    if use.node is not None:
        asked = {leaf.field_path: leaf.field for leaf in leaves(use.node)}
        return [_misfit(problem, use, fields.read_as.get(asked.get(problem.path, ""))) for problem in check(use.node, known, LENIENT)]
    if use.field is None:
        return []
    if use.field not in known:
        (problem,) = check(Leaf(use.field, "present", True, use.path), known)
        return [_misfit(problem, use, fields.read_as.get(use.field))._replace(key=False)]
    if use.numeric and known[use.field] not in NUMERIC:
        mend = f"Declare `type: number` for the column of `{use.field}`."
        return [Misfit(use.path, f"`{use.field}` is a {known[use.field]} field, and a number is needed", mend, use.rule)]
    return []


def _misfit(problem: Problem, use: Use, read_as: str | None) -> Misfit:
    mend = f"That column is read as `{read_as}`: write that." if read_as else problem.mend
    return Misfit(problem.path, problem.message, mend, use.rule, problem.key)
