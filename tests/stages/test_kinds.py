"""Attest and dispute of a finding, for each kind of measure that a rule may have."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fidelity_engine import Engine
from fidelity_engine.evaluate import FEW_EVENTS
from fidelity_engine.views.explain import explain_cell

CASES = YAML(typ="safe").load((Path(__file__).parent / "kinds.yaml").read_text())
ON, WEEK = date(2025, 9, 20), date(2025, 9, 8)
NUMBERS = {f"{name}": {"column": name, "type": "number"} for name in ("minutes", "i1", "i2")}
BASE: dict[str, Any] = {
    "fidelity": 1, "timezone": "America/Detroit", "year": "2025-26", "period": {"from": "2025-09-08", "until": "2025-09-21"},
    "roster": {name: {"read": f"{name}.csv"} for name in ("schools", "teams", "staff", "members")},
    "calendar": {"weekdays": ["mon", "tue", "wed", "thu", "fri"]}, "decisions": "decisions.csv", "plugins": ["plugins"],
    "evidence": {"log": {
        "read": "log.csv", "type": {"column": "type"}, "delivers": ["meeting", "need", "support"], "coverage": "always",
        "columns": {"id": "id", "team": "team", "start": "start", **NUMBERS, "topic": "topic", "answers": "answers", "by": "by",
                    "participants": {"column": "participants", "split": ";"}, "protocol": {"column": "protocol", "type": "boolean"}},
    }},
}  # fmt: skip
BELOW = {"id": "below", "title": "Teams meet", "expect": {"of": "team", "each": "week"}, "measure": {"kind": "count", "event": "meeting"},
         "judge": {"at_least": 1}}  # fmt: skip
PLUGIN = '''
from fidelity_engine.plugin import hookimpl, measure

@measure("how-many", unit="meetings", fields=["minutes"], grows="raises")
def how_many(events, cell):
    """How many."""
    return len(events)

@measure("minutes-each", unit="minutes", fields=["minutes"])
def minutes_each(events, cell):
    """The mean of the minutes."""
    return sum(event["minutes"] for event in events) / len(events) if events else None

@hookimpl
def fidelity_measures():
    return [how_many, minutes_each]
'''
PEOPLE = ("ada", "bo", "cy", "di")


class District:
    """The files of a case, and what is evaluated of them."""

    def __init__(self, folder: Path, case: Mapping[str, Any]) -> None:
        self.folder, self.case = folder, case
        (folder / "plugins").mkdir(mode=0o755)
        (folder / "plugins" / "kinds.py").write_text(PLUGIN)
        self._csv("schools", ["school"], [{"school": "lincoln"}])
        self._csv("teams", ["team", "school", "kind"], [{"team": "g3", "school": "lincoln", "kind": "grade-level"}])
        self._csv("staff", ["staff", "school"], [{"staff": one, "school": "lincoln"} for one in PEOPLE])
        self._csv("members", ["team", "staff"], [{"team": "g3", "staff": one} for one in PEOPLE])
        events = [{"id": f"e{number}", "type": "meeting", "team": "g3", **event} for number, event in enumerate(case["events"])]
        columns = ["id", "type", "team", "start", *NUMBERS, "topic", "answers", "by", "participants", "protocol"]
        self._csv("log", columns, [event | {"participants": ";".join(event.get("participants", []))} for event in events])

    def evaluate(self, *decisions: tuple[str, str, str]) -> Any:
        """The result as of Saturday the 20th. `decisions`: about, action, value."""
        self._csv("decisions", ["at", "who", "about", "action", "value", "note"],
                  [dict(zip(("at", "who", "about", "action", "value"), ("2025-09-19", "principal", *one), strict=True)) for one in decisions])  # fmt: skip
        asked = {"id": "asked", "title": "What is asked", "expect": {"of": self.case.get("of", "team"), "each": "week"}}
        rules = BASE | {"rules": [BELOW, asked | {"measure": self.case["measure"], "judge": self.case["judge"]}]}
        text = io.StringIO()
        YAML().dump(rules, text)
        return Engine.from_text(text.getvalue(), self.folder).evaluate(as_of=ON)

    def _csv(self, name: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
        lines = [",".join(columns), *(",".join(str(row.get(column, "")) for column in columns) for row in rows)]
        (self.folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def cell(result: Any) -> dict[str, Any]:
    """The cell of the week of the 8th."""
    (found,) = [row for row in result.verdicts.rows() if (row["rule"], row["window_start"]) == ("asked", WEEK)]
    return found


def finding(result: Any) -> Any:
    """The finding that began with that week; None where there is none."""
    return next((one for one in result.findings if (one.rule, one.about, one.since) == ("asked", "practice", WEEK)), None)


def fits(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """The cell has what the table says."""
    for column, value in wanted.items():
        ours = found["reason"].split(":")[0] if column == "reason" else found[column]
        assert ours == (value if isinstance(value, str) or value is None else pytest.approx(float(value))), (column, dict(found))


@pytest.mark.parametrize("few", [FEW_EVENTS, -1], ids=["small", "large"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_attested(case: dict[str, Any], few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more event, of which nothing is known but its date; what it cannot be added to is noted, and can be explained."""
    monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", few)
    district = District(tmp_path, case)
    before = district.evaluate()
    fits(cell(before), case["before"])
    result = district.evaluate((finding(before).finding_id, "attest", str(case.get("on", "2025-09-10"))))
    fits(cell(result), case["after"])
    notes = [note for note in result.summary.notes if "attest" in note]
    assert len(notes) == ("why" in case) and all(case["why"] in note for note in notes), notes
    rule = next(rule for rule in result.scope.ruleset.rules if rule.id == "asked")
    text = " ".join("".join(explain_cell(result.scope, rule, str(cell(result)["subject"]), WEEK)).split())
    assert ("attested by principal" in text) == case.get("told", "why" not in case), text


@pytest.mark.parametrize("few", [FEW_EVENTS, -1], ids=["small", "large"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_disputed(case: dict[str, Any], few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the measure, its cells keep their verdicts as disputed, its rule's rates leave them out, its finding rests."""
    monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", few)
    district = District(tmp_path, case)
    id = finding(district.evaluate()).finding_id
    result = district.evaluate((id, "dispute", ""))
    found = cell(result)
    assert (found["verdict"], found["disposition"]) == ("missed", "disputed")
    assert (finding(result).finding_id, finding(result).state) == (id, "paused")
    counts = result.summary.verdicts["asked"]
    assert "missed" not in counts and counts["disputed"] >= 1


@pytest.mark.parametrize("share_of, says", [
    ("cells", "Lincoln: 0 % of what its teams owe was met (0 of 1) in the week of 15 Sep, at least 100 % expected."),
    ("subjects", "Lincoln: 0 % of its teams met it (0 of 1) in the week of 15 Sep, at least 100 % expected."),
])  # fmt: skip
def test_a_rollup_says_whom_it_sums_up(tmp_path: Path, share_of: str, says: str) -> None:
    """The finding of a school names the kind of those below it, and whether they or their windows are counted."""
    case = {"measure": {"kind": "rollup", "rule": "below", "share_of": share_of}, "judge": {"at_least": 1}, "of": "school", "events": []}
    with District(tmp_path, case).evaluate() as result:
        told = [finding.message for finding in result.findings if finding.rule == "asked"]
    assert [one.lower() for one in told] == [f"{says} Missed 2 times in a row since 8 Sep.".lower()]
