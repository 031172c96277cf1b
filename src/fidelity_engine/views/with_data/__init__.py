"""check --with-data: what is wrong with a rule file only when one looks at the district that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fidelity_engine.course import Progress
from fidelity_engine.errors import FidelityError
from fidelity_engine.result import Result
from fidelity_engine.rulefile.cycles import cycle_files
from fidelity_engine.views.rehearse import nothing_to_do, rehearse
from fidelity_engine.views.with_data.cycles import strangers, without_data
from fidelity_engine.views.with_data.filters import empty_filters
from fidelity_engine.views.with_data.names import shared_names
from fidelity_engine.views.with_data.owners import missing_owners
from fidelity_engine.views.with_data.past import past_findings
from fidelity_engine.views.with_data.sources import long_silent, never_filled, not_converted, unreadable
from fidelity_engine.views.with_data.targets import never_known, out_of_reach

CHECKS = (empty_filters, never_filled, unreadable, not_converted, shared_names, long_silent, out_of_reach, never_known, missing_owners)


@dataclass(frozen=True)
class Sight:
    """What was seen: doubts with places, the findings of each rule so far, or why there was nothing to look at."""

    doubts: Sequence[FidelityError]
    findings: Sequence[tuple[str, int, int]]
    as_of: str
    idle: str | None = None


def look(engine: Any, as_of: Any = None, progress: Progress | None = None) -> Sight:
    """Evaluate the rule file as of a day, rules on trial included, and look at what it says."""
    result = rehearse(engine, as_of, progress)
    if result is None:
        return Sight((), (), "", nothing_to_do(engine, as_of))
    with result:
        found = {str(doubt): doubt for doubt in _doubts(engine, result)}          # two rules may share a selection
        return Sight(list(found.values()), list(past_findings(result)), f"{result.summary.as_of:%Y-%m-%d}")


def _doubts(engine: Any, result: Result) -> Iterator[FidelityError]:
    assert result.scope is not None
    for check in CHECKS:
        yield from check(result.scope)
    yield from strangers(result.scope, cycle_files(engine.document))
    yield from without_data(result.scope, cycle_files(engine.document))


__all__ = ["Sight", "look"]
