"""Verdict and disposition: which line of chapter 4 decided, in words."""

from __future__ import annotations

from collections.abc import Iterator

from fidelity_engine.db import text
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.stages.judge import grows
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.sheet import Line, dated, school_days

CODES = {"short_window": 1, "plugin": 2, "no_target": 3, "silent": 6, "awaiting_evidence": 7, "nothing_to_measure": 8, "too_few": 8,
         "suppressed": 8, "ceiling": 8, "unknown_fields": 9, "children_no_data": 9}
OPEN = ("open", "at_risk")
LINES = max(CODES.values())
"""So many decide, the first that holds; the reference lists them."""


def verdict_lines(cell: Cell) -> Iterator[Line | str]:
    """Good or bad, the line that decided, level, and whether a waiver holds."""
    row = cell.public
    reason = f" ({row['reason']})" if row["reason"] else ""
    yield Line(f"{row['verdict']}{reason}", 0, "good" if row["verdict"] == "met" else "medium" if row["verdict"] == "missed" else None)
    line, why = _decided(cell)
    yield f"Line {line} of {LINES} decided: {why}"
    if row["verdict"] == "at_risk":
        yield f"At risk: {_risk(cell)}"
    yield from waiver_lines(cell)


def line_of(cell: Cell) -> int:
    """The number of the line of chapter 4 that applied first."""
    code = cell.judged["code"]
    if code:
        return CODES[code]
    return {"met": 4, "missed": 5}.get(cell.public["verdict"], 7)


def _decided(cell: Cell) -> tuple[int, str]:
    line = line_of(cell)
    row = cell.judged
    short = "the target scales to 0" if not row["short"] else f"fewer than {school_days(cell.rule.expect.skip_below)} counted"
    told = {
        1: f"{short}, so there is too little to judge.",
        2: f"the measure gave nothing valid: {row['failure']}.",
        3: "there is no target that could be judged.",
        4: f"good: {_ends(cell, 'satisfy', 'satisfies')}; {_when(cell, 'at_least', 'at_most')}.",
        5: f"bad: {_ends(cell, 'miss', 'misses')}, so even the kindest reading does; {_when(cell, 'at_most', None)}.",
        6: f"{_neither(cell)}, and a source was silent: one could not have known.",
        7: f"{_neither(cell)}, and it is {'not closed' if not row['closed'] else 'closed, but records may still arrive'}.",
        8: "closed and covered, but there is not enough to measure.",
        9: f"closed and covered, but {_neither(cell)}: what is missing decides.",
    }
    return line, told[line]


def _ends(cell: Cell, many: str, one: str) -> str:
    low, high = cell.public["low"], cell.public["high"]
    told, required = number(low) if low is not None else "none", cell.public["required"]
    target = f"{cell.rule.judge.direction.replace('_', ' ')} {required}"
    if high == low:
        return f"{told} {one} {target}"
    ends = f"{told} and {'unbounded' if high is None else number(high)}"
    return f"both ends of the range, {ends}, {many} {target}"


def _when(cell: Cell, early: str, closed_early: str | None) -> str:
    """Why the verdict could be given: the cell is closed and covered, or more evidence cannot change it."""
    growth, direction = grows(cell.rule, cell.kind), cell.rule.judge.direction
    if growth == "raises" and direction == early:
        return "more records can only raise it, so it is certain at any time"
    if growth == "lowers" and direction == closed_early:
        return "the cell is closed, and more records can only lower it"
    return "the cell is closed and covered"


def _neither(cell: Cell) -> str:
    if cell.judged["good"] or cell.judged["bad"]:
        return f"it looks {'good' if cell.judged['good'] else 'bad'}, which is not certain yet"
    if cell.judged["nothing"] or cell.judged["few"] or cell.public["low"] is None:
        return "nothing to measure is neither good nor bad"
    low, high = cell.public["low"], cell.public["high"]
    ends = f"{number(low)} to {'unbounded' if high is None else number(high)}"
    return f"{ends} is neither good nor bad against {cell.rule.judge.direction.replace('_', ' ')} {cell.public['required']}"


def _risk(cell: Cell) -> str:
    row, rule = cell.judged, cell.rule
    warn = row["days"] // 4 if rule.judge.warn is None else int(rule.judge.warn)
    said = f"warned from {school_days(warn)} on"
    if rule.measure.kind in ("count", "total"):
        need = row["need_num"] / row["need_den"] - row["low_num"]
        return f"{number(need.normalize())} still needed, {school_days(row['days_left'])} left ({said})."
    if rule.measure.kind == "recency":
        return f"{number(row['need_num'] - row['high_num'])} days until the target is passed ({said})."
    return f"the nearest due date of an unanswered trigger is {school_days(row['risk_days'])} away ({said})."


def waiver_lines(cell: Cell) -> Iterator[str]:
    """The waivers that hold for the cell; a decision that disputes it."""
    row = cell.public
    if cell.scope.has_waivers:
        found = cell.scope.db.rows(
            f"""select distinct w.reason, w.approved_by, w.from_date, w.until_date, w.permanent from waived x join waiver w using (waiver_no)
            where x.subject_no = $no and (x.rule is null or x.rule = {text(cell.rule.id)}) and x.from_date <= $last and x.until_date >= $first
            order by w.from_date""",
            {"no": cell.subject_no, "first": row["window_start"], "last": row["window_end"]},
        )
        for reason, by, first, last, permanent in found:
            until = "for good" if permanent else f"until {dated(last, cell.today)}"
            who = cell.people.hidden(by) or "nobody named"
            yield f"Waived from {dated(first, cell.today)} {until}: {reason or 'no reason given'} (approved by {who})"
    if row["disposition"] == "disputed":
        yield from _dispute_lines(cell)
    if row["disposition"] != "active":
        yield f"Disposition: {row['disposition']}. It keeps its verdict, and opens no finding."


def _dispute_lines(cell: Cell) -> Iterator[str]:
    """Who contests the finding of which the cell is part, and how long it rests."""
    found = cell.scope.db.rows(
        """select finding_id, said_on, who, note, rests_until from disputed where rule_no = $rule and subject_no = $no
        and $first between since and coalesce(until, $first)""",
        {"rule": cell.scope.rule_no(cell.rule), "no": cell.subject_no, "first": cell.public["window_start"]},
    )
    for id, said_on, who, note, until in found:
        rests = f"it rests until the end of {dated(until, cell.today)}" if until else "it rests for ten school days"
        yield f"Finding {id} was disputed on {dated(said_on, cell.today)} by {cell.people.hidden(who) or 'somebody'}: {note or 'no reason given'}; {rests}"
