"""How many findings each rule would have opened so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fidelity_engine.result import Result


def past_findings(result: Result) -> Iterator[tuple[str, int, int]]:
    """Rule, findings opened in the period up to now, and those that are open now; rules on trial count as active."""
    practice = [finding for finding in result.findings if finding.about == "practice"]
    opened = Counter(finding.rule for finding in practice)
    now = Counter(finding.rule for finding in practice if finding.state == "open")
    for rule in result.summary.verdicts:
        yield rule, opened[rule], now[rule]
