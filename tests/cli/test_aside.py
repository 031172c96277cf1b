"""What plugins print does not stand among the results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code

from .conftest import plugged

CHATTY = """
from fidelity_engine.plugin import hookimpl, measure
print("loaded")

@measure("chatty", unit="meetings")
def chatty(events, cell):
    print("asked")
    return len(events)

@hookimpl
def fidelity_measures():
    return [chatty]
"""


@pytest.fixture
def rules(tmp_path: Path) -> str:
    """A district with a measure that prints when it is loaded and when it is asked."""
    for name, text in {"schools.csv": "school\na\n", "teams.csv": "team,school\nt,a\n", "log.csv": "id,team,start\n1,t,2025-09-02T10:00\n",
                       "r.yaml": plugged("chatty")}.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "chatty").mkdir()
    (tmp_path / "chatty" / "plugin.py").write_text(CHATTY, "utf-8")
    return str(tmp_path / "r.yaml")


@pytest.mark.parametrize("command", [
    ["run", "--no-store", "--format", "json"], ["explain", "weekly", "t", "2025-09-02"], ["backtest", "--from", "2025-09-22", "--to", "2025-09-29"],
])
def test_stdout_is_for_results(rules: str, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What a plugin prints goes to stderr, when it is loaded and when it is asked."""
    name, *rest = command
    assert exit_code([name, rules, *rest]) == 0
    said = capsys.readouterr()
    assert "loaded" not in said.out and "asked" not in said.out and said.out
    assert "loaded" in said.err and "asked" in said.err
    if "json" in rest:
        json.loads(said.out)
