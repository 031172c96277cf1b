"""The contract of a measure: a good one keeps it, and each way of breaking it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidelity_engine.plugin import Unknown
from fidelity_engine.plugin.returned import Invalid
from fidelity_engine.testing import MeasureContract

PLUGINS = Path(__file__).parent.parent.parent / "plugins"


class TestBalance(MeasureContract):
    """The worked example keeps it."""

    plugin, measure = PLUGINS / "coaching", "coaching-balance"
    examples = (
        ([{"requested_by": "teacher"}, {"requested_by": "coach"}, {"requested_by": "coach"}, {"requested_by": "teacher"}], 0.5),
        ([{"requested_by": "coach"}], None),
        ([{}, {}, {}], Unknown),
    )


HEAD = "from fidelity_engine.plugin import hookimpl, measure\n\nKEPT = []\n\n"
TAIL = "\n\n@hookimpl\ndef fidelity_measures():\n    return [broken]\n"


def broken(body: str, doc: str = '"""A measure."""', more: str = "") -> str:
    """A measure that breaks the contract in one way."""
    return f'@measure("broken", unit="x"{more})\ndef broken(events, cell):\n    {doc}\n    return {body}\n'


BROKEN = {
    "test_it_gives_what_the_engine_takes": broken("'many'"),
    "test_it_says_something_of_no_events": broken("1 / len(events)"),
    "test_it_says_what_it_is": broken("1", doc="pass"),
    "test_more_evidence_moves_it_only_where_it_says": broken("-len(events)", more=', grows="raises"'),
    "test_it_says_the_same_twice_and_in_any_order": broken("KEPT.append(1) or len(KEPT)"),
    "test_it_says_of_the_examples_what_it_should": broken("7"),
    "test_it_loads_without_trouble": broken("1") + "raise ValueError\n",
}
ERRORS = (AssertionError, Invalid, ZeroDivisionError, KeyError)


@pytest.mark.parametrize("test", BROKEN)
def test_a_broken_measure_is_found(test: str, tmp_path: Path) -> None:
    """Each test of the contract fails for a measure that breaks it."""
    folder = tmp_path / "plugin"
    folder.mkdir(mode=0o755)
    (folder / "broken.py").write_text(HEAD + BROKEN[test] + TAIL, "utf-8")
    contract = MeasureContract()
    contract.plugin, contract.measure, contract.examples = folder, "broken", (([{}, {}], -2),)  # type: ignore[misc]
    with pytest.raises(ERRORS):
        getattr(contract, test)()


@pytest.mark.parametrize("asked", ["event['topic']", "event.get('topic')", "event.get('topic', 'x')"])
def test_a_field_that_is_not_declared_is_found(asked: str, tmp_path: Path) -> None:
    """An example may hold more than the measure declares, as events do; to ask for that is a mistake, which in a run `get` would hide."""
    folder = tmp_path / "plugin"
    folder.mkdir(mode=0o755)
    body = f"sum({asked} == 'data' for event in events)"
    contract = MeasureContract()
    contract.plugin, contract.measure, contract.examples = folder, "broken", (([{"topic": "data"}], 1),)  # type: ignore[misc]
    (folder / "broken.py").write_text(HEAD + broken(body) + TAIL, "utf-8")
    with pytest.raises(KeyError, match="'topic' is not among the fields that the measure declares"):
        contract.said([{"topic": "data"}])
    (folder / "broken.py").write_text(HEAD + broken(body, more=', fields=["topic"]') + TAIL, "utf-8")
    again = MeasureContract()
    again.plugin, again.measure, again.examples = folder, "broken", contract.examples  # type: ignore[misc]
    again.test_it_says_of_the_examples_what_it_should()
