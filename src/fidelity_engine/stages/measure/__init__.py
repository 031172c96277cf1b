"""Measure: per cell what was observed, and how well one could see."""

from fidelity_engine.stages.measure.blind import blind_days
from fidelity_engine.stages.measure.cells import observed, stretches
from fidelity_engine.stages.measure.coverage import event_types, sources_of
from fidelity_engine.stages.measure.functions import function_measured

__all__ = ["blind_days", "event_types", "function_measured", "observed", "sources_of", "stretches"]
