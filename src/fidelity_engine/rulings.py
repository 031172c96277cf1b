"""Cells that are alike are judged once: what judge says of a cell follows from its frame and from what was measured in it.

Of whole things few different numbers are measured, in a few thousand frames. So the different ones are judged, each a
*ruling*, and a cell keeps the number of its ruling: millions of cells take a few bytes each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from fidelity_engine.beside import Job
from fidelity_engine.db import Database, text
from fidelity_engine.links import Ask
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.relations import GRID, MEASURED, Whole
from fidelity_engine.stages.judge import judge
from fidelity_engine.stages.measure import DONE, UNWATCHED, is_watched, observed
from fidelity_engine.stages.waive import disposition
from fidelity_engine.verdicts import RULING, SMALLER

SAME = re.compile(r"cast\((null|true|false|-?\d+|'[^']*') as [A-Z]+\)")
"""What a measure says of all cells alike."""
SMALLEST = SMALLER | dict.fromkeys((column for column, kind in SMALLER.items() if kind == "BIGINT"), "INTEGER")
"""What a cell keeps of a number: there are many of them, and most are small."""
SEEN = {**UNWATCHED, "pending": "false"}
"""What coverage adds, where nothing is ever silent or pending."""


def measured_alike(ask: Ask, kind: MeasureKind, rows: Whole) -> Job:
    """Measure one rule, and give what then adds its verdicts to `ruling` and `verdict_cell`, one rule after the other. `ask.grid` is made of frames."""
    differ = _differing(ask, rows)
    kept = list(dict.fromkeys(differ.values()))
    narrow = "".join(f", {column}{f'::{SMALLEST[column]}' if column in SMALLEST and not rows.large else ''} as {column}" for column in kept)
    cells, db = f"measured_{ask.scope.rule_no(ask.rule)}", ask.scope.db
    db.run(f"create or replace {db.shared} table {cells} as select subject_no, frame_no{narrow} from ({observed(ask, rows)})", ask.bound.values)
    judged = judge(ask.rule, kind, _source(ask, rows, differ), narrow=True)
    return partial(_add, ask, cells, kept, judged)


def _add(ask: Ask, cells: str, kept: Sequence[str], judged: str, db: Database) -> None:
    """Rulings for the different ones among `cells`, and for each cell the number of its own. `judged`: SELECT of what judge says of `alike`."""
    scope, number = ask.scope, ask.scope.rule_no(ask.rule)
    columns, order = ("".join(f", {place}{column}" for column in kept) for place in ("", "k."))
    db.run(f"""create or replace temp table alike as
        select (row_number() over (order by f.window_start, k.frame_no{order}) + (select coalesce(max(ruling_no), 0) from ruling))::integer as ruling_no, k.*
        from (select distinct frame_no{columns} from {cells}) k join {ask.grid}_frame f using (frame_no)""")
    db.run(f"insert into ruling by name select ruling_no, {number} as rule_no, {', '.join(RULING)} from ({judged})")
    same = "".join(f" and a.{column} is not distinct from s.{column}" for column in kept)
    dates = f"join {ask.grid}_frame f on f.frame_no = s.frame_no" if scope.has_waivers else ""
    db.run(f"""insert into verdict_cell by name select {number} as rule_no, v.subject_no, v.ruling_no, {disposition(scope, text(ask.rule.id))} as disposition
        from (select s.subject_no, a.ruling_no{', f.window_start, f.window_end' if dates else ''} from {cells} s
          join alike a on a.frame_no = s.frame_no{same} {dates}) v""")
    db.run(f"drop table {cells}; drop table alike")


def _differing(ask: Ask, rows: Whole) -> dict[str, str]:
    """The columns of `observed` in which cells of the same frame may differ → the first of them that says the same."""
    first: dict[str, str] = {}
    found = {}
    for column, sql in sorted(rows.said.items()):
        if column not in DONE and not SAME.fullmatch(sql):
            found[column] = first.setdefault(sql, column)
    further = ["due", "closed"] if "due" in rows.said else []
    further += list(SEEN) if is_watched(ask) else ["pending"] if "waiting" in rows.said else []
    return found | {column: column for column in further}


def _source(ask: Ask, rows: Whole, differ: Mapping[str, str]) -> str:
    """What judge reads, once for all cells that are alike: as `observed`."""
    defaults = {column: f"cast({default} as {'BIGINT' if kind.startswith('DECIMAL') else kind})" for column, (kind, default) in MEASURED.items()}
    listed = {column: sql for column, sql in {**defaults, **rows.said, **SEEN}.items() if column not in DONE}
    listed |= {column: f"f.{column}" for column in (*GRID, "class_no") if column != "subject_no"}
    listed |= {column: f"a.{told}" for column, told in differ.items()}
    columns = ", ".join(f"{sql} as {column}" for column, sql in listed.items())
    return f"""select a.ruling_no, {columns}, k.usual_week from alike a join {ask.grid}_frame f on f.frame_no = a.frame_no
        join clock_class k on k.class_no = f.class_no"""
