"""The result that the service answers from: evaluated at the start, and anew when it has grown old."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from fidelity_engine import papers
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.finding import HandedOut
from fidelity_engine.result import Result


class House:
    """One engine and its newest result.

    `open_engine` gives a fresh engine, so that a changed rule file is noticed; `fresh_minutes`: how old a result may be
    before the next question has it made anew. What goes wrong then is kept in `trouble`, and the older result goes on.
    `handed_out(year)`: findings as they were reported, whose ids stay.
    """

    def __init__(
        self, open_engine: Callable[[], Any], as_of: str | date | datetime | None = None, fresh_minutes: float = 15,
        handed_out: Callable[[str], Sequence[HandedOut]] = lambda year: (),
    ) -> None:
        self._open, self._as_of, self._fresh_seconds, self._handed_out = open_engine, as_of, fresh_minutes * 60, handed_out
        self._door = threading.RLock()
        self.trouble: str | None = None
        self._evaluated()

    @contextmanager
    def result(self) -> Iterator[Result]:
        """The newest result, for one question at a time: the embedded engine answers one after the other."""
        with self._door:
            if time.monotonic() - self._made > self._fresh_seconds:
                self._renewed()
            yield self._result

    @property
    def engine(self) -> Any:
        """The engine behind the newest result."""
        return self._engine

    def decide(self, about: str, action: str, who: str, value: str, note: str) -> None:
        """Append a decision to the rule file's decisions. Raises FidelityError for an id that the newest result does not have."""
        with self._door:
            known = {one.finding_id for one in self._result.findings} | {one.adjustment_id for one in self._result.adjustments}
            if about not in known:
                raise FidelityError(f"there is no finding or adjustment `{about}`", mend="GET /findings lists them.")
            papers.decide(self._engine.ruleset, about, action, who, value, note)

    def close(self) -> None:
        """Give the memory of the result back."""
        with self._door:
            self._result.close()

    def _evaluated(self) -> None:
        engine = self._open()
        self._result = engine.evaluate(as_of=self._as_of, handed_out=self._handed_out(engine.ruleset.year), telling=False)
        self._engine, self._made = engine, time.monotonic()

    def _renewed(self) -> None:
        old = self._result
        try:
            self._evaluated()
        except FidelityError as error:
            self.trouble, self._made = str(error), time.monotonic()     # tried again when the next term has passed
            return
        self.trouble = None
        old.close()
