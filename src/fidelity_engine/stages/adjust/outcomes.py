"""Who pays: per outcome the missed routines that feed it, for how many, since when. Traced, never estimated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from operator import attrgetter

from fidelity_engine.model.finding import Finding
from fidelity_engine.model.outcomes import steps_to
from fidelity_engine.model.rule import Rule
from fidelity_engine.model.standing import OutcomeAtRisk, Routine
from fidelity_engine.scope import Scope


def outcomes_at_risk(scope: Scope, findings: Iterable[Finding]) -> list[OutcomeAtRisk]:
    """The outcomes that open findings about practice put at risk, in the order of the rule file's graph."""
    missed: dict[str, list[Finding]] = {}
    for finding in _concerned(findings, {rule.id for rule in scope.ruleset.rules if rule.puts_at_risk}):
        if finding.about == "practice" and finding.state == "open" and finding.rule:
            missed.setdefault(finding.rule, []).append(finding)
    if not missed:
        return []
    sizes = dict(scope.db.rows("select school, students from school"))
    rules = [rule for rule in scope.ruleset.rules if rule.id in missed]
    names = dict.fromkeys([*scope.ruleset.outcomes, *(name for rule in rules for name in rule.puts_at_risk)])
    found = [_outcome(scope, name, rules, missed, sizes) for name in names]
    return [one for one in found if one is not None]


def _concerned(findings: Iterable[Finding], rules: Collection[str]) -> Iterable[Finding]:
    """Those of rules that put an outcome at risk; of a large district as much of each as is asked here, without its sentence."""
    if not rules:
        return ()
    brief = getattr(findings, "brief", None)
    return brief(rules) if brief else (finding for finding in findings if finding.rule in rules)


def _outcome(scope: Scope, name: str, rules: Sequence[Rule], missed: dict[str, list[Finding]], sizes: dict[str, int | None]) -> OutcomeAtRisk | None:
    graph = scope.ruleset.outcomes
    feeding = [(steps_to(rule.puts_at_risk, graph).get(name), rule) for rule in rules]
    routines = [_routine(rule, steps, missed[rule.id], sizes) for steps, rule in feeding if steps is not None]
    if not routines:
        return None
    ours = [finding for steps, rule in feeding if steps is not None for finding in missed[rule.id]]
    said = graph.get(name)
    return OutcomeAtRisk(
        outcome=name, title=(said.title if said else None) or name.replace("-", " "), leads_to=said.leads_to if said else (),
        routines=tuple(sorted(routines, key=lambda one: (one.steps, one.since, one.rule))),
        teams=_teams(ours), schools=_schools(ours), students=students(ours, sizes), since=min(one.since for one in routines),
    )


def _routine(rule: Rule, steps: int, findings: list[Finding], sizes: dict[str, int | None]) -> Routine:
    return Routine(
        rule=rule.id, title=rule.title, steps=steps, subjects=len({f.subject for f in findings}), teams=_teams(findings),
        schools=_schools(findings), students=students(findings, sizes),
        unknown_students=len({f.subject for f in findings if f.students is None}), since=_since(findings),
        finding_ids=tuple(sorted(f.finding_id for f in findings)),
    )


def _since(findings: Iterable[Finding]) -> date:
    return min(f.since for f in findings if f.since is not None)


def _teams(findings: Iterable[Finding]) -> int:
    return len({f.subject for f in findings if f.subject_kind == "team"})


def _schools(findings: Iterable[Finding]) -> int:
    return len({f.school for f in findings if f.school})


def students(findings: Iterable[Finding], sizes: dict[str, int | None]) -> int | None:
    """How many students the subjects have: each subject once, no school more than it has; None where nobody says."""
    subjects = {(f.subject_kind, f.subject): f for f in findings if f.students is not None}
    per_school: dict[str | None, int] = {}
    for finding in sorted(subjects.values(), key=attrgetter("finding_id")):
        per_school[finding.school] = per_school.get(finding.school, 0) + (finding.students or 0)
    for school, size in sizes.items():
        if size is not None and school in per_school:
            per_school[school] = min(per_school[school], size)
    if not per_school:
        return None
    district = max((f.students or 0 for f in subjects.values() if f.subject_kind == "district"), default=0)
    return district or sum(per_school.values())
