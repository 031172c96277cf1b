"""Who is who, without saying it: people are numbered in the order in which they appear, unless their ids may be shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fidelity_engine.db import Database


class People:
    """Ids of people as an account may show them."""

    def __init__(self, db: Database, shown: bool) -> None:
        self._db, self.shown = db, shown
        self._numbers: dict[str, int] = {}
        self._words: dict[str, str] | None = None

    def called(self, staff: str) -> str:
        """The id where it may be shown, else `person 1`, `person 2`, ..."""
        if self.shown:
            return staff
        return f"person {self._numbers.setdefault(staff, len(self._numbers) + 1)}"

    def listed(self, staff: Iterable[str]) -> str:
        """Several of them."""
        return ", ".join(self.called(one) for one in staff)

    def hidden(self, value: Any) -> Any:
        """A value of a field without people: texts that are ids or names of somebody on the roster are replaced."""
        if self.shown:
            return value
        if isinstance(value, list | tuple):
            return [self.hidden(part) for part in value]
        return self.called(self._known()[value]) if isinstance(value, str) and value in self._known() else value

    def _known(self) -> dict[str, str]:
        """Id or name of everybody → id."""
        if self._words is None:
            rows = self._db.rows("select staff, name from person")
            self._words = {name: staff for staff, name in rows if name} | {staff: staff for staff, _ in rows}
        return self._words
