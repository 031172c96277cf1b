"""What a run carries over, and what makes it work out something anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fidelity_engine import Engine, evaluate
from fidelity_engine.carry import carrying, narrowing
from fidelity_engine.stages.load.staging import Staged

from .conftest import District


def rules_made_anew(district: District, week: int, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The rules of which a run carries nothing over."""
    seen: set[str] = set()
    again = carrying.Carry._again

    def noted(self: carrying.Carry) -> set[int]:
        seen.update(self.rules[no].id for no in again(self))
        return again(self)

    monkeypatch.setattr(carrying.Carry, "_again", noted)
    district.night(week)
    monkeypatch.setattr(carrying.Carry, "_again", again)
    return seen


def test_the_first_run_is_full_and_the_next_carries_over(district: District) -> None:
    """A week later most cells are as they were, and a full run says the same."""
    assert district.night(9) == (0, "Nothing is kept of an earlier run: this one is full.")
    district.weeks[10] = [district.row(team, 10) for team in ("g1", "g3")]
    carried, _ = district.night(10)
    assert carried >= 30


def test_files_that_are_as_they_were_are_read_in_part(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten weeks of records those are read that open windows and findings look at."""
    read: list[int] = []
    narrowed = narrowing.narrowed

    def counted(db: object, part: narrowing.Part) -> Staged:
        found = narrowed(db, part)      # type: ignore[arg-type]
        read.append(db.one(f"select count(*) from {found.rows}"))       # type: ignore[attr-defined]
        return found

    monkeypatch.setattr(carrying, "narrowed", counted)
    district.night(9)
    district.weeks[10] = [district.row(team, 10) for team in ("g1", "g3")]
    district.night(10)
    assert read and read[0] < 40 * 2 // 3


def test_a_source_that_was_silent_for_a_while(district: District) -> None:
    """Nobody tells for three weeks, night by night, until the log comes back: each file is that of a full run, with its reasons."""
    late = {week: district.weeks.pop(week) for week in (7, 8, 9)}
    for week in (6, *late):
        district.night(week)
    district.weeks[10] = [district.row(team, 10) for team in ("g1", "g3")]
    assert district.night(10)[0] > 0
    district.weeks |= late
    district.night(11)


def test_a_late_record_reaches_back_in_its_school_only(district: District) -> None:
    """A meeting of September that is told in November changes its week there; the other school keeps its cells."""
    district.night(9)
    district.weeks[10] = [district.row("g4", 1)]
    late, _ = district.night(10)
    del district.weeks[10]
    shutil.rmtree(district.folder / "log")
    shutil.rmtree(district.folder / ".fidelity")
    district.night(9)
    none, _ = district.night(10)
    assert 0 < late < none


@pytest.mark.parametrize(("what", "why"), [
    ("roster", "The roster changed"), ("calendar", "The calendar changed"), ("timezone", "The head of the rule file changed"),
])
def test_what_everything_hangs_on_makes_a_full_run(district: District, what: str, why: str) -> None:
    """Another roster, calendar or time zone: nothing is carried over, and the run says why."""
    district.night(9)
    if what == "roster":
        district.teams["g5"] = "adams"
    elif what == "calendar":
        district.text = district.text.replace("{weekdays: [mon, tue, wed, thu, fri]}", "{weekdays: [mon, tue, wed, thu, fri], closed: [2025-10-03]}")
    else:
        district.text = district.text.replace("America/Detroit", "America/Chicago")
    carried, said = district.night(9)
    assert carried == 0 and said.startswith(why)


def test_a_changed_rule_is_made_anew_and_those_that_read_it(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another target of one rule; its neighbours keep their cells. A rollup is always made anew."""
    district.night(9)
    district.text = district.text.replace("judge: {at_least: 1}\n    emit", "judge: {at_least: 2}\n    emit")
    assert rules_made_anew(district, 9, monkeypatch) == {"meets", "most"}


def test_a_rule_that_moved_in_its_file_is_the_same(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule before the others gives them other numbers and lines, and no other meaning."""
    district.night(9)
    new = "rules:\n  - id: often\n    title: Often\n    expect: {of: team, each: week}\n    measure: {kind: count, event: meeting}\n    judge: {at_least: 2}\n"
    district.text = district.text.replace("rules:\n", new)
    assert rules_made_anew(district, 9, monkeypatch) == {"often", "most"}


def test_a_changed_source_touches_the_rules_of_its_events(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other words about the forms are nothing to the log."""
    district.night(9)
    district.text = district.text.replace("columns: {team: team, start: start}\n    coverage: always",
                                          "columns: {team: team, start: start}\n    coverage: {through: 2025-10-30}")
    assert rules_made_anew(district, 9, monkeypatch) == {"asked", "most"}


@pytest.mark.parametrize("change", ["rewritten", "removed", "shortened"])
def test_a_file_that_changed_is_compared_place_by_place(district: District, change: str) -> None:
    """Records of one week are changed, or gone: that week is told anew, and what lies before it is carried over."""
    district.night(9)
    if change == "rewritten":
        district.weeks[8] = [district.row(team, 8, minutes=10) for team in district.teams]
    elif change == "removed":
        del district.weeks[8]
        shutil.rmtree(district.folder / "log")
    else:
        district.weeks[8] = district.weeks[8][:1]
    carried, _ = district.night(9)
    assert carried > 0


def test_another_engine_trusts_nothing(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of the engine worked out is not carried over."""
    district.night(9)
    monkeypatch.setattr(carrying, "engine_digest", lambda: "another")
    assert district.night(9)[1].startswith("The engine changed")


def test_a_look_back_is_full(district: District) -> None:
    """What was known later says nothing of an earlier day."""
    district.night(9)
    assert district.night(7)[1].startswith("The last run was about a later day")


def test_somebody_who_attests_makes_a_full_run(district: District) -> None:
    """Events at a person's word, and disputes, are not carried over."""
    district.night(9)
    district.text = district.text.replace("calendar:", "decisions: decisions.csv\ncalendar:")
    (district.folder / "decisions.csv").write_text("at,who,about,action,value,note\n2025-10-01,Ann,0123456789ab,attest,,\n")
    assert district.night(9)[1].startswith("Somebody disputes a finding or attests an event")


def test_two_rule_files_in_a_folder_have_a_state_each(district: District) -> None:
    """Neither takes the other's for its own."""
    other = district.folder / "other.yaml"
    district.night(9)
    other.write_text(district.text.replace("at_least: 1", "at_least: 3"), "utf-8")
    with district.run(9, rules=other).result as result:
        assert result.carried == "Nothing is kept of an earlier run: this one is full."
    assert district.night(9)[0] > 0


def test_of_few_events_nothing_is_kept(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small district is worked out whole each time, and says so."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", 50_000)
    with district.run(9).result as result:
        assert result.carried == "There are few events: a full run is as quick."
    assert not district.carried.exists()


def test_a_selection_carries_nothing_over_and_keeps_nothing(district: District) -> None:
    """Part of the rules is no state to go on from."""
    district.write()
    ran = Engine.from_file(district.rules).run(as_of="2025-11-07", rules=["meets"], incremental=True)
    with ran.result as result:
        assert result.carried == ""
    assert not district.carried.exists()


def test_the_state_names_nobody(district: District) -> None:
    """No id of a person or an event, no name: only numbers, dates, types, and the paths of files."""
    district.night(9)
    text = b"".join(path.read_bytes() for path in Path(district.carried).iterdir())
    assert b"p-g1" not in text and b"Person" not in text and b"lincoln" not in text
    assert {path.stat().st_mode & 0o777 for path in district.carried.iterdir()} == {0o600}
    assert district.carried.stat().st_mode & 0o777 == 0o700
