"""Rules of a small district are judged in one statement; a plugin whose numbers no statement can judge breaks only its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, together
from fidelity_engine.evaluate import FEW_EVENTS

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-09-28}
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
plugins: [plugins]
evidence:
  log: {read: log.csv, delivers: meeting, columns: {id: id, team: team, start: start}, coverage: always}
rules:
  - {id: meets, title: Teams meet, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: vast, title: Teams are vast, expect: {of: team, each: week}, measure: {kind: KIND, event: meeting}, judge: {at_least: 3}}
  - {id: soon, title: Teams meet soon, expect: {of: team, each: week}, measure: {kind: recency, event: meeting}, judge: {at_most: 3}}
  - {id: most, title: Most meet, expect: {of: school, each: week}, measure: {kind: rollup, rule: meets}, judge: {at_least: 0.5}}
"""
PLUGIN = '''
from fidelity_engine.room import NoRoom
from fidelity_engine.plugin import EventParameters, MeasureKind, hookimpl
from fidelity_engine.relations import measured

def kind(name, number, den="1"):
    def table(ask):
        return measured(f"{ask.grid} g", low_num=number, low_den=den, high_num=number, high_den=den, events="0")
    return MeasureKind(name, EventParameters, "things", "A number of each cell.", table=table)

def raises(ask):
    raise LookupError

def no_room(ask):
    raise NoRoom(28, "No space left on device")

@hookimpl
def fidelity_measures():
    own = [MeasureKind(name, EventParameters, "things", "", table=table) for name, table in (("raises", raises), ("no-room", no_room))]
    return [*own, kind("modest", "2"), kind("too-large-to-compare", "9e30::decimal(38,6)", "7e30::decimal(38,6)"), kind("no-number", "'two'")]
'''
ON = date(2025, 9, 27)
Evaluate = Callable[[str], Any]


@pytest.fixture(params=[FEW_EVENTS, -1], ids=["small", "large"])
def evaluate(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """`evaluate(kind)` of two teams of which one misses a week, where the second rule has that kind of measure."""
    monkeypatch.setattr("fidelity_engine.evaluate.FEW_EVENTS", request.param)
    (tmp_path / "plugins").mkdir(mode=0o755)
    (tmp_path / "plugins" / "vast.py").write_text(PLUGIN)
    (tmp_path / "schools.csv").write_text("school\nlincoln\n")
    (tmp_path / "teams.csv").write_text("team,school\ng3,lincoln\ng4,lincoln\n")
    days = [("g3", day) for day in (2, 9, 23)] + [("g4", day) for day in (2, 9, 16, 23)]
    lines = "".join(f"{team}-{day},{team},2025-09-{day:02}T10:00\n" for team, day in days)
    (tmp_path / "log.csv").write_text(f"id,team,start\n{lines}")
    return lambda kind: Engine.from_text(RULES.replace("KIND", kind), tmp_path).evaluate(as_of=ON)


def cells(result: Any, vast: bool) -> list[tuple[Any, ...]]:
    """The cells of the plugin's rule, or of the others."""
    return [tuple(row.values()) for row in result.verdicts.rows() if (row["rule"] == "vast") is vast]


@pytest.mark.parametrize("kind", ["too-large-to-compare", "no-number", "raises"])
def test_only_the_rule_of_the_plugin_breaks(evaluate: Evaluate, kind: str) -> None:
    """Its cells are errors that name it, one finding is about the engine, and every other cell is as with a sound one."""
    sound, broken = evaluate("modest"), evaluate(kind)
    assert cells(broken, vast=False) == cells(sound, vast=False) and len(cells(sound, vast=False)) == 20
    assert {row[-4] for row in cells(sound, vast=True)} == {"missed"}
    found = [row for row in broken.verdicts.rows() if row["rule"] == "vast"]
    assert len(found) == 8 and {row["verdict"] for row in found} == {"error"}
    assert all(row["reason"].startswith("plugin: ") and "vast" in row["reason"] for row in found), found[0]["reason"]
    practice = [sorted((one.rule, one.subject) for one in result.findings if one.about == "practice" and one.rule != "vast") for result in (sound, broken)]
    assert practice[0] == practice[1] == [("meets", "g3"), ("soon", "g3")]
    assert len([one for one in broken.findings if one.about == "engine"]) == 1 and not [one for one in sound.findings if one.about == "engine"]
    assert (int(sound.exit_code), int(broken.exit_code)) == (0, 3)


@pytest.mark.parametrize(("kind", "judged"), [
    ("modest", []), ("raises", []), ("no-number", []), ("too-large-to-compare", ["meets", "vast", "soon", "vast"]),
])  # fmt: skip
def test_a_number_breaks_the_statement_of_all_rules(evaluate: Evaluate, kind: str, judged: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can be kept and not compared: the rules of a small district are judged one by one, and the plugin's fails alone."""
    alone: list[str] = []
    one_by_one = together._judge_one

    def judge_one(scope: Any, rule: Any, *rest: Any) -> None:
        alone.append(rule.id)
        one_by_one(scope, rule, *rest)

    monkeypatch.setattr(together, "_judge_one", judge_one)
    small = evaluate(kind).scope.is_small
    assert alone == (judged if small else [])


def test_a_full_disk_is_no_plugins_fault(evaluate: Evaluate) -> None:
    """What the engine has no room for ends the run."""
    with pytest.raises(OSError, match="No space left"):
        evaluate("no-room")
