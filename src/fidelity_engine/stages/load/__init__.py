"""Load: roster, calendar, papers and evidence as relations, and what was wrong with them."""

from __future__ import annotations

from fidelity_engine.stages.load.clock import Clock
from fidelity_engine.stages.load.evidence import Evidence, load_evidence
from fidelity_engine.stages.load.papers import PapersInfo, load_papers
from fidelity_engine.stages.load.quarantine import write_quarantine
from fidelity_engine.stages.load.roster import RosterInfo, load_roster_and_calendar

__all__ = [
    "Clock", "Evidence", "PapersInfo", "RosterInfo", "load_evidence", "load_papers", "load_roster_and_calendar",
    "write_quarantine",
]
