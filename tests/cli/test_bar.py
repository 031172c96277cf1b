"""The bar on a real terminal, and Ctrl-C there: the screen, the folder and the store are as they were."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fidelity_engine.store import address_of
from fidelity_engine.store.opening import look_up

from .conftest import plugged

RULES = plugged("slow")
SLOW = """
import time
from fidelity_engine.plugin import hookimpl, measure

@measure("slow", unit="meetings")
def slow(events, cell):
    time.sleep(PAUSE)
    return len(events)

@hookimpl
def fidelity_measures():
    return [slow]
"""
DRIVER = """
import os, sys
from fidelity_engine import evaluate, shards
from fidelity_engine.cli import bar, exit_code
from fidelity_engine.plugin import crew, portions
bar.MOMENT_SECONDS = float(os.environ.get("MOMENT", bar.MOMENT_SECONDS))
evaluate.FEW_EVENTS, shards.CELLS = -1, 1
if "SHARED" in os.environ:
    crew.WORTH_SECONDS, portions.SAMPLE = -1, 1
code = exit_code(sys.argv[1:])
print("rich" if "rich" in sys.modules else "plain", flush=True)
sys.exit(code)
"""
SCHOOLS = 4
ENOUGH_SECONDS = 60


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """Four schools with a team each, and a measure that takes its time."""
    names = [f"s{n}" for n in range(SCHOOLS)]
    (tmp_path / "schools.csv").write_text("school\n" + "\n".join(names) + "\n")
    (tmp_path / "teams.csv").write_text("team,school,kind\n" + "".join(f"t-{name},{name},grade-level\n" for name in names))
    (tmp_path / "log.csv").write_text("id,team,start\n" + "".join(f"{n},t-s{n % SCHOOLS},2025-09-{n + 1:02}T10:00\n" for n in range(20)))
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "slow").mkdir()
    pause(tmp_path, 0.1)
    return tmp_path


def pause(district: Path, seconds: float) -> None:
    """How long the measure takes for a cell."""
    (district / "slow" / "slow.py").write_text(SLOW.replace("PAUSE", str(seconds)))


class Terminal:
    """A run on a terminal of its own; `screen` is all that it was sent."""

    def __init__(self, district: Path, *arguments: str, **environment: str) -> None:
        self.screen = ""
        self._here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        command = [sys.executable, "-c", DRIVER, "run", str(district / "rules.yaml"), *arguments]
        self._run = subprocess.Popen(
            command, stdin=there, stdout=there, stderr=there, cwd=district, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONDONTWRITEBYTECODE": "1", **environment},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # fmt: skip
        os.close(there)

    def pieces(self) -> Iterator[str]:
        """What arrives, until the run is over."""
        until = time.monotonic() + ENOUGH_SECONDS
        while time.monotonic() < until:
            try:
                piece = os.read(self._here, 65536).decode(errors="replace")
            except OSError:
                return
            if not piece:
                return
            self.screen += piece
            yield self.screen
        raise AssertionError(f"the run does not end: {self.screen[-500:]}")

    def press(self, keys: str) -> None:
        """Type into the terminal, whose driver makes a signal of Ctrl-C."""
        os.write(self._here, keys.encode())

    def ended(self) -> int:
        """The exit code, once everything was read."""
        for _ in self.pieces():
            pass
        os.close(self._here)
        return self._run.wait(ENOUGH_SECONDS)


def files(district: Path) -> set[str]:
    """Everything in the folder but the store."""
    return {str(path.relative_to(district)) for path in district.rglob("*") if ".fidelity" not in path.parts}


def test_the_bar_tells_shard_rule_and_rows_and_goes_away(district: Path) -> None:
    """A run of more than a second: part of the schools, rule, rows, time left; after it the line is empty again."""
    terminal = Terminal(district, "--no-store")
    assert terminal.ended() == 0, terminal.screen
    bar, _, page = terminal.screen.rpartition("\x1b[2K")
    assert re.search(r"weekly.*shard [234] of \d, \d+ rows.*\d:\d\d", bar)
    assert "\x1b[?25h" in terminal.screen and "shard" not in page and page.endswith("rich\r\n")


@pytest.mark.parametrize(("arguments", "environment"), [(("--no-store", "--quiet"), {}), (("--no-store",), {"TERM": "dumb"})])
def test_no_bar_where_it_is_not_wanted(district: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    """Asked to be quiet, or on a terminal that cannot move its cursor, even a long run shows none."""
    terminal = Terminal(district, *arguments, **environment)
    assert terminal.ended() == 0, terminal.screen
    assert "shard" not in terminal.screen and "\x1b[?25l" not in terminal.screen and "plain" in terminal.screen


def test_a_bar_without_colours(district: Path) -> None:
    """NO_COLOR takes the colours, not the bar."""
    terminal = Terminal(district, "--no-store", NO_COLOR="1")
    assert terminal.ended() == 0, terminal.screen
    assert "shard 2 of" in terminal.screen and not re.search(r"\x1b\[[\d;]*3\d[;m]", terminal.screen)


def test_a_quick_run_shows_no_bar_and_imports_none(district: Path) -> None:
    """What is over within the moment (here a long one) does not flicker."""
    terminal = Terminal(district, "--no-store", MOMENT=str(ENOUGH_SECONDS))
    assert terminal.ended() == 0, terminal.screen
    assert "\x1b[?25l" not in terminal.screen and terminal.screen.endswith("plain\r\n")


def workers(district: Path) -> list[str]:
    """The processes that call functions for a run in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == district.resolve() and b"plugin.worker" in (process / "cmdline").read_bytes():
                found.append(process.name)
    return found


@pytest.mark.parametrize("environment", [{}, {"SHARED": "1"}], ids=["alone", "several processes"])
def test_ctrl_c_between_shards_leaves_nothing(district: Path, environment: dict[str, str]) -> None:
    """Stopped in the third of several shards: 130, no file, no process, no run in the store; the next run is whole."""
    before = files(district)
    wanted = ("--output", "out.txt", "--verdicts", "cells.csv", "--quarantine", "bad.csv")
    terminal = Terminal(district, *wanted, **environment)
    for screen in terminal.pieces():
        if "shard 3 of" in screen:
            assert bool(workers(district)) == bool(environment)
            terminal.press("\x03")
            break
    assert terminal.ended() == 130
    assert "Stopped before the end; nothing is half-written." in terminal.screen and "Traceback" not in terminal.screen
    assert files(district) == before and not workers(district)
    assert not [path for path in (district / ".fidelity").rglob("*") if path.suffix == ".parquet" or path.name.startswith("fidelity-")]
    with look_up(address_of(district / "rules.yaml")) as memory:
        assert memory is None or memory.last() is None
    pause(district, 0)
    assert Terminal(district, *wanted).ended() == 0
    assert files(district) == before | {"out.txt", "cells.csv", "bad.csv"}
