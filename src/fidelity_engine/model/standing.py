"""Who pays for what is missed, and who holds: what a run tells beside its findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Routine:
    """A missed routine that puts an outcome at risk. `steps`: 0 where the rule names the outcome itself.

    `students`: those of the subjects, where the roster says how many; a student of two teams is counted twice, but
    never more than the school has. `unknown_students`: subjects of which the roster does not say it.
    """

    rule: str
    title: str
    steps: int
    subjects: int
    teams: int
    schools: int
    students: int | None
    unknown_students: int
    since: date
    finding_ids: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeAtRisk:
    """Who pays: one outcome, and the missed routines from which the district's own graph leads to it, nearest first."""

    outcome: str
    title: str
    leads_to: tuple[str, ...]
    routines: tuple[Routine, ...]
    teams: int
    schools: int
    students: int | None
    since: date


@dataclass(frozen=True)
class Holding:
    """A subject that met a rule in each of its last eight judged windows: somebody to learn from.

    `since`: the first day from which it was met without a break; `windows`: how many judged windows that is.
    """

    rule: str
    title: str
    subject_kind: str
    subject: str
    subject_name: str
    school: str | None
    students: int | None
    windows: int
    since: date
    confirmed_on: date
