"""A district that writes the same in another form gets the same verdicts."""

from __future__ import annotations

import pytest

written = pytest.importorskip("benchmarks.written", reason="run from the root of the repository")


def test_forms_that_say_the_same_have_the_same_verdicts() -> None:
    """On the small district, for every form; each of them is told in a line."""
    lines: list[str] = []
    assert written.race("S", "rules_25", 1, lines.append)
    assert [" ".join(line.split("cpu")[0].split()[:-2]) for line in lines] == list(written.FORMS)
