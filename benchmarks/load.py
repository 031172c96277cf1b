"""Large input by hand: `python -m benchmarks.load [--gigabytes 1] [--files 10000] [--memory 1GB]`.

One csv file of so many gigabytes, then so many small files by a pattern, each evaluated with bounded memory in a process of its
own: prints seconds, rows, and the process's peak. Everything is written below a temporary folder, and removed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from fidelity_engine import Engine

TEAMS, SCHOOLS, LINES = 400, 20, 200_000
NOTE = "what was talked about in this meeting as somebody typed it"
RULES = """fidelity: 1
timezone: UTC
year: 2025-26
period: {{from: 2025-09-01, until: 2026-06-12}}
as_of: 2026-06-12
roster: {{schools: schools.csv, teams: teams.csv}}
calendar: {{weekdays: [mon, tue, wed, thu, fri]}}
evidence:
  log: {{read: {read}, delivers: meeting, coverage: {{silent_after: {{instructional_days: 5}}, per: school}}}}
rules:
- {{id: a.rule, title: T, expect: {{of: team, each: week}}, measure: {{kind: count, event: meeting, where: {{minutes: {{gte: 30}}}}}}, judge: {{at_least: 3}}}}
"""


def roster(folder: Path) -> None:
    """Schools and teams."""
    schools = "".join(f"s{n},School {n}\n" for n in range(SCHOOLS))
    teams = "".join(f"t{n},Team {n},s{n % SCHOOLS},grade-level\n" for n in range(TEAMS))
    (folder / "schools.csv").write_text(f"school,name\n{schools}", "utf-8")
    (folder / "teams.csv").write_text(f"team,name,school,kind\n{teams}", "utf-8")


def line(number: int) -> str:
    """One meeting."""
    day = date(2025, 9, 1) + timedelta(days=number % 280)
    return f"{number},t{number % TEAMS},{day}T10:{number % 60:02},45,{NOTE}\n"


def one_large(folder: Path, size: float) -> None:
    """A file of so many gigabytes."""
    with (folder / "log.csv").open("w", encoding="utf-8") as file:
        file.write("id,team,start,minutes,note\n")
        number = 0
        while file.tell() < size * 1e9:
            file.write("".join(line(n) for n in range(number, number + LINES)))
            number += LINES


def many_small(folder: Path, files: int) -> None:
    """So many files of five rows."""
    (folder / "logs").mkdir()
    for number in range(files):
        rows = "".join(line(5 * number + n) for n in range(5))
        (folder / "logs" / f"{number:06}.csv").write_text(f"id,team,start,minutes,note\n{rows}", "utf-8")


def evaluated(folder: Path, read: str, memory: str, told: multiprocessing.Queue[tuple[int, int, float, float]]) -> None:
    """Rows read, rows accepted, seconds, and the peak of this process in MB."""
    began = time.perf_counter()
    with Engine.from_text(RULES.format(read=read), folder, memory_limit=memory, threads=2).evaluate() as result:
        (source,) = result.summary.sources
        assert source.readable, source.cause
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told.put((source.read, source.accepted, time.perf_counter() - began, peak))


def measured(name: str, memory: str, read: str, write: Callable[[Path], None]) -> None:
    """Write, evaluate in a fresh process, print."""
    with tempfile.TemporaryDirectory(prefix="fidelity-load-") as written:
        folder = Path(written)
        roster(folder)
        write(folder)
        size = sum(path.stat().st_size for path in folder.rglob("*.csv")) / 1e9
        context = multiprocessing.get_context("spawn")
        told: multiprocessing.Queue[tuple[int, int, float, float]] = context.Queue()
        process = context.Process(target=evaluated, args=(folder, read, memory, told))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"{name}: ended with {process.exitcode}")
        rows, accepted, seconds, peak = told.get()
        print(f"{name}: {size:.2f} GB, {rows:,} rows read, {accepted:,} accepted, {seconds:.1f} s, peak {peak:,.0f} MB with memory_limit {memory}")


def main() -> None:
    """Both, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--memory", default="1GB")
    said = parser.parse_args()
    if said.gigabytes:
        measured("one file", said.memory, "log.csv", lambda folder: one_large(folder, said.gigabytes))
    if said.files:
        measured(f"{said.files:,} files", said.memory, "'logs/*.csv'", lambda folder: many_small(folder, said.files))


if __name__ == "__main__":
    main()
