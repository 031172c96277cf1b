"""ladder: on which rung of a practice's ladder a subject stands, by the rules that it meets.

A rung names rules of the same kind of subject. A rule is met here when at least one of its cells for this subject
closes inside this window, and all of those that are judged are met. What a district would expect of the others:

- Cells that are not applicable, waived or disputed hold nobody down and lift nobody: the rung is decided by its other
  rules. Nor does a rule none of whose windows close here. A rung none of whose rules was judged is not reached: empty
  is not 100 %.
- `no_data` and `error` cells are unknown: low is the best rung that is surely reached, high the best that may be.
- A rung without rules is reached by whoever was judged at all; so the lowest can have a name. Rungs do not build on
  one another: who meets the rules of a rung stands on it, whatever the rungs below it say.
"""

from __future__ import annotations

from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.links import Ask
from fidelity_engine.relations import measured


def ladder(ask: Ask) -> str:
    """The best rung surely reached .. the best possibly reached, counted from the bottom; 0: below the lowest."""
    rungs = ask.parameters.rungs
    named = [(len(rungs) - index, ask.scope.rule_nos[rule]) for index, rung in enumerate(rungs) for rule in rung.rules]
    free = max((len(rungs) - index for index, rung in enumerate(rungs) if not rung.rules), default=0)
    inner = f"""
        with rung(position, rule_no) as (values {", ".join(f"({position}, {int(no)})" for position, no in named)}),
        cell as (select g.subject_no, g.window_no, v.rule_no, v.due, v.closed and v.verdict = 'open' as waiting,
            case when v.closed and v.disposition = 'active' then v.verdict end as said
          from {ask.grid} g join verdict v on v.subject_no = g.subject_no and v.closes_on between g.window_start and g.window_end
          where v.rule_no in (select rule_no from rung)),
        rule as (select subject_no, window_no, rule_no, max(due) as due, bool_or(waiting) as waiting,
            count(*) filter (said = 'met') as met, count(*) filter (said = 'missed') as missed,
            count(*) filter (said in ('no_data', 'error')) as unknown from cell group by all),
        stands as (select r.subject_no, r.window_no, k.position, sum(r.missed) = 0 and sum(r.met + r.unknown) > 0 as maybe,
            sum(r.missed + r.unknown) = 0 and sum(r.met) > 0 as surely
          from rule r join rung k on k.rule_no = r.rule_no group by all),
        best as (select subject_no, window_no, max(position) filter (surely) as low, max(position) filter (maybe) as high from stands group by all),
        state as (select subject_no, window_no, max(due) as due, bool_or(waiting) as waiting, sum(unknown) as unknown,
            sum(met + missed + unknown) as judged from rule group by all)
        select s.*, greatest(coalesce(b.low, 0), {free}) as low, greatest(coalesce(b.high, 0), {free}) as high
        from state s left join best b on b.subject_no = s.subject_no and b.window_no = s.window_no"""
    measurable = "coalesce(h.judged, 0) > 0"
    return measured(
        beside(ask, inner), whole=True,
        low_num=f"case when {measurable} then h.low end", high_num=f"case when {measurable} then h.high end",
        nothing=f"not {measurable}", due="h.due", waiting="coalesce(h.waiting, false)", unknown="coalesce(h.unknown, 0)",
    )
