"""Filters that fit: every condition suits the types of the fields that it asks, events' and subjects'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fidelity_engine.errors import Mistakes
from fidelity_engine.model.rule import Rule
from fidelity_engine.rulefile import Document
from fidelity_engine.where import check


def filters_fit(document: Document, rules: Sequence[Rule], attributes: Mapping[str, Mapping[str, Any]], found: Sequence[Any]) -> None:
    """Mistakes, all at once, where filters do not fit. `attributes`: kind of subject → attribute → type; `found`: those of events' filters."""
    mistakes = [document.mistake(p.path, p.message, p.mend, p.rule, p.key) for p in found]
    for rule in rules:
        if rule.expect.where is not None:
            types = {**attributes[rule.expect.of], "members": "number", "staff_roles": "list"}
            problems = check(rule.expect.where, types, set(types))
            mistakes += [document.mistake(p.path, p.message, p.mend, rule.id, p.key) for p in problems]
    if mistakes:
        raise Mistakes(mistakes)
