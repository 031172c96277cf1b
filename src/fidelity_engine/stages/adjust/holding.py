"""Holding: who met what was expected in each of the last eight judged windows. Those one could learn from."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.model.adjustment import Holding
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope

WINDOWS = 8

_HOLDING = """
    with judged as (
      select v.rule_no, v.subject_no, v.window_start, v.window_end, v.verdict,
        row_number() over (partition by v.rule_no, v.subject_no order by v.window_start desc) as back
      from verdict v
      where v.verdict in ('met', 'missed') and v.disposition = 'active'),
    steady as (
      select rule_no, subject_no, coalesce(min(back) filter (verdict = 'missed') - 1, count(*)) as windows from judged group by all)
    select s.rule_no, s.subject_no, s.windows, f.window_start as since, l.window_end as confirmed_on
    from steady s join judged f on f.rule_no = s.rule_no and f.subject_no = s.subject_no and f.back = s.windows
    join judged l on l.rule_no = s.rule_no and l.subject_no = s.subject_no and l.back = 1
    where s.windows >= {windows}"""


def holding(scope: Scope, rules: Sequence[Rule]) -> list[Holding]:
    """Per rule and subject that holds, in the order of the rule file. People are never listed."""
    shown = {scope.rule_no(rule): rule for rule in rules if rule.expect.of != "staff" and rule.mode == "active"}
    if not shown:
        return []
    rows = scope.db.rows(
        f"""select h.rule_no, s.subject_kind, s.subject,
          case when s.subject_kind = 'team' then s.name || ' at ' || c.name else s.name end, s.school, s.students, h.windows, h.since, h.confirmed_on
        from ({_HOLDING.format(windows=WINDOWS)}) h join subject s on s.subject_no = h.subject_no left join school c on c.school_no = s.school_no
        where h.rule_no in ({', '.join(map(str, shown))}) order by h.rule_no, h.windows desc, s.subject_kind, s.subject"""
    )
    return [Holding(shown[no].id, shown[no].title, *row) for no, *row in rows]
