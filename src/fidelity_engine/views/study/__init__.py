"""study: what was predicted beside what was observed, before, while and after a change was tried.

Per measure and group of subjects the share of cells met and the mean value per window, read with a test. From that
follows a proposal, adopt, adapt or abandon, with its reason; people decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fidelity_engine.model.adjustment import Adjustment
from fidelity_engine.model.cycle import Cycle, Watched
from fidelity_engine.model.rule import Rule
from fidelity_engine.result import Result
from fidelity_engine.views.study.reading import Reading, read
from fidelity_engine.views.study.series import OTHERS, Point, groups


@dataclass(frozen=True)
class Series:
    """One measure in one group, and what the test reads in it."""

    watched: Watched
    rule: Rule
    group: str
    points: tuple[Point, ...]
    reading: Reading

    def share(self, *phases: str) -> tuple[int, int]:
        """(met, judged) over the windows of these phases."""
        ours = [one for one in self.points if one.phase in phases]
        return sum(one.met for one in ours), sum(one.judged for one in ours)

    def mean(self, *phases: str) -> Fraction | None:
        """The mean value over the comparable windows of these phases."""
        ours = [one for one in self.points if one.phase in phases and one.values]
        count = sum(one.values for one in ours)
        return sum((one.total for one in ours), Fraction(0)) / count if count else None

    @property
    def aimed(self) -> bool:
        """Whether the group is one of those that the aim is about."""
        return self.group != OTHERS


@dataclass(frozen=True)
class Study:
    """A cycle with its series, the adjustments it groups, and the proposal (None: it is too early) with its reason."""

    cycle: Cycle
    series: tuple[Series, ...]
    changes: tuple[Adjustment, ...]
    proposal: str | None
    reason: str


def study(cycle: Cycle, result: Result) -> Study:
    """Study a cycle with the verdicts of a result in which its rules were evaluated."""
    assert result.scope is not None
    rules = {rule.id: rule for rule in result.scope.ruleset.rules}
    series = tuple(
        Series(watched, rules[watched.rule], group, points, read(rules[watched.rule], points))
        for watched in cycle.measures for group, points in groups(cycle, result.scope, rules[watched.rule]).items()
    )
    changes = tuple(one for one in result.adjustments if one.adjustment_id in cycle.changes)
    return Study(cycle, series, changes, *propose(cycle, series, changes))


# --- what follows -----------------------------------------------------------------------------------------------------


def propose(cycle: Cycle, every: Sequence[Series], changes: Sequence[Adjustment]) -> tuple[str | None, str]:
    """adopt, adapt or abandon, with the reason; None where nothing can be said yet."""
    outcome = [one for one in every if one.watched.role == "outcome" and one.aimed]
    met, judged = (sum(part) for part in zip(*(one.share("during", "after") for one in outcome), strict=True)) if outcome else (0, 0)
    if not sum(one.share("during")[1] for one in outcome):    # what came after says nothing where nobody saw the doing
        return None, f"there is no data while doing: not one cell of the outcome could be judged from {cycle.start} to {cycle.last}"
    idle = _not_happening(every, changes)
    worse = [one for one in every if one.watched.role == "balancing" and one.aimed and one.reading.shift < 0]
    harmed = [one.rule.id for one in worse if _is_harmed(cycle, one)]
    told = f"{percent(met, judged)} of {judged} cells met since the start, the aim is {_reach(cycle)}"
    reached = cycle.aim.reach is not None and Fraction(met, judged) >= Fraction(cycle.aim.reach)
    shift = _sign([one.reading.shift for one in outcome])
    if harmed:
        return "adapt", f"{told}; but {', '.join(harmed)} shifts for the worse meanwhile"
    if idle and shift <= 0:
        return "adapt", f"{told}; the change itself is not carried out yet ({idle}), so nothing was tried that could be judged"
    if shift > 0:
        what = f"{told}; {_told(outcome)}: more than common-cause variation{_held(worse)}"
        return ("adopt", what) if reached else ("adapt", f"{what}, but not as far as was aimed")
    if shift < 0:
        return ("adapt" if reached else "abandon"), f"{told}; {_told(outcome)}, for the worse"
    if not any(one.reading.applied for one in outcome):
        return None, f"{told}; no test can tell a change from chance yet ({_told(outcome)}): go on"
    variation = f"{_told(outcome)}: what changed is within common-cause variation"
    return ("adapt", f"{told}; but {variation}") if reached else ("abandon", f"{told}; {variation}")


def _not_happening(every: Sequence[Series], changes: Sequence[Adjustment]) -> str:
    """Process measures of which fewer than half of the cells are met while doing, and changes that nobody carried out."""
    process = [one for one in every if one.watched.role == "process" and one.aimed]
    low = [f"{one.rule.id} {percent(*one.share('during', 'after'))}" for one in process if _below_half(*one.share("during", "after"))]
    return ", ".join([*low, *(one.adjustment_id for one in changes if one.carried_out and one.carried_out.verdict == "missed" and one.carried_out.on is None)])


def _is_harmed(cycle: Cycle, one: Series) -> bool:
    """A balancing measure that shifts for the worse does harm where fewer of its cells are met than was aimed at (else than before)."""
    met, judged = one.share("during", "after")
    before, of = one.share("before")
    needed = Fraction(cycle.aim.reach) if cycle.aim.reach is not None else Fraction(before, of or 1)
    return bool(judged) and Fraction(met, judged) < needed


def _held(worse: Sequence[Series]) -> str:
    """The balancing measures that went down and are met all the same."""
    told = [f"{one.rule.id} goes down and is still met in {percent(*one.share('during', 'after'))}" for one in worse]
    return f"; {', '.join(told)}" if told else ""


def _below_half(met: int, judged: int) -> bool:
    return bool(judged) and 2 * met < judged


def _sign(shifts: Sequence[int]) -> int:
    """Worse where any group is worse, better where one is better and none worse."""
    return -1 if -1 in shifts else max(shifts, default=0)


def _reach(cycle: Cycle) -> str:
    return f"{cycle.aim.reach * 100:f}".rstrip("0").rstrip(".") + " %" if cycle.aim.reach is not None else "without a number"


def percent(met: int, judged: int) -> str:
    """Met of judged, in per cent."""
    return f"{round(100 * met / judged)} %" if judged else "nothing"


def _told(series: Sequence[Series]) -> str:
    """What the test says of the group that it signals in, else of the first."""
    return next((one for one in series if one.reading.shift), series[0]).reading.told
