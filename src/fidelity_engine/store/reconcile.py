"""Reconcile: what was told before, and what is true now, become the changes that are to be told.

Pure: no database. A finding that the evaluation no longer gives was either blinded (it keeps its state), waived
(paused), or we were wrong (withdrawn); findings about sources, plugins and calendars are then simply over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, NamedTuple

from fidelity_engine.model.finding import SEVERITIES, Finding, State
from fidelity_engine.model.former import Remembered
from fidelity_engine.model.message import Change as Word
from fidelity_engine.store.record import finding_of

Fate = Literal["rule_gone", "cells_gone", "not_missed", "inactive", "unseen"]
"""Why a finding is missing: its rule is not in force, its cells do not exist or are not missed, are waived or
disputed, or nobody could look (an unreadable source, a broken plugin)."""

LIVING = ("open", "paused", "held")
_WRONG = {
    "rule_gone": "Withdrawn: the rule is no longer in force, so nothing is expected any more. Nothing needs to be done.",
    "cells_gone": "Withdrawn, we were wrong: nothing was expected in those windows after all. Nothing needs to be done.",
    "not_missed": "Withdrawn, we were wrong: with what is known now, those windows are not missed. Nothing needs to be done.",
}


Records = Callable[[Collection[str]], Mapping[str, Mapping[str, Any]]]
"""Ids of remembered findings → their records (see `record.py`)."""


class Change(NamedTuple):
    """A finding in its new state, or of a higher severity. `before`: the state, None where it is new; `reported`:
    whether anybody is to be told; `number`: 1 is its opening."""

    finding: Finding
    before: State | None
    reported: bool
    number: int

    @property
    def word(self) -> Word:
        """What happened to it."""
        state = self.finding.state
        if state != "open":
            return state
        if self.before is None:
            return "opened"
        return "worsened" if self.before == "open" else "resumed"


@dataclass
class Outcome:
    """`findings`: what the run tells, in the states that they have now; `changes`: which of them are news."""

    findings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Night:
    """What reconciling must know of the run: see `reconcile`."""

    year: str
    run_id: str
    as_of: str
    first: bool
    over: bool
    idle: bool = False
    forgotten: date | None = None


def reconcile(now: Iterable[Finding], before: Iterable[Remembered], fates: Mapping[str, Fate], night: Night, records: Records) -> Outcome:
    """The outcome of a run.

    `now`: what the evaluation gives; `before`: what the store remembers; `fates`: finding_id → why a finding about a
    practice is missing from `now`; `records`: asked for those of the missing that something is told of. `night.first`: nothing was
    ever evaluated before; `night.over`: the period has ended;
    `night.idle`: nothing was evaluated, because it has not begun or ended long ago; `night.forgotten`: what ended before
    this day was purged, and is no news though nobody remembers it.
    """
    outcome, told = Outcome(), {one.finding_id: one for one in before}
    for finding in now:
        _there(finding, told.pop(finding.finding_id, None), night, outcome)
    gone = [(former, *_fate_of(former, fates.get(former.finding_id), night)) for former in told.values()]
    gone = [(former, state, message) for former, state, message in gone if state != former.state or state in LIVING]
    recorded = records([former.finding_id for former, _, _ in gone]) if gone else {}
    for former, state, message in gone:
        _missing(former, recorded[former.finding_id], state, message, night, outcome)
    return outcome


def quiet(findings: Iterable[Finding], night: Night) -> Iterator[Change]:
    """The changes of findings that had ended before the first run: they are remembered, and nobody is told."""
    return (Change(finding, None, False, 1) for finding in findings if not _is_forgotten(finding, night))


def _there(finding: Finding, former: Remembered | None, night: Night, outcome: Outcome) -> None:
    if former is None:
        if _is_forgotten(finding, night):
            return
        quiet = night.first and finding.state not in LIVING
        outcome.changes.append(Change(finding, None, not quiet, 1))
        _show(outcome, finding, not quiet)
        return
    if night.over and finding.state in LIVING:           # it was told while something could still be done
        finding = replace(finding, state="expired")
    changed = finding.state != former.state or _worse(finding, former)
    reported = former.reported or (changed and finding.state in LIVING)
    if changed:
        outcome.changes.append(Change(finding, former.state, reported, former.changes + 1))
    _show(outcome, finding, reported)


def _is_forgotten(finding: Finding, night: Night) -> bool:
    ended = finding.confirmed_on if finding.state not in LIVING else None
    return ended is not None and night.forgotten is not None and ended < night.forgotten


def _worse(finding: Finding, former: Remembered) -> bool:
    """Whether an open finding has become more severe since it was told."""
    return finding.state == "open" and SEVERITIES.index(finding.severity) > SEVERITIES.index(former.severity)


def _missing(former: Remembered, record: Mapping[str, Any], state: State, message: str, night: Night, outcome: Outcome) -> None:
    if state == former.state:
        outcome.findings.append(_as_of(record, night, state=state))
        return
    finding = _as_of(record, night, state=state, **({"message": f"{_about(record, former)} {message}"} if message else {}))
    outcome.changes.append(Change(finding, former.state, former.reported, former.changes + 1))
    _show(outcome, finding, former.reported)


def _fate_of(former: Remembered, fate: Fate | None, night: Night) -> tuple[State, str]:
    """The state that a missing finding has now, and what its owner is told."""
    if former.year != night.year or night.idle:
        return ("expired", "") if former.state in LIVING else (former.state, "")
    if former.about != "practice":
        return ("resolved", "") if former.state in LIVING else (former.state, "")
    if fate in ("unseen", None) or former.state == "withdrawn":
        return former.state, ""
    if fate == "inactive":
        return ("expired" if night.over else "paused", "") if former.state in LIVING else (former.state, "")
    return "withdrawn", _WRONG[str(fate)]


def _about(record: Mapping[str, Any], former: Remembered) -> str:
    """The old sentence's beginning: whom it was about."""
    return f"{record.get('subject_name') or former.subject or former.finding_id}:"


def _as_of(record: Mapping[str, Any], night: Night, **changed: Any) -> Finding:
    return finding_of(record, **{"run_id": night.run_id, "as_of": night.as_of, **changed})


def _show(outcome: Outcome, finding: Finding, reported: bool) -> None:
    if reported:
        outcome.findings.append(finding)
