"""Where the episodes of a large district stand among each other, as one relation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from fidelity_engine.db import text
from fidelity_engine.model.finding import SEVERITIES, HandedOut
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit import STATES
from fidelity_engine.stages.emit.practice import ID, Kind

ORDER = "state, severity desc, students desc, windows_missed desc, rule_place, subject_no, since"
"""The order of `ranked`; subjects are numbered in the order of their ids."""

_RANKED = """create or replace temp view ranked_episode as
    select e.*, case when e.resolved then {resolved} when e.newest <> 'active' then {paused} {held}else {open} end as state,
      case e.rule_no {severities} end as severity, coalesce(s.students, 0) as students, s.school_no, r.place as rule_place
    from episode e join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no
    left join disputed x on x.rule_no = e.rule_no and x.subject_no = e.subject_no and x.since = e.since{windows}
    where e.rule_no in ({rules}){subjects}"""
_WINDOWS = """
    left join held_window h on h.rule = r.rule and h.school = s.school and h.until = e.until and e.windows_missed <= h.fires"""


def rank(scope: Scope, kinds: Mapping[int, Kind], subjects: Sequence[str], held: str = "") -> None:
    """Create `ranked_episode`: the episodes with what places them. `held`: a condition on an episode `e` and a row `h` of `held_window`."""
    scope.db.run(_RANKED.format(
        **{name: STATES.index(name) for name in ("resolved", "paused", "open")},
        held=f"when {held} then {STATES.index('held')} " if held else "", windows=_WINDOWS if held else "",
        severities=" ".join(f"when {no} then {_severity(kind.rule)}" for no, kind in kinds.items()),
        rules=", ".join(map(str, kinds)), subjects=f" and s.subject in ({', '.join(map(text, subjects))})" if subjects else ""))


def _severity(rule: Rule) -> str:
    """SQL for the place of a severity in SEVERITIES: what `Emit.severity_after` says."""
    steps = " ".join(
        f"when coalesce(x.windows_before, e.windows_missed) >= {step.after} then {SEVERITIES.index(step.to)}" for step in reversed(rule.emit.escalate))
    usual = str(SEVERITIES.index(rule.emit.severity))
    return f"case {steps} else {usual} end" if steps else usual


_NAMED = """from ranked_episode e join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no"""


def ids(scope: Scope) -> Iterator[tuple[str, date]]:
    """(finding_id as computed, first day) of every episode, in no order."""
    yield from scope.db.streamed(f"select {ID.format(year=text(scope.ruleset.year))}, e.since {_NAMED}")


def episodes_of(scope: Scope, subjects: Collection[str]) -> list[HandedOut]:
    """The episodes of these subjects, as findings are handed out, under the ids that are computed."""
    rows = scope.db.rows(f"""select {ID.format(year=text(scope.ruleset.year))}, r.rule, s.subject_kind, s.subject, e.since, e.until, s.school, e.state
        {_NAMED} where s.subject in (select unnest($subjects::varchar[]))""", {"subjects": list(subjects)})
    return [HandedOut(id, rule, kind, subject, since, until, school, STATES[state])          # type: ignore[arg-type]
            for id, rule, kind, subject, since, until, school, state in rows]
