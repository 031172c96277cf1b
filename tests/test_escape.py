"""Data made harmless for terminals and spreadsheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity_engine.escape import formula_safe, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\u202eb", r"\u202eb"),
        ("Grade 3 · Łódź", "Grade 3 · Łódź"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    """Control characters and marks of direction are shown as escapes, letters stay."""
    assert visible(text) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_comes_through(text: str) -> None:
    """Whatever the data, no C0, C1 or DEL is left."""
    assert not [sign for sign in visible(text) if ord(sign) < 32 or 127 <= ord(sign) < 160]


@pytest.mark.parametrize("start", "=+-@\t\r")
def test_formula_safe(start: str) -> None:
    """A text that a spreadsheet would calculate gets a leading quote; others stay."""
    assert formula_safe(f"{start}1") == f"'{start}1"
    assert formula_safe(f"a{start}1") == f"a{start}1"
