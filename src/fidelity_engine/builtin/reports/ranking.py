"""Which findings stand where: the gravest first, those of one rule together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fidelity_engine.model.finding import SEVERITIES, Finding

_UNJUDGED = ("source", "engine", "calendar")


class Group(NamedTuple):
    """The findings of one rule, ranked; its severity is the highest among them."""

    rule: str
    title: str
    severity: str
    outcomes: tuple[str, ...]
    findings: tuple[Finding, ...]


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """The order in which one should read them: severity, then students, then windows missed."""
    return sorted(findings, key=_rank)


def _rank(one: Finding) -> tuple[int, int, int, str, str, str]:
    severity = SEVERITIES.index(one.severity) if one.severity in SEVERITIES else -1
    size = (-severity, -(one.students or 0), -(one.windows_missed or 0))
    return (*size, one.rule or "", one.subject or "", one.finding_id)


def groups(findings: Iterable[Finding]) -> list[Group]:
    """Open findings about practice and adjustments by rule, the gravest group first."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for one in ranked(findings):
        if one.state == "open" and one.about not in _UNJUDGED:
            found.setdefault((one.rule or "", one.title), []).append(one)
    return [
        Group(rule, title, members[0].severity, members[0].outcomes_at_risk, tuple(members))
        for (rule, title), members in found.items()
    ]


def unjudged(findings: Iterable[Finding]) -> list[Finding]:
    """Open findings about sources, plugins and calendar: what stands between the evidence and an answer."""
    return [one for one in ranked(findings) if one.state == "open" and one.about in _UNJUDGED]
