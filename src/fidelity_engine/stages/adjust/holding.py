"""Holding: who met what was expected in each of the last eight judged windows. Those one could learn from."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.histories import ACTIVE, JUDGED, is_met, said_dates, said_no
from fidelity_engine.model.rule import Rule
from fidelity_engine.model.standing import Holding
from fidelity_engine.scope import Scope

WINDOWS = 8

_HOLDING = f"""
    with active as (
      select rule_no, subject_no, list_filter(cells, lambda cell: cell & {JUDGED} <> 0 and cell & {ACTIVE} <> 0) as cells from history
      where rule_no in ({{rules}})),
    held as (
      select *, coalesce(list_filter(range(1, len(cells) + 1), lambda place: not ({is_met("cells[place]")}))[-1], 0) as missed from active
      where len(cells) >= {WINDOWS} and {" and ".join(is_met(f"cells[-{back}]") for back in (1, WINDOWS // 2, WINDOWS))})
    select h.rule_no, h.subject_no, len(cells) - missed as windows, f.window_start as since, l.window_end as confirmed_on
    from held h join {{dates}} f on f.said_no = {said_no("cells[missed + 1]")} join {{dates}} l on l.said_no = {said_no("cells[-1]")}
    where len(cells) - missed >= {WINDOWS}"""


def holding(scope: Scope, rules: Sequence[Rule], subjects: Sequence[str] = ()) -> list[Holding]:
    """Per rule and subject (of these, where any is named) that holds, in the order of the rule file. People are never listed."""
    shown = {scope.rule_no(rule): rule for rule in rules if rule.expect.of != "staff" and rule.mode == "active"}
    if not shown:
        return []
    rows = scope.db.rows(
        f"""select h.rule_no, s.subject_kind, s.subject,
          case when s.subject_kind = 'team' then s.name || ' at ' || c.name else s.name end, s.school, s.students, h.windows, h.since, h.confirmed_on
        from ({_HOLDING.format(rules=', '.join(map(str, shown)), dates=said_dates(scope))}) h join subject s on s.subject_no = h.subject_no
        left join school c on c.school_no = s.school_no
        order by h.rule_no, h.windows desc, s.subject_kind, s.subject"""
    )
    return [Holding(shown[no].id, shown[no].title, *row) for no, *row in rows if not subjects or row[1] in subjects]
