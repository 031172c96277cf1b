"""Plain-function measures: the engine streams cells with their events, the function gives a value per cell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fidelity_engine.db import Database, day, name, text
from fidelity_engine.links import Ask
from fidelity_engine.plugin.returned import ELSEWHERE
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.relations import measured
from fidelity_engine.scope import Scope

if TYPE_CHECKING:
    from fidelity_engine.plugin.cells import Answers
    from fidelity_engine.plugin.crew import Crew

BATCH = 50_000
LOWEST = "-999999999999"     # stands for "nothing bounds it from below"
CELL_NO = "{0}.subject_no::bigint * 65536 + {0}.window_no"
"""The number of a cell, out of what a hit knows of it."""


def function_measured(ask: Ask, kind: MeasureKind, title: str) -> str:
    """Call the function for every cell of the grid; SELECT of the MEASURED columns from what it gave.

    `title` names plugin and version in the reason of a cell for which it raised.
    """
    _stage(ask, kind)
    _call(ask, kind)
    return measured(
        f"""{ask.grid} g join fn_cells c on c.cell_no = {CELL_NO.format("g")} join fn_result r on r.cell_no = c.cell_no""",
        low_num=f"case when r.state = 'ok' then coalesce(r.low, {LOWEST}) end", high_num="r.high",
        nothing="r.state = 'nothing'", undecided="r.state = 'unknown'",
        failure=f"case when r.state = 'error' then {text(title)} || ' ' || r.note end", events="c.matching",
        unknown="greatest(c.unknown, (r.state = 'unknown')::int)",
    )


def _stage(ask: Ask, kind: MeasureKind) -> None:
    """fn_events: the hits with the number of their cell; fn_cells: the grid with how many events each cell has."""
    db = ask.scope.db
    fields = list(dict.fromkeys([*kind.fields, "start", "id"]))
    columns = ", ".join(f"h.f_{i} as {name(field)}" for i, field in enumerate(fields))
    hits = ask.hits(ask.choice(), fields)
    db.run("; ".join(f"drop table if exists {table}" for table in ("fn_cells", "fn_events", "fn_result")))
    db.run(f"create table fn_events as select {CELL_NO.format('h')} as cell_no, h.p, {columns} from ({hits}) h", ask.bound.values)
    ask.bound.values.clear()
    db.run(f"""create table fn_cells as
        select {CELL_NO.format('g')} as cell_no, s.subject, s.school, g.window_start, g.window_end, g.days, g.closes_on, g.due, g.closed,
          coalesce(u.matching, 0) as matching, coalesce(u.unknown, 0) as unknown
        from {ask.grid} g join subject s on s.subject_no = g.subject_no
        left join (select cell_no, count(*) filter (p) as matching, count(*) filter (p is null) as unknown from fn_events group by all) u
          on u.cell_no = {CELL_NO.format('g')}""")
    db.run("create table fn_result (cell_no bigint, low decimal(18,6), high decimal(18,6), state varchar, note varchar)")


def _call(ask: Ask, kind: MeasureKind) -> None:
    from fidelity_engine.plugin.portions import portions

    db, rule = ask.scope.db, ask.rule
    fields = "".join(f", {name(field)}" for field in kind.fields)
    cells = db.batches(f"""select *, {text(rule.id)} as rule, {text(rule.expect.of)} as subject_kind, {day(ask.scope.as_of_date)} as as_of
        from fn_cells order by cell_no""", BATCH)
    events = db.batches(f"select cell_no{fields} from fn_events semi join fn_cells using (cell_no) where p order by cell_no, start, id", BATCH)
    for answers in _crew(ask.scope).answers(kind, ask.parameters, db.one("select count(*) from fn_cells"), portions(cells, events)):
        _keep(db, answers)


def _crew(scope: Scope) -> Crew:
    """Who calls functions in this evaluation: imported by the first one."""
    from fidelity_engine.plugin.crew import Crew

    if scope.crew is None:
        scope.crew = Crew(scope.named, int(scope.db.one("select current_setting('threads')")))
    return scope.crew


def _keep(db: Database, answers: Answers) -> None:
    """Add what the function said to fn_result."""
    with _whole_numbers(db, {"no": answers.numbers, "millionths": answers.values}):
        db.run(_VALUES)
    if answers.others:
        db.run(_OTHERS, {"rows": json.dumps([_row(*one) for one in answers.others])})


@contextmanager
def _whole_numbers(db: Database, columns: Mapping[str, Sequence[int | None]]) -> Iterator[None]:
    """Lists of whole numbers visible as the columns of `fn_said` for a while: many of them, at once."""
    if find_spec("pyarrow") is not None:
        import pyarrow  # type: ignore[import-untyped]

        with db.registered("fn_said", pyarrow.table({column: pyarrow.array(values, pyarrow.int64()) for column, values in columns.items()})):
            yield
        return
    # As texts: bound value by value they take twice as long.
    texts = {column: str(list(values)).replace("None", "NULL") for column, values in columns.items()}
    db.run(f"create or replace temp table fn_said as select {', '.join(f'unnest(${c}::bigint[]) as {name(c)}' for c in columns)}", texts)
    yield
    db.run("drop table fn_said")


_VALUES = f"""insert into fn_result select no, v, v, case when v is null then 'nothing' else 'ok' end, ''
    from (select no, (millionths * 0.000001::decimal(7,6))::decimal(18,6) as v from fn_said where millionths is distinct from {ELSEWHERE})"""
_OTHERS = """insert into fn_result by name select unnest(from_json($rows,
    '[{"cell_no": "BIGINT", "low": "DECIMAL(18,6)", "high": "DECIMAL(18,6)", "state": "VARCHAR", "note": "VARCHAR"}]'), recursive := true)"""


def _row(cell_no: int, low: Any, high: Any, state: str, note: str) -> dict[str, Any]:
    return {"cell_no": cell_no, "low": None if low is None else str(low), "high": None if high is None else str(high), "state": state, "note": note}
