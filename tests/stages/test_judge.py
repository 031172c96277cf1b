"""Judge is one SQL expression: it is tried on literal rows, without any district."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fidelity_engine.builtin.measures import KINDS
from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import DatedValue, Expect, Judge, Measure, Reference, Rule
from fidelity_engine.relations import MEASURED
from fidelity_engine.stages.judge import judge
from fidelity_engine.verdicts import create_names

CASES = YAML(typ="safe").load((Path(__file__).parent / "judge_cases.yaml").read_text())
KIND = {kind.name: kind for kind in KINDS}
PARAMETERS: dict[str, dict[str, Any]] = {
    "count": {"event": "meeting"}, "total": {"event": "meeting", "field": "minutes"}, "recency": {"event": "meeting"},
    "share": {"event": "meeting", "having": None},
}


def target(raw: Any) -> tuple[DatedValue, ...]:
    """Targets as the rule-file reader gives them."""
    entries = raw if isinstance(raw, list) and isinstance(raw[0], dict) else [{"value": raw}]
    return tuple(
        DatedValue.model_construct(since=entry.get("from"), value=decimal(entry["value"])) for entry in entries
    )


def decimal(value: Any) -> Any:
    return tuple(map(decimal, value)) if isinstance(value, list) else Decimal(str(value))


def rule_of(case: dict[str, Any]) -> Rule:
    """The rule of a case."""
    said = dict(case["judge"])
    levels = {name: decimal(value) for name, value in said.pop("levels", {}).items()}
    (direction,) = {"at_least", "at_most", "between", "reference"} & said.keys()
    raw = said.pop(direction)
    kind = case.get("kind", "count")
    made = Judge.model_construct(
        direction=direction, targets=() if direction == "reference" else target(raw),
        reference=Reference(value=Decimal(1)) if direction == "reference" else None, levels=levels,
        all_but=said.get("all_but", 0), grace=0, warn=said.get("warn"),
        if_none=said.get("if_none", "not_applicable"), if_unknown=said.get("if_unknown", "no_data"),
    )
    measure = Measure.model_construct(kind=kind, parameters=KIND[kind].parameters.model_construct(**{
        **{name: field.default for name, field in KIND[kind].parameters.model_fields.items()}, **PARAMETERS[kind]}))
    expect = Expect.model_validate({"of": "team", "each": "week"})
    return Rule.model_construct(id="r", title="r", expect=expect, judge=made, measure=measure, emit=None, mode="active")


def literal(value: Any, kind: str) -> str:
    if value is None:
        return f"null::{kind}"
    return f"{text(value) if isinstance(value, str) else str(value).lower()}::{kind}"


def row_of(case: dict[str, Any]) -> str:
    """A SELECT of the one row that judge sees."""
    row = {"days": 5, "days_left": 0, "closed": True, "short": False, "silent": False, "pending": False} | case["row"]
    parts = {}
    for end in ("low", "high"):
        value = row.pop(end, None)
        num, den = value if isinstance(value, list) else (value, 1)
        parts |= {f"{end}_num": num, f"{end}_den": den}
    types = {name: kind for name, (kind, _) in MEASURED.items()} | {
        "days": "integer", "days_left": "integer", "closed": "boolean", "short": "boolean", "silent": "boolean", "pending": "boolean"}
    values = {"nothing": False, "undecided": False, "few": None, "failure": None, "times": 1, "risk_days": None} | parts | row
    columns = ", ".join(f"{literal(value, types[name])} as {name}" for name, value in values.items())
    return f"select {columns}, date '2025-11-03' as window_start, 5 as usual_week"


@pytest.fixture(scope="module")
def db() -> Any:
    database = Database()
    create_names(database)
    yield database
    database.close()


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_judge(case: dict[str, Any], db: Database) -> None:
    """Each line of the verdict table decides as the specification says."""
    rule = rule_of(case)
    (found,) = db.records(judge(rule, KIND[rule.measure.kind], row_of(case)))
    for name in ("verdict", "code", "level"):
        if name in case:
            assert found[name] == case[name], name
    if "required" in case:
        assert Decimal(found["need_num"]) / Decimal(found["need_den"]) == case["required"]
