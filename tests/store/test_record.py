"""A finding goes into the store and comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from fidelity_engine.model.finding import Finding
from fidelity_engine.store.record import finding_of, record_of

WHOLE = Finding(
    "5f3a9c2e11ab", "practice", "a.rule", "A routine happens", "p", "dosage", "team", "g3", "Grade 3", "lincoln", 84,
    date(2025, 11, 3), date(2025, 11, 16), 2, date(2025, 11, 16), "open", Decimal("0.333333"), "3", "events", "getting_started",
    "high", "principal", date(2025, 12, 1), "Grade 3: 1 of 3 meetings.", ("designated-time", "student-success"),
    {"id": "a-1", "text": "Rebuild the schedule", "owner": "principal", "due": date(2025, 12, 5), "done_when": {"event": "schedule"}},
)  # fmt: skip


def test_every_column_comes_back() -> None:
    """Through JSON and back: dates are dates, decimals decimals, and the proposal keeps its due date."""
    assert finding_of(json.loads(json.dumps(record_of(WHOLE)))) == WHOLE


def test_a_finding_with_little_in_it_comes_back() -> None:
    """Empty columns stay empty."""
    bare = replace(WHOLE, since=None, due=None, value=None, proposed_adjustment=None, outcomes_at_risk=())
    assert finding_of(json.loads(json.dumps(record_of(bare)))) == bare
