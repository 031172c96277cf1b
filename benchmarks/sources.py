"""Whether it matters where the events come from: each rule over Parquet, over a table in memory, and over CSV.

    python -m benchmarks.sources [--size S|M] [--rules rules_five|rules_25] [--reps 3] [--threads 2]

Prints per rule the seconds of all processors for each source (from the profile of a run), and the slowest against the median of
the three: no rule may take more than LIMIT times it. Then reading the CSV file, quarantine included, against what DuckDB needs to read it with
declared types.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.make import ensure
from benchmarks.shape import CSV_TYPES
from fidelity_engine import Engine

LIMIT, CSV_LIMIT = 3, 1.5
WRONG = "csv, some rows wrong"
READING = ("log", "events by type")
Times = dict[str, dict[str, list[float]]]


def measure(size: str, rules: str, reps: int, threads: int | None) -> Times:
    """Source → rule, or what of reading → seconds of all processors, a number per run; the sources in turn."""
    data = ensure(size)
    files = {"parquet": f"{rules}_trial.yaml", "table": f"{rules}_trial.yaml", "csv": f"{rules}_csv_trial.yaml", WRONG: f"{rules}_wrong_trial.yaml"}
    _write_wrong(data, data / files["csv"], data / files[WRONG])
    table = duckdb.connect().sql(f"from read_parquet('{data}/events/*.parquet')").to_arrow_table()
    times: Times = {source: defaultdict(list) for source in files}
    for _ in range(reps):
        for source, file in files.items():
            for name, seconds in _one(data / file, table if source == "table" else None, threads).items():
                times[source][name].append(seconds)
    return times


def _write_wrong(data: Path, rules: Path, target: Path) -> None:
    """The same events with a hundred rows that stand twice, ten newer versions, and twenty rows that are of no use; and the rules over them."""
    target.write_text(rules.read_text().replace("events.csv", "events_wrong.csv"))
    events = f"read_csv('{data}/events.csv', header = true, all_varchar = true)"
    some = "row_number() over () % (select count(*) // 100 from event)"
    db = duckdb.connect()
    db.execute(f"create table event as from {events}")
    db.execute(f"""copy (from event union all select * exclude (place) from (select *, {some} as place from event) where place = 7
        union all select * exclude (place) replace ('61' as duration_min) from (select *, {some} as place from event limit 100000) where place = 9
        union all select * exclude (place) replace ('never' as start_local, '-' || event_id as event_id)
          from (select *, {some} as place from event limit 200000) where place = 11) to '{data}/events_wrong.csv' (header)""")


def _one(rules: Path, events: Any, threads: int | None) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    with Engine.from_file(rules, threads=threads).evaluate(profile=True, events={"log": events} if events is not None else None) as result:
        for one in result.profile:
            if one.about and (one.stage.startswith("measure") or one.about in READING):
                found[one.about] += one.cpu_seconds
    return found


def rules_apart(times: Times) -> bool:
    """Print a line per rule; whether each keeps the limit."""
    kept = True
    print(f"| rule | {' | '.join(times)} | slowest / median (may be {LIMIT}) |\n| --- | {' | '.join('---' for _ in times)} | --- |")
    for rule in times["parquet"]:
        if rule in READING:
            continue
        medians = {source: statistics.median(found[rule]) for source, found in times.items()}
        ratio = max(medians.values()) / statistics.median(medians.values())
        kept = kept and ratio <= LIMIT
        print(f"| {rule} | {' | '.join(f'{seconds:.3f} s' for seconds in medians.values())} | {ratio:.1f} |")
    return kept


def reading(size: str, times: Times, reps: int, threads: int | None) -> None:
    """Print what reading the CSV file costs, and how many times what DuckDB needs to read it with declared types.

    To know of each row what becomes of it: converted, linked to the roster, told from duplicates, accepted or quarantined.
    Beside it what laying out the events by type takes, which a rule needs from any source.
    """
    bare = {keeps: statistics.median(_declared(size, keeps, threads) for _ in range(reps)) for keeps in (True, False)}
    weighed, laid_out = (statistics.median(times["csv"][part]) for part in READING)
    print(f"csv: engine, quarantine included, {weighed:.2f} s; DuckDB with declared types, rows in their order {bare[True]:.2f} s, in any {bare[False]:.2f} s")
    ratios = [weighed / least for least in bare.values()]
    print(f"     {ratios[0]:.2f} times as DuckDB reads it unless told otherwise (may be {CSV_LIMIT}), {ratios[1]:.2f} times in any order")
    wrong = [statistics.median(times[WRONG][part]) for part in READING]
    print(f"     with a hundred rows twice, ten newer versions and twenty of no use {wrong[0]:.2f} s, {wrong[0] / bare[True]:.2f} times; then {wrong[1]:.2f} s")
    others = ", ".join(f"{source} {statistics.median(found[READING[1]]):.2f} s" for source, found in times.items() if source not in ("csv", WRONG))
    print(f"     then events by type {laid_out:.2f} s ({others}): {(weighed + laid_out) / bare[True]:.1f} times with it")


def _declared(size: str, keeps_order: bool, threads: int | None) -> float:
    """Seconds of all processors in which DuckDB reads the file into a table. Rows stay in their order unless it is told otherwise; the engine's do."""
    db = duckdb.connect(config={"preserve_insertion_order": keeps_order} | ({"threads": threads} if threads else {}))
    began = time.process_time()
    db.execute(f"create table event as from read_csv('{ensure(size)}/events.csv', header = true, auto_detect = false, columns = {CSV_TYPES})")
    db.close()
    return time.process_time() - began


def main() -> int:
    """The command line; 1 where a rule breaks the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["S", "M"], default="M")
    parser.add_argument("--rules", choices=["rules_five", "rules_25"], default="rules_five")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--threads", type=int)
    said = parser.parse_args()
    times = measure(said.size, said.rules, said.reps, said.threads)
    kept = rules_apart(times)
    reading(said.size, times, said.reps, said.threads)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
