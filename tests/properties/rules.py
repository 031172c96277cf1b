"""Random rules of every kind of measure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from properties.dice import Dice, some_of
from properties.filters import event_filter, subject_filter

DAY = timedelta(days=1)
TYPES = ["meeting", "training", "review"]
KINDS = ["count", "count", "total", "share", "participation", "participation", "recency", "gap", "response", "mean", "distinct"]
BELOW = {"district": ["team", "school", "grade", "staff"], "school": ["team", "grade", "staff"], "grade": ["team"]}
SHARES = ("share", "participation", "response", "rollup")


def rules(dice: Dice, made: dict[str, Any], first: date, last: date) -> list[dict[str, Any]]:
    """A few rules; perhaps one that reads another."""
    usual = {"minutes": {"gte": 30}, "in_school_day": True}
    made["rules"]["events"] = {"picked": {"type": "meeting", "where": usual if dice.chance(60) else event_filter(dice, made, first)}}
    found = [rule(dice, made, n, first, last) for n in range(dice.number(1, dice.wealth))]
    if dice.chance(45):
        found.append(parent(dice, made, found, "r.rollup-98", first, last))
        if dice.chance(30):
            found.append(parent(dice, made, found[-1:], "r.rollup-99", first, last))
    if len(found) > 1 and dice.chance(10):
        found[0]["mode"] = dice.pick(["trial", "off"] if found[0]["id"] not in [r["measure"].get("rule") for r in found] else ["trial"])
    if dice.chance(20):
        made["rules"]["defaults"] = {"judge": {"grace": {"instructional_days": dice.number(0, 3)}}}
    return found


def rule(dice: Dice, made: dict[str, Any], n: int, first: date, last: date) -> dict[str, Any]:
    """A rule of one of the kinds that look at events."""
    kind = dice.pick(KINDS)
    measure = measure_of(dice, made, kind, first)
    of = dice.pick(["team", "team", "team", "school", "grade", "staff", "district"])
    return whole(dice, f"r.{kind}-{n}", expect(dice, made, of, first, last), measure, last, first)


def whole(dice: Dice, name: str, expected: dict[str, Any], measure: dict[str, Any], last: date, first: date) -> dict[str, Any]:
    made = {"id": name, "title": name, "expect": expected, "measure": measure, "judge": judge(dice, measure, first, last)}
    if dice.chance(20):
        made["emit"] = {"fires_after": {"windows": dice.number(1, 3)}, "clears_after": {"windows": dice.number(1, 2)}}
    return made


def parent(dice: Dice, made: dict[str, Any], found: list[dict[str, Any]], name: str, first: date, last: date) -> dict[str, Any]:
    """A rollup of one of the rules, for a subject above its subjects."""
    child = dice.pick(found)
    of = dice.pick([o for o, below in BELOW.items() if child["expect"]["of"] in below] or ["district"])
    measure = {"kind": "rollup", "rule": child["id"], "share_of": dice.pick(["cells", "subjects"])}
    if measure["share_of"] == "subjects":
        measure["each_at_least"] = dice.pick([1, 0.5, 0.75])
    if child["expect"]["of"] == "district":
        return rule(dice, made, int(name[-2:]), first, last)
    return whole(dice, name, expect(dice, made, of, first, last), measure, last, first)


def expect(dice: Dice, made: dict[str, Any], of: str, first: date, last: date) -> dict[str, Any]:
    """Who, how often, from when."""
    from properties.districts import has_terms

    each = dice.pick(["week", "week", "week", {"weeks": 2}, {"weeks": 3}, "month", "school_year", "term", "day"])
    if (each == "term" and not has_terms(made)) or (each == "day" and of in ("grade", "staff")):
        each = "week"
    found: dict[str, Any] = {"of": of, "each": each}
    found |= {"where": subject_filter(dice, of)} if dice.chance(25) and of != "district" else {}
    found |= {"from": (first + dice.number(0, 12) * DAY).isoformat()} if dice.chance(12) else {}
    found |= {"until": (last - dice.number(0, 12) * DAY).isoformat()} if dice.chance(8) else {}
    found |= {"starts_after": {"instructional_days": dice.number(1, 9)}} if dice.chance(20) else {}
    found |= {"prorate": False} if dice.chance(15) and (each == "week" or isinstance(each, dict)) else {}
    return found | ({"skip_below": {"instructional_days": dice.number(1, 6)}} if dice.chance(20) else {})


def measure_of(dice: Dice, made: dict[str, Any], kind: str, first: date) -> dict[str, Any]:
    """A measure of one kind with random parameters."""
    named = {"kind": kind, "event": dice.pick(["meeting", *TYPES, "picked"])}
    return {
        "count": lambda: stretched(dice, made, first, named),
        "distinct": lambda: stretched(dice, made, first, named | {"kind": "count", "distinct": distinct(dice)}),
        "total": lambda: stretched(dice, made, first, named | {"field": dice.pick(["minutes", "score"])}),
        "share": lambda: stretched(dice, made, first, named | share(dice, made, first)),
        "participation": lambda: stretched(dice, made, first, named | participation(dice)),
        "mean": lambda: stretched(dice, made, first, named | mean(dice)),
        "gap": lambda: stretched(dice, made, first, named | unit(dice)),
        "recency": lambda: linked(dice, made, first, named | unit(dice)),
        "response": lambda: response(dice, made, first),
    }[kind]()


def stretched(dice: Dice, made: dict[str, Any], first: date, measure: dict[str, Any]) -> dict[str, Any]:
    """Perhaps a stretch that is not the window."""
    if dice.chance(25):
        starts = [{"from": (first + n * DAY).isoformat()} for n in (-9, 9)]
        measure |= {"over": dice.pick(["period", {"weeks": 2}, *starts, "window"])}
    return linked(dice, made, first, measure)


def linked(dice: Dice, made: dict[str, Any], first: date, measure: dict[str, Any]) -> dict[str, Any]:
    """Perhaps a filter, a status, a link by participants."""
    measure |= {"where": event_filter(dice, made, first)} if dice.chance(45) else {}
    measure |= {"status": dice.pick([["held", "cancelled"], ["planned"], ["held", "planned"]])} if dice.chance(12) else {}
    return measure | ({"link": dice.pick(["participants", {"participants": 0.5}])} if dice.chance(15) else {})


def distinct(dice: Dice) -> Any:
    return dice.pick(["topic", "participants", ["topic", "tags"], "tags", ["grades", "topic"], "weekday", "score"])


def share(dice: Dice, made: dict[str, Any], first: date) -> dict[str, Any]:
    found: dict[str, Any] = {"having": event_filter(dice, made, first)}
    found |= {"field": dice.pick(["minutes", "score"])} if dice.chance(25) else {}
    return found | ({"min_events": dice.number(1, 4)} if dice.chance(25) else {})


def participation(dice: Dice) -> dict[str, Any]:
    found: dict[str, Any] = {"per": dice.pick(["person", "event", "answer"])}
    found |= {"roles": some_of(dice, ["general_ed", "special_ed"]) or ["principal"]} if dice.chance(25) else {}
    found |= {"at_least_events": dice.number(1, 3)} if found["per"] == "person" and dice.chance(40) else {}
    return found | ({"min_events": dice.number(1, 3)} if found["per"] == "event" and dice.chance(30) else {})


def mean(dice: Dice) -> dict[str, Any]:
    return {"field": dice.pick(["score", "minutes"])} | ({"min_n": dice.number(1, 4)} if dice.chance(50) else {})


def unit(dice: Dice) -> dict[str, Any]:
    return {"unit": dice.pick(["instructional_days", "days"])} if dice.chance(40) else {}


def response(dice: Dice, made: dict[str, Any], first: date) -> dict[str, Any]:
    after: dict[str, Any] = {"event": dice.pick(["meeting", *TYPES, "picked"])}
    answer: dict[str, Any] = {"event": dice.pick(TYPES)}
    after |= {"where": event_filter(dice, made, first)} if dice.chance(35) else {}
    answer |= {"where": event_filter(dice, made, first)} if dice.chance(35) else {}
    answer |= {"link": "ref"} if dice.chance(20) else {}
    within = {dice.pick(["instructional_days", "days"]): dice.number(0, 9)}
    found = {"kind": "response", "after": after, "answer": answer, "within": within}
    found |= {"match": some_of(dice, ["topic", "tags"]) or ["topic"]} if dice.chance(30) else {}
    return found | ({"link": "participants"} if dice.chance(10) else {})


NUMBERS: dict[str, list[Any]] = {
    **{key: [0, 0.2, 0.5, 0.8, 1] for key in SHARES}, "total": [0, 45, 60, 90.5], "mean": [1, 2, 3],
    **{key: [0, 1, 2, 3, 6] for key in ["count", "recency", "gap"]},
}


def judge(dice: Dice, measure: dict[str, Any], first: date, last: date) -> dict[str, Any]:
    """A target, levels, grace and what becomes of doubt."""
    kind = measure["kind"]
    if dice.chance(4):
        made: dict[str, Any] = {"reference": {"value": 1, "basis": "a study"}}
    else:
        usual = ["at_most", "at_most", "at_least"] if kind in ("recency", "gap") else ["at_least", "at_least", "at_least", "at_most"]
        form = dice.pick([*usual, "between"])
        made = target(dice, form, NUMBERS[kind], first)
        made |= {"levels": levels(dice, NUMBERS[kind], form)} if dice.chance(30) else {}
        allowed = kind in ("share", "participation", "response") and "field" not in measure and form != "between"
        made |= {"all_but": dice.number(1, 2)} if allowed and dice.chance(25) else {}
    made |= {"grace": {"instructional_days": dice.number(1, 4)}} if dice.chance(30) else {}
    made |= {"warn": dice.number(0, 4)} if dice.chance(25) else {}
    made |= {"if_none": "missed"} if dice.chance(15) else {}
    return made | ({"if_unknown": "missed"} if dice.chance(15) else {})


def target(dice: Dice, form: str, numbers: list[Any], first: date) -> dict[str, Any]:
    """A number or a pair; now and then dated."""
    def one() -> Any:
        return sorted([dice.pick(numbers), dice.pick(numbers)]) if form == "between" else dice.pick(numbers[1:])

    if not dice.chance(12):
        return {form: one()}
    later = {"from": (first + dice.number(0, 20) * DAY).isoformat(), "value": one()}
    return {form: [{"value": one()}, later] if dice.chance(60) else [later]}


def levels(dice: Dice, numbers: list[Any], form: str) -> dict[str, Any]:
    """Best first."""
    ordered = sorted(set(numbers[-3:] if dice.chance(50) else numbers[:3]), reverse=form != "at_most")
    return dict(zip(["keep_improving", "getting_better", "getting_started"], ordered, strict=False))
