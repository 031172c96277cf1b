"""Measure: per cell what was observed, and how well one could see."""

from fidelity_engine.stages.measure.blind import blind_days
from fidelity_engine.stages.measure.cells import (
    CELL,
    DONE,
    UNWATCHED,
    WATCH,
    is_watched,
    observed,
    observed_together,
    starts_on,
    stretches,
    watch_terms,
)
from fidelity_engine.stages.measure.coverage import SCHOOL_SPAN, event_types, sources_of, watch
from fidelity_engine.stages.measure.tally import Tallies

__all__ = [
    "CELL", "DONE", "SCHOOL_SPAN", "UNWATCHED", "WATCH", "Tallies", "blind_days", "event_types", "is_watched", "observed", "observed_together",
    "sources_of", "starts_on", "stretches", "watch", "watch_terms",
]
