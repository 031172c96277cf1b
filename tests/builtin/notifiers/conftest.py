"""Messages as a run makes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fidelity_engine.model.finding import Finding
from fidelity_engine.model.message import Message


@pytest.fixture
def message() -> Callable[..., Message]:
    """One message; what matters to a test is said."""

    def made(key: str = "k1", change: Any = "opened", address: str | None = "moss@example.org", text: str = "Grade 3: 1 of 3 meetings.") -> Message:
        finding = Finding(
            "5f3a9c2e11ab", "practice", "a.rule", "A routine happens", None, None, "team", "g3", "Grade 3", "lincoln", 84,
            date(2025, 11, 3), None, 2, None, "open" if change == "opened" else "resolved", Decimal("0.5"), "3", "events", None,
            "high", "principal", date(2025, 12, 1), text, proposed_adjustment={"text": "Rebuild the schedule"},
        )  # fmt: skip
        return Message(key, change, finding, None if change == "opened" else "open", address, "Example district", datetime(2025, 11, 20, 6, tzinfo=UTC))

    return made
