"""rollup: how the subjects below fare in another rule, read from its verdicts."""

from __future__ import annotations

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.links import Ask
from fidelity_engine.relations import measured

BELOW = {
    "district": """select p.subject_no as parent, c.subject_no as child from subject p, subject c
        where p.subject_kind = 'district' and c.subject_kind <> 'district'""",
    "school": """select p.subject_no as parent, c.subject_no as child from subject p join subject_school k on k.school_no = p.school_no
        join subject c on c.subject_no = k.subject_no where p.subject_kind = 'school' and c.subject_kind in ('team', 'grade', 'staff')""",
    "grade": """select p.subject_no as parent, c.subject_no as child from subject p join subject c on c.school_no = p.school_no
        where p.subject_kind = 'grade' and c.subject_kind = 'team' and list_contains(c.grades, p.grades[1])""",
}


def rollup(ask: Ask) -> str:
    """met / (met+missed+no_data) .. (met+no_data) / (met+missed+no_data) over closed children, or the share of subjects.

    A child is a cell of the other rule, of a subject below, that closes inside the window. Value: met / (met+missed).
    """
    below = BELOW[ask.rule.expect.of]
    child = ask.scope.rule_nos[ask.parameters.rule]
    cells = f"""
        with b as ({below}), child as (select g.subject_no, g.window_no, b.child, v.due, v.closed, v.verdict,
            v.closed and v.verdict = 'met' and v.disposition = 'active' as met,
            v.closed and v.verdict = 'missed' and v.disposition = 'active' as missed,
            v.closed and v.verdict = 'no_data' and v.disposition = 'active' as no_data
          from {ask.grid} g join b on b.parent = g.subject_no
          join verdict v on v.rule_no = {int(child)} and v.subject_no = b.child and v.closes_on between g.window_start and g.window_end),
        late as (select subject_no, window_no, max(due) as due, bool_or(closed and verdict = 'open') as waiting,
          count(*) filter (no_data) as unknown from child group by all)"""
    inner = f"""{cells}, n as ({_counted(ask)})
        select l.*, n.low, n.high, n.n, n.value_num, n.value_den from late l
        left join n on l.subject_no = n.subject_no and l.window_no = n.window_no"""
    measurable = "coalesce(h.n, 0) > 0"
    return measured(
        beside(ask, inner), whole=True,
        low_num=f"case when {measurable} then h.low end", low_den=f"case when {measurable} then h.n end",
        high_num=f"case when {measurable} then h.high end", high_den=f"case when {measurable} then h.n end",
        value_num="case when h.value_den > 0 then h.value_num end", value_den="case when h.value_den > 0 then h.value_den end",
        nothing=f"not {measurable}", due="h.due", waiting="coalesce(h.waiting, false)", unknown="coalesce(h.unknown, 0)",
    )


def _counted(ask: Ask) -> str:
    """Per cell: low and high of n, and what `value` shows."""
    if ask.parameters.share_of == "cells":
        return """select subject_no, window_no, count(*) filter (met) as low, count(*) filter (met or no_data) as high,
              count(*) filter (met or missed or no_data) as n, count(*) filter (met) as value_num, count(*) filter (met or missed) as value_den
            from child group by all"""
    least = ask.bound(ask.parameters.each_at_least)
    return f"""select subject_no, window_no, count(*) filter (met >= {least} * n) as low, count(*) filter (met + no_data >= {least} * n) as high,
          count(*) as n, count(*) filter (met + missed > 0 and met >= {least} * (met + missed)) as value_num,
          count(*) filter (met + missed > 0) as value_den
        from (select subject_no, window_no, child, count(*) filter (met) as met, count(*) filter (missed) as missed,
                count(*) filter (no_data) as no_data, count(*) filter (met or missed or no_data) as n from child group by all)
        where n > 0 group by all"""
