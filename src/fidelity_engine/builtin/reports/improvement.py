"""The improvement side of a report: what was agreed and became of it, who pays for what is missed, who holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from fidelity_engine.builtin.reports.wording import counted, day_text, listing

if TYPE_CHECKING:
    from fidelity_engine.model.adjustment import Adjustment, AdjustmentCell
    from fidelity_engine.model.standing import Holding, OutcomeAtRisk

MOST = 4
"""Names in a row."""


def sections(result: Any, today: date) -> Iterator[tuple[str, list[str]]]:
    """Heading and sentences of the sections that have any."""
    yield "What was agreed", [agreed(one, today) for one in result.adjustments if one.stage == "accepted"]
    yield "Who pays", [paying(one, today) for one in result.outcomes]
    yield "Holding, in each of their last eight judged windows", list(holding(result.holding))


def agreed(one: Adjustment, today: date) -> str:
    """One accepted adjustment with its two cells."""
    parts = [f"agreed {day_text(one.accepted_on, today)}"] if one.accepted_on else []
    parts += [f"for {one.owner}"] if one.owner else []
    parts.append(_carried_out(one, today))
    parts += [_effect(one.effect, today)] if one.effect else []
    advice = f". {one.advice[:1].upper()}{one.advice[1:]}" if one.advice else ""
    return f"{one.subject_name}: {one.text} ({one.adjustment_id}); {', '.join(part for part in parts if part)}{advice}."


def _carried_out(one: Adjustment, today: date) -> str:
    cell = one.carried_out
    if cell is None:
        return ""
    if cell.on is not None:
        return f"carried out {day_text(cell.on, today)}{' (late)' if cell.verdict == 'missed' else ''}"
    due = f" by {day_text(one.due, today)}" if one.due else ""
    return {"open": f"to be carried out{due}", "missed": f"not carried out{due}"}.get(cell.verdict, f"nobody can tell whether it was carried out{due}")


def _effect(cell: AdjustmentCell, today: date) -> str:
    if cell.verdict == "met" and cell.on is not None:
        return f"the predicted effect came by {day_text(cell.on, today)}"
    told = {"open": "effect still open", "missed": "without the predicted effect", "no_data": "effect cannot be told"}[cell.verdict]
    return f"{told} ({cell.reason})" if cell.verdict == "open" and cell.reason else told


def paying(one: OutcomeAtRisk, today: date) -> str:
    """One outcome: how many teams, schools and students, since when, and which missed routines feed it."""
    of = [counted(one.teams, "team")] if one.teams else []
    of += [counted(one.schools, "school")] if one.schools else []
    of += [counted(one.students, "student")] if one.students else []
    routines = listing([routine.rule for routine in one.routines], MOST)
    return f"{one.title}: {', '.join(of) or 'the district'}, since {day_text(one.since, today)}; fed by {routines}."


def holding(found: Iterable[Holding]) -> Iterator[str]:
    """Who holds the most routines, and which of them longest; how many others there are."""
    by_subject: dict[str, list[Holding]] = {}
    for one in found:
        by_subject.setdefault(one.subject_name, []).append(one)
    ranked = sorted(by_subject.items(), key=lambda item: (-len(item[1]), item[0]))
    for name, theirs in ranked[:MOST]:
        longest = max(theirs, key=lambda one: one.windows)
        yield f"{name}: {counted(len(theirs), 'routine')}, longest {longest.rule} ({counted(longest.windows, 'window')})."
    if len(ranked) > MOST:
        yield f"And {counted(len(ranked) - MOST, 'other')}; --format json names them with their routines."
