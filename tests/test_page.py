"""The page that a text is laid out on."""

from __future__ import annotations

import pytest

from fidelity_engine.page import Page


@pytest.mark.parametrize("together", ["80 %", "3 Nov", "26 Jan", "H. Larkspindle"])
def test_what_belongs_together_stays_on_one_line(together: str) -> None:
    """A number and its sign, a day and its month, an initial and its name: wherever the line ends."""
    for filled in range(40, 60):
        lines = Page(60).wrapped(f"{'x' * filled} {together} and more", "  ", "    ")
        assert any(together in line for line in lines)
        assert all(len(line) <= 60 for line in lines) and not any("\0" in line for line in lines)


def test_a_control_character_of_data_is_no_glue() -> None:
    """What data says is shown as an escape, never swallowed."""
    assert Page().wrapped("a\0b") == ["a\\x00b"]
