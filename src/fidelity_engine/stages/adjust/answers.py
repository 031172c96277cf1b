"""Findings about adjustments: agreed and carried out by nobody; carried out, and without the effect that was predicted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from fidelity_engine.model.adjustment import Adjustment
from fidelity_engine.model.finding import Finding, State, finding_id
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.adjust import words
from fidelity_engine.stages.adjust.playbook import RUNNING, Entry


def answer_findings(
    ruleset: RuleSet, entry: Entry, one: Adjustment, by_id: Mapping[str, Finding], run_id: str, as_of: str
) -> Iterator[Finding]:
    """Open while the practice is still missed; resolved once it was carried out after all, or the practice is met again."""
    running = by_id[one.finding_id].state in RUNNING
    common = {"run_id": run_id, "as_of": as_of}
    done = one.carried_out
    if done is not None and done.verdict == "missed":
        state: State = "open" if running and done.on is None else "resolved"
        title = f"Agreed and not carried out: {entry.rule.title}"
        yield _finding(ruleset, entry, one, "carried_out", one.accepted_on, done.window_end, state, title, words.not_carried_out(one), common)
    if one.effect is not None and one.effect.verdict == "missed":
        effect = entry.proposal.expect_effect
        rule = next((rule for rule in ruleset.rules if effect and rule.id == effect.rule), entry.rule)
        told = words.without_effect(one, words.windows(effect.within if effect else 1, rule.expect.each))
        title = f"Carried out without effect: {entry.rule.title}"
        yield _finding(
            ruleset, entry, one, "effect", one.effect.window_start, one.effect.window_end, "open" if running else "resolved", title, told, common)


def _finding(
    ruleset: RuleSet, entry: Entry, one: Adjustment, cell: str, since: date | None, until: date | None, state: State, title: str,
    message: str, common: Mapping[str, Any],
) -> Finding:
    by = entry.finding
    return Finding(
        finding_id=finding_id(ruleset.year, f"adjustment:{one.adjustment_id}:{cell}", one.subject_kind, one.subject, since or ""),
        about="adjustment", rule=one.rule, title=title, practice=by.practice, dimension=by.dimension,
        subject_kind=one.subject_kind, subject=one.subject, subject_name=one.subject_name, school=one.school, students=one.students,
        since=since, until=until, windows_missed=None, confirmed_on=until, state=state, value=None, required=None, unit=None,
        level=by.level, severity=by.severity, owner=one.owner, due=None, message=message, outcomes_at_risk=by.outcomes_at_risk, **common,
    )
