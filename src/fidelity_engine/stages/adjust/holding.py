"""Holding: who met what was expected in each of the last eight judged windows. Those one could learn from."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.model.rule import Rule
from fidelity_engine.model.standing import Holding
from fidelity_engine.scope import Scope

WINDOWS = 8

_HOLDING = """
    with judged as (
      select rule_no, subject_no, window_start, window_end, verdict from verdict
      where verdict in ('met', 'missed') and disposition = 'active' and rule_no in ({rules})),
    missed as (select rule_no, subject_no, max(window_start) as last from judged where verdict = 'missed' group by all)
    select j.rule_no, j.subject_no, count(*) as windows, min(j.window_start) as since, max(j.window_end) as confirmed_on
    from judged j left join missed m on m.rule_no = j.rule_no and m.subject_no = j.subject_no
    where m.last is null or j.window_start > m.last group by j.rule_no, j.subject_no having count(*) >= {windows}"""


def holding(scope: Scope, rules: Sequence[Rule], subjects: Sequence[str] = ()) -> list[Holding]:
    """Per rule and subject (of these, where any is named) that holds, in the order of the rule file. People are never listed."""
    shown = {scope.rule_no(rule): rule for rule in rules if rule.expect.of != "staff" and rule.mode == "active"}
    if not shown:
        return []
    rows = scope.db.rows(
        f"""select h.rule_no, s.subject_kind, s.subject,
          case when s.subject_kind = 'team' then s.name || ' at ' || c.name else s.name end, s.school, s.students, h.windows, h.since, h.confirmed_on
        from ({_HOLDING.format(rules=', '.join(map(str, shown)), windows=WINDOWS)}) h join subject s on s.subject_no = h.subject_no
        left join school c on c.school_no = s.school_no
        order by h.rule_no, h.windows desc, s.subject_kind, s.subject"""
    )
    return [Holding(shown[no].id, shown[no].title, *row) for no, *row in rows if not subjects or row[1] in subjects]
