"""Lines that are no JSON stand in the quarantine file as they were written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from loaded import Loaded, load

from fidelity_engine.stages.load import lines, write_quarantine

GOOD = '{"id":"%s","team":"g3","start":"2025-11-03T10:00"}\n'
FILES = {
    "logs/a.jsonl": f'{GOOD % "a"}\n{{"id":"b",,}}\n{GOOD % "c"}   \nno "JSON"; at all\r\n{GOOD % "d"}{GOOD % "e"}',
    "logs/b.jsonl": f'{GOOD % "f"}{GOOD % "g"}[1, 2]\n{GOOD % "h"}{{"id":"i","team":"nobody","start":"2025-11-03T10:00"}}',
}


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """Two files of JSON lines, with two broken lines, a list, an unknown team, and empty lines between."""
    return load(tmp_path, {"files": FILES, "source": {"read": "logs/*.jsonl"}})


def written(loaded: Loaded) -> list[list[str]]:
    """Place, row, reason and text of what the quarantine file has."""
    loaded.db.fence()
    write_quarantine(loaded.db, loaded.db.outbox / "q.csv")
    rows = csv.DictReader((loaded.db.outbox / "q.csv").open(encoding="utf-8", newline=""))
    return [[row[column] for column in ("place", "row", "reason", "raw")] for row in rows]


def test_broken_lines_are_shown(loaded: Loaded) -> None:
    """By file and row, empty lines not counted; what is JSON shows as ever."""
    assert written(loaded) == [
        ["a.jsonl", "2", "unreadable_row", '{"id":"b",,}'], ["a.jsonl", "4", "unreadable_row", 'no "JSON"; at all'],
        ["b.jsonl", "3", "unreadable_row", "[1, 2]"], ["b.jsonl", "5", "unknown_team", '{"id":"i","team":"nobody","start":"2025-11-03T10:00"}'],
    ]


def test_many_or_long_lines_are_told_without_all_their_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row stays in the file with place and reason; text is shown as far as there is room for it."""
    monkeypatch.setattr(lines, "LARGEST", 20)
    loaded = load(tmp_path, {"files": FILES, "source": {"read": "logs/*.jsonl"}})
    assert [row[-1] for row in written(loaded)][:2] == ['{"id":"b",,}', ""]
