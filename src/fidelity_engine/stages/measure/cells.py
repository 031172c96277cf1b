"""Cells with their measurement and coverage: the row that judge sees, and that `explain` prints."""

from __future__ import annotations

from typing import Any

from fidelity_engine.db import day
from fidelity_engine.links import Ask
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.measure.coverage import coverage, several_schools, watch_of

DONE = ("grid_due", "grid_closed", "due", "waiting", "after_ord", "until_ord")
"""Columns of a measurement that end here."""
ALONE, TOGETHER = ("subject_no", "window_no"), ("rule_no", "subject_no", "window_no")
"""What tells cells of one rule apart, and of several."""

UNWATCHED = {"silent": "false", "source_no": "null::integer", "since_ord": "null::integer", "blind_school_no": "null::integer"}
"""What coverage says of cells where nobody's silence counts."""

WATCH = {
    "watch_no": "INTEGER",          # whose silence counts (see coverage); null: nobody's
    "several": "BOOLEAN",           # the subject may be of several schools
    "earliest": "BOOLEAN",          # the stretch may begin before the window
}
"""What coverage must know of a rule: columns beside its cells, where several rules are looked at together."""

CELL = (
    "subject_no", "window_no", "window_start", "window_end", "days", "days_left", "closes_on", "grid_due", "grid_closed", "short", "class_no",
    "ord0", "ord_close",
)
"""The columns of the grid, as `measured` gives them, that judge or coverage reads."""


def watch_terms(scope: Scope, rule: Rule) -> dict[str, Any]:
    """The values of WATCH for one rule."""
    return {"watch_no": watch_of(scope, rule), "several": several_schools(rule), "earliest": rule.measure.kind == "response"}


def is_watched(ask: Ask) -> bool:
    """Whether somebody's silence counts for the rule, and somebody was silent."""
    return watch_of(ask.scope, ask.rule) is not None


def observed(ask: Ask, measured: str) -> str:
    """SELECT of grid, measurement and coverage per cell. `measured`: SELECT with the columns of grid and MEASURED.

    Adds usual_week, silent, pending and, where silent, source_no, since_ord and blind_school_no.
    """
    number = watch_of(ask.scope, ask.rule)
    if number is None:
        return _row(measured, None, ALONE)
    watch = f"(select * from watched where watch_no = {number})"
    return _row(measured, coverage(ALONE, stretches(ask), watch, near=not several_schools(ask.rule), far=several_schools(ask.rule)), ALONE)


def observed_together(scope: Scope, cells: str, rules: list[Rule]) -> str:
    """The same for the cells of several rules. `cells`: SELECT with the columns of CELL, MEASURED, WATCH and what else judge wants."""
    watching = [rule for rule in rules if watch_of(scope, rule) is not None]
    if not watching:
        return _row(cells, None, TOGETHER)
    several = [several_schools(rule) for rule in watching]
    starts = _stretches(TOGETHER, "m.starts_on", "case when m.earliest then least({0}, {1}) else coalesce({0}, {1}) end", scope)
    found = coverage(TOGETHER, f"{starts} where m.watch_no is not null", "watched", near=not all(several), far=any(several))
    return _row(cells, found, TOGETHER)


def _row(measured: str, coverage: str | None, key: tuple[str, ...]) -> str:
    listed = f"m.* exclude ({', '.join(DONE)}), greatest(m.grid_due, m.due) as due, greatest(m.grid_due, m.due) <= k.last_over as closed, k.usual_week"
    clock = "join clock_class k on k.class_no = m.class_no"
    if coverage is None:
        unwatched = ", ".join(f"{sql} as {column}" for column, sql in UNWATCHED.items())
        return f"select {listed}, m.waiting as pending, {unwatched} from ({measured}) m {clock}"
    return f"""
        with m as materialized ({measured})
        select {listed}, coalesce(c.silent, false) as silent, coalesce(c.pending, false) or m.waiting as pending, c.source_no, c.since_ord,
          c.school_no as blind_school_no
        from m {clock} left join ({coverage}) c on {' and '.join(f'c.{column} = m.{column}' for column in key)}"""


# --- stretches: the days that coverage looks at ---------------------------------------------------------------------------


def starts_on(ask: Ask) -> str | None:
    """SQL for the first date of the stretch of a cell `g`; None where that is the window's."""
    over = getattr(ask.parameters, "over", None)
    return None if over is None or over.kind == "window" else f"({ask.stretch()})::date"


def stretches(ask: Ask) -> str:
    """(subject_no, window_no, class_no, after_ord, until_ord): the stretch of each cell of `m`, as ordinals.

    A measure may name its own (recency: the days it counts; response: from its earliest trigger).
    """
    begins = starts_on(ask)
    takes = "least" if ask.rule.measure.kind == "response" else "coalesce"
    return _stretches(ALONE, begins and begins.replace("g.", "m."), f"{takes}({{0}}, {{1}})", ask.scope)


def _stretches(key: tuple[str, ...], dated: str | None, begins: str, scope: Scope) -> str:
    """`dated`: SQL for the stretch's first date, if any has one; `begins`: the measure's own ordinal {0} and the rule's {1}."""
    start, join = "m.ord0", ""
    if dated is not None:
        start = f"case when {dated} is null then m.ord0 else s.ord end"      # greatest() of DuckDB looks past a null
        join = f" left join day s on s.class_no = m.class_no and s.date = greatest({dated} - 1, {day(scope.day_range[0])})"
    further = "".join(f"m.{column}, " for column in key) + ("m.watch_no, m.several, " if len(key) > len(ALONE) else "")
    return f"""select {further}m.class_no, {begins.format("m.after_ord", start)} as after_ord, coalesce(m.until_ord, m.ord_close) as until_ord
        from m{join}"""
