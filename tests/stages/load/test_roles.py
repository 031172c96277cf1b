"""Roles of who took part: however they are found, they are the same."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest
from loaded import HEAD

from fidelity_engine import Engine, evaluate
from fidelity_engine.db import Database
from fidelity_engine.stages.load import alone, blocks
from fidelity_engine.stages.load import events as events_made
from fidelity_engine.stages.load.alone import complete
from fidelity_engine.stages.load.blocks import Blocks
from fidelity_engine.stages.load.paths import Size

RULES = HEAD + """evidence:
  log:
    read: events.parquet
    type: {column: type}
    delivers: [meeting]
    columns: {id: id, team: team, school: school, start: start, participants: participants}
    coverage: always
rules:
"""
ASKED = {
    "roles": """
  - id: both-roles
    title: Both roles at one table
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting, where: {roles: {all_of: [general_ed, special_ed]}}}
    judge: {at_least: 1}
""",
    "who": """
  - id: everybody
    title: Who works at a school comes to one of its meetings
    expect: {of: school, each: month}
    measure: {kind: participation, event: meeting, per: person}
    judge: {at_least: 0.6}
""",
}
DATES = [("", ""), ("", ""), ("", ""), ("2025-09-15", ""), ("", "2025-09-30"), ("2025-09-10", "2025-10-10")]


def staff_of(dice: random.Random) -> list[tuple[int, str, str, str, str]]:
    """Three schools with numbers of their own; some people (few, or most of them) come late, some leave, some work at two schools."""
    rows, dates = [], DATES + [("", "")] * dice.choice([0, 40])
    for school in range(3):
        for number in range(8):
            role = dice.choice(["general_ed", "special_ed", "general_ed;coach"])
            rows.append((100 * (school + 1) + number, f"s{school}", role, *dice.choice(dates)))
            if dice.random() < 0.05:
                rows.append((100 * (school + 1) + number, f"s{(school + 1) % 3}", "special_ed", "", ""))
    return rows


def events_of(dice: random.Random) -> dict[str, list[Any]]:
    """Meetings, some of them with guests on no roster, people of other schools, nobody, or an unknown list."""
    rows: list[dict[str, Any]] = []
    for number in range(90):
        school = dice.randrange(3)
        people = [100 * (school + 1) + dice.randrange(8) for _ in range(dice.randrange(4))]
        people += [dice.choice([7, 105, 209, 999, 0, -1, -105])] if dice.random() < 0.2 else []
        start = datetime(2025, 9, 1, 9) + timedelta(days=dice.randrange(60))
        rows.append({"id": number, "type": "meeting", "team": f"t{school}", "school": f"s{school}", "start": start,
                     "participants": people if dice.random() < 0.95 else None})
    return {column: [row[column] for row in rows] for column in rows[0]}


def write_district(folder: Path, rules: str, seed: int) -> random.Random:
    """Rules and roster; gives the dice for the events."""
    dice = random.Random(seed)
    folder.mkdir()
    (folder / "rules.yaml").write_text(rules)
    (folder / "schools.csv").write_text("school\n" + "".join(f"s{n}\n" for n in range(3)))
    (folder / "teams.csv").write_text("team,school\n" + "".join(f"t{n},s{n}\n" for n in range(3)))
    lines = [",".join(map(str, row)) for row in staff_of(dice)]
    (folder / "staff.csv").write_text("\n".join(["staff,school,roles,from,until", *lines]) + "\n")
    return dice


def verdicts(folder: Path, asked: str, seed: int, ids: pa.DataType) -> tuple[bytes, list[int], list[bool]]:
    """The file of verdicts, how many participants of each event were unknown, and of each list that told who took part whether it was one of all.

    `asked`: what the rules ask.
    """
    events = events_of(write_district(folder, RULES + "".join(ASKED[one] for one in asked.split()), seed))
    events["participants"] = pa.array(events["participants"], pa.list_(pa.int64())).cast(pa.list_(ids))
    pq.write_table(pa.table(events), folder / "events.parquet")
    told: list[Blocks] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(events_made, "complete", lambda db, relation, blocks: told.append(blocks) or complete(db, relation, blocks))
        result = Engine.from_file(folder / "rules.yaml").evaluate()
    with result:
        result.verdicts.write(folder / "verdicts.csv")
        unknown = result.scope.db.one("select list(unknown_participants order by id::integer) from event_0")
        assert sum(unknown) == result.scope.db.one("select sum(unknown_participants) from source_state")
        return (folder / "verdicts.csv").read_bytes(), unknown, [one.of_all for one in told]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("asked", ["roles", "who", "roles who"])
@pytest.mark.parametrize("in_file", [False, True])
def test_ids_that_are_numbers_and_ids_that_are_text_tell_the_same(
    tmp_path: Path, asked: str, seed: int, in_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many events lists tell who took part, whatever the ids are; few are joined to the roster: verdicts and counts are equal, also in files."""
    texts, strangers, told = verdicts(tmp_path / "texts", asked, seed, pa.string())
    assert not told
    monkeypatch.setattr(evaluate, "size_of", lambda ruleset: Size(math.inf, math.inf if in_file else 0))
    monkeypatch.setattr(alone, "PIECE", 20)
    monkeypatch.setattr(Database, "plan_less", lambda db: None)
    assert verdicts(tmp_path / "texts, many", asked, seed, pa.string()) == (texts, strangers, [False])
    assert verdicts(tmp_path / "one list", asked, seed, pa.int64()) == (texts, strangers, [True])
    monkeypatch.setattr(blocks, "LARGEST", 250)
    assert verdicts(tmp_path / "one list from the lowest number", asked, seed, pa.int64()) == (texts, strangers, [True])
    monkeypatch.setattr(blocks, "ONE_FOR_ALL", {"roles": 1, "who": 1})
    assert verdicts(tmp_path / "schools", asked, seed, pa.int64()) == (texts, strangers, [False])
    assert sum(strangers) > 0


@pytest.mark.parametrize(("in_large", "told"), [(1, [False]), (0, [])])
def test_people_of_a_large_school_are_looked_up(tmp_path: Path, in_large: int, told: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """A school with ids far apart has no list of its own, and nobody has one where many work at such schools: the same is told."""
    texts = verdicts(tmp_path / "texts", "roles who", 1, pa.string())[:2]
    monkeypatch.setattr(blocks, "LARGEST", 0)
    monkeypatch.setattr(blocks, "MOST_PLACES", 8)
    monkeypatch.setattr(blocks, "IN_LARGE", in_large)
    monkeypatch.setattr(Database, "plan_less", lambda db: None)
    assert verdicts(tmp_path / "numbers", "roles who", 1, pa.int64()) == (*texts, told)


def test_a_school_with_very_many_people_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are compared one by one with those of the school: where it has too many, the roster is joined, and the same is told."""
    texts = verdicts(tmp_path / "texts", "roles", 1, pa.string())
    monkeypatch.setattr(Database, "plan_less", lambda db: None)
    monkeypatch.setattr(blocks, "LONGEST", 7)
    assert verdicts(tmp_path / "many", "roles", 1, pa.string()) == texts


def test_few_events_with_numbers_are_told_too(tmp_path: Path) -> None:
    """Where only roles are asked of numbers, few events are told as many are."""
    texts = verdicts(tmp_path / "texts", "roles", 1, pa.string())
    assert verdicts(tmp_path / "numbers", "roles", 1, pa.int64()) == (*texts[:2], [True])


def test_sources_with_types_of_their_own(tmp_path: Path) -> None:
    """Two sources, of which one is asked for roles and the other for people, are told as one source with both is."""
    asked = ASKED["roles"] + ASKED["who"].replace("event: meeting", "event: training")
    several = RULES[:RULES.index("  log:")]
    for kind in ("meeting", "training"):
        several += f"""  {kind}s:
    read: {kind}.parquet
    delivers: {kind}
    columns: {{id: id, team: team, school: school, start: start, participants: participants}}
    coverage: always
"""
    one = RULES.replace("delivers: [meeting]", "delivers: [meeting, training]")
    found = []
    for name, rules in (("one", one), ("several", several + "rules:\n")):
        folder = tmp_path / name
        write_district(folder, rules + asked, 3)
        events = events_of(random.Random(3))
        events["type"] = [("meeting", "training")[number % 2] for number in events["id"]]
        table = pa.table(events)
        pq.write_table(table, folder / "events.parquet")
        for kind in ("meeting", "training"):
            pq.write_table(table.filter(pa.compute.equal(table["type"], kind)).drop(["type"]), folder / f"{kind}.parquet")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Database, "plan_less", lambda db: None)
            with Engine.from_file(folder / "rules.yaml").evaluate() as result:
                result.verdicts.write(folder / "verdicts.csv")
        found.append((folder / "verdicts.csv").read_bytes())
    assert found[0] == found[1]
