"""A rule while it is read: what could be read of each block, so that one mistake hides no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fidelity_engine.model.calendar import FileCalendar, ShortCalendar
from fidelity_engine.model.rule import Emit, Expect, Judge, Measure, Outcome, Proposal, Rule, Selection
from fidelity_engine.model.source import SourceSpec
from fidelity_engine.rulefile.document import Document
from fidelity_engine.rulefile.kinds import Kinds
from fidelity_engine.rulefile.problems import Problems
from fidelity_engine.rulefile.said import Head, RuleSaid

Path = tuple[str | int, ...]


@dataclass(eq=False, repr=False)
class Draft:
    """One rule. `said`: its scalars, None where they have mistakes; `blocks`: its raw blocks, defaults filled in."""

    path: Path
    id: str
    mode: str
    said: RuleSaid | None
    blocks: Mapping[str, Any]
    expect: Expect | None = None
    measure: Measure | None = None
    judge: Judge | None = None
    emit: Emit | None = None
    adjust: tuple[Proposal, ...] = ()

    def rule(self, document: Document) -> Rule:
        """The finished rule; only asked for when the whole file is without mistakes."""
        assert self.said and self.expect and self.measure and self.judge
        said = self.said
        return Rule.model_construct(
            id=said.id, title=said.title, why=said.why, basis=said.basis, practice=said.practice,
            dimension=said.dimension, puts_at_risk=said.puts_at_risk, mode=said.mode, tags=said.tags,
            expect=self.expect, measure=self.measure, judge=self.judge, emit=self.emit or Emit(), adjust=self.adjust,
            line=document.place(self.path).line, place=self.path,
        )  # fmt: skip


@dataclass(eq=False, repr=False)
class Drafts:
    """The whole file while it is read: what the checks between sections look at.

    `unsure`: some plugin could not be loaded, so that a kind nobody knows may be one of its.
    """

    document: Document
    problems: Problems
    kinds: Kinds
    head: Head
    calendar: FileCalendar | ShortCalendar | None
    sources: dict[str, SourceSpec]
    delivered: set[str] | None
    selections: dict[str, Selection]
    outcomes: dict[str, Outcome]
    unsure: bool = False
    rules: list[Draft] = field(default_factory=list)

    def named(self, section: str) -> set[str]:
        """The names in a section, of entries with mistakes too."""
        found = self.document.data.get(section)
        return set(found) if isinstance(found, dict) else set()
