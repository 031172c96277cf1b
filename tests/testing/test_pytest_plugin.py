"""The pytest plugin: rule tests are collected as items, and say what differs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .conftest import RULES

TESTS = """
rules: small.yaml
tests:
  - name: a good one
    roster: {schools: [lincoln], teams: [{team: g3, school: lincoln}]}
    expect: [{rule: monthly, subject: g3, window: 2024-11-01, verdict: missed}]
  - name: a wrong one
    roster: {schools: [lincoln], teams: [{team: g3, school: lincoln}]}
    expect: [{rule: monthly, subject: g3, window: 2024-11-01, verdict: met}]
"""


def test_collected_by_the_entry_point(tmp_path: Path) -> None:
    """An installed engine needs no conftest; files of others with that ending are left alone."""
    (tmp_path / "small.yaml").write_text(RULES, "utf-8")
    (tmp_path / "small.test.yaml").write_text(TESTS, "utf-8")
    (tmp_path / "other.test.yaml").write_text("cases: []\n", "utf-8")
    run = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in run.stdout, run.stdout
    assert "- verdict: met" in run.stdout and "+ verdict: missed" in run.stdout and "Traceback" not in run.stdout
