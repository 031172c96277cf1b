"""A district in a few lines, whose files and rule file a test replaces with hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.result import Result

RULES = """fidelity: 1
timezone: UTC
year: 2025-26
period: {from: 2025-09-01, until: 2025-09-28}
as_of: 2025-09-28
roster: {schools: schools.csv, teams: teams.csv, staff: staff.csv, members: members.csv}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: meeting, coverage: always}
rules:
- {id: a.rule, title: T, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
"""
FILES = {
    "schools.csv": "school,name\nlincoln,Lincoln\n",
    "teams.csv": "team,name,school,kind\ng2,Grade 2,lincoln,grade-level\n",
    "staff.csv": "staff,name,school,roles\nt-777,Teresa Secret,lincoln,general_ed\n",
    "members.csv": "team,staff\ng2,t-777\n",
    "log.csv": "id,team,start,participants\n1,g2,2025-09-02T10:00,t-777\n",
}

District = Callable[..., Path]


@pytest.fixture
def district(tmp_path: Path) -> District:
    """Write the files of a district into a folder; gives its rule file. `rules`: its text."""

    def write(rules: str = RULES, **files: str | bytes) -> Path:
        folder = tmp_path / "district"
        folder.mkdir(exist_ok=True)
        for name, content in {**FILES, **{name.replace("__", "."): text for name, text in files.items()}}.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "rules.yaml").write_text(rules, "utf-8")
        return folder / "rules.yaml"

    return write


@pytest.fixture
def evaluated(district: District) -> Callable[..., Result]:
    """The result of a district."""
    return lambda *args, **files: Engine.from_file(district(*args, **files)).evaluate()
