"""Measure: per cell what was observed, and how well one could see."""

from fidelity_engine.stages.measure.blind import blind_days
from fidelity_engine.stages.measure.cells import observed
from fidelity_engine.stages.measure.functions import function_measured

__all__ = ["blind_days", "function_measured", "observed"]
