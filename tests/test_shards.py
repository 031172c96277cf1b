"""How a large district is cut into shards."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidelity_engine import Engine, shards

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-09-28}
as_of: 2025-10-10
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}, staff: {read: staff.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: meeting, columns: {id: id, team: team, start: start}, coverage: always}
rules:
  - {id: weekly, title: Teams meet, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: yearly, title: Schools meet, expect: {of: school, each: school_year}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - id: reach
    title: People come
    expect: {of: school, each: week}
    measure: {kind: participation, event: meeting, per: person}
    judge: {at_least: 0.5}
  - {id: overall, title: The district meets, expect: {of: district, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
"""
WHOLE = [(0, 2**31 - 1)]
CASES = [          # cells that are one shard, the rule, first and last school of each shard
    (8, "weekly", [(0, 2), (3, 4), (5, 2**31 - 1)]),                 # a team of each school has four windows
    (9, "weekly", [(0, 2), (3, 4), (5, 2**31 - 1)]),
    (3, "weekly", [(0, 1), (2, 2), (3, 3), (4, 4), (5, 2**31 - 1)]),
    (20, "weekly", [(0, 2**31 - 1)]),
    (2, "yearly", [(0, 2), (3, 4), (5, 2**31 - 1)]),
    (16, "reach", [(0, 4), (5, 2**31 - 1)]),                         # its two people count, and shards are three times as large
    (1, "overall", WHOLE),
]


@pytest.mark.parametrize(("cells", "rule", "expected"), CASES)
def test_shards_have_so_many_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: int, rule: str, expected: list[tuple[int, int]]
) -> None:
    """Whole schools, as many as have so many cells of the rule at most."""
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "schools.csv").write_text("school\n" + "".join(f"s{n}\n" for n in range(5)))
    (tmp_path / "teams.csv").write_text("team,school\n" + "".join(f"t{n},s{n}\n" for n in range(5)))
    (tmp_path / "staff.csv").write_text("staff,school\n" + "".join(f"p{n},s{n // 2}\n" for n in range(10)))
    (tmp_path / "log.csv").write_text("id,team,start\n1,t0,2025-09-02T09:00\n")
    with Engine.from_file(tmp_path / "rules.yaml").evaluate() as result:
        assert result.scope is not None
        ours = next(one for one in result.scope.ruleset.rules if one.id == rule)
        monkeypatch.setattr(shards, "CELLS", cells)
        assert shards.ranges(result.scope, [ours], shards.times(ours)) == expected
