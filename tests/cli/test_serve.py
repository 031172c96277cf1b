"""The service as a process: it answers on a port of this machine until it is stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

RULES = Path(__file__).parent.parent.parent / "docs/demonstration/rules.yaml"


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def asked(port: int, path: str) -> dict:
    """The answer, as soon as there is one."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("nobody answered")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_serve(sent: signal.Signals) -> None:
    """It listens on this machine only, answers, refuses a taken port with a sentence, and ends well with Ctrl-C, or when it is told to."""
    port = free_port()
    call = [sys.executable, "-m", "fidelity_engine.cli", "serve", str(RULES), "--port", str(port)]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True) as service:
        try:
            assert asked(port, "/verdicts")["count"] > 0
            second = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
            assert (second.returncode, "cannot be listened on" in second.stderr, "Traceback" in second.stderr) == (2, True, False)
        finally:
            service.send_signal(sent)
            said = service.stderr.read() if service.stderr else ""
        assert service.wait(30) == 0
    assert "Traceback" not in said


def test_without_the_extra() -> None:
    """Where the extra is not installed, one sentence says how to get it."""
    code = "import sys; sys.modules['fastapi'] = None; from fidelity_engine.cli import main; main(['serve', sys.argv[1]])"
    done = subprocess.run([sys.executable, "-c", code, str(RULES)], capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))
    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (
        2, "`fastapi` is not installed. Install it: pip install 'fidelity-engine[server]'."
    )
