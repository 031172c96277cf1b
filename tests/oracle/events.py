"""Events as they are known as of `as_of`, with their derived fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from oracle.calendar import CLOSING, WEEKDAYS, bells, is_instructional, kind_of
from oracle.roster import assignments, roles_of
from oracle.world import World, day, grade_names, listed, number

CANONICAL = ("id", "type", "start", "end", "minutes", "school", "team", "participants", "grades", "status", "recorded_at")


@dataclass
class Event:
    """One known event. `schools`: derived; `at`: the schools it belongs to, its own or its teams'."""

    source: str
    type: str
    date: date
    schools: list[str]
    teams: list[str]
    participants: list[str] | None
    strangers: int  # participants that are on no roster
    recorded: datetime
    fields: dict[str, Any]  # what filters see

    @property
    def status(self) -> str:
        return self.fields["status"]


def load(world: World) -> None:
    """Fill `world.events` and `world.unreadable`."""
    for source, said in world.rules["evidence"].items():
        rows = world.raw_events.get(source)
        zone = ZoneInfo(said["timezone"]) if said.get("timezone") else None
        if rows is None:
            world.unreadable.add(source)
            continue
        # a row in quarantine holds for nothing, not even as a version: 'ends_before_start', and what nothing links
        linked = [row for row in rows if not backwards(world, row, zone) and event_of(world, source, row, zone) is not None]
        if 2 * (len(rows) - len(linked)) > len(rows):  # 'of which more than half is quarantined is unreadable'
            world.unreadable.add(source)
        else:
            world.events += [event_of(world, source, row, zone) for row in current(world, linked, zone)]


def backwards(world: World, row: dict[str, Any], zone: ZoneInfo | None) -> bool:
    """'Ends before start'; a start that is a date only has no end."""
    start, end = (world.clock.moment(row.get(field), zone) for field in ("start", "end"))
    return not date_only(row) and start is not None and end is not None and end < start


def current(world: World, rows: list[dict[str, Any]], zone: ZoneInfo | None) -> list[dict[str, Any]]:
    """The rows known as of `as_of`; of one id 'the newest `recorded_at` wins, ties: the later row'."""
    newest: dict[str, tuple[datetime, dict[str, Any]]] = {}
    for row in rows:
        recorded = world.clock.moment(row.get("recorded_at") or row["start"], zone)
        assert recorded is not None
        if recorded <= world.clock.known and (row["id"] not in newest or recorded >= newest[row["id"]][0]):
            newest[row["id"]] = (recorded, row)
    return [row for _, row in newest.values()]


def event_of(world: World, source: str, row: dict[str, Any], zone: ZoneInfo | None) -> Event | None:
    """One event; None where 'team or school is unknown and nothing else links it'."""
    teams, schools, people = (listed(row.get(f)) for f in ("team", "school", "participants"))
    known_teams = [t for t in teams or [] if any(t == r["team"] for r in world.teams)]
    known_schools = [s for s in schools or [] if any(s == r["school"] for r in world.schools)]
    on_roster = None if people is None else [p for p in dict.fromkeys(people) if any(p == r["staff"] for r in world.staff)]
    stranger_place = len(known_teams) < len(teams or []) or len(known_schools) < len(schools or [])
    if stranger_place and not (known_teams or known_schools or on_roster):
        return None
    start = world.clock.moment(row["start"], zone)
    assert start is not None
    when, found = place(world, start, known_schools, known_teams, on_roster)
    if date_only(row):  # 'begins at 00:00' of that day, wherever it is
        when = start.date()
    event = Event(
        source, row["type"], when, found, known_teams, on_roster,
        len(set(people or [])) - len(on_roster or []),
        world.clock.moment(row.get("recorded_at") or row["start"], zone), {},  # type: ignore[arg-type]
    )
    event.fields = given(world, source, row) | derived(world, row, event, start)
    event.fields |= interval(world, row, event, start, zone)
    return event


def date_only(row: dict[str, Any]) -> bool:
    return "T" not in str(row["start"])


def place(world: World, start: datetime, schools: list[str], teams: list[str], people: list[str] | None) -> tuple[date, list[str]]:
    """The local date and the derived school: 'as given; else the team's; else the one school of all participants'."""
    found = sorted(set(schools)) or sorted({world.team(t)["school"] for t in teams})
    when = start.astimezone(world.zone(found[0] if found else None)).date()
    if not found:
        there = {a["school"] for p in people or [] for a in assignments(world, p, when)}
        found = sorted(there) if len(there) == 1 else []
        when = start.astimezone(world.zone(found[0] if found else None)).date()
    return when, found


def given(world: World, source: str, row: dict[str, Any]) -> dict[str, Any]:
    """The extra fields in their declared types; id and type as they stand."""
    columns = world.rules["evidence"][source].get("columns") or {}
    types = {f: c.get("type", "list" if "split" in c else "text") for f, c in columns.items() if isinstance(c, dict)}
    made: dict[str, Any] = {}
    for name, value in row.items():
        if name in CANONICAL or value is None or value == "":
            continue
        kind = types.get(name, "text")
        made[name] = {"number": number, "integer": number, "date": day, "list": listed}.get(kind, lambda v: v)(value)
    return made | {"id": row["id"], "type": row["type"]}


def derived(world: World, row: dict[str, Any], event: Event, start: datetime) -> dict[str, Any]:
    """'Derived event fields' apart from those of the interval."""
    made = {
        "source": event.source, "team": event.teams or None, "school": event.schools or None, "participants": event.participants,
        "date": event.date, "weekday": WEEKDAYS[event.date.weekday()], "week": event.date - timedelta(days=event.date.weekday()),
        "status": status_of(world, row, start), "grades": grades_of(world, row, event), "day_kind": day_kind(world, event),
    }
    made["grade_count"] = None if made["grades"] is None else number(len(set(made["grades"])))
    if event.participants is not None:
        made["roles"] = sorted({r for p in event.participants for r in roles_of(world, p, event.date)})
    return made


def status_of(world: World, row: dict[str, Any], start: datetime) -> str:
    """'An event that starts after `as_of` and is not `cancelled` counts as `planned`; else `held` (default).'"""
    said = row.get("status") or "held"
    return "planned" if start > world.clock.known and said != "cancelled" else said


def grades_of(world: World, row: dict[str, Any], event: Event) -> list[str] | None:
    """'As given; else of the staff who took part; else of the team.'"""
    said = grade_names(row.get("grades"))
    if said is not None:
        return sorted(set(said))
    staff = {g for p in event.participants or [] for a in assignments(world, p, event.date) for g in a["grades"]}
    team = {g for t in event.teams for g in world.team(t)["grades"]}
    return sorted(staff or team) or None


def day_kind(world: World, event: Event) -> str | None:
    """'`day_kind` of the first that is closed, else of the first by id.'"""
    kinds = [kind_of(world, s, event.date) for s in event.schools]
    return next((k for k in kinds if k in CLOSING), kinds[0] if kinds else None)


def interval(world: World, row: dict[str, Any], event: Event, start: datetime, zone: ZoneInfo | None) -> dict[str, Any]:
    """`minutes`, and `in_school_day`: 'the whole interval inside the bell times', 'in each' of several schools."""
    minutes, end = number(row.get("minutes")), world.clock.moment(row.get("end"), zone)
    if end is not None and minutes is None:
        minutes = number((end - start) / timedelta(minutes=1))
    if end is None and minutes is not None and not date_only(row):  # a date only: 'its end is missing'
        end = start + timedelta(seconds=float(minutes * 60))
    inside = [inside_bells(world, s, event.date, start, end) for s in event.schools]
    truth = False if False in inside else None if None in inside or not inside else True
    return {"minutes": minutes, "in_school_day": truth}


def inside_bells(world: World, school: str, when: date, start: datetime, end: datetime | None) -> bool | None:
    """'False on a date that is not instructional; unknown where end or bell times are missing.'"""
    if not is_instructional(world, school, when):
        return False
    opens, closes = bells(world, school, when)
    if end is None or opens is None or closes is None:
        return None
    zone = world.zone(school)
    first, last = start.astimezone(zone), end.astimezone(zone)
    return first.date() == last.date() == when and opens <= first.time() and last.time() <= closes


def at(world: World, event: Event) -> set[str]:
    """The schools an event reaches: 'its own or its teams''."""
    return {*event.schools, *(world.team(t)["school"] for t in event.teams)}
