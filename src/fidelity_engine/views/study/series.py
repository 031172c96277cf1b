"""The series of one measure in one group of subjects: window by window, before, during and after a change was tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from fidelity_engine.db import day
from fidelity_engine.model.cycle import Cycle
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.rows import public_rows

OTHERS = "all others"
PHASES = ("before", "during", "after")


@dataclass(frozen=True)
class Point:
    """One window of one group: cells met of those judged, how many had no data, and the sum of the values that can be compared."""

    start: date
    phase: str
    met: int
    judged: int
    blind: int
    total: Fraction
    values: int

    @property
    def rate(self) -> Fraction | None:
        """Share of cells met; None where nothing could be judged."""
        return Fraction(self.met, self.judged) if self.judged else None

    @property
    def mean(self) -> Fraction | None:
        """Mean value; None in a short week, whose target was scaled."""
        return self.total / self.values if self.values else None


def groups(cycle: Cycle, scope: Scope, rule: Rule) -> dict[str, tuple[Point, ...]]:
    """Group → points: the schools of those whom the aim is about, then all others."""
    found: dict[str, list[Point]] = {}
    for group, *row in _rows(cycle, scope, rule):
        found.setdefault(group, []).append(_point(cycle, *row))
    return {name: tuple(found[name]) for name in sorted(found, key=lambda name: (name == OTHERS, name))}


def _rows(cycle: Cycle, scope: Scope, rule: Rule) -> list[tuple[Any, ...]]:
    """(group, window, met, judged, no_data, sum of values, how many) per window that is closed. Groups are schools, and all others."""
    whom = cycle.aim.whom
    asked = ["s.school in (select unnest($schools::varchar[]))"] if whom.school else []
    asked += ["s.subject in (select unnest($subjects::varchar[]))"] if whom.subject else []
    bound = ({"schools": list(whom.school)} if whom.school else {}) | ({"subjects": list(whom.subject)} if whom.subject else {})
    inside = " or ".join(asked) or "true"
    weeks = rule.expect.each.weeks if rule.expect.each.unit in ("week", "weeks") and rule.expect.prorate else 0
    whole = f"v.days >= {weeks} * k.usual_week"
    return scope.db.rows(
        f"""select case when {inside} then coalesce(c.name, s.name) else '{OTHERS}' end as grp, v.window_start,
          count(*) filter (v.verdict = 'met'), count(*) filter (v.verdict in ('met', 'missed')), count(*) filter (v.verdict = 'no_data'),
          coalesce(sum(p.value) filter (v.verdict in ('met', 'missed') and {whole}), 0),
          count(p.value) filter (v.verdict in ('met', 'missed') and {whole})
        from verdict v join subject s on s.subject_no = v.subject_no join clock_class k on k.class_no = v.class_no
        left join school c on c.school_no = s.school_no
        join (select rule_no, subject_no, window_no, value from ({public_rows()})) p
          on p.rule_no = v.rule_no and p.subject_no = v.subject_no and p.window_no = v.window_no
        where v.rule_no = {scope.rule_no(rule)} and v.closed and v.disposition = 'active' and v.verdict in ('met', 'missed', 'no_data')
          and v.window_start <= {day(scope.as_of_date)}
        group by all order by grp, v.window_start""",
        bound,
    )


def _point(cycle: Cycle, start: date, met: int, judged: int, blind: int, total: Any, values: int) -> Point:
    phase = "before" if start < cycle.start else "during" if start <= cycle.last else "after"
    return Point(start, phase, met, judged, blind, Fraction(total), values)
