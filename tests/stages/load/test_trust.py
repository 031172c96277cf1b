"""Rows that are trusted: events are laid down before it is known whether all is sound, and what is told is the same as with care."""

from __future__ import annotations

import random
from ast import literal_eval
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from loaded import HEAD

from fidelity_engine import Engine
from fidelity_engine.db import Database
from fidelity_engine.stages.load import ahead, laying

RULES = HEAD + """evidence:
  log:
    read: events.parquet
    type: {column: type}
    delivers: [meeting, training, review]
    columns: {id: id, team: team, school: school, start: start, participants: participants}
    coverage: always
  notes:
    read: notes.csv
    delivers: note
    columns: {id: id, team: team, start: start}
    coverage: always
rules:
  - id: both-roles
    title: Both roles at one table
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting, where: {roles: {all_of: [general_ed, special_ed]}}}
    judge: {at_least: 1}
  - id: reviews
    title: Reviews come often
    expect: {of: team, each: school_year}
    measure: {kind: gap, event: review}
    judge: {at_most: 20}
  - id: everybody
    title: Who works at a school comes to one of its trainings
    expect: {of: school, each: month}
    measure: {kind: participation, event: training, per: person}
    judge: {at_least: 0.6}
"""
TOLD = ("source_state", "quarantine", "quarantine_count", "bad_value", "delivery")
Row = dict[str, Any]


def rows() -> list[Row]:
    """Eighty meetings, and twelve of each other type, of two schools."""
    found = []
    for number in range(104):
        school = number % 2
        kind = "meeting" if number < 80 else ("training", "review")[number // 2 % 2]
        start = datetime(2025, 9, 1, 9) + timedelta(days=number * 7 % 60)
        people = [10 * school + 10 + place for place in range(number % 4)] + ([999] if number % 9 == 0 else [])
        found.append({"id": number, "type": kind, "team": f"t{school}", "school": f"s{school}", "start": start, "participants": people})
    return found


def _set(place: int, **columns: Any) -> Callable[[list[Row]], None]:
    return lambda found: found[place].update(columns)


def _two(found: list[Row]) -> None:
    found[3]["start"] = None
    found[5]["school"] = "s0"


def _again(place: int, **columns: Any) -> Callable[[list[Row]], None]:
    return lambda found: found.append({**found[place], **columns})


def _most_without_id(found: list[Row]) -> None:
    for row in found[:80]:
        row["id"] = None


SOUND, REST, ANEW = [1, 0], [1, 1], [2, 1]
"""How often events are laid down, and how often rows are weighed after all."""
FAULTS: dict[str, tuple[Callable[[list[Row]], None], list[int]]] = {
    "nothing": (lambda found: None, SOUND),
    "a guest, a team on no roster": (_set(3, participants=[-5, 0, 12345], team="t9"), SOUND),
    "a meeting without start": (_set(3, start=None), REST),
    "a meeting of nobody that is known": (_set(3, team="t9", school="s9"), ANEW),
    "a meeting in the future": (_set(3, start=datetime(2026, 1, 5, 9)), REST),
    "a meeting of a team of another school": (_set(3, team="t0", school="s1"), ANEW),
    "a meeting of no school": (_set(3, team=None, school=None), ANEW),
    "a meeting that only people link": (_set(3, team=None, school=None, participants=[10, 11]), ANEW),
    "a meeting that stands twice": (_again(3), [1, 0]),
    "a meeting with two versions": (_again(3, start=datetime(2025, 9, 3, 9)), [1, 0]),
    "two meetings wrong": (_two, ANEW),
    "a training without start": (_set(81, start=None), [2, 1]),
    "a training that is a meeting too": (_again(81, type="meeting"), [1, 0]),
    "a type that nobody delivers": (_set(3, type="party"), [1, 0]),
    "no type": (_set(3, type=None), [1, 0]),
    "most rows without id": (_most_without_id, [1, 0]),
}


def told(folder: Path, monkeypatch: pytest.MonkeyPatch, found: list[Row], trusting: bool, rules: str = RULES) -> tuple[bytes, list[Any], list[int]]:
    """The file of verdicts, what is told of the sources, and how often events were laid down and rows weighed after all."""
    folder.mkdir(exist_ok=True)
    (folder / "rules.yaml").write_text(rules)
    (folder / "schools.csv").write_text("school\ns0\ns1\n")
    (folder / "teams.csv").write_text("team,school\nt0,s0\nt1,s1\n")
    (folder / "staff.csv").write_text("staff,school,roles\n" + "".join(
        f"{10 * school + 10 + place},s{school},{('general_ed', 'special_ed', 'coach')[place]}\n" for school in range(2) for place in range(3)))
    (folder / "notes.csv").write_text("id,team,start\n1,t0,2025-09-03 09:00\n")
    if not (folder / "events.parquet").exists():
        pq.write_table(pa.table({column: [row[column] for row in found] for column in found[0]}), folder / "events.parquet")
    counts = [0, 0]
    with monkeypatch.context() as patched:
        patched.setattr(Database, "plan_less", lambda db: None)
        for place, name in enumerate(("_laid", "_weigh_each")):
            original = getattr(laying, name)

            def counted(*given: Any, _place: int = place, _original: Any = original) -> Any:
                counts[_place] += 1
                return _original(*given)

            patched.setattr(laying, name, counted)
        if not trusting:
            patched.setattr(ahead, "trusted", lambda *given: None)
        with Engine.from_file(folder / "rules.yaml").evaluate() as result:
            result.verdicts.write(folder / "verdicts.csv")
            known = [sorted(map(str, result.scope.db.rows(f"from {relation}"))) for relation in TOLD]
            return (folder / "verdicts.csv").read_bytes(), known, counts


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_trusted_is_told_as_what_is_weighed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Whatever is wrong with a few rows: verdicts, counts and quarantine are the same, and nothing is done twice without need."""
    change, counts = FAULTS[fault]
    found = rows()
    change(found)
    careful = told(tmp_path / "district", monkeypatch, found, trusting=False)
    trusting = told(tmp_path / "district", monkeypatch, found, trusting=True)
    assert trusting[:2] == careful[:2]
    assert careful[2] == [1, 0] and trusting[2] == counts


ONE_TYPE = """
    read: events.parquet
    delivers: [meeting]
    columns: {id: id, team: team, school: school, start: start}
    coverage: always
rules:
  - {id: often, title: T, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: together, title: T, expect: {of: district, each: month}, measure: {kind: count, event: meeting}, judge: {at_least: 9}}
"""


@pytest.mark.parametrize(("place", "columns", "counts"), [(3, {}, SOUND), (3, {"team": None, "school": None}, ANEW), (5, {"start": None}, REST)])
def test_one_type_of_which_nobody_says_who_took_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, columns: Row, counts: list[int]
) -> None:
    """No type has few events, and nobody could link an event of no school, which counts for the district all the same."""
    found, rules = [row for row in rows() if row["type"] == "meeting"], RULES[:RULES.index("  log:")] + "  log:" + ONE_TYPE
    found[place].update(columns)
    careful = told(tmp_path / "district", monkeypatch, found, trusting=False, rules=rules)
    trusting = told(tmp_path / "district", monkeypatch, found, trusting=True, rules=rules)
    assert trusting[:2] == careful[:2] and trusting[2] == counts


@pytest.mark.parametrize("seed", range(24))
def test_no_damage_is_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Bytes that are lost anywhere in a file: it can be read, or it is told why not, whichever way its rows are looked at."""
    folder, dice = tmp_path / "district", random.Random(seed)
    told(folder, monkeypatch, rows(), trusting=True)
    path = folder / "events.parquet"
    damaged = bytearray(path.read_bytes())
    place = dice.randrange(4, len(damaged) - 8)
    damaged[place:place + 4] = dice.randbytes(4)
    path.write_bytes(bytes(damaged))
    found = told(folder, monkeypatch, [], trusting=True)
    assert found[:2] == told(folder, monkeypatch, [], trusting=False)[:2]
    for _, _, readable, *_, cause in map(literal_eval, found[1][0]):
        assert readable or cause


def test_a_damaged_page_is_the_source_s_own_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of which some bytes are lost behind the types cannot be used, and says so; it is no traceback."""
    folder = tmp_path / "district"
    told(folder, monkeypatch, rows(), trusting=True)
    path = folder / "events.parquet"
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(4)
    assert chunk.path_in_schema == "start"
    damaged = bytearray(path.read_bytes())
    begin = chunk.dictionary_page_offset or chunk.data_page_offset
    damaged[begin:begin + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(bytes(damaged))
    careful = told(folder, monkeypatch, [], trusting=False)
    assert told(folder, monkeypatch, [], trusting=True)[:2] == careful[:2]
    assert any("log" in state and "False" in state for state in careful[1][0])
