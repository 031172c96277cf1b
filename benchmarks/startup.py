"""Start-up: a small district is little else.

    python -m benchmarks.startup [--reps 5]

`fidelity run` with 25 rules on 20 schools against the bare imports of what it stands on; `fidelity --help` against
click alone; and which imports cost what.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.make import ensure
from benchmarks.processes import ROOT, Summed, in_turn, surroundings, told

FIDELITY = str(Path(sys.executable).with_name("fidelity"))
LIMIT = 6
"""So many times the bare imports may a small district take."""


def measure(reps: int) -> dict[str, Summed]:
    """The four commands in turn."""
    rules = str(ensure("S") / "rules_25.yaml")
    return in_turn({
        "bare imports": [sys.executable, "-c", "import duckdb, pydantic, click, ruamel.yaml"],
        "run, 25 rules on S": [FIDELITY, "run", rules, "--no-store"],
        "import click": [sys.executable, "-c", "import click"],
        "fidelity --help": [FIDELITY, "--help"],
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
    """The table, with the two ratios."""
    for label, runs in took.items():
        print(f"  {label:22} {told(runs)}")
    run, bare = took["run, 25 rules on S"], took["bare imports"]
    print(f"  run / bare imports: {run.seconds / bare.seconds:.1f}, cpu {run.cpu_seconds / bare.cpu_seconds:.1f} (may be {LIMIT})")
    print(f"  --help / click: {took['fidelity --help'].seconds / took['import click'].seconds:.1f}")


if __name__ == "__main__":
    main()
