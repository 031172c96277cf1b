"""The roster's files as tables, with all of their mistakes: what is there before anything is derived from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.load.listing import Field, Listing, create_empty
from fidelity_engine.stages.load.reading import Reading, References

DATES = (Field("from", "date", column="from_date"), Field("until", "date", column="until_date"))

SCHOOLS = Listing("schools", "roster_school", (
    Field("school", "id", True, True), Field("name"), Field("school_level"), Field("grades", "grades"),
    Field("day_start", "minute"), Field("day_end", "minute"), *DATES,
    Field("timezone"), Field("students", "integer"), Field("calendar"),
), extra=True)
TEAMS = Listing("teams", "roster_team", (
    Field("team", "id", True, True), Field("name"), Field("school", "id", True, True), Field("kind"),
    Field("grades", "grades"), *DATES, Field("students", "integer"),
), extra=True)
STAFF = Listing("staff", "roster_staff", (
    Field("staff", "id", True, True), Field("name"), Field("school", "id", True), Field("roles", "list"),
    Field("grades", "grades"), *DATES,
), extra=True)
MEMBERS = Listing("members", "roster_member", (
    Field("team", "id", True, True), Field("staff", "id", True, True), *DATES,
    Field("weekdays", "weekdays"), Field("expected", "yes"),
))

TO_SCHOOL = "left join roster_school s on s.school = r.school"
SCHOOL_NO = References(
    more=", row_number() over (order by r.school, r.row_no)::integer as school_no", empty=", 0::integer as school_no")
TEAM_NO = References(
    TO_SCHOOL, ", row_number() over (order by r.team, r.row_no)::integer as subject_no, s.school_no",
    ", 0::integer as subject_no, 0::integer as school_no")
AT_SCHOOL = References(TO_SCHOOL, ", s.school_no", ", 0::integer as school_no")
MEMBER_OF = References(
    "left join roster_team t on t.team = r.team left join roster_person p on p.staff = r.staff",
    ", t.subject_no, p.staff_no", ", 0::integer as subject_no, 0::integer as staff_no")

PERSON = """
    create or replace table roster_person as
    select row_number() over (order by staff)::integer as staff_no, staff,
      coalesce(arg_min(name, row_no) filter (name is not null), staff) as name, count(*) > 1 as several
    from roster_staff where staff is not null group by staff"""


def has_staff(ruleset: RuleSet, given: Mapping[str, Any]) -> bool:
    """Whether there is a list of the staff, whatever is in it."""
    return given.get(STAFF.name) is not None or bool(ruleset.roster and ruleset.roster.staff)


def read_roster(reading: Reading) -> tuple[bool, bool]:
    """Make roster_school, roster_team, roster_staff, roster_person, roster_member; tell whether staff, members exist."""
    files = reading.ruleset.roster
    if not reading.table(SCHOOLS, files.schools if files else None, SCHOOL_NO):
        mend = "Say under `roster:` where the schools and teams are."
        reading.blame(FidelityError("no roster", reading.ruleset.path, mend))
    reading.table(TEAMS, files.teams if files else None, TEAM_NO)
    if not reading.table(STAFF, files.staff if files else None, AT_SCHOOL):          # without staff, what needs staff is unknown
        create_empty(reading.db, MEMBERS, MEMBER_OF.empty)
        return False, False
    reading.db.run(PERSON)
    return True, reading.table(MEMBERS, files.members if files else None, MEMBER_OF)
