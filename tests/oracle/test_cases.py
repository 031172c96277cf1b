"""The oracle itself, checked by an expert's table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from oracle import episodes, evaluate
from oracle.case_files import Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_oracle_says_what_the_sentences_say(case: Case) -> None:
    """Each row of the expert's table is a cell of the oracle, with every column that the row names."""
    found = evaluate(case.district, case.as_of)
    wanted = [row | {"rule": row.get("rule", "case.rule")} for row in case.cells]
    for row in wanted:
        assert any(fits(row, cell) for cell in found), f"{row}\nis not among\n{table(found, row)}"
    if case.exact:
        assert len(found) == len(wanted), table(found, {})
    if case.episodes is not None:
        made = [asdict(e) for e in episodes(found, case.district["rules"]["rules"])]
        assert len(made) == len(case.episodes) and all(fits(w, m) for w, m in zip(case.episodes, made, strict=True)), made


def fits(row: dict[str, Any], cell: dict[str, Any]) -> bool:
    """Whether the cell has what the row names; `window` is its first day, None an empty column."""
    return all(written(cell["window_start" if c == "window" else c]) == written(value) for c, value in row.items())


def written(value: Any) -> str:
    return "" if value is None else str(value)


def table(found: list[dict[str, Any]], row: dict[str, Any]) -> str:
    columns = {"subject", "window_start", "verdict", "reason", *row} - {"window"}
    return "\n".join(", ".join(f"{c} {cell[c]}" for c in cell if c in columns) for cell in found)
