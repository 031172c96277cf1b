"""Judge: one SQL expression from measurement, target and clock to a verdict with its reason (chapter 4).

Numbers are compared as fractions: low = low_num / low_den against required = need_num / need_den, crosswise, so
that nothing is divided before it is judged.
"""

from __future__ import annotations

from decimal import Decimal

from fidelity_engine.db import day, text
from fidelity_engine.model.rule import DatedValue, Judge, Rule
from fidelity_engine.plugin.spec import MeasureKind

FEW = "few"
RATIO_KINDS = frozenset({"share", "participation", "response", "mean", "rollup"})


def is_scaled(rule: Rule, kind: MeasureKind) -> bool:
    """Whether the target shrinks in short windows."""
    over = getattr(rule.measure.parameters, "over", None)
    return bool(
        kind.scales and rule.expect.prorate and rule.expect.each.unit in ("week", "weeks")
        and (over is None or over.kind == "window")
    )


def judge(rule: Rule, kind: MeasureKind, source: str) -> str:
    """SELECT of the verdict row per cell, over `source`: the grid with its measurement and coverage.

    Reads of `source`: GRID and MEASURED columns, usual_week, silent, pending. Adds need_num, need_den (and
    need_top_num for `between`), good, bad, verdict, code, level.
    """
    required = f"select *, {_targets(rule, kind)} from ({source})"
    ends = f"select *, {_ends(rule.judge)} from ({required})"
    compared = f"""select *, measurable and low_ok and high_ok as good,
        measurable and not low_ok and not high_ok{_between_apart(rule.judge)} as bad from ({ends})"""
    lines = _lines(rule, kind)
    which = " ".join(f"when {condition} then {line}" for line, (condition, _, _) in enumerate(lines, 1))
    verdict = f"select *, (case {which} end)::utinyint as line from ({compared})"
    return f"""select * exclude (line), {_chosen("verdict", [verdict for _, verdict, _ in lines])} as verdict,
        {_chosen("code", [code for _, _, code in lines])} as code, case when line > 1 then {_level(rule, kind)} end as level from ({verdict})"""


def _chosen(column: str, names: list[str]) -> str:
    """The name that belongs to the line that applied; `few` stands for the measure's own."""
    listed = f"([{', '.join(text('' if name == FEW else name) for name in names)}]::{column}_name[])[line]"
    return f"case when line = {names.index(FEW) + 1} then {FEW}::{column}_name else {listed} end" if FEW in names else listed


# --- the target -------------------------------------------------------------------------------------------------------


def _targets(rule: Rule, kind: MeasureKind) -> str:
    """need_num / need_den: the scaled target; need_top_num: the upper end of `between`."""
    nominal = f"({rule.expect.each.weeks} * usual_week)"
    scaled = f"days < {nominal}" if is_scaled(rule, kind) else "false"
    low = _dated(rule.judge.targets, 0)
    top = _dated(rule.judge.targets, 1) if rule.judge.direction == "between" else "null::decimal(18,6)"
    if kind.scales == "whole":
        rounding = _ceiled if rule.judge.direction == "at_most" else _rounded
        return f"""case when {scaled} then {rounding(low, nominal)} else {low} end as need_num, 1 as need_den,
            case when {scaled} then {_ceiled(top, nominal)} else {top} end as need_top_num, {scaled} as scaled"""
    return f"""(case when {scaled} then {low} * days else {low} end)::decimal(38,6) as need_num,
        case when {scaled} then {nominal} else 1 end as need_den,
        (case when {scaled} then {top} * days else {top} end)::decimal(38,6) as need_top_num, {scaled} as scaled"""


def _dated(targets: tuple[DatedValue, ...], part: int) -> str:
    """The value that is valid on the window's first day; null before the first entry."""
    found = "null::decimal(18,6)"
    for entry in targets:
        value = entry.value[part] if isinstance(entry.value, tuple) else entry.value
        found = _number(value) if entry.since is None else f"case when window_start >= {day(entry.since)} then {_number(value)} else {found} end"
    return found


def _number(value: Decimal) -> str:
    return f"{value:f}::decimal(18,6)"


def _rounded(target: str, nominal: str) -> str:
    """floor(target x days / nominal + 0.5), in whole numbers."""
    return f"(((2 * {target} * days * 1000000)::hugeint + {nominal} * 1000000) // (2 * {nominal} * 1000000))::decimal(18,6)"


def _ceiled(target: str, nominal: str) -> str:
    """ceil(target x days / nominal), in whole numbers."""
    return f"(((({target} * days * 1000000)::hugeint) + {nominal} * 1000000 - 1) // ({nominal} * 1000000))::decimal(18,6)"


# --- both ends against the target ---------------------------------------------------------------------------------------


def _ends(judge: Judge) -> str:
    """measurable, low_ok, high_ok and, for `between`, whether an end lies below or above."""
    none = "not short and failure is null and not nothing and few is null and not undecided and low_num is not null and need_num is not null"
    if judge.direction == "reference":
        return "false as measurable, false as low_ok, false as high_ok"
    return f"({none}) as measurable, {_satisfies(judge, 'low')} as low_ok, {_satisfies(judge, 'high')} as high_ok{_sides(judge)}"


def _satisfies(judge: Judge, end: str) -> str:
    """Whether one end of the range satisfies the target; an unbounded high end is above everything."""
    num, den = f"{end}_num", f"{end}_den"
    reaches = f"{num} * need_den >= need_num * {den}"
    within = f"{num} * need_den <= {'need_top_num' if judge.direction == 'between' else 'need_num'} * {den}"
    if judge.direction == "between":
        return f"coalesce({reaches} and {within}, false)"
    plain = f"coalesce({reaches if judge.direction == 'at_least' else within}, {'true' if judge.direction == 'at_least' else 'false'})"
    if not judge.all_but:
        return plain
    against = f"{den} - {num}" if judge.direction == "at_least" else num
    return f"({plain} or coalesce({den} > {judge.all_but} * times and {against} <= {judge.all_but} * times, false))"


def _sides(judge: Judge) -> str:
    if judge.direction != "between":
        return ""
    return """, high_num is not null and high_num * need_den < need_num * high_den as both_below,
        low_num * need_den > need_top_num * low_den as both_above"""


def _between_apart(judge: Judge) -> str:
    """`between` is bad only where both ends lie on the same side."""
    return " and (both_below or both_above)" if judge.direction == "between" else ""


# --- the first line that applies ----------------------------------------------------------------------------------------


def _lines(rule: Rule, kind: MeasureKind) -> list[tuple[str, str, str]]:
    """(condition, verdict, code) of the nine lines of chapter 4; short windows come first."""
    direction = rule.judge.direction
    growth = grows(rule, kind)
    early_good = {("raises", "at_least"): "true", ("lowers", "at_most"): "closed"}.get((growth, direction), "false")
    early_bad = {("raises", "at_most"): "true"}.get((growth, direction), "false")
    rounds_to_none = "scaled and need_num = 0" if direction == "at_least" and kind.scales == "whole" else "false"
    covered = "closed and not silent and not pending"
    unknown = "children_no_data" if rule.measure.kind in ("rollup", "ladder") else "unknown_fields"
    return [
        (f"short or ({rounds_to_none})", "not_applicable", "short_window"),
        ("failure is not null", "error", "plugin"),
        ("need_num is null", "not_applicable", "no_target"),
        (f"good and (({covered}) or {early_good})", "met", ""),
        (f"bad and (({covered}) or {early_bad})", "missed", ""),
        ("silent", "no_data", "silent"),
        (f"not closed and coalesce({_risk(rule)}, false)", "at_risk", ""),
        ("not closed", "open", ""),
        ("pending", "open", "awaiting_evidence"),
        ("nothing", rule.judge.if_none, "nothing_to_measure"),
        ("few is not null", "not_applicable", FEW),
        ("true", rule.judge.if_unknown, unknown),
    ]


def grows(rule: Rule, kind: MeasureKind) -> str | None:
    """What more evidence can do to the measure of this rule: raise it, lower it, or either (None)."""
    p = rule.measure.parameters
    if kind.name == "participation":
        return "raises" if p.per in ("person", "answer") else None
    if kind.name in ("count", "total") and "held" not in p.status:
        return None      # a plan can still be taken back
    return kind.grows


def _risk(rule: Rule) -> str:
    """Whether the target can still be reached, but only just; days in instructional days."""
    warn = "days // 4" if rule.judge.warn is None else str(int(rule.judge.warn))
    need = "(need_num * low_den - low_num * need_den)"
    if rule.measure.kind == "count" and rule.judge.direction == "at_least":
        return f"{need} > 0 and days_left <= greatest(need_num - low_num, {warn})"
    if rule.measure.kind == "total" and rule.judge.direction == "at_least":
        return f"{need} > 0 and days_left <= {warn}"
    if rule.measure.kind == "recency" and rule.judge.direction == "at_most":
        return f"need_num - high_num <= {warn}"
    if rule.measure.kind == "response":
        return f"risk_days <= {warn}"
    return "false"


# --- level --------------------------------------------------------------------------------------------------------------


def _level(rule: Rule, kind: MeasureKind) -> str:
    """The best of `levels` that low reaches (`at_most`: that high does not exceed); levels scale as `at_least` does."""
    levels = rule.judge.levels or getattr(rule.measure.parameters, "levels", {})      # a ladder brings its own
    if not levels:
        return "null::varchar"
    nominal = f"({rule.expect.each.weeks} * usual_week)"
    shown = "not short and low_num is not null"
    cases = []
    for name, value in levels.items():
        number = _number(value)
        num, den = number, "1"
        if kind.scales == "whole" and value:
            num = f"case when scaled then greatest(1, {_rounded(number, nominal)}) else {number} end"
        elif kind.scales == "exact":
            num, den = f"case when scaled then {number} * days else {number} end", f"case when scaled then {nominal} else 1 end"
        if rule.judge.direction == "at_most":
            cases.append(f"when {shown} and high_num * ({den}) <= ({num}) * high_den then {text(name)}")
        else:
            cases.append(f"when {shown} and low_num * ({den}) >= ({num}) * low_den then {text(name)}")
    return f"case {' '.join(cases)} end"
