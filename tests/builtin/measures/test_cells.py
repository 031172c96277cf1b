"""signal, ladder, score and agreement, each by a table of small districts and what their cells are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from small_district import differing, engine

HERE = Path(__file__).parent
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(HERE.glob("*.yaml"))
    for case in YAML(typ="safe").load(file.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_the_cells_are_what_the_table_says(case: dict[str, Any], tmp_path: Path) -> None:
    """Each row of the table names a cell and what some of its columns are."""
    result = engine(tmp_path, case).evaluate(str(case.get("as_of", "2026-06-13")))
    found = list(result.verdicts.rows())
    default = {"rule": case["rules"][-1]["id"], "subject": "t"}
    assert not differing(found, [default | row for row in case["cells"]])
    result.close()


@pytest.mark.parametrize("case", [case for case in CASES if "finding" in case.values[0]])
def test_the_finding_says_so(case: dict[str, Any], tmp_path: Path) -> None:
    """The sentence of the newest finding about the last rule."""
    result = engine(tmp_path, case).evaluate(str(case.get("as_of", "2026-06-13")))
    messages = [finding.message for finding in result.findings if finding.rule == case["rules"][-1]["id"]]
    result.close()
    assert case["finding"] in messages[-1]
