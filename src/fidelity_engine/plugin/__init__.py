"""The face for those who write plugins: hooks to implement, declarations to return, what a measure is given.

Importing it loads no plugin. `spec.py` says of every hook when it is called, what it gets and what it may return.
"""

from fidelity_engine.page import Page
from fidelity_engine.plugin.event import Cell, Event, Unknown
from fidelity_engine.plugin.function import measure
from fidelity_engine.plugin.spec import (
    API_VERSION,
    EventParameters,
    MeasureKind,
    Message,
    Notifier,
    Parameters,
    Placed,
    Reader,
    ReadRequest,
    Rejected,
    Report,
    Rows,
    Scan,
    hookimpl,
)
from fidelity_engine.plugin.words import Words

__all__ = [
    "API_VERSION",
    "Cell",
    "Event",
    "EventParameters",
    "MeasureKind",
    "Message",
    "Notifier",
    "Page",
    "Parameters",
    "Placed",
    "ReadRequest",
    "Reader",
    "Rejected",
    "Report",
    "Rows",
    "Scan",
    "Unknown",
    "Words",
    "hookimpl",
    "measure",
]
