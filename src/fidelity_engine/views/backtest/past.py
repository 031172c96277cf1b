"""The past, date by date: verdicts and findings as they would have been known then.

Roster, calendar and rules have no known-time: they are today's on every date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from fidelity_engine.course import Progress, Step
from fidelity_engine.errors import FidelityError
from fidelity_engine.result import Result
from fidelity_engine.views.rehearse import nothing_to_do, rehearse

Each = Literal["day", "week", "month"]
DAILY_UP_TO = 31
"""Ranges of so many dates are looked at day by day unless somebody says otherwise; longer ones week by week."""
EXAMPLES = 3
"""So many cells of each difference are named."""


class Key(NamedTuple):
    """One cell, whatever the rule file."""

    rule: str
    subject_kind: str
    subject: str
    window_start: date


class Change(NamedTuple):
    """A cell of which two rule files say different things; None: it has no such cell."""

    key: Key
    before: str | None
    after: str | None


@dataclass
class Tally:
    """What became of the findings of one rule: which were opened, and which were gone later because we were wrong.

    `earlier`: those that there were on the day before the range, whatever their state; `before`: those of them that were
    open. `known`: those that there are as of the date that was looked at last, whatever their state.
    """

    earlier: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    open_now: set[str] = field(default_factory=set)


@dataclass
class Moment:
    """What the rules said as of one date. `verdicts`: rule → verdict → cells; `idle`: why there was nothing to say."""

    day: date
    verdicts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    open_findings: int = 0
    idle: str | None = None
    changes: Sequence[Change] = ()
    other_open: int | None = None

    @property
    def totals(self) -> Counter[str]:
        """Verdict → cells of all rules."""
        found: Counter[str] = Counter()
        for counts in self.verdicts.values():
            found.update(counts)
        return found


@dataclass
class Backtest:
    """The whole past of one rule file, and beside it that of another. `tallies`: rule → its findings."""

    label: str
    first: date
    last: date
    each: Each
    rules: Sequence[str]
    moments: list[Moment] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    against: str | None = None
    other_rules: Sequence[str] = ()
    other_tallies: dict[str, Tally] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)


def dates(first: date, last: date, each: Each | None) -> tuple[list[date], Each]:
    """The dates that are looked at: every day, or the last day of each week or month, and always the last one."""
    if first > last:
        raise FidelityError(f"--from {first} lies after --to {last}", mend="Write the earlier date first.")
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    chosen: Each = each or ("day" if len(days) <= DAILY_UP_TO else "week")
    return [day for day in days if day == last or _ends(day, chosen)], chosen      # the last day of all has no next one


def _ends(day: date, each: Each) -> bool:
    """Whether a date is the last of its day, week or month."""
    tomorrow = day + timedelta(1)
    return each == "day" or (tomorrow.weekday() == 0 if each == "week" else tomorrow.day == 1)


def backtest(
    engine: Any, first: date, last: date, each: Each | None = None, against: Any = None, progress: Progress | None = None
) -> Backtest:
    """Evaluate as of each date. `against`: the engine of another rule file, whose answers are compared."""
    days, chosen = dates(first, last, each)
    found = Backtest(engine.ruleset.path, first, last, chosen, _rules(engine))
    if against is not None:
        found.against, found.other_rules = against.ruleset.path, _rules(against)
    _known_before(found.tallies, engine, first)
    if against is not None:
        _known_before(found.other_tallies, against, first)
    for number, day in enumerate(days):
        if progress:
            progress(Step("as of", day.isoformat(), number, len(days)))
        found.moments.append(_moment(found, engine, against, day))
    return found


def _rules(engine: Any) -> list[str]:
    return [rule.id for rule in engine.ruleset.rules if rule.mode != "off"]


def _known_before(tallies: dict[str, Tally], engine: Any, first: date) -> None:
    """Enter the findings that were there on the day before: they were not opened in the range."""
    result = rehearse(engine, first - timedelta(1))
    if result is None:
        return
    with result:
        for rule, (ids, open_ids) in _by_rule(result).items():
            tallies[rule] = Tally(earlier=ids, before=open_ids, known=ids)


def _by_rule(result: Result) -> dict[str, tuple[set[str], set[str]]]:
    """Rule → the ids of its findings, and of those that are open."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for finding in result.findings:
        if finding.about == "practice":
            ids, open_ids = found.setdefault(str(finding.rule), (set(), set()))
            ids.add(finding.finding_id)
            if finding.state == "open":
                open_ids.add(finding.finding_id)
    return found


def _moment(found: Backtest, engine: Any, against: Any, day: date) -> Moment:
    moment = Moment(day, idle=nothing_to_do(engine, day))
    cells: dict[Key, str] = {}
    result = rehearse(engine, day)
    if result is not None:
        with result:
            moment.verdicts, moment.open_findings = result.summary.verdicts, _count(found.tallies, result)
            found.unfinished += [cause for cause in result.summary.unfinished if cause not in found.unfinished]
            cells = _cells(result) if against else {}
    if against is not None:
        moment.other_open, others = 0, {}
        other = rehearse(against, day)
        if other is not None:
            with other:
                moment.other_open, others = _count(found.other_tallies, other), _cells(other)
        moment.changes = list(_changes(cells, others))
    return moment


def _count(tallies: dict[str, Tally], result: Result) -> int:
    """Enter the findings of one date; gives how many are open."""
    here = _by_rule(result)
    for rule in {*here, *tallies}:
        tally, (ids, open_ids) = tallies.setdefault(rule, Tally()), here.get(rule, (set(), set()))
        tally.withdrawn = (tally.withdrawn | (tally.known - ids)) - ids
        tally.known = ids
        tally.opened |= ids - tally.earlier
        tally.open_now = open_ids
    return sum(len(open_ids) for _, open_ids in here.values())


def _cells(result: Result) -> dict[Key, str]:
    return {Key(*(row[name] for name in Key._fields)): row["verdict"] for row in result.verdicts.rows()}


def _changes(cells: Mapping[Key, str], others: Mapping[Key, str]) -> Iterator[Change]:
    for key in sorted({*cells, *others}):
        if cells.get(key) != others.get(key):
            yield Change(key, cells.get(key), others.get(key))
