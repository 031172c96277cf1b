"""What leaders do: visits and feedback, coaching, their hours, and what they enter once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from maker.days import LAST, MONTHS, days_between, days_of, in_month, rng
from maker.people import CEDAR_NEW_SCHEDULE, SCHOOL_IDS
from maker.teams import COLLABORATING, NORTH_G9_FORMED, TEAM, TEAMS, Team


def visits() -> list[tuple[datetime, list[str]]]:
    """The principal sees each team once a month; the teams that share the Thursday block on one visit."""
    found = []
    for school in SCHOOL_IDS:
        mine = [team for team in TEAMS if team.school == school]
        parties = [[t] for t in mine if t in COLLABORATING] + [[t for t in mine if t not in COLLABORATING]]
        for month in MONTHS:
            for place, party in enumerate(parties):
                found += _visit(school, month, place, party)
    return sorted(found)


def _visit(school: str, month: date, place: int, party: list[Team]) -> list[tuple[datetime, list[str]]]:
    days = [day for day in in_month(school, month) if all(team.active(day) for team in party)]
    on_leave = school == "birch" and month in (date(2026, 1, 1),)
    if not days or on_leave or party[0].team == "marsh-sci":
        return []
    share = rng("visit", school, month, place).uniform(0.1, 0.75)
    day = days[int(share * len(days))]
    return [(datetime.combine(day, time(10, 5 + 7 * place)), [team.team for team in party])]


def visit_rows() -> list[dict[str, object]]:
    return [
        {"Timestamp": f"{when:%m/%d/%Y %H:%M}", "Visit No.": f"v-{number:03}", "Team(s) visited": ";".join(teams_)}
        for number, (when, teams_) in enumerate(visits(), 1)
    ]


def feedback_rows() -> list[dict[str, object]]:
    """Feedback within a few days; at Cedar Hollow since October after every second visit only."""
    rows: list[dict[str, object]] = []
    cedar = 0
    for number, (when, teams_) in enumerate(visits(), 1):
        school, days = TEAM[teams_[0]].school, days_of(TEAM[teams_[0]].school)
        if school == "cedar" and when.date() >= date(2025, 10, 1):
            cedar += 1
            if cedar % 5 not in (1, 4):
                continue
        at = min(len(days) - 1, days.index(when.date()) + rng("feedback", number).choice((0, 1, 1, 2, 3)))
        if number in (40, 77, 140):
            continue  # one here and there stays out
        rows.append(
            {
                "given_at": f"{max(datetime.combine(days[at], time(15, 0)), when):%Y-%m-%dT%H:%M}",
                "visit": f"v-{number:03}",
                "team_code": teams_[0],
            }
        )
    rows.sort(key=lambda row: (row["given_at"], row["visit"]))
    return [{"feedback_no": f"f-{number:03}", **row} for number, row in enumerate(rows, 1)]


def coaching_rows() -> list[dict[str, object]]:
    """One contact per school and two weeks: that it took place, not what was said. Two Rivers: none in winter."""
    found = []
    for start in days_between(date(2025, 9, 1), LAST):
        if (start - date(2025, 9, 1)).days % 14:
            continue
        for school in SCHOOL_IDS:
            days = [day for day in days_of(school) if start <= day <= start + timedelta(13)]
            gone = school == "rivers" and date(2025, 11, 10) <= start <= date(2026, 2, 16)
            if days and not gone:
                found.append((rng("coaching", school, start).choice(days), school))
    found.sort()
    return [
        {"contact": f"c-{number:03}", "on": day, "school_code": school} for number, (day, school) in enumerate(found, 1)
    ]


ACTIVITIES = {"instruction": 16.8, "administration": 18.0, "students": 13.7, "families": 9.8}


def time_rows() -> list[dict[str, object]]:
    """One week a month of each principal's hours, by activity."""
    rows = []
    for month in MONTHS:
        for school in SCHOOL_IDS:
            days = in_month(school, month)
            chance = rng("time", school, month)
            for activity, usual in ACTIVITIES.items():
                hours = (
                    usual * chance.uniform(0.8, 1.2) * (0.6 if school == "north" and activity == "instruction" else 1)
                )
                rows.append(
                    {
                        "logged_on": days[min(13, len(days) - 2)],
                        "building": school,
                        "activity": activity,
                        "hours": f"{hours:.1f}",
                    }
                )
    return [{"entry": f"h-{number:03}", **row} for number, row in enumerate(rows, 1)]


def register_rows() -> list[dict[str, object]]:
    """What a principal enters once: schedules, protocols, templates, roles."""
    rows: list[tuple[str, str, str, str]] = []
    for number, school in enumerate(SCHOOL_IDS):
        august = date(2025, 8, 18) + timedelta(number)
        scheduled = [t.team for t in TEAMS if t.school == school and t.team not in ("rivers-58", "north-g9")]
        rows.append((str(august), "schedule_published", school, ";".join(scheduled)))
        rows.append((str(august), "templates_ready", school, ""))
        rows.append(("2025-11-19" if school == "north" else str(august), "protocol_adopted", school, ""))
        rows.append(("2025-09-24" if school == "rivers" else str(august), "roles_assigned", school, ""))
    rows.append((str(NORTH_G9_FORMED), "schedule_published", "north", "north-g9"))
    rows.append(
        (
            str(CEDAR_NEW_SCHEDULE),
            "schedule_published",
            "cedar",
            ";".join(t.team for t in COLLABORATING if t.school == "cedar"),
        )
    )
    rows.sort()
    return [
        {"entry": f"r-{number:02}", "entered_on": day, "kind": kind, "building": school, "teams": teams_}
        for number, (day, kind, school, teams_) in enumerate(rows, 1)
    ]
