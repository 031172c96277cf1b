"""Which findings stand where: the gravest first, those of one rule together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fidelity_engine.model.finding import SEVERITIES, Finding

UNJUDGED = ("source", "engine", "calendar")


class Group(NamedTuple):
    """The findings of one rule, ranked; its severity is the highest among them."""

    rule: str
    title: str
    severity: str
    outcomes: tuple[str, ...]
    findings: Sequence[Finding]


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """The order in which one should read them: severity, then students, then windows missed."""
    return sorted(findings, key=_rank)


def _rank(one: Finding) -> tuple[int, int, int, str, str, str]:
    severity = SEVERITIES.index(one.severity) if one.severity in SEVERITIES else -1
    size = (-severity, -(one.students or 0), -(one.windows_missed or 0))
    return (*size, one.rule or "", one.subject or "", one.finding_id)


def groups(findings: Iterable[Finding], told: int = 1) -> list[Group]:
    """Open findings about practice and adjustments by rule, the gravest group first.

    `told`: of those of a large district, which are made when they are asked for, so many per rule are made at once.
    """
    found: dict[tuple[str, str], list[Finding]] = {}
    by_rule = getattr(findings, "open_by_rule", None)
    if by_rule:
        return [_group(members) for members in sorted(by_rule(told), key=lambda members: _rank(members[0]))]
    for one in ranked(findings):
        if one.state == "open" and one.about not in UNJUDGED:
            found.setdefault((one.rule or "", one.title), []).append(one)
    return [_group(members) for members in found.values()]


def _group(members: Sequence[Finding]) -> Group:
    first = members[0]
    return Group(first.rule or "", first.title, first.severity, first.outcomes_at_risk, members)


def unjudged(findings: Iterable[Finding]) -> list[Finding]:
    """Open findings about sources, plugins and calendar: what stands between the evidence and an answer."""
    there: Iterable[Finding] = getattr(findings, "others", findings)
    return ranked(one for one in there if one.state == "open" and one.about in UNJUDGED)


def schools_missing(findings: Iterable[Finding]) -> int:
    """In how many schools a finding about a practice or an adjustment is open."""
    counted = getattr(findings, "schools_missing", None)
    return counted() if counted else len({one.school for one in findings if one.school and one.state == "open" and one.about not in UNJUDGED})
