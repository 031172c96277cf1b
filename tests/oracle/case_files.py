"""The expert's table: small districts in YAML, each with what the specification's sentences say about it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

BASE: dict[str, Any] = {
    "rules": {
        "fidelity": 1, "name": "Case", "timezone": "America/Detroit", "year": "2025-26",
        "period": {"from": "2025-09-01", "until": "2025-10-31"}, "privacy": {"person_level": True, "min_n": 3},
        "calendar": {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "day": ["08:00", "15:30"]},
        "evidence": {"log": {"coverage": "always"}},
        "rules": [],
    },
    "schools": [{"school": "a", "grades": ["01", "02"]}],
    "teams": [{"team": "t", "school": "a", "kind": "grade-level", "grades": ["01"]}],
    "staff": [], "members": [], "complete": [], "waivers": [], "terms": [], "events": {"log": []},
}
COLUMNS: dict[str, Any] = {
    **{name: name for name in ("id", "start", "end", "minutes", "status", "recorded_at", "topic", "ref")},
    **{name: {"column": name, "split": ";"} for name in ("team", "school", "participants", "grades")},
    "tags": {"column": "tags", "split": ";", "type": "list"}, "used": {"column": "used", "type": "boolean"},
    "score": {"column": "score", "type": "number"},
}


@dataclass
class Case:
    """A district, the day on which it is looked at, and what is then said: rows of some columns."""

    name: str
    district: dict[str, Any]
    as_of: str
    cells: list[dict[str, Any]]
    exact: bool  # no other cells than these
    episodes: list[dict[str, Any]] | None


def cases() -> list[Case]:
    """Every case of every file."""
    files = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    return [case_of(f"{f.stem}: {said['name']}", said) for f in files for said in texts(YAML(typ="safe", pure=True).load(f))]


def texts(value: Any) -> Any:
    """Dates as text, as they stand in files."""
    if isinstance(value, dict):
        return {k: texts(v) for k, v in value.items()}
    return [texts(v) for v in value] if isinstance(value, list) else value.isoformat() if isinstance(value, date) else value


def case_of(name: str, said: dict[str, Any]) -> Case:
    """A case; what it leaves out is as in BASE."""
    district = copy.deepcopy(merged(BASE, said.get("district") or {}))
    rules = [{"id": f"case.rule-{n}" if n else "case.rule", "title": "A rule"} | r for n, r in enumerate(said["rules"])]
    district["rules"]["rules"] = rules
    rows = {s: None if e is None else [{"id": f"e{n}"} | r for n, r in enumerate(e)] for s, e in district["events"].items()}
    district["events"] = rows
    for source, row in district["rules"]["evidence"].items():
        types = ["meeting", "training", "need"]
        file = f"{source}.{'jsonl' if rows.get(source) else 'csv'}"
        district["rules"]["evidence"][source] = {"read": file, "type": {"column": "type"}, "delivers": types, "columns": COLUMNS} | row
    return Case(name, district, str(said["as_of"]), said.get("cells") or [], bool(said.get("exact")), said.get("episodes"))


def merged(base: Any, over: Any) -> Any:
    """Maps merge key by key; anything else replaces."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return {k: merged(base[k], over[k]) if k in base and k in over else over.get(k, base.get(k)) for k in {**base, **over}}
