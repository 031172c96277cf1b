"""Emit: verdicts become findings and public rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fidelity_engine.model.finding import SEVERITIES, Finding

if TYPE_CHECKING:
    from fidelity_engine.stages.emit.findings import Findings

STATES = ("open", "paused", "held", "resolved", "withdrawn", "expired")


def together(practice: list[Finding] | Findings, others: list[Finding]) -> list[Finding] | Findings:
    """Findings about practices and about all else; many that are not made yet stay so."""
    return [*practice, *others] if isinstance(practice, list) else practice.beside(others)


def ranked(findings: list[Finding] | Findings) -> list[Finding] | Findings:
    """Open ones first, then by severity, students, and windows missed; ids last, so that the order never varies.

    Those that come as `Findings` are in this order.
    """
    if not isinstance(findings, list):
        return findings
    states, severities = ({name: place for place, name in enumerate(names)} for names in (STATES, SEVERITIES))
    return sorted(findings, key=lambda f: (
        states[f.state], -severities[f.severity], -(f.students or 0), -(f.windows_missed or 0),
        f.rule or "", f.subject or "", str(f.since or ""), f.finding_id,
    ))
