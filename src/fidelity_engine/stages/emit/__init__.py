"""Emit: verdicts become findings and public rows."""

from __future__ import annotations

from collections.abc import Iterable

from fidelity_engine.model.finding import SEVERITIES, Finding

STATES = ("open", "paused", "held", "resolved", "withdrawn", "expired")


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Open ones first, then by severity, students, and windows missed; ids last, so that the order never varies."""
    states, severities = ({name: place for place, name in enumerate(names)} for names in (STATES, SEVERITIES))
    return sorted(findings, key=lambda f: (
        states[f.state], -severities[f.severity], -(f.students or 0), -(f.windows_missed or 0),
        f.rule or "", f.subject or "", str(f.since or ""), f.finding_id,
    ))
