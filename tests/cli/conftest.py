"""A command line whose engine is made by hand: what it passes on, what it prints, how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from fidelity_engine import log
from fidelity_engine.builtin import reports
from fidelity_engine.cli import exit_code
from fidelity_engine.course import QUIET
from fidelity_engine.model.finding import Finding, Summary
from fidelity_engine.plugin.host import Host

PLUGGED = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-10-31}
as_of: 2025-10-31
plugins: [./KIND]
roster: {schools: {read: schools.csv}, teams: {read: teams.csv}}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  log: {read: log.csv, delivers: meeting, coverage: always}
rules:
  - id: weekly
    title: Teams meet every week
    expect: {of: team, each: week}
    measure: {kind: KIND, event: meeting}
    judge: {at_least: 1}
"""


def plugged(kind: str) -> str:
    """A rule file with one weekly rule, measured by a plugin in a folder of its name."""
    return PLUGGED.replace("KIND", kind)


def finding(severity: str = "high", state: Any = "open", finding_id: str = "5f3a9c2e11ab") -> Finding:
    """A finding in a few words."""
    return Finding(
        finding_id, "practice", "a.rule", "A routine happens", None, None, "team", "g3", "Grade 3", "lincoln", 84,
        date(2025, 11, 3), None, 2, None, state, None, "3", "events", None, severity, "principal", None,
        "Grade 3: 1 of 3 meetings.",
    )  # fmt: skip


@dataclass
class FakeVerdicts:
    """Cells that can be written to a file, unless the disk is full."""

    def write(self, path: Path) -> None:
        """Write a file, or fail."""
        if "full" in path.name:
            raise OSError(28, "No space left on device")
        path.write_text("cells", "utf-8")


@dataclass
class FakeEngine:
    """What `Engine.from_file` gives; `calls` are the arguments of `evaluate`."""

    findings: list[Finding] = field(default_factory=lambda: [finding()])
    verdicts: FakeVerdicts = field(default_factory=FakeVerdicts)
    exit_code: int = 0
    unfinished: list[str] = field(default_factory=list)
    host: Host = field(default_factory=lambda: Host.load([reports]))
    mode: str = "active"
    calls: list[dict[str, Any]] = field(default_factory=list)
    opened: dict[str, Any] = field(default_factory=dict)
    raises: BaseException | None = None

    @property
    def ruleset(self) -> Any:
        """One rule."""
        nothing = dict.fromkeys(("roster", "calendar", "owners", "complete", "waivers", "decisions"))
        return SimpleNamespace(root=".", rules=[SimpleNamespace(id="a.rule", mode=self.mode)], evidence={}, **nothing)

    def evaluate(self, **asked: Any) -> Any:
        """The result made by hand."""
        self.calls.append(asked)
        if self.raises:
            raise self.raises
        moment = datetime(2026, 1, 30, 23, 59, 59, tzinfo=UTC)
        summary = Summary("run-1", "Example", moment, moment, 0.1, 1, 1, {"a.rule": {"missed": 1}}, [], {}, "abc", {},
                          unfinished=self.unfinished)  # fmt: skip
        return SimpleNamespace(
            findings=self.findings,
            summary=summary,
            exit_code=self.exit_code,
            adjustments=[],
            outcomes=[],
            holding=[],
            verdicts=self.verdicts,
            quarantine_write=self.verdicts.write,
            close=lambda: None,
            course=QUIET,
            profile=[],
            carried="",
            damage="",
        )


    def run(self, **asked: Any) -> Any:
        """A run made by hand: every finding is news, the files take their names."""
        outputs = asked.pop("outputs")
        result = self.evaluate(**asked)
        changes = [SimpleNamespace(finding=one, before=None, reported=True) for one in self.findings]
        outputs.write(result, changes)
        outputs.place()
        return SimpleNamespace(result=result, changes=changes, news=bool(changes), undelivered=(), exit_code=self.exit_code)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The engine that every command opens."""
    fake = FakeEngine()
    module = ModuleType("fidelity_engine.engine")

    class Engine:
        @staticmethod
        def from_file(path: Path, load_plugins: bool = True) -> FakeEngine:
            fake.opened.update(path=path, load_plugins=load_plugins)
            return fake

    module.Engine = Engine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fidelity_engine.engine", module)
    return fake


@pytest.fixture(autouse=True)
def _log_settings() -> Iterator[None]:
    before = log._settings
    yield
    log._settings = before
    if "structlog" in sys.modules:
        sys.modules["structlog"].reset_defaults()


@pytest.fixture
def fidelity(engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call the command line: exit code, stdout, stderr."""

    def called(*arguments: str) -> tuple[int, str, str]:
        code = exit_code(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return called
