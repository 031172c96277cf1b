"""The relation `verdict`, one row per cell: what judge fills, and what rollups, signals and emit read.

It is a view over tables, because a large district has millions of rows. Rules that count whole things, which is most
of them, say the same of many cells: what is said is a row of `ruling`, and `verdict_cell` has per cell the number of
its ruling (see rulings.py). The others have `verdict_number`. Names of few values (verdict, code, level, disposition) are
one byte each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import Rule
from fidelity_engine.relations import VERDICT, Whole

VERDICTS = ("met", "missed", "no_data", "not_applicable", "open", "at_risk", "error")
CODES = (
    "", "short_window", "plugin", "no_target", "silent", "awaiting_evidence", "nothing_to_measure", "unknown_fields",
    "children_no_data", "too_few", "suppressed", "ceiling",
)
DISPOSITIONS = ("active", "waived", "disputed")
NAMES = {"verdict": "verdict_name", "code": "code_name", "level": "level_name", "disposition": "disposition_name"}
"""Column → the type that holds its names."""

TABLES = ("ruling", "verdict_cell", "verdict_number")
"""What the rows of the view `verdict` are made of."""
OF_CELL = ("rule_no", "subject_no", "disposition")
"""What a cell says itself, besides the number of its ruling."""

SMALLER = {
    "days": "SMALLINT", "days_left": "SMALLINT", "low_num": "BIGINT", "low_den": "BIGINT", "high_num": "BIGINT", "high_den": "BIGINT",
    "value_num": "BIGINT", "value_den": "BIGINT", "need_num": "DECIMAL(18,6)", "need_top_num": "DECIMAL(18,6)", "events": "BIGINT",
    "unknown": "BIGINT",
}
SAME = {"times": "1", "need_den": "1", "failure": "null::varchar", "note": "null::varchar"}
"""What is not kept of whole things, because every row has the same."""


RULING = tuple(column for column in VERDICT if column not in SAME and column not in OF_CELL)
"""What a ruling says of its cells."""


def prepare_verdicts(db: Database, rules: Iterable[Rule], small: bool) -> None:
    """Create the tables and the view, without rows. Of a small district `verdict` is one table: that is planned faster."""
    create_names(db, rules)
    if small:
        db.run(f"create {db.shared} table verdict ({', '.join(f'{column} {kind}' for column, kind in VERDICT.items())})")
        return
    tables = {
        "ruling": {"ruling_no": "INTEGER", "rule_no": "INTEGER", **{column: SMALLER.get(column, VERDICT[column]) for column in RULING}},
        "verdict_cell": {"rule_no": "SMALLINT", "subject_no": "INTEGER", "ruling_no": "INTEGER", "disposition": VERDICT["disposition"]},
        "verdict_number": VERDICT,
    }
    for table, columns in tables.items():
        db.run(f"create table {table} ({', '.join(f'{column} {NAMES.get(column, kind)}' for column, kind in columns.items())})")
    same = ", ".join(f"{value} as {column}" for column, value in SAME.items())
    db.run(f"""create temp view verdict_small as select c.rule_no::integer as rule_no, c.subject_no, r.* exclude (ruling_no, rule_no), c.disposition, {same}
        from verdict_cell c join ruling r on r.ruling_no = c.ruling_no""")
    for view, types in {"verdict": VERDICT, "verdict_named": VERDICT | NAMES}.items():
        every = ", ".join(f"{column}::{kind} as {column}" for column, kind in types.items())
        db.run(f"create temp view {view} as select {every} from verdict_small union all select {every} from verdict_number")


def remove_rows(db: Database, rule_no: int) -> None:
    """Take the rows of a rule out again."""
    for table in TABLES:
        db.run(f"delete from {table} where rule_no = {int(rule_no)}")


def dispose(db: Database, small: bool, disposition: str, others: str, where: str) -> None:
    """Give cells `v` (rule_no, subject_no, window_start, window_end, disposition) another disposition; `others`: what `where` reads besides."""
    of_ruling = "(select c.rowid as cell, c.*, r.window_start, r.window_end from verdict_cell c join ruling r on r.ruling_no = c.ruling_no)"
    alone = {table: f"(select rowid as cell, * from {table})" for table in (("verdict",) if small else ("verdict_number",))}
    for table, cells in {**alone, **({} if small else {"verdict_cell": of_ruling})}.items():
        db.run(f"update {table} set disposition = {text(disposition)} where rowid in (select v.cell from {cells} v, {others} where {where})")


def create_names(db: Database, rules: Iterable[Rule] = ()) -> None:
    """Create the types of NAMES; levels are those of the rules."""
    levels = sorted({level for rule in rules for level in rule.judge.levels or getattr(rule.measure.parameters, "levels", {})})
    for name, values in zip(NAMES.values(), (VERDICTS, CODES, levels or [""], DISPOSITIONS), strict=True):
        db.run(f"create type {name} as enum ({', '.join(map(text, values))})")


def smallest(db: Database, small: bool) -> str:
    """The relation of all verdict rows from which they are read with the least work."""
    return "verdict" if small else "verdict_named" if has_numbers(db) else "verdict_small"


def active_cells(db: Database, small: bool) -> str:
    """SELECT of (rule_no, subject_no, window_no, window_start, window_end, closed, missed, judged) of the active cells: what is told of few rulings, once."""
    told = "window_no, window_start, window_end, closed, verdict = 'missed' as missed, verdict in ('met', 'missed') as judged"
    if small:
        return f"select rule_no, subject_no, {told} from verdict where disposition = 'active'"
    cells = f"""select c.rule_no, c.subject_no, r.* exclude (ruling_no)
        from (select * from verdict_cell where disposition = 'active') c join (select ruling_no, {told} from ruling) r on r.ruling_no = c.ruling_no"""
    numbers = f" union all select rule_no, subject_no, {told} from verdict_number where disposition = 'active'"
    return f"{cells}{numbers if has_numbers(db) else ''}"


def counted_cells(small: bool, where: str = "") -> str:
    """SELECT of (rule_no, verdict, disposition, cells), to be summed: many cells of one ruling are one row early."""
    if small:
        return f"select rule_no, verdict, disposition, 1 as cells from verdict {where}"

    def counted(table: str, column: str) -> str:
        return f"select rule_no, {column}, disposition, count(*) as cells from {table} {where} group by all"

    of_rulings = f"({counted('verdict_cell', 'ruling_no')}) c join ruling r on r.ruling_no = c.ruling_no"
    return f"select c.rule_no, r.verdict, c.disposition, c.cells from {of_rulings} union all {counted('verdict_number', 'verdict')}"


def codes(db: Database, small: bool) -> set[str]:
    """What is said beside verdicts, whatever cell it is said of."""
    tables = ("verdict",) if small else ("ruling", "verdict_number")
    return {code for (code,) in db.rows(" union ".join(f"select distinct code::varchar from {table}" for table in tables))}


def has_numbers(db: Database) -> bool:
    """Whether some verdicts of a large district are no rulings."""
    return bool(db.one("select count(*) from verdict_number"))


def same_for_many(rows: str, scales: str | None) -> TypeGuard[Whole]:
    """Whether the verdicts of a rule are kept as rulings. `rows`: what its measure gave; `scales`: how its target does."""
    return isinstance(rows, Whole) and scales != "exact"
