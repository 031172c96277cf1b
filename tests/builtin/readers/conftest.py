"""A small district whose sources, roster and calendar are read by the readers under test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine import Engine
from fidelity_engine.result import Result

HEAD = """fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-02, until: 2025-10-31}
as_of: 2025-10-31
"""
ROSTER = """roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv, members: members.csv}
"""
CALENDAR = """calendar: {weekdays: [mon, tue, wed, thu, fri]}
"""
RULE = """rules:
- {id: a.rule, title: T, expect: {of: team, each: week}, measure: {kind: count, event: training}, judge: {at_least: 1}}
"""
EVIDENCE = """evidence: {log: {read: log.csv, delivers: training, coverage: always}}
"""
FILES = {
    "schools.csv": "school,name\nlincoln,Lincoln\n",
    "teams.csv": "team,name,school,kind\ng2,Grade 2,lincoln,grade-level\n",
    "staff.csv": "staff,name,school,roles\nt1,T. One,lincoln,general_ed\nt2,T. Two,lincoln,general_ed\nt3,T. Three,lincoln,special_ed\n",
    "members.csv": "team,staff\ng2,t1\ng2,t2\n",
    "log.csv": "team,start\ng2,2025-09-10\n",
}


@pytest.fixture
def evaluated(tmp_path: Path) -> Callable[..., Result]:
    """Write files (text or bytes) and a rule file with these sections, and evaluate it; sections left out are a small default's."""

    def run(files: dict[str, str | bytes], evidence: str = EVIDENCE, roster: str = ROSTER, calendar: str = CALENDAR,
            rule: str = RULE, head: str = HEAD) -> Result:  # fmt: skip
        everything: dict[str, Any] = {**FILES, **files}
        for name, content in everything.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "rules.yaml").write_text(head + roster + calendar + evidence + rule, "utf-8")
        return Engine.from_file(tmp_path / "rules.yaml").evaluate()

    return run
