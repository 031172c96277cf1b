"""The verdict rows as they leave the engine: the columns of chapter 7, a sentence behind each reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fidelity_engine.db import Database, text
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.lacking import lacking

PUBLIC = (
    "rule", "subject_kind", "subject", "school", "window_start", "window_end", "days", "closes_on", "due", "low", "high",
    "value", "numerator", "denominator", "unit", "required", "level", "verdict", "reason", "disposition", "events",
)

_TYPES = {
    "days": "INTEGER", "events": "BIGINT", **dict.fromkeys(("window_start", "window_end", "closes_on", "due"), "DATE"),
    **dict.fromkeys(("low", "high", "value", "numerator", "denominator"), "DECIMAL(38,6)"),
}
"""The public columns that are no texts."""

MACROS = (
    "create or replace macro micro(x) as (x * 1000000)::hugeint",
    # half-even to six places of a fraction of whole numbers, not negative
    """create or replace macro six(q, r, d) as cast(q + case when 2 * r > d or (2 * r = d and q % 2 = 1) then 1 else 0 end as decimal(32,0))
        * 0.000001::decimal(7,6)""",
    """create or replace macro ratio(n, d) as case when d = 1 then n::decimal(38,6) else
        (case when n < 0 then -1 else 1 end) * six((micro(abs(n)) * 1000000) // micro(d), (micro(abs(n)) * 1000000) % micro(d), micro(d)) end""",
    # the same of a whole number by a positive one: a narrow column takes half the time to write
    """create or replace macro ratio_of_whole(n, d) as case when d = 1 then n::decimal(18,6) else
        (case when n < 0 then -1 else 1 end * six((abs(n::bigint) * 1000000) // d, (abs(n::bigint) * 1000000) % d, d))::decimal(18,6) end""",
    # a number of six places as people write it: no zeros behind
    "create or replace macro plain(x) as rtrim(rtrim(x::varchar, '0'), '.')",
    # the same of one that is most often whole
    "create or replace macro plain_of_whole(x) as case when x = x::bigint then x::bigint::varchar else plain(x) end",
)


RULE_ROW = {
    # what a verdict row must know of its rule when it is shown: one row per rule; `place`: in the order of the ids
    "rule_no": "INTEGER", "rule": "VARCHAR", "unit": "VARCHAR", "is_ratio": "BOOLEAN", "is_rollup": "BOOLEAN",
    "at_most": "BOOLEAN", "is_range": "BOOLEAN", "mode": "VARCHAR", "fires": "INTEGER", "clears": "INTEGER",
    "act_within": "INTEGER", "owner": "VARCHAR", "subject_kind": "VARCHAR", "lacking": "VARCHAR", "place": "INTEGER",
}


def prepare_rows(scope: Scope, rules: Sequence[Rule]) -> None:
    """Create the macros and `rule_row`."""
    for macro in MACROS:
        scope.db.run(macro)
    places = {id: place for place, id in enumerate(sorted(rule.id for rule in rules))}
    lists: list[Sequence[Any]] = list(zip(*((*_rule_row(scope, rule), places[rule.id]) for rule in rules), strict=True)) or [[] for _ in RULE_ROW]
    unnested = ", ".join(f"unnest(${column}::{kind}[]) as {column}" for column, kind in RULE_ROW.items())
    scope.db.run(f"create table rule_row as select {unnested}", {c: list(v) for c, v in zip(RULE_ROW, lists, strict=True)})


def no_rows(db: Database) -> str:
    """The public columns where nothing was evaluated, of the types that they always have."""
    for macro in MACROS:
        db.run(macro)
    columns = ", ".join(f"null::{_TYPES.get(column, 'VARCHAR')} as {column}" for column in PUBLIC)
    return f"(select {columns} where false)"


def _rule_row(scope: Scope, rule: Rule) -> tuple[object, ...]:
    kind = scope.kinds.get(rule.measure.kind)
    ratio = kind is not None and kind.table is not None and (kind.unit == "share" or kind.name == "mean")
    return (
        scope.rule_no(rule), rule.id, unit_of(scope, rule), ratio, rule.measure.kind == "rollup", rule.judge.direction == "at_most",
        rule.judge.direction == "between", rule.mode, rule.emit.fires_after, rule.emit.clears_after, rule.emit.act_within, rule.emit.owner, rule.expect.of,
        lacking(scope.ruleset, rule, kind),
    )


def unit_of(scope: Scope, rule: Rule) -> str:
    """The unit shown beside a rule's values: its kind's, or the field it measures."""
    kind = scope.kinds.get(rule.measure.kind)
    if kind is None:
        return ""
    if kind.unit == "field":
        return str(getattr(rule.measure.parameters, "field", ""))
    return "values" if getattr(rule.measure.parameters, "distinct", ()) else kind.unit


# `value` is the end that is worse for the target; a rollup's is met / (met + missed); a high end without bound gives low
_ENDS = """v.code <> 'short_window' as shown,
      case when {r}is_rollup or v.value_num is not null then v.value_num when {r}at_most and v.high_num is not null then v.high_num
        else v.low_num end as num,
      case when {r}is_rollup or v.value_num is not null then v.value_den when {r}at_most and v.high_num is not null then v.high_den
        else v.low_den end as den"""

_SENTENCE = """case v.code
    when 'short_window' then 'only ' || v.days || case when v.days = 1 then ' school day' else ' school days' end || ', too few to judge'
    when 'plugin' then v.failure
    when 'no_target' then 'shown beside a reference or before the target begins, not judged'
    when 'silent' then 'no record from ' || coalesce(v.source, 'the source') || coalesce(' since ' || v.silent_since, '')
    when 'awaiting_evidence' then case when v.is_rollup then 'cells below are still open' else 'records may still arrive' end
    when 'nothing_to_measure' then coalesce(v.note, 'nothing to measure in this window')
    when 'too_few' then coalesce(v.note, 'only ' || v.events || case when v.events = 1 then ' matching event' else ' matching events' end)
    when 'suppressed' then 'too few values to show'
    when 'ceiling' then 'more than half of the points are at an end of the scale'
    when 'unknown_fields' then case when v.unknown = 0 then 'its measure leaves it open' else
      v.unknown || case when v.unknown = 1 then ' event lacks ' else ' events lack ' end || v.lacking end
    when 'children_no_data' then v.unknown || case when v.unknown = 1 then ' cell' else ' cells' end
      || case when v.is_rollup then ' below' else ' of its rules' end || case when v.unknown = 1 then ' has no data' else ' have no data' end end"""

# a measure's own note stands where there is no code: which part of a test signals
_NOTE = "when v.low_num is not null then coalesce(v.note, '') else '' end"
_REASON = f"case when v.code <> '' then v.code || coalesce(': ' || {_SENTENCE}, '') {_NOTE}"


def public_rows(verdict: str = "verdict") -> str:
    """SELECT of the public columns, with the numbers of rule, subject and window, of the cells in a relation."""
    return public(f"""
        select v.*, r.rule, r.unit, r.is_ratio, r.is_rollup, r.is_range, r.at_most, r.lacking, s.subject_kind, s.subject, s.school, q.source,
          f.date as silent_since, {_ENDS.format(r="r.")}
        from {verdict} v join rule_row r on r.rule_no = v.rule_no join subject s on s.subject_no = v.subject_no
        left join source_state q on q.source_no = v.source_no
        left join day_of f on f.class_no = v.class_no and f.ord = v.since_ord""")


def missed_rows(verdict: str) -> str:
    """The same of missed cells: these have no code, so that no source and no day is looked up for their reason."""
    return public(f"""
        select v.*, r.rule, r.unit, r.is_ratio, r.is_rollup, r.is_range, r.at_most, s.subject_kind, s.subject, s.school, {_ENDS.format(r="r.")}
        from {verdict} v join rule_row r on r.rule_no = v.rule_no join subject s on s.subject_no = v.subject_no""", reason=f"case {_NOTE}")


def ordered_rows(db: Database, verdict: str) -> str:
    """The same ordered by rule, subject and window: sorted while a row is small, then made what is shown."""
    small = f"""select v.*, s.subject, s.school, f.date as silent_since from {verdict} v join subject s on s.subject_no = v.subject_no
        left join day_of f on f.class_no = v.class_no and f.ord = v.since_ord
        order by {place_of(db, "v.rule_no")}, v.subject_no, v.window_start"""
    return public(with_rules(db, small))


def place_of(db: Database, rule_no: str) -> str:
    """SQL for the place of a rule in the order of the ids."""
    return at(rule_no, dict(db.rows("select rule_no, place from rule_row")))


def with_rules(db: Database, rows: str, names: Mapping[str, str] | None = None) -> str:
    """SELECT of cells with what they must know of their rule and source to be shown: looked up, not joined, so that their order stays.

    `names`: column → the SQL type whose names its texts are.
    """
    rules = db.records("select * from rule_row")
    looked_up = {
        column: at("v.rule_no", {row["rule_no"]: row[column] for row in rules}, (names or {}).get(column, ""))
        for column in ("is_ratio", "is_rollup", "is_range", "at_most", "rule", "unit", "subject_kind", "lacking")
    }
    looked_up["source"] = at("v.source_no", dict(db.rows("select source_no, source from source_state")))
    wide = f"select *, {', '.join(f'{sql} as {column}' for column, sql in looked_up.items())} from ({rows}) v"
    return f"select *, {_ENDS.format(r='v.')} from ({wide}) v"


def at(number: str, values: Mapping[int, Any], kind: str = "") -> str:
    """SQL for the value that belongs to a small number. `kind`: SQL type of texts, where they are names of one."""
    def literal(value: Any) -> str:
        return "null" if value is None else text(value) if isinstance(value, str) else str(value).lower()

    listed = f"[{', '.join(literal(values.get(no)) for no in range(max(values, default=0) + 1))}]"
    return f"({listed}{f'::{kind}[]' if kind else ''})[{number} + 1]"


def required(whole: bool) -> str:
    """SQL for the target of a cell as it is shown."""
    need, top = ("plain_of_whole(v.need_num)", "plain_of_whole(v.need_top_num)") if whole else (
        "plain(ratio(v.need_num, v.need_den))", "plain(ratio(v.need_top_num, v.need_den))")
    return f"{need} || case when v.is_range then '..' || {top} else '' end"


def public(rows: str, whole: bool = False, reason: str = _REASON, target: str = "", named: bool = False) -> str:
    """SELECT of the public columns and the numbers of rule, subject and window. `rows`: cells with all that is looked up.

    `whole`: their numbers are whole. `target`: SQL of the target as it is shown, where it was made before. `named`: what are
    names (verdicts.NAMES) stay so.
    """
    as_text = "" if named else "::varchar"
    ratio, number = ("ratio_of_whole", "decimal(18,6)") if whole else ("ratio", "decimal(38,6)")
    return f"""
    select v.rule_no, v.subject_no, v.window_no,
      v.rule, v.subject_kind, v.subject, v.school, v.window_start, v.window_end, v.days::integer as days, v.closes_on, v.due,
      v.low, v.high, case when v.shown and v.den = 0 then v.at_most::int::{number}
        when v.is_rollup or v.value_num is not null then case when v.shown then {ratio}(v.num, v.den) end
        when v.at_most and v.high_num is not null then v.high else v.low end as value,
      case when v.is_ratio and v.shown then {ratio}(v.num, v.times) end as numerator,
      case when v.is_ratio and v.shown then {ratio}(v.den, v.times) end as denominator,
      v.unit, case when v.shown then {target or required(whole)} end as required,
      v.level{as_text} as level, v.verdict{as_text} as verdict, {reason} as reason, v.disposition{as_text} as disposition,
      v.events::bigint as events
    from (select v.*, case when v.shown then {ratio}(v.low_num, v.low_den) end as low, case when v.shown then {ratio}(v.high_num, v.high_den) end as high
          from ({rows}) v) v"""
