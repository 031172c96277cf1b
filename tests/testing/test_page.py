"""docs/test-a-rule.md: its example passes, and its table has every key."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from fidelity_engine.testing.runner import run_tests
from fidelity_engine.testing.suite import Case, Expected

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "test-a-rule.md").read_text("utf-8")


def test_the_example_passes(tmp_path: Path) -> None:
    """The first thing that people copy works."""
    found = re.search(r"```testyaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    shutil.copy(ROOT / "rules" / "district.yaml", tmp_path)
    (tmp_path / "district.test.yaml").write_text(found[1], "utf-8")
    run = run_tests([tmp_path])
    assert run.passed and len(run.outcomes) == 1


def test_every_key_is_told() -> None:
    """What a test may say stands in the table."""
    for key in {*Case.model_fields, *Expected.model_fields}:
        assert f"`{key}`" in PAGE, key
