"""Log lines: on stderr, in JSON for machines, and free while there are none."""

from __future__ import annotations

import json
import subprocess
import sys


def python(code: str) -> tuple[str, str]:
    """stdout and stderr of a small program."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout, done.stderr


SET_UP = "import sys\nfrom fidelity_engine import log\n"


def test_lines_below_the_level_cost_nothing() -> None:
    """A run without lines does not pay for structlog."""
    out, err = python(
        SET_UP + "log.configure('warning', False, False); log.logger('a').info('x'); print('structlog' in sys.modules)"
    )
    assert (out, err) == ("False\n", "")


def test_json_lines_on_stderr() -> None:
    """One object per line with level, time and part; control characters are shown."""
    out, err = python(
        SET_UP + "log.configure('info', False, False); log.logger('load').info('read', rows=3, name='\\x1b')"
    )
    line = json.loads(err)
    assert out == "" and (line["event"], line["part"], line["rows"], line["level"]) == ("read", "load", 3, "info")
    assert line["name"] == "\\x1b" and line["timestamp"].endswith("Z")


def test_an_embedding_program_decides_itself() -> None:
    """Left alone the engine says warnings on stderr; where structlog is configured its configuration is used."""
    out, err = python(SET_UP + "log.logger('a').info('low'); log.logger('a').warning('high')")
    assert out == "" and [json.loads(line)["event"] for line in err.splitlines()] == ["high"]
    code = (
        "import structlog\nfrom structlog.testing import LogCapture\nseen = LogCapture()\n"
        "structlog.configure(processors=[seen])\n" + SET_UP + "log.logger('a').info('low')\nprint(seen.entries)"
    )
    assert "'event': 'low'" in python(code)[0]
