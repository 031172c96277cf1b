"""A small district in files: a rule file of a few rules, teams, and the events of each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fidelity_engine import Engine

FIRST = date(2025, 9, 1)
BASE: dict[str, Any] = {
    "fidelity": 1, "timezone": "America/Detroit", "year": "2025-26", "period": {"from": "2025-09-01", "until": "2026-06-12"},
    "roster": {"schools": {"read": "schools.csv"}, "teams": {"read": "teams.csv"}},
    "calendar": {"weekdays": ["mon", "tue", "wed", "thu", "fri"]},
    "evidence": {"log": {
        "read": "log.jsonl", "type": {"column": "type"}, "delivers": ["meeting", "form"], "coverage": "always",
        "columns": {f"i{n}": {"column": f"i{n}", "type": "number"} for n in range(1, 5)},
    }},
}


def engine(folder: Path, said: Mapping[str, Any]) -> Engine:
    """The engine of a case: `rules`, `teams` (team: school), `meetings` (team: weeks), `events`, `waivers`, `closed_for`."""
    teams = said.get("teams", {"t": "a"})
    _write(folder / "schools.csv", [{"school": school} for school in dict.fromkeys(teams.values())])
    _write(folder / "teams.csv", [{"team": team, "school": school, "kind": "team"} for team, school in teams.items()])
    events = [*_weekly(said.get("meetings", {})), *({"type": "form", **event} for event in said.get("events", []))]
    (folder / "log.jsonl").write_text("".join(json.dumps({"id": f"e{n}", **event}, default=str) + "\n" for n, event in enumerate(events)))
    rules = {**BASE, "rules": [{"title": "A rule", **rule} for rule in said["rules"]]}
    rules["evidence"] = {"log": rules["evidence"]["log"] | {"coverage": said.get("coverage", "always")}}
    rules["calendar"] = rules["calendar"] | {"closed_for": said.get("closed_for", {})}
    if "waivers" in said:
        _write(folder / "waivers.csv", said["waivers"])
        rules["waivers"] = "waivers.csv"
    text = io.StringIO()
    YAML().dump(rules, text)
    return Engine.from_text(text.getvalue(), folder)


def _weekly(meetings: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Per team one sign a week: so many meetings, `?` one of which nobody knows how long it was, `.` none."""
    for team, weeks in meetings.items():
        for week, sign in enumerate(weeks.replace(" ", "")):
            day = FIRST + timedelta(7 * week)
            for number in range(int(sign) if sign.isdigit() else 0):
                yield {"type": "meeting", "team": team, "start": f"{day}T{9 + number:02}:00", "minutes": 45}
            if sign == "?":
                yield {"type": "meeting", "team": team, "start": f"{day}T09:00"}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def differing(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> str:
    """What the cells wanted are found to be instead; empty where all are as wanted.

    Cells are named by rule, subject and the first day of their window; `reason` is what the reason begins with.
    """
    wrong = []
    for row in wanted:
        cell = next((c for c in found if all(str(c[_column(k)]) == str(row[k]) for k in ("rule", "subject", "window"))), None)
        for key, value in row.items():
            if cell is None or not _fits(cell[_column(key)], value, key):
                wrong.append(f"{row['rule']} {row['subject']} {row['window']}: {key} is {cell and cell[_column(key)]!r}, not {value!r}")
    return "\n".join(wrong)


def _column(key: str) -> str:
    return "window_start" if key == "window" else key


def _fits(found: Any, wanted: Any, key: str) -> bool:
    if wanted is None or found is None:
        return found is None and wanted is None
    if key == "reason":
        return bool(str(found).startswith(wanted)) if wanted else not found
    return abs(float(found) - wanted) < 5e-7 if isinstance(wanted, int | float) else str(found) == str(wanted)
