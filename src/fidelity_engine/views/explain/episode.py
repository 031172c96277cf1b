"""The episodes of one rule and subject: their cells as a strip, who pays, and what could be tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.model.finding import Finding, finding_id
from fidelity_engine.model.outcomes import at_risk
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.views.explain.cell import Row
from fidelity_engine.views.explain.sheet import Line, dated, school_days

BEFORE = 3
"""So many cells before an episode are shown with it."""


def episode_lines(scope: Scope, rule: Rule, subject: Row, on: date, told: Sequence[Finding] = ()) -> Iterator[Line | str]:
    """Each episode of the subject, with the strip of its cells; the cells around the date where there is none.

    `told`: its findings, with the ids and states that people know.
    """
    known = {one.since: (one.finding_id, str(one.state)) for one in told if one.rule == rule.id}
    found = _episodes(scope, rule, subject)
    cells = _cells(scope, rule, subject)
    fires = rule.emit.fires_after
    if not found:
        yield f"No finding: {counted(fires, 'missed window')} in a row {'opens' if fires == 1 else 'open'} one."
        yield from _strip(_around(cells, on), on, scope.as_of_date)
    for one in found:
        yield from _episode(scope, rule, known.get(one["since"]) or _of(scope, rule, subject, one), one, cells, on)


def _episodes(scope: Scope, rule: Rule, subject: Row) -> Sequence[Mapping[str, Any]]:
    return scope.db.records(
        "select * from episode where rule_no = $rule and subject_no = $subject order by since",
        {"rule": scope.rule_no(rule), "subject": subject["subject_no"]},
    )


def _cells(scope: Scope, rule: Rule, subject: Row) -> list[tuple[date, date, str, str]]:
    return scope.db.rows(  # type: ignore[return-value]
        """select window_start, window_end, verdict, disposition from verdict where rule_no = $rule and subject_no = $subject order by 1""",
        {"rule": scope.rule_no(rule), "subject": subject["subject_no"]},
    )


def _around(cells: Sequence[tuple[date, date, str, str]], on: date) -> Sequence[tuple[date, date, str, str]]:
    at = next((i for i, cell in enumerate(cells) if cell[0] <= on <= cell[1]), len(cells))
    return cells[max(0, at - 2 * BEFORE) : at + BEFORE]


def _strip(cells: Sequence[tuple[date, date, str, str]], on: date, today: date) -> Iterator[Line]:
    """`met met [missed] no_data`; this cell in brackets."""
    if cells:
        words = [verdict if disposition == "active" else f"{verdict}({disposition})" for _, _, verdict, disposition in cells]
        marked = [f"[{word}]" if first <= on <= last else word for word, (first, last, *_) in zip(words, cells, strict=True)]
        yield Line(f"from {dated(cells[0][0], today)}: {' '.join(marked)}", 1)


def _of(scope: Scope, rule: Rule, subject: Row, one: Mapping[str, Any]) -> tuple[str, str]:
    """Id and state of an episode that nobody was told of."""
    state = "resolved" if one["resolved"] else "paused" if one["newest"] != "active" else "open"
    return finding_id(scope.ruleset.year, rule.id, subject["subject_kind"], subject["subject"], one["since"]), state


def _episode(
    scope: Scope, rule: Rule, told: tuple[str, str], one: Mapping[str, Any], cells: Sequence[tuple[date, date, str, str]], on: date
) -> Iterator[Line | str]:
    today = scope.as_of_date
    yield f"Finding {told[0]}, {told[1]}: since {dated(one['since'], today)}, {counted(one['windows_missed'], 'window')} missed"
    yield Line(f"last missed window until {dated(one['until'], today)}, last judged {dated(one['confirmed_on'], today)}", 1)
    start = next((i for i, cell in enumerate(cells) if cell[0] >= one["since"]), 0)
    until = max(one["confirmed_on"], one["until"]) if one["resolved"] else today + timedelta(1)
    run = [cell for cell in cells[max(0, start - BEFORE) :] if cell[0] <= until]
    yield from _strip(run, on, today)
    opens, ends = counted(rule.emit.fires_after, "missed window"), counted(rule.emit.clears_after, "met window")
    yield Line(f"opens after {opens} in a row, ends after {ends}", 1, "quiet")


def consequence_lines(scope: Scope, rule: Rule) -> Iterator[str]:
    """Who pays, and what could be tried."""
    outcomes = at_risk(rule, scope.ruleset.outcomes)
    if outcomes:
        yield f"At risk: {' → '.join(outcomes)}"
    for step in rule.adjust:
        due = f", due within {school_days(step.due)}" if step.due is not None else ""
        when = step.when.model_dump(exclude_none=True) if step.when else {}
        after = f"after {counted(when.pop('windows'), 'missed window')}" if "windows" in when else ""
        limits = ", ".join([*([after] if after else []), *(f"{key} {value}" for key, value in when.items())])
        limits = f" ({limits})" if limits else ""
        yield f"Could be tried{limits}: {step.propose}{due}"
