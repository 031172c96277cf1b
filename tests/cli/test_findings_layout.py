"""`fidelity findings`: as wide as the terminal for eyes, one line each for programs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fidelity_engine.cli.findings import _laid_out, _line
from fidelity_engine.model.finding import Finding
from fidelity_engine.page import Page

ONE = Finding(
    "5f3a9c2e11ab", "practice", "a.rule", "A routine", None, None, "team", "g3", "Grade 3", "lincoln", 84, None, None, 2, None, "open",
    None, "3", "events", None, "high", "principal", None, "Grade 3 at Lincoln: 1 of 3 meetings recorded in the week of 3 Nov. " * 3,
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_sentence_stands_below_its_id(width: int) -> None:
    """Nothing is wider than the terminal, and nothing is lost."""
    head, *rest = _laid_out(ONE, Page(width)).splitlines()
    assert head.startswith("5f3a9c2e11ab  high  open") and all(len(line) <= width for line in (head, *rest))
    assert " ".join(line.strip() for line in rest) == ONE.message.strip()


def test_a_program_gets_one_line() -> None:
    """Also where the sentence holds a line end."""
    assert _line(replace(ONE, message="a\nb")).count("\n") == 1
