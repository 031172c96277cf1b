"""What people answered to a finding: each adjustment with its prediction, its two cells, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from fidelity_engine.model.adjustment import Adjustment, AdjustmentCell
from fidelity_engine.views.explain.people import People
from fidelity_engine.views.explain.sheet import Line, dated


def answer_lines(adjustments: Sequence[Adjustment], people: People, today: date) -> Iterator[Line | str]:
    """The adjustments of one finding in the order of the playbook."""
    for one in sorted(adjustments, key=lambda one: one.place):
        yield f"{one.adjustment_id}, {_stage(one, people, today)}: {one.text}"
        if one.prediction and one.stage != "declined":
            yield Line(f"predicted: {one.prediction}", 1)
        if one.carried_out is not None:
            yield Line(f"carried out, shown when {one.done_when}: {_cell(one.carried_out, today)}", 1)
        if one.effect is not None:
            yield Line(f"effect: {_cell(one.effect, today)}", 1)
        if one.advice:
            yield Line(f"so: {one.advice}", 1)


def _stage(one: Adjustment, people: People, today: date) -> str:
    who = f" by {people.hidden(one.decided_by)}" if one.decided_by else ""
    due = f", due {dated(one.due, today)}" if one.due else ""
    if one.stage == "accepted" and one.accepted_on:
        return f"accepted {dated(one.accepted_on, today)}{who}{due}"
    return f"{one.stage}{who}" if one.stage == "declined" else f"proposed{due}"


def _cell(cell: AdjustmentCell, today: date) -> str:
    """`met on Mon 5 Jan, looked at Mon 15 Dec to Mon 12 Jan`."""
    on = f" on {dated(cell.on, today)}" if cell.on else ""
    seen = f", looked at {dated(cell.window_start, today)} to {dated(cell.window_end, today)}" if cell.window_start and cell.window_end else ""
    return f"{cell.verdict}{on}{f' ({cell.reason})' if cell.reason else ''}{seen}"
