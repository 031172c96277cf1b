"""Where the time goes: the engine in process, every statement timed, in seconds of all processors.

    python -m benchmarks.statements [RULES] [--size M] [--top 20] [--text 160] [--python]

Prints the slowest statements with the line that ran them; `--python` adds the slowest functions of the engine.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.make import SIZES, ensure


@dataclass(frozen=True)
class Statement:
    """One statement that ran: how long, from where, and what."""

    seconds: float           # of all processors: what a busy machine cannot stretch
    caller: str
    sql: str


class Watched:
    """A connection that notes how long each statement takes."""

    def __init__(self, connection: Any, log: list[Statement]) -> None:
        self._connection, self._log = connection, log

    def execute(self, sql: str, values: Any = None) -> Any:
        began = time.process_time()
        found = self._connection.execute(sql, values)
        self._log.append(Statement(time.process_time() - began, _caller(), sql))
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _caller() -> str:
    """The innermost line outside of db that asked for the statement."""
    frame = sys._getframe(2)
    while frame.f_back and Path(frame.f_code.co_filename).parent.name == "db":
        frame = frame.f_back
    return f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{frame.f_lineno} {frame.f_code.co_name}"


def watch(log: list[Statement]) -> None:
    """From now on each database of the engine writes to `log`."""
    from fidelity_engine.db import Database

    start = Database.__init__

    def begin(self: Any, *given: Any, **named: Any) -> None:
        start(self, *given, **named)
        self.connection = Watched(self.connection, log)

    Database.__init__ = begin  # type: ignore[method-assign]


def run(rules: Path, verdicts: Path | None) -> Any:
    """One evaluation, as `fidelity run` does it."""
    from fidelity_engine import Engine

    result = Engine.from_file(rules).evaluate(write_ahead=bool(verdicts))
    if verdicts:
        result.verdicts.write(verdicts)
    return result


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", type=Path, nargs="?")
    parser.add_argument("--size", choices=SIZES, default="M")
    parser.add_argument("--top", type=int, default=20)
    parser.add_argument("--text", type=int, default=160, help="so many characters of each statement")
    parser.add_argument("--python", action="store_true", help="profile the Python code too")
    parser.add_argument("--verdicts", type=Path)
    said = parser.parse_args()
    rules = said.rules or ensure(said.size) / "rules_five.yaml"
    log: list[Statement] = []
    watch(log)
    profile = cProfile.Profile()
    began = time.process_time()
    result = profile.runcall(run, rules, said.verdicts) if said.python else run(rules, said.verdicts)
    seconds = time.process_time() - began
    show(log, seconds, said.top, said.text)
    print(f"{len(result.findings)} findings; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if said.python:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def show(log: list[Statement], seconds: float, top: int, width: int) -> None:
    """Totals, then the slowest statements."""
    inside = sum(one.seconds for one in log)
    print(f"{seconds:.2f} s, of which {inside:.2f} s in {len(log)} statements")
    for one in sorted(log, key=lambda one: -one.seconds)[:top]:
        print(f"  {one.seconds:7.3f} s  {one.caller}\n             {' '.join(one.sql.split())[:width]}")


if __name__ == "__main__":
    main()
