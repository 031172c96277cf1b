"""One rule's cells with their measurement and coverage: the row that judge sees, and that `explain` prints."""

from __future__ import annotations

from fidelity_engine.db import day
from fidelity_engine.links import Ask
from fidelity_engine.plugin.spec import MeasureKind
from fidelity_engine.stages.measure.coverage import coverage, event_types, watched

DONE = "grid_due, grid_closed, due, waiting, after_ord, until_ord"
"""Columns of a measurement that end here."""


def observed(ask: Ask, kind: MeasureKind, measured: str) -> str:
    """SELECT of grid, measurement and coverage per cell. `measured`: SELECT with the columns of grid and MEASURED.

    Adds usual_week, silent, pending and, where silent, source_no, since_ord and blind_school_no.
    """
    types = event_types(ask.scope, ask.rule)
    seen, join = "false as silent, m.waiting as pending, null::integer as source_no, null::integer as since_ord, null::integer as blind_school_no", ""
    watch = watched(ask.scope, types) if types else None
    if watch is not None:
        seen = """coalesce(c.silent, false) as silent, coalesce(c.pending, false) or m.waiting as pending, c.source_no, c.since_ord,
            c.school_no as blind_school_no"""
        join = f"""left join ({coverage(ask.scope, ask.rule, stretches(ask), watch)}) c
            on c.subject_no = m.subject_no and c.window_no = m.window_no"""
    return f"""
        with m as materialized ({measured})
        select m.* exclude ({DONE}), greatest(m.grid_due, m.due) as due, greatest(m.grid_due, m.due) <= k.last_over as closed, k.usual_week, {seen}
        from m join clock_class k on k.class_no = m.class_no {join}"""


def stretches(ask: Ask) -> str:
    """(subject_no, window_no, class_no, after_ord, until_ord): the stretch of each cell, as ordinals.

    A measure may name its own (recency: the days it counts; response: from its earliest trigger).
    """
    over = getattr(ask.parameters, "over", None)
    start, join = "m.ord0", ""
    if over is not None and over.kind != "window":
        start = "s.ord"
        join = f"""join day s on s.class_no = m.class_no
            and s.date = greatest({ask.stretch().replace("g.", "m.")} - 1, {day(ask.scope.day_range[0])})"""
    takes = "least" if ask.rule.measure.kind == "response" else "coalesce"
    start = f"{takes}(m.after_ord, {start})"
    return f"""select m.subject_no, m.window_no, m.class_no, {start} as after_ord, coalesce(m.until_ord, m.ord_close) as until_ord from m {join}"""
