"""Why findings are missing from an evaluation that the store remembers: asked of the verdicts, in one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from fidelity_engine.db import Database
from fidelity_engine.model.finding import Finding
from fidelity_engine.model.former import Remembered
from fidelity_engine.scope import Scope
from fidelity_engine.store.reconcile import Fate

_COLUMNS = {"finding_id": "VARCHAR", "rule_no": "INTEGER", "subject_kind": "VARCHAR", "subject": "VARCHAR", "since": "DATE", "until": "DATE"}
Row = tuple[str, int, str | None, str | None, date | None, date | None]


def fates(scope: Scope | None, now: Iterable[Finding], remembered: Iterable[Remembered], year: str) -> dict[str, Fate]:
    """finding_id → what became of the cells of each finding about a practice that is not there now. `scope`: None where nothing was evaluated."""
    there = {finding.finding_id for finding in now}
    missing = [one for one in remembered if one.finding_id not in there and one.about == "practice" and one.year == year]
    if not missing or scope is None:
        return {}
    active = {rule.id: no for rule in scope.ruleset.rules if rule.mode == "active" and (no := scope.rule_nos.get(rule.id)) is not None}
    found: dict[str, Fate] = {one.finding_id: "rule_gone" for one in missing if one.rule not in active}
    asked = [_row(one, active[str(one.rule)]) for one in missing if one.finding_id not in found]
    return found | (_cells(scope, asked) if asked else {})


def _row(one: Remembered, rule_no: int) -> Row:
    return one.finding_id, rule_no, one.subject_kind, one.subject, one.since, one.until


def _cells(scope: Scope, asked: Sequence[Row]) -> dict[str, Fate]:
    _create(scope.db, asked)
    rows = scope.db.rows("""
        select f.finding_id, case when count(v.rule_no) = 0 then 'cells_gone'
          when count(*) filter (v.verdict = 'error' or v.code = 'silent' and not q.readable) > 0 then 'unseen'
          when count(*) filter (v.verdict = 'missed' and v.disposition <> 'active') > 0 then 'inactive' else 'not_missed' end
        from former f left join subject s on s.subject_kind = f.subject_kind and s.subject = f.subject
        left join verdict v on v.rule_no = f.rule_no and v.subject_no = s.subject_no and v.window_start between f.since and f.until
        left join source_state q on q.source_no = v.source_no group by f.finding_id""")
    return dict(rows)


def _create(db: Database, rows: Sequence[Row]) -> None:
    listed = ", ".join(f"{column} {kind}" for column, kind in _COLUMNS.items())
    db.run(f"create or replace temp table former ({listed})")
    values = {column: list(cells) for column, cells in zip(_COLUMNS, zip(*rows, strict=True), strict=True)}
    db.run(f"insert into former select {', '.join(f'unnest(${column}::{kind}[])' for column, kind in _COLUMNS.items())}", values)
