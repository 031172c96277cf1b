"""A finding's message says what nearly counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from oracle.case_files import case_of, texts
from properties.writer import write_district
from ruamel.yaml import YAML

from fidelity_engine import Engine

TABLE = YAML(typ="safe", pure=True).load(Path(__file__).parent / "near.yaml")
AS_OF = date(2025, 9, 8)


def district(said: dict[str, Any]) -> dict[str, Any]:
    """One team with the events of the table, others without any, and one rule."""
    measure = {"kind": "count", "event": "meeting", "where": said["where"], "over": said.get("over", "window")}
    if "total" in said:
        measure |= {"kind": "total", "field": said["total"]}
    rule = {
        "expect": {"of": "team", "each": "week"}, "measure": {key: value for key, value in measure.items() if value is not None},
        "judge": {"at_most": 1} if said.get("at_most") else {"at_least": said.get("least", 1)}, "emit": {key: said[key] for key in ("message",) if key in said},
    }  # fmt: skip
    if "clears" in said:
        rule["emit"] |= {"clears_after": {"windows": said["clears"]}}
    events = [
        {"type": "meeting", "team": "t", "start": f"2025-09-{event.get('day', 2):02}T{event.get('at', '10:00')}", **event} for event in said["events"]
    ]
    log = [{key: value for key, value in event.items() if key not in ("day", "at")} for event in events]
    teams = [{"team": team, "school": "a", "kind": "x", "grades": []} for team in said.get("teams", ["t"])]
    return texts(case_of("near", {"as_of": AS_OF, "rules": [rule], "district": {"teams": teams, "events": {"log": log}}}).district)


@pytest.mark.parametrize("said", TABLE, ids=lambda said: said["name"])
def test_the_message_says_what_nearly_counted(said: dict[str, Any], tmp_path: Path) -> None:
    """The sentences stand between what did not happen and since when; no record is called near that is not."""
    as_of = date(2025, 9, 15) if any("day" in event for event in said["events"]) else AS_OF
    with Engine.from_file(write_district(district(said), tmp_path)).evaluate(as_of=as_of) as result:
        message = next(finding.message for finding in result.findings if (finding.about, finding.subject) == ("practice", "t"))
    assert message.partition(". ")[2] == said["near"]
