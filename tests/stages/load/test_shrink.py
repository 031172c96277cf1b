"""What looks like half a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fidelity_engine.stages.load.shrink import shrunk

CASES = YAML(typ="safe").load((Path(__file__).parent / "shrink.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['before']} to {case['now']}")
def test_how_many_must_be_gone(case: dict[str, int]) -> None:
    """Both more than a tenth and more than five rows."""
    assert shrunk(case["before"], case["now"]) is case["shrunk"]
