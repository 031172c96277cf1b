"""Judge: one SQL expression from measurement, target and clock to a verdict with its reason (chapter 4).

Numbers are compared as fractions: low = low_num / low_den against required = need_num / need_den, crosswise, so
that nothing is divided before it is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

from fidelity_engine.db import day, text
from fidelity_engine.model.rule import DatedValue, Rule
from fidelity_engine.plugin.spec import MeasureKind


def is_scaled(rule: Rule, kind: MeasureKind) -> bool:
    """Whether the target shrinks in short windows."""
    over = getattr(rule.measure.parameters, "over", None)
    return bool(
        kind.scales and rule.expect.prorate and rule.expect.each.unit in ("week", "weeks")
        and (over is None or over.kind == "window")
    )


def judge(rule: Rule, kind: MeasureKind, source: str, narrow: bool = False) -> str:
    """SELECT of the verdict row per cell of one rule, over `source`: the grid with its measurement and coverage.

    Reads of `source`: GRID and MEASURED columns, usual_week, silent, pending. Adds need_num, need_den (and
    need_top_num for `between`), verdict, code, level. `narrow`: the scaled target is no longer than the target.
    """
    told = terms(rule, kind)
    said = ", ".join(f"{_literal(value)}::{TERMS[term]} as {term}" for term, value in told.items())
    return judged(f"select *, {targets(rule)}, {said} from ({source})", level(rule, kind), [told], narrow)


def judged(source: str, level: str, told: Sequence[Mapping[str, Any]], narrow: bool = False) -> str:
    """SELECT of the verdict row per cell, of whatever rules; `source` has their `targets` and TERMS besides.

    `level`: SQL that gives the level of a cell; `told`: the `terms` of the rules, so that nothing is asked that none says.
    """
    found = {term: {terms[term] for terms in told} - {None} for term in TERMS}
    scaled = f"select *, {_SCALED if found['weeks'] else _NEVER_SCALED} from ({source})"
    required = f"select *, {_required('decimal(18,6)' if narrow else 'decimal(38,6)', bool(found['weeks']))} from ({scaled})"
    low, high = (_satisfies(end, found["direction"], any(found["all_but"])) for end in ("low", "high"))
    ends = f"select *, {_MEASURABLE} as measurable, {low} as low_ok, {high} as high_ok from ({required})"
    apart = f" and (direction <> 'between' or {_APART})" if "between" in found["direction"] else ""
    compared = f"select *, measurable and low_ok and high_ok as good, measurable and not low_ok and not high_ok{apart} as bad from ({ends})"
    which = " ".join(f"when {condition} then {line}" for line, condition in enumerate(_conditions(found), 1))
    line = f"select *, (case {which} end)::utinyint as line from ({compared})"
    return f"""select *, {_chosen("verdict", [verdict for _, verdict, _ in LINES])} as verdict,
        {_chosen("code", [code for _, _, code in LINES])} as code, case when line > 1 then {level} end as level from ({line})"""


def _conditions(found: Mapping[str, AbstractSet[Any]]) -> list[str]:
    """The conditions of LINES, for rules whose TERMS have these values."""
    risks = " ".join(f"when {text(risk)} then {sql}" for risk, sql in _RISKS.items() if risk in found["risk"])
    at_risk = f"coalesce(case risk {risks} end, false)" if risks else "false"
    return [condition.format(scaled=_NOTHING_LEFT if found["weeks"] else "false", at_risk=at_risk) for condition, _, _ in LINES]


def _chosen(column: str, names: list[str]) -> str:
    """The name that belongs to the line that applied; a column's name in brackets stands for what is in it."""
    kind = f"{column}_name"
    listed = f"([{', '.join('null' if name.startswith('(') else text(name) for name in names)}]::{kind}[])[line]"
    own = " ".join(f"when {line} then {name}::{kind}" for line, name in enumerate(names, 1) if name.startswith("("))
    return f"case line {own} else {listed} end"


# --- what the rule says, as columns ----------------------------------------------------------------------------------------

TERMS = {
    "weeks": "INTEGER",             # of a window, where its target shrinks with it; else null
    "whole": "BOOLEAN",             # the target shrinks to a whole number
    "direction": "VARCHAR", "all_but": "INTEGER",
    "growth": "VARCHAR",            # raises, lowers: what more evidence can do; else null
    "risk": "VARCHAR",              # by which sum a cell is at risk; else null: never
    "warn": "INTEGER", "if_none": "VARCHAR", "if_unknown": "VARCHAR",
    "unknown_code": "VARCHAR",      # the code of cells that are neither good nor bad
}
"""What judge must know of a rule, beside its targets and levels."""


def terms(rule: Rule, kind: MeasureKind) -> dict[str, Any]:
    """The values of TERMS for one rule."""
    return {
        "weeks": rule.expect.each.weeks if is_scaled(rule, kind) else None, "whole": kind.scales == "whole",
        "direction": rule.judge.direction, "all_but": int(rule.judge.all_but or 0), "growth": grows(rule, kind), "risk": _risk(rule),
        "warn": None if rule.judge.warn is None else int(rule.judge.warn), "if_none": rule.judge.if_none, "if_unknown": rule.judge.if_unknown,
        "unknown_code": "children_no_data" if rule.measure.kind in ("rollup", "ladder") else "unknown_fields",
    }


def _literal(value: Any) -> str:
    return "null" if value is None else text(value) if isinstance(value, str) else str(value).lower()


def targets(rule: Rule) -> str:
    """target_low, and for `between` target_top: as written, valid on the window's first day."""
    return f"{_dated(rule.judge.targets, 0)} as target_low, {_dated(rule.judge.targets, 1)} as target_top"


TARGETS = {"target_low": "DECIMAL(18,6)", "target_top": "DECIMAL(18,6)"}


def undated_targets(rule: Rule) -> dict[str, Decimal | None]:
    """The values of TARGETS where they are the same in every window, else null."""
    only = rule.judge.targets[0].value if _is_undated(rule) else None
    low, top = only if isinstance(only, tuple) else (only, None)
    return {"target_low": low, "target_top": top}


def targets_together(rules: Mapping[int, Rule], known: str) -> str:
    """The TARGETS of cells of several rules by their number; `known`: the relation with `rule_no` and the undated ones."""
    dated = {no: rule.judge.targets for no, rule in rules.items() if rule.judge.targets and not _is_undated(rule)}
    if not dated:
        return f"{known}.target_low, {known}.target_top"
    cases = [" ".join(f"when {no} then {_dated(targets, part)}" for no, targets in dated.items()) for part in (0, 1)]
    return ", ".join(f"case {known}.rule_no {case} else {known}.{column} end as {column}" for case, column in zip(cases, TARGETS, strict=True))


def _is_undated(rule: Rule) -> bool:
    return len(rule.judge.targets) == 1 and rule.judge.targets[0].since is None


def _dated(targets: tuple[DatedValue, ...], part: int) -> str:
    """The value that is valid on the window's first day; null before the first entry."""
    found = "null::decimal(18,6)"
    for entry in targets:
        value = entry.value[part] if isinstance(entry.value, tuple) else entry.value if part == 0 else None
        found = _number(value) if entry.since is None else f"case when window_start >= {day(entry.since)} then {_number(value)} else {found} end"
    return found


def _number(value: Decimal | None) -> str:
    return f"{'null' if value is None else f'{value:f}'}::decimal(18,6)"


def _rounded(target: str, nominal: str) -> str:
    """floor(target x days / nominal + 0.5), in whole numbers."""
    return f"((2 * {_millionths(target)} * days + {nominal} * 1000000::hugeint) // (2 * {nominal} * 1000000::hugeint))::decimal(18,6)"


def _ceiled(target: str, nominal: str) -> str:
    """ceil(target x days / nominal), in whole numbers."""
    return f"(({_millionths(target)} * days + {nominal} * 1000000::hugeint - 1) // ({nominal} * 1000000::hugeint))::decimal(18,6)"


def _millionths(target: str) -> str:
    """A target as a whole number, wide enough for any days: nothing of what a rule file may say runs over."""
    return f"({target}::decimal(38,6) * 1000000)::hugeint"


_SCALED = "coalesce(days < weeks * usual_week, false) as scaled, weeks * usual_week as nominal"
_NEVER_SCALED = "false as scaled, null::integer as nominal"
_NOTHING_LEFT = "(scaled and whole and direction = 'at_least' and need_num = 0)"


def _required(number: str, scales: bool) -> str:
    """need_num / need_den: the scaled target; need_top_num: the upper end of `between`. `scales`: whether any target shrinks."""
    if not scales:
        return f"target_low::{number} as need_num, 1 as need_den, target_top::{number} as need_top_num"
    return f"""(case when not scaled then target_low when not whole then target_low::decimal(38,6) * days
          when direction = 'at_most' then {_ceiled("target_low", "nominal")} else {_rounded("target_low", "nominal")} end)::{number} as need_num,
        case when scaled and not whole then nominal else 1 end as need_den,
        (case when not scaled then target_top when not whole then target_top::decimal(38,6) * days
          else {_ceiled("target_top", "nominal")} end)::{number} as need_top_num"""


# --- both ends against the target ---------------------------------------------------------------------------------------

_MEASURABLE = """direction <> 'reference' and not short and failure is null and not nothing and few is null and not undecided
    and low_num is not null and need_num is not null"""


def _satisfies(end: str, directions: AbstractSet[str], sparing: bool) -> str:
    """Whether one end of the range satisfies the target; an unbounded high end is above everything. `sparing`: some rule says `all_but`."""
    num, den = f"{end}_num", f"{end}_den"
    reaches = f"{num} * need_den >= need_num * {den}"
    within = f"{num} * need_den <= {{}} * {den}"
    asked = {
        "at_least": f"coalesce({reaches}, true){_spared(den, f'{den} - {num}') if sparing else ''}",
        "at_most": f"coalesce({within.format('need_num')}, false){_spared(den, num) if sparing else ''}",
        "between": f"coalesce({reaches} and {within.format('need_top_num')}, false)",
    }
    cases = " ".join(f"when {text(direction)} then {sql}" for direction, sql in asked.items() if direction in directions)
    return f"case direction {cases} else false end" if cases else "false"


def _spared(den: str, against: str) -> str:
    """`all_but`: few enough stand against an end."""
    return f" or (all_but > 0 and coalesce({den} > all_but * times and {against} <= all_but * times, false))"


# `between` is bad only where both ends lie on the same side
_APART = """(high_num is not null and high_num * need_den < need_num * high_den or low_num * need_den > need_top_num * low_den)"""


# --- the first line that applies ----------------------------------------------------------------------------------------

# whether the target can still be reached, but only just; days in instructional days
_RISKS = {
    "count": "need_num * low_den - low_num * need_den > 0 and days_left <= greatest(need_num - low_num, coalesce(warn, days // 4))",
    "total": "need_num * low_den - low_num * need_den > 0 and days_left <= coalesce(warn, days // 4)",
    "recency": "need_num - high_num <= coalesce(warn, days // 4)",
    "response": "risk_days <= coalesce(warn, days // 4)",
}

_COVERED = "closed and not silent and not pending"

LINES = (
    ("short or {scaled}", "not_applicable", "short_window"),
    ("failure is not null", "error", "plugin"),
    ("need_num is null", "not_applicable", "no_target"),
    (f"""good and ({_COVERED} or coalesce(growth = 'raises' and direction = 'at_least', false)
        or coalesce(growth = 'lowers' and direction = 'at_most', false) and closed)""", "met", ""),
    (f"bad and ({_COVERED} or coalesce(growth = 'raises' and direction = 'at_most', false))", "missed", ""),
    ("silent", "no_data", "silent"),
    ("not closed and {at_risk}", "at_risk", ""),
    ("not closed", "open", ""),
    ("pending", "open", "awaiting_evidence"),
    ("nothing", "(if_none)", "nothing_to_measure"),
    ("few is not null", "not_applicable", "(few)"),
    ("true", "(if_unknown)", "(unknown_code)"),
)
"""(condition, verdict, code) of the nine lines of chapter 4; short windows come first. Columns in brackets.

`scaled`: the target has shrunk to nothing; `at_risk`: it can still be reached, but only just.
"""


def grows(rule: Rule, kind: MeasureKind) -> str | None:
    """What more evidence can do to the measure of this rule: raise it, lower it, or either (None)."""
    p = rule.measure.parameters
    if kind.name == "participation":
        return "raises" if p.per in ("person", "answer") else None
    if kind.name in ("count", "total") and "held" not in p.status:
        return None      # a plan can still be taken back
    return kind.grows


def _risk(rule: Rule) -> str | None:
    """By which sum cells of the rule come to be at risk."""
    kind, direction = rule.measure.kind, rule.judge.direction
    if kind == "response":
        return kind
    wanted = {"count": "at_least", "total": "at_least", "recency": "at_most"}.get(kind)
    return kind if direction == wanted else None


# --- level --------------------------------------------------------------------------------------------------------------


def level(rule: Rule, kind: MeasureKind) -> str:
    """The best of `levels` that low reaches (`at_most`: that high does not exceed); levels scale as `at_least` does."""
    levels = rule.judge.levels or getattr(rule.measure.parameters, "levels", {})      # a ladder brings its own
    if not levels:
        return "null::varchar"
    shown = "not short and low_num is not null"
    cases = []
    for name, value in levels.items():
        number = _number(value)
        num, den = number, "1"
        if kind.scales == "whole" and value:
            num = f"case when scaled then greatest(1, {_rounded(number, 'nominal')}) else {number} end"
        elif kind.scales == "exact":
            num, den = f"case when scaled then {number}::decimal(38,6) * days else {number} end", "case when scaled then nominal else 1 end"
        if rule.judge.direction == "at_most":
            cases.append(f"when {shown} and high_num * ({den}) <= ({num}) * high_den then {text(name)}")
        else:
            cases.append(f"when {shown} and low_num * ({den}) >= ({num}) * low_den then {text(name)}")
    return f"case {' '.join(cases)} end"
