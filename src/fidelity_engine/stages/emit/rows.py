"""The verdict rows as they leave the engine: the columns of chapter 7, a sentence behind each reason."""

from __future__ import annotations

from fidelity_engine.db import text
from fidelity_engine.model.rule import Rule
from fidelity_engine.plugin.spec import MeasureKind

# (name, type) of the relation that judge fills, one row per cell
VERDICT = {
    "rule_no": "INTEGER", "subject_no": "INTEGER", "window_no": "INTEGER", "window_start": "DATE", "window_end": "DATE",
    "days": "INTEGER", "days_left": "INTEGER", "closes_on": "DATE", "due": "DATE", "closed": "BOOLEAN", "class_no": "INTEGER",
    "low_num": "DECIMAL(38,6)", "low_den": "DECIMAL(38,6)", "high_num": "DECIMAL(38,6)", "high_den": "DECIMAL(38,6)",
    "value_num": "DECIMAL(38,6)", "value_den": "DECIMAL(38,6)", "times": "DECIMAL(38,6)", "need_num": "DECIMAL(38,6)",
    "need_den": "DECIMAL(38,6)", "need_top_num": "DECIMAL(38,6)", "events": "BIGINT", "unknown": "BIGINT", "failure": "VARCHAR",
    "silent": "BOOLEAN", "pending": "BOOLEAN", "source_no": "INTEGER", "since_ord": "INTEGER", "blind_school_no": "INTEGER",
    "good": "BOOLEAN", "bad": "BOOLEAN", "verdict": "VARCHAR", "code": "VARCHAR", "level": "VARCHAR", "disposition": "VARCHAR",
}

PUBLIC = (
    "rule", "subject_kind", "subject", "school", "window_start", "window_end", "days", "closes_on", "due", "low", "high",
    "value", "numerator", "denominator", "unit", "required", "level", "verdict", "reason", "disposition", "events",
)

MACROS = (
    "create temp macro micro(x) as (x * 1000000)::hugeint",
    # half-even to six places of a fraction of whole numbers, not negative
    """create temp macro six(q, r, d) as cast(q + case when 2 * r > d or (2 * r = d and q % 2 = 1) then 1 else 0 end as decimal(32,0))
        * 0.000001::decimal(7,6)""",
    """create temp macro ratio(n, d) as case when d = 1 then n::decimal(38,6) else
        (case when n < 0 then -1 else 1 end) * six((micro(abs(n)) * 1000000) // micro(d), (micro(abs(n)) * 1000000) % micro(d), micro(d)) end""",
    # a number as people write it: at most six places, no zeros behind
    """create temp macro plain(x) as case when x is null then null else
        regexp_replace(regexp_replace(x::varchar, '(\\.\\d*?)0+$', '\\1'), '\\.$', '') end""",
)


def public_row(rule: Rule, kind: MeasureKind, unit: str) -> str:
    """SELECT of the public columns for the cells of one rule, from `verdict`."""
    ratio = kind.table is not None and (kind.unit == "share" or kind.name == "mean")
    worse = "high" if rule.judge.direction == "at_most" else "low"
    num = f"coalesce(v.value_num, v.{worse}_num, v.low_num)"
    den = f"case when v.value_num is not null then v.value_den when v.{worse}_num is not null then v.{worse}_den else v.low_den end"
    if kind.name == "rollup":
        num, den = "v.value_num", "v.value_den"
    parts = f"ratio({num}, v.times) as numerator, ratio({den}, v.times) as denominator"
    if not ratio:
        parts = "null::decimal(38,6) as numerator, null::decimal(38,6) as denominator"
    measured = "case when v.code <> 'short_window' then {} end"
    return f"""
        select {text(rule.id)} as rule, s.subject_kind, s.subject, s.school, v.window_start, v.window_end, v.days, v.closes_on, v.due,
          {measured.format("ratio(v.low_num, v.low_den)")} as low, {measured.format("ratio(v.high_num, v.high_den)")} as high,
          {measured.format(f"ratio({num}, {den})")} as value, {parts}, {text(unit)} as unit, {_required(rule)} as required, v.level,
          v.verdict, v.code || coalesce(': ' || {_sentence(kind)}, '') as reason, v.disposition, v.events
        from (select * from verdict where rule_no = {{rule_no}}) v join subject s using (subject_no)
        left join source_state q on q.source_no = v.source_no
        left join day_of f on f.class_no = v.class_no and f.ord = v.since_ord"""


def _required(rule: Rule) -> str:
    """The scaled target as text; empty for `reference`, short windows, and before the first entry of a dated target."""
    need = "plain(ratio(v.need_num, v.need_den))"
    if rule.judge.direction == "between":
        need = f"{need} || '..' || plain(ratio(v.need_top_num, v.need_den))"
    return f"case when v.code <> 'short_window' then {need} end"


def _sentence(kind: MeasureKind) -> str:
    """What stands behind the code, for each code that a rule can give. Counts and ids of sources only."""
    return f"""case v.code
        when 'short_window' then 'only ' || v.days || ' school days, too few to judge'
        when 'plugin' then v.failure
        when 'no_target' then 'shown beside a reference or before the target begins, not judged'
        when 'silent' then 'no record from ' || coalesce(q.source, 'the source') || coalesce(' since ' || f.date, '')
        when 'awaiting_evidence' then {text("children are still open" if kind.name == "rollup" else "records may still arrive")}
        when 'nothing_to_measure' then 'nothing to measure in this window'
        when 'too_few' then 'only ' || v.events || ' matching events'
        when 'suppressed' then 'too few values to show'
        when 'ceiling' then 'more than half of the points are at an end of the scale'
        when 'unknown_fields' then v.unknown || ' events lack a field that decides'
        when 'children_no_data' then v.unknown || ' cells below have no data' end"""
