"""Random filters over events and subjects."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from properties.dice import Dice

SIMPLE: list[dict[str, Any]] = [
    {"minutes": {"gte": 30}}, {"in_school_day": True}, {"topic": "norms"}, {"topic": ["norms", "math"]}, {"topic": {"ne": "math"}},
    {"topic": {"not_in": ["math", "reading"]}}, {"topic": {"contains": "or"}}, {"topic": {"matches": "(n|m).*"}}, {"topic": {"present": False}},
    {"minutes": {"gt": 29.5, "lt": 60}}, {"minutes": {"between": [30, 45]}}, {"participants": {"present": True}}, {"participants": "p1"},
    {"participants": {"any_of": ["p1", "p2"]}}, {"participants": {"all_of": ["p1", "p2"]}}, {"participants": {"none_of": ["p3"]}},
    {"roles": {"all_of": ["general_ed", "special_ed"]}}, {"roles": "principal"},
    {"roles": {"none_of": ["principal"]}}, {"roles": {"contains": "special_ed"}},
    {"grade_count": 1}, {"grade_count": {"gte": 2}}, {"grades": ["01", "02"]}, {"grades": "KG"},
    {"day_kind": ["instructional", "make_up", "partial"]}, {"day_kind": "holiday"}, {"day_kind": {"present": True}},
    {"weekday": ["mon", "tue", "wed"]},
    {"school": "s1"}, {"team": ["t1", "t2"]}, {"status": "cancelled"}, {"tags": {"none_of": ["a"]}}, {"tags": {"all_of": ["a", "b"]}}, {"tags": "b"},
    {"used": True}, {"used": False}, {"score": {"lte": 2.5}}, {"score": {"in": [1, 3]}}, {"score": 4}, {"in_school_day": False},
]
OF_SUBJECTS: dict[str, list[dict[str, Any]]] = {
    "team": [{"kind": "grade-level"}, {"kind": ["department"]}, {"members": {"gte": 2}}, {"staff_roles": "special_ed"}, {"stage": {"ne": "new"}},
             {"grades": "01"}, {"school": "s1"}, {"school_level": "elementary"}, {"students": {"gt": 25}}, {"stage": {"present": False}}],
    "school": [{"school_level": ["elementary", "middle"]}, {"staff_roles": {"contains": "special_ed"}}, {"members": {"lte": 3}}, {"grades": "KG"}],
    "grade": [{"school": "s1"}, {"members": {"gte": 1}}, {"grades": ["01", "02"]}, {"school_level": "middle"}],
    "staff": [{"roles": "general_ed"}, {"roles": {"any_of": ["special_ed", "principal"]}}, {"grades": {"contains": "01"}}],
}


def event_filter(dice: Dice, made: dict[str, Any], first: date) -> dict[str, Any]:
    """One field, several, or a block of them."""
    form = dice.pick(["one", "one", "one", "two", "any", "none", "all", "date"])
    one, other = dice.pick(SIMPLE), dice.pick(SIMPLE)
    later = (first + timedelta(days=dice.number(0, 25))).isoformat()
    return {
        "one": one, "two": {**one, **other}, "any": {"any": [one, other]}, "none": {"none": [one, other]},
        "all": {"all": [one, {"any": [other, {"date": {"lt": later}}]}]}, "date": {dice.pick(["date", "week"]): {"gte": later}},
    }[form]


def subject_filter(dice: Dice, of: str) -> dict[str, Any]:
    """A filter over the attributes of a kind of subject."""
    return dice.pick(OF_SUBJECTS[of])
