"""What a store is asked between runs: findings, how the last run went, and to forget what is old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Text, cast, delete, func, select

from fidelity_engine.model.finding import Finding
from fidelity_engine.store.carried import forget_carried
from fidelity_engine.store.memory import Memory
from fidelity_engine.store.reconcile import LIVING
from fidelity_engine.store.record import finding_of
from fidelity_engine.store.snapshots import sweep
from fidelity_engine.store.tables import CHANGE, FINDING, OUTBOX, RUN


@dataclass(frozen=True)
class Health:
    """The newest run, and what is open. `day`: the day it was about; `age_hours`: since it ended; `states`: state → findings; `waiting`: messages."""

    run_id: str
    day: date
    finished: datetime
    age_hours: float
    exit_code: int
    states: Mapping[str, int]
    waiting: int


def listed(memory: Memory, wanted: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Findings as they were last told, the newest change first; `wanted`: column → values, any of which will do."""
    c = FINDING.c
    asked = select(c.state, c.record, c.changed_on).where(c.rules == memory.rules)
    for column, values in wanted.items():
        if values:
            asked = asked.where(c[column].in_(list(values)))
    with memory.connection.begin():
        rows = list(memory.connection.execute(asked.order_by(c.changed_on.desc(), c.rule, c.subject, c.finding_id)))
    return [finding_of(record, state=state, as_of=changed_on.isoformat()) for state, record, changed_on in rows]


def known_ids(memory: Memory) -> list[str]:
    """The ids that decisions may be about: findings, and what was proposed for them."""
    c = FINDING.c
    proposed = select(c.record).where(c.rules == memory.rules, cast(c.record, Text).contains('"proposed_adjustment": {', autoescape=True))
    with memory.connection.begin():
        found = [id for (id,) in memory.connection.execute(select(c.finding_id).where(c.rules == memory.rules))]
        return found + [id for (record,) in memory.connection.execute(proposed) if (id := record["proposed_adjustment"].get("id"))]


def beginning_with(memory: Memory, year: str, id: str) -> list[Finding]:
    """The findings of a year whose ids begin so, as they were last told."""
    c = FINDING.c
    asked = select(c.state, c.record).where(c.rules == memory.rules, c.year == year, c.finding_id.startswith(id, autoescape=True))
    with memory.connection.begin():
        return [finding_of(record, state=state) for state, record in memory.connection.execute(asked)]


def health(memory: Memory, now: datetime | None = None) -> Health | None:
    """How it stands; None where no run was ever kept."""
    last = memory.last()
    if last is None:
        return None
    finished = last["finished"].replace(tzinfo=UTC)
    states = select(FINDING.c.state, func.count()).where(FINDING.c.rules == memory.rules).group_by(FINDING.c.state)
    waits = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.rules == memory.rules, OUTBOX.c.delivered.is_(None))
    with memory.connection.begin():
        counts = dict(sorted((state, int(n)) for state, n in memory.connection.execute(states)))
        waiting = int(memory.connection.execute(waits).scalar() or 0)
    hours = ((now or datetime.now(UTC)) - finished).total_seconds() / 3600
    return Health(last["run_id"], last["day"], finished, hours, last["exit_code"], counts, waiting)


def purge(memory: Memory, before: date) -> dict[str, int]:
    """Forget runs as of days before a date (never the newest), findings that ended before it, and what was delivered of
    them; the audit says so. Gives how many of each. To be called under the lock."""
    c, limit = FINDING.c, datetime.combine(before, datetime.min.time())
    newest = select(func.max(RUN.c.number)).where(RUN.c.rules == memory.rules).scalar_subquery()
    ended = select(c.finding_id).where(c.rules == memory.rules, c.changed_on < before, c.state.not_in(LIVING)).scalar_subquery()
    orders = {
        "changes": delete(CHANGE).where(CHANGE.c.rules == memory.rules, CHANGE.c.finding_id.in_(ended)),
        "messages": delete(OUTBOX).where(OUTBOX.c.rules == memory.rules, OUTBOX.c.at < limit, OUTBOX.c.delivered.is_not(None)),
        "findings": delete(FINDING).where(c.rules == memory.rules, c.changed_on < before, c.state.not_in(LIVING)),
        "runs": delete(RUN).where(RUN.c.rules == memory.rules, RUN.c.day < before, RUN.c.number < newest),
    }
    with memory.connection.begin():
        gone: dict[str, Any] = {what: memory.connection.execute(order).rowcount for what, order in orders.items()}
        memory.note("purge", {"before": before.isoformat(), **gone})
    forget_carried(memory.address, before)
    return {**gone, "snapshots": sweep(memory.address, memory.snapshots())}
