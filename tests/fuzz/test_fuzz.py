"""A short run of the fuzzer; the long one is `python -m tests.fuzz.by_hand`."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings

from .seeds import SEEDS, inputs
from .targets import TARGETS, district

TIMES = int(os.environ.get("FIDELITY_FUZZ", "12"))


@pytest.mark.parametrize("target", list(TARGETS))
def test_any_input_gives_a_result_or_a_refusal(target: str) -> None:
    """Whatever the bytes are, the counts add up or a sentence names the file."""
    with district() as here:

        @settings(max_examples=TIMES, database=None)
        @given(inputs(target))
        def tried(raw: bytes) -> None:
            TARGETS[target](here, raw)

        tried()


@pytest.mark.parametrize("target", list(TARGETS))
def test_seeds_are_good(target: str) -> None:
    """What the fuzzer begins from means something: each target has a seed."""
    assert SEEDS[target]
    with district() as here:
        for seed in SEEDS[target]:
            TARGETS[target](here, seed)
