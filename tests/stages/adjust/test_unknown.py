"""What a run says of decisions about ids that nobody has: a misspelt one passed in silence, and its answer was lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.stages.adjust.playbook import adjustment_id

from .conftest import evaluate as evaluate
from .conftest import weeks

HALF = weeks("g3", [3, 2, 2, 2, 2]) + weeks("g4", [3] * 5)
MET = weeks("g3", [3] * 5) + weeks("g4", [3] * 5)
SATURDAY = date(2025, 10, 4)
TRIED = "Share three planning periods"


@pytest.fixture
def finding(evaluate: Callable[..., Any]) -> str:
    """The id of the finding about g3."""
    (found,) = evaluate(SATURDAY, HALF).findings
    return str(found.finding_id)


def told(evaluate: Callable[..., Any], about: str, events: list[dict[str, Any]] = HALF, action: str = "accept", at: str = "2025-10-02") -> list[str]:
    """The notes of a run with one decision."""
    return list(evaluate(SATURDAY, events, [(at, about, action, "")]).summary.notes)


def test_a_misspelt_id_is_told_with_the_one_that_is_near(evaluate: Callable[..., Any], finding: str) -> None:
    """Of a finding and of an adjustment."""
    for id in (finding, adjustment_id(finding, TRIED)):
        wrong = id[:-1] + ("0" if id[-1] != "0" else "1")
        (note,) = told(evaluate, wrong)
        assert note == (f"The decision `accept` of 2025-10-02 about {wrong} answers nothing: no finding, adjustment or cycle has this id. "
                        f"Did you mean `{id}`?")  # fmt: skip


def test_an_id_like_no_other_is_told_with_what_to_do(evaluate: Callable[..., Any]) -> None:
    """Nothing is offered that is not near."""
    (note,) = told(evaluate, "nonsense", action="note")
    assert note.endswith("about nonsense answers nothing: no finding, adjustment or cycle has this id. Mend the id, or take the row out.")


def test_an_answer_that_somebody_has_is_not_told(evaluate: Callable[..., Any], finding: str, tmp_path: Path) -> None:
    """A finding, an adjustment, one whose turn has not come, a cycle; and a decision of last year."""
    (tmp_path / "cycles").mkdir()
    (tmp_path / "cycles" / "fall-round.yaml").write_text("id: fall-round\n")
    for about in (finding, adjustment_id(finding, TRIED), adjustment_id(finding, "Ask those that hold it"), "fall-round"):
        assert told(evaluate, about) == []
    assert told(evaluate, "nonsense", at="2025-06-02") == []


def test_a_late_record_makes_nobody_misspell(evaluate: Callable[..., Any], finding: str) -> None:
    """The weeks of a finding that went away are there, so its id and those of its adjustments are known."""
    assert list(evaluate(SATURDAY, MET).findings) == []
    for about in (finding, adjustment_id(finding, TRIED)):
        assert told(evaluate, about, MET) == []
