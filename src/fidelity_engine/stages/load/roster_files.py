"""The roster's files as tables, with all of their mistakes: what is there before anything is derived from it."""

from __future__ import annotations

from fidelity_engine.errors import FidelityError
from fidelity_engine.stages.load.listing import Field, Listing, create_empty
from fidelity_engine.stages.load.reading import Reading

DATES = (Field("from", "date", column="from_date"), Field("until", "date", column="until_date"))
ID = {"kind": "id", "required": True}

SCHOOLS = Listing("schools", "roster_school", (
    Field("school", filled=True, **ID), Field("name"), Field("school_level"), Field("grades", "grades"),
    Field("day_start", "minute"), Field("day_end", "minute"), *DATES,
    Field("timezone"), Field("students", "integer"), Field("calendar"),
), extra=True)
TEAMS = Listing("teams", "roster_team", (
    Field("team", filled=True, **ID), Field("name"), Field("school", filled=True, **ID), Field("kind"),
    Field("grades", "grades"), *DATES, Field("students", "integer"),
), extra=True)
STAFF = Listing("staff", "roster_staff", (
    Field("staff", filled=True, **ID), Field("name"), Field("school", **ID), Field("roles", "list"),
    Field("grades", "grades"), *DATES,
), extra=True)
MEMBERS = Listing("members", "roster_member", (
    Field("team", filled=True, **ID), Field("staff", filled=True, **ID), *DATES,
    Field("weekdays", "weekdays"), Field("expected", "boolean"),
))

SCHOOL_NO = ", row_number() over (order by r.school, r.row_no)::integer as school_no"
TEAM_NO = ", row_number() over (order by r.team, r.row_no)::integer as subject_no, s.school_no"
TEAM_SCHOOL = "left join roster_school s on s.school = r.school"
NOBODY = ", 0::integer as subject_no, 0::integer as staff_no"
MEMBER_OF = "left join roster_team t on t.team = r.team left join roster_person p on p.staff = r.staff"

def read_roster(reading: Reading) -> tuple[bool, bool]:
    """Make roster_school, roster_team, roster_staff, roster_person, roster_member; tell whether staff, members exist."""
    files = reading.ruleset.roster
    if not reading.table(SCHOOLS, files and files.schools, more=SCHOOL_NO, empty=", 0::integer as school_no"):
        reading.blame(FidelityError("no roster", reading.ruleset.path, "Say where the schools and teams are under `roster:`."))
    reading.table(TEAMS, files and files.teams, TEAM_SCHOOL, TEAM_NO, ", 0::integer as subject_no, 0::integer as school_no")
    staff = reading.table(STAFF, files and files.staff, TEAM_SCHOOL, ", s.school_no", ", 0::integer as school_no")
    reading.db.run(
        "create or replace table roster_person as select row_number() over (order by staff)::integer as staff_no, staff,"
        " coalesce(arg_min(name, row_no) filter (name is not null), staff) as name, count(*) > 1 as several"
        " from roster_staff where staff is not null group by staff"
    )
    if not staff:                                    # without staff, what needs staff is unknown
        create_empty(reading.db, MEMBERS, NOBODY)
        return False, False
    return True, reading.table(MEMBERS, files and files.members, MEMBER_OF, ", t.subject_no, p.staff_no", NOBODY)
