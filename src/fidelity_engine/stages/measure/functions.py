"""Plain-function measures: the engine streams cells with their events, the function gives a value per cell."""

from __future__ import annotations

from itertools import islice
from typing import Any

from fidelity_engine.db import day, name, text
from fidelity_engine.links import Ask
from fidelity_engine.plugin.cells import CellResult, evaluate_cells
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.relations import measured

BATCH = 50_000
LOWEST = "-999999999999"     # stands for "nothing bounds it from below"


def function_measured(ask: Ask, kind: MeasureKind, title: str) -> str:
    """Call the function for every cell of the grid; SELECT of the MEASURED columns from what it gave.

    `title` names plugin and version in the reason of a cell for which it raised.
    """
    _stage(ask, kind)
    _call(ask, kind)
    return measured(
        f"""{ask.grid} g join fn_cells c on c.subject_no = g.subject_no and c.window_no = g.window_no
        join fn_result r on r.cell_no = c.cell_no""",
        low_num=f"case when r.state = 'ok' then coalesce(r.low, {LOWEST}) end", high_num="r.high",
        nothing="r.state = 'nothing'", undecided="r.state = 'unknown'",
        failure=f"case when r.state = 'error' then {text(title)} || ' ' || r.note end", events="c.t", unknown="greatest(c.unknown, (r.state = 'unknown')::int)",
    )


def _stage(ask: Ask, kind: MeasureKind) -> None:
    """fn_cells: the grid, numbered school by school; fn_events: matching events in the order of cell, start, id."""
    db, rule = ask.scope.db, ask.rule
    fields = list(dict.fromkeys([*kind.fields, "start", "id"]))
    columns = ", ".join(f"h.f_{i} as {name(field)}" for i, field in enumerate(fields))
    hits = ask.hits(ask.choice(), fields)
    for table in ("fn_cells", "fn_events", "fn_result", "fn_hits"):
        db.run(f"drop table if exists {table}")
    db.run(f"create table fn_hits as select h.subject_no, h.window_no, h.p, {columns} from ({hits}) h", ask.bound.values)
    ask.bound.values.clear()
    db.run(f"""create table fn_cells as
        select row_number() over (order by g.school_no, g.subject_no, g.window_start) as cell_no, g.subject_no, g.window_no,
          {text(rule.id)} as rule, s.subject_kind, s.subject, s.school, g.window_start, g.window_end, g.days, g.closes_on, g.due, g.closed,
          {day(ask.scope.as_of_date)} as as_of, coalesce(u.t, 0) as t, coalesce(u.unknown, 0) as unknown
        from {ask.grid} g join subject s on s.subject_no = g.subject_no
        left join (select subject_no, window_no, count(*) filter (p) as t, count(*) filter (p is null) as unknown from fn_hits group by all) u
          on u.subject_no = g.subject_no and u.window_no = g.window_no""")
    db.run("""create table fn_events as select c.cell_no, h.* exclude (subject_no, window_no, p) from fn_hits h
        join fn_cells c on c.subject_no = h.subject_no and c.window_no = h.window_no where h.p""")
    db.run("create table fn_result (cell_no bigint, low decimal(18,6), high decimal(18,6), state varchar, note varchar)")


def _call(ask: Ask, kind: MeasureKind) -> None:
    db = ask.scope.db
    fields = ", ".join(name(field) for field in kind.fields)
    cells = db.batches("select * from fn_cells order by cell_no", BATCH)
    events = db.batches(f"select cell_no{', ' + fields if fields else ''} from fn_events order by cell_no, start, id", BATCH)
    results = evaluate_cells(kind, ask.parameters, cells, events)
    while chunk := list(islice(results, BATCH)):
        db.run(_INSERT, dict(zip("abcde", map(list, zip(*map(_row, chunk), strict=True)), strict=True)))


_INSERT = """insert into fn_result select unnest($a::bigint[]), unnest($b::varchar[])::decimal(18,6), unnest($c::varchar[])::decimal(18,6),
    unnest($d::varchar[]), unnest($e::varchar[])"""


def _row(result: CellResult) -> tuple[Any, ...]:
    low, high = (None if end is None else str(end) for end in (result.low, result.high))
    return (result.cell_no, low, high, result.state, result.note)
