"""The engine agrees with the oracle on the expert's table too."""

from __future__ import annotations

import pytest
from oracle.case_files import Case, cases

from properties.comparing import differences


@pytest.mark.parametrize("case", cases(), ids=lambda c: c.name)
def test_the_engine_says_it_too(case: Case) -> None:
    """Every cell of a case of the expert's table is the same in the engine's result."""
    lines = differences(case.district, case.as_of)
    assert not lines, "\n".join(lines)
