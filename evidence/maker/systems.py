"""The part of the district that other systems know: two schools, their grade-level teams, and addresses of people."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from io import BytesIO

from maker.people import MOVE_FROM, PEOPLE, SCHOOLS, Person
from maker.teams import TEAMS, Team

EXPORTED = date(2026, 1, 30)  # what people typed into a form ends on this day
PLACES = ("alder", "rivers")
ROLES = {"general_ed": "Teacher", "special_ed": "Special Education Teacher", "principal": "Principal", "coach": "Instructional Coach", "counselor": "Counselor"}
HERE = [school for school in SCHOOLS if school["school"] in PLACES]
STAFF = [person for person in PEOPLE if person.school in PLACES and person.role in ROLES]
GRADE_TEAMS = [team for team in TEAMS if team.school in PLACES and team.kind == "grade-level"]


def team_name(team: Team) -> str:
    """As calendars, forms and the office's database call it: a name that only one team has."""
    return f"{team.school.capitalize()} {team.name}"


def members(team: Team) -> list[tuple[str, date | None]]:
    """Who is in a team from the first day, and until when; who joins in January is not known to these systems yet."""
    known = {person.staff for person in STAFF}
    return [(m.staff, m.last) for m in team.members if m.first != MOVE_FROM and m.staff in known and m.expected != "no"]


def address(staff: str) -> str:
    return f"{staff}@example-district.example"


def principal(school: str) -> Person:
    return next(person for person in STAFF if (person.school, person.role) == (school, "principal"))


def archive(files: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
    """A zip archive that is the same wherever it is made: nothing is compressed, and all of it is of one day."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as into:
        for name, text in dict(files).items():
            entry = zipfile.ZipInfo(name, (2026, 1, 30, 16, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            into.writestr(entry, text.encode())
    return made.getvalue()
