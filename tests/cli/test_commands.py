"""The other commands, and what holds for all of them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import click
import pytest

from fidelity_engine.cli import COMMANDS, PIPE_CLOSED, commands, screen
from fidelity_engine.plugin.host import Host

ROOT = Path(__file__).parents[2]
Fidelity = Callable[..., tuple[int, str, str]]
PYTHON = [sys.executable, "-m", "fidelity_engine.cli"]


def test_every_command_is_listed_and_has_help(fidelity: Fidelity) -> None:
    """The first page names each command with a sentence that is not cut off."""
    code, out, _ = fidelity("--help")
    lines = out.partition("Commands:")[2].strip().splitlines()
    assert code == 0 and [line.split()[0] for line in lines] == list(COMMANDS)
    assert not any("..." in line for line in lines)
    for command in COMMANDS:
        assert fidelity(command, "--help")[0] == 0


def test_plugins_can_be_left_out_of_any_command() -> None:
    """Every command takes `--no-plugins`: whoever mistrusts one needs not know which commands load it."""
    left, groups = [], [(("fidelity",), commands)]
    while groups:
        path, group = groups.pop()
        context = click.Context(group)
        for name in group.list_commands(context):
            one = group.get_command(context, name)
            assert one is not None
            if isinstance(one, click.Group):
                groups.append(((*path, name), one))
            elif not any("--no-plugins" in option.opts for option in one.params):
                left.append((*path, name))
    assert left == []


def test_an_unknown_command_comes_with_the_nearest(fidelity: Fidelity) -> None:
    """`fidelity rnu` is a mistake with a mend."""
    code, _, err = fidelity("rnu")
    assert code == 2 and "There is no command `rnu`. Did you mean `run`?" in err


def test_check(fidelity: Fidelity, engine: Any) -> None:
    """A good file is one line; a broken plugin is named and makes it 3."""
    assert fidelity("check", "r.yaml") == (0, "r.yaml: 1 rule, no mistakes.\n", "")


def test_plugins(fidelity: Fidelity, engine: Any, tmp_path: Path) -> None:
    """What is loaded, from where, what it adds, what failed, how to mend it."""
    tmp_path.chmod(0o755)
    (tmp_path / "p").mkdir(mode=0o755)
    (tmp_path / "p" / "bad.py").write_text("1 / 0")
    engine.host = Host.load([__import__("fidelity_engine.builtin.reports", fromlist=["x"])], ["./p"], tmp_path)
    code, out, _ = fidelity("plugins", "r.yaml")
    assert code == 3
    assert "reports (built in)\n  adds: report text, report md" in out
    assert f"bad (no version) ({tmp_path}/p/bad.py)\n  adds: nothing\n  broken: import raised ZeroDivisionError." in out
    assert fidelity("check", "r.yaml")[0] == 3


def november() -> Iterator[Any]:
    """Two weeks of one school."""
    kinds = {27: "holiday", 28: "partial"}
    for number in range(17, 31):
        day = date(2025, 11, number)
        kind = kinds.get(number, "instructional" if day.weekday() < 5 else None)
        yield SimpleNamespace(school="lincoln", date=day, kind=kind, instructional=kind in ("instructional", "partial"))


def test_calendar(fidelity: Fidelity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month of a school as a grid with its kinds of days."""
    view = ModuleType("fidelity_engine.views.calendar")
    view.school_days = lambda ruleset, host, schools: list(november())  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, view.__name__, view)
    code, out, _ = fidelity("calendar", "show", "r.yaml", "--month", "2025-11")
    assert code == 0
    assert out.splitlines() == [
        "lincoln, November 2025: 9 instructional days",
        "  Mo  Tu  We  Th  Fr  Sa  Su",
        " 17  18  19  20  21  22- 23-",
        " 24  25  26  27h 28p 29- 30-",
        "",
        "plain: instructional; p partial; h holiday; - no row",
    ]
    assert fidelity("calendar", "show", "r.yaml", "--month", "2025-13")[0] == 2


@pytest.mark.parametrize(
    ("about", "code"), [(["a", "b"], 2), (["a.rule", "g3", "soon"], 2), (["a.rule", "g3", "2025-11-03", "more"], 2)]
)
def test_explain_wants_a_finding_or_a_cell(fidelity: Fidelity, about: list[str], code: int) -> None:
    """One id, or rule, subject and date; anything else is told before the engine starts."""
    got, _, err = fidelity("explain", "r.yaml", *about)
    assert got == code and "Traceback" not in err


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    known = {**os.environ, **environment}
    return subprocess.run([*PYTHON, *arguments], capture_output=True, text=True, env=known, check=False, timeout=60)


def test_help_imports_nothing_heavy() -> None:
    """The first page costs little more than click: no engine, no models, no tables."""
    code = (
        "import sys; from fidelity_engine.cli import exit_code; exit_code(['--help']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'duckdb', 'pydantic', 'pluggy', 'rich', 'structlog', 'ruamel', 'pyarrow', 'http', 'sqlalchemy', 'jinja2'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_closed_pipe_is_quiet() -> None:
    """A reader that goes away gets no trace on stderr, and the shell's usual code for it."""
    started = subprocess.Popen([*PYTHON, "kinds", "count"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stdout and started.stderr
    started.stdout.close()
    assert (started.stderr.read(), started.wait(60)) == ("", PIPE_CLOSED)


def test_a_stream_that_knows_ascii_only() -> None:
    """A sign that stdout cannot show is escaped and does not end the command."""
    code = "import sys; from fidelity_engine.cli import screen, streams; streams.ready(); screen.show('ä')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout, done.stderr) == (r"\xe4", "")


def test_kinds() -> None:
    """Every kind in the box is listed with a sentence, and can be asked for its parameters."""
    listed = process("kinds")
    assert listed.returncode == 0
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert "count" in names
    told = process("kinds", "count").stdout
    assert "parameters:" in told and "event (required)" in told
    wrong = process("kinds", "cuont")
    assert wrong.returncode == 2 and "Did you mean `count`?" in wrong.stderr


def test_schema() -> None:
    """The JSON Schema is one, and knows the measures in the box."""
    printed = process("schema")
    assert printed.returncode == 0, printed.stderr
    assert "count" in printed.stdout and json.loads(printed.stdout)["type"] == "object"


def test_colours_only_where_they_are_welcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal has colours, unless NO_COLOR is set or it is dumb; a pipe has none."""

    class Terminal:
        encoding = "ascii"

        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    terminal: Any = Terminal()
    assert screen.page_of(terminal).style("a", "high") != "a"
    assert not screen.page_of(terminal).unicode
    monkeypatch.setenv("NO_COLOR", "1")
    assert screen.page_of(terminal).style("a", "high") == "a"


@pytest.mark.parametrize("in_file", [False, True])
def test_the_page_suits_where_it_goes_and_not_where_errors_go(tmp_path: Path, in_file: bool) -> None:
    """The page is made while plugins may print to stderr: in a file it has no colours though errors go to a terminal, and the other way round.

    The bar, here at once, changes nothing about it.
    """
    here, there = pty.openpty()
    plain, told = (tmp_path / "page").open("wb+"), []
    streams = {"stdout": plain, "stderr": there} if in_file else {"stdout": there, "stderr": plain}
    program = "from fidelity_engine.cli import bar, main; bar.MOMENT_SECONDS = 0; main()"
    command = [sys.executable, "-c", program, "run", str(ROOT / "rules" / "district.yaml"), "--no-store"]
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm-256color"}
    ran = subprocess.Popen(command, **streams, env=environment)
    os.close(there)
    with suppress(OSError):
        while piece := os.read(here, 65536):
            told.append(piece)
    assert ran.wait(60) == 0
    plain.seek(0)
    page = plain.read() if in_file else b"".join(told)
    assert b"windows went as expected" in page and (b"\x1b[" in page) is not in_file
