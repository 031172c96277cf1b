"""Load: roster, calendar, papers and evidence as relations, and what was wrong with them."""

from __future__ import annotations

from fidelity_engine.stages.load.ahead import Begun, begun_evidence
from fidelity_engine.stages.load.calendar_check import TermNote
from fidelity_engine.stages.load.clock import Clock
from fidelity_engine.stages.load.evidence import Evidence, load_evidence
from fidelity_engine.stages.load.papers import ACTIONS, DATE_MEND, PapersInfo, dated, load_papers, waiver_problem
from fidelity_engine.stages.load.paths import Size, inputs_of, size_of
from fidelity_engine.stages.load.quarantine import keep_rows, write_quarantine
from fidelity_engine.stages.load.roster import RosterInfo, load_roster_and_calendar
from fidelity_engine.stages.load.shrink import must_shrink, read_whole

__all__ = [
    "ACTIONS", "DATE_MEND", "Begun", "Clock", "Evidence", "PapersInfo", "RosterInfo", "Size", "TermNote", "begun_evidence", "dated", "inputs_of",
    "keep_rows", "load_evidence", "load_papers", "load_roster_and_calendar", "must_shrink", "read_whole", "size_of", "waiver_problem", "write_quarantine",
]
