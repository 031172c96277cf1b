"""The small district of `fidelity init`: two schools, four teams, four weeks of meetings of this school year."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from fidelity_engine.builtin import plugins
from fidelity_engine.plugin.host import Host
from fidelity_engine.rulefile.schema import json_schema
from fidelity_engine.scaffold.files import filled

WEEKS = 4
JULY, WEDNESDAY = 7, 2
SCHOOLS = {"lincoln": "Lincoln Elementary", "jefferson": "Jefferson Elementary"}
TEAMS = ("g3", "g4")
HEADS = {
    "schools": "school,name,school_level,grades,day_start,day_end,students",
    "teams": "team,name,school,kind,grades,students",
    "staff": "staff,name,school,roles,grades",
    "team_members": "team,staff",
    "owners": "role,school,name,address",
    "complete": "source,school,through,confirmed_by,at",
    "meetings": "meeting_id,team_code,started_at,duration,attendees,protocol",
    "visits": "visit_no,team_code,visited_at",
}
MEETINGS = {"lincoln-g3": (0, 1, 3), "lincoln-g4": (1,), "jefferson-g3": (0, 2, 3), "jefferson-g4": (0, 1, 4)}
"""Team: the weekdays on which it meets. One of them meets too rarely, so that there is something to see."""


def district_files(today: date) -> dict[str, str]:
    """Path → text of the district's files, for the school year that a day lies in."""
    monday = first_monday(today)
    rows = {"schools": _schools(), "teams": _teams(), "staff": _staff(), "team_members": _members(), "owners": _owners(),
            "complete": (), "meetings": _meetings(monday), "visits": _visits(monday)}  # fmt: skip
    texts = {f"evidence/{name}.csv": _csv(HEADS[name], found) for name, found in rows.items()}
    words = _dates(monday)
    return {
        "README.md": filled("district/README.md"),
        "rules/district.yaml": filled("district/district.yaml", **words),
        "rules/district.test.yaml": filled("district/district.test.yaml", **words),
        "rules/fidelity.schema.json": _schema(),
        "rules/waivers.csv": _csv("rule,subject_kind,subject,school,from,until,reason,approved_by,permanent", ()),
        "rules/decisions.csv": _csv("at,who,about,action,value,note", ()),
        **texts,
    }


def _schema() -> str:
    """What an editor checks the rule file with; the first line of the rule file names it."""
    host = Host.load(plugins())
    return json.dumps(json_schema(host.measures, host.readers, host.notifiers)) + "\n"


def first_monday(today: date) -> date:
    """The first Monday of school: the week after Labor Day of the school year that a day lies in."""
    year = today.year if today.month >= JULY else today.year - 1
    return _nth(date(year, 9, 1), 0, 1) + timedelta(7)


def _nth(first: date, weekday: int, n: int) -> date:
    """The n-th of a weekday from a date on."""
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (n - 1))


def _dates(monday: date) -> dict[str, str]:
    start, thanks = monday - timedelta(6), _nth(date(monday.year, 11, 1), 3, 4)
    until, half = _nth(date(monday.year + 1, 6, 1), 4, 2), _nth(date(monday.year + 1, 1, 1), 4, 3)
    days = {name: (monday + timedelta(n)).isoformat() for n, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday"))}
    return days | {
        "year": f"{monday.year}-{(monday.year + 1) % 100:02}", "start": str(start), "until": str(until),
        "as_of": str(monday + timedelta(7 * WEEKS - 2)), "thanksgiving": f"{thanks}..{thanks + timedelta(1)}",
        "winter": f"{monday.year}-12-23..{monday.year + 1}-01-02",
        "fall": f"{start}..{half}", "spring": f"{half + timedelta(4)}..{until}",
    }  # fmt: skip


# --- the files ----------------------------------------------------------------------------------------------------------


def _csv(head: str, rows: Iterable[Iterable[object]]) -> str:
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def _all_teams() -> Iterator[tuple[str, str, int]]:
    """Team, school, number."""
    for n, school in enumerate(SCHOOLS):
        yield from ((f"{school}-{team}", school, 2 * n + k) for k, team in enumerate(TEAMS))


def _schools() -> Iterator[Iterable[object]]:
    yield from ((school, name, "elementary", "03;04", "08:00", "15:30", 180) for school, name in SCHOOLS.items())


def _teams() -> Iterator[Iterable[object]]:
    for team, school, number in _all_teams():
        grade = f"0{3 + number % 2}"
        yield team, f"Grade {3 + number % 2}", school, "grade-level", grade, 90


def _people(number: int) -> list[str]:
    return [f"{number + 1:02}{k}" for k in range(1, 5)]


def _staff() -> Iterator[Iterable[object]]:
    for n, school in enumerate(SCHOOLS):
        yield f"90{n + 1}", f"Principal of {school.capitalize()}", school, "principal", ""
    for team, school, number in _all_teams():
        for k, person in enumerate(_people(number)):
            yield person, f"Teacher {k + 1} of {team}", school, "special_ed" if k == 3 else "general_ed", f"0{3 + number % 2}"


def _members() -> Iterator[Iterable[object]]:
    for team, _, number in _all_teams():
        yield from ((team, person) for person in _people(number))


def _owners() -> Iterator[Iterable[object]]:
    yield "improvement-lead", "", "Improvement lead", "improvement@example.org"
    yield "district-it", "", "District IT", "it@example.org"
    yield from (("principal", school, f"Principal of {school.capitalize()}", f"{school}@example.org") for school in SCHOOLS)


def _meetings(monday: date) -> Iterator[Iterable[object]]:
    number = 0
    for week in range(WEEKS):
        for team, _, of_team in _all_teams():
            for weekday in MEETINGS[team]:
                number += 1
                day = monday + timedelta(7 * week + weekday)
                protocol = "No" if team == "jefferson-g4" and weekday else "Yes"
                yield f"m-{number:03}", team, f"{day}T10:00", 45, ";".join(_people(of_team)), protocol


def _visits(monday: date) -> Iterator[Iterable[object]]:
    for number, (team, _, _) in enumerate(_all_teams(), 1):
        yield f"v-{number}", team, f"{monday + timedelta(7 * (number % WEEKS) + WEDNESDAY)}T10:15"
