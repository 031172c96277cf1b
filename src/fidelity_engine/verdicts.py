"""The relation `verdict`, one row per cell: what judge fills, and what rollups, signals and emit read.

It is a view over two tables, because a large district has millions of rows. Rules that count whole things, which is
most of them, keep their rows in `verdict_whole`: whole numbers in place of decimals, nothing that is the same in every
row. The others have `verdict_number`. Names of few values (verdict, code, level, disposition) are one byte each.
"""

from __future__ import annotations

from collections.abc import Iterable

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

TABLES = ("verdict_whole", "verdict_number")
SMALL_TABLES = ("verdict",)
"""Where the rows of the view `verdict` are kept."""

SMALLER = {
    "days": "SMALLINT", "days_left": "SMALLINT", "low_num": "INTEGER", "low_den": "INTEGER", "high_num": "INTEGER", "high_den": "INTEGER",
    "value_num": "INTEGER", "value_den": "INTEGER", "need_num": "DECIMAL(18,6)", "need_top_num": "DECIMAL(18,6)", "events": "INTEGER",
    "unknown": "INTEGER",
}
SAME = {"times": "1", "need_den": "1", "failure": "null", "note": "null"}
"""What is not kept of whole things, because every row has the same."""


def prepare_verdicts(db: Database, rules: Iterable[Rule], small: bool) -> None:
    """Create the tables and the view, without rows. Of a small district `verdict` is one table: that is planned faster."""
    create_names(db, rules)
    if small:
        db.run(f"create temp table verdict ({', '.join(f'{column} {kind}' for column, kind in VERDICT.items())})")
        return
    whole = {column: SMALLER.get(column, kind) for column, kind in VERDICT.items() if column not in SAME}
    for table, columns in {"verdict_whole": whole, "verdict_number": VERDICT}.items():
        db.run(f"create {db.passing} table {table} ({', '.join(f'{column} {NAMES.get(column, kind)}' for column, kind in columns.items())})")
    same = ", ".join(f"{value}{'::varchar' if value == 'null' else ''} as {column}" for column, value in SAME.items())
    db.run(f"create temp view verdict_small as select *, {same} from verdict_whole")
    for view, types in {"verdict": VERDICT, "verdict_named": VERDICT | NAMES}.items():
        every = ", ".join(f"{column}::{kind} as {column}" for column, kind in types.items())
        db.run(f"create temp view {view} as select {every} from verdict_small union all select {every} from verdict_number")


def remove_rows(db: Database, rule_no: int) -> None:
    """Take the rows of a rule out again."""
    for table in TABLES:
        db.run(f"delete from {table} where rule_no = {int(rule_no)}")


def create_names(db: Database, rules: Iterable[Rule] = ()) -> None:
    """Create the types of NAMES; levels are those of the rules."""
    levels = sorted({level for rule in rules for level in rule.judge.levels or getattr(rule.measure.parameters, "levels", {})})
    for name, values in zip(NAMES.values(), (VERDICTS, CODES, levels or [""], DISPOSITIONS), strict=True):
        db.run(f"create {db.passing} type {name} as enum ({', '.join(map(text, values))})")


def smallest(db: Database, small: bool) -> tuple[str, bool]:
    """The relation of all verdict rows from which they are read with the least work, and whether it has only whole numbers."""
    whole = not small and not db.one("select count(*) from verdict_number")
    return ("verdict" if small else "verdict_small" if whole else "verdict_named"), whole


def table_for(rows: str, scales: str | None) -> tuple[str, list[str]]:
    """Where the verdicts of a rule are kept, and in which columns. `rows`: what its measure gave; `scales`: how its target does."""
    if isinstance(rows, Whole) and scales != "exact":
        return "verdict_whole", [column for column in VERDICT if column not in SAME]
    return "verdict_number", list(VERDICT)
