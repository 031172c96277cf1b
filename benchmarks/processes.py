"""Whole processes, timed: wall clock, peak memory, several repetitions of several commands in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BYTECODE = ROOT / "benchmarks" / "results" / "bytecode"


@dataclass(frozen=True)
class Took:
    """One process: wall clock, time of all processors (what a busy machine cannot stretch), peak of resident memory."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Summed:
    """Several runs of one command."""

    seconds: float           # median
    cpu_seconds: float       # median
    least_cpu_seconds: float # of the quickest: what a busy machine stretches least
    spread: float            # slowest / fastest
    peak_bytes: int          # largest
    runs: int


def surroundings() -> dict[str, str]:
    """The environment of what is measured: as ours, but with bytecode kept, as an installed program has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(BYTECODE)}


def once(command: Sequence[str]) -> Took:
    """Run a command to its end; what it prints is shown only when it fails."""
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, env=surroundings())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            out.seek(0)
            printed = out.read().decode(errors="replace")[-3000:]
            raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n{printed}")
    return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def in_turn(commands: Mapping[str, Sequence[str]], reps: int) -> dict[str, Summed]:
    """Each command `reps` times, interleaved (A B A B ...), so that what else the machine does hits all of them.

    A first round of several is not counted: it compiles bytecode and fills the caches of the system.
    """
    took: dict[str, list[Took]] = {label: [] for label in commands}
    for command in commands.values() if reps > 1 else ():
        once(command)
    for _ in range(reps):
        for label, command in commands.items():
            took[label].append(once(command))
    return {label: summed(runs) for label, runs in took.items()}


def summed(runs: Sequence[Took]) -> Summed:
    """Median, spread and peak of several runs."""
    seconds = [run.seconds for run in runs]
    cpu = statistics.median(run.cpu_seconds for run in runs)
    least = min(run.cpu_seconds for run in runs)
    return Summed(statistics.median(seconds), cpu, least, max(seconds) / min(seconds), max(run.peak_bytes for run in runs), len(runs))


def told(runs: Summed) -> str:
    """The numbers of one command in one line."""
    return f"{runs.seconds:8.3f} s   cpu {runs.cpu_seconds:8.3f} s   spread {runs.spread:.2f}   {runs.peak_bytes / 1e6:6.0f} MB"
