"""Rows with which something is wrong are told alike, whichever way they are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from loaded import load
from test_large import case_of, told

from fidelity_engine.stages.load import feed, large, versions

MEETINGS = [
    "1,meeting,g3,2025-11-03 10:00:00,30,101;102", "2,meeting,g3,2025-11-04 09:30:00,30,101", "3,meeting,g3,2025-11-05 10:00:00,30,7",
    "1,meeting,g3,2025-11-03 10:00:00,30,101;102",      # again, word for word
    "2,meeting,g3,2025-11-04 11:30:00,30,101",          # a newer version
    "4,meeting,g3,not a time,30,101", "4,meeting,g3,not a time,30,101", "5,meeting,g3,never,30,101",
    ",meeting,g3,2025-11-05 10:00:00,30,101", ",meeting,g3,2025-11-05 10:00:00,30,101", ",meeting,g3,2025-11-05 10:00:00,45,101",
    "6,party,g3,2025-11-05 10:00:00,30,101",
    "7,meeting,nobody,2025-11-05 10:00:00,30,999", "8,meeting,g3,2025-11-05 10:00:00,many,101", "3,meeting,g3,2025-11-05 10:00:00,long,7",
]
IN_TEXTS = [row.replace("2,meeting", "'02,meeting", 1) if row.startswith("2,") else row for row in MEETINGS]
EVERY = {"accepted": 4, "bad_values": 2, "duplicates": 3, "quarantined": 8, "read": 15}
SAID = ["id", "start", "minutes", "team_no", "participants", "team"]
WAYS = {
    "as it is": {}, "too many to be told": {(large, "MOST_TOLD"): 0}, "a bitmap of two bits": {(large, "BITS"): 2},
    "in spans": {(versions, "MANY"): 0, (versions, "SPAN"): 2},
}


@pytest.mark.parametrize(("rows", "counts"), [
    (MEETINGS, EVERY), (IN_TEXTS, EVERY),
    ([MEETINGS[1], MEETINGS[4]], {"accepted": 1, "quarantined": 1, "read": 2}),
    ([MEETINGS[0], MEETINGS[0]], {"accepted": 1, "duplicates": 1, "read": 2}),
    ([*MEETINGS[:2], MEETINGS[5], MEETINGS[12]], {"accepted": 2, "quarantined": 2, "read": 4}),
    ([*MEETINGS[:2], MEETINGS[13]], {"accepted": 3, "bad_values": 1, "read": 3}),
    ([*MEETINGS[:2], *MEETINGS[8:11]], {"accepted": 2, "duplicates": 1, "quarantined": 2, "read": 5}),
    ([MEETINGS[0], "short,row", MEETINGS[1]], {"accepted": 2, "quarantined": 1, "read": 3}),
], ids=["whole numbers", "texts with a guard", "a newer version", "twice", "of no use", "a bad value", "without an id", "cut short"])
@pytest.mark.parametrize("way", WAYS)
def test_ways(way: str, rows: list[str], counts: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of a large file in two parts have the fates, the text in quarantine and the bad values that a small one's have."""
    head = "id,type,team,start,minutes,participants\n"
    case = case_of("", delivers=["meeting"])
    half = len(rows) // 2
    case["files"] |= {"log-1.csv": head + "\n".join(rows[:half]) + "\n", "log-2.csv": head + "\n".join(rows[half:]) + "\n"}
    case["source"] |= {"read": "log-*.csv", "columns": {}}
    case["uses"] = ["participants", "team"]
    careful = told(load(tmp_path, case), SAID)
    monkeypatch.setattr(feed, "LARGE_BYTES", 0)
    for (module, constant), value in WAYS[way].items():
        monkeypatch.setattr(module, constant, value)
    assert told(load(tmp_path, case), SAID) == careful
    assert careful["counts"] == counts
