"""Fields that nobody ever fills, and sources that cannot be used or have been silent for long."""

from __future__ import annotations

from collections.abc import Iterator

from fidelity_engine.errors import FidelityError
from fidelity_engine.scope import Scope
from fidelity_engine.stages.load.needs import Use, needs_of
from fidelity_engine.views.with_data.doubt import doubt, judged_rules, of_rule
from fidelity_engine.where import Path, fields, leaves

LONG = 20
"""School days after which a source that says nothing of its own silence counts as long silent."""


def never_filled(scope: Scope) -> Iterator[FidelityError]:
    """Fields of events and attributes of subjects that a rule asks for, and that are empty everywhere."""
    yield from _attributes(scope)
    needs = needs_of(scope.ruleset, judged_rules(scope), scope.kinds)
    for kind in needs.types:
        there = scope.db.one(f"select count(*) from {scope.events[kind]}") if kind in scope.events else 0
        for field in sorted(needs.fields[kind] & set(scope.fields.get(kind, ()))) if there else ():
            if not scope.db.one(f"select count({scope.fields[kind][field].sql}) from {scope.events[kind]}"):
                path, rule = next(((path, use.rule) for use in needs.uses if use.type == kind and (path := _asked(use, field))), ((), ""))
                told = f"`{field}` is filled in none of the {there:,} events of type `{kind}`"
                yield doubt(scope, path or _home(scope, kind), told, "Look at the column that it is read from.", rule, key=not path)


def _asked(use: Use, field: str) -> Path:
    """Where a use asks for a field; empty where it does not."""
    if use.field == field:
        return use.path
    return next((leaf.path for leaf in leaves(use.node) if leaf.field == field), ()) if use.node is not None else ()


def _home(scope: Scope, kind: str) -> tuple[str, ...]:
    """The source that delivers a type."""
    return ("evidence", next(name for name, spec in scope.ruleset.evidence.items() if kind in spec.delivers))


def _attributes(scope: Scope) -> Iterator[FidelityError]:
    for rule in judged_rules(scope):
        where, of = rule.expect.where, rule.expect.of
        for field in sorted(fields(where)) if where is not None else ():
            if field in scope.db.columns(f"attribute_{of}") and not scope.db.one(f'select count("{field}") from attribute_{of}'):
                yield of_rule(scope, rule, ("expect", "where"), f"`{field}` is filled for no subject of kind `{of}`", "Fill it in on the roster.")


# --- silence ----------------------------------------------------------------------------------------------------------------


def unreadable(scope: Scope) -> Iterator[FidelityError]:
    """Sources of which nothing is used, and why."""
    for source, cause in scope.db.rows("select source, cause from source_state where not readable order by source_no"):
        reasons = scope.db.rows("select reason, rows from quarantine_count where source = $source order by rows desc, reason", {"source": source})
        counts = f" ({', '.join(f'{reason} {n:,}' for reason, n in reasons)})" if reasons else ""
        mend = "`fidelity sources` shows where; until it is mended nothing can be said of what it reports."
        yield doubt(scope, ("evidence", source), f"`{source}` could not be used: {cause.rstrip('.')}{counts}", mend, key=True)


def not_converted(scope: Scope) -> Iterator[FidelityError]:
    """Fields of which a hundredth of the rows and more hold what is no value of their type: there nobody can tell."""
    for source, read, field, rows in scope.db.rows("""select b.source, s.read, b.field, b.rows from bad_value b join source_state s using (source)
            where b.row is null and s.readable and b.rows * 100 >= s.read order by all"""):
        there = field in scope.ruleset.evidence[source].columns
        path = ("evidence", source, *(("columns", field) if there else ()))
        told = f"`{field}` holds in {rows:,} of {read:,} rows what is none of its values, and counts as missing there"
        yield doubt(scope, path, told, "`fidelity sources` shows the first; write a `map:`, or mend the export.", key=True)


def long_silent(scope: Scope) -> Iterator[FidelityError]:
    """Sources that delivered nothing, that are silent now by their own measure, or whose last record is old."""
    for source, read in scope.db.rows("select source, read from source_state where readable order by source_no"):
        coverage = scope.ruleset.evidence[source].coverage
        told = None if read else "has delivered nothing yet"
        if told is None and coverage.with_ is None:
            told = _silent(scope, source) if coverage.silent_after else _old(scope, source) if coverage.through is not None else None
        if told:
            yield doubt(scope, ("evidence", source), f"`{source}` {told}", "Ask whoever keeps it; until then nothing can be said of what it reports.", key=True)


def _silent(scope: Scope, source: str) -> str | None:
    """Where it has been silent up to now, and since when."""
    rows = scope.db.rows("""
        select s.school, d.date from blind b join source_state q on q.source_no = b.source_no and q.source = $source
        join school s on s.school_no = b.school_no join school_clock k on k.school_no = b.school_no and k.ord_over = b.last
        join day_of d on d.class_no = k.class_no and d.ord = b.first where b.silent order by all""", {"source": source})
    if not rows:
        return None
    schools = scope.db.one("select count(*) from school")
    since = min(row[1] for row in rows)
    if len(rows) == schools:
        return f"has been silent since {since}"
    return f"has been silent at {', '.join(f'{school} since {day}' for school, day in rows)}"


def _old(scope: Scope, source: str) -> str | None:
    """That so many school days have gone by since the day up to which it is complete."""
    rows = scope.db.rows("""
        select max(b.last - b.first + 1), min(d.date) from blind b join source_state q on q.source_no = b.source_no and q.source = $source
        join school_clock k on k.school_no = b.school_no and k.ord_over = b.last
        join day_of d on d.class_no = k.class_no and d.ord = b.first where not b.silent""", {"source": source})
    days, since = rows[0]
    return f"is not known to be complete since {since}, {days} school days ago" if days is not None and days > LONG else None
