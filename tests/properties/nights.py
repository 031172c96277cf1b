"""Random nights: the same district on several days, with records that come late, change or go, and now and then another rule or roster."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from properties.dice import Dice
from properties.districts import district_of
from properties.evidence import coverage, event
from properties.rules import rule
from properties.writer import write_district

DAY = timedelta(days=1)
Night = tuple[dict[str, Any], str]
COLUMNS = pa.schema([
    *((field, pa.string()) for field in ("id", "type", "start", "end", "status", "recorded_at", "school", "team", "topic", "ref")),
    ("minutes", pa.float64()), ("score", pa.float64()), ("used", pa.bool_()),
    *((field, pa.list_(pa.string())) for field in ("participants", "grades", "tags")),
])


def nights_of(dice: Dice, count: int = 3) -> list[Night]:
    """A district on some nights in their order, each with its `as_of`. Of Parquet sources each night has a file of its own."""
    made, _ = district_of(dice)
    first, last = (date.fromisoformat(made["rules"]["period"][key]) for key in ("from", "until"))
    for spec in made["rules"]["evidence"].values():
        spec["parquet"] = dice.chance(75)
    calm = dice.chance(70)
    if calm:
        _calm(dice, made)
    for name, spec in made["rules"]["evidence"].items():
        if spec.pop("parquet"):
            _as_parquet(dice, made, name, spec)
    as_of = first + dice.number((last - first).days // 2, (last - first).days - 4) * DAY
    found = []
    state = {name: _arriving(dice, rows, as_of) for name, rows in made["events"].items() if rows is not None}
    for night in range(count):
        if night:
            as_of += dice.pick([1, 1, 1, 3, 7, 0]) * DAY
            _change(dice, made, state, first, last, as_of, night, calm)
        shown = copy.deepcopy(made)
        shown["events"] |= {name: {n: [row for at, row in rows if at == n] for n in range(night + 1)} for name, rows in state.items()}
        found.append((shown, as_of.isoformat() + (dice.pick(["", "", "T15:30"]) if night == 0 else "")))
    return found


def _as_parquet(dice: Dice, made: dict[str, Any], name: str, spec: dict[str, Any]) -> None:
    spec["read"] = f"{name}/*.parquet"
    spec["columns"] = {field: {"column": field, **({"type": "list"} if field == "tags" else {})} for field in COLUMNS.names if field != "type"}
    if spec["coverage"] == {"through": "last_record"} and dice.chance(80):
        spec["coverage"] = "always"
    if dice.chance(80):
        for school in made["schools"]:
            school["timezone"] = None
    for row in made["events"][name] or ():
        _flatten(row)


def _calm(dice: Dice, made: dict[str, Any]) -> None:
    """Most sources are complete, and most records say of whom they are."""
    for spec in made["rules"]["evidence"].values():
        spec["coverage"] = "always" if dice.chance(70) else spec["coverage"]
    for rows in made["events"].values():
        for row in rows or ():
            _settle(dice, made, row) if dice.chance(95) else None


def _settle(dice: Dice, made: dict[str, Any], row: dict[str, Any]) -> None:
    """The record says of whom it is, and who took part."""
    row |= {"team": [dice.pick(made["teams"])["team"]], "school": None}
    row.setdefault("participants", [made["staff"][0]["staff"]] if made.get("staff") else [])


def _flatten(row: dict[str, Any]) -> None:
    for field in ("team", "school"):
        if isinstance(row.get(field), list):
            row[field] = row[field][0] if row[field] else None


def _arriving(dice: Dice, rows: list[dict[str, Any]], as_of: date) -> list[tuple[int, dict[str, Any]]]:
    """Each row with the night on which it arrives: mostly when it has happened."""
    return [(0 if row["start"][:10] <= as_of.isoformat() and dice.chance(90) else dice.pick([0, 1, 1, 2]), row) for row in rows]


def _change(
    dice: Dice, made: dict[str, Any], state: dict[str, Any], first: date, last: date, as_of: date, night: int, calm: bool,
) -> None:
    """What else happens until the next night."""
    for name, rows in state.items():
        spec = made["rules"]["evidence"][name]
        for _ in range(dice.pick([0, 0, 1, 3])):       # yesterday's records, new or of something that was recorded before
            row = event(dice, made, spec, f"e{dice.number(0, 30)}" if dice.chance(20) else f"n{night}-{dice.number(0, 99)}", first, last)
            row["start"] = (as_of - (20 if dice.chance(15) else dice.number(0, 2)) * DAY).isoformat() + "T10:00"
            _settle(dice, made, row) if calm and dice.chance(95) else None
            _flatten(row) if spec["read"].endswith("parquet") else None
            rows.append((night, row))
        if rows and dice.chance(6):
            rows.pop(dice.number(0, len(rows) - 1))
        if rows and dice.chance(8):
            rows[dice.number(0, len(rows) - 1)][1]["minutes"] = 45
    if dice.chance(20):
        dice.pick([_other_roster, _other_rule, _other_title, _other_source, _snow_day, _confirmed])(dice, made, first, last, as_of)


def _other_roster(dice: Dice, made: dict[str, Any], first: date, last: date, as_of: date) -> None:
    made["teams"][0]["kind"] = "department"


def _other_rule(dice: Dice, made: dict[str, Any], first: date, last: date, as_of: date) -> None:
    made["rules"]["rules"].insert(dice.number(0, 1), rule(dice, made, 50 + len(made["rules"]["rules"]), first, last))


def _other_title(dice: Dice, made: dict[str, Any], first: date, last: date, as_of: date) -> None:
    made["rules"]["rules"][0]["title"] = f"As it is called since {as_of}"


def _other_source(dice: Dice, made: dict[str, Any], first: date, last: date, as_of: date) -> None:
    made["rules"]["evidence"]["log"]["coverage"] = coverage(dice, [], first, last)


def _snow_day(dice: Dice, made: dict[str, Any], first: date, last: date, as_of: date) -> None:
    made["calendar"] = [*made.get("calendar", []), {"date": (as_of - 3 * DAY).isoformat(), "school": None, "kind": "weather"}]


def _confirmed(dice: Dice, made: dict[str, Any], first: date, last: date, as_of: date) -> None:
    made["complete"] = [*made.get("complete", []), {"source": "log", "school": None, "through": as_of.isoformat(), "at": None}]


def write_night(night: dict[str, Any], folder: Path) -> Path:
    """The district's files as they are that night; gives the rule file."""
    plain = copy.copy(night)
    plain["events"] = {}
    for name, by_night in night["events"].items():
        spec = night["rules"]["evidence"][name]
        if not spec["read"].endswith("parquet"):
            plain["events"][name] = by_night if by_night is None else [row for rows in by_night.values() for row in rows]
        elif by_night is not None:
            (folder / name).mkdir(parents=True, exist_ok=True)
            for number, rows in by_night.items():
                table = pa.Table.from_pylist([{field: row.get(field) for field in COLUMNS.names} for row in rows], COLUMNS)
                pq.write_table(table, folder / name / f"night-{number}.parquet")
    return write_district(plain, folder)
