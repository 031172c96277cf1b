"""Plain-function measures: cells a second, of the calls alone and of a whole rule.

    python -m benchmarks.plugin [--cells 400000] [--reps 3]

Three events a cell and two declared fields. `repeat`: fields of few different values, as most are; `differ`: the value of
each event is its own. One core: the time of all processors of a run with one thread and one process.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.make import SIZES, ensure
from fidelity_engine.cli import FEW_COLLECTIONS
from fidelity_engine.plugin import Cell, Event, measure
from fidelity_engine.plugin.cells import Caller
from fidelity_engine.plugin.crew import Crew
from fidelity_engine.plugin.function import declared
from fidelity_engine.plugin.host import Host
from fidelity_engine.plugin.portions import portions

PORTION = 50_000
EVENTS = 3
FIELDS = ("requested_by", "minutes")


@measure("benchmark-balance", unit="share", fields=FIELDS)
def balance(events: list[Event], cell: Cell, *, least_minutes: float = 20) -> float | None:
    """Share of contacts of some length that the teacher asked for."""
    if not events:
        return None
    return sum(e["requested_by"] == "teacher" and e["minutes"] >= least_minutes for e in events) / len(events)


def cells(count: int) -> Iterator[dict[str, Any]]:
    """Batches of cells, as the database gives them."""
    import pyarrow as pa

    first, weeks = date(2025, 9, 1), 36
    for start in range(0, count, PORTION):
        numbers = range(start, min(start + PORTION, count))
        begins = [first + timedelta(7 * (n % weeks)) for n in numbers]
        ends = [one + timedelta(6) for one in begins]
        teams = [f"t{n // weeks:06}" for n in numbers]
        many = len(numbers)
        yield pa.record_batch({
            "cell_no": pa.array(numbers, pa.int64()), "rule": ["r"] * many, "subject_kind": ["team"] * many, "subject": teams,
            "school": [team[:5] for team in teams], "window_start": begins, "window_end": ends, "days": pa.array([5] * many, pa.int32()),
            "closes_on": ends, "due": ends, "closed": [True] * many, "as_of": [date(2026, 6, 5)] * many,
            "matching": pa.array([EVENTS] * many, pa.int64()), "unknown": pa.array([0] * many, pa.int64()),
        })  # fmt: skip


def events(count: int, differ: bool) -> Iterator[Any]:
    """Batches of their events."""
    import pyarrow as pa

    dice = random.Random(1)
    for start in range(0, count * EVENTS, PORTION):
        numbers = range(start, min(start + PORTION, count * EVENTS))
        minutes = [float(n) if differ else dice.choice((15.0, 20.0, 30.0, 45.0)) for n in numbers]
        asked = [dice.choice(("teacher", "coach", "principal")) for _ in numbers]
        yield pa.record_batch({"cell_no": pa.array([n // EVENTS for n in numbers], pa.int64()), "requested_by": asked, "minutes": minutes})


def calls(count: int, differ: bool) -> float:
    """Seconds for the calls alone."""
    kind = declared(balance)
    caller = Caller(kind, kind.parameters(event="x", least_minutes=30))
    ready = list(portions(list(cells(count)), list(events(count, differ))))
    began = time.process_time()
    for portion in ready:
        caller.answers(portion)
    return time.process_time() - began


PLUGIN = '''"""A measure for the benchmark."""

from fidelity_engine.plugin import Cell, Event, hookimpl, measure


@measure("speed-share", unit="share", fields=["protocol_used", "minutes"])
def share(events: list[Event], cell: Cell, *, least_minutes: float = 20) -> float | None:
    """Share of meetings of some length with a protocol."""
    if not events:
        return None
    return sum(e.get("protocol_used") is True and e["minutes"] >= least_minutes for e in events) / len(events)


@hookimpl
def fidelity_measures():
    return [share]
'''
RULE = """
  - id: speed.share
    title: Meetings have a protocol
    mode: trial
    expect: {of: team, each: week}
    measure: {kind: speed-share, event: meeting, least_minutes: 30}
    judge: {at_least: 0.5}
"""


def by_processes(count: int, processes: int) -> tuple[float, float]:
    """Seconds of the clock, and of all processors, until so many cells are called by so many processes, their start included."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "functions").mkdir()
        (Path(folder) / "functions" / "speed.py").write_text(PLUGIN)
        host = Host.load((), ["./functions"], folder)
        kind = host.measures["speed-share"]
        renamed = [batch.rename_columns(["cell_no", "protocol_used", "minutes"]) for batch in events(count, False)]
        ready = list(portions(list(cells(count)), renamed))
        crew = Crew(host.named, processes)
        began, cpu_began = time.perf_counter(), _cpu_seconds()
        try:
            said = sum(len(answers.numbers) for answers in crew.answers(kind, kind.parameters(event="x"), count, ready))
        finally:
            crew.close()
        assert said == count
    return time.perf_counter() - began, _cpu_seconds() - cpu_began


def _cpu_seconds() -> float:
    """Of this process and of those that it started and that are over."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def whole_rule(size: str) -> tuple[float, float, int]:
    """Seconds, seconds of all processors and cells of one rule with a function, in a run: events to their cells, calls, verdicts."""
    from fidelity_engine import Engine

    folder = ensure(size)
    (folder / "functions").mkdir(exist_ok=True)
    (folder / "functions" / "speed.py").write_text(PLUGIN)
    head = (folder / "rules_five.yaml").read_text().partition("\nrules:\n")[0]
    (folder / "rules_plugin.yaml").write_text(f"{head}\nplugins: [./functions]\nrules:{RULE}")
    with Engine.from_file(folder / "rules_plugin.yaml").evaluate(profile=True) as result:
        spent = next(one for one in result.profile if one.about == "speed.share" and one.stage.startswith("measure"))
        assert not result.summary.unfinished, result.summary.unfinished
    return spent.seconds, spent.cpu_seconds, spent.rows


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=400_000)
    parser.add_argument("--size", choices=SIZES, default="M", help="the district of the whole rule")
    parser.add_argument("--reps", type=int, default=3)
    said = parser.parse_args()
    gc.set_threshold(FEW_COLLECTIONS)           # as the command line does
    for label, differ in (("values repeat", False), ("values differ", True)):
        took = sorted(calls(said.cells, differ) for _ in range(said.reps))[said.reps // 2]
        print(f"calls, {label:14} {said.cells / took:10,.0f} cells/s")
    for processes in (1, os.cpu_count() or 1):
        seconds, cpu_seconds = by_processes(5 * said.cells, processes)
        print(f"calls, {5 * said.cells:,} cells by {processes} processes: {seconds:.1f} s, cpu {cpu_seconds:.1f} s: {5 * said.cells / seconds:,.0f} cells/s")
    seconds, cpu_seconds, many = sorted(whole_rule(said.size) for _ in range(said.reps))[said.reps // 2]
    print(f"whole rule, {many:,} cells: {seconds:.2f} s, cpu {cpu_seconds:.2f} s: {many / seconds:,.0f} cells/s")


if __name__ == "__main__":
    main()
