"""The bar of a run that takes longer than a moment: part of the schools, rule, rows, time left."""

from __future__ import annotations

import os
from threading import Lock, Timer
from typing import Any

from fidelity_engine.course import Step

MOMENT_SECONDS = 1.0
"""A run that is over by then shows no bar, and does not import what would draw it."""

MILLION = 1_000_000


class Bar:
    """Draws itself on stderr once `MOMENT_SECONDS` are over, from a thread of its own; `close` takes it away."""

    def __init__(self) -> None:
        self._lock, self._step, self._closed = Lock(), Step("start"), False
        self._drawn: Any = None
        self._timer = Timer(MOMENT_SECONDS, self._show)
        self._timer.daemon = True
        self._timer.start()

    def tick(self, step: Step) -> None:
        """The run is here now."""
        with self._lock:
            self._step = step
            self._draw()

    def close(self) -> None:
        """Leave the screen as it was."""
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._drawn is not None:
                self._drawn.stop()

    def _show(self) -> None:
        drawn = _made()
        with self._lock:
            if not self._closed:
                drawn.start()
                self._drawn = drawn
                self._draw()

    def _draw(self) -> None:
        if self._drawn is not None:
            step = self._step
            self._drawn.update(self._drawn.task_ids[0], description=_what(step), completed=step.done, total=step.of or None, more=_more(step))


def _made() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    console = Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")))
    what = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1, overflow="ellipsis"))
    more = TextColumn("{task.fields[more]}", markup=False, table_column=Column(no_wrap=True))
    drawn = Progress(what, BarColumn(bar_width=10), more, TimeRemainingColumn(compact=True), console=console, transient=True, expand=True)
    drawn.add_task("", total=None, more="")
    return drawn


def _what(step: Step) -> str:
    """The rule that is measured; else the stage, and the source that it is at."""
    from fidelity_engine.escape import visible

    return visible(step.about if step.stage.startswith("measure") else f"{step.stage} {step.about}".strip())


def _more(step: Step) -> str:
    """Which part of the schools, and how many rows."""
    parts = [f"shard {step.shard} of {step.shards}"] if step.shards > 1 else []
    rows = f"{step.rows / MILLION:,.1f} M rows" if step.rows >= MILLION else f"{step.rows:,} rows"
    return ", ".join([*parts, rows] if step.rows else parts)
