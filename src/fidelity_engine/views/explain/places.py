"""participation, written out: who is expected, and at what they took part. People are numbered, not named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from fidelity_engine.builtin.measures.participation import WEEKDAY, expected_people, holds_role
from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.db import day
from fidelity_engine.views.explain.candidates import Event
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.events import sure, unsure
from fidelity_engine.views.explain.sheet import Line, dated, ratio

Lines = Iterator[Line | str]
MOST = 60
"""So many people are listed; of larger groups only the numbers."""


def participation_lines(cell: Cell, events: Sequence[Event]) -> Lines:
    """The three forms of participation."""
    if not cell.scope.has_staff:
        yield "There is no staff file: nothing is known of who took part, so 0 to 1."
        return
    if cell.parameters.roles:
        yield f"Only people who hold one of these roles: {', '.join(cell.parameters.roles)}"
    form = {"person": _per_person, "event": _per_event, "answer": _per_answer}[cell.parameters.per]
    yield from form(cell, events)
    if cell.judged["few"]:
        yield f"Too few: {counted(len(sure(events)), 'counted event')}, at least {cell.parameters.min_events} are asked."


def _ids(cell: Cell) -> dict[int, str]:
    return dict(cell.scope.db.rows("select staff_no, staff from person"))  # type: ignore[arg-type]


# --- per event --------------------------------------------------------------------------------------------------------


def _per_event(cell: Cell, events: Sequence[Event]) -> Lines:
    """k_T / (m_T + m_U) .. (k_T + m_? + m_U) / (m_T + m_U)."""
    k = m = m_u = m_q = 0
    ids = _ids(cell)
    yield "Member-places: of each event, who was expected on its date, and who of them took part."
    for event in [*sure(events), *unsure(events)]:
        expected = _expected_on(cell, event.date)
        came = [one for one in expected if event.participants is not None and one in event.participants]
        m += len(expected)
        if event.counts is None:
            m_u += len(expected)
        else:
            k += len(came)
            m_q += _unknown_places(event, len(expected), len(came))
        yield Line(_places_text(cell, event, expected, came, ids), 1)
    if not m:
        yield "Nothing to measure: nobody was expected."
        return
    yield f"k = {k} attended of m = {m} expected; m? = {m_q} that may have been, {m_u} of events that may count"
    yield f"low: k / m: {ratio(k, m)}"
    yield f"high: (k + m? + those that may count) / m: ({k} + {m_q} + {m_u}) / {m}: {ratio(k + m_q + m_u, m)}"


def _unknown_places(event: Event, expected: int, came: int) -> int:
    """Places of an event of which nobody can say whether they were taken."""
    return expected if event.participants is None else min(event.unknown_participants, expected - came)


def _places_text(cell: Cell, event: Event, expected: Sequence[int], came: Sequence[int], ids: dict[int, str]) -> str:
    text = f"{event.id}, {dated(event.date, cell.today)}: "
    if event.participants is None:
        return f"{text}{counted(len(expected), 'place')}, who took part is missing"
    absent = [ids[one] for one in expected if one not in came]
    who = f"; not there: {cell.people.listed(absent)}" if 0 < len(absent) <= MOST else ""
    strangers = f"; {event.unknown_participants} unknown to the roster" if event.unknown_participants else ""
    return f"{text}{len(came)} of {len(expected)}{who}{strangers}"


def _expected_on(cell: Cell, on: date) -> list[int]:
    """Who is expected on a date: membership and staff row active, their weekday, one of the roles."""
    at = day(on)
    return [row[0] for row in cell.scope.db.rows(f"""
        select distinct m.staff_no from member m where m.subject_no = {cell.subject_no} and {at} between m.from_date and m.until_date
          and m.expected and {WEEKDAY.format(date=at)} and {holds_role(cell.ask(), "m.staff_no", at)} order by 1""")]


# --- per person -------------------------------------------------------------------------------------------------------


def _per_person(cell: Cell, events: Sequence[Event]) -> Lines:
    """People surely / possibly at or above `at_least_events`, over those expected on half of the days."""
    least = int(cell.parameters.at_least_events)
    ask = cell.ask()
    who = [row[0] for row in cell.scope.db.rows(f"select staff_no from ({expected_people(ask)}) order by 1", ask.bound.values)]
    blind = sum(event.participants is None or event.unknown_participants > 0 for event in sure(events))
    ids, low, high = _ids(cell), 0, 0
    tooks = {one: [event for event in sure(events) if event.participants is not None and one in event.participants] for one in who}
    expected = counted(len(who), "person", "people")
    yield f"Expected on at least half of the {cell.public['days']} days: {expected}; asked of each: {counted(least, 'event')}"
    lines = []
    for one, took in sorted(tooks.items(), key=lambda item: -len(item[1])):
        perhaps = blind - sum(event.unknown_participants > 0 for event in took) + len(unsure(events))
        low, high = low + (len(took) >= least), high + (len(took) + perhaps >= least)
        more = f", perhaps {perhaps} more" if perhaps else ""
        lines.append(Line(f"{cell.people.called(ids[one])}: {counted(len(took), 'event')}{more}", 1))
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield Line(f"and {len(lines) - MOST} more", 1)
    if not who:
        yield "Nothing to measure: nobody was expected."
        return
    yield f"low: people who surely took part in {least} / expected: {ratio(low, len(who))}"
    yield f"high: people who may have / expected: {ratio(high, len(who))}"


# --- per answer -------------------------------------------------------------------------------------------------------


def _per_answer(cell: Cell, events: Sequence[Event]) -> Lines:
    """min(1, #T / n) .. min(1, (#T + #U) / n)."""
    at = day(cell.public["closes_on"])
    n = cell.scope.db.one(f"""select count(distinct m.staff_no) from member m where m.subject_no = {cell.subject_no}
        and {at} between m.from_date and m.until_date and {holds_role(cell.ask(), "m.staff_no", at)}""")
    yield f"Active members on {dated(cell.public['closes_on'], cell.today)}: n = {n}"
    if not n:
        yield "Nothing to measure: there are no members."
        return
    t, u = len(sure(events)), len(unsure(events))
    yield f"low: answers / n, at most 1: {ratio(min(t, n), n)}{_capped(t, n)}"
    yield f"high: with those that may count, at most 1: {ratio(min(t + u, n), n)}{_capped(t + u, n)}"


def _capped(answers: int, members: int) -> str:
    return f" ({answers} answers)" if answers > members else ""
