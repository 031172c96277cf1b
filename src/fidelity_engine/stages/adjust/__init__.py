"""Adjust: what could be tried, what was agreed, whether it happened and helped; who pays, and who holds."""

from __future__ import annotations

from fidelity_engine.stages.adjust.adjusting import Adjusted, adjust
from fidelity_engine.stages.adjust.holding import holding
from fidelity_engine.stages.adjust.outcomes import outcomes_at_risk

__all__ = ["Adjusted", "adjust", "holding", "outcomes_at_risk"]
