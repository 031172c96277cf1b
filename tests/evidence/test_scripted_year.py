"""A year of the example district, night by night: a finding opens, is answered, the answer is carried out, and it helped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine
from fidelity_engine.cli import exit_code
from fidelity_engine.model.cycle import Cycle
from fidelity_engine.rulefile.cycles import checked, cycle_files
from fidelity_engine.views.study import study

ROOT = Path(__file__).parents[2]
RULE = "tcr.collaboration-time"
TEAMS = ("cedar-g1", "cedar-g2", "cedar-g3", "cedar-g4")
Night = Callable[[str], Any]


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """A copy of the example in which people can decide."""
    for folder in ("rules", "evidence"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns(".fidelity", "__pycache__"))
    return tmp_path / "rules"


@pytest.fixture
def night(district: Path) -> Night:
    """`night(day)`: the result of that night's run."""
    return lambda day: Engine.from_file(district / "district.yaml").evaluate(as_of=date.fromisoformat(day), rules=[RULE])


def of(result: Any, about: str = "practice") -> dict[str, Any]:
    """Team → its finding, of Cedar Hollow's four."""
    return {one.subject: one for one in result.findings if one.about == about and one.subject in TEAMS}


def say(district: Path, at: str, about: str, action: str, value: str = "") -> None:
    """One more line of the decisions file."""
    with (district / "decisions.csv").open("a") as file:
        file.write(f"{at},principal,{about},{action},{value},\n")


def test_a_year_of_cedar_hollow(district: Path, night: Night) -> None:
    """Opens in October; agreed in December for January; carried out on the fifth; met within three weeks; adopt."""
    assert of(night("2025-09-26")) == {}
    opened = of(night("2025-10-03"))
    assert {one.state for one in opened.values()} == {"open"}
    assert set(opened) == set(TEAMS)

    proposed = {team: one.proposed_adjustment["id"] for team, one in of(night("2025-12-12")).items()}
    assert proposed == {team: one.proposed_adjustment["id"] for team, one in opened.items()}
    for team in TEAMS:
        say(district, "2025-12-15T15:30", proposed[team], "accept", "2026-01-09")

    agreed = {one.subject: one for one in night("2025-12-19").adjustments if one.stage == "accepted"}
    assert {(one.accepted_on, one.due, one.carried_out.verdict) for one in agreed.values()} == {(date(2025, 12, 15), date(2026, 1, 9), "open")}
    assert not [one for one in night("2025-12-14").adjustments if one.stage == "accepted"]

    done = {one.subject: one for one in night("2026-01-05").adjustments if one.subject in TEAMS and one.stage == "accepted"}
    assert {(one.carried_out.verdict, one.carried_out.on) for one in done.values()} == {("met", date(2026, 1, 5))}
    assert {one.effect.verdict for one in done.values()} == {"open"}

    january = night("2026-01-30")
    helped = {one.subject: one for one in january.adjustments if one.subject in TEAMS and one.stage == "accepted"}
    assert {(one.effect.verdict, one.advice) for one in helped.values()} == {("met", "adopt: what was predicted came")}
    assert {one.state for one in of(january).values()} == {"resolved"}
    assert of(january, "adjustment") == {}
    assert {team: one.finding_id for team, one in of(january).items()} == {team: one.finding_id for team, one in opened.items()}


def the_cycle(district: Path) -> Cycle:
    """The example's cycle, without a mistake."""
    (found,) = checked(cycle_files(Engine.from_file(district / "district.yaml").document))
    return found


def test_the_cycle_is_studied_and_adopt_is_proposed(district: Path) -> None:
    """In December there is nothing to say; at the end of January the rate has shifted, and the study says by which test."""
    cycle = the_cycle(district)
    engine = Engine.from_file(district / "district.yaml")
    proposals = {}
    for day in ("2025-12-19", "2026-01-30", "2026-02-20"):
        with engine.evaluate(as_of=day, rules=[one.rule for one in cycle.measures]) as result:
            found = study(cycle, result)
            proposals[day] = found.proposal
    assert proposals == {"2025-12-19": None, "2026-01-30": "adopt", "2026-02-20": "adopt"}
    assert found.series[0].share("before") == (4, 56)
    assert found.series[0].share("during") == (23, 24)
    assert "beyond the limits 1.96 to 2.63" in found.reason
    assert "more than common-cause variation" in found.reason


def test_what_is_agreed_and_left_lying_is_told(district: Path, night: Night) -> None:
    """Agreed in October, no new schedule until January: a finding for the principal, over when the teams meet again."""
    first = of(night("2025-10-03"))["cedar-g1"]
    say(district, "2025-10-06T08:00", first.proposed_adjustment["id"], "accept")
    told = of(night("2025-10-31"), "adjustment")["cedar-g1"]
    assert (told.state, told.owner, told.students) == ("open", "E. Wobblestone", 76)
    assert "agreed on 6 Oct, to be carried out by 20 Oct" in told.message
    after = of(night("2026-01-30"), "adjustment")["cedar-g1"]
    assert (after.finding_id, after.state) == (told.finding_id, "resolved")


def run(district: Path, day: str, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    """`fidelity run` with the store, as of that night: team → its finding, of Cedar Hollow's four, as it is told."""
    assert exit_code(["run", str(district / "district.yaml"), "--as-of", day, "--format", "jsonl"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {one["subject"]: one for one in told if one.get("rule") == RULE and one["subject"] in TEAMS}


def test_the_same_year_with_the_store(district: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three nights of the main job: the id stays from opening to the end, and what the store remembers is resolved."""
    opened = run(district, "2025-10-03", capsys)
    assert {one["state"] for one in opened.values()} == {"open"}
    for team in TEAMS:
        say(district, "2025-12-15T15:30", opened[team]["proposed_adjustment"]["id"], "accept", "2026-01-09")
    agreed = run(district, "2025-12-19", capsys)
    assert {one["proposed_adjustment"]["text"] for one in agreed.values()} != {one["proposed_adjustment"]["text"] for one in opened.values()}
    helped = run(district, "2026-01-30", capsys)
    assert {(team, one["finding_id"], one["state"]) for team, one in helped.items()} == {
        (team, one["finding_id"], "resolved") for team, one in opened.items()
    }
    assert exit_code(["findings", str(district / "district.yaml"), "--all", "--rule", RULE, "--about", "practice", "--format", "jsonl"]) == 0
    kept = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(one["subject"], one["finding_id"], one["state"]) for one in kept if one["subject"] in TEAMS} == {
        (team, one["finding_id"], "resolved") for team, one in opened.items()
    }
