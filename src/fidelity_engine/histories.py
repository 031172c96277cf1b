"""Histories: what was judged of each rule and subject, in window order, as one list of numbers. Episodes are found in it without sorting again.

A number packs where the cell stands among the others of its list, which row of `said_dates` has its dates, and what is
true of it. So a list is sorted by being sorted as numbers, and nothing else is carried along.
"""

from __future__ import annotations

from collections.abc import Collection

from fidelity_engine.db import Database
from fidelity_engine.scope import Scope
from fidelity_engine.verdicts import has_numbers

MET, JUDGED, ACTIVE = 1, 2, 4
SAID, PLACE = 3, 37
"""The bits from which on the number of the row stands, and the place of the cell."""
OF_NUMBERS = 1 << 31
"""Rows of `verdict_number` are numbered from here on, those of `ruling` below."""
AT_ONCE = 100_000
"""Where relations lie in a file, lists of so many subjects are made at a time: while they grow they are held in memory."""


def create_histories(scope: Scope, unjudged: Collection[int]) -> None:
    """Create `history` (rule_no, subject_no, cells, newest) of all active rules of `rule_row`. `newest`: the disposition of the newest cell.

    `unjudged`: rules (by number) whose histories hold all cells; those of the others hold the judged ones alone.
    """
    db, others = scope.db, scope.has_waivers or scope.has_disputes
    kept = f"judged or rule_no in ({', '.join(map(str, unjudged))})" if unjudged else "judged"
    cells, newest = "list_sort(list(cell))", "'active'"
    if others:
        cells, newest = f"coalesce(list_sort(list(cell) filter ({kept})), [])", "arg_max(disposition, place)::varchar"
    if unjudged:          # so that it shows how many cells lie between two
        cells = f"list_transform({cells}, lambda cell, place: (place::bigint << {PLACE}) | (cell & {(1 << PLACE) - 1}))"
    for place, part in enumerate(_parts(db)):
        db.run(f"""{'insert into history' if place else 'create or replace temp table history as'}
            select rule_no::integer as rule_no, subject_no, {cells} as cells, {newest} as newest from ({_cells(scope, part)})
            {'' if others else f'where {kept}'} group by rule_no, subject_no""")


def _parts(db: Database) -> list[str]:
    """Conditions on a cell that take each of them once."""
    if not db.in_file:
        return ["true"]
    subjects = int(db.one("select max(subject_no) from subject") or 0)
    parts = [f"rule_no = {no} and subject_no between {low} and {low + AT_ONCE - 1}"
            for (no,) in db.rows("select rule_no from rule_row where mode = 'active'") for low in range(0, subjects + 1, AT_ONCE)]
    return parts or ["false"]


def _cells(scope: Scope, part: str) -> str:
    """SELECT of (rule_no, subject_no, place, disposition, judged, cell) of the active rules."""
    asked = f"{part} and rule_no in (select rule_no from rule_row where mode = 'active')"
    if scope.is_small:
        return _packed(f"select *, rowid as said_no from verdict where {asked}")
    of_rulings = _packed(f"""select c.rule_no, c.subject_no, c.ruling_no as said_no, c.disposition, r.window_no, r.verdict
        from (select * from verdict_cell where {asked}) c join ruling r on r.ruling_no = c.ruling_no""")
    numbers = f"select *, {OF_NUMBERS} + rowid as said_no from verdict_number where {asked}"
    return f"{of_rulings} union all {_packed(numbers)}" if has_numbers(scope.db) else of_rulings


def _packed(cells: str) -> str:
    marks = f"(verdict = 'met')::bigint * {MET} + judged::bigint * {JUDGED} + (disposition = 'active')::bigint * {ACTIVE}"
    return f"""select rule_no, subject_no, window_no as place, disposition, judged,
          (window_no::bigint << {PLACE}) + (said_no::bigint << {SAID}) + {marks} as cell
        from (select *, verdict in ('met', 'missed') and disposition <> 'waived' as judged from ({cells}))"""


def is_met(cell: str) -> str:
    """Condition: a cell of a history was met."""
    return f"{cell} & {MET} <> 0"


def said_no(cell: str) -> str:
    """SQL for the number that the row of a cell has in `said_dates`."""
    return f"({cell} >> {SAID}) & {(1 << PLACE - SAID) - 1}"


def place(cell: str) -> str:
    """SQL for the place of a cell: the window's number, or, where lists hold all cells, its place among them."""
    return f"({cell} >> {PLACE})"


def said_dates(scope: Scope) -> str:
    """What stands after FROM: said_no with window_no, window_start, window_end and due."""
    dates = "window_no, window_start, window_end, due"
    if scope.is_small:
        return f"(select rowid as said_no, {dates} from verdict)"
    rulings = f"select ruling_no::bigint as said_no, {dates} from ruling"
    numbers = f" union all select {OF_NUMBERS} + rowid, {dates} from verdict_number"
    return f"({rulings}{numbers if has_numbers(scope.db) else ''})"
