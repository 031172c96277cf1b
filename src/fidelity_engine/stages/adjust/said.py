"""What people decided about findings and adjustments, as of the run; decisions made later do not exist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fidelity_engine.model.adjustment import named_day
from fidelity_engine.scope import Scope


@dataclass(frozen=True)
class Said:
    """One decision: when (local time), who, about which id, what, and the value that goes with it."""

    said: datetime
    who: str | None
    about: str
    action: str
    value: str | None
    row_no: int

    @property
    def on(self) -> date:
        """The local date."""
        return self.said.date()

    @property
    def day(self) -> date | None:
        """The date that its value names, where it does."""
        return named_day(self.value)


@dataclass
class Decisions:
    """All decisions by the id they are about, in the order in which they were said."""

    by_id: dict[str, list[Said]] = field(default_factory=dict)

    def about(self, id: str, *actions: str) -> list[Said]:
        """The decisions of these actions about an id."""
        return [one for one in self.by_id.get(id, ()) if one.action in actions]


def decisions(scope: Scope) -> Decisions:
    """What was decided as of the run."""
    rows: Iterable[Any] = scope.db.rows("select said, who, about, action, value, row_no from decision order by said, row_no")
    found = Decisions()
    for row in rows:
        one = Said(*row)
        found.by_id.setdefault(one.about, []).append(one)
    return found
