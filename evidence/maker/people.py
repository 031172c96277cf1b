"""Schools and people: who works where, and the four who move in January."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

BIRCH_LAST_RECORD = date(2025, 11, 7)  # after this day Birchwood's meeting log says nothing any more
CEDAR_NEW_SCHEDULE = date(2026, 1, 5)  # Cedar Hollow goes from two long blocks to three shared periods
MOVE_UNTIL, MOVE_FROM = date(2026, 1, 16), date(2026, 1, 20)

SCHOOL_COLUMNS = ["school", "name", "school_level", "grades", "day_start", "day_end", "students"]
_ELEMENTARY = ("elementary", "KG;01;02;03;04;05", "08:30", "15:30")
SCHOOLS = [
    dict(zip(SCHOOL_COLUMNS, row, strict=True))
    for row in (
        ("alder", "Alder Grove Elementary", *_ELEMENTARY, 462),
        ("birch", "Birchwood Elementary", *_ELEMENTARY, 438),
        ("cedar", "Cedar Hollow Elementary", *_ELEMENTARY, 451),
        ("marsh", "Marsh Lake Middle School", "middle", "06;07;08", "07:50", "14:50", 604),
        ("north", "North Point High School", "high", "09;10;11;12", "07:40", "14:40", 871),
        ("rivers", "Two Rivers Academy", "k-8", "KG;01;02;03;04;05;06;07;08", "08:10", "15:10", 318),
    )
]
SCHOOL_IDS = [str(school["school"]) for school in SCHOOLS]

# who works where: group, role, how many, grades. Specialists carry no grades: they work with all of them
Groups = list[tuple[str, str, int, str]]


def _office(paraprofessionals: int) -> Groups:
    return [
        ("para", "paraprofessional", paraprofessionals, ""),
        ("principal", "principal", 1, ""),
        ("coach", "coach", 1, ""),
    ]


def _elementary_groups(special_ed: int, specials: int) -> Groups:
    return [
        *(("kg", "general_ed", 4, "KG"), ("g1", "general_ed", 5, "01"), ("g2", "general_ed", 5, "02")),
        *(("g3", "general_ed", 5, "03"), ("g4", "general_ed", 5, "04"), ("g5", "general_ed", 4, "05")),
        *(
            ("sped", "special_ed", special_ed, ""),
            ("counselor", "counselor", 1, ""),
            ("specials", "specials", specials, ""),
        ),
        *_office(5),
    ]


MIDDLE, HIGH = "06;07;08", "09;10;11;12"
GROUPS: dict[str, Groups] = {
    "alder": _elementary_groups(special_ed=4, specials=4),
    "birch": _elementary_groups(special_ed=3, specials=3),
    "cedar": _elementary_groups(special_ed=3, specials=3),
    "marsh": [
        *(("ela", "general_ed", 6, MIDDLE), ("math", "general_ed", 6, MIDDLE), ("sci", "general_ed", 6, MIDDLE)),
        *(("s6", "general_ed", 3, "06"), ("s7", "general_ed", 3, "07"), ("s8", "general_ed", 3, "08")),
        *(("sped", "special_ed", 4, ""), ("counselor", "counselor", 2, "")),
        *_office(6),
    ],
    "north": [
        *(("ela", "general_ed", 7, HIGH), ("math", "general_ed", 7, HIGH)),
        *(("sci", "general_ed", 7, HIGH), ("soc", "general_ed", 6, HIGH)),
        *(("s9", "general_ed", 5, "09"), ("s10", "general_ed", 3, "10")),
        *(("s11", "general_ed", 3, "11"), ("s12", "general_ed", 3, "12")),
        *(
            ("sped", "special_ed", 5, ""),
            ("counselor", "counselor", 3, ""),
            ("assistant", "assistant_principal", 1, ""),
        ),
        *_office(6),
    ],
    "rivers": [
        *(("kg", "general_ed", 2, "KG"), ("g1", "general_ed", 2, "01"), ("g2", "general_ed", 2, "02")),
        *(("g3", "general_ed", 4, "03"), ("g4", "general_ed", 2, "04"), ("g5", "general_ed", 5, "05")),
        *(("g6", "general_ed", 2, "06"), ("g7", "general_ed", 4, "07"), ("g8", "general_ed", 2, "08")),
        *(("sped", "special_ed", 2, ""), ("counselor", "counselor", 1, ""), ("specials", "specials", 2, "")),
        *_office(1),
    ],
}
SURNAMES = [
    "Appledrift",
    "Bramblesock",
    "Cloudwhistle",
    "Dapplewick",
    "Emberquill",
    "Fogbutton",
    "Gravelhop",
    "Honeyspoon",
    "Inkwellow",
    "Jumblethorpe",
    "Kettleplume",
    "Lanternby",
    "Mosswaddle",
    "Nettlecombe",
    "Oatwhisker",
    "Pebblefrost",
    "Quiverleaf",
    "Rumblepatch",
    "Snowthimble",
    "Tumblebrook",
    "Umberfeather",
    "Velvetacorn",
    "Wobblestone",
    "Yarrowmint",
    "Zigzagley",
    "Puddlenook",
]


@dataclass(frozen=True)
class Person:
    staff: str
    name: str
    school: str
    role: str
    group: str
    grades: str


def people() -> list[Person]:
    """Everybody, by id. Ids keep their zeros: 001001 is the first of Alder Grove."""
    found: list[Person] = []
    for number, (school, groups) in enumerate(GROUPS.items(), 1):
        rows = [(group, role, grades) for group, role, count, grades in groups for _ in range(count)]
        for place, (group, role, grades) in enumerate(rows, 1):
            n = len(found)
            name = f"{chr(65 + n // len(SURNAMES))}. {SURNAMES[n % len(SURNAMES)]}"
            found.append(Person(f"{number:03}{place:03}", name, school, role, group, grades))
    return found


PEOPLE = people()


def group(school: str, name: str) -> list[str]:
    return [p.staff for p in PEOPLE if (p.school, p.group) == (school, name)]


# four people move in January: person, new school, new grades, team left, team joined
MOVES = [
    (group("alder", "g1")[4], "cedar", "01", "alder-g1", "cedar-g1"),
    (group("cedar", "g2")[4], "alder", "02", "cedar-g2", "alder-g2"),
    (group("marsh", "ela")[5], "north", "09;10;11;12", "marsh-ela", "north-ela"),
    (group("rivers", "g5")[4], "birch", "03", "rivers-g5", "birch-g3"),
]
SHARED = group("marsh", "sped")[3]  # Monday to Wednesday at Marsh Lake, the rest at Two Rivers
TWO_IDS = group("alder", "g4")[1]  # the training system lost the zeros of this one
EXCEL_GUARD = group("alder", "g1")[1]  # written with a leading ' by a spreadsheet


def staff_rows() -> Iterator[dict[str, object]]:
    moved = {staff: (school, grades) for staff, school, grades, _, _ in MOVES}
    for p in PEOPLE:
        staff = f"'{p.staff}" if p.staff == EXCEL_GUARD else p.staff
        row = {"staff": staff, "name": p.name, "school": p.school, "roles": p.role, "grades": p.grades}
        yield {**row, "until": MOVE_UNTIL if p.staff in moved else ""}
        if p.staff in moved:
            school, grades = moved[p.staff]
            yield {**row, "school": school, "grades": grades, "from": MOVE_FROM}
        if p.staff == SHARED:
            yield {**row, "school": "rivers"}
