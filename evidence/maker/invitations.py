"""alder.ics and rivers-*.ics: weekly series of the teams, with what happens to calendars in a year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from maker.days import FIRST, LAST, days_between, days_of
from maker.systems import GRADE_TEAMS, address, members, principal, team_name
from maker.teams import Team

EASTERN = "Eastern Standard Time"  # as Outlook calls it
MOVED, CANCELLED = "2025-10-15", "2025-11-12"  # weeks in which alder-g1 meets on another day, and alder-g2 not at all
LATER = "2026-01-05"  # from this week on rivers-g3 meets half an hour later


def calendars() -> dict[str, bytes]:
    """Alder Grove keeps all of its teams in one calendar, by category; at Two Rivers each team has its own."""
    alder = [team for team in GRADE_TEAMS if team.school == "alder"]
    found = {"alder.ics": _calendar("Alder Grove", alder)}
    found |= {f"{team.team}.ics": _calendar(team_name(team), [team]) for team in GRADE_TEAMS if team.school == "rivers"}
    return found


def _calendar(name: str, teams: list[Team]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example district//EN", f"X-WR-CALNAME:{name}"]
    for team in teams:
        for event in _events(team):
            lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "".join(f"{line}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def _events(team: Team) -> Iterator[list[str]]:
    first = next(day for day in days_between(FIRST, LAST) if day.weekday() == team.slots[1])
    common = [f"UID:{team.team}@example-district.example", "DTSTAMP:20260130T160000Z"]
    told = [
        f"SUMMARY:PLC {team_name(team)}",
        f"CATEGORIES:{team_name(team)}",
        f"ORGANIZER:mailto:{address(principal(team.school).staff)}",
        *(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{address(staff)}" for staff, _ in members(team)),
    ]
    closed = [day for day in days_between(first, LAST) if day.weekday() == first.weekday() and day not in days_of(team.school)]
    weekly = [_at("DTSTART", team, first), "DURATION:PT45M", f"RRULE:FREQ=WEEKLY;UNTIL={LAST:%Y%m%d};"]
    yield [*common, "SEQUENCE:1", *weekly, *(_at("EXDATE", team, day) for day in closed), *told]
    if team.team == "alder-g1":
        day = _in_week(team, MOVED)
        yield [*common, "SEQUENCE:2", _at("RECURRENCE-ID", team, day), _at("DTSTART", team, day + timedelta(1)), "DURATION:PT45M", *told]
    if team.team == "alder-g2":
        day = _in_week(team, CANCELLED)
        yield [*common, "SEQUENCE:2", _at("RECURRENCE-ID", team, day), _at("DTSTART", team, day), "STATUS:CANCELLED", *told]
    if team.team == "rivers-g3":
        day = _in_week(team, LATER)
        until = _at("RECURRENCE-ID;RANGE=THISANDFUTURE", team, day)
        yield [*common, "SEQUENCE:2", until, _at("DTSTART", team, day, timedelta(minutes=30)), "DURATION:PT45M", *told]


def _in_week(team: Team, day: str) -> date:
    """The day of that week on which the team meets."""
    then = date.fromisoformat(day)
    return then + timedelta(team.slots[1] - then.weekday())


def _at(what: str, team: Team, day: date, later: timedelta = timedelta()) -> str:
    return f"{what};TZID={EASTERN}:{datetime.combine(day, team.at) + later:%Y%m%dT%H%M%S}"
