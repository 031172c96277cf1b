"""Pieces of files that name few of all people: what they tell is what one list of all tells."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loaded import HEAD

from fidelity_engine import Engine
from fidelity_engine.db import Database
from fidelity_engine.stages.load import events as events_made
from fidelity_engine.stages.load import pieces
from fidelity_engine.stages.load.alone import complete
from fidelity_engine.stages.load.blocks import Blocks

SCHOOLS = 12
RULES = HEAD + """evidence:
  log:
    read: events/*.parquet
    type: {column: type}
    delivers: [meeting, training, review]
    columns: {id: id, team: team, school: school, start: start, participants: participants}
    coverage: always
rules:
  - id: both-roles
    title: Both roles at one table
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting, where: {roles: {all_of: [general_ed, special_ed]}}}
    judge: {at_least: 1}
  - id: everybody
    title: Who works at a school comes to one of its meetings
    expect: {of: school, each: month}
    measure: {kind: participation, event: meeting, per: person}
    judge: {at_least: 0.6}
  - id: training
    title: A school is trained each month
    expect: {of: school, each: month}
    measure: {kind: count, event: training}
    judge: {at_least: 1}
  - id: review
    title: A school reviews each month
    expect: {of: school, each: month}
    measure: {kind: count, event: review}
    judge: {at_least: 1}
"""


def write_district(folder: Path, files: int, sorted_by: str, lowest: int = 1) -> None:
    """Schools with numbers of their own, and so many files of events, in the order of the schools or of dates; guests and people of elsewhere among them."""
    dice = random.Random(files)
    (folder / "events").mkdir(parents=True)
    (folder / "rules.yaml").write_text(RULES)
    (folder / "schools.csv").write_text("school\n" + "".join(f"s{n:02}\n" for n in range(SCHOOLS)))
    (folder / "teams.csv").write_text("team,school\n" + "".join(f"t{n},s{n:02}\n" for n in range(SCHOOLS)))
    roles = ["general_ed", "special_ed", "coach"]
    staff = [f"{100 * school + place + lowest},s{school:02},{dice.choice(roles)}" for school in range(SCHOOLS) for place in range(8)]
    (folder / "staff.csv").write_text("\n".join(["staff,school,roles", *staff]) + "\n")
    rows: list[dict[str, Any]] = []
    for school in range(SCHOOLS):
        for kind in ["meeting"] * 60 + ["training"] * 8 + ["review"] * 8:
            people = [100 * school + lowest + dice.randrange(8) for _ in range(dice.randrange(5))]
            people += [dice.choice([0, -1, -2**63, 2**63 - 1, 7, 1105, 5000])] if dice.random() < 0.2 else []
            rows.append({"type": kind, "team": f"t{school}", "school": f"s{school:02}", "start": datetime(2025, 9, 1, 9) + timedelta(days=dice.randrange(60)),
                         "participants": people if dice.random() < 0.95 else None})
    rows.sort(key=lambda row: row[sorted_by])
    table = pa.Table.from_pylist([{"id": number, **row} for number, row in enumerate(rows)])
    size = -(-len(rows) // files)
    for file in range(files):
        pq.write_table(table.slice(file * size, size), folder / "events" / f"part-{file:02}.parquet", row_group_size=100)


def told(folder: Path, monkeypatch: pytest.MonkeyPatch, places: float) -> tuple[bytes, int | None]:
    """The file of verdicts, and in how many pieces meetings came, where so many places are worth one; None where there was no list of all."""
    used: list[Blocks] = []
    monkeypatch.setattr(Database, "plan_less", lambda db: None)
    monkeypatch.setattr(pieces, "PLACES", places)
    monkeypatch.setattr(events_made, "complete", lambda db, relation, blocks: used.append(blocks) or complete(db, relation, blocks))
    with Engine.from_file(folder / "rules.yaml").evaluate() as result:
        result.verdicts.write(folder / "verdicts.csv")
        assert sum(result.scope.db.one("select list(unknown_participants) from event_0")) > 0
    assert all(one.of_all for one in used)
    return (folder / "verdicts.csv").read_bytes(), len(used[0].pieces) if used else None


@pytest.mark.parametrize(("files", "cut"), [(1, 8), (2, 8), (3, 6), (5, 5), (12, 8)])
def test_a_list_for_each_piece_tells_what_one_list_of_all_tells(tmp_path: Path, files: int, cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files in the order of schools are cut into pieces, each with a list of its own people: the verdicts are those of one list."""
    write_district(tmp_path, files, "school")
    one_list, uncut = told(tmp_path, monkeypatch, math.inf)
    assert uncut == 0
    assert told(tmp_path, monkeypatch, 100) == (one_list, cut)


def test_files_in_the_order_of_dates_are_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each part of the files names people of all schools there is one list."""
    write_district(tmp_path, 3, "start")
    assert told(tmp_path, monkeypatch, 100)[1] == 0


def test_numbers_below_zero_have_no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place of the largest number after a negative one is no number any more: the roster is joined."""
    write_district(tmp_path, 1, "school", lowest=-4)
    assert told(tmp_path, monkeypatch, math.inf)[1] is None


@pytest.mark.parametrize(("files", "count"), [(1, 2), (1, 8), (2, 5), (3, 8), (4, 7), (7, 8), (8, 8), (30, 8)])
def test_each_row_is_in_one_piece(files: int, count: int) -> None:
    """The condition of exactly one piece holds for a row, that whose number is told; also beyond the rows and the files that were counted."""
    number, conditions = pieces._cut(files, count, 50)
    held = " + ".join(f"({condition})::integer" for condition in conditions)
    that = " ".join(f"when {condition} then {piece}" for piece, condition in enumerate(conditions))
    database = Database()
    rows = f"(select f as file_no, f as file_index, n as row_no, n as file_row_number from range({files}) f(f), range(70) n(n)) r"
    found = database.rows(f"select {held}, case {that} end = {number}, count(*) from {rows} group by all")
    beyond = database.rows(f"select {held}, count(*) from (select {files} as file_index, n as file_row_number from range(70) n(n)) group by all")
    database.close()
    assert (found, beyond) == ([(1, True, files * 70)], [(1, 70)])
    assert len(conditions) <= count
