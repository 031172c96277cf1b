"""Who pays: the outcomes that a missed routine puts at risk, traced along the district's own graph."""

from __future__ import annotations

from collections.abc import Mapping

from fidelity_engine.model.rule import Outcome, Rule


def at_risk(rule: Rule, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Outcomes reached from `puts_at_risk`, nearest first, each once."""
    found: list[str] = []
    nearest = list(rule.puts_at_risk)
    while nearest:
        found.extend(outcome for outcome in nearest if outcome not in found)
        further = [o for at in nearest if at in outcomes for o in outcomes[at].leads_to]
        nearest = [o for o in dict.fromkeys(further) if o not in found]
    return tuple(found)
