"""Fingerprints of what an evaluation depends on: the engine itself, rules, sources, files, relations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fidelity_engine.db import Database, day, name
from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.where import Leaf

PLACES = ("place", "line", "path")
"""Where something stands in the rule file: it says nothing of what it means."""


def digest(*parts: object) -> str:
    """A fingerprint of texts."""
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        made.update(str(part).encode("utf-8", "surrogatepass") + b"\0")
    return made.hexdigest()


def file_digest(path: Path) -> str:
    """A fingerprint of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


@cache
def engine_digest() -> str:
    """A fingerprint of this engine's own code, and the version of the embedded one."""
    folder = Path(__file__).parent.parent
    code = sorted(folder.rglob("*.py"))
    return digest(version("duckdb"), *(f"{path.relative_to(folder)} {file_digest(path)}" for path in code))


def said(value: Any) -> str:
    """What a value of the rule file says, whichever line it stands in."""
    if isinstance(value, Leaf):
        return f"{value.field} {value.op} {said(value.value)}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{key}: {said(one)}" for key, one in value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(said, value))}]"
    if isinstance(value, (set, frozenset)):
        return f"[{', '.join(sorted(map(said, value)))}]"
    held = getattr(value, "__dict__", None)
    if held is None or isinstance(value, type):
        return f"{type(value).__name__} {value!r}"
    extra = getattr(value, "model_extra", None) or {}
    return f"{type(value).__name__} {said({key: one for key, one in {**held, **extra}.items() if key not in PLACES})}"


def rule_digest(ruleset: RuleSet, rule: Rule, events: Iterable[str]) -> str:
    """A fingerprint of a rule with its selections. `events`: what its measure names."""
    selections = [said(ruleset.events[event]) for event in events if event in ruleset.events]
    return digest(said(rule), *selections)


def frame_digest(ruleset: RuleSet) -> str:
    """A fingerprint of what all rules of a file have in common."""
    return digest(ruleset.timezone, ruleset.year, said(ruleset.period), said(ruleset.privacy))


ROSTER = ("school", "subject", "span", "subject_school", "person", "assignment", "member")
CALENDAR = {
    "calendar_class": "class_no, usual_week, ends_on", "term": "*", "complete": "*", "waiver": "*",
}


def relations_digest(db: Database, ruleset: RuleSet, attributes: Sequence[str]) -> dict[str, str]:
    """Fingerprints of roster, calendar and papers, as they were read: whatever they were read from."""
    until = day(ruleset.period.end)
    days = f"(select * from day where date <= (select greatest(max(ends_on), {until}) from calendar_class))"     # later ones hang on the clock
    found = {"roster": [*ROSTER, *(f"attribute_{kind}" for kind in attributes)], "calendar": [days, "calendar_class", "term"],
             "complete": ["complete"], "waivers": ["waiver"]}
    return {what: digest(*(_rows(db, relation) for relation in relations)) for what, relations in found.items()}


def _rows(db: Database, relation: str) -> str:
    columns = CALENDAR.get(relation, "*")
    rows = f"(select {columns} from {relation if relation.startswith('(') else name(relation)})"
    return str(db.rows(f"select count(*), bit_xor(h), sum(h % 4294967296) from (select hash(r) as h from {rows} r)"))
