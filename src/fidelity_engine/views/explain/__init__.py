"""explain: why a cell or a finding is what it is, so that every number on the page can be worked out again by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.adjustment import Adjustment
from fidelity_engine.model.finding import Finding, HandedOut, of_subject, with_id
from fidelity_engine.model.rule import Rule
from fidelity_engine.page import Page
from fidelity_engine.result import Result
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.practice import noun_of
from fidelity_engine.views.explain.absent import absence_lines
from fidelity_engine.views.explain.answers import answer_lines
from fidelity_engine.views.explain.candidates import measured_events
from fidelity_engine.views.explain.cell import Cell, Row, cell_of, subject_of
from fidelity_engine.views.explain.episode import consequence_lines, episode_lines
from fidelity_engine.views.explain.events import elsewhere_lines, event_lines, filter_lines
from fidelity_engine.views.explain.expected import rule_lines, subject_lines, window_lines
from fidelity_engine.views.explain.formulas import ends_lines, formula_lines
from fidelity_engine.views.explain.people import People
from fidelity_engine.views.explain.response import response_lines
from fidelity_engine.views.explain.rollup import rollup_lines
from fidelity_engine.views.explain.seen import coverage_lines, source_lines
from fidelity_engine.views.explain.series import ladder_lines, signal_lines
from fidelity_engine.views.explain.sheet import Section, dated, laid_out
from fidelity_engine.views.explain.target import target_lines
from fidelity_engine.views.explain.verdict import verdict_lines

ADJUSTMENT = "a-"
AFTERGLOW = timedelta(30)
"""So long after its end a period is still looked at."""


def explain(
    engine: Any, page: Page | None = None, *, finding_id: str | None = None, rule: str | None = None, subject: str | None = None,
    day: date | None = None, as_of: Any = None, show_people: bool = False, handed_out: Sequence[HandedOut] = (),
    reported: Sequence[Finding] = (),
) -> Iterator[str]:
    """Evaluate, and say why: a finding by its id, or the cell of a rule, a subject and a date, as pieces of text.

    `handed_out`: findings as they were reported, whose ids may have been kept; `reported`: the same as they were last told,
    for those that the evaluation does not have any more.
    """
    page = page or Page()
    with ExitStack() as stack:
        if finding_id is not None:
            result = stack.enter_context(engine.evaluate(as_of=as_of, handed_out=handed_out, telling=False))
            scope, one = _scope(result), _finding(result, finding_id, reported)
            yield from explain_finding(scope, one, show_people, page, result.adjustments, _about(result, one.subject))
            return
        result = stack.enter_context(engine.evaluate(as_of=as_of, rules=[rule], handed_out=handed_out, telling=False))
        scope = _scope(result)
        later = _later(stack, engine, scope, str(rule))
        yield from explain_cell(
            scope, _rule(scope, str(rule)), str(subject), day or scope.as_of_date, show_people, page, later, _about(result, subject))


def explain_cell(
    scope: Scope, rule: Rule, subject: str, on: date, show_people: bool = False, page: Page | None = None, later: Scope | None = None,
    told: Sequence[Finding] = (),
) -> Iterator[str]:
    """Why the cell whose window holds the date is what it is; `later`: the same rule as of a later day; `told`: findings
    of this subject, with the ids and states that people know."""
    return laid_out(cell_sections(scope, rule, subject, on, show_people, later, told), page or Page())


def cell_sections(
    scope: Scope, rule: Rule, subject: str, on: date, show_people: bool = False, later: Scope | None = None, told: Sequence[Finding] = ()
) -> Iterator[Section]:
    """The same before it is laid out, for pages of another kind."""
    people, who = People(scope.db, show_people), subject_of(scope, rule.expect.of, subject)
    cell = cell_of(scope, rule, who, on, people, later)
    yield from _sections(cell, on, told) if cell else _without_cell(scope, rule, who, on, people)


def explain_finding(
    scope: Scope, finding: Finding, show_people: bool = False, page: Page | None = None, adjustments: Sequence[Adjustment] = (),
    told: Sequence[Finding] = (),
) -> Iterator[str]:
    """Why a finding is there: its last missed cell; for one about a source, what was read and when it was silent.

    `adjustments`: those of the result; what was answered to this finding is told with it. `told`: see `explain_cell`.
    """
    yield from laid_out(finding_sections(scope, finding, show_people, adjustments, told), page or Page())


def finding_sections(
    scope: Scope, finding: Finding, show_people: bool = False, adjustments: Sequence[Adjustment] = (), told: Sequence[Finding] = ()
) -> Iterator[Section]:
    """The same before it is laid out."""
    theirs = [one for one in adjustments if one.finding_id == finding.finding_id]
    yield Section(f"Finding {finding.finding_id} ({finding.state})", _finding_lines(finding, scope.as_of_date))
    yield Section("What was answered", answer_lines(theirs, People(scope.db, show_people), scope.as_of_date))
    if finding.about == "practice" and finding.subject and finding.until and (rule := _still_expected(scope, finding)):
        yield from cell_sections(scope, rule, finding.subject, finding.until, show_people, told=[*told, finding])
    elif finding.about == "source":
        yield Section("What was read", source_lines(scope, finding.subject or "", finding.school))


def _finding_lines(finding: Finding, today: date) -> Iterator[str]:
    yield finding.message
    due = f", due {dated(finding.due, today)}" if finding.due else ""
    students = f"; {finding.students:,} students" if finding.students else ""
    yield f"Severity {finding.severity}; for {finding.owner or 'nobody yet'}{due}{students}"


# --- the sections -----------------------------------------------------------------------------------------------------


def _sections(cell: Cell, on: date, told: Sequence[Finding]) -> Iterator[Section]:
    rule = cell.rule
    yield Section("Verdict", verdict_lines(cell))
    yield Section("Rule", rule_lines(rule))
    yield Section("Of whom", subject_lines(cell.scope, rule, cell.subject, cell.people, cell.public["closes_on"]))
    yield Section("When", window_lines(cell))
    yield Section("Target", target_lines(cell))
    yield from _measured(cell)
    yield Section("Coverage", coverage_lines(cell))
    yield Section("Episode", episode_lines(cell.scope, rule, cell.subject, on, told))
    yield Section("What follows", consequence_lines(cell.scope, rule))


def _measured(cell: Cell) -> Iterator[Section]:
    """What was observed, and the events behind it."""
    kind, p = cell.rule.measure.kind, cell.parameters
    if cell.kind.name == "broken":
        yield Section("Measured", formula_lines(cell, []))
    elif kind in _OF_ITS_OWN:
        yield Section(f"Measured: {kind}", _OF_ITS_OWN[kind](cell))
    elif not getattr(p, "event", None):
        yield Section(f"Measured: {kind}", ends_lines(cell))
    else:
        hidden = _hidden(cell)
        events = measured_events(cell, hidden)
        yield Section(f"Measured: {kind}", [*filter_lines(cell), *formula_lines(cell, events)])
        if cell.judged["few"] != "suppressed":
            yield Section("Events", [*event_lines(cell, events, noun_of(cell.scope, cell.rule)), *elsewhere_lines(cell)])


_OF_ITS_OWN = {"response": response_lines, "rollup": rollup_lines, "signal": signal_lines, "ladder": ladder_lines}


def _hidden(cell: Cell) -> Sequence[str]:
    """Fields whose values are nobody's business one by one: what a mean is made of."""
    return [cell.parameters.field] if cell.rule.measure.kind == "mean" else []


def _without_cell(scope: Scope, rule: Rule, subject: Row, on: date, people: People) -> Iterator[Section]:
    yield Section("Nothing is expected", absence_lines(scope, rule, subject, on, people))
    yield Section("Rule", rule_lines(rule))
    yield Section("Of whom", subject_lines(scope, rule, subject, people, on))


# --- what is asked for ------------------------------------------------------------------------------------------------


def _scope(result: Result) -> Scope:
    if result.scope is None:
        raise FidelityError(" ".join(result.summary.notes) or "there is nothing to explain", mend="Ask as of a day of the period: --as-of DATE.")
    return result.scope


def _rule(scope: Scope, rule: str) -> Rule:
    return next(one for one in scope.ruleset.rules if one.id == rule)


def _about(result: Result, subject: str | None) -> Sequence[Finding]:
    return of_subject(result.findings, subject) if subject else ()


def _still_expected(scope: Scope, finding: Finding) -> Rule | None:
    """The rule of a finding; None where rule or subject are gone, as of one that was withdrawn."""
    there = scope.db.one("select count(*) from subject where subject_kind = $kind and subject = $subject",
                         {"kind": finding.subject_kind, "subject": finding.subject})  # fmt: skip
    return next((one for one in scope.ruleset.rules if one.id == finding.rule and there and one.id in scope.rule_nos), None)


def _finding(result: Result, finding_id: str, reported: Sequence[Finding]) -> Finding:
    found = with_id(result.findings, finding_id) if finding_id else []
    if finding_id.startswith(ADJUSTMENT):        # an adjustment is explained with the finding that it answers
        answered = {one.finding_id for one in result.adjustments if one.adjustment_id.startswith(finding_id)}
        found = [one for id in sorted(answered) for one in with_id(result.findings, id)]
    found = found or [one for one in reported if finding_id and one.finding_id.startswith(finding_id)]
    if len(found) == 1:
        return found[0]
    message = f"several findings begin with `{finding_id}`" if found else f"there is no finding `{finding_id}` as of {result.summary.as_of:%Y-%m-%d}"
    raise FidelityError(message, mend="`fidelity run` prints the ids of findings; give --as-of for a day on which it was there.")


def _later(stack: ExitStack, engine: Any, scope: Scope, rule: str) -> Scope | None:
    """The same rule with everything that became known since: only to tell what was recorded too late."""
    last = scope.end + AFTERGLOW
    if scope.as_of_date >= last:
        return None
    result: Result = stack.enter_context(engine.evaluate(as_of=last, rules=[rule], telling=False))
    return result.scope


__all__ = ["cell_sections", "explain", "explain_cell", "explain_finding", "finding_sections"]
