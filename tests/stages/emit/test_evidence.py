"""Findings about the evidence itself: rows in quarantine, fields that are missing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.model.finding import Finding

from ...store.conftest import MONDAY, District

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2026-01-30}
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: [meeting, visit], coverage: always}
rules:
  - id: shares
    title: Half of the meetings have an agenda
    expect: {of: team, each: week}
    measure: {kind: share, event: meeting, having: {agenda: true}}
    judge: {at_least: 0.5}
    emit: {fires_after: {windows: 2}}
  - id: counts
    title: A visit has an agenda
    expect: {of: team, each: week}
    measure: {kind: count, event: visit, where: {agenda: true}}
    judge: {at_least: 1}
"""
SAID = {"u": {}, "m": {"agenda": True}, "x": {"agenda": False}}
"""What a record says of the field: missing, met, missed. In a week `-` there is none."""


def lacking(tmp_path: Path, weeks: dict[str, str], name: str = "Lincoln") -> list[Finding]:
    """What is told of missing fields. `weeks`: team, or type and team, → its weeks; t0 and t2 are of s0, t1 is of s1; `name`: of s0."""
    (tmp_path / "log.csv").write_text("id,team,start,agenda\n")
    told = [(*f"meeting {key}".split()[-2:], series) for key, series in weeks.items()]
    events = [
        {"source": "log", "type": kind, "team": team, "id": f"{kind}-{team}-{week}", "start": f"{MONDAY + timedelta(7 * week + 1)}T10:00", **SAID[said]}
        for kind, team, series in told for week, said in enumerate(series) if said != "-"
    ]  # fmt: skip
    roster = {
        "schools": [{"school": "s0", "name": name}, {"school": "s1", "name": "Lincoln"}],
        "teams": [{"team": team, "school": school, "kind": "grade-level"} for team, school in (("t0", "s0"), ("t1", "s1"), ("t2", "s0"))],
    }
    as_of = MONDAY + timedelta(7 * max(map(len, weeks.values())) - 1)
    with Engine.from_text(RULES, root=tmp_path).evaluate(as_of=as_of, events=events, roster=roster) as result:
        return [one for one in result.findings if one.about == "source"]


@pytest.mark.parametrize(("rows", "told"), [
    (["g1-0,g1,2025-09-01T11:00,2025-09-20T09:00"], []),
    (["g1-0,g1,2025-09-01T11:00,2025-09-20T09:00", "x,nobody,2025-09-01T10:00,2025-09-01T10:00"], ["1 of 50 rows of log could not be used"]),
])
def test_older_versions_are_no_trouble(rows: list[str], told: list[str], tmp_path: Path) -> None:
    """An event that was told anew opens no finding, and is not counted among the rows that could not be used."""
    school = District(tmp_path)
    log = tmp_path / "log.csv"
    log.write_text(log.read_text("utf-8") + "".join(f"{row}\n" for row in rows), "utf-8")
    with school.engine().evaluate(as_of=date(2025, 12, 19)) as result:
        assert result.summary.quarantine["log"]["superseded"] == 1
        messages = [one.message for one in result.findings if one.about == "source"]
        assert [message.split(";")[0] for message in messages] == told


def test_schools_of_one_name_lack_fields_apart(tmp_path: Path) -> None:
    """Each has a finding of its own, which carries its id and keeps its own id when the school gets another name."""
    weeks = {"t0": "uuuu", "t1": "uuuuu"}
    found = {one.school: one for one in lacking(tmp_path, weeks)}
    assert {school: one.message.split(",")[0] for school, one in found.items()} == {
        "s0": "Lincoln: 4 records of log lack `agenda`", "s1": "Lincoln: 5 records of log lack `agenda`"}
    renamed = {one.school: one for one in lacking(tmp_path, weeks, name="Adams")}
    assert renamed["s0"].message.startswith("Adams: ")
    assert {one.finding_id for one in renamed.values()} == {one.finding_id for one in found.values()} and len(found) == 2


@pytest.mark.parametrize(("weeks", "told"), [
    ({"t0": "uuu"}, None),
    ({"t0": "uuuu"}, ("open", 0, 4)),
    ({"t0": "uuuu-"}, ("open", 0, 4)),                             # nothing was recorded: nobody knows more
    ({"t0": "uuuum"}, ("resolved", 0, 4)),
    ({"t0": "uuuux"}, ("resolved", 0, 4)),
    ({"t0": "uuuu" + "m" * 11}, ("resolved", 0, 4)),
    ({"t0": "mmuuuumuuu"}, ("resolved", 2, 4)),                    # three more are not long enough
    ({"t0": "uuuumuuuuu"}, ("open", 5, 5)),
    ({"t0": "uuuu-uuuu"}, ("open", 0, 8)),                         # nothing was decided between them
    ({"t0": "uuuummmmm", "t2": "mmmuuuuum"}, ("resolved", 0, 9)),  # they overlap
    ({"t0": "uuuumm", "t2": "mmuuuu"}, ("open", 0, 8)),
    ({"t0": "uuuummmmm", "t2": "mmmmmuuuu"}, ("open", 5, 4)),      # of two the newer
    ({"t0": "uuuumm", "visit t0": "mmuuuu"}, ("open", 2, 4)),      # of two rules the one for which it lasts
    ({"t0": "mmuuuu", "visit t0": "uuuumm"}, ("open", 2, 4)),
    ({"t0": "uuuumm", "visit t0": "uuuuum"}, ("resolved", 0, 5)),
])
def test_a_missing_field_is_told_until_something_is_decided(weeks: dict[str, str], told: tuple[str, int, int] | None, tmp_path: Path) -> None:
    """State, first week and records of the finding: it is open while no cell of a subject that was long undecided is decided."""
    found = [(one.state, (one.since - MONDAY).days // 7, int(one.message.split()[1])) for one in lacking(tmp_path, weeks) if one.since]
    assert found == ([told] if told else [])


MEASURES = {
    "{kind: total, event: meeting, field: minutes}": "minutes",
    "{kind: count, event: meeting, distinct: topic}": "topic",
    "{kind: share, event: meeting, having: {agenda: true}, field: minutes}": "minutes",
    "{kind: score, event: meeting, items: [points], maximum: 4}": "points",
    "{kind: count, event: meeting, link: participants}": "participants",
    "{kind: sums-points, event: meeting}": "points",
    "{kind: its-own, event: meeting}": "",
}
"""What is measured of meetings that have an agenda and nothing else: the field whose lack is told."""
PLUGIN = """
from fidelity_engine.plugin import hookimpl, measure
@measure("sums-points", unit="points", fields=["points"])
def sums(events, cell):
    return sum(event["points"] for event in events)
@measure("its-own", unit="points", fields=["points"])
def its_own(events, cell):
    return (0, 9)
@hookimpl
def fidelity_measures():
    return [sums, its_own]
"""


@pytest.mark.parametrize(("measure", "field"), MEASURES.items(), ids=MEASURES)
def test_the_field_that_is_told_is_one_that_decides(measure: str, field: str, tmp_path: Path) -> None:
    """Whatever a measure hangs on is what a source is told to lack, never another field; an interval of a plugin's own accuses no source."""
    tmp_path.chmod(0o755)
    (tmp_path / "plugins").mkdir(mode=0o755)
    (tmp_path / "plugins" / "own.py").write_text(PLUGIN)
    columns = "columns: {agenda: {column: agenda, type: boolean}, points: {column: points, type: number}}"
    rules = RULES.split("rules:\n")[0].replace("coverage: always", f"coverage: always, {columns}") + "plugins: ./plugins\nrules:\n"
    rules += f"  - {{id: r, title: R, expect: {{of: team, each: week}}, measure: {measure}, judge: {{at_least: 0.5}}}}\n"
    events = [{"type": "meeting", "school": "s", "team": "t", "start": f"{MONDAY + timedelta(7 * week)}T10:00", "agenda": True} for week in range(4)]
    roster = {"schools": [{"school": "s", "name": "Lincoln"}], "teams": [{"team": "t", "school": "s"}],
              "staff": [{"staff": "p", "school": "s"}], "members": [{"team": "t", "staff": "p"}]}  # fmt: skip
    with Engine.from_text(rules, root=tmp_path).evaluate(as_of=MONDAY + timedelta(27), events=events, roster=roster) as result:
        rows = list(result.verdicts.rows())
        assert {row["verdict"] for row in rows} == {"no_data"}
        assert {row["reason"].split(": ")[1].split(" ")[0] for row in rows} == ({"1"} if field else {"its"})
        told = [one.message.split(",")[0] for one in result.findings if one.about == "source"]
        assert told == ([f"Lincoln: 4 records of log lack `{field}`"] if field else [])


def test_terms_whose_days_differ(tmp_path: Path) -> None:
    """Each term is told by itself, once for all schools or for the one that it differs in, and has the same id when another total is stated."""
    (tmp_path / "log.csv").write_text("id,team,start,agenda\n")
    taught = "".join(f"{day},,instructional\n" for day in ("2025-09-02", "2025-09-03", "2025-12-02"))
    (tmp_path / "days.csv").write_text(f"date,school,kind\n2025-09-01,,holiday\n{taught}2026-01-30,,holiday\n2025-09-02,s0,weather\n")
    roster = {"schools": [{"school": "s0"}, {"school": "s1"}], "teams": [{"team": "t0", "school": "s0", "kind": "grade-level"}]}
    found = []
    for stated in (9, 8):
        (tmp_path / "terms.csv").write_text(f"term,from,until,days\nFall: one,2025-09-01,2025-11-30,2\nWinter,2025-12-01,2026-01-30,{stated}\n")
        rules = RULES.replace("calendar: {weekdays: [mon, tue, wed, thu, fri]}", "calendar: {read: days.csv, terms: terms.csv}")
        with Engine.from_text(rules, root=tmp_path).evaluate(as_of="2025-12-10", roster=roster, events=[]) as result:
            found.append({one.school: (one.finding_id, one.message) for one in result.findings if one.about == "calendar"})
    assert {school: told for school, (_, told) in found[0].items()} == {
        "s0": "The calendar states 2 days for Fall: one at s0, its dates give 1.", None: "The calendar states 9 days for Winter, its dates give 1."}
    assert {school: id for school, (id, _) in found[0].items()} == {school: id for school, (id, _) in found[1].items()}


def test_a_finding_names_its_newest_records(tmp_path: Path) -> None:
    """Of many that counted the twenty newest are named, the latest first, and all are counted."""
    (tmp_path / "log.csv").write_text("id,team,start,agenda\n")
    rules = RULES.split("  - id: counts")[0].replace("kind: share, event: meeting, having: {agenda: true}", "kind: count, event: meeting").replace("0.5", "30")
    rules = rules.replace("fires_after: {windows: 2}", "fires_after: {windows: 1}")
    events = [{"type": "meeting", "team": "t", "id": f"e{number:02}", "start": f"{MONDAY + timedelta(number // 5)}T10:00"} for number in range(25)]
    roster = {"schools": [{"school": "s"}], "teams": [{"team": "t", "school": "s"}]}
    with Engine.from_text(rules, root=tmp_path).evaluate(as_of=MONDAY + timedelta(6), events=events, roster=roster) as result:
        (found,) = result.findings
    assert found.evidence_ids == {"newest": [f"e{number:02}" for number in range(24, 4, -1)], "count": 25}
