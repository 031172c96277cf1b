"""Random sources with every form of coverage, and events at all kinds of edges."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from properties.dice import Dice, some_of

DAY = timedelta(days=1)
TYPES = ["meeting", "training", "review"]
TOPICS = ["norms", "math", "reading"]
TIMES = [
    "10:00", "10:00", "09:15", "09:00", "07:30", "14:30", "14:15", "14:00", "12:15", "08:00", "08:30", "15:00", "00:00", "23:45",
    "10:00Z", "23:30-05:00",
]
MINUTES = [45, 30, 60, None, 29.9999995, 29.5, 10, 500]
COLUMNS: dict[str, Any] = {
    "id": "id", "start": "start", "end": "end", "minutes": "minutes", "status": "status", "recorded_at": "recorded_at",
    "school": {"column": "school", "split": ";"}, "team": {"column": "team", "split": ";"},
    "participants": {"column": "participants", "split": ";"}, "grades": {"column": "grades", "split": ";"},
    "topic": "topic", "ref": "ref", "tags": {"column": "tags", "split": ";", "type": "list"}, "score": {"column": "score", "type": "number"},
    "used": {"column": "used", "type": "boolean"},
}


def evidence(dice: Dice, made: dict[str, Any], first: date, last: date) -> None:
    """Fill the `evidence` of the rule file and the `events` of the district."""
    names = ["log", "forms", "register"][: dice.number(1, 3)]
    sources: dict[str, Any] = {}
    for name in names:
        delivers = some_of(dice, TYPES, 60) or TYPES[:1]
        sources[name] = {
            "read": f"{name}.{dice.pick(['csv', 'jsonl'])}", "type": {"column": "type"}, "delivers": delivers, "columns": dict(COLUMNS),
            "coverage": coverage(dice, list(sources), first, last), **({"timezone": "America/Denver"} if dice.chance(6) else {}),
        }
    sources["log"]["delivers"] = TYPES  # every type has a source
    made["rules"]["evidence"] = sources
    made["events"] = {name: [] for name in names}
    for number in range(dice.number(0, 10 * dice.wealth)):
        name = dice.pick(names)
        rows = made["events"][name]
        rows.append(event(dice, made, sources[name], f"e{number}", first, last))
        if dice.chance(8):  # the same record again, with other content or when it was recorded
            other = event(dice, made, sources[name], f"e{number}", first, last)
            rows.append({**other, **{f: rows[-1][f] for f in ("start", "recorded_at") if f in rows[-1] and dice.chance(50)}})
    for name in names:
        if not made["events"][name]:  # a file without a byte is another question
            sources[name]["read"] = f"{name}.csv"
    spoilt = dice.pick(names)
    if dice.chance(4):
        made["events"][spoilt] = None
    elif dice.chance(4):  # more than half of it belongs to nobody
        lost = {"team": ["t9"], "school": None, "participants": None}
        made["events"][spoilt] = [row | lost if dice.chance(60) else row for row in made["events"][spoilt]]


def coverage(dice: Dice, others: list[str], first: date, last: date) -> Any:
    """One of the forms of coverage."""
    forms: list[Any] = ["always"] * 8
    forms += [{"silent_after": {"instructional_days": n}, "per": per} for n in (1, 2, 5, 9, 15) for per in ("school", "source")]
    forms += [{"through": "last_record"}, {"through": (first + dice.number(0, (last - first).days) * DAY).isoformat()}]
    return dice.pick(forms + [{"with": other} for other in others * 3])


def event(dice: Dice, made: dict[str, Any], source: dict[str, Any], name: str, first: date, last: date) -> dict[str, Any]:
    """One event as a canonical row."""
    when = first + dice.number(-6, (last - first).days + 6) * DAY
    start = when.isoformat() + ("" if dice.chance(5) else f"T{dice.pick(TIMES)}")
    delivers = source["delivers"]
    row = {
        "id": name, "type": dice.pick([*delivers[:1], *delivers]), "start": start,
        **lasting(dice, start), **where(dice, made), **who(dice, made, source["read"]),
        "status": dice.pick([None, None, None, None, "held", "held", "cancelled", "planned"]), "recorded_at": recorded(dice, when),
        "topic": dice.pick([*TOPICS, None]), "score": dice.pick([None, 1, 2.5, 3, 4.0000005, 0, 1.333333]), "used": dice.pick([True, False, None]),
        "tags": dice.pick([None, ["a"], ["a", "b"], ["b", "c"]]), "ref": dice.pick([None, "e0", "e1", "e2", "e3", "e5"]),
    }
    return {field: value for field, value in row.items() if value is not None}


def lasting(dice: Dice, start: str) -> dict[str, Any]:
    """Minutes, an end, or neither."""
    if "T" in start and dice.chance(5) and len(start) == 16 and not start.endswith("23:45"):
        return {"end": start[:11] + dice.pick(["15:00", "15:30", "23:50"])}
    return {"minutes": dice.pick(MINUTES)}


def recorded(dice: Dice, when: date) -> str | None:
    """When it became known: at its start, the same day, or late."""
    late = dice.pick([None, None, None, 0, 1, 4, 12, -3])
    return None if late is None else f"{when + late * DAY}T{dice.pick(['16:00', '00:00'])}"


def where(dice: Dice, made: dict[str, Any]) -> dict[str, Any]:
    """Teams, or a school, or neither; now and then one that is on no roster."""
    teams, schools = [t["team"] for t in made["teams"]], [s["school"] for s in made["schools"]]
    own = dice.pick(made["teams"])
    form = dice.pick(["team", "team", "team", "team", "school", "school", "teams", "schools", "both", "several", "neither", "stranger"])
    return {
        "team": lambda: {"team": [dice.pick(teams)]},
        "school": lambda: {"school": [dice.pick(schools)]},
        "teams": lambda: {"team": some_of(dice, teams) or None},
        "schools": lambda: {"school": some_of(dice, schools) or None},
        "both": lambda: {"team": [own["team"]], "school": [own["school"] if dice.chance(60) else dice.pick(schools)]},
        "several": lambda: {"team": some_of(dice, teams) or None, "school": some_of(dice, schools) or None},
        "neither": lambda: {},
        "stranger": lambda: {"team": ["t9"], "school": [dice.pick(schools)]},
    }[form]()


def who(dice: Dice, made: dict[str, Any], file: str) -> dict[str, Any]:
    """Participants: missing, some of the roster, with strangers; grades as given."""
    people = sorted({s["staff"] for s in made["staff"]})
    there: list[str] | None = some_of(dice, people, 60) + some_of(dice, ["x8", "x9"], 10)
    if dice.chance(20) or (not there and file.endswith(".csv")):  # an empty cell of a CSV file is missing
        there = None
    return {"participants": there, "grades": some_of(dice, ["KG", "01", "2"]) or None if dice.chance(20) else None}
