"""The five rules with other tools beside the engine and the hand-tuned SQL, with equal answers.

    python -m benchmarks.peers [--size S|M] [--reps 3] [--chart]

Polars and pandas say all five, a rules engine for single events (rule-engine) the first alone. They are installed into
benchmarks/.venv-peers, never beside the engine. Whole processes in turn; every cell is compared. `--chart` draws
benchmarks/peers.svg.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks import startup
from benchmarks.answers import differences
from benchmarks.compare import RESULTS, events_of, keep
from benchmarks.make import HERE, ensure
from benchmarks.peers.chart import bars
from benchmarks.processes import Summed, in_turn
from benchmarks.reference import RULES

HOME = HERE / ".venv-peers"
PYTHON = HOME / "bin" / "python"
PACKAGES = ("polars>=1", "pandas>=2.2", "pyarrow>=15", "rule-engine>=4")
PEERS = {"Polars": "polars", "pandas": "pandas", "rule-engine, rule 1 only": "rule_engine"}
ONE = ("rule-engine, rule 1 only",)
ENGINE, SQL = "fidelity-engine", "hand-tuned SQL"


def install() -> None:
    """The peers in a house of their own, when they are not there yet."""
    if not (HOME / "installed").exists():
        venv.create(HOME, with_pip=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (HOME / "installed").touch()


def race(size: str, reps: int) -> dict[str, Summed]:
    """Run all in turn; 1 MB of results stay for the comparison."""
    data, out = ensure(size), RESULTS / f"peers-{size}"
    shutil.rmtree(out, ignore_errors=True)
    for label in (SQL, *PEERS):
        (out / label).mkdir(parents=True)
    commands = {
        ENGINE: [startup.FIDELITY, "run", str(data / "rules_five_trial.yaml"), "--verdicts", str(out / "verdicts.parquet"), "--format", "jsonl", "--no-store"],
        SQL: [sys.executable, "-m", "benchmarks.reference", str(data), str(out / SQL)],
    }  # fmt: skip
    for label, module in PEERS.items():
        commands[label] = [str(PYTHON), "-W", "ignore", "-m", f"benchmarks.peers.by_{module}", str(data), str(out / label)]
    return in_turn(commands, reps)


def wrong_cells(size: str, label: str) -> tuple[int, int]:
    """How many cells a peer said, and how many of them the engine says otherwise."""
    out = RESULTS / f"peers-{size}"
    rules = list(RULES)[:1] if label in ONE else list(RULES)
    found = differences(out / "verdicts.parquet", out / label, rules)
    return sum(cells for cells, _, _ in found.values()), sum(wrong for _, wrong, _ in found.values())


def main() -> int:
    """The command line; 1 where answers differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=["S", "M", "L"], default="M")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--chart", action="store_true")
    said = parser.parse_args()
    install()
    took = race(said.size, said.reps)
    events, different = events_of(ensure(said.size)), 0
    print(f"{said.size}: {events:,} events, {said.reps} runs each in turn\n")
    print("| tool | seconds | seconds of all processors | events a second | peak memory | cells equal |\n| --- | --- | --- | --- | --- | --- |")
    for label, runs in took.items():
        cells, wrong = (0, 0) if label == ENGINE else wrong_cells(said.size, label)
        different += wrong
        equal = "" if label == ENGINE else f"{cells - wrong:,} of {cells:,}"
        print(f"| {label} | {runs.seconds:.1f} | {runs.cpu_seconds:.1f} | {events / runs.seconds:,.0f} | {runs.peak_bytes / 1e6:.0f} MB | {equal} |")
    keep(f"peers {said.size}", took, events=events, equal=not different)
    if said.chart:
        title = f"Five rules over {events / 1e6:.0f} million events, seconds of all processors"
        Path(HERE, "peers.svg").write_text(bars(title, {label: runs.cpu_seconds for label, runs in took.items()}, "s", ENGINE))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
