"""Waivers: which cells keep their verdict but are not acted on (disposition `waived`)."""

from __future__ import annotations

from fidelity_engine.scope import Scope


def prepare_waivers(scope: Scope) -> None:
    """Create `waived`: each waiver with every subject that it covers; a row with only a school covers all its subjects."""
    scope.db.run(f"""
        create {scope.db.shared} table waived as
        select distinct w.waiver_no, w.rule, s.subject_no, w.from_date, w.until_date
        from subject s join waiver w on (w.subject_kind is null or w.subject_kind = s.subject_kind)
          and (w.subject is null or w.subject = s.subject)
        left join (select * from subject_school where school_no in (select school_no from waiver)) k
          on k.subject_no = s.subject_no and k.school_no = w.school_no and s.subject_kind <> 'district'
        where w.school_no is null or k.school_no is not null""")
    scope.has_waivers = bool(scope.db.one("select count(*) from waived"))


def disposition(scope: Scope, rule: str) -> str:
    """SQL for the disposition of a cell `v`: `waived` where a waiver's dates overlap its window. `rule`: SQL for the id of its rule."""
    if not scope.has_waivers:
        return "'active'"
    return f"""case when exists (select 1 from waived w where w.subject_no = v.subject_no and (w.rule is null or w.rule = {rule})
        and w.from_date <= v.window_end and w.until_date >= v.window_start) then 'waived' else 'active' end"""
