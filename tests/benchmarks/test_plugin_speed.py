"""The benchmark of plain functions measures what it says: every cell is called once, with its three events."""

from __future__ import annotations

import pytest

speed = pytest.importorskip("benchmarks.plugin", reason="run from the root of the repository")


@pytest.mark.parametrize("differ", [False, True])
def test_every_cell_has_its_events(differ: bool) -> None:
    """Portions hold the cells that were asked for, three events each."""
    from fidelity_engine.plugin.cells import Caller
    from fidelity_engine.plugin.function import declared
    from fidelity_engine.plugin.portions import portions

    kind = declared(speed.balance)
    caller = Caller(kind, kind.parameters(event="x"))
    found = [caller.answers(one) for one in portions(speed.cells(1_500), speed.events(1_500, differ))]
    assert [number for one in found for number in one.numbers] == list(range(1_500))
    assert {value for one in found for value in one.values} <= {0, 333_333, 666_667, 1_000_000} and not any(one.others for one in found)
