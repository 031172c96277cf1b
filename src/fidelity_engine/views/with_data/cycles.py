"""Cycles under way of which nothing can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.cycle import Cycle
from fidelity_engine.rulefile.cycles import CycleFile
from fidelity_engine.scope import Scope
from fidelity_engine.selection import school_exists, subject_exists
from fidelity_engine.views.study.series import OTHERS, groups


def without_data(scope: Scope, files: Iterable[CycleFile]) -> Iterator[FidelityError]:
    """Cycles whose windows have been closed while doing, or whose doing is over, without one cell that could be judged."""
    for file in files:
        cycle = file.cycle
        if cycle is None or file.document is None or file.mistakes or cycle.start > scope.as_of_date:
            continue
        judged, closed = _while_doing(scope, cycle)
        if not judged and (closed or cycle.last < scope.as_of_date):
            told = f"`{cycle.id}` has no data while doing: not one cell of its outcome could be judged since it started"
            yield file.document.mistake(("start",), told, "`fidelity explain` tells of each cell why; or move the start.")


def strangers(scope: Scope, files: Iterable[CycleFile]) -> Iterator[FidelityError]:
    """Schools and subjects for whom a cycle is, and whom the roster does not have: without them it has no cell to study."""
    may_name = scope.ruleset.privacy.person_level
    known = {"school": partial(school_exists, scope.db), "subject": partial(subject_exists, scope.db, people=may_name)}
    for file in files:
        if file.cycle is None or file.document is None or file.mistakes:
            continue
        for key, exists in known.items():
            for one in getattr(file.cycle.aim.whom, key):
                try:
                    exists(one)
                except FidelityError as error:
                    yield file.document.mistake(("aim", "for", key), error.message, error.mend)


def _while_doing(scope: Scope, cycle: Cycle) -> tuple[int, int]:
    """(judged, closed) cells of its outcome since the start, of those whom the aim is about."""
    rules = {rule.id: rule for rule in scope.ruleset.rules if rule.mode != "off"}
    outcome = [rules[one.rule] for one in cycle.measures if one.role == "outcome" and one.rule in rules]
    points = [point for rule in outcome for name, group in groups(cycle, scope, rule).items() if name != OTHERS
              for point in group if point.phase == "during"]  # fmt: skip
    return sum(point.judged for point in points), sum(point.judged + point.blind for point in points)
