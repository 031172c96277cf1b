"""Several processes: the same answers in the same order, and nobody left behind, whatever a function does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.plugin import crew as crews
from fidelity_engine.plugin.cells import Answers
from fidelity_engine.plugin.crew import Crew, ProcessEnded
from fidelity_engine.plugin.host import Host
from fidelity_engine.plugin.portions import portions

from .test_cells import cells

PLUGIN = """
import os, sys
from fidelity_engine.plugin import hookimpl, measure
print("loaded")

@measure("one", unit="x", fields=["x"])
def one(events, cell, *, factor: int = 2, ends: bool = False):
    print("called")
    if ends and sys.argv[0].endswith("worker.py"):
        os._exit(7)
    if len(events) == 3:
        raise ValueError("secret")
    return (os.getpid() if factor == 0 else factor * sum(e["x"] for e in events)) if events else None

@hookimpl
def fidelity_measures():
    return [one]
"""
SIZES = [0, 1, 2, 3, 4] * 400


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A plugin folder; sharing pays at once."""
    monkeypatch.setattr(crews, "WORTH_SECONDS", -1)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "one.py").write_text(PLUGIN)
    return Host.load((), ["./own"], tmp_path)


def made() -> Iterator[Any]:
    """Portions of a few cells each."""
    grids = [{**cells(*range(n, n + 100)), "matching": SIZES[n : n + 100]} for n in range(0, len(SIZES), 100)]
    events = [{"cell_no": [n] * size, "x": [n + place for place in range(size)]} for n, size in enumerate(SIZES) if size]
    return portions(grids, events)


def said(host: Host, processes: int, **given: Any) -> list[Answers]:
    """All answers, by so many processes."""
    kind = host.measures["one"]
    crew = Crew(host.named, processes)
    try:
        return list(crew.answers(kind, kind.parameters(event="m", **given), len(SIZES), made()))
    finally:
        crew.close()


def test_several_processes_say_the_same(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    """Numbers, nothing and exceptions come back in order; what the function prints does not get in between."""
    alone = said(host, 1, factor=3)
    capfd.readouterr()
    assert said(host, 2, factor=3) == alone
    out, err = capfd.readouterr()
    assert out.count("called") < len(SIZES) / 2 < err.count("called") and err.count("loaded") == 2
    assert [number for answers in alone for number in answers.numbers] == list(range(len(SIZES)))
    assert {one.note for answers in alone for one in answers.others} == {"raised ValueError"}


def test_the_processes_are_several_and_end(host: Host) -> None:
    """Two processes work, none of them this one, and both are gone when the crew is closed."""
    found = {value // 10**6 for answers in said(host, 2, factor=0)[1:] for value in answers.values if value and value < 2**62}
    assert len(found) == 2 and os.getpid() not in found
    for process in found:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_a_process_that_ends_is_an_error(host: Host) -> None:
    """A function that ends its process is told as an error of the plugin; the run goes on."""
    with pytest.raises(ProcessEnded):
        said(host, 2, ends=True)


def test_where_no_process_can_be_started(host: Host, tmp_path: Path) -> None:
    """Without any, this one does it all."""
    alone = said(host, 1)
    (tmp_path / "own" / "one.py").unlink()
    host.named = (("./gone",), tmp_path, [tmp_path])
    assert said(host, 2) == alone


def test_few_cells_are_called_here(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a rule is over before a process would have started, none is."""
    monkeypatch.setattr(crews, "WORTH_SECONDS", 60)
    monkeypatch.setattr(crews, "_begun", lambda: pytest.fail("a process was started"))
    assert len(said(host, 2)) == len(SIZES) // 100


def test_memory_is_bounded(host: Host) -> None:
    """However many cells there are, only a few portions are taken ahead of the answers."""
    kind, crew, taken = host.measures["one"], Crew(host.named, 2), 0

    def counted() -> Iterator[Any]:
        nonlocal taken
        for portion in made():
            taken += 1
            yield portion

    try:
        for number, _ in enumerate(crew.answers(kind, kind.parameters(event="m"), len(SIZES), counted()), 1):
            assert taken - number <= 3
    finally:
        crew.close()
