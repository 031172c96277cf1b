"""The race: the engine against hand-tuned SQL for the same five rules, with equal answers.

    python -m benchmarks.compare [--size S|M|L|XL] [--reps 3] [--csv] [--trial] [--no-start]

Makes the district when it is missing, runs both as whole processes in turn, and beside them the floor (a process that only
reads the columns), compares every cell, prints medians, ratios, rows per second and peak memory, and appends them to
benchmarks/results. `--trial` puts the rules on trial: the same cells without findings, which the SQL does not give either.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

import duckdb

from benchmarks import startup
from benchmarks.answers import differences
from benchmarks.make import HERE, SIZES, ensure
from benchmarks.processes import Summed, in_turn, told

RESULTS = HERE / "results"
LIMIT, MEMORY = 2, 2_000_000_000
"""Ten million events: at most so many times the hand-tuned SQL, and so many bytes."""


def race(size: str, reps: int, csv: bool, trial: bool) -> bool:
    """Run both, print and keep the numbers; whether the answers were equal."""
    form = ("_csv" if csv else "") + ("_trial" if trial else "")
    data = ensure(size)
    out = RESULTS / size
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    rules, verdicts = data / f"rules_five{form}.yaml", out / "verdicts.parquet"
    took = in_turn({
        "engine": [startup.FIDELITY, "run", str(rules), "--verdicts", str(verdicts), "--format", "text", "--no-store"],
        "hand-tuned SQL": [sys.executable, "-m", "benchmarks.reference", str(data), str(out), *(["--csv"] if csv else [])],
        "scan of the columns": [sys.executable, "-m", "benchmarks.scan", str(data)],
    }, reps)  # fmt: skip
    events = events_of(data)
    print(f"{size}{form}: {events:,} events, {reps} runs each in turn")
    for label, runs in took.items():
        print(f"  {label:19} {told(runs)}   {events / runs.seconds:12,.0f} events/s")
    engine, sql, floor = took["engine"], took["hand-tuned SQL"], took["scan of the columns"]
    ratio = engine.seconds / sql.seconds
    print(f"  engine / hand-tuned SQL: {ratio:.2f}, cpu {engine.cpu_seconds / sql.cpu_seconds:.2f} (L: may be {LIMIT}, with {MEMORY / 1e9:.0f} GB)")
    print(f"  engine / scan of the columns: {engine.seconds / floor.seconds:.1f}, cpu {engine.cpu_seconds / floor.cpu_seconds:.1f}")
    equal = agree(verdicts, out)
    keep(f"race {size}{form}", took, events=events, ratio=round(ratio, 3), equal=equal)
    return equal


def events_of(data: Path) -> int:
    """How many events a district has."""
    return int(duckdb.connect().execute(f"select count(*) from read_parquet('{data}/events/*.parquet')").fetchall()[0][0])


def agree(verdicts: Path, reference: Path) -> bool:
    """Print per rule how many cells were compared and what differs."""
    found = differences(verdicts, reference)
    for rule, (cells, wrong, shown) in found.items():
        print(f"  {rule:24} {cells:10,} cells, {wrong:,} differ")
        for row in shown:
            print(f"    {row}")
    return not any(wrong for _, wrong, _ in found.values())


def keep(what: str, took: dict[str, Summed], **more: object) -> None:
    """Append the numbers to the results."""
    RESULTS.mkdir(exist_ok=True)
    row = {"what": what, "at": time.strftime("%Y-%m-%dT%H:%M:%S"), "cores": os.cpu_count(), "load": os.getloadavg()[0], **more}
    with (RESULTS / "results.jsonl").open("a") as file:
        file.write(json.dumps(row | {label: asdict(runs) for label, runs in took.items()}) + "\n")


def main() -> int:
    """The command line; 1 where the answers differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, action="append", help="default: M")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--csv", action="store_true", help="let both read CSV (S and M)")
    parser.add_argument("--trial", action="store_true", help="cells without findings")
    parser.add_argument("--no-start", action="store_true", help="leave out the start-up")
    said = parser.parse_args()
    unequal = [size for size in said.size or ["M"] if not race(size, said.reps, said.csv, said.trial)]
    if not said.no_start:
        print("start-up")
        took = startup.measure(max(5, said.reps))
        startup.show(took)
        keep("start-up", took)
        for own, module in startup.imports():
            print(f"  {own / 1000:7.1f} ms  {module}")
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main())
