"""One routine on a page: what it asks for, how it went, and what happened beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fidelity_engine.builtin.reports.wording import counted, day_text, rate_text
from fidelity_engine.model.rule import Rule
from fidelity_engine.views.report.chart import Chart, chart_of, series
from fidelity_engine.views.report.heat import Heat, by_school, heats
from fidelity_engine.views.report.scene import Scene, practice_of

UNPLANNED = {"weather": "weather", "emergency": "an emergency", "strike": "a strike"}


@dataclass(frozen=True)
class Routine:
    """A rule with its cells. `needs_help`: a finding of it is open, so that it stands unfolded."""

    rule: Rule
    practice: str
    sentence: str
    rate: str
    state: str
    needs_help: bool
    heat: Heat | None
    chart: Chart | None
    marks: dict[str, Any]


def routines(scene: Scene) -> list[Routine]:
    """The rules of a page that have any cell, those with open findings first within their practice."""
    cells, seen, closed = heats(scene, by_school(scene)), series(scene), list(closings(scene))
    asked = {one.rule for one in scene.findings() if one.state == "open"}
    found = [
        _routine(scene, rule, rule.id in asked, cells[no], seen.get(no, []), [*closed, *adjusted(scene, rule)])
        for rule in scene.rules if (no := scene.scope.rule_no(rule)) in cells
    ]
    return sorted(found, key=lambda one: (scene.practices.index(one.practice), not one.needs_help))


def _routine(scene: Scene, rule: Rule, asked: bool, heat: Heat, seen: Sequence[Any], notes: Sequence[tuple[date, str]]) -> Routine:
    met, missed, blind = (sum(row[place] for row in seen) for place in (1, 2, 3))
    state = f"{counted(met, 'cell')} met, {missed:,} missed" + (f", {blind:,} without data" if blind else "")
    if rule.judge.direction == "reference":
        state = "shown beside a reference, never judged"
    return Routine(
        rule, practice_of(rule), scene.sentence(rule), rate_text(met, missed), state, asked, heat, chart_of(rule, seen, notes),
        scene.marks(rule.id, None),
    )


def closings(scene: Scene) -> Iterator[tuple[date, str]]:
    """First day and sentence of each stretch of school days that nobody had planned to lose."""
    which = f"and school_no = {scene.school.no}" if scene.school else ""
    rows = scene.scope.db.rows(f"""
        with closed as (select d.class_no, d.date, d.kind, d.date - (row_number() over (partition by d.class_no, d.kind order by d.date))::int as run
          from day d where d.kind in ({", ".join(f"'{kind}'" for kind in UNPLANNED)}) and d.date <= $today)
        select first, last, kind, count(*), any_value(name) from (
          select min(date) as first, max(date) as last, kind, class_no from closed group by class_no, kind, run)
        join school using (class_no) where true {which} group by all order by first, last, kind""",
        {"today": scene.today},
    )  # fmt: skip
    for first, last, kind, schools, name in rows:
        until = f" to {day_text(last, scene.today)}" if last != first else ""
        where = "" if scene.school else f" in {name if schools == 1 else counted(schools, 'school')}"
        yield first, f"{day_text(first, scene.today)}{until}: closed for {UNPLANNED[kind]}{where}"


def adjusted(scene: Scene, rule: Rule) -> Iterator[tuple[date, str]]:
    """Date and sentence of each adjustment of a rule that was accepted or carried out."""
    for one in scene.result.adjustments:
        if one.rule != rule.id or one.subject_kind == "staff" or not scene.concerns(one.school):
            continue
        done = one.carried_out.on if one.carried_out else None
        if on := done or one.accepted_on:
            yield on, f"{day_text(on, scene.today)}: {'carried out' if done else 'accepted'}: {one.text.rstrip('.')} ({one.subject_name})"
