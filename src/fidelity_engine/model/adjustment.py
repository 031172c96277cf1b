"""What answers a finding: adjustments with their two cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Stage = Literal["proposed", "accepted", "declined"]
Word = Literal["met", "missed", "open", "no_data"]


@dataclass(frozen=True)
class AdjustmentCell:
    """One expectation that an accepted adjustment forms: that it is carried out, or that it has its effect.

    `window_start` to `window_end`: the dates looked at; both None while an effect waits for its adjustment, or before
    as many windows have begun. `on`: when it came about. Verdict and reason are as in any cell.
    """

    kind: Literal["carried_out", "effect"]
    window_start: date | None
    window_end: date | None
    verdict: Word
    reason: str
    on: date | None = None


@dataclass(frozen=True)
class Adjustment:
    """One entry of a playbook for one finding: proposed, declined, or accepted and then watched.

    `due`: by when it should be carried out (of a proposal: counted from the run). `accepted_on`: the local date of the
    decision, `decided_by` whose it was. `done_when`: what would show that it was carried out. `prediction`: what is
    expected of it, as a sentence. `advice`: what follows from its cells, empty while they are open.
    """

    adjustment_id: str
    finding_id: str
    rule: str
    subject_kind: str
    subject: str
    subject_name: str
    school: str | None
    students: int | None
    stage: Stage
    text: str
    owner: str | None
    due: date | None
    done_when: str | None
    prediction: str
    accepted_on: date | None = None
    decided_by: str | None = None
    carried_out: AdjustmentCell | None = None
    effect: AdjustmentCell | None = None
    advice: str = ""
    place: int = 0
    """Which entry of the rule's playbook it is, from 0."""


def named_day(value: str | None) -> date | None:
    """The day that the value of a decision names; None where it names none."""
    try:
        return date.fromisoformat((value or "").strip())
    except ValueError:
        return None
