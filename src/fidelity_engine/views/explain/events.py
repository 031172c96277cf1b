"""The events of a cell as lines: those that counted, those that may, and those that did not, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from fidelity_engine.builtin.reports.wording import counted
from fidelity_engine.stages.emit.sentences import plural
from fidelity_engine.views.explain import leaves as why
from fidelity_engine.views.explain.candidates import Event, others, own_choice
from fidelity_engine.views.explain.cell import Cell
from fidelity_engine.views.explain.sheet import Line, dated

MOST = 40
"""So many events of one sort are listed; the others are counted."""


def filter_lines(cell: Cell) -> Iterator[str]:
    """Which events the rule counts, in words."""
    choice = own_choice(cell)
    asked = f"; {why.told(choice.where)}" if choice.where is not None else ""
    yield f"Counted: {choice.type} with status {' or '.join(choice.status)}{asked}"
    first, last = cell.looked_at()
    if (first, last) != (cell.public["window_start"], cell.public["window_end"]):
        yield f"Looked at: {dated(first, cell.today)} to {dated(last, cell.today)}"
    if choice.link.by == "participants":
        share = choice.link.share
        who = f"at least {share * 100:.4g} % of its active members" if share is not None else "somebody active in it"
        yield f"An event is the subject's when {who} took part."


def event_lines(cell: Cell, events: Sequence[Event], noun: str) -> Iterator[Line | str]:
    """All candidates, sorted by whether they counted; of answers of people only how many."""
    for heading, found in (("Used", sure(events)), ("May or may not count", unsure(events)), ("Not used", against(events))):
        yield f"{heading}: {counted(len(found), plural(noun, 1), plural(noun, 2))}"
        yield from _grouped(found) if anonymous(cell) else listed(cell, found)


def anonymous(cell: Cell) -> bool:
    """Whether events are what single people answered, and so are counted and not listed."""
    return cell.rule.measure.kind == "mean" or getattr(cell.parameters, "per", None) == "answer"


def _grouped(events: Sequence[Event]) -> Iterator[Line]:
    found = Counter(reason for event in events for reason in (*event.reasons, *([event.source] if event.no < 0 else [])))    # below 0: attested
    yield from (Line(f"{number} of them: {reason}", 1) for reason, number in sorted(found.items()))


def sure(events: Iterable[Event]) -> list[Event]:
    """T: those that surely match."""
    return [event for event in events if event.counts]


def unsure(events: Iterable[Event]) -> list[Event]:
    """U: those that would match but for something that is missing."""
    return [event for event in events if event.counts is None]


def against(events: Iterable[Event]) -> list[Event]:
    """Those that do not match."""
    return [event for event in events if event.counts is False]


def listed(cell: Cell, events: Sequence[Event], depth: int = 1) -> Iterator[Line]:
    """A line per event; of very many the newest."""
    shown = events[-MOST:]
    if len(events) > len(shown):
        yield Line(f"the newest {len(shown)} of {len(events)}:", depth, "quiet")
    for event in shown:
        yield Line(event_text(cell, event), depth)


def event_text(cell: Cell, event: Event) -> str:
    """`m12, Tue 4 Nov 10:00, meeting-log: minutes 22 - minutes is 22, must be at least 30`."""
    fields = ", ".join(f"{field.replace('_', ' ')} {why.written(value) or 'missing'}" for field, value in event.values.items())
    reasons = f" — {'; '.join(event.reasons)}" if event.reasons else ""
    return f"{event.id}, {when(cell, event)}, {event.source}{f': {fields}' if fields else ''}{reasons}"


def when(cell: Cell, event: Event) -> str:
    """Date, and the time of day where there is one."""
    text = dated(event.date, cell.today)
    if event.end is None:
        return text if (event.start.hour, event.start.minute) == (0, 0) else f"{text} {event.start:%H:%M}"
    return f"{text} {event.start:%H:%M} to {event.end:%H:%M}"


def elsewhere_lines(cell: Cell) -> Iterator[Line]:
    """Events of the same type at the subject's schools that are not the subject's; and those recorded later."""
    choice = own_choice(cell)
    first, last = cell.looked_at()
    for reason, count, ids in others(cell, choice, first, last):
        such = f" ({', '.join(ids)}{', ...' if count > len(ids) else ''})"
        yield Line(f"{counted(count, 'record')}: {reason}{'' if anonymous(cell) else such}", 1)
    yield from _later_lines(cell)


def _later_lines(cell: Cell) -> Iterator[Line]:
    """Events of these dates that became known after the account's day."""
    choice, later = own_choice(cell), cell.later
    if later is None or choice.type not in later.events or choice.type not in cell.scope.events:
        return
    ids = [row[0] for row in later.db.rows(_SUBJECTS.format(events=later.events[choice.type]), _about(cell))]
    known = {row[0] for row in cell.scope.db.rows(_SUBJECTS.format(events=cell.scope.events[choice.type]), _about(cell))}
    new = [id for id in ids if id not in known]
    if new:
        such = "" if anonymous(cell) else f" ({', '.join(new[:8])})"
        yield Line(f"{counted(len(new), 'record')}: recorded later than {dated(cell.today, cell.today)}, not known then{such}", 1)


_SUBJECTS = """select e.id from {events} e where e.date between $first and $last and
    ($anywhere or $team is not null or exists (select 1 from school s where list_contains($schools::varchar[], s.school)
      and (s.school_no = e.school_no or list_contains(e.other_schools, s.school_no) or $beyond and list_contains(e.team_schools, s.school_no))))
    and ($team is null or e.team_no = (select subject_no from subject where subject_kind = 'team' and subject = $team)
      or list_contains(e.other_teams, (select subject_no from subject where subject_kind = 'team' and subject = $team))) order by e.date, e.id"""


def _about(cell: Cell) -> dict[str, object]:
    first, last = cell.looked_at()
    schools = cell.scope.db.rows(
        "select c.school from subject_school k join school c using (school_no) where k.subject_no = $no", {"no": cell.subject_no}
    )
    of, by_people = cell.rule.expect.of, own_choice(cell).link.by == "participants"
    return {
        "first": first, "last": last, "schools": [school for (school,) in schools], "anywhere": of == "district",
        "beyond": of == "school" and not by_people,
        "team": cell.subject["subject"] if of == "team" and not by_people else None,
    }


