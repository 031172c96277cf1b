"""What a store remembers of one rule file, and how a run is added to it: in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from fidelity_engine.model.finding import Finding
from fidelity_engine.model.former import Former, Remembered
from fidelity_engine.model.once import Once
from fidelity_engine.store.address import Address
from fidelity_engine.store.lock import host, who
from fidelity_engine.store.outbox import letters
from fidelity_engine.store.reconcile import LIVING, Change, Outcome
from fidelity_engine.store.record import record_of
from fidelity_engine.store.tables import AUDIT, CHANGE, FINDING, OUTBOX, ROWS, RUN

GONE = "withdrawn"
AT_ONCE = 900
"""So many rows are written, and so many records looked up, at a time: a large district has hundreds of thousands, and older SQLite takes 999 values."""
KEY = ("rules", "finding_id")


@dataclass(frozen=True)
class RunLine:
    """What a run leaves behind besides its findings. Moments are aware; `snapshot`: the file name, None without cells.

    `rows`: listing or source → accepted rows, of what was read whole. `ways`: by which people are told; `addresses`: owner →
    where.
    """

    run_id: str
    year: str
    period_end: date
    as_of: datetime
    started: datetime
    cells: int
    exit_code: int
    rule_set_hash: str
    versions: Mapping[str, str]
    rows: Mapping[str, int]
    snapshot: str | None
    ways: Sequence[str] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)


class Memory:
    """The rows of one rule file, over a connection that is not in a transaction."""

    def __init__(self, connection: Connection, address: Address) -> None:
        self.connection, self.address = connection, address

    @property
    def rules(self) -> str:
        """The name of the rule file, which all its rows carry."""
        return self.address.rules

    def remembered(self, year: str) -> list[Remembered]:
        """The findings of a year, and those of other years that live on, as they were last told."""
        c, same = FINDING.c, Once()
        asked = select(*(c[column] for column in Remembered._fields)).where(c.rules == self.rules, or_(c.year == year, c.state.in_(LIVING)))
        with self.connection.begin():
            return [
                Remembered._make((id, same[year], same[about], same[state], bool(reported), changes, same[severity], *map(same.__getitem__, more)))
                for part in self.connection.execute(asked).partitions(AT_ONCE) for id, year, about, state, reported, changes, severity, *more in part
            ]

    def records(self, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """The records of these findings."""
        with self.connection.begin():
            return self._records(ids)

    def _records(self, ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        c = FINDING.c
        asked = select(c.finding_id, c.record).where(c.rules == self.rules, c.finding_id.in_(bindparam("ids", expanding=True)))
        return {id: record for some in _parts(ids) for id, record in self.connection.execute(asked, {"ids": some})}

    def former(self, found: Iterable[Remembered], year: str, let_shrink: Iterable[str] = ()) -> Former:
        """What an evaluation of this year must know."""
        handed = [one for one in found if one.year == year and one.state != GONE]
        asked = select(ROWS.c.name, ROWS.c.accepted).where(ROWS.c.rules == self.rules, ROWS.c.year == year)
        with self.connection.begin():
            rows = {name: int(accepted) for name, accepted in self.connection.execute(asked)}
        return Former(handed, rows, frozenset(let_shrink))

    def last(self) -> Mapping[str, Any] | None:
        """The newest run as a mapping of the columns of its table."""
        asked = select(RUN).where(RUN.c.rules == self.rules).order_by(RUN.c.number.desc()).limit(1)
        with self.connection.begin():
            found = self.connection.execute(asked).mappings().first()
        return None if found is None else dict(found)

    def is_new(self) -> bool:
        """Whether no run of this rule file has judged anything yet."""
        asked = select(RUN.c.number).where(RUN.c.rules == self.rules, RUN.c.cells > 0).limit(1)
        with self.connection.begin():
            return self.connection.execute(asked).first() is None

    def forgotten(self) -> date | None:
        """The latest day before which everything that had ended was purged; None where nothing ever was."""
        asked = select(AUDIT.c.detail).where(AUDIT.c.rules == self.rules, AUDIT.c.what == "purge")
        with self.connection.begin():
            return max((date.fromisoformat(detail["before"]) for (detail,) in self.connection.execute(asked)), default=None)

    def snapshots(self) -> set[str]:
        """The names of all snapshots that a run stands behind, whatever its rule file."""
        with self.connection.begin():
            return {name for (name,) in self.connection.execute(select(RUN.c.snapshot).where(RUN.c.snapshot.is_not(None)))}

    def commit(self, line: RunLine, outcome: Outcome, before: Iterable[Remembered], quiet: Iterable[Change] = ()) -> None:
        """Add a run: its line, its findings, their changes, what is to be told, the audit line. All or nothing.

        `quiet`: new findings that are not in the outcome, because nobody is told.
        """
        known = {one.finding_id for one in before}
        with self.connection.begin():
            self._run(line)
            self._findings(line, outcome, known)
            self._many(CHANGE, (_change(self.rules, line, change) for change in outcome.changes))
            for some in _parts(quiet):
                self._many(FINDING, (_new(self.rules, line, change) for change in some))
                self._many(CHANGE, (_change(self.rules, line, change) for change in some))
            told = letters(self.rules, line.run_id, line.ways, outcome.changes, line.addresses)
            self._many(OUTBOX, ({**letter, "at": _utc(line.started)} for letter in told))
            self.note("run", {"run_id": line.run_id, "rule_set_hash": line.rule_set_hash, "exit_code": line.exit_code})

    def note(self, what: str, detail: Mapping[str, Any]) -> None:
        """The audit line: who did this, and where. Inside a transaction of the caller's."""
        self.connection.execute(insert(AUDIT).values(
            at=_utc(datetime.now(UTC)), who=who(), host=host(), what=what, rules=self.rules, detail=dict(detail)))

    def _run(self, line: RunLine) -> None:
        self.connection.execute(insert(RUN).values(
            run_id=line.run_id, rules=self.rules, year=line.year, period_end=line.period_end, as_of=_utc(line.as_of), day=line.as_of.date(),
            started=_utc(line.started), finished=_utc(datetime.now(UTC)), cells=line.cells, exit_code=line.exit_code,
            rule_set_hash=line.rule_set_hash, versions=dict(line.versions), snapshot=line.snapshot))
        if line.rows:
            of_year = (ROWS.c.rules == self.rules) & (ROWS.c.year == line.year)
            self.connection.execute(delete(ROWS).where(of_year & ROWS.c.name.in_(list(line.rows))))
            self._many(ROWS, [{"rules": self.rules, "year": line.year, "name": n, "accepted": a} for n, a in line.rows.items()])

    def _findings(self, line: RunLine, outcome: Outcome, known: Collection[str]) -> None:
        """New findings are added; of the others those are rewritten whose columns differ."""
        changes = {change.finding.finding_id: change for change in outcome.changes}
        self._many(FINDING, (_new(self.rules, line, change) for id, change in changes.items() if id not in known))
        self._rewrite(_row(self.rules, line, change.finding, change) for id, change in changes.items() if id in known)
        for some in _parts(finding for finding in outcome.findings if finding.finding_id not in changes):
            records = self._records([finding.finding_id for finding in some])
            rows = (_row(self.rules, line, finding) for finding in some)
            self._rewrite(row for row in rows if row["record"] != records[row["finding_id"]])

    def _rewrite(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Give findings these columns."""
        for some in _parts(rows):
            asked = update(FINDING).where(*(FINDING.c[column] == bindparam(f"its_{column}") for column in KEY))
            values = [{f"its_{column}" if column in KEY else column: value for column, value in row.items()} for row in some]
            self.connection.execute(asked.values({column: bindparam(column) for column in values[0] if not column.startswith("its_")}), values)

    def _many(self, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
        for some in _parts(rows):
            self.connection.execute(insert(table), some)


def _parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _row(rules: str, line: RunLine, finding: Finding, change: Change | None = None) -> dict[str, Any]:
    """A row of FINDING, without what stays as it was."""
    row: dict[str, Any] = {
        "rules": rules, "finding_id": finding.finding_id, "about": finding.about, "rule": finding.rule,
        "subject_kind": finding.subject_kind, "subject": finding.subject, "school": finding.school, "owner": finding.owner,
        "severity": finding.severity, "since": finding.since, "until": finding.until, "state": finding.state,
        "record": record_of(finding),
    }
    if change is not None:
        row |= {"reported": change.reported, "changes": change.number, "changed_on": line.as_of.date()}
        row |= {"year": line.year} if change.before is None else {}
    return row


def _new(rules: str, line: RunLine, change: Change) -> dict[str, Any]:
    return {"opened_in": line.run_id, "changed_on": line.as_of.date(), **_row(rules, line, change.finding, change)}


def _change(rules: str, line: RunLine, change: Change) -> dict[str, Any]:
    return {
        "rules": rules, "finding_id": change.finding.finding_id, "number": change.number, "run_id": line.run_id,
        "changed_on": line.as_of.date(), "before": change.before, "after": change.finding.state, "message": change.finding.message,
    }


def _utc(moment: datetime) -> datetime:
    """A moment as databases keep it: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
