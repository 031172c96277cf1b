"""What earlier runs left behind that an evaluation must know: findings that were told, and how much there was to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from fidelity_engine.model.finding import About, HandedOut, State


class Remembered(NamedTuple):
    """A finding as it was last told, without its record: a large district has many of them. `changes`: how many changes of state it has had."""

    finding_id: str
    year: str
    about: About
    state: State
    reported: bool
    changes: int
    severity: str
    rule: str | None
    subject_kind: str | None
    subject: str | None
    school: str | None
    since: date | None
    until: date | None


Known = HandedOut | Remembered
"""A finding with the id that people know it by."""


class Former(NamedTuple):
    """`rows`: listing or source → accepted rows when it was last read whole; `let_shrink`: names that may hold less now."""

    handed_out: Sequence[Known] = ()
    rows: Mapping[str, int] = {}
    let_shrink: frozenset[str] = frozenset()
