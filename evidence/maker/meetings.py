"""The meetings of all teams: who held what is expected, who did not, and what a real log brings along."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from maker.days import EARLY_DISMISSAL, MONTHS, WEEKS, in_month, in_week, rng
from maker.people import BIRCH_LAST_RECORD, CEDAR_NEW_SCHEDULE, group
from maker.teams import COLLABORATING, TEAM, TEAMS, Team

RIVERS_G5_NO_MINUTES = (date(2025, 11, 3), date(2026, 2, 13))
MOVING = ("alder-g1", "alder-g4", "marsh-ela", "north-soc")
ALDER_G2_LATE = (date(2025, 10, 27), date(2025, 11, 14))
ALDER_G2_TYPED = datetime(2025, 11, 17, 16, 0)  # three weeks in one afternoon


@dataclass
class Meeting:
    team: str
    start: datetime
    minutes: object
    present: list[str] | None
    state: str = "Held"
    protocol: str = "Yes"
    grades: str = ""
    typed: datetime | None = None
    moved_from: datetime | None = None


def needed(days: int) -> int:
    """Three a week, scaled to short weeks as the rule scales them."""
    return int(3 * min(days, 5) / 5 + 0.5)


def meetings() -> list[Meeting]:
    found = [m for team in COLLABORATING for monday in WEEKS for m in _week(team, monday)]
    found += [m for team in TEAMS if team.kind == "across-grade" for m in _across(team)]
    found += [m for team in TEAMS if team.kind == "intervention" for m in _intervention(team)]
    found += [*_joint(), *_through_the_break()]
    found.sort(key=lambda m: (m.start, m.team))
    found = [m for m in found if not (m.team.startswith("birch") and m.start.date() > BIRCH_LAST_RECORD)]
    _protocols(found)
    _move_some(found)
    for m in found:
        m.typed = m.typed or _typed(m)
    return found


def _week(team: Team, monday: date) -> Iterator[Meeting]:
    """The meetings of one team in one week; most teams do what is expected, some never do."""
    days = [day for day in in_week(team.school, monday) if team.active(day)]
    if not days or team.team == "marsh-sci":
        return
    chance = rng("week", team.team, monday)
    short_by = _short_by(team, monday)
    want = max(0, needed(len(days)) - short_by)
    skip = not short_by and _may_skip(team, monday) and chance.random() < 0.4
    chosen = _choose(team, days, want)
    for place, day in enumerate(chosen):
        yield _meeting(team, day, "Cancelled" if skip and place == len(chosen) - 1 else "Held")
    if team.team == "rivers-g7":
        early = [day for day in days if day not in chosen][: 3 - len(chosen)]
        yield from (_meeting(team, day, at=time(7, 15)) for day in early)
    if not short_by and len(days) == 5 and chance.random() < 0.05:
        spare = [day for day in days if day not in chosen]
        yield _meeting(team, spare[0], minutes=chance.choice((15, 20, 22, 25)))


def _short_by(team: Team, monday: date) -> int:
    """How many meetings fewer than needed the team holds that week."""
    if team.team == "rivers-g7":
        return 2  # the others are before the first bell
    if team.team == "north-math" or (team.school == "cedar" and monday < CEDAR_NEW_SCHEDULE):
        return 1
    return 0


def _may_skip(team: Team, monday: date) -> bool:
    """A steady team loses a meeting now and then: never in a short month, never two weeks in a row."""
    full = len(in_week(team.school, monday)) == 5 and monday.month in (10, 11, 2, 3, 5)
    turn = int(monday.strftime("%d")) // 7 % 4 == TEAMS.index(team) % 4
    return full and turn and team.team not in ("alder-g2", "rivers-g5", "north-g9")


def _choose(team: Team, days: list[date], want: int) -> list[date]:
    ranked = sorted(days, key=lambda day: (day.weekday() not in team.slots, day))
    return sorted(ranked[:want])


def _meeting(team: Team, day: date, state: str = "Held", minutes: object = None, at: time | None = None) -> Meeting:
    at = at or (time(9, 0) if day == EARLY_DISMISSAL else team.at)
    chance = rng("meeting", team.team, day, at)
    usual = chance.choice((40, 45, 45, 45, 50))
    if _short_by(team, day - timedelta(day.weekday())) == 1:
        usual = 75  # fewer, but longer
    no_minutes = team.team == "rivers-g5" and RIVERS_G5_NO_MINUTES[0] <= day <= RIVERS_G5_NO_MINUTES[1]
    if no_minutes or (minutes is None and chance.random() < 0.004):
        usual = ""
    present = _present(team, day, chance) if state == "Held" else []
    return Meeting(team.team, datetime.combine(day, at), usual if minutes is None else minutes, present, state)


def _present(team: Team, day: date, chance: random.Random) -> list[str] | None:
    if chance.random() < 0.008:
        return None  # the list of attendees was left out
    rate = 0.66 if team.team == "north-ela" and day >= date(2025, 10, 6) else 0.96
    return [s for s in team.expected(day) if chance.random() < rate]


def _across(team: Team) -> Iterator[Meeting]:
    """Once a month, with the grades that took part. Since October nobody of grade 5 comes at Cedar Hollow."""
    for month in MONTHS:
        days = in_month(team.school, month)
        day = days[min(len(days) - 2, 4 + TEAMS.index(team) % 4)]
        meeting = _meeting(team, day)
        grades = ["K" if g == "KG" else str(int(g)) for g in team.grades.split(";")]
        meeting.present = team.expected(day)
        if team.team == "cedar-35" and month >= date(2025, 10, 1):
            grades.remove("5")
            meeting.present = [s for s in team.expected(day) if s not in group("cedar", "g5")]
        meeting.grades, meeting.minutes = ";".join(grades), 50
        yield meeting


def _intervention(team: Team) -> Iterator[Meeting]:
    """Every two weeks; at North Point every week on paper, and two of three are cancelled."""
    weekly = team.team == "north-mtss"
    for number, monday in enumerate(WEEKS):
        days = in_week(team.school, monday)
        fortnight = (monday - date(2025, 9, 1)).days // 7
        other = in_week(team.school, monday - timedelta(7)) if fortnight % 2 else []
        if not days or (not weekly and (other or len(days) < 2)):
            continue
        day = days[-2] if len(days) > 1 else days[0]
        cancelled = weekly and monday >= date(2025, 9, 29) and number % 3 != 2
        yield _meeting(team, day, "Cancelled" if cancelled else "Held", minutes=50)


def _joint() -> Iterator[Meeting]:
    """Some meetings of two teams together: one record, two teams."""
    for one, two, day in (
        ("alder-g3", "alder-g4", "2025-10-17"),
        ("alder-g3", "alder-g4", "2026-01-16"),
        ("cedar-g1", "cedar-g2", "2026-01-23"),
        ("north-ela", "north-soc", "2025-11-14"),
    ):
        both = [*TEAM[one].expected(date.fromisoformat(day)), *TEAM[two].expected(date.fromisoformat(day))]
        yield Meeting(f"{one};{two}", datetime.fromisoformat(f"{day}T14:00"), 40, both)


def _through_the_break() -> Iterator[Meeting]:
    """A calendar series runs on: planned in the winter break, cancelled in the snow week, and never held."""
    for day in ("2025-12-23", "2025-12-30"):
        yield Meeting(
            "alder-g1", datetime.fromisoformat(f"{day}T10:00"), 45, [], "Planned", "", typed=datetime(2025, 12, 1, 8, 0)
        )
    for team in ("alder-g1", "alder-g3", "cedar-g2", "marsh-ela", "marsh-math", "north-sci"):
        for day in (8, 10, 11):
            when = datetime(2025, 12, day, 10, 0)
            yield Meeting(team, when, 45, [], "Cancelled", "", typed=when.replace(hour=6, minute=30))


def _protocols(found: list[Meeting]) -> None:
    """The protocol is used, save for one meeting in some months; in science at North Point in every second one."""
    seen: dict[tuple[str, int], int] = {}
    for m in found:
        if m.state != "Held":
            m.protocol = ""
            continue
        key = (m.team, m.start.month)
        seen[key] = seen.get(key, 0) + 1
        if m.team == "north-sci" and m.start.date() >= date(2025, 10, 1):
            m.protocol = "No" if seen[key] % 2 else "Yes"
        elif seen[key] == 3 and m.team in TEAM and TEAM[m.team].kind in ("grade-level", "department"):
            m.protocol = rng("protocol", *key).choice(("No", "Yes", "Yes", ""))


def _move_some(found: list[Meeting]) -> None:
    """Some meetings were moved by a day: the record of the former time stays, an older version of the same id."""
    steady = [m for m in found if m.state == "Held" and m.start.weekday() > 0 and m.team.startswith(MOVING)]
    autumn = [m for m in steady if date(2025, 9, 15) < m.start.date() < date(2025, 12, 5)]
    later = [m for m in steady if m.start.date() > date(2026, 1, 6)]
    for m in [*rng("moved").sample(autumn, 4), *rng("moved later").sample(later, 2)]:
        m.moved_from = m.start.replace(hour=8, minute=40) - timedelta(1)


def _typed(m: Meeting) -> datetime:
    day, evening = m.start.date(), time(16, 0)
    if m.team == "alder-g2" and ALDER_G2_LATE[0] <= day <= ALDER_G2_LATE[1]:
        return ALDER_G2_TYPED
    if day.weekday() < 4 and rng("typed", m.team, m.start).random() < 0.2:
        return datetime.combine(day + timedelta(1), time(7, 45))
    return datetime.combine(day, evening)


MEETING_COLUMNS = [
    "meeting_id",
    "team_code",
    "started_at",
    "duration_min",
    "attendees",
    "state",
    "protocol",
    "grade_levels",
    "typed_at",
]


def meeting_rows(found: Sequence[Meeting]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, m in enumerate(found, 1):
        assert m.typed is not None
        row = {
            "meeting_id": f"m-{number:04}",
            "team_code": m.team,
            "started_at": f"{m.start:%Y-%m-%dT%H:%M}",
            "duration_min": m.minutes,
            "attendees": ";".join(m.present or []),
            "state": m.state,
            "protocol": m.protocol,
            "grade_levels": m.grades,
            "typed_at": f"{m.typed:%Y-%m-%dT%H:%M}",
        }
        if m.moved_from:
            before = m.moved_from - timedelta(3)
            rows.append(
                {
                    **row,
                    "started_at": f"{m.moved_from:%Y-%m-%dT%H:%M}",
                    "attendees": "",
                    "state": "Planned",
                    "protocol": "",
                    "typed_at": f"{before:%Y-%m-%dT%H:%M}",
                }
            )
        rows.append(row)
    return rows


def dirty(lines: list[str]) -> list[str]:
    """The lines of meetings.csv with what real exports bring along; each is listed in README.md."""
    lines[200:200] = [
        "x-0001,alder-g9,2025-10-08T10:00,45,,Held,Yes,,2025-10-08T16:00",  # no such team
        "x-0002,birch-g7,2025-10-09T10:00,45,,Held,Yes,,2025-10-09T16:00",  # no such team
        "x-0003,marsh-ela,2025-13-05T10:00,45,,Held,Yes,,2025-10-09T16:00",  # no such month
        "x-0004,alder-g3,2025-10-10T09:00",  # the row breaks off
        lines[120],  # an exact duplicate
    ]
    lines[420:420] = [
        lines[400],
        "x-0005,north-soc,2025-11-17T07:00,forty,,Cancelled,,,2025-11-17T16:00",
    ]  # not a number
    return lines
