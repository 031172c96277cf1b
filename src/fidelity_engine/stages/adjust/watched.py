"""The cells of accepted adjustments: whether each was carried out until its day, and whether it had its effect.

All of them at once: the relation `agreed` has one row per accepted adjustment, joined to events, blind days and verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from fidelity_engine.db import text
from fidelity_engine.links import chosen, linked
from fidelity_engine.model.adjustment import AdjustmentCell
from fidelity_engine.model.rule import ExpectEffect, Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.adjust.playbook import Entry
from fidelity_engine.where import Bound

Seen = Callable[[Scope, Rule, str, str], str]
"""SELECT of the coverage of cells for an event type, as the measures see it."""

AGREED = {
    "no": "INTEGER", "subject_no": "INTEGER", "class_no": "INTEGER", "accepted_on": "DATE", "due": "DATE", "done_on": "DATE",
    "effect_rule_no": "INTEGER", "effect_subject_no": "INTEGER", "within": "INTEGER", "levels": "VARCHAR[]",
}


def due_dates(scope: Scope, asked: Sequence[Entry], today: date) -> list[tuple[Any, ...]]:
    """Per entry (subject_no, class_no, due): so many school days of its subject after it was agreed (proposals: after the run)."""
    from_dates = [one.decided.on if one.decided and one.stage == "accepted" else today for one in asked]
    bound = {
        "kinds": [one.finding.subject_kind for one in asked], "subjects": [one.finding.subject for one in asked],
        "dates": from_dates, "days": [one.days for one in asked],
    }
    return scope.db.rows(
        """with asked as (select unnest(range(len($days::int[]))) as no, unnest($kinds::varchar[]) as subject_kind,
            unnest($subjects::varchar[]) as subject, unnest($dates::date[]) as at, unnest($days::int[]) as days)
        select s.subject_no, s.class_no, d.date from asked a
        left join subject s on s.subject_kind = a.subject_kind and s.subject = a.subject
        left join day f on f.class_no = s.class_no and f.date = a.at
        left join day_of d on d.class_no = s.class_no and d.ord = f.ord + a.days order by a.no""",
        bound,
    )


def agree(scope: Scope, rows: Sequence[Sequence[Any]]) -> None:
    """Make the relation `agreed`."""
    lists = list(zip(*rows, strict=True)) or [() for _ in AGREED]
    selected = ", ".join(f"unnest(${column}::{kind}[]) as {column}" for column, kind in AGREED.items())
    scope.db.run(f"create or replace temp table agreed as select {selected}", {c: list(v) for c, v in zip(AGREED, lists, strict=True)})


# --- carried out --------------------------------------------------------------------------------------------------------


def carried_out(scope: Scope, asked: Mapping[int, Entry], seen: Seen) -> dict[int, AdjustmentCell]:
    """Per accepted adjustment the cell that says whether it was carried out."""
    shown: dict[int, tuple[date | None, int]] = {}
    blind: dict[int, str] = {}
    for numbers in _by_done_when(asked).values():
        rule, proposal = asked[numbers[0]].rule, asked[numbers[0]].proposal
        assert proposal.done_when is not None
        choice, bound = chosen(scope, proposal.done_when.event, proposal.done_when.where, ("held",), None), Bound()
        theirs = f"(select * from agreed where no in ({', '.join(map(str, numbers))}))"
        events = linked(scope, choice, rule.expect.of, bound)
        rows = scope.db.rows(
            f"""select a.no, min(l.date) filter (l.p), count(*) filter (l.p is null and l.date <= a.due) from {theirs} a
            join ({events}) l on l.subject_no = a.subject_no and l.date >= a.accepted_on group by a.no""",
            bound.values,
        )
        shown |= {no: (on, unknown) for no, on, unknown in rows}
        blind |= _blind(scope, rule, theirs, choice.type, seen)
    over: dict[int, date] = dict(scope.db.rows("select a.no, k.last_over from agreed a join clock_class k on k.class_no = a.class_no"))
    facts = scope.db.rows("select no, accepted_on, due, done_on from agreed order by no")
    return {no: _carried(start, due, done_on, *shown.get(no, (None, 0)), blind.get(no), over.get(no)) for no, start, due, done_on in facts}


def _by_done_when(asked: Mapping[int, Entry]) -> dict[tuple[str, int], list[int]]:
    """(rule, entry) → the accepted adjustments of it that an event can show."""
    found: dict[tuple[str, int], list[int]] = {}
    for no, entry in asked.items():
        if entry.proposal.done_when is not None:
            found.setdefault((entry.rule.id, entry.place), []).append(no)
    return found


def _blind(scope: Scope, rule: Rule, theirs: str, kind: str, seen: Seen) -> dict[int, str]:
    """Number → `silent` or `pending`, where one could not have known until the due date."""
    cells = f"""select a.subject_no, a.no as window_no, a.class_no, f.ord - f.counts::int as after_ord, least(t.ord, k.ord_over) as until_ord
        from {theirs} a join clock_class k on k.class_no = a.class_no join day f on f.class_no = a.class_no and f.date = a.accepted_on
        join day t on t.class_no = a.class_no and t.date = a.due"""
    rows = scope.db.rows(f"select window_no, silent, pending from ({seen(scope, rule, cells, kind)})")
    return {no: "silent" if silent else "pending" for no, silent, pending in rows if silent or pending}


def _carried(
    start: date, due: date | None, done_on: date | None, event_on: date | None, unknown: int, blind: str | None, last_over: date | None
) -> AdjustmentCell:
    """The verdict in the order of any cell's: good, blind, still open, undecided, missed."""
    on = min((one for one in (done_on, event_on) if one is not None), default=None)

    def cell(verdict: Any, reason: str = "") -> AdjustmentCell:
        return AdjustmentCell("carried_out", start, due, verdict, reason, on)

    if on is not None and (due is None or on <= due):
        return cell("met")
    over = due is not None and last_over is not None and due <= last_over
    if on is not None:
        return cell("missed", f"carried out late, on {on}") if over else cell("open")
    if not over:
        return cell("open")
    if blind == "silent":
        return cell("no_data", "silent: no record from the source that would show it")
    if blind == "pending":
        return cell("open", "awaiting_evidence: records may still arrive")
    lack = "event lacks" if unknown == 1 else "events lack"
    return cell("no_data", f"unknown_fields: {unknown} {lack} a field that decides") if unknown else cell("missed")


# --- effect -------------------------------------------------------------------------------------------------------------


def wanted_levels(effect: ExpectEffect, rule: Rule) -> list[str]:
    """The levels that satisfy the prediction: the named one and the better ones; none where a verdict is predicted."""
    if effect.level is None:
        return []
    levels = list(rule.judge.levels or getattr(rule.measure.parameters, "levels", {}))
    return levels[: levels.index(effect.level) + 1] if effect.level in levels else [effect.level]


def effects(scope: Scope, done: Mapping[int, date]) -> dict[int, AdjustmentCell]:
    """Per adjustment that was carried out and predicts something: whether that came within its windows.

    The windows are those that begin when it was carried out or later and are no exception: not applicable, waived and
    disputed cells are passed over.
    """
    if not done:
        return {}
    values = ", ".join(f"({no}, {text(on.isoformat())}::date)" for no, on in done.items())
    good = "case when len(a.levels) > 0 then list_contains(a.levels, v.level) and v.verdict in ('met', 'missed') else v.verdict = 'met' end"
    rows = scope.db.rows(f"""
        with done(no, done_on) as (values {values}),
        after as (
          select a.no, a.within, v.window_start, v.window_end, v.closed, v.verdict, coalesce({good}, false) as good,
            row_number() over (partition by a.no order by v.window_start) as nth
          from agreed a join done o on o.no = a.no join verdict v on v.rule_no = a.effect_rule_no and v.subject_no = a.effect_subject_no
          where v.window_start >= o.done_on and v.disposition = 'active' and v.verdict not in ('not_applicable', 'error'))
        select no, min(window_start), max(window_end), min(window_end) filter (good), any_value(within),
          count(*) filter (closed and verdict in ('met', 'missed', 'no_data')), count(*) filter (verdict = 'no_data')
        from after where nth <= within group by no""")
    found = {row[0]: _effect(*row[1:]) for row in rows}
    waiting = AdjustmentCell("effect", None, None, "open", "no window has begun since it was carried out")
    predicted = {no for (no,) in scope.db.rows("select no from agreed where within is not null")}
    return {no: found.get(no, waiting) for no in done if no in predicted}


def _effect(start: date, end: date, good_on: date | None, within: int, closed: int, blind: int) -> AdjustmentCell:
    if good_on is not None:
        return AdjustmentCell("effect", start, end, "met", "", good_on)
    if closed < within:
        return AdjustmentCell("effect", start, end, "open", f"{closed} of {within} windows are over")
    if blind:
        return AdjustmentCell("effect", start, end, "no_data", f"silent: of {blind} of {within} windows nothing is known")
    return AdjustmentCell("effect", start, end, "missed", "")
