"""Expect for many subjects: those whose days are the same see their windows in the same *frames*, which are made once.

A frame is a window as all subjects with the same calendar and the same active days see it: its dates, its days, the day
on which it closes. A cell then is a subject and the number of a frame, and a few thousand frames stand for millions.
"""

from __future__ import annotations

from fidelity_engine.db import text
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.expect.grid import cells, check_once, create_counted, grid_key, spans_of, window_relation
from fidelity_engine.stages.expect.who import filtered
from fidelity_engine.where import Bound
from fidelity_engine.windows import counted_spans


def expect_in_frames(scope: Scope, rule: Rule, relation: str) -> None:
    """As `expect`, where `relation` becomes a view: its cells (subject_no, frame_no) with their frames.

    `frame_no` is one more column: in the order of the windows for each subject.
    """
    window = window_relation(scope, rule.expect.each)
    create_counted(scope, int(rule.expect.starts_after))
    _create_alike(scope, rule, relation)
    one_of_each = f"and a.subject_no in (select like_no from {relation}_alike)"
    frames = cells(f"{spans_of(scope, rule, window)} {one_of_each}", str(int(rule.expect.skip_below)), str(int(rule.judge.grace)))
    scope.db.run(f"""create {scope.db.shared} table {relation}_frame as
        select (row_number() over (order by subject_no, window_start, window_no))::integer as frame_no, subject_no as like_no, * exclude (subject_no, school_no)
        from ({frames})""")
    halves = (f"""select a.subject_no, unnest(f.frames) as frame_no from {relation}_alike a join f on f.like_no = a.like_no
        where a.subject_no % 2 = {half}""" for half in (0, 1))          # so few subjects would else be the work of one thread
    scope.db.run(f"""create temp table {relation}_cell as
        with f as materialized (select like_no, list(frame_no order by frame_no) as frames from {relation}_frame group by like_no)
        {" union all ".join(halves)}""")
    scope.db.run(f"create temp view {relation} as {_viewed(relation)}; drop table {relation}_alike")
    if rule.expect.where is not None:
        _leave_out(scope, rule, relation)
    check_once(scope, relation)


def drop_grid(scope: Scope, relation: str) -> None:
    """Take a grid away again."""
    scope.db.run(f"drop view {relation}; drop table {relation}_cell; drop table {relation}_frame")


def _viewed(relation: str) -> str:
    return f"select c.subject_no, f.* exclude (like_no) from {relation}_cell c join {relation}_frame f on f.frame_no = c.frame_no"


def _create_alike(scope: Scope, rule: Rule, relation: str) -> None:
    """`<relation>_alike`: the subjects, each with the first of those whose days are the same; one with several spans is like no other."""
    since = scope.since.get(grid_key(rule))
    begun, join = ("null::date", "") if since is None else (
        "any_value(n.since)", f"left join carried_since n on n.school_no = coalesce(a.school_no, 0) and n.key_no = {since}")
    scope.db.run(f"""create temp table {relation}_alike as
        select subject_no, min(subject_no) over (partition by class_no, counted, hi, begun, apart) as like_no
        from (select a.subject_no, any_value(a.class_no) as class_no, min(a.counted) as counted, max(a.hi) as hi, {begun} as begun,
                case when count(*) > 1 then a.subject_no end as apart
              from {counted_spans(rule.expect.starts_after)} a {join} where a.subject_kind = {text(rule.expect.of)} group by a.subject_no)""")


def _leave_out(scope: Scope, rule: Rule, relation: str) -> None:
    """Cells whose subject is not meant."""
    bound = Bound()
    meant = filtered(scope, rule, f"select * from {relation}", bound)
    scope.db.run(f"create temp table {relation}_meant as select subject_no, frame_no from ({meant})", bound.values)
    scope.db.run(f"drop view {relation}; drop table {relation}_cell; alter table {relation}_meant rename to {relation}_cell")
    scope.db.run(f"create temp view {relation} as {_viewed(relation)}")
