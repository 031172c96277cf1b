"""The engine agrees with the oracle on the expert's table too."""

from __future__ import annotations

import pytest
from oracle.case_files import Case, cases

from fidelity_engine import evaluate
from properties.comparing import differences


@pytest.mark.parametrize("few_events", [evaluate.FEW_EVENTS, -1], ids=["small", "large"])
@pytest.mark.parametrize("case", cases(), ids=lambda c: c.name)
def test_the_engine_says_it_too(case: Case, few_events: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell of a case of the expert's table is the same in the engine's result, judged as a small and as a large district."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", few_events)
    lines = differences(case.district, case.as_of)
    assert not lines, "\n".join(lines)
