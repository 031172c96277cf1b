"""Who is expected: subjects, when they are active, who is active in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from oracle.calendar import WEEKDAYS
from oracle.world import World, day, listed

ALL_WEEK = list(WEEKDAYS)


@dataclass(frozen=True)
class Subject:
    """What a rule judges. `schools` in the order of their ids."""

    kind: str
    id: str
    schools: tuple[str, ...]
    grade: str | None = None

    @property
    def school(self) -> str | None:
        """'`school` of a person with several: the first by id'; the district has none."""
        return None if self.kind == "district" else self.schools[0]


def subjects(world: World, kind: str) -> list[Subject]:
    """'Subject ids: the roster's; `school/grade` for a grade; `district` for the district.'"""
    every = tuple(sorted(s["school"] for s in world.schools))
    if kind == "district":
        return [Subject("district", "district", every)]
    if kind == "school":
        return [Subject("school", s, (s,)) for s in every]
    if kind == "team":
        return [Subject("team", t["team"], (t["school"],)) for t in world.teams]
    if kind == "grade":
        return [Subject("grade", f"{s['school']}/{g}", (s["school"],), g) for s in world.schools for g in dict.fromkeys(s["grades"])]
    people = sorted({s["staff"] for s in world.staff})
    return [Subject("staff", p, tuple(sorted({s["school"] for s in world.staff if s["staff"] == p}))) for p in people]


def valid(row: dict[str, Any], when: date) -> bool:
    """'Dates are optional (open), both inclusive.'"""
    first, last = day(row.get("from")), day(row.get("until"))
    return (first is None or first <= when) and (last is None or when <= last)


def is_active(world: World, subject: Subject, when: date) -> bool:
    """'A subject is active on a date when its own row and its school's are.'"""
    return world.once(("active", subject, when), lambda: _is_active(world, subject, when))


def _is_active(world: World, subject: Subject, when: date) -> bool:
    if subject.kind == "district":
        return True
    if subject.kind == "staff":
        return bool(assignments(world, subject.id, when))
    if subject.kind == "team" and not valid(world.team(subject.id), when):
        return False
    return valid(world.school(subject.schools[0]), when)


def assignments(world: World, person: str, when: date) -> list[dict[str, Any]]:
    """The person's staff rows that are active on a date, with their school: 'their union holds'."""
    return [s for s in world.staff if s["staff"] == person and valid(s, when) and valid(world.school(s["school"]), when)]


def roles_of(world: World, person: str, when: date) -> list[str]:
    """Distinct roles that a person's staff rows hold on a date."""
    return list(dict.fromkeys(r for s in assignments(world, person, when) for r in s["roles"]))


def active_members(world: World, subject: Subject, when: date) -> set[str]:
    """Who is active in a subject: memberships of a team with an active staff row; else staff rows of the subject."""
    return world.once(("members", subject, when), lambda: _active_members(world, subject, when))


def _active_members(world: World, subject: Subject, when: date) -> set[str]:
    if subject.kind == "team":
        rows = [m for m in world.members if m["team"] == subject.id and valid(m, when)]
        return {m["staff"] for m in rows if assignments(world, m["staff"], when)}
    there = [s for s in world.staff if s in assignments(world, s["staff"], when)]
    if subject.kind == "staff":
        return {s["staff"] for s in there if s["staff"] == subject.id}
    if subject.kind == "district":
        return {s["staff"] for s in there}
    at = [s for s in there if s["school"] == subject.schools[0]]
    return {s["staff"] for s in at if subject.grade is None or subject.grade in s["grades"]}


def expected_members(world: World, subject: Subject, when: date) -> set[str]:
    """'Expected on a date when the membership and a staff row are active on it, `expected` is not `no`, and the weekday
    is one of theirs.'"""
    if subject.kind != "team":
        return active_members(world, subject, when)
    return world.once(("expected", subject, when), lambda: {
        m["staff"]
        for m in world.members
        if m["team"] == subject.id and valid(m, when) and assignments(world, m["staff"], when)
        and str(m.get("expected") or "yes").lower() != "no"
        and WEEKDAYS[when.weekday()] in (listed(m.get("weekdays")) or ALL_WEEK)
    })


def holding(world: World, people: set[str], roles: Any, when: date) -> set[str]:
    """Those who hold one of `roles` on a date; no roles: all."""
    if not roles:
        return people
    wanted = listed(roles) or []
    return {p for p in people if any(r in wanted for r in roles_of(world, p, when))}


def attributes(world: World, subject: Subject, when: date) -> dict[str, Any]:
    """What `expect.where` sees: 'its roster columns (valid on the window's last counted day), and `members`,
    `staff_roles`, `grades`, `school`, `school_level`'. 'An attribute that is empty is missing.'"""
    people = active_members(world, subject, when)
    found: dict[str, Any] = {"members": len(people), "staff_roles": sorted({r for p in people for r in roles_of(world, p, when)})}
    if subject.kind == "school":
        found |= world.school(subject.id)
    elif subject.kind == "team":
        found |= world.team(subject.id)
    elif subject.kind == "grade":
        found |= {"grades": [subject.grade], "school": subject.school}
    elif subject.kind == "staff":
        rows = assignments(world, subject.id, when)
        found |= {f: sorted({v for r in rows for v in r[f]}) for f in ("roles", "grades")}
        found["school"] = subject.school
    if subject.school:
        found["school_level"] = world.school(subject.school).get("school_level")
    return {k: v for k, v in found.items() if v not in (None, "", [])}


def is_below(world: World, parent: Subject, child: Subject) -> bool:
    """'The district is above everything; a school above its teams, grades and staff; a grade above the teams that hold it.'"""
    if parent.kind == "district":
        return child.kind != "district"
    if parent.kind == "school":
        return child.kind in ("team", "grade", "staff") and parent.id in child.schools
    if parent.kind == "grade" and child.kind == "team":
        return child.schools == parent.schools and parent.grade in world.team(child.id)["grades"]
    return False
