"""Ed-Fi interchanges of standard 5: the schools and the district, their staff, their calendars with stated totals of days."""

from __future__ import annotations

from collections.abc import Iterator

from maker.days import TERMS, calendar_rows, days_of
from maker.people import MOVE_UNTIL, MOVES
from maker.systems import HERE, PLACES, ROLES, STAFF, address

EVENTS = {
    "instructional": "Instructional day",
    "partial": "Student late arrival/early dismissal",
    "weather": "Weather day",
    "holiday": "Holiday",
    "teacher_only": "Teacher only day",
    "non_instructional": "Non-instructional day",
}
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth")
GRADES = {f"{n:02}": f"{word} grade" for n, word in enumerate(ORDINALS, 1)} | {"KG": "Kindergarten"}
DISTRICT, HIRED = "example-district", "2025-08-18"


def interchanges() -> dict[str, bytes]:
    found = {"EducationOrganization": _organizations(), "StaffAssociation": _staff(), "EducationOrgCalendar": _calendar()}
    return {f"{name}.xml": _file(name, entities) for name, entities in found.items()}


def _file(name: str, entities: Iterator[str]) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<Interchange{name} xmlns="http://ed-fi.org/5.0.0">'
    return "\n".join((head, *entities, f"</Interchange{name}>\n")).encode()


def _is(name: str, *inside: str) -> str:
    return f"<{name}>{''.join(inside)}</{name}>"


def _descriptor(name: str, kind: str, value: str) -> str:
    return _is(name, f"uri://ed-fi.org/{kind}Descriptor#{value}")


def _school(school: str) -> str:
    return _is("SchoolReference", _is("SchoolIdentity", _is("SchoolId", school)))


def _organizations() -> Iterator[str]:
    yield _is("LocalEducationAgency", _is("NameOfInstitution", "Example District"), _is("LocalEducationAgencyId", DISTRICT))
    for school in HERE:
        grades = [_descriptor("GradeLevel", "GradeLevel", GRADES[grade]) for grade in str(school["grades"]).split(";")]
        yield _is("School", _is("NameOfInstitution", str(school["name"])), _is("SchoolId", str(school["school"])), *grades)


def _staff() -> Iterator[str]:
    left = {staff for staff, *_ in MOVES}
    for person in STAFF:
        first, last = person.name.split()
        mail = _is("ElectronicMailAddress", address(person.staff)) + _descriptor("ElectronicMailType", "ElectronicMailType", "Work")
        name = _is("Name", _is("FirstName", first), _is("LastSurname", last))
        yield _is("Staff", _is("StaffUniqueId", person.staff), name, _is("ElectronicMail", mail))
    for person in STAFF:
        who = _is("StaffReference", _is("StaffIdentity", _is("StaffUniqueId", person.staff)))
        where = _is("EducationOrganizationReference", _is("EducationOrganizationIdentity", _is("EducationOrganizationId", person.school)))
        dates = [_is("BeginDate", HIRED), *([_is("EndDate", str(MOVE_UNTIL))] if person.staff in left else [])]
        role = _descriptor("StaffClassification", "StaffClassification", ROLES[person.role])
        yield _is("StaffEducationOrganizationAssignmentAssociation", who, where, role, *dates)
        if person.grades:
            grades = [_descriptor("GradeLevel", "GradeLevel", GRADES[grade]) for grade in person.grades.split(";")]
            yield _is("StaffSchoolAssociation", who, _school(person.school), *grades)


def _calendar() -> Iterator[str]:
    for school in PLACES:
        yield _is("Calendar", _is("CalendarCode", school), _descriptor("CalendarType", "CalendarType", "School"), _school(school))
        own = [row for row in calendar_rows() if row["school"] == ("rivers" if school == "rivers" else "")]
        where = _is("CalendarReference", _is("CalendarIdentity", _is("CalendarCode", school), _school(school)))
        for row in own:
            event = _descriptor("CalendarEvent", "CalendarEvent", EVENTS[str(row["kind"])])
            yield _is("CalendarDate", _is("Date", str(row["date"])), event, where)
        for term in TERMS[:2]:
            days = [day for day in days_of(school) if term["from"] <= str(day) <= term["until"]]
            yield _is(
                "Session", _is("SessionName", str(term["term"])), _is("BeginDate", term["from"]), _is("EndDate", term["until"]),
                _is("TotalInstructionalDays", str(len(days))), _school(school),
            )  # fmt: skip
