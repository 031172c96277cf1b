"""From findings and decisions to adjustments: proposed, agreed, watched; and the findings about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fidelity_engine.model.adjustment import Adjustment
from fidelity_engine.model.finding import Finding
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope
from fidelity_engine.stages.adjust import words
from fidelity_engine.stages.adjust.answers import answer_findings
from fidelity_engine.stages.adjust.playbook import Entry, entries
from fidelity_engine.stages.adjust.said import decisions
from fidelity_engine.stages.adjust.then import as_it_was
from fidelity_engine.stages.adjust.watched import Seen, agree, carried_out, due_dates, effects, wanted_levels


@dataclass(frozen=True)
class Adjusted:
    """The findings with what could be tried next, those about adjustments among them; and every adjustment."""

    findings: list[Finding]
    adjustments: list[Adjustment]


def adjust(scope: Scope, rules: Sequence[Rule], findings: Sequence[Finding], run_id: str, as_of: str, seen: Seen) -> Adjusted:
    """Read the playbooks for the findings, watch what was agreed, and say where nothing came of it.

    `seen`: coverage as the measures see it. Of a finding that is open the first entry that was not tried is proposed.
    """
    found = list(entries(rules, findings, decisions(scope), as_it_was(scope)))
    if not found:
        return Adjusted(list(findings), [])
    due = due_dates(scope, found, scope.as_of_date)
    every = [_adjustment(scope, entry, _due(entry, row[2])) for entry, row in zip(found, due, strict=True)]
    accepted = {no: entry for no, entry in enumerate(found) if entry.stage == "accepted"}
    if accepted:
        agree(scope, [_agreed(scope, no, entry, due[no], every[no].due) for no, entry in accepted.items()])
        every = _watched(scope, every, accepted, seen)
    proposed = {one.finding_id: _proposal(one, entry) for one, entry in zip(every, found, strict=True) if one.stage == "proposed"}
    with_proposals = [replace(f, proposed_adjustment=proposed[f.finding_id]) if f.finding_id in proposed else f for f in findings]
    by_id = {finding.finding_id: finding for finding in findings}
    about = [one for no in accepted for one in answer_findings(scope.ruleset, accepted[no], every[no], by_id, run_id, as_of)]
    return Adjusted([*with_proposals, *about], every)


def _due(entry: Entry, counted: date | None) -> date | None:
    """The day that whoever accepted it named, else the one that the school days give."""
    named = entry.decided.day if entry.decided and entry.decided.action == "accept" else None
    return named or counted


def _adjustment(scope: Scope, entry: Entry, due: date | None) -> Adjustment:
    finding, name = entry.finding, entry.finding.subject_name or str(entry.finding.subject)
    accepted = entry.decided.on if entry.decided and entry.stage == "accepted" else None
    return Adjustment(
        adjustment_id=entry.id, finding_id=finding.finding_id, rule=entry.rule.id, subject_kind=str(finding.subject_kind),
        subject=str(finding.subject), subject_name=name, school=finding.school, students=finding.students,
        stage=entry.stage, text=entry.proposal.propose, owner=finding.owner, due=due,  # type: ignore[arg-type]
        done_when=words.done_when(entry.proposal), prediction=words.prediction(entry.proposal.expect_effect, _effect_rule(scope, entry), name),
        accepted_on=accepted, decided_by=entry.decided.who if entry.decided else None, place=entry.place,
    )


def _effect_rule(scope: Scope, entry: Entry) -> Rule:
    """The rule whose cells show the effect; by default the finding's own."""
    named = entry.proposal.expect_effect.rule if entry.proposal.expect_effect else None
    return next((rule for rule in scope.ruleset.rules if rule.id == named), entry.rule)


def _agreed(scope: Scope, no: int, entry: Entry, row: tuple[Any, ...], due: date | None) -> tuple[Any, ...]:
    """The row of `agreed`. Where the effect shows in a rule of another kind of subject, it is the school's or the district's."""
    subject_no, class_no, _ = row
    effect, rule, shows = entry.proposal.expect_effect, _effect_rule(scope, entry), subject_no
    if effect is not None and rule.expect.of != entry.rule.expect.of:
        shows = scope.db.one(
            """select max(s.subject_no) from subject s where s.subject_kind = $kind and (s.subject_kind = 'district' or s.subject = $school)""",
            {"kind": rule.expect.of, "school": entry.finding.school},
        )
    assert entry.decided is not None
    return (
        no, subject_no, class_no, entry.decided.on if entry.decided.action == "accept" else min(entry.decided.on, entry.done_on or entry.decided.on),
        due, entry.done_on, scope.rule_no(rule), shows, effect.within if effect else None, wanted_levels(effect, rule) if effect else [],
    )


def _watched(scope: Scope, every: list[Adjustment], accepted: Mapping[int, Entry], seen: Seen) -> list[Adjustment]:
    """The accepted ones with their cells, and what follows from these."""
    cells = carried_out(scope, accepted, seen)
    done = {no: cell.on for no, cell in cells.items() if cell.on is not None}
    came = effects(scope, done)
    found = list(every)
    for no in accepted:
        one = replace(every[no], carried_out=cells[no], effect=came.get(no))
        found[no] = replace(one, advice=advice(one))
    return found


def advice(one: Adjustment) -> str:
    """What follows from the cells of an adjustment: empty while they are open."""
    if one.effect is not None and one.effect.verdict == "met":
        return "adopt: what was predicted came"
    if one.effect is not None and one.effect.verdict == "missed":
        return "adapt or abandon: it was carried out, and what was predicted did not come"
    if one.carried_out is not None and one.carried_out.verdict == "missed" and one.carried_out.on is None:
        return "carry it out, agree on a new day, or decline it"
    return ""


def _proposal(one: Adjustment, entry: Entry) -> dict[str, Any]:
    """The proposal as a finding carries it."""
    effect = entry.proposal.expect_effect
    return {
        "id": one.adjustment_id, "text": one.text, "owner": one.owner, "due": one.due, "done_when": one.done_when,
        "expect_effect": effect.model_dump(exclude_none=True) if effect else None, "prediction": one.prediction,
    }
