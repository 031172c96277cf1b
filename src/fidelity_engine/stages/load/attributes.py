"""What `expect.where` can ask about a subject: its roster columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fidelity_engine.db import Database, name
from fidelity_engine.relations import DATE_MAX, DATE_MIN
from fidelity_engine.stages.load.listing import Listed

TYPES = {"from": "date", "until": "date", "grades": "list", "roles": "list", "students": "number"}
"""Attributes that are no text."""

SCHOOL = ("school", "name", "school_level", "grades", "from", "until", "timezone", "students", "calendar")
TEAM = ("team", "name", "school", "kind", "grades", "from", "until", "students")
STAFF = ("staff", "name", "school", "roles", "grades", "from", "until")
COLUMNS = {"from": "from_date", "until": "until_date"}

SINCE = f"greatest(coalesce(r.from_date, {DATE_MIN}), coalesce(s.from_date, {DATE_MIN}))"
TILL = f"least(coalesce(r.until_date, {DATE_MAX}), coalesce(s.until_date, {DATE_MAX}))"
"""The dates of a staff row, cut with its school's: `attribute_staff` has one row per assignment."""

Attributes = dict[str, dict[str, str]]


def create_attributes(db: Database, listed: Mapping[str, Listed], asked: Collection[str]) -> Attributes:
    """Make `attribute_<kind>` for the kinds of subjects that are asked for; give the columns of all kinds with their types."""
    extras = {file: listed[file].extras if file in listed else {} for file in ("schools", "teams", "staff")}
    level = {"school_level": "s.school_level"}
    team = columns(TEAM, "r", extras["teams"])
    school = columns(SCHOOL, "s", extras["schools"])
    staff = columns(STAFF, "r", extras["staff"])
    views = {
        "team": ("r.subject_no", level | team, "roster_team r join roster_school s on s.school_no = r.school_no"),
        "school": ("j.subject_no", school, "subject j join roster_school s on s.school_no = j.school_no and j.subject_kind = 'school'"),
        "grade": ("g.subject_no", school | {"grade": "g.grade", "grades": "[g.grade]"},
                  "roster_grade g join roster_school s on s.school_no = g.school_no"),
        "staff": (f"p.subject_no, {SINCE} as from_date, {TILL} as until_date", level | staff,
                  "roster_staff r join person p on p.staff = r.staff left join roster_school s on s.school_no = r.school_no"),
        "district": ("j.subject_no", {"name": "j.name", "students": "j.students"}, "subject j where j.subject_kind = 'district'"),
    }
    for kind, made_of in views.items():
        if kind in asked:
            view(db, kind, *made_of)
    return {
        "team": types(level | team, extras["teams"]),
        "school": types(school, extras["schools"]),
        "grade": types({**school, "grade": ""}, extras["schools"]),
        "staff": types(level | staff, extras["staff"]),
        "district": types({"name": "", "students": ""}, {}),
    }


def columns(fields: tuple[str, ...], alias: str, extras: Mapping[str, str]) -> dict[str, str]:
    """Attribute → SQL column: the fields of the listing and its other columns."""
    known = {field: f"{alias}.{name(COLUMNS.get(field, field))}" for field in fields}
    return known | {extra: f"{alias}.{name('@' + extra)}" for extra in extras}


def types(attributes: Mapping[str, str], extras: Mapping[str, str]) -> dict[str, str]:
    """Attribute → type, as filters understand it."""
    return {attribute: extras.get(attribute) or TYPES.get(attribute, "text") for attribute in attributes}


def view(db: Database, kind: str, subject_no: str, attributes: Mapping[str, str], source: str) -> None:
    """One attribute relation: subject_no, and a column for each attribute under its own name."""
    selected = ", ".join(f"{expression} as {name(attribute)}" for attribute, expression in attributes.items())
    db.run(f"create or replace view attribute_{kind} as select {subject_no}, {selected} from {source}")
