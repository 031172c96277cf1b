"""What a finding was when somebody answered it: an answer keeps the meaning that it had, whatever became of the finding since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

from fidelity_engine.model.finding import Finding
from fidelity_engine.model.rule import Rule
from fidelity_engine.scope import Scope

Then = Callable[[Rule, Finding, date], Finding]
"""A finding as it was on a morning: with the windows missed, the level and the severity that were known."""


def as_it_was(scope: Scope) -> Then:
    """How findings were on earlier days, by the cells that are known now: those that had closed by then, but no fewer than open a finding."""
    missed = cache(lambda no, episode: _missed(scope, no, episode))

    def on(rule: Rule, finding: Finding, morning: date) -> Finding:
        cells = missed(scope.rule_no(rule), (finding.subject_kind, finding.subject, finding.since, finding.until))
        known = max(sum(closes_on < morning for closes_on, _ in cells), rule.emit.fires_after)
        if known >= len(cells):
            return finding
        return replace(finding, windows_missed=known, level=cells[known - 1][1], severity=rule.emit.severity_after(known))

    return on


def _missed(scope: Scope, rule_no: int, episode: tuple[str, str, str, str]) -> list[tuple[date, str | None]]:
    """When each missed window of an episode closed, and the level in it, in their order."""
    kind, subject, since, until = episode
    return scope.db.rows(  # type: ignore[return-value]
        """select v.closes_on, v.level::varchar from verdict v join subject s on s.subject_no = v.subject_no
        where v.rule_no = $no and s.subject_kind = $kind and s.subject = $subject and v.verdict = 'missed' and v.disposition <> 'waived'
          and v.window_start >= $since::date and v.window_end <= $until::date order by v.window_start""",
        {"no": rule_no, "kind": kind, "subject": subject, "since": since, "until": until})
