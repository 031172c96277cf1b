"""Every event that a cell may have counted, each with the reason why it was or was not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from fidelity_engine.db import day, name, text
from fidelity_engine.links import PARTICIPANTS, SUBJECT, Chosen, linked
from fidelity_engine.scope import Scope
from fidelity_engine.views.explain import leaves as why
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.people import People
from fidelity_engine.where import Bound, Leaf, Node, leaves

FIXED = ("id", "start", "end", "status", "source_no")
_UNREACHED = "it does not say who took part, or which grades: may or may not be this subject's"


@dataclass(frozen=True)
class Event:
    """One event near a cell. `counts`: surely (T), perhaps (None, U), or not; `reasons` say why it is not sure.

    `holds`: what a share asks of it. `values`: the fields that rule and measure look at.
    """

    no: int
    id: str
    date: date
    start: datetime
    end: datetime | None
    status: str
    source: str
    counts: bool | None
    reasons: tuple[str, ...]
    values: Mapping[str, Any]
    participants: Sequence[int] | None
    unknown_participants: int
    holds: bool | None = None
    holds_not: tuple[str, ...] = ()


@dataclass(frozen=True)
class Looked:
    """What is asked of the events: the choice of the measure, the dates, fields to show, and a share's condition."""

    choice: Chosen
    first: date
    last: date
    fields: tuple[str, ...] = ()
    having: Node | None = None
    until: date | None = None        # show events up to here, as `after the window`


def fields_of(nodes: Iterable[Node | None], others: Iterable[str] = ()) -> tuple[str, ...]:
    """The fields that filters ask, and others, each once."""
    asked = [leaf.field for node in nodes if node is not None for leaf in leaves(node)]
    return tuple(dict.fromkeys([*asked, *others]))


def candidates(cell: Cell, look: Looked, scope: Scope | None = None, hidden: Iterable[str] = ()) -> list[Event]:
    """The events that reach the subject, or may, on the dates: whatever their status and fields. By date, then id.

    `hidden` fields are judged by, but their values are not shown.
    """
    scope = scope or cell.scope
    choice, bound = look.choice, Bound()
    asked = list(dict.fromkeys(leaf for node in (choice.where, look.having) if node is not None for leaf in leaves(node)))
    columns = [*FIXED, *look.fields]
    every = replace(choice, where=None, status=statuses(scope, choice.type), named={f"leaf_{i}": leaf for i, leaf in enumerate(asked)})
    listed = ", ".join(f"h.f_{i}" for i in range(len(columns))) + "".join(f", h.leaf_{i}" for i in range(len(asked)))
    rows = scope.db.rows(
        f"""select distinct h.event_no, h.date, h.p, h.participants, h.unknown_participants, {listed}
        from ({linked(scope, every, cell.rule.expect.of, bound, columns)}) h
        where h.subject_no = {cell.subject_no} and h.date between {day(look.first)} and {day(look.until or look.last)} order by h.date, h.f_0""",
        bound.values,
    )
    sources: dict[int, str] = dict(scope.db.rows("select source_no, source from source_state"))  # type: ignore[arg-type]
    if choice.attested is not None:
        sources |= dict(scope.db.rows("select event_no, 'attested by ' || coalesce(who, 'somebody') from attested"))
    return [_event(row, look, columns, asked, cell.people, frozenset(hidden), sources) for row in rows]


def statuses(scope: Scope, kind: str) -> tuple[str, ...]:
    """All statuses that events of a type have."""
    found = scope.db.rows(f"select distinct status from {scope.events[kind]} where status is not null order by 1")
    return tuple(row[0] for row in found) or ("held",)


def _event(
    row: Sequence[Any], look: Looked, columns: Sequence[str], asked: Sequence[Leaf], people: People, hidden: frozenset[str],
    sources: Mapping[int, str],
) -> Event:
    no, on, reached, participants, strangers, *rest = row
    values = dict(zip(columns, rest, strict=False))
    truths = dict(zip(asked, rest[len(columns) :], strict=True))

    def shown(field: str) -> str | None:
        value = why.written(people.hidden(values[field]))
        return value if value is None or field not in hidden else why.HIDDEN

    counts, reasons = _weighed(on, reached, values["status"], truths, look, shown)
    holds = None if look.having is None else why.truth(look.having, truths)
    return Event(
        no, values["id"], on, values["start"], values["end"], values["status"], sources[values["source_no"]], counts, tuple(reasons),
        {f: people.hidden(values[f]) for f in look.fields if f not in hidden}, participants, strangers or 0, holds,
        () if look.having is None else tuple(why.reasons(look.having, truths, shown)),
    )


def _weighed(
    on: date, reached: bool | None, status: str, truths: why.Truths, look: Looked, shown: why.Shown
) -> tuple[bool | None, list[str]]:
    """Whether an event counts, and what stands against it."""
    against = ["after the window"] if on > look.last else []
    if status not in look.choice.status:
        against.append(f"status {status}, {' or '.join(look.choice.status)} is asked")
    node = look.choice.where
    holds = True if node is None else why.truth(node, truths)
    filtered = [] if node is None else why.reasons(node, truths, shown)
    if against or holds is False:
        return False, against + (filtered if holds is False else [])
    if reached is None:
        filtered.append(_UNREACHED)
    return None if filtered else True, filtered


def measured_events(cell: Cell, hidden: Iterable[str] = ()) -> list[Event]:
    """The candidates of a measure with one choice of events (all but response and rollup)."""
    p = cell.parameters
    choice = own_choice(cell)
    having = getattr(p, "having", None)
    named = [getattr(p, key, None) for key in ("field", "administration", "pair")]
    several = [name for key in ("distinct", "items", "ratings") for name in getattr(p, key, ())]
    extra = [*several, *(one for one in named if isinstance(one, str)), *cell.kind.fields]
    known = cell.scope.fields[choice.type]
    extra = [f for f in extra if f in known and f not in FIXED]
    first, last = cell.looked_at()
    until = max(last, min(cell.judged["due"], cell.today))
    look = Looked(choice, first, last, fields_of([choice.where, having], extra), having, until)
    return candidates(cell, look, hidden=hidden)


def own_choice(cell: Cell) -> Chosen:
    """The events that the measure's own words choose; per person, people reach their teams by taking part."""
    by_people = cell.rule.measure.kind == "participation" and cell.parameters.per == "person"
    return cell.ask().choice(PARTICIPANTS if by_people else SUBJECT)


def others(cell: Cell, choice: Chosen, first: date, last: date) -> list[tuple[str, int, list[str]]]:
    """(why, how many, newest ids) of the events of the subject's schools that do not reach the subject."""
    of, bound = cell.rule.expect.of, Bound()
    lists = ["other_schools", *(["team_schools"] if of == "school" and choice.link.by != "participants" else [])]
    among = " or ".join(f"list_contains(e.{schools}, k.school_no)" for schools in lists)
    ours = linked(cell.scope, replace(choice, where=None, status=statuses(cell.scope, choice.type), named={}), of, bound)
    rows = cell.scope.db.rows(
        f"""with ours as (select event_no from ({ours}) where subject_no = {cell.subject_no}),
        e as (select * from {cell.scope.events[choice.type]} where date between {day(first)} and {day(last)}),
        k as (select school_no from subject_school where subject_no = {cell.subject_no})
        select {_reason(cell, choice)} as reason, count(*), (list(e.id order by e.date desc, e.id))[1:3]
        from e where e.event_no not in (from ours)
          and (e.school_no is null or e.school_no in (from k) or exists (select 1 from k where {among}))
        group by reason order by reason""",
        bound.values,
    )
    return [(reason, count, ids) for reason, count, ids in rows if reason]


def _reason(cell: Cell, choice: Chosen) -> str:
    """SQL: why an event of the subject's schools is not the subject's."""
    of, no = cell.rule.expect.of, cell.subject_no
    inactive = f"'dated when this {of} was not active'"
    if choice.link.by == "participants":
        members = f"""(select 1 from member m where m.staff_no in (select unnest(e.participants)) and m.subject_no = {no}
            and e.date between m.from_date and m.until_date)"""
        few = "'fewer than the asked share of the active members took part'" if choice.link.share is not None else inactive
        return f"case when e.school_no is null then null when exists {members} then {few} else 'nobody active in this {of} took part' end"
    if of == "team":
        return f"""case when e.team_no = {no} or list_contains(e.other_teams, {no}) then {inactive}
            when e.school_no is null then null when e.team_no is null then 'names no team' else 'of another team' end"""
    if of == "grade":
        column = cell.scope.fields[choice.type].get("grades")
        grades = name("grades") if column is None else column.sql
        own = f"{grades} is null or list_contains({grades}, {text(cell.subject['grades'][0])})"
        return f"case when e.school_no is null then 'names no school' when {own} then {inactive} else 'of other grades' end"
    if of == "staff":
        return "case when e.school_no is null then null when e.participants is null then null else 'this person did not take part' end"
    return f"case when e.school_no is null then 'names no school' else {inactive} end"
