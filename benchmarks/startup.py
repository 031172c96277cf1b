"""Start-up: a small district is little else.

    python -m benchmarks.startup [--reps 5]

`fidelity run` with 25 rules on 20 schools, and on the example district, against the bare imports of what it stands on;
`fidelity --help` against click alone; and which imports cost what. On a busy machine the ratio of the least times of all
processors tells most.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.make import ensure
from benchmarks.processes import ROOT, Summed, in_turn, surroundings, told

FIDELITY = str(Path(sys.executable).with_name("fidelity"))
BARE, HELP, CLICK = "bare imports", "fidelity --help", "import click"
LIMITS = {"run, 25 rules on S": 6, "run, example": 4, "run, example, no store": 4}
"""So many times the bare imports may each run take."""


def measure(reps: int) -> dict[str, Summed]:
    """The commands in turn."""
    rules, example = str(ensure("S") / "rules_25.yaml"), str(ROOT / "rules" / "district.yaml")
    with tempfile.TemporaryDirectory() as store:
        return in_turn({
            BARE: [sys.executable, "-c", "import duckdb, pydantic, click, ruamel.yaml"],
            "run, 25 rules on S": [FIDELITY, "run", rules, "--no-store"],
            "run, example, no store": [FIDELITY, "run", example, "--no-store"],
            "run, example": [FIDELITY, "run", example, "--store", store],
            CLICK: [sys.executable, "-c", "import click"],
            HELP: [FIDELITY, "--help"],
        }, reps)  # fmt: skip


def imports(top: int = 15) -> list[tuple[int, str]]:
    """(microseconds of its own, module) of the slowest imports of a run."""
    rules = str(ensure("S") / "rules_25.yaml")
    command = [sys.executable, "-X", "importtime", FIDELITY, "run", rules, "--no-store"]
    printed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, env=surroundings()).stderr
    rows = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", printed)
    return sorted(((int(own), module) for own, module in rows), reverse=True)[:top]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=5)
    show(measure(parser.parse_args().reps))
    for own, module in imports():
        print(f"  {own / 1000:7.1f} ms  {module}")


def show(took: dict[str, Summed]) -> None:
    """The table, with the ratios."""
    for label, runs in took.items():
        print(f"  {label:22} {told(runs)}   least cpu {runs.least_cpu_seconds:6.3f} s")
    for label, limit in LIMITS.items():
        print(f"  {label} / {BARE}: {ratio(took[label], took[BARE])} (may be {limit})")
    print(f"  {HELP} / {CLICK}: {ratio(took[HELP], took[CLICK])} (may be 1.5)")


def ratio(one: Summed, other: Summed) -> str:
    """Of the medians of wall clock and processors, and of the least of processors."""
    pairs = ((one.seconds, other.seconds), (one.cpu_seconds, other.cpu_seconds), (one.least_cpu_seconds, other.least_cpu_seconds))
    return "{:.1f}, cpu {:.1f}, least cpu {:.1f}".format(*(a / b for a, b in pairs))


if __name__ == "__main__":
    main()
