"""A Plan-Do-Study-Act cycle: what one file of `cycles/` says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from fidelity_engine.model.blocks import Frozen
from fidelity_engine.model.values import Day, Rate, Text, Texts

SIX_WEEKS = timedelta(41)
"""What lies between the first and the last day of a cycle that says no end."""

Stage = Literal["plan", "do", "study", "act"]
Decision = Literal["adopt", "adapt", "abandon"]
Role = Literal["outcome", "process", "balancing"]


class ForWhom(Frozen):
    """Whose cells the aim is about: those of these schools and of these subjects; of everybody where nothing is said."""

    school: Texts = Field((), description="Ids of schools.")
    subject: Texts = Field((), description="Ids of teams, grades, schools or staff.")


class Aim(Frozen):
    """For whom, how much, by when."""

    text: Text | None = Field(None, description="The aim as a sentence.")
    whom: ForWhom = Field(ForWhom(), alias="for", description="For whom: schools or subjects.")
    reach: Rate | None = Field(None, description="How much: the share of cells met, 0 to 1.")
    by: Day | None = Field(None, description="By when.")


class Watched(Frozen):
    """A rule that shows whether the change helps (outcome), happens (process), or does harm elsewhere (balancing)."""

    rule: Text = Field(description="The id of the rule.")
    role: Role = Field(description="outcome, process or balancing.")


class Cycle(Frozen):
    """One round of plan, do, study and act."""

    id: Text = Field(description="Kebab-case; also the name of the file.")
    title: Text | None = Field(None, description="How a report calls it.")
    aim: Aim = Field(Aim(), description="For whom, how much, by when.")
    measures: tuple[Watched, ...] = Field((), description="The rules that are watched.")
    changes: Texts = Field((), description="Ids of adjustments, or change ideas in words.")
    prediction: Text | None = Field(None, description="What is expected to happen, as a sentence.")
    start: Day = Field(description="The first day of doing.")
    end: Day | None = Field(None, description="The last day of doing; without it six weeks.")
    stage: Stage = Field("plan", description="plan, do, study or act.")
    decision: Decision | None = Field(None, description="adopt, adapt or abandon.")
    learning: Text | None = Field(None, description="What was learned.")
    next: Text | None = Field(None, description="The id of the cycle that follows.")

    @property
    def last(self) -> date:
        """The last day of doing."""
        return self.end or self.start + SIX_WEEKS
