"""Answers without names, owners of findings, and what people confirmed to be complete."""

from __future__ import annotations

from datetime import date, datetime, time

from maker.days import days_between, rng
from maker.people import PEOPLE, SCHOOL_IDS

ANSWERED = {"alder": 0.84, "birch": 0.78, "cedar": 0.7, "marsh": 0.72, "north": 0.45, "rivers": 0.85}


def efficacy_rows() -> list[dict[str, object]]:
    """Anonymous answers on a scale of 1 to 6: no name, no team."""
    rounds = [("2025-12-01", "2025-12-05"), ("2026-05-04", "2026-05-08")]
    own = {"rivers": [("2025-11-10", "2025-11-14"), ("2026-02-09", "2026-02-13"), ("2026-05-04", "2026-05-08")]}
    rows = []
    for school, rate in ANSWERED.items():
        count = round(rate * sum(p.school == school and p.role in ("general_ed", "special_ed") for p in PEOPLE))
        for number, (first, last) in enumerate(own.get(school, rounds)):
            chance = rng("efficacy", school, number)
            days = list(days_between(date.fromisoformat(first), date.fromisoformat(last)))
            for _ in range(count):
                score = min(6.0, max(1.0, chance.gauss(4.3, 0.7) + 0.2 * number))
                when = datetime.combine(chance.choice(days), time(chance.randint(7, 16), chance.randint(0, 59)))
                rows.append({"submitted": f"{when:%Y-%m-%dT%H:%M}", "school_code": school, "score": f"{score:.2f}"})
    rows.sort(key=lambda row: (row["submitted"], row["school_code"], row["score"]))
    return [{"answer": f"e-{number:03}", **row} for number, row in enumerate(rows, 1)]


def owner_rows() -> list[dict[str, object]]:
    named = {p.school: p.name for p in PEOPLE if p.role == "principal"}
    rows = [
        {"role": "principal", "school": school, "name": named[school], "address": f"principal@{school}.example.org"}
        for school in SCHOOL_IDS
    ]
    offices = {
        "improvement-lead": "B. Quillbasket",
        "pd-lead": "F. Marblefinch",
        "special-education-lead": "G. Copperdew",
        "superintendent": "H. Larkspindle",
        "district-it": "K. Bytewillow",
    }
    return [
        *rows,
        *(
            {"role": role, "school": "", "name": name, "address": f"{role}@district.example.org"}
            for role, name in offices.items()
        ),
    ]


def complete_rows() -> list[dict[str, object]]:
    return [
        {
            "source": "efficacy-survey",
            "school": "rivers",
            "through": "2025-11-25",
            "confirmed_by": "improvement-lead",
            "at": "2025-12-01T09:00",
        },
        {
            "source": "meeting-log",
            "school": "alder",
            "through": "2025-12-19",
            "confirmed_by": "principal",
            "at": "2025-12-19T15:30",
        },
        {
            "source": "efficacy-survey",
            "school": "",
            "through": "2026-01-16",
            "confirmed_by": "improvement-lead",
            "at": "2026-01-20T09:00",
        },
    ]
