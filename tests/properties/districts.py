"""Random small districts: roster, calendar, terms, confirmations, waivers, and the day on which they are looked at."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from oracle.calendar import is_instructional, terms_of
from oracle.world import World, world_of

from properties.dice import Dice, Drawn, Seeded, some_of
from properties.evidence import evidence
from properties.rules import rules

District = dict[str, Any]
DAY = timedelta(days=1)
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
KINDS = ["holiday", "weather", "teacher_only", "non_instructional", "emergency", "strike", "partial", "make_up", "instructional", "other"]
GRADES, ROLES = ["KG", "01", "02"], ["general_ed", "special_ed", "principal"]


@st.composite
def districts(draw: Any) -> tuple[District, str]:
    """A district and an `as_of`."""
    return district_of(Drawn(draw))


def seeded(seed: int) -> tuple[District, str]:
    """The district of a seed."""
    return district_of(Seeded(seed))


def district_of(dice: Dice) -> tuple[District, str]:
    """A district and the day, or moment, on which it is looked at."""
    first = date(2025, 9, 1) + dice.number(0, 9) * DAY
    last = first + dice.number(24, 62) * DAY
    made: District = {"rules": head(first, last)}
    made |= roster(dice, first, last)
    made |= calendar(dice, made, first, last)
    evidence(dice, made, first, last)
    made["rules"]["rules"] = rules(dice, made, first, last)
    made["complete"] = confirmations(dice, made, first, last)
    made["waivers"] = waivers(dice, made, first, last)
    until = last + dice.pick([5, 0, 20, 30, 31]) * DAY
    later = max(dice.number(0, (until - first).days) for _ in range(2))
    as_of = (until if dice.chance(8) else first + later * DAY).isoformat()
    return made, as_of + dice.pick(["", "", "", "T00:00", "T09:00", "T15:30"])


def head(first: date, last: date) -> dict[str, Any]:
    """The rule file's head."""
    return {
        "fidelity": 1, "name": "Random district", "timezone": "America/Detroit", "year": "2025-26",
        "period": {"from": first.isoformat(), "until": last.isoformat()}, "privacy": {"person_level": True, "min_n": 2},
    }


def dated(dice: Dice, first: date, last: date, percent: int) -> dict[str, str]:
    """Perhaps `from`, perhaps `until`, never turned round."""
    middle = first + dice.number(0, (last - first).days) * DAY
    made = {"from": middle.isoformat()} if dice.chance(percent) else {}
    if dice.chance(percent):
        made["until"] = (middle + dice.number(0, 30) * DAY).isoformat()
    return made


def roster(dice: Dice, first: date, last: date) -> dict[str, Any]:
    """One to three schools, a few teams, people with one or two assignments, memberships."""
    schools = [school(dice, f"s{n}", first, last) for n in range(1, dice.number(1, 3) + 1)]
    ids = [s["school"] for s in schools]
    teams = [
        {
            "team": f"t{n}", "name": f"Team {n}", "school": dice.pick(ids), "kind": dice.pick(["grade-level", "department"]),
            "grades": some_of(dice, GRADES), "stage": dice.pick([None, "new", "old"]), "students": dice.pick([None, 20, 31]),
            **dated(dice, first, last, 12),
        }
        for n in range(1, dice.number(1, 4) + 1)
    ]
    people = [f"p{n}" for n in range(1, dice.number(1, 5) + 1)]
    staff = [assignment(dice, p, ids, first, last) for p in people for _ in range(dice.pick([1, 1, 2]))]
    members = [membership(dice, t["team"], p, first, last) for t in teams for p in people if dice.chance(60)]
    members += [membership(dice, m["team"], m["staff"], first, last) for m in members if dice.chance(5)]
    return {"schools": schools, "teams": teams, "staff": staff, "members": members}


def school(dice: Dice, name: str, first: date, last: date) -> dict[str, Any]:
    """A school; now and then without bell times, in another time zone, or opened late."""
    bells = dice.pick([("08:00", "15:00"), ("08:00", "15:00"), ("08:30", "14:45"), (None, None), ("08:00", None)])
    return {
        "school": name, "name": f"School {name}", "school_level": dice.pick(["elementary", "middle", None]), "grades": some_of(dice, GRADES, 60),
        "day_start": bells[0], "day_end": bells[1], "timezone": dice.pick([None] * 14 + ["America/Chicago"]), **dated(dice, first, last, 3),
    }


def assignment(dice: Dice, person: str, schools: list[str], first: date, last: date) -> dict[str, Any]:
    return {
        "staff": person, "name": person, "school": dice.pick(schools), "roles": some_of(dice, ROLES), "grades": some_of(dice, GRADES, 35),
        **dated(dice, first, last, 12),
    }


def membership(dice: Dice, team: str, person: str, first: date, last: date) -> dict[str, Any]:
    made: dict[str, Any] = {"team": team, "staff": person, "weekdays": some_of(dice, WEEKDAYS) or None if dice.chance(25) else None}
    return made | {"expected": dice.pick([None, None, None, "yes", "no"]), **dated(dice, first, last, 10)}


def calendar(dice: Dice, made: District, first: date, last: date) -> dict[str, Any]:
    """Rows, or the short form; terms."""
    ids = [s["school"] for s in made["schools"]]
    if dice.chance(25):
        made["rules"]["calendar"] = said = short_form(dice, ids, first, last)
        world = world_of(made, last.isoformat())
        spans = {name: dict(zip(("from", "until"), span.split(".."), strict=True)) for name, span in said["terms"].items()}
        said["terms"] = {name: span for name, span in said["terms"].items() if in_session(world, ids, spans[name])}
        return {}
    early, late = first - dice.pick([0, 0, 14]) * DAY, last + dice.pick([0, 0, 0, -2, 10]) * DAY
    dates = [early + n * DAY for n in range((late - early).days + 1)]
    rows = [{"date": d.isoformat(), "school": None, "kind": "instructional"} for d in dates if d.weekday() < 5]
    for _ in range(dice.number(0, 7)):
        rows += exception(dice, [None, *ids], dates)
    if dice.chance(25):  # one school has shorter weeks
        off, school = dice.number(0, 4), dice.pick(ids)
        rows += [{"date": d.isoformat(), "school": school, "kind": "teacher_only"} for d in dates if d.weekday() == off]
    made["rules"]["calendar"] = {"read": "calendar.csv", "terms": "terms.csv"}
    world = world_of({**made, "calendar": rows}, last.isoformat())
    return {"calendar": rows, "terms": [t for t in terms(dice, ids, first, last) if in_session(world, ids, t)]}


def exception(dice: Dice, schools: list[str | None], dates: list[date]) -> list[dict[str, Any]]:
    """Some days of another kind, for one school or for all."""
    start, kind, school = dice.number(0, len(dates) - 1), dice.pick(KINDS), dice.pick(schools)
    bells = {"day_start": "10:00"} | ({"day_end": "13:00"} if dice.chance(50) else {}) if kind == "partial" else {}
    return [{"date": d.isoformat(), "school": school, "kind": kind, **bells} for d in dates[start : start + dice.pick([1, 2, 5])]]


def terms(dice: Dice, schools: list[str], first: date, last: date) -> list[dict[str, Any]]:
    """Two terms with a cut somewhere, for all; perhaps one of a school's own."""
    cut = first + dice.number(10, 20) * DAY
    made = [
        {"term": "fall", "from": first.isoformat(), "until": cut.isoformat()},
        {"term": "spring", "from": (cut + dice.pick([1, 1, 4]) * DAY).isoformat(), "until": last.isoformat()},
    ]
    if dice.chance(40):
        made.append({"term": "own", "from": first.isoformat(), "until": last.isoformat(), "school": dice.pick(schools)})
    return made


def in_session(world: World, schools: list[str], term: dict[str, Any]) -> bool:
    """'A term without instructional days is an error.'"""
    dates = world.dates(date.fromisoformat(term["from"]), date.fromisoformat(term["until"]))
    asked = [term["school"]] if term.get("school") else schools
    return all(any(is_instructional(world, s, d) for d in dates) for s in asked)


def short_form(dice: Dice, schools: list[str], first: date, last: date) -> dict[str, Any]:
    """The calendar as a few lines of the rule file."""
    def some_days() -> str:
        start = first + dice.number(0, (last - first).days) * DAY
        return start.isoformat() if dice.chance(50) else f"{start}..{start + dice.number(0, 6) * DAY}"

    cut = first + dice.number(10, 14) * DAY
    return {
        "weekdays": dice.pick([WEEKDAYS, ["mon", "tue", "wed", "thu"]]), "closed": [some_days() for _ in range(dice.number(0, 2))],
        "closed_for": {dice.pick(schools): [some_days()]} if dice.chance(40) else {}, "day": ["08:15", "15:10"],
        "terms": {"fall": f"{first}..{cut}", "spring": f"{cut + DAY}..{last}"},
    }


def confirmations(dice: Dice, made: District, first: date, last: date) -> list[dict[str, Any]]:
    """Rows of `complete`."""
    rows = []
    for _ in range(dice.pick([0, 1, 2, 4])):
        through = first + dice.number(0, (last - first).days) * DAY
        at = dice.pick([None, f"{through + dice.number(0, 9) * DAY}T16:00"])
        school = dice.pick([None, *(s["school"] for s in made["schools"])])
        rows.append({"source": dice.pick(list(made["rules"]["evidence"])), "school": school, "through": through.isoformat(), "at": at})
    return rows


def waivers(dice: Dice, made: District, first: date, last: date) -> list[dict[str, Any]]:
    """Now and then a waiver for a rule, a school or a team."""
    rows = []
    for _ in range(dice.pick([0, 0, 0, 1, 2])):
        start = first + dice.number(0, (last - first).days) * DAY
        asked = dice.pick([
            {"rule": dice.pick(made["rules"]["rules"])["id"]}, {"school": dice.pick(made["schools"])["school"]},
            {"subject_kind": "team", "subject": dice.pick(made["teams"])["team"]}, {"rule": "*", "subject_kind": "school"},
        ])
        ends = {"permanent": "yes"} if dice.chance(20) else {"until": (start + dice.number(0, 20) * DAY).isoformat()}
        rows.append({**asked, "from": start.isoformat(), **ends, "reason": "agreed", "approved_by": "superintendent"})
    return rows


def has_terms(made: District) -> bool:
    """Whether every school has a term; rules with `each: term` need one."""
    world = world_of(made, made["rules"]["period"]["from"])
    ids = tuple(s["school"] for s in made["schools"])
    return bool(terms_of(world, ids)) and all(terms_of(world, (s,)) for s in ids)
