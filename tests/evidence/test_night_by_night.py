"""The year of the example district with the store, night by night: what its people are told, and what they are not told.

Of the rules those remain that the cycle reads, and one is added about four teams of one school. The snow of December is
typed in nine days late, and one night the roster is half uploaded.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import select

from fidelity_engine import Engine
from fidelity_engine.errors import FidelityError
from fidelity_engine.rulefile.cycles import checked, cycle_files
from fidelity_engine.store import address_of
from fidelity_engine.store.opening import look_up
from fidelity_engine.store.tables import FINDING
from fidelity_engine.views.study import study

ROOT = Path(__file__).parents[2]
RULE, WEEKLY = "tcr.collaboration-time", "test.weekly"
KEPT = (RULE, "tcr.collaboration-minutes", "tcr.attendance")
TEAMS = {"cedar-g1", "cedar-g2", "cedar-g3", "cedar-g4"}
ONE_MORE = {
    "id": WEEKLY, "title": "Teams meet at least twice a week", "expect": {"of": "team", "where": {"school": "cedar", "kind": "grade-level"}, "each": "week"},
    "measure": {"kind": "count", "event": "meeting"}, "judge": {"at_least": 2},
}  # fmt: skip
SNOW = "Snow, entered on"
TYPED_IN, HALF, AGREED = date(2025, 12, 17), date(2026, 1, 16), date(2025, 12, 15)
News = list[tuple[date, str | None, str | None, str | None, str, Any]]


def nights() -> Iterator[date]:
    """Every Friday from September to February, and every school night of the weeks in which much happens."""
    day = date(2025, 9, 26)
    while day <= date(2026, 2, 20):
        much = date(2025, 12, 15) <= day <= date(2025, 12, 19) or date(2026, 1, 5) <= day <= date(2026, 1, 20)
        if day.weekday() == 4 or (much and day.weekday() < 5):
            yield day
        day += timedelta(1)


class District:
    """A copy of the example, and the news of each night: day, rule, subject, state before and now, and the finding."""

    def __init__(self, folder: Path) -> None:
        for part in ("rules", "evidence"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(".fidelity", "__pycache__"))
        self.rules, self.evidence = folder / "rules" / "district.yaml", folder / "evidence"
        yaml, text = YAML(), io.StringIO()
        said = yaml.load(self.rules.read_text("utf-8"))
        del said["as_of"]
        said["rules"] = [*(rule for rule in said["rules"] if rule["id"] in KEPT), ONE_MORE]
        yaml.dump(said, text)
        self.rules.write_text(text.getvalue(), "utf-8")
        self.calendar = (self.evidence / "calendar.csv").read_text("utf-8")
        assert SNOW in self.calendar
        self.write("calendar.csv", "".join(line for line in self.calendar.splitlines(keepends=True) if SNOW not in line))
        self.news: News = []

    def write(self, name: str, text: str) -> None:
        """Write a file of the evidence anew."""
        (self.evidence / name).write_text(text, "utf-8")

    def night(self, day: date) -> Any:
        """The run of a night; its news are remembered."""
        ran = Engine.from_file(self.rules).run(as_of=day)
        ran.result.close()
        self.news += [(day, one.finding.rule, one.finding.subject, one.before, one.finding.state, one.finding) for one in ran.changes if one.reported]
        return ran

    def told(self, rule: str) -> dict[str, list[tuple[date, str, str]]]:
        """Team of Cedar Hollow → day, state and id of all that was told about it, in order."""
        found: dict[str, list[tuple[date, str, str]]] = {}
        for day, about, subject, _, state, finding in self.news:
            if about == rule and subject in TEAMS and finding.about == "practice":
                found.setdefault(str(subject), []).append((day, state, finding.finding_id))
        return found

    def states(self) -> dict[str, str]:
        """Finding → state, as the store has it."""
        with look_up(address_of(self.rules)) as memory:
            assert memory is not None
            with memory.connection.begin():
                return {row["finding_id"]: row["state"] for row in memory.connection.execute(select(FINDING)).mappings()}

    def decide(self, at: date, about: str, action: str, value: str) -> None:
        """One more line of the decisions file."""
        with (self.rules.parent / "decisions.csv").open("a") as file:
            file.write(f"{at},principal,{about},{action},{value},\n")

    def half_a_roster(self, day: date) -> None:
        """A night on which the roster is half there: it changes nothing."""
        before, whole = self.states(), (self.evidence / "teams.csv").read_text("utf-8")
        self.write("teams.csv", "\n".join(whole.splitlines()[:20]) + "\n")
        with pytest.raises(FidelityError, match="half a file"):
            self.night(day)
        self.write("teams.csv", whole)
        assert self.states() == before


def test_the_year(tmp_path: Path) -> None:
    """It opens, is agreed on, is carried out and helps; snow and half a roster accuse nobody for long, and the study proposes to adopt."""
    district = District(tmp_path)
    for day in nights():
        if day == TYPED_IN:
            district.write("calendar.csv", district.calendar)
        if day == HALF:
            district.half_a_roster(day)
        ran = district.night(day)
        if day == AGREED:
            proposals = [one.proposed_adjustment["id"] for one in ran.result.findings if one.rule == RULE and one.subject in TEAMS]
            assert len(proposals) == 4
            for id in proposals:
                district.decide(day, id, "accept", "2026-01-09")
    _the_finding(district)
    _the_snow(district)
    assert not [one for one in district.news if one[0] in (HALF, HALF + timedelta(3)) and one[2] in TEAMS]
    _the_adjustment(ran)
    _the_cycle(district)


def _the_finding(district: District) -> None:
    """Each team's was opened once and resolved once, under one id, and grew more severe in between."""
    told = district.told(RULE)
    assert set(told) == TEAMS
    for changes in told.values():
        assert len({id for _, _, id in changes}) == 1
        (opened, *between, resolved) = [(day, state) for day, state, _ in changes]
        assert opened[1] == "open" and opened[0] < date(2025, 10, 11)
        assert resolved[1] == "resolved" and date(2026, 1, 5) < resolved[0] <= date(2026, 1, 16)
        assert {state for _, state in between} <= {"open"}


def _the_snow(district: District) -> None:
    """The week in which nobody met is missed until the snow is known; then it is withdrawn, and the owner is told."""
    of_that_week = [(day, str(subject), state, finding) for day, rule, subject, _, state, finding in district.news
                    if rule == WEEKLY and finding.since == date(2025, 12, 8)]  # fmt: skip
    told = {team: [(day, state) for day, subject, state, _ in of_that_week if subject == team] for team in TEAMS}
    first = {team: "resolved" if team == "cedar-g3" else "open" for team in TEAMS}           # that one had met twice again by then
    assert told == {team: [(TYPED_IN - timedelta(1), first[team]), (TYPED_IN, "withdrawn")] for team in TEAMS}
    withdrawn = [finding for *_, state, finding in of_that_week if state == "withdrawn"]
    assert all("we were wrong: nothing was expected in those windows after all" in one.message and one.owner for one in withdrawn)


def _the_adjustment(ran: Any) -> None:
    """Carried out on the fifth of January, and what was predicted came."""
    agreed = [one for one in ran.result.adjustments if one.subject in TEAMS and one.stage == "accepted"]
    assert {(one.subject, one.carried_out.verdict, one.carried_out.on, one.effect.verdict) for one in agreed} == {
        (team, "met", date(2026, 1, 5), "met") for team in TEAMS
    }


def _the_cycle(district: District) -> None:
    """The study of the same evidence says that it is more than chance."""
    engine = Engine.from_file(district.rules)
    (cycle,) = checked(cycle_files(engine.document))
    with engine.evaluate(as_of=date(2026, 2, 20), rules=[one.rule for one in cycle.measures]) as result:
        found = study(cycle, result)
    assert found.proposal == "adopt" and "more than common-cause variation" in found.reason
