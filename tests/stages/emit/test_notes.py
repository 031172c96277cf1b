"""What a run says of its waivers: that one ends soon, has ended and is missed, or matched nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ..adjust.conftest import RULES, weeks
from ..adjust.conftest import evaluate as evaluate

CASES = YAML(typ="safe").load((Path(__file__).parent / "notes.yaml").read_text())
HALF = weeks("g3", [3, 2, 2, 2, 2]) + weeks("g4", [3] * 5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["row"])
def test_waivers(evaluate: Callable[..., Any], case: dict[str, Any], tmp_path: Path) -> None:
    """At most one sentence for each, and none where there is nothing to do."""
    rows = ["rule,subject_kind,subject,school,from,until,reason,approved_by,permanent", case["row"], *case.get("others", [])]
    (tmp_path / "waivers.csv").write_text("\n".join(rows) + "\n")
    result = evaluate(date(2025, 10, 4), HALF, rules=RULES.replace("decisions: decisions.csv", "decisions: decisions.csv\nwaivers: waivers.csv"))
    assert result.summary.notes == ([case["says"]] if case["says"] else [])


@pytest.mark.parametrize("rule", ["meets", ""])
def test_a_selection_says_nothing_of_what_it_did_not_look_at(evaluate: Callable[..., Any], rule: str, tmp_path: Path) -> None:
    """Where only some rules were asked for, a waiver of another rule, or of all, may match there: nobody is told to take it out."""
    rows = ["rule,subject_kind,subject,school,from,until,reason,approved_by,permanent", f"{rule},team,g3,,2025-09-15,2025-12-19,Half staffed,Ana,"]
    (tmp_path / "waivers.csv").write_text("\n".join(rows) + "\n")
    waived = RULES.replace("decisions: decisions.csv", "decisions: decisions.csv\nwaivers: waivers.csv")
    assert evaluate(date(2025, 10, 4), HALF, rules=waived, only=["visits"]).summary.notes == []
