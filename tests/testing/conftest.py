"""A small rule file, and tests written beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine.testing.runner import TestRun, run_tests

RULES = """
fidelity: 1
name: Small
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-02, until: 2026-06-12}
roster: {schools: {read: none.csv}, teams: {read: none.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: none.csv, delivers: meeting, coverage: {silent_after: {instructional_days: 5}}}
  norms: {read: none.csv, delivers: review, coverage: {with: log}}
defaults:
  judge: {grace: {instructional_days: 2}}
rules:
  - id: often
    title: Three meetings a week
    expect: {of: team, each: week, starts_after: {instructional_days: 20}}
    measure: {kind: count, event: meeting, where: {in_school_day: true}}
    judge: {at_least: 3}
  - id: monthly
    title: A meeting a month
    expect: {of: team, each: month}
    measure: {kind: count, event: meeting}
    judge: {at_least: 1}
  - id: reviewed
    title: A review a week
    expect: {of: team, each: week}
    measure: {kind: count, event: review}
    judge: {at_least: 1}
  - id: spread
    title: Most weeks are met
    expect: {of: school, each: month}
    measure: {kind: rollup, rule: often}
    judge: {at_least: 0.5}
  - id: shown
    title: Shown only
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting}
    judge: {reference: {value: 2}}
"""


@pytest.fixture
def ran(tmp_path: Path) -> Callable[[str], TestRun]:
    """Run tests that are given as text, beside the small rule file."""

    def run(tests: str) -> TestRun:
        (tmp_path / "small.yaml").write_text(RULES, "utf-8")
        path = tmp_path / "small.test.yaml"
        path.write_text(tests, "utf-8")
        return run_tests([path])

    return run
