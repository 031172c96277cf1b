"""Places of members at events: however they are counted, they are the same, and there may be billions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine, evaluate

RULES = """
fidelity: 1
name: Places
timezone: America/Detroit
year: "2025-26"
period: {from: 2025-09-01, until: 2025-12-19}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: [training], coverage: always}
rules:
"""
RULE = """
  - {{id: {of}, title: They come, expect: {{of: {of}, each: month}}, measure: {{kind: participation, event: training, per: {per}}}, judge: {{at_least: 0.5}}}}
"""


def district(dice: random.Random) -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, Any]]]:
    """Two schools, four teams; members come and go, some on some weekdays, some in two rows; trainings with guests, or of unknown people."""
    staff: list[dict[str, Any]] = [{"staff": f"p{n}", "school": f"s{n % 2}", "from": "2025-10-06" if n % 5 == 0 else None} for n in range(16)]
    members = [{"team": f"t{n % 4}", "staff": f"p{n}", "from": None, "until": "2025-11-03" if n % 3 == 0 else None,
                "weekdays": "mon;wed;fri" if n % 4 == 0 else None, "expected": "false" if n == 7 else None} for n in range(16)]
    members += [{"team": "t1", "staff": "p1", "from": "2025-10-01", "until": None, "weekdays": None, "expected": None}]
    events = []
    for number in range(60):
        people = None if dice.random() < 0.05 else [f"p{dice.randrange(18)}" for _ in range(dice.randrange(9))]
        events.append({"id": f"e{number}", "type": "training", "team": f"t{dice.randrange(4)}", "school": f"s{dice.randrange(2)}",
                       "start": f"{date(2025, 9, 1) + timedelta(days=dice.randrange(100))}T09:00", "participants": people})
    roster = {"schools": [{"school": "s0"}, {"school": "s1"}], "teams": [{"team": f"t{n}", "school": f"s{n % 2}"} for n in range(4)],
              "staff": staff, "members": members}
    return roster, events


def ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Few events; many, with few members; many, with many."""
    yield "few"
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    yield "listed"
    monkeypatch.setattr(import_module("fidelity_engine.builtin.measures.participation"), "MOST_LISTED", 0)
    yield "one by one"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("per", ["event", "person"])
def test_places_are_the_same_however_they_are_counted(per: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Teams, schools and the district have the same places, and the same people there, whether members are listed, joined, or few."""
    roster, events = district(random.Random(seed))
    rules = RULES + "".join(RULE.format(of=of, per=per) for of in ("team", "school", "district"))
    found = {}
    for way in ways(monkeypatch):
        with Engine.from_text(rules, root=tmp_path).evaluate(as_of=date(2025, 12, 31), roster=roster, events=events) as result:
            found[way] = list(result.verdicts.rows())
    assert found["few"] == found["listed"] == found["one by one"]
    assert any(row["numerator"] for row in found["few"])


def test_billions_of_places(tmp_path: Path) -> None:
    """Fifty thousand people are expected at fifty thousand events: more places than 32 bits can count."""
    number = 50_001
    roster = {"schools": [{"school": "s"}], "teams": [{"team": "t", "school": "s"}], "staff": [{"staff": f"p{n}", "school": "s"} for n in range(number)]}
    events = [{"id": f"e{n}", "type": "training", "school": "s", "start": "2025-09-02T09:00", "participants": ["p1"]} for n in range(number)]
    with Engine.from_text(RULES + RULE.format(of="district", per="event"), root=tmp_path).evaluate(
        as_of=date(2025, 10, 15), roster=roster, events=events,
    ) as result:
        first = next(iter(result.verdicts.rows()))
        assert (int(first["numerator"]), int(first["denominator"])) == (number, number * number)
