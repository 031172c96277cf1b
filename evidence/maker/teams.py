"""The forty teams, and who is expected in them when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from maker.days import rng
from maker.people import HIGH, MIDDLE, MOVE_FROM, MOVE_UNTIL, MOVES, SHARED, group

NORTH_G9_FORMED = date(2025, 11, 10)


@dataclass(frozen=True)
class Membership:
    staff: str
    first: date | None = None
    last: date | None = None
    weekdays: str = ""
    expected: str = ""

    def on(self, day: date) -> bool:
        """Whether the person is expected in the team on that day."""
        weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
        dated = (self.first or date.min) <= day <= (self.last or date.max)
        return dated and self.expected != "no" and (not self.weekdays or weekday in self.weekdays.split(";"))


@dataclass(frozen=True)
class Team:
    team: str
    name: str
    school: str
    kind: str
    grades: str
    students: int | None
    members: tuple[Membership, ...]
    first: date | None = None
    slots: tuple[int, ...] = field(default=(), compare=False)  # weekdays on which it meets
    at: time = time(10, 15)

    def expected(self, day: date) -> list[str]:
        return [m.staff for m in self.members if m.on(day)]

    def active(self, day: date) -> bool:
        return self.first is None or day >= self.first


def _members(team: str, ids: Iterable[str], observers: Iterable[str] = ()) -> tuple[Membership, ...]:
    left = {staff: old for staff, _, _, old, _ in MOVES}
    stay = [Membership(s, last=MOVE_UNTIL if left.get(s) == team else None) for s in ids]
    come = [Membership(s, first=MOVE_FROM) for s, _, _, _, new in MOVES if new == team]
    return (*stay, *come, *(Membership(s, expected="no") for s in observers))


def teams() -> list[Team]:
    """The forty teams, school by school."""
    found = [team for school in ("alder", "birch", "cedar") for team in _elementary(school)]
    return [*found, *_marsh(), *_north(), *_rivers()]


def _team(
    school: str, code: str, name: str, kind: str, grades: str, students: int | None, ids: Sequence[str], **more: object
) -> Team:
    team = f"{school}-{code}"
    chance = rng("slots", team)
    slots = tuple(sorted(chance.sample(range(5), 3)))
    observers = group(school, "coach") if kind in ("grade-level", "department") else []
    return Team(
        team,
        name,
        school,
        kind,
        grades,
        students,
        _members(team, ids, observers),
        slots=slots,
        at=time(chance.choice((9, 10, 12, 13)), chance.choice((0, 10, 20, 30))),
        **more,
    )  # type: ignore[arg-type]


def _elementary(school: str) -> list[Team]:
    def of(name: str, *places: int) -> list[str]:
        return [group(school, name)[place] for place in places]

    sizes = {"alder": 78, "birch": 72, "cedar": 75}
    grade = [
        _team(school, f"g{n}", f"Grade {n}", "grade-level", f"0{n}", sizes[school] + n, group(school, f"g{n}"))
        for n in (1, 2, 3, 4)
    ]
    young = [*of("kg", 0, 1), *of("g1", 0, 1), *of("g2", 0, 1)]
    older = [*of("g3", 0, 1), *of("g4", 0, 1), *of("g5", 0, 1)]
    oldest = of("g4", 2) if school == "cedar" else of("g5", 2)  # at Cedar Hollow nobody speaks for grade 5
    support = [*of("g1", 2), *of("g3", 2), *oldest, *of("sped", 0, 1), *group(school, "counselor")]
    return [
        *grade,
        _team(school, "k2", "Grades K to 2", "across-grade", "KG;01;02", None, young),
        _team(school, "35", "Grades 3 to 5", "across-grade", "03;04;05", None, older),
        _team(school, "mtss", "Intervention team", "intervention", "KG;01;02;03;04;05", None, support),
    ]


def _marsh() -> list[Team]:
    departments = [
        _team("marsh", code, name, "department", MIDDLE, 604, group("marsh", code))
        for code, name in (("ela", "English language arts"), ("math", "Mathematics"), ("sci", "Science"))
    ]
    across = [*group("marsh", "s6")[:2], *group("marsh", "s7")[:2], *group("marsh", "s8")[:2]]
    support = [
        group("marsh", "s6")[2],
        group("marsh", "s7")[2],
        group("marsh", "s8")[2],
        *group("marsh", "sped")[:2],
        group("marsh", "counselor")[0],
    ]
    mtss = _team("marsh", "mtss", "Intervention team", "intervention", MIDDLE, None, support)
    return [
        *departments,
        _team("marsh", "68", "Grades 6 to 8", "across-grade", MIDDLE, None, across),
        _with_shared(mtss, "mon;tue;wed"),
    ]


def _north() -> list[Team]:
    names = (("ela", "English language arts"), ("math", "Mathematics"), ("sci", "Science"), ("soc", "Social studies"))
    departments = [_team("north", code, name, "department", HIGH, 871, group("north", code)) for code, name in names]
    s9, s10, s11, s12 = (group("north", f"s{n}") for n in (9, 10, 11, 12))
    support = [s9[4], s10[2], s11[2], s12[2], *group("north", "counselor")[:2]]  # nobody of special education
    return [
        *departments,
        _team("north", "g9", "Grade 9", "grade-level", "09", 226, s9, first=NORTH_G9_FORMED),
        _team("north", "910", "Grades 9 and 10", "across-grade", "09;10", None, [*s9[:3], *s10]),
        _team("north", "1112", "Grades 11 and 12", "across-grade", "11;12", None, [*s11, *s12]),
        _team("north", "mtss", "Intervention team", "intervention", HIGH, None, support),
    ]


def _rivers() -> list[Team]:
    def of(*names: str) -> list[str]:
        return [group("rivers", name)[0] for name in names]

    specials = group("rivers", "specials")
    mtss = _team(
        "rivers",
        "mtss",
        "Intervention team",
        "intervention",
        "KG;01;02;03;04;05;06;07;08",
        None,
        [
            group("rivers", "g1")[1],
            group("rivers", "g4")[1],
            group("rivers", "g8")[1],
            *group("rivers", "sped"),
            *group("rivers", "counselor"),
        ],
    )
    return [
        _team("rivers", "g3", "Grade 3", "grade-level", "03", 36, [*group("rivers", "g3"), specials[0]]),
        _team("rivers", "g5", "Grade 5", "grade-level", "05", 34, group("rivers", "g5")),
        _team("rivers", "g7", "Grade 7", "grade-level", "07", 35, [*group("rivers", "g7"), specials[1]]),
        _team(
            "rivers", "k4", "Grades K to 4", "across-grade", "KG;01;02;03;04", None, of("kg", "g1", "g2", "g3", "g4")
        ),
        _team("rivers", "58", "Grades 5 to 8", "across-grade", "05;06;07;08", None, of("g5", "g6", "g7", "g8")),
        _with_shared(mtss, "thu;fri"),
    ]


def _with_shared(team: Team, weekdays: str) -> Team:
    """The team with the teacher that two schools share, on the days that are this school's."""
    values = {**team.__dict__, "members": (*team.members, Membership(SHARED, weekdays=weekdays))}
    return Team(**values)


TEAMS = teams()
TEAM = {team.team: team for team in TEAMS}
COLLABORATING = [team for team in TEAMS if team.kind in ("grade-level", "department")]
