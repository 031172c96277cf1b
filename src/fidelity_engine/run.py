"""A run: evaluate, reconcile with the store, deliver; in the order in which a kill at any moment leaves it whole.

Outputs under temporary names, the snapshot, one transaction, the outputs' real names, the messages (chapter 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Protocol

from fidelity_engine.course import QUIET, Course
from fidelity_engine.delivery import deliver
from fidelity_engine.errors import ExitCode, FidelityError
from fidelity_engine.fates import fates
from fidelity_engine.model.finding import Finding
from fidelity_engine.model.former import Former, Remembered
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.plugin.host import Host
from fidelity_engine.result import Result
from fidelity_engine.stages.load import read_whole
from fidelity_engine.store.address import Address
from fidelity_engine.store.lock import How
from fidelity_engine.store.memory import Memory, RunLine
from fidelity_engine.store.opening import open_store
from fidelity_engine.store.outbox import arrived, tried, waiting
from fidelity_engine.store.reconcile import Change, Night, quiet, reconcile
from fidelity_engine.store.snapshots import sweep, write_snapshot
from fidelity_engine.store.trouble import NotStored, answers, told

SELECTION = "Only a selection was looked at: the store remembers nothing of this run."
LOOK_BACK = "The store knows a later day ({}): it remembers nothing of this look back."


class Outputs(Protocol):
    """The files that a run writes."""

    def write(self, result: Result, changes: Sequence[Change]) -> None:
        """Write them under temporary names."""

    def place(self) -> None:
        """Give them their names."""


@dataclass(frozen=True)
class Plan:
    """What a run does beside evaluating. `partial`: rules or subjects are selected; `asked`: a moment was asked for.

    `let_shrink`: names that may hold less than before; `waiting(holder)` is called before waiting for the lock.
    """

    address: Address
    partial: bool = False
    asked: bool = False
    how: How = "wait"
    let_shrink: Sequence[str] = ()
    outputs: Outputs | None = None
    waiting: Callable[[str], None] = lambda holder: None
    course: Course = QUIET


@dataclass
class Ran:
    """What a run gives. `changes`: what is news; `kept`: whether the store remembers it; `undelivered`: a sentence each."""

    result: Result
    changes: list[Change] = field(default_factory=list)
    kept: bool = False
    undelivered: list[str] = field(default_factory=list)

    @property
    def news(self) -> bool:
        """Whether any finding opened or changed its state, of those that are told."""
        return any(change.reported for change in self.changes)

    @property
    def exit_code(self) -> ExitCode:
        """The result's, or 4 where something did not arrive."""
        code = self.result.exit_code
        return ExitCode.UNDELIVERED if self.undelivered and code in (ExitCode.COMPLETE, ExitCode.EMPTY_GRID) else code


Settle = Callable[[Result], Iterable[tuple[Finding, str | None]]]
Evaluate = Callable[[Former, Settle], Result]


def run(ruleset: RuleSet, host: Host, evaluate: Evaluate, plan: Plan) -> Ran:
    """One run of a rule set with a store. `evaluate(former, settle)` gives the result, calling `settle` on it
    before it tells anybody. The result is the caller's to close."""
    plan.course.at("store")
    with open_store(plan.address, plan.how, plan.waiting) as memory:
        with told(plan.address.shown, evaluated=False):
            sweep(plan.address, memory.snapshots())
            year = ruleset.year
            before = memory.remembered(year)
            former = memory.former(before, year, plan.let_shrink)
        ran: list[Ran] = []

        def settle(result: Result) -> Iterable[tuple[Finding, str | None]]:
            with answers(plan.address.shown, evaluated=True):
                ran.append(_settled(result, ruleset, memory, before, plan))
            return [(one.finding, one.before) for one in ran[0].changes if one.reported and one.finding.state != one.before]

        result = evaluate(former, settle)
        plan.course.at("notify")
        try:
            with told(plan.address.shown, evaluated=True):
                ran[0].undelivered = _delivered(ruleset, host, memory) if ran[0].kept else []
        except BaseException:
            result.close()
            raise
    return ran[0]


def _delivered(ruleset: RuleSet, host: Host, memory: Memory) -> list[str]:
    """Hand over what waits, of this run and of earlier ones; what went wrong."""
    if not ruleset.notify:
        return []
    waits = waiting(memory.connection, memory.rules, ruleset.notify)
    failures = deliver(ruleset.notify, host, waits, lambda way, key: arrived(memory.connection, memory.rules, way, key))
    still = tried(memory.connection, memory.rules, ruleset.notify)
    waiting_still = "1 message waits" if still == 1 else f"{still} messages wait"
    return [f"{failure} {waiting_still} for the next run." for failure in failures]


def _settled(result: Result, ruleset: RuleSet, memory: Memory, before: Sequence[Remembered], plan: Plan) -> Ran:
    """The result in the states that its findings have now, written down."""
    plan.course.at("store")
    reason, night = _not_kept(result, memory, plan), _night(result, ruleset, memory)
    if reason:
        result.summary.notes.append(reason)
        there = {finding.finding_id for finding in result.findings}
        news = reconcile(result.findings, [one for one in before if one.finding_id in there], {}, night, memory.records).changes
        _output(plan, result, news)
        return Ran(result, news)
    now, former, ended = _to_reconcile(result, before, night)
    outcome = reconcile(now, former, fates(result.scope, now, former, ruleset.year), night, memory.records)
    result.tell(outcome.findings)
    _output(plan, result, outcome.changes, lambda: _keep(result, ruleset, plan, lambda line: memory.commit(line, outcome, before, quiet(ended, night))))
    return Ran(result, outcome.changes, kept=True)


def _to_reconcile(result: Result, before: Sequence[Remembered], night: Night) -> tuple[Sequence[Finding], Sequence[Remembered], Iterable[Finding]]:
    """The findings now and before that anybody may be told of, and those that are only to be remembered.

    A large district has many that had ended before the first run: then they are remembered one after the other, and later passed over as long
    as they are as they were.
    """
    every: Any = result.findings
    if not hasattr(every, "but_ended"):
        return every, before, ()
    if night.first:
        return every.but_ended(None)[0], before, every.ended()
    now, met = every.but_ended([one.finding_id for one in before if one.state == "resolved" and not one.reported])
    return now, [one for one in before if one.finding_id not in met], ()


def _not_kept(result: Result, memory: Memory, plan: Plan) -> str:
    """Why the store must not remember this run: what it did not look at would count as withdrawn."""
    if plan.partial:
        return SELECTION
    last = memory.last()
    if plan.asked and last is not None and result.summary.as_of.astimezone(UTC) < last["as_of"].replace(tzinfo=UTC):
        return LOOK_BACK.format(last["day"])
    return ""


def _addresses(result: Result) -> dict[str, str]:
    """Owner → address, where the owners file has one."""
    if result.scope is None:
        return {}
    return dict(result.scope.db.rows("select coalesce(name, role), min(address) from owner where address is not null group by all"))


def _night(result: Result, ruleset: RuleSet, memory: Memory) -> Night:
    day = result.summary.as_of.date()
    idle = result.scope is None
    return Night(
        year=ruleset.year, run_id=result.summary.run_id, as_of=day.isoformat(), first=memory.is_new(),
        over=not idle and day > ruleset.period.end, idle=idle, forgotten=memory.forgotten(),
    )  # fmt: skip


def _output(plan: Plan, result: Result, changes: Sequence[Change], keep: Callable[[], None] = lambda: None) -> None:
    plan.course.at("output")
    if plan.outputs is not None:
        plan.outputs.write(result, changes)
    plan.course.at("store")
    plan.course.count(lambda: len(result.findings))
    keep()
    if plan.outputs is not None:
        plan.outputs.place()


def _keep(result: Result, ruleset: RuleSet, plan: Plan, commit: Callable[[RunLine], None]) -> None:
    """The snapshot, then the transaction that makes it count."""
    summary = result.summary
    with told(plan.address.shown, evaluated=True):
        try:
            snapshot = write_snapshot(plan.address, summary.run_id, result.verdicts.write) if summary.cells else None
        except FidelityError as error:
            raise NotStored(error.message, error.where, error.mend) from None
        line = RunLine(
            run_id=summary.run_id, year=ruleset.year, period_end=ruleset.period.end, as_of=summary.as_of, started=summary.started,
            cells=summary.cells, exit_code=int(result.exit_code), rule_set_hash=summary.rule_set_hash, versions=summary.versions,
            rows=read_whole(result.scope.listings, summary.sources) if result.scope else {}, snapshot=snapshot,
            ways=tuple(ruleset.notify), addresses=_addresses(result),
        )  # fmt: skip
        commit(line)
