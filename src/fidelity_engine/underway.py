"""One evaluation under way: what it may use and assume, what it is about, and what it has found so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fidelity_engine.course import Course
from fidelity_engine.db import Database
from fidelity_engine.model.former import Former
from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.plugin.host import Host
from fidelity_engine.rulefile import Document
from fidelity_engine.stages.load import Clock, Size, TermNote

if TYPE_CHECKING:
    from fidelity_engine.carry.carrying import Carry


class Settings(NamedTuple):
    """What one evaluation may use."""

    memory_limit: str | None = None
    threads: int | None = None
    temp_dir: Path | None = None
    spill_under: Path | None = None


class Rehearsal(NamedTuple):
    """An evaluation that is no run, such as a rule test: no hook is called, and the period never ends.

    `usual_week` is taken for granted; the sources in `silent` count as silent on every day, whatever they delivered.
    """

    usual_week: int | None = None
    silent: Sequence[str] = ()


@dataclass(eq=False, repr=False)
class Run:
    """One evaluation under way: what it is about, and what it has found so far."""

    document: Document
    ruleset: RuleSet
    host: Host
    clock: Clock
    db: Database
    run_id: str
    started: datetime
    rules: list[Rule]
    shown: list[Rule]
    notes: list[TermNote]
    course: Course
    rehearsal: Rehearsal | None = None
    former: Former = field(default_factory=Former)
    size: Size = field(default_factory=Size)
    carry: Carry | None = None
    unused: Sequence[str] = ()
    keep_quarantine: bool = True
    write_ahead: bool = False

    @property
    def as_of(self) -> str:
        """The moment of the run, as findings carry it."""
        return self.clock.as_of_date.isoformat()
