"""A command that is stopped from outside ends in order, whoever stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "rules" / "district.yaml"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left(sent: signal.Signals, code: int, tmp_path: Path) -> None:
    """Ctrl-C and what schedulers send: one line, the code that shells use, and no folder with what was read."""
    call = [sys.executable, "-m", "fidelity_engine.cli", "run", str(RULES), "--no-store"]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}) as run:
        ends = time.monotonic() + 60
        while not list(tmp_path.glob("fidelity-*")) and time.monotonic() < ends:
            time.sleep(0.002)
        run.send_signal(sent)
        said = run.stderr.read() if run.stderr else ""
    assert (run.returncode, said.strip()) == (code, "Stopped before the end; nothing is half-written.")
    assert not list(tmp_path.iterdir())


def test_who_has_it_ignored_is_not_stopped() -> None:
    """Whoever starts a run so that SIGTERM does nothing keeps that."""
    call = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); from fidelity_engine.cli import stopping; stopping.listen(); signal.raise_signal(15)"
    assert subprocess.run([sys.executable, "-c", call], timeout=60, check=False).returncode == 0
