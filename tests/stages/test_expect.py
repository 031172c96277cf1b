"""Expect: the grids of several rules made at once are those that each rule has alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fidelity_engine import Engine
from fidelity_engine.relations import GRID
from fidelity_engine.stages.expect import drop_grid, expect, expect_in_frames, expect_together

RULES = """
fidelity: 1
name: Grids
privacy: {person_level: true}
timezone: America/Detroit
year: "2025-26"
period: {from: 2025-09-01, until: 2026-06-05}
calendar: {weekdays: [mon, tue, wed, thu, fri], closed: [2025-11-24..2025-11-28], terms: {autumn: 2025-09-01..2026-01-30, spring: 2026-02-02..2026-06-05}}
evidence:
  log: {read: log.csv, delivers: [meeting], coverage: {always: true}}
rules:
  - {id: week, title: Week, expect: {of: team, each: week},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: patient, title: Patient, expect: {of: team, each: week},
     measure: {kind: count, event: meeting}, judge: {at_least: 1, grace: {instructional_days: 5}}}
  - {id: some, title: Some, expect: {of: team, each: week, where: {kind: grade-level}},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: peopled, title: Peopled, expect: {of: team, each: month, where: {members: {gte: 2}}},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: late, title: Late, expect: {of: team, each: month, starts_after: {instructional_days: 12}},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: between, title: Between, expect: {of: school, each: {weeks: 3}, from: 2025-10-01, until: 2025-12-01},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: long, title: Long, expect: {of: school, each: month, skip_below: {instructional_days: 16}},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: term, title: Term, expect: {of: team, each: term},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: each, title: Each, expect: {of: staff, each: month},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: year, title: Year, expect: {of: district, each: school_year},
     measure: {kind: count, event: meeting}, judge: {at_least: 1}}
"""
GIVEN = {
    "schools": [{"school": "lincoln"}, {"school": "garfield", "from": "2025-10-13"}],
    "teams": [
        {"team": "g3", "school": "lincoln", "kind": "grade-level"},
        {"team": "g4", "school": "garfield", "kind": "department", "until": "2026-01-16"},
    ],
    "staff": [
        *({"staff": name, "school": "lincoln", "role": "teacher"} for name in ("ann", "bob")),
        *({"staff": "cyd", "school": "lincoln", "role": "teacher", **dates} for dates in ({"until": "2025-12-01"}, {"from": "2026-02-02"})),
    ],
    "members": [{"team": "g3", "staff": "ann"}, {"team": "g3", "staff": "bob", "from": "2025-11-03"}],
}


def test_grids_together_are_those_of_each_rule_alone(tmp_path: Path) -> None:
    """Windows, filters, first days that do not count, limits and grace: the same cells in every column."""
    engine = Engine.from_text(RULES, root=tmp_path)
    with engine.evaluate(as_of=date(2026, 3, 6), roster=GIVEN, events=[]) as result:
        scope = result.scope
        assert scope is not None and scope.is_small
        together = expect_together(scope, engine.ruleset.rules)
        for rule in engine.ruleset.rules:
            expect(scope, rule, f"alone_{scope.rule_no(rule)}")
            both = f"alone_{scope.rule_no(rule)}", together[rule.id][1]
            alone, at_once = (scope.db.rows(f"select * from {cells} order by all") for cells in both)
            assert alone and at_once == alone, rule.id


def test_grids_in_frames_are_those_of_each_rule_alone(tmp_path: Path) -> None:
    """Subjects with the same days share the frames of their windows: the cells are the same in every column."""
    engine = Engine.from_text(RULES, root=tmp_path)
    teams = [*GIVEN["teams"], *({"team": f"t{n}", "school": "lincoln", "kind": "grade-level"} for n in range(20))]
    with engine.evaluate(as_of=date(2026, 3, 6), roster=GIVEN | {"teams": teams}, events=[]) as result:
        scope, columns = result.scope, ", ".join(GRID)
        assert scope is not None
        for number, rule in enumerate(engine.ruleset.rules):
            expect(scope, rule, f"alone_{number}")
            expect_in_frames(scope, rule, f"framed_{number}")
            alone, framed = (scope.db.rows(f"select {columns} from {made}_{number} order by all") for made in ("alone", "framed"))
            assert alone and framed == alone, rule.id
            in_order = scope.db.rows(f"select window_start, subject_no from framed_{number} order by subject_no, frame_no")
            assert in_order == sorted(in_order, key=lambda cell: (cell[1], cell[0])), rule.id
        frames = scope.db.one("select count(*) from framed_0_frame")
        assert 0 < frames < scope.db.one("select count(*) from framed_0") / 4
        drop_grid(scope, "framed_0")
        assert not scope.db.one("select count(*) from information_schema.tables where table_name like 'framed_0%'")
