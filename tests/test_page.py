"""The page that a text is laid out on."""

from __future__ import annotations

import pytest

from fidelity_engine.page import Page, columns_of


@pytest.mark.parametrize("together", ["80 %", "3 Nov", "26 Jan", "H. Larkspindle"])
def test_what_belongs_together_stays_on_one_line(together: str) -> None:
    """A number and its sign, a day and its month, an initial and its name: wherever the line ends."""
    for filled in range(40, 60):
        lines = Page(60).wrapped(f"{'x' * filled} {together} and more", "  ", "    ")
        assert any(together in line for line in lines)
        assert all(len(line) <= 60 for line in lines) and not any("\0" in line for line in lines)


@pytest.mark.parametrize(("text", "columns"), [
    ("Lincoln", 7), ("北京学校", 8), ("🎓", 2), ("Élan", 4), ("E\u0301lan", 4), ("ＡＢ", 4), ("a\u200bb", 2), ("", 0), ("naïve…", 6),
])
def test_wide_signs_take_two_columns(text: str, columns: int) -> None:
    """As a terminal shows them; marks on a sign take none. What is filled or cut is as wide as was asked."""
    assert columns_of(text) == columns
    for width in range(2, 12):
        assert columns_of(Page().filled(text, width)) == width
        assert columns_of(Page().cut(text, width)) <= width
    assert Page().cut(text, columns) == text


@pytest.mark.parametrize("word", ["学" * 100, "a" + "学" * 99, "🎓é" * 50, "学校 " * 40])
def test_no_line_of_wide_signs_is_too_long(word: str) -> None:
    """Also where a word without a blank fills several lines: nothing overflows, and no sign is lost."""
    for width in range(60, 64):
        lines = Page(width).wrapped(f"{word} and more", "  ", "    ")
        assert max(map(columns_of, lines)) <= width
        assert "".join(lines).replace(" ", "") == f"{word}andmore".replace(" ", "")


def test_a_control_character_of_data_is_no_glue() -> None:
    """What data says is shown as an escape, never swallowed."""
    assert Page().wrapped("a\0b") == ["a\\x00b"]
