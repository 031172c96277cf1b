"""The cells of the last run: those that were open, and those that are carried over."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fidelity_engine.carry.kept import Kept
from fidelity_engine.db import Database
from fidelity_engine.model.rule import Rule
from fidelity_engine.verdicts import prepare_verdicts


def create_former_cells(db: Database, former: Kept) -> None:
    """Make `former_cell` (rule_no, school_no, window_end): the cells that were not closed."""
    ruled = f"""select c.rule_no, c.subject_no, r.window_end from {former.table("verdict_cell")} c join {former.table("ruling")} r on r.ruling_no = c.ruling_no
        where not r.closed"""
    cells = f"{ruled} union all select rule_no, subject_no, window_end from {former.table('verdict_number')} where not closed"
    db.run(f"""create or replace temp table former_cell as select m.now_no as rule_no, coalesce(s.school_no, 0) as school_no, v.window_end
        from ({cells}) v join rule_map m on m.then_no = v.rule_no join subject s on s.subject_no = v.subject_no""")


def carry_cells(db: Database, former: Kept, rules: Collection[Rule], keys: Mapping[int, int]) -> int:
    """Make the relation `verdict` with the cells before the horizon, and `carried_cell` over it; gives their number.

    `carried_since` (key_no, school_no, since) is the earliest horizon of rules that share a grid. `keys`: rule → its grid.
    """
    listed = ", ".join(f"({no}, {key})" for no, key in keys.items())
    db.run(f"""create or replace temp table carried_since as select k.key_no, h.school_no, min(h.since) as since
        from horizon h join (values {listed}) k(rule_no, key_no) on k.rule_no = h.rule_no group by all""")
    prepare_verdicts(db, rules, small=False)
    db.run("create or replace temp view carried_cell as select * from verdict_named")
    now = f"join rule_map m on m.then_no = v.rule_no join (values {listed}) k(rule_no, key_no) on k.rule_no = m.now_no"
    kept = "join subject s on s.subject_no = v.subject_no join carried_since c on c.key_no = k.key_no and c.school_no = coalesce(s.school_no, 0)"
    sources = "left join source_map q on q.then_no = v.source_no"
    db.run(f"""insert into verdict_cell by name select v.* replace (m.now_no as rule_no) from {former.table("verdict_cell")} v {now} {kept}
          join {former.table("ruling")} r on r.ruling_no = v.ruling_no and r.window_end < c.since""")
    db.run(f"""insert into ruling by name select v.* replace (m.now_no as rule_no, q.now_no as source_no) from {former.table("ruling")} v {now} {sources}
          semi join (select distinct ruling_no from verdict_cell) u on u.ruling_no = v.ruling_no""")
    db.run(f"""insert into verdict_number by name select v.* replace (m.now_no as rule_no, q.now_no as source_no)
          from {former.table("verdict_number")} v {now} {kept} and v.window_end < c.since {sources}""")
    return int(db.one("select (select count(*) from verdict_cell) + (select count(*) from verdict_number)") or 0)


def cells_kept() -> dict[str, str]:
    """Table → SELECT of what the next run can carry over."""
    used = "select * from ruling semi join (select distinct ruling_no from verdict_cell) using (ruling_no)"
    return {"ruling": used, "verdict_cell": "select * from verdict_cell", "verdict_number": "select * from verdict_number"}
