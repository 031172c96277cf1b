"""The cells of the last run: those that were open, and those that are carried over."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fidelity_engine.carry.kept import Kept
from fidelity_engine.db import Database
from fidelity_engine.model.rule import Rule
from fidelity_engine.verdicts import TABLES, prepare_verdicts


def create_former_cells(db: Database, former: Kept) -> None:
    """Make `former_cell` (rule_no, school_no, window_end): the cells that were not closed."""
    cells = " union all ".join(f"select rule_no, subject_no, window_end from {former.table(table)} where not closed" for table in TABLES)
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
    for table in TABLES:
        db.run(f"""insert into {table} by name select v.* replace (m.now_no as rule_no, q.now_no as source_no)
            from {former.table(table)} v join rule_map m on m.then_no = v.rule_no
            join (values {listed}) k(rule_no, key_no) on k.rule_no = m.now_no join subject s on s.subject_no = v.subject_no
            join carried_since c on c.key_no = k.key_no and c.school_no = coalesce(s.school_no, 0) and v.window_end < c.since
            left join source_map q on q.then_no = v.source_no""")
    return int(db.one("select count(*) from verdict") or 0)
