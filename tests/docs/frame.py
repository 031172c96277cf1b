"""Completes an example of a rule file: what it leaves out is filled in, so that it can be read and run."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML

HEAD = {
    "fidelity": "fidelity: 1\n",
    "timezone": "timezone: America/Detroit\n",
    "year": "year: 2025-26\n",
    "period": "period: {from: 2025-09-02, until: 2026-06-12}\n",
    "as_of": "as_of: 2025-10-10\n",
    "roster": "roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv, members: members.csv}\n",
    "calendar": "calendar: {weekdays: [mon, tue, wed, thu, fri], terms: {fall: 2025-09-02..2026-01-16}}\n",
    "complete": "complete: complete.csv\n",
    "roots": "roots: [.]\n",
}
TYPES = ("meeting", "training", "leader_visit", "visit_feedback", "coaching", "coaching_contact", "schedule_published")
RULE = "rules:\n- {{id: a.rule, title: T, expect: {{of: team, each: week}}, measure: {{kind: count, event: {event}}}, judge: {{at_least: 1}}}}\n"


def completed(example: str) -> str:
    """The example as a whole rule file."""
    text = f"rules:\n{example}" if example.startswith("- id:") else example
    said = YAML(typ="safe").load(text)
    parts = [text, *(line for key, line in HEAD.items() if key not in said)]
    if "evidence" not in said:
        parts.append(f"evidence: {{log: {{read: log.csv, delivers: [{', '.join(TYPES)}], coverage: always}}}}\n")
    if "events" not in said and re.search(r"event: collaboration\b", text):
        parts.append("events: {collaboration: {type: meeting}}\n")
    if "outcomes" not in said and "puts_at_risk" in text:
        parts.append("outcomes: {designated-time: {}}\n")
    if "rules" not in said:
        parts.append(RULE.format(event=_delivered(said)))
    return "".join(f"{part.rstrip()}\n" for part in parts)


def _delivered(said: Any) -> str:
    """An event type that the example's own sources deliver."""
    for source in (said.get("evidence") or {}).values():
        kinds = source["delivers"]
        return str(kinds if isinstance(kinds, str) else kinds[0])
    return "meeting"
