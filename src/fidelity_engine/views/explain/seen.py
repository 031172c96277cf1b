"""How well one could see: for each source that counts, the days of the stretch on which it was silent or pending."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.db import day
from fidelity_engine.model.rule import Coverage
from fidelity_engine.scope import Scope
from fidelity_engine.stages.measure import SCHOOL_SPAN, event_types, sources_of
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.sheet import Line, dated, dates, school_days

Row = Mapping[str, Any]


def coverage_lines(cell: Cell) -> Iterator[Line | str]:
    """Coverage per school and source, and what it comes to."""
    types = event_types(cell.scope, cell.rule)
    if not types:
        yield "Read from verdicts of another rule: the cells below carry the doubt." + (
            " Some of them are still open, so this one is pending." if cell.judged["pending"] else "")
        return
    if cell.stretch is None:
        yield "No day of the stretch has been reached: nothing could be missing."
        return
    first, last = cell.stretch
    yield f"Stretch: {dated(first, cell.today)} to {dated(last, cell.today)}"
    for (school, source, total), group in groupby(_blind(cell, types), lambda row: (row["school"], row["source"], row["total"])):
        yield from _source_lines(cell, school, source, total, list(group))
    yield f"So the cell is {'silent' if cell.judged['silent'] else 'pending' if cell.judged['pending'] else 'covered'}."


def _blind(cell: Cell, types: Sequence[str]) -> Sequence[Row]:
    """A row per school, source that counts and blind day; one without a day where there is none."""
    first, last = cell.stretch or (date.min, date.min)
    counting = " union ".join(sources_of(cell.scope, kind) for kind in types)
    return cell.scope.db.records(f"""
        with c as (select s.school_no, s.school, s.class_no from subject_school k join school s using (school_no)
          where k.subject_no = {cell.subject_no}),
        d as (select c.school_no, d.date, d.ord from c join day d using (class_no)
          where d.counts and d.date between {day(first)} and {day(last)}
            and exists (select 1 from active a where a.subject_no = {cell.subject_no} and d.date between a.from_date and a.until_date)
            and exists (select 1 from {SCHOOL_SPAN} o where o.school_no = c.school_no and d.date between o.from_date and o.until_date)),
        n as (select school_no, count(*) as total from d group by all),
        b as (select d.school_no, b.source_no, d.date, b.silent from d join blind b on b.school_no = d.school_no and d.ord between b.first and b.last)
        select c.school, q.source, n.total, b.date, b.silent from c join n on n.school_no = c.school_no
        join ({counting}) w on w.school_no = c.school_no join source_state q on q.source_no = w.source_no
        left join b on b.school_no = c.school_no and b.source_no = w.source_no order by 1, 2, 4""")


def _source_lines(cell: Cell, school: str, source: str, total: int, rows: Sequence[Row]) -> Iterator[Line | str]:
    silent = [row["date"] for row in rows if row["silent"]]
    pending = [row["date"] for row in rows if row["silent"] is False]
    yield f"{source} for {school}: {school_days(total)}, {len(silent)} silent, {len(pending)} pending, {total - len(silent) - len(pending)} covered"
    if silent:
        allowed = total // 10
        many = "more than" if len(silent) > allowed else "not more than"
        yield Line(f"silent: {dates(silent, cell.today)}; {many} a tenth of the days ({allowed})", 1)
    if pending:
        yield Line(f"pending: {dates(pending, cell.today)}", 1)
    yield Line(life_text(cell.scope, source, school), 1, "quiet")


# --- how one knows that a source lives --------------------------------------------------------------------------------


def life_text(scope: Scope, source: str, school: str | None) -> str:
    """Its coverage in words, the last sign of life, and what was confirmed complete."""
    readable = scope.db.one("select readable from source_state where source = $source", {"source": source})
    if not readable:
        return f"{source} could not be read: every day is silent"
    coverage, base = scope.ruleset.evidence[source].coverage, source
    while coverage.with_:
        base, coverage = coverage.with_, scope.ruleset.evidence[coverage.with_].coverage
    lives = f"alive when {base} is; " if base != source else ""
    return lives + "; ".join([_rule_text(coverage), *_last_text(scope, base, school), *_confirmed_text(scope, source, school)])


def _rule_text(coverage: Coverage) -> str:
    if coverage.silent_after is not None:
        whose = "of the school" if coverage.per == "school" else "of any school"
        return f"silent after more than {school_days(coverage.silent_after.instructional_days)} without a record {whose}"
    if coverage.through is not None:
        return f"complete through {'its last record' if coverage.through == 'last_record' else coverage.through}"
    return "always covered"


def _last_text(scope: Scope, source: str, school: str | None) -> list[str]:
    last = last_record(scope, source, school)
    return [f"last record {dated(last, scope.as_of_date) if last else 'never'}{f' for {school}' if school else ''}"]


def last_record(scope: Scope, source: str, school: str | None) -> date | None:
    """The last date with a record that is known."""
    found: date | None = scope.db.one(
        """select max(e.date) from source_day e join source_state q using (source_no) left join school s on s.school_no = e.school_no
        where q.source = $source and ($school is null or s.school = $school) and e.date <= $today""",
        {"source": source, "school": school, "today": scope.as_of_date},
    )
    return found


def _confirmed_text(scope: Scope, source: str, school: str | None) -> list[str]:
    through: date | None = scope.db.one(
        """select max(c.through) from complete c left join school s on s.school_no = c.school_no
        where c.source = $source and (c.school_no is null or $school is null or s.school = $school)""", {"source": source, "school": school},
    )
    return [f"confirmed complete through {dated(through, scope.as_of_date)}"] if through else []


# --- a finding about a source -----------------------------------------------------------------------------------------


def source_lines(scope: Scope, name: str, school: str | None) -> Iterator[Line | str]:
    """What was read, the last record per school, and the days on which it was silent or pending."""
    source = name if name in scope.ruleset.evidence else name.rpartition(".")[0]
    if source not in scope.ruleset.evidence:
        return
    row = scope.db.records("select * from source_state where source = $source", {"source": source})[0]
    parts = [f"{row[word]:,} {word}" for word in ("accepted", "duplicates", "merged", "skipped", "quarantined") if row[word] or word == "accepted"]
    yield f"{source}: {counted(row['read'], 'row')} read = {' + '.join(parts)}"
    if not row["readable"]:
        yield f"It could not be used: {row['cause']}"
    for reason, number in scope.db.rows(
        "select reason, sum(rows)::int from quarantine_count where source = $source group by all order by all", {"source": source}
    ):
        yield Line(f"{reason}: {number:,}", 1)
    yield life_text(scope, source, None)
    schools = [school] if school else [row[0] for row in scope.db.rows("select school from school order by school")]
    for one in schools:
        yield from _school_lines(scope, source, one)


def _school_lines(scope: Scope, source: str, school: str) -> Iterator[Line | str]:
    last = last_record(scope, source, school)
    yield f"{school}: last record {dated(last, scope.as_of_date) if last else 'never'}"
    rows = scope.db.rows(
        """select b.silent, d.date from blind b join source_state q using (source_no) join school s using (school_no)
        join day_of d on d.class_no = s.class_no and d.ord between b.first and b.last
        where q.source = $source and s.school = $school order by 1, 2""", {"source": source, "school": school},
    )
    for silent, group in groupby(rows, lambda row: row[0]):
        found = [on for _, on in group]
        yield Line(f"{'silent' if silent else 'pending'}: {school_days(len(found))}: {dates(found, scope.as_of_date)}", 1)
