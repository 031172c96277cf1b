"""docs/test-a-rule.md: its example passes, and its table has every key."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

from fidelity_engine import Engine
from fidelity_engine.page import Page
from fidelity_engine.testing.runner import run_tests
from fidelity_engine.testing.suite import Case, Expected
from fidelity_engine.views.backtest import backtest, lines

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


def test_the_backtest_of_the_page_says_what_it_shows(tmp_path: Path) -> None:
    """The stricter file of the page differs from the district's as the page has it."""
    folder = tmp_path / "demonstration"
    shutil.copytree(ROOT / "docs" / "demonstration", folder, ignore=shutil.ignore_patterns(".fidelity", "__pycache__"))
    stricter = (folder / "rules.yaml").read_text("utf-8").replace("at_least: 3", "at_least: 4")
    (folder / "stricter.yaml").write_text(stricter, "utf-8")
    engines = [Engine.from_file(folder / name) for name in ("rules.yaml", "stricter.yaml")]
    said = "\n".join(lines(backtest(engines[0], date(2025, 9, 15), date(2025, 11, 28), "month", engines[1]), Page()))
    shown = re.search(r"```text\n(Differences\n.*?)```", PAGE, re.DOTALL)
    assert shown and shown[1].rstrip() in said
