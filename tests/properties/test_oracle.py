"""The engine agrees with the oracle, cell for cell, on districts that nobody thought of."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from fidelity_engine import evaluate
from properties.comparing import differences
from properties.districts import districts, seeded

# FIDELITY_EXAMPLES=2000 runs many more than every change needs
MANY = int(os.environ.get("FIDELITY_EXAMPLES", "0"))
SEEDS = range(60, 60 + MANY) if MANY else range(30)
SUPPRESSED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]


@settings(max_examples=MANY or 30, deadline=None, derandomize=not MANY, suppress_health_check=SUPPRESSED, database=None)
@given(districts())
def test_the_engine_says_what_the_oracle_says(made: tuple[dict[str, Any], str]) -> None:
    """Every cell of a random district has the verdict, the range and the dates that the specification's text gives."""
    must_agree(made)


@pytest.mark.parametrize("seed", SEEDS)
def test_and_so_for_every_seed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Districts of plain seeds are more varied than the first examples that are drawn; `find_difference.py` makes one small.

    Every second one is judged as a large district is: rule by rule.
    """
    if seed % 2:
        monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)
    must_agree(seeded(seed))


def must_agree(made: tuple[dict[str, Any], str]) -> None:
    lines = differences(*made)
    if lines:
        pytest.fail("\n".join([f"as of {made[1]}", *lines[:20]]))
