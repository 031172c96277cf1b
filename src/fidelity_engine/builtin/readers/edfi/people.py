"""Schools and staff: School, Staff, the associations of staff with schools and other organisations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fidelity_engine.builtin.readers.edfi.days import SCHOOL
from fidelity_engine.builtin.readers.edfi.found import Found
from fidelity_engine.builtin.readers.edfi.shapes import SCHOOL_IDS, STAFF_IDS, children, descriptors, reference, text_of
from fidelity_engine.builtin.readers.edfi.stream import Entity, entities
from fidelity_engine.plugin.spec import ReadRequest, Rejected

ASSIGNED = ("StaffEducationOrganizationAssignmentAssociation", "StaffEducationOrgAssignmentAssociation")
AT_SCHOOL = ("StaffSchoolAssociation", "TeacherSchoolAssociation")
AT_WORK = ("work", "organization")
STAFF = ("Staff", "Teacher")
WHO = ("StaffReference", "TeacherReference")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")
GRADES = {f"{word} grade": f"{place:02}" for place, word in enumerate(ORDINALS, 1)} | {
    "kindergarten": "KG", "prekindergarten": "PK", "preschool/prekindergarten": "PK",
}  # fmt: skip
Key = tuple[str | None, str | None]


def schools(request: ReadRequest) -> Found:
    """school, name, school_level, grades"""
    found = Found("School", ["school", "name", "school_level", "grades"])
    for one in entities(request):
        if one.kind == "School":
            found.rows.append({
                "school": text_of(one.element, *SCHOOL_IDS), "name": text_of(one.element, "NameOfInstitution"),
                "school_level": next(iter(descriptors(one.element, "SchoolCategory")), None), "grades": grades_of(one),
            })  # fmt: skip
    return found


def grades_of(entity: Entity) -> list[str]:
    """The grades of an entity in the codes of OneRoster; others stay as they are."""
    return [GRADES.get(grade.lower(), grade) for grade in descriptors(entity.element, "GradeLevel")]


@dataclass
class Seen:
    """What the files say, before it is put together. `xml_ids`: of elements that references point to."""

    xml_ids: dict[str, str] = field(default_factory=dict)
    schools: set[str] = field(default_factory=set)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    assigned: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    grades: dict[Key, list[str]] = field(default_factory=dict)


def staff(request: ReadRequest) -> Found:
    """staff, name, school, roles, grades, from, until, email: a row per assignment; those at no school make none where schools are told."""
    seen = Seen()
    for one in entities(request):
        if one.kind == "School" or one.kind in STAFF:
            _remember(one, seen)
    for one in entities(request):
        _associate(one, seen)
    found = Found("assignment of staff", ["staff", "name", "school", "roles", "grades", "from", "until", "email"])
    told = {(row["staff"], row["school"]) for _, _, row in seen.assigned}
    plain = [(AT_SCHOOL[0], 1, {"staff": who, "school": where}) for who, where in seen.grades if (who, where) not in told]
    for file, number, row in [*seen.assigned, *plain]:
        if seen.people and row["staff"] not in seen.people:
            found.rejected.append(Rejected(file, number, f"It refers to the staff {row['staff'] or '(none)'}, whom the files do not have."))
        elif row["school"] in seen.schools or not seen.schools:
            grades = seen.grades.get((row["staff"], row["school"]), [])
            found.rows.append({**seen.people.get(row["staff"], {}), "grades": grades, **row})
    return found


def _remember(entity: Entity, seen: Seen) -> None:
    own = text_of(entity.element, *(SCHOOL_IDS if entity.kind == "School" else STAFF_IDS))
    if own is None:
        return
    seen.xml_ids[entity.element.get("id", "")] = own
    if entity.kind == "School":
        seen.schools.add(own)
        return
    parts = [text_of(name, part) for name in children(entity.element, "Name") for part in ("FirstName", "LastSurname")]
    seen.people[own] = {"name": " ".join(part for part in parts if part) or None, "email": _mail(entity)}


def _mail(entity: Entity) -> str | None:
    """The address at work, else the first one, in small letters."""
    found = [(descriptors(one, "ElectronicMailType"), text_of(one, "ElectronicMailAddress")) for one in children(entity.element, "ElectronicMail")]
    at_work = [mail for kinds, mail in found if mail and any(kind.lower() in AT_WORK for kind in kinds)]
    return next((mail.lower() for mail in [*at_work, *(mail for _, mail in found if mail)]), None)


def _associate(entity: Entity, seen: Seen) -> None:
    if entity.kind not in (*ASSIGNED, *AT_SCHOOL):
        return
    who = reference(entity.element, WHO, STAFF_IDS, seen.xml_ids)
    where = reference(entity.element, SCHOOL, SCHOOL_IDS, seen.xml_ids)
    if entity.kind in AT_SCHOOL:
        seen.grades[who, where] = list(dict.fromkeys([*seen.grades.get((who, where), []), *grades_of(entity)]))
        return
    role = next(iter(descriptors(entity.element, "StaffClassification")), None)
    dates = {"from": text_of(entity.element, "BeginDate"), "until": text_of(entity.element, "EndDate")}
    seen.assigned.append((entity.file, entity.number, {"staff": who, "school": where, "roles": role, **dates}))
