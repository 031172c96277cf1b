"""`fidelity run --profile`: where the time went, as a table on stderr."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fidelity_engine.cli.times import lines
from fidelity_engine.course import Spent
from fidelity_engine.page import Page

SPENT = [
    Spent("load", "roster and calendar", 0.5, 0.25, 12), Spent("load", "a-log-with-a-name-longer-than-a-page-is-wide-\x1b[31m", 2, 3.5, 12_345_678),
    Spent("measure, judge", "weekly", 0.25, 0.25, 99), Spent("expect", "shared", 0.0001, 0, 0), Spent("emit", "", 0.125, 0.125, 7),
]  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_the_table_fits_the_page(width: int) -> None:
    """A line per stage with its sums, one per source and rule, the whole; no line is longer than the page."""
    table = list(lines(SPENT, Page(width)))
    assert max(map(len, table)) <= max(width, 60) and not any("\x1b" in line for line in table)
    cells = {line[:-31].strip(): line[-31:].split() for line in table if line.startswith("  ")}
    assert cells["load"] == ["2.500", "3.750", "12,345,690"]
    assert cells["weekly"] == cells["measure, judge"] == ["0.250", "0.250", "99"]
    assert next(line for line in table if "whole" in line).split() == ["whole", "2.875", "4.125"]
    assert not any("shared" in line or "expect" in line for line in table)


def test_the_profile_is_told_beside_the_result(fidelity: Callable[..., tuple[int, str, str]]) -> None:
    """It stands on stderr, whatever becomes of the result, and only when it is asked for."""
    assert fidelity("run", "r.yaml")[2] == ""
    code, out, err = fidelity("run", "r.yaml", "--profile", "--format", "json", "--no-store")
    assert code == 0 and "whole" not in out and err.split()[:4] == ["stage", "seconds", "cpu", "rows"]
    assert "rule file" in err and "whole" in err
