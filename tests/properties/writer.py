"""A described district as the files that a district would have."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

ROSTER = ("schools", "teams", "staff", "members")
COLUMNS = {
    "schools": ["school", "name", "school_level", "grades", "day_start", "day_end"], "teams": ["team", "name", "school", "kind", "grades"],
    "staff": ["staff", "name", "school", "roles", "grades"], "members": ["team", "staff"], "calendar": ["date", "school", "kind"],
    "terms": ["term", "from", "until"], "complete": ["source", "school", "through", "confirmed_by", "at"],
    "waivers": ["rule", "subject_kind", "subject", "school", "from", "until", "reason", "approved_by"],
}


def write_district(district: dict[str, Any], folder: Path) -> Path:
    """Write rule file, roster, calendar and evidence into a folder; gives the rule file (JSON is YAML)."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = dict(district["rules"])
    rules["roster"] = {name: {"read": f"{name}.csv"} for name in ROSTER if district.get(name)}
    for name in (*rules["roster"], "calendar", "terms", "complete", "waivers"):
        if district.get(name):
            write_csv(folder / f"{name}.csv", district[name], COLUMNS[name])
    if isinstance(rules.get("calendar"), dict) and rules["calendar"].get("read") and not district.get("terms"):
        rules["calendar"] = {"read": "calendar.csv"}
    rules |= {name: f"{name}.csv" for name in ("complete", "waivers") if district.get(name)}
    for source, rows in (district.get("events") or {}).items():
        if rows is not None:
            write_events(folder / rules["evidence"][source]["read"], rows, rules["evidence"][source])
    path = folder / "rules.yaml"
    path.write_text(json.dumps(rules, indent=1), encoding="utf-8")
    return path


def write_csv(path: Path, rows: list[dict[str, Any]], first: list[str]) -> None:
    """Rows as CSV; lists joined with `;`, missing values empty."""
    names = list(dict.fromkeys([*first, *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([cell(row.get(name)) for name in names] for row in rows)


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(value) if isinstance(value, list) else str(value)


def write_events(path: Path, rows: list[dict[str, Any]], source: dict[str, Any]) -> None:
    """Events as CSV or JSON lines, by the name of the file."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        columns = [c["column"] if isinstance(c, dict) else c for c in source.get("columns", {}).values()]
        write_csv(path, rows, ["type", *columns])
