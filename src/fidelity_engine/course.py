"""Where a run is: each stage says what it begins, for a bar that shows it and a profile that adds it up.

Nothing is counted and no clock is read unless somebody listens.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """Where a run is. `stage`: load, expect, measure, ...; `about`: the source, rule or date that it is at.

    `done` of `of` pieces of the work are over (`of` is 0 while nobody knows); `shard` of `shards`: which part of the
    schools, from 1; `rows`: events read and cells looked at so far.
    """

    stage: str
    about: str = ""
    done: int = 0
    of: int = 0
    shard: int = 1
    shards: int = 1
    rows: int = 0


Progress = Callable[[Step], None]


class Spent(NamedTuple):
    """What one piece of the work took: `seconds` of the clock, `cpu_seconds` of all processors; `rows` that it made or read."""

    stage: str
    about: str
    seconds: float
    cpu_seconds: float
    rows: int


class Course:
    """The course of one run. What `at` begins lasts until the next `at`, or until `spent` is asked for."""

    def __init__(self, progress: Progress | None = None, profile: bool = False) -> None:
        self._progress, self._profile = progress, profile
        self._step = Step("")
        self._taken: dict[tuple[str, str], Spent] = {}
        self._began = _clocks() if profile else (0.0, 0.0)

    @property
    def listened(self) -> bool:
        """Whether anybody wants to know."""
        return self._profile or self._progress is not None

    @property
    def profiled(self) -> bool:
        """Whether it is asked what each piece took: then they are done one after the other."""
        return self._profile

    def plan(self, of: int) -> None:
        """So many pieces of work lie ahead; each `done` ends one."""
        if self.listened:
            self._step = self._step._replace(done=0, of=of)

    def shard(self, number: int, of: int) -> None:
        """The part of the schools that comes now."""
        if self.listened:
            self._step = self._step._replace(shard=number, shards=of)

    def done(self) -> None:
        """One piece of the work is over."""
        if self.listened:
            self._step = self._step._replace(done=self._step.done + 1)

    def at(self, stage: str, about: str = "") -> None:
        """This begins now, and what was before is over."""
        if not self.listened:
            return
        self._lap()
        self._step = self._step._replace(stage=stage, about=about)
        if self._progress:
            self._progress(self._step)

    def count(self, rows: Callable[[], int]) -> None:
        """So many rows belong to what is under way; asked only where somebody listens."""
        if not self.listened:
            return
        number = rows()
        self._step = self._step._replace(rows=self._step.rows + number)
        self._add(0.0, 0.0, number)

    def spent(self) -> list[Spent]:
        """What each piece took so far, in the order in which they began; nothing where no profile was asked for."""
        self._lap()
        return [one for one in self._taken.values() if one.stage]

    def _lap(self) -> None:
        if self._profile:
            (seconds, cpu), (then, cpu_then) = _clocks(), self._began
            self._began = seconds, cpu
            self._add(seconds - then, cpu - cpu_then, 0)

    def _add(self, seconds: float, cpu: float, rows: int) -> None:
        if self._profile:
            key = self._step.stage, self._step.about
            had = self._taken.get(key, Spent(*key, 0.0, 0.0, 0))
            self._taken[key] = had._replace(
                seconds=had.seconds + seconds, cpu_seconds=had.cpu_seconds + cpu, rows=had.rows + rows)


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


QUIET = Course()
"""The course that nobody listens to."""
