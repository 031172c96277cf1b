"""This week: what is still possible, how much is needed, and how many school days are left for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.model.rule import Rule
from fidelity_engine.stages.emit.sentences import number, window_phrase
from fidelity_engine.views.explain.sheet import dated
from fidelity_engine.views.report.scene import Scene, numbers

GROWING = ("count", "total")


@dataclass(frozen=True)
class Chance:
    """One cell that can still be met: by whom (`at`: in which school, where that is not clear), and what it takes."""

    name: str
    at: str
    school: str | None
    at_risk: bool
    text: str


@dataclass(frozen=True)
class Possible:
    """The open cells of one rule: those that need something, and how many others go on."""

    rule: Rule
    chances: Sequence[Chance]
    others: int


def possible(scene: Scene) -> list[Possible]:
    """Rule by rule what is still open on the day of the page; what is at risk stands first."""
    rows = scene.scope.db.records(f"""
        select v.rule_no, v.verdict, v.code, v.window_start, v.window_end, v.closes_on, v.due, v.days_left, v.closed, v.risk_days,
          v.need_num / v.need_den - v.low_num / v.low_den as need, v.need_num - v.high_num as spare, s.name, s.subject_kind, s.school
        from {_open(scene)} v join subject s using (subject_no)
        where v.rule_no in ({numbers(scene.rules, scene.scope)}) and v.subject_no in ({scene.subjects()})
        order by v.rule_no, v.verdict, v.days_left, s.name, s.subject, v.window_start""")
    ids = {scene.scope.rule_no(rule): rule for rule in scene.rules}
    found = [_together(ids[no], list(cells), scene) for no, cells in groupby(rows, key=lambda row: row["rule_no"])]
    return sorted((one for one in found if one.chances), key=lambda one: not any(chance.at_risk for chance in one.chances))


def _open(scene: Scene) -> str:
    """Open and at-risk cells; a relation that lacks `risk_days` has none."""
    extra = "" if "risk_days" in scene.scope.db.columns("verdict") else ", null::int as risk_days"
    return f"(select *{extra} from verdict where verdict in ('open', 'at_risk') and disposition = 'active')"


def _together(rule: Rule, cells: Sequence[Mapping[str, Any]], scene: Scene) -> Possible:
    told = [(row, _told(rule, row, scene.today)) for row in cells]
    chances = [Chance(_whose(row), _at(scene, row), row["school"], row["verdict"] == "at_risk", text) for row, text in told if text]
    return Possible(rule, chances, len(cells) - len(chances))


def _whose(row: Mapping[str, Any]) -> str:
    return str(row["name"] or row["subject_kind"])


def _at(scene: Scene, row: Mapping[str, Any]) -> str:
    school = scene.school_name(row["school"])
    return "" if scene.school or school in _whose(row) else school


def _told(rule: Rule, row: Mapping[str, Any], today: date) -> str:
    """`2 still needed, 2 school days left.`; empty where nothing can be said yet."""
    if rule.measure.kind in GROWING and rule.judge.direction == "at_least":
        return _needed(rule, row, today)
    if row["verdict"] != "at_risk":
        return ""
    if rule.measure.kind == "recency" and row["spare"] is not None:
        return _until_limit(row["spare"], "school day" if rule.measure.parameters.unit == "instructional_days" else "day")
    return f"at risk; open until {dated(row['due'], today)}."


def _until_limit(spare: Decimal, day: str) -> str:
    if spare < 0:
        return f"{counted(int(-spare), day)} past the agreed limit."
    return f"{counted(int(spare), day)} left until the agreed limit is passed."


def _needed(rule: Rule, row: Mapping[str, Any], today: date) -> str:
    need = row["need"]
    if need is None or need <= 0:
        return ""
    what = f" {rule.measure.parameters.field.replace('_', ' ')}" if rule.measure.kind == "total" else ""
    if row["days_left"]:
        return f"{_plain(need)}{what} still needed, {counted(row['days_left'], 'school day')} left."
    what += f" not yet recorded {window_phrase(row, rule.expect.each.unit)}"        # else two weeks of a team look alike
    if row["closed"]:
        return f"{_plain(need)}{what}; no recent evidence was received, so nobody can tell."
    return f"{_plain(need)}{what}; records count until {dated(row['due'], today)}."


def _plain(value: Any) -> str:
    return number(Decimal(str(value)).quantize(Decimal("0.01")).normalize())
