"""Needs, the trainings that answer them, and who came."""

from __future__ import annotations

from collections.abc import Iterator

from maker.days import days_of, rng
from maker.people import MOVE_UNTIL, MOVES, PEOPLE, TWO_IDS, group

# school: instructional day of its first session on collaboration; then every 36 days
SESSIONS = {"marsh": 4, "rivers": 10, "alder": 16, "birch": 22, "cedar": 28, "north": 34}
READY = {
    "alder": "2025-08-26",
    "birch": "2025-08-26",
    "cedar": "2025-08-27",
    "north": "2025-08-27",
    "rivers": "2025-08-28",
}
# school: needs as (instructional day raised, topic, instructional day of the session that answers or none, audience)
# fmt: off
NEEDS = {
    "alder":  [(12, "literacy", 30, "grades K to 2"), (48, "numeracy", 66, "grades 3 to 5"),
               (95, "inclusion", 110, "all teachers")],
    "birch":  [(8, "numeracy", 25, "grades 3 to 5"), (100, "literacy", 118, "all teachers")],
    "cedar":  [(14, "literacy", 33, "grades K to 2"), (40, "inclusion", 58, "special education"),
               (105, "numeracy", 125, "all teachers")],
    "marsh":  [(10, "literacy", 26, "English language arts"), (24, "numeracy", None, ""),
               (33, "inclusion", None, ""), (90, "literacy", 108, "all teachers")],
    "north":  [(9, "inclusion", 31, "special education"), (36, "literacy", 55, "English language arts"),
               (98, "numeracy", 121, "mathematics")],
    "rivers": [(20, "collaboration", None, ""), (88, "literacy", 104, "grades 5 to 8")],
}
# fmt: on


def sessions() -> list[tuple[str, str, str, str, list[str]]]:
    """(date, school, topic, audience, who came) of every training."""
    found = [
        (day, school, "collaboration", "all teachers", _came(school, day, "ready")) for school, day in READY.items()
    ]
    for school, first in SESSIONS.items():
        days = days_of(school)
        found += [
            (str(days[at]), school, "collaboration", "all teachers", _came(school, str(days[at]), number))
            for number, at in enumerate(range(first, len(days), 36))
        ]
        found += [
            (str(days[at]), school, topic, audience, _came(school, str(days[at]), topic)[::2])
            for _, topic, at, audience in NEEDS[school]
            if at is not None
        ]
    return sorted(found)


def _came(school: str, day: str, about: object) -> list[str]:
    """Nine in ten. A quarter never come at North Point, nor mathematics at Marsh Lake after the first time."""
    moved = {staff: new for staff, new, _, _, _ in MOVES}
    later = day > str(MOVE_UNTIL)
    teachers = [
        p
        for p in PEOPLE
        if p.role in ("general_ed", "special_ed", "counselor")
        and (moved[p.staff] if later and p.staff in moved else p.school) == school
    ]
    never = {p.staff for n, p in enumerate(teachers) if school == "north" and n % 4 == 3 and p.role != "counselor"}
    if school == "marsh" and about != 0:
        never |= set(group("marsh", "math")[1:])
    chance = rng("came", school, day, about)
    return [p.staff for p in teachers if p.staff not in never and chance.random() < 0.92]


def training_rows() -> Iterator[dict[str, object]]:
    for number, (day, school, topic, audience, came) in enumerate(sessions(), 1):
        for staff in came:
            attendee = staff.lstrip("0") if staff == TWO_IDS else staff
            yield {
                "session": f"t-{number:03}",
                "session_date": f"{day}T15:45",
                "building": school,
                "topic": topic,
                "audience": audience,
                "hours": "1.5",
                "attendee": attendee,
            }


def need_rows() -> list[dict[str, object]]:
    rows = [
        {"raised_on": str(days_of(school)[at]), "building": school, "topic": topic}
        for school, needs in NEEDS.items()
        for at, topic, _, _ in needs
    ]
    rows.sort(key=lambda row: (row["raised_on"], row["building"]))
    return [{"need_no": f"need-{number:02}", **row} for number, row in enumerate(rows, 1)]
