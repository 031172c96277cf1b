"""The first rule with rule-engine: each event is asked on its own, and Python counts.

    python -m benchmarks.peers.by_rule_engine DATA OUT

Such an engine answers whether one thing matches; what did not happen is found outside of it.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import rule_engine

from benchmarks.days import END, START

COUNTS = rule_engine.Rule('type == "meeting" and duration >= 30 and began >= opens and ended <= closes')


def run(data: Path, out: Path) -> None:
    """Answer the rule: meetings within the school day, counted by team and week."""
    calendar_of = dict(zip(*(pq.read_table(data / "schools.parquet")[name].to_pylist() for name in ("school", "calendar")), strict=True))
    teams = {row["team"]: calendar_of[row["school"]] for row in pq.read_table(data / "teams.parquet").to_pylist()}
    days = {(row["calendar"], row["date"]): (_minutes(row["day_start"]), _minutes(row["day_end"]))
            for row in pq.read_table(data / "calendar.parquet").to_pylist() if row["day_start"] and START <= row["date"] <= END}
    held: Counter[tuple[int, object]] = Counter()
    columns = ["type", "team_id", "start_local", "duration_min"]
    for batch in (part for path in sorted((data / "events").glob("*.parquet")) for part in pq.ParquetFile(path).iter_batches(columns=columns)):
        for kind, team, start, duration in zip(*(batch[name].to_pylist() for name in columns), strict=True):
            bells = days.get((teams.get(team, ""), start.date()))
            if bells is None:
                continue
            began = 60 * start.hour + start.minute
            event = {"type": kind, "duration": duration, "began": began, "ended": began + duration, "opens": bells[0], "closes": bells[1]}
            if COUNTS.matches(event):
                held[team, start.date() - timedelta(start.weekday())] += 1
    weeks: dict[str, set[object]] = {}
    for calendar, day in days:
        weeks.setdefault(calendar, set()).add(day - timedelta(day.weekday()))
    cells = [(team, week, held[team, week]) for team, calendar in teams.items() for week in weeks[calendar]]
    _write(cells, out / "r1.collaboration")


def _minutes(told: str | None) -> int:
    return 60 * int(told[:2]) + int(told[3:5]) if told else 0


def _write(cells: list[tuple[int, object, int]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subject, week, n = (list(column) for column in zip(*cells, strict=True))
    verdict = ["met" if count >= 3 else "missed" for count in n]
    pq.write_table(pa.table({"subject": subject, "window_start": week, "numerator": n, "denominator": [1] * len(n), "verdict": verdict}),
                   folder / "part-0000.parquet")


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
