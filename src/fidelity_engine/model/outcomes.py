"""Who pays: the outcomes that a missed routine puts at risk, traced along the district's own graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fidelity_engine.model.rule import Outcome, Rule


def at_risk(rule: Rule, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Outcomes reached from `puts_at_risk`, nearest first, each once."""
    return tuple(steps_to(rule.puts_at_risk, outcomes))


def steps_to(named: Iterable[str], outcomes: Mapping[str, Outcome]) -> dict[str, int]:
    """Outcome → how many steps it lies from those named (0: named itself), nearest first."""
    found: dict[str, int] = {}
    nearest, steps = list(dict.fromkeys(named)), 0
    while nearest:
        found |= dict.fromkeys(nearest, steps)
        further = [o for at in nearest if at in outcomes for o in outcomes[at].leads_to]
        nearest, steps = [o for o in dict.fromkeys(further) if o not in found], steps + 1
    return found
