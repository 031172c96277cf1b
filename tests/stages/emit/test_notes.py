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
