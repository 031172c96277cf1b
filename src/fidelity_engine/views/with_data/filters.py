"""Filters that match nobody: no subject of the roster, or no event that there is."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from fidelity_engine.db import name
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.load.needs import choices, type_of
from fidelity_engine.views.with_data.doubt import doubt, judged_rules, of_rule
from fidelity_engine.where import Bound, Column, Leaf, Node, fields, leaves, sql

SHOWN = 8
DATED = {"members", "staff_roles"}
"""Attributes that change from day to day: they are columns of the grid only."""


def empty_filters(scope: Scope) -> Iterator[FidelityError]:
    """Filters over subjects and over events that hold for none of them."""
    yield from _selections(scope)
    for rule in judged_rules(scope):
        if rule.expect.where is not None:
            yield from _subjects(scope, rule, rule.expect.where)
        for part, path in choices(rule):
            if "adjust" not in path and isinstance(getattr(part, "where", None), Node):
                yield from _events(scope, rule, part, path)


# --- subjects -------------------------------------------------------------------------------------------------------------


def _subjects(scope: Scope, rule: Rule, where: Node) -> Iterator[FidelityError]:
    of = rule.expect.of
    there = scope.db.one("select count(*) from subject where subject_kind = $of", {"of": of})
    if not there or _matched_subjects(scope, rule, where):
        return
    hint = next((told for leaf in leaves(where) if (told := _hint(scope, of, leaf))), "")
    yield of_rule(scope, rule, ("expect", "where"), f"this filter matches none of the {there} subjects of kind `{of}`", hint or "Look at the roster.")


def _matched_subjects(scope: Scope, rule: Rule, where: Node) -> bool:
    if fields(where) & DATED:
        return bool(scope.db.one("select count(*) from verdict where rule_no = $no", {"no": scope.rule_no(rule)}))
    bound = Bound()
    of = rule.expect.of
    condition = sql(where, scope.attributes[of], bound)
    return bool(scope.db.one(f"select count(*) from attribute_{of} t where {condition}", bound.values))


def _hint(scope: Scope, of: str, leaf: Leaf) -> str:
    """What the roster says where the filter asks: `kind` is grade-level or department."""
    if leaf.field in DATED or leaf.field not in scope.attributes[of]:
        return ""
    column = scope.attributes[of][leaf.field]
    value = f"unnest({name(leaf.field)})" if column.type == "list" else name(leaf.field)
    found = [str(row[0]) for row in scope.db.rows(f"select distinct v from (select {value} as v from attribute_{of}) where v is not null order by v limit 200")]
    return _values(leaf, found)


def _values(leaf: Leaf, found: list[str]) -> str:
    """Which values there are, when none of those that are asked for is among them."""
    asked = [str(one) for one in (leaf.value if isinstance(leaf.value, tuple) else (leaf.value,))]
    if leaf.op not in ("eq", "in", "any_of", "all_of", "contains") or set(asked) & set(found):
        return ""
    if not found:
        return f"`{leaf.field}` is empty everywhere."
    near = get_close_matches(asked[0], found, 1)
    return f"Did you mean `{near[0]}`?" if near else f"`{leaf.field}` is {', '.join(found[:SHOWN])}{' ...' if len(found) > SHOWN else ''}."


# --- events ---------------------------------------------------------------------------------------------------------------


def _selections(scope: Scope) -> Iterator[FidelityError]:
    """Selections of `events:` that a rule uses and that choose no event."""
    used = {part.event for rule in judged_rules(scope) for part, path in choices(rule) if "adjust" not in path}
    for chosen in sorted(used & set(scope.ruleset.events)):
        selection = scope.ruleset.events[chosen]
        if selection.where is not None:
            told = _none_of(scope, selection.type, selection.where)
            if told:
                yield doubt(scope, ("events", chosen, "where"), f"`{chosen}` matches {told[0]}", told[1])


def _events(scope: Scope, rule: Rule, part: Any, path: tuple[str | int, ...]) -> Iterator[FidelityError]:
    told = _none_of(scope, type_of(scope.ruleset, part.event), part.where)
    if told:
        yield doubt(scope, (*path, "where"), f"this filter matches {told[0]}", told[1], rule.id)


def _none_of(scope: Scope, kind: str, where: Node) -> tuple[str, str] | None:
    """What to say of a filter for which no event holds, nor may hold."""
    there = scope.db.one(f"select count(*) from {scope.events[kind]}")
    bound = Bound()
    condition = sql(where, scope.fields[kind], bound)
    if not there or scope.db.one(f"select count(*) from {scope.events[kind]} where ({condition}) is distinct from false", bound.values):
        return None
    hint = next((found for leaf in leaves(where) if (found := _event_hint(scope, kind, leaf))), "")
    return f"none of the {there:,} events of type `{kind}`", hint or "Look at the evidence."


def _event_hint(scope: Scope, kind: str, leaf: Leaf) -> str:
    column: Column = scope.fields[kind][leaf.field]
    value = f"unnest({column.sql})" if column.type == "list" else column.sql
    rows = scope.db.rows(f"select distinct v::varchar from (select {value} as v from {scope.events[kind]}) where v is not null order by 1 limit 200")
    return _values(leaf, [str(row[0]) for row in rows])
