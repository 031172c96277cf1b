"""Roles of who took part: however they are found, they are the same."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fidelity_engine import Engine, evaluate
from fidelity_engine.db import Database
from fidelity_engine.stages.load import roles
from fidelity_engine.stages.load.paths import Size

RULES = """
fidelity: 1
name: Roles
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-10-31}
as_of: 2025-10-31
roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log:
    read: events.parquet
    type: {column: type}
    delivers: [meeting]
    columns: {id: id, team: team, school: school, start: start, participants: participants}
    coverage: always
rules:
  - id: both-roles
    title: Both roles at one table
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting, where: {roles: {all_of: [general_ed, special_ed]}}}
    judge: {at_least: 1}
"""
DATES = [("", ""), ("", ""), ("", ""), ("2025-09-15", ""), ("", "2025-09-30"), ("2025-09-10", "2025-10-10")]


def staff_of(dice: random.Random) -> list[tuple[int, str, str, str, str]]:
    """Three schools with numbers of their own; some people come late, some leave, some work at two schools."""
    rows = []
    for school in range(3):
        for number in range(8):
            role = dice.choice(["general_ed", "special_ed", "general_ed;coach"])
            rows.append((100 * (school + 1) + number, f"s{school}", role, *dice.choice(DATES)))
            if dice.random() < 0.1:
                rows.append((100 * (school + 1) + number, f"s{(school + 1) % 3}", "special_ed", "", ""))
    return rows


def events_of(dice: random.Random) -> dict[str, list[Any]]:
    """Meetings, some of them with guests on no roster, people of other schools, nobody, or an unknown list."""
    rows: list[dict[str, Any]] = []
    for number in range(90):
        school = dice.randrange(3)
        people = [100 * (school + 1) + dice.randrange(8) for _ in range(dice.randrange(4))]
        people += [dice.choice([7, 105, 209, 999])] if dice.random() < 0.2 else []
        start = datetime(2025, 9, 1, 9) + timedelta(days=dice.randrange(60))
        rows.append({"id": number, "type": "meeting", "team": f"t{school}", "school": f"s{school}", "start": start,
                     "participants": people if dice.random() < 0.95 else None})
    return {column: [row[column] for row in rows] for column in rows[0]}


def verdicts(folder: Path, seed: int, ids: pa.DataType) -> tuple[bytes, int, bool]:
    """The file of verdicts, how many participants were unknown, and whether roles were joined to the roster."""
    dice = random.Random(seed)
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULES)
    (folder / "schools.csv").write_text("school\n" + "".join(f"s{n}\n" for n in range(3)))
    (folder / "teams.csv").write_text("team,school\n" + "".join(f"t{n},s{n}\n" for n in range(3)))
    lines = [",".join(map(str, row)) for row in staff_of(dice)]
    (folder / "staff.csv").write_text("\n".join(["staff,school,roles,from,until", *lines]) + "\n")
    events = events_of(dice)
    events["participants"] = pa.array(events["participants"], pa.list_(pa.int64())).cast(pa.list_(ids))
    pq.write_table(pa.table(events), folder / "events.parquet")
    with Engine.from_file(folder / "rules.yaml").evaluate() as result:
        result.verdicts.write(folder / "verdicts.csv")
        unknown = result.scope.db.one("select sum(unknown_participants) from source_state")
        joined = bool(result.scope.db.one("select count(*) from duckdb_tables() where table_name = 'event_0_roles'"))
        return (folder / "verdicts.csv").read_bytes(), unknown, joined


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("in_file", [False, True])
def test_ids_that_are_numbers_and_ids_that_are_text_tell_the_same_roles(
    tmp_path: Path, seed: int, in_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers are told from a short list per school, so is text of many events, that of few is joined: verdicts and counts are equal, also in a file."""
    texts, strangers, joined = verdicts(tmp_path / "texts", seed, pa.string())
    monkeypatch.setattr(evaluate, "size_of", lambda ruleset: Size(math.inf, math.inf if in_file else 0))
    monkeypatch.setattr(roles, "PIECE", 20)
    numbers, unknown, told = verdicts(tmp_path / "numbers", seed, pa.int64())
    monkeypatch.setattr(Database, "plan_less", lambda db: None)
    many, many_strangers, many_told = verdicts(tmp_path / "many", seed, pa.string())
    assert joined and not told and not many_told      # two ways indeed
    assert numbers == texts == many
    assert unknown == strangers == many_strangers > 0


def test_a_school_with_very_many_people_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are compared one by one with those of the school: where it has too many, the roster is joined, and the same is told."""
    texts, strangers, _ = verdicts(tmp_path / "texts", 1, pa.string())
    monkeypatch.setattr(Database, "plan_less", lambda db: None)
    monkeypatch.setattr(roles, "LONGEST", 7)
    many, many_strangers, told = verdicts(tmp_path / "many", 1, pa.string())
    assert told
    assert (many, many_strangers) == (texts, strangers)
