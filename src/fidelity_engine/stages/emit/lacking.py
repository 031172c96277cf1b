"""The fields of events on which a rule's numbers hang: what a reason and a finding name, where an event lacks one."""

from __future__ import annotations

from typing import Any

from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.where import fields

PEOPLE, GRADES = "participants", "grades"


def filter_fields(ruleset: RuleSet, part: Any) -> set[str]:
    """The fields that a choice of events filters by: in its selection, `where` and `having`."""
    selection = ruleset.events.get(part.event)
    nodes = [selection.where if selection else None, getattr(part, "where", None), getattr(part, "having", None)]
    return set().union(*(fields(node) for node in nodes if node))


def lacking(ruleset: RuleSet, rule: Rule, kind: MeasureKind | None) -> str:
    """What an event may lack so that it is not known whether it counts, or how much: the fields as a reason names them."""
    found = deciding_fields(ruleset, rule, kind)
    return " or ".join(f"`{field}`" for field in sorted(found)) if found else "a field that decides"


def deciding_fields(ruleset: RuleSet, rule: Rule, kind: MeasureKind | None) -> set[str]:
    """The fields of events on which the rule's numbers hang; those that a plugin's function declares among them."""
    p = rule.measure.parameters
    chosen: list[Any] = [p, getattr(p, "after", None), getattr(p, "answer", None)]
    parts = [part for part in chosen if isinstance(getattr(part, "event", None), str)]
    if not parts:
        return set()
    found = set(kind.fields if kind else ()).union(*(filter_fields(ruleset, part) for part in parts))
    for name in ("field", "distinct", "match", *getattr(p, "NAMES_FIELDS", ())):
        said = getattr(p, name, None) or ()
        found |= {said} if isinstance(said, str) else set(said)
    found |= {part.link for part in parts if isinstance(getattr(part, "link", None), str)}           # of an answer: the trigger's id
    by_people = rule.measure.kind == "participation" or rule.expect.of == "staff" or getattr(getattr(p, "link", None), "by", "subject") == PEOPLE
    return found | ({PEOPLE} if by_people else set()) | ({GRADES} if rule.expect.of == "grade" else set())
